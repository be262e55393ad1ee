// One declaration per config field; parsing, checks, dump, JSON Schema and reference page follow.
//
// A config struct is plain data with its defaults. Beside it stands one free function
//   void Describe(ConfigVisitor& visitor, SearchConfig& config);
// that names every field once. Readers and writers are visitors; nobody lists the fields again.
//
// Reading is strict: yaml-cpp's silent acceptances (duplicate keys, octal-looking numbers, yes/no
// booleans, unterminated quotes, merge keys, tabs) are errors. All errors of a file come at once:
// config_read.h. The writers: config_dump.h, config_schema.h, config_reference.h.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <string>
#include <vector>

#include "common/names.h"
#include "common/resolution.h"

namespace mcunas {

// What a person reads about one field.
struct FieldHelp {
  std::string help;       // one line
  std::string unit;       // "kB", "ms", "epochs"; empty where there is none
  std::string zero = {};  // a word that stands for 0 in a list of reals; empty: none does
};

// Closed range of a number.
struct Range {
  double min;
  double max;
};

class ConfigVisitor {
 public:
  virtual ~ConfigVisitor() = default;

  // Scalars. `value` holds the default when the visitor is a writer and receives it when a reader.
  virtual void Integer(const char* key, int64_t& value, Range range, const FieldHelp& help) = 0;
  virtual void Real(const char* key, double& value, Range range, const FieldHelp& help) = 0;
  virtual void Boolean(const char* key, bool& value, const FieldHelp& help) = 0;
  virtual void Text(const char* key, std::string& value, const FieldHelp& help) = 0;
  // A text that names a file or folder. Readers make it absolute: relative to the folder of the
  // config file, or, in an override, to the current one; "~" is the home folder. Empty stays empty.
  virtual void Path(const char* key, std::string& value, const FieldHelp& help) {
    Text(key, value, help);
  }
  // One of a closed list of names, checked with a nearest-name hint.
  virtual void Choice(const char* key, std::string& value, const std::vector<std::string>& allowed,
                      const FieldHelp& help) = 0;
  // The same for a value that has a name in a table (common/names.h).
  template <typename T, typename Row, size_t N>
  void Enum(const char* key, T& value, const Row (&table)[N], const FieldHelp& help) {
    std::string name = NameOf(table, value);
    Choice(key, name, NamesOf(table), help);
    value = *ValueOf(table, name);
  }
  // "90s", "15m", "4h" or a plain number of seconds.
  virtual void Duration(const char* key, double& seconds, Range range, const FieldHelp& help) = 0;

  // Lists ([] in YAML); range holds for every element; an empty list is an error.
  virtual void Integers(const char* key, std::vector<int64_t>& value, Range range,
                        const FieldHelp& help) = 0;
  // A list, or a single number in its place: how a list of one is written.
  virtual void IntegersOrOne(const char* key, std::vector<int64_t>& value, Range range,
                             const FieldHelp& help) = 0;
  virtual void Reals(const char* key, std::vector<double>& value, Range range,
                     const FieldHelp& help) = 0;
  // An element is one number, of a square, or [height, width].
  virtual void Resolutions(const char* key, std::vector<Resolution>& value, Range range,
                           const FieldHelp& help) = 0;
  // `allowed` empty: any text.
  virtual void Texts(const char* key, std::vector<std::string>& value,
                     const std::vector<std::string>& allowed, const FieldHelp& help) = 0;
  // Texts that name files, each read as Path reads one.
  virtual void Paths(const char* key, std::vector<std::string>& value, const FieldHelp& help) {
    Texts(key, value, {}, help);
  }
  template <typename T, typename Row, size_t N>
  void Enums(const char* key, std::vector<T>& values, const Row (&table)[N],
             const FieldHelp& help) {
    std::vector<std::string> names;
    for (const T& value : values) names.emplace_back(NameOf(table, value));
    Texts(key, names, NamesOf(table), help);
    values.clear();
    for (const std::string& name : names) values.push_back(*ValueOf(table, name));
  }
  // Open map of names to one of `allowed` ("objectives: {accuracy: max}"); keys from `keys`.
  virtual void Choices(const char* key, std::map<std::string, std::string>& value,
                       const std::vector<std::string>& keys,
                       const std::vector<std::string>& allowed, const FieldHelp& help) = 0;
  template <typename T, typename Row, size_t N>
  void EnumMap(const char* key, std::map<std::string, T>& values,
               const std::vector<std::string>& keys, const Row (&table)[N], const FieldHelp& help) {
    std::map<std::string, std::string> names;
    for (const auto& [name, value] : values) names[name] = NameOf(table, value);
    Choices(key, names, keys, NamesOf(table), help);
    values.clear();
    for (const auto& [name, word] : names) values[name] = *ValueOf(table, word);
  }

  // A nested struct: `describe` visits its fields with this same visitor.
  virtual void Section(const char* key, const FieldHelp& help,
                       const std::function<void(ConfigVisitor&)>& describe) = 0;
  // A list of structs: `resize(0)` and `resize(n)` are called by readers, then
  // `describe(i)` per element. Schema and reference resize an empty list to one element and back.
  virtual void Sections(const char* key, const FieldHelp& help, size_t size,
                        const std::function<void(size_t)>& resize,
                        const std::function<void(ConfigVisitor&, size_t)>& describe) = 0;

  // Names a file that holds fields of this section and no further file; those that stand beside it
  // replace the file's, lists as a whole. Call before the section's fields. Writers of values show
  // the fields, not the file.
  virtual void Base(const char* key, const FieldHelp& help) = 0;

  // A rule across fields, or one the owner checks itself (an unknown board). `keys` names the field
  // that a reader points at; ignored by writers. Call after the fields it speaks of.
  virtual void Require(bool holds, const char* key, const std::string& message) = 0;
  // The next field must be given by the user; there is no useful default.
  virtual void Mandatory(const char* key) = 0;
};

using DescribeFn = std::function<void(ConfigVisitor&)>;

}  // namespace mcunas
