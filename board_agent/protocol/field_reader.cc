#include "board_agent/protocol/field_reader.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <utility>

namespace mcunas {
namespace {

using nlohmann::json;

constexpr size_t kMaxArray = 4096;

std::string Named(const char* key) { return "field '" + std::string(key) + "'"; }

}  // namespace

std::string DumpJson(const json& value) {
  return value.dump(-1, ' ', false, json::error_handler_t::replace);
}

Expected<json> ParseJson(std::string_view text) {
  std::vector<std::set<std::string>> keys(1);
  std::string duplicate;
  const auto watch = [&](int depth, json::parse_event_t event, json& parsed) {
    if (event == json::parse_event_t::object_start) {
      keys.resize(std::max<size_t>(keys.size(), depth + 2));
      keys[depth + 1].clear();
    }
    if (event == json::parse_event_t::key && duplicate.empty()) {
      keys.resize(std::max<size_t>(keys.size(), depth + 1));
      const auto& name = parsed.get_ref<const std::string&>();
      if (!keys[depth].insert(name).second) duplicate = name;
    }
    return true;
  };
  try {
    json value = json::parse(text.begin(), text.end(), watch);
    if (!duplicate.empty()) {
      return Error{ErrorCode::kUsage, "field '" + duplicate + "' is given twice"};
    }
    return value;
  } catch (const json::exception& e) {
    return Error{ErrorCode::kUsage, std::string("not valid JSON: ") + e.what()};
  }
}

FieldReader::FieldReader(const json& object, std::string what)
    : object_(object), what_(std::move(what)) {
  if (!object.is_object()) Fail("must be a JSON object");
}

bool FieldReader::Has(const char* key) {
  seen_.insert(key);
  return error_.empty() && object_.contains(key) && !object_[key].is_null();
}

const json* FieldReader::Find(const char* key, bool required) {
  if (Has(key)) return &object_[key];
  if (required) Fail(Named(key) + " is missing");
  return nullptr;
}

void FieldReader::Text(const char* key, std::string& value, bool required) {
  const json* field = Find(key, required);
  if (field == nullptr) return;
  if (!field->is_string()) return Fail(Named(key) + " must be a text");
  value = field->get<std::string>();
}

void FieldReader::Boolean(const char* key, bool& value) {
  const json* field = Find(key, true);
  if (field == nullptr) return;
  if (!field->is_boolean()) return Fail(Named(key) + " must be true or false");
  value = field->get<bool>();
}

void FieldReader::Integers(const char* key, std::vector<int64_t>& values) {
  const json* field = Find(key, true);
  if (field == nullptr) return;
  if (!field->is_array()) return Fail(Named(key) + " must be a list");
  if (field->size() > kMaxArray) return Fail(Named(key) + " is too long");
  for (const json& item : *field) values.push_back(WholeNumber(item, key, 0, kMaxInteger));
}

void FieldReader::Real(const char* key, double& value, double min, double max, bool required) {
  const json* field = Find(key, required);
  if (field == nullptr) return;
  if (!field->is_number()) return Fail(Named(key) + " must be a number");
  const double number = field->get<double>();
  if (!std::isfinite(number) || number < min || number > max) {
    return Fail(Named(key) + " is out of range");
  }
  value = number;
}

int64_t FieldReader::WholeNumber(const json& field, const char* key, int64_t min, int64_t max) {
  const bool too_big = field.is_number_unsigned() &&
                       field.get<uint64_t>() > uint64_t(std::numeric_limits<int64_t>::max());
  if (!field.is_number_integer()) {
    Fail(Named(key) + " must be a whole number");
    return min;
  }
  if (too_big || field.get<int64_t>() < min || field.get<int64_t>() > max) {
    Fail(Named(key) + " must be between " + std::to_string(min) + " and " + std::to_string(max));
    return min;
  }
  return field.get<int64_t>();
}

void FieldReader::Require(bool holds, const std::string& message) {
  if (!holds) Fail(message);
}

void FieldReader::Fail(const std::string& message) {
  if (error_.empty()) error_ = what_ + ": " + message;
}

Expected<void> FieldReader::Finish() {
  if (error_.empty()) {
    for (const auto& [key, unused] : object_.items()) {
      if (!seen_.contains(key)) Fail("unknown field '" + key + "'");
    }
  }
  if (!error_.empty()) return Error{ErrorCode::kUsage, error_};
  return {};
}

}  // namespace mcunas
