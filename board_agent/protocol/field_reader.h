// FieldReader: strict reading of the protocol's JSON objects. Private to protocol/: it shows JSON.
//
// Unknown, missing, duplicate and ill-typed fields, numbers out of range and malformed text are
// refused with one sentence that names the field (kUsage).
#pragma once

#include <cstdint>
#include <nlohmann/json.hpp>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "common/expected.h"

namespace mcunas {

inline constexpr int64_t kMaxInteger = int64_t{1} << 53;  // what every JSON reader keeps exactly

// Logs and tool versions may hold any byte; a reply must stay valid JSON.
std::string DumpJson(const nlohmann::json& value);

// Of two equal keys nlohmann's parser keeps the last; here that is an error.
Expected<nlohmann::json> ParseJson(std::string_view text);

// Reads the fields of one object; keeps the first problem and ignores everything after it. The
// object must outlive the reader.
class FieldReader {
 public:
  FieldReader(const nlohmann::json& object, std::string what);

  // Is the field there and not null?
  bool Has(const char* key);
  // Null when it is not.
  const nlohmann::json* Find(const char* key, bool required);

  void Text(const char* key, std::string& value, bool required = true);
  void Boolean(const char* key, bool& value);
  void Real(const char* key, double& value, double min, double max, bool required = true);
  void Integers(const char* key, std::vector<int64_t>& values);
  template <typename T>
  void Integer(const char* key, T& value, int64_t min, int64_t max, bool required = true) {
    const nlohmann::json* field = Find(key, required);
    if (field != nullptr) value = static_cast<T>(WholeNumber(*field, key, min, max));
  }

  void Require(bool holds, const std::string& message);
  void Fail(const std::string& message);
  // The first problem; a field that nobody asked for is one.
  Expected<void> Finish();

 private:
  // `min` after a problem.
  int64_t WholeNumber(const nlohmann::json& field, const char* key, int64_t min, int64_t max);

  const nlohmann::json& object_;
  std::string what_;
  std::string error_;
  std::set<std::string> seen_;
};

// ParseJson, then `read` on the value.
template <typename T, typename Read>
Expected<T> ParseAs(std::string_view text, Read read) {
  Expected<nlohmann::json> parsed = ParseJson(text);
  if (!parsed.ok()) return parsed.error();
  return read(*parsed);
}

// {"name": [...]} with `read` on every element.
template <typename T, typename Read>
Expected<std::vector<T>> ReadList(const nlohmann::json& object, const char* name, Read read) {
  std::vector<T> values;
  if (!object.is_object() || !object.contains(name) || !object[name].is_array()) {
    return Error{ErrorCode::kUsage, "list '" + std::string(name) + "' is missing"};
  }
  for (const nlohmann::json& item : object[name]) {
    Expected<T> value = read(item);
    if (!value.ok()) return value.error();
    values.push_back(*std::move(value));
  }
  return values;
}

}  // namespace mcunas
