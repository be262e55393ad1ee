// JSON Schema (draft 2020-12) of a config, for editors and other tools.
#include "common/config_schema.h"

#include <nlohmann/json.hpp>

#include "common/config_scalar_internal.h"

namespace mcunas {
namespace {

using Json = nlohmann::ordered_json;

// Whole limits are written as whole numbers: "minimum": 1, not 1.0.
Json Limit(double value) {
  constexpr double kExact = 9e15;
  if (value == static_cast<double>(static_cast<int64_t>(value)) && std::abs(value) < kExact) {
    return static_cast<int64_t>(value);
  }
  return value;
}

Json NumberType(const char* type, const Range& range) {
  Json number;
  number["type"] = type;
  number["minimum"] = Limit(range.min);
  number["maximum"] = Limit(range.max);
  return number;
}

Json TextType(const std::vector<std::string>& allowed) {
  Json text;
  text["type"] = "string";
  if (!allowed.empty()) text["enum"] = allowed;
  return text;
}

Json ListType(Json items) {
  Json list;
  list["type"] = "array";
  list["minItems"] = 1;
  list["items"] = std::move(items);
  return list;
}

class SchemaWriter : public ConfigVisitor {
 public:
  SchemaWriter() {
    object_["type"] = "object";
    object_["additionalProperties"] = false;
    object_["properties"] = Json::object();
  }

  void Integer(const char* key, int64_t& value, Range range, const FieldHelp& help) override {
    Field(key, NumberType("integer", range), help, value);
  }
  void Real(const char* key, double& value, Range range, const FieldHelp& help) override {
    Field(key, NumberType("number", range), help, value);
  }
  void Boolean(const char* key, bool& value, const FieldHelp& help) override {
    Field(key, {{"type", "boolean"}}, help, value);
  }
  void Text(const char* key, std::string& value, const FieldHelp& help) override {
    Field(key, TextType({}), help, value);
  }
  void Choice(const char* key, std::string& value, const std::vector<std::string>& allowed,
              const FieldHelp& help) override {
    Field(key, TextType(allowed), help, value);
  }
  void Duration(const char* key, double& seconds, Range range, const FieldHelp& help) override {
    Json pattern = {{"type", "string"}, {"pattern", "^[0-9]*\\.?[0-9]+(ms|s|m|h|d)?$"}};
    Json either;
    either["anyOf"] = Json::array({NumberType("number", range), pattern});
    Field(key, either, help, seconds);
  }
  void Integers(const char* key, std::vector<int64_t>& value, Range range,
                const FieldHelp& help) override {
    Field(key, ListType(NumberType("integer", range)), help, value);
  }
  void IntegersOrOne(const char* key, std::vector<int64_t>& value, Range range,
                     const FieldHelp& help) override {
    Json either;
    either["anyOf"] =
        Json::array({NumberType("integer", range), ListType(NumberType("integer", range))});
    Field(key, either, help, value.size() == 1 ? Json(value.front()) : Json(value));
  }
  void Reals(const char* key, std::vector<double>& value, Range range,
             const FieldHelp& help) override {
    Json item = NumberType("number", range);
    if (!help.zero.empty()) item = {{"anyOf", Json::array({item, TextType({help.zero})})}};
    Field(key, ListType(std::move(item)), help, value);
  }
  void Resolutions(const char* key, std::vector<Resolution>& value, Range range,
                   const FieldHelp& help) override {
    Json sides = ListType(NumberType("integer", range));
    sides["minItems"] = 2;
    sides["maxItems"] = 2;
    Json either;
    either["anyOf"] = Json::array({NumberType("integer", range), std::move(sides)});
    Json standard = Json::array();
    for (const Resolution& r : value) {
      standard.push_back(r.square() ? Json(r.height) : Json::array({r.height, r.width}));
    }
    Field(key, ListType(std::move(either)), help, standard);
  }
  void Texts(const char* key, std::vector<std::string>& value,
             const std::vector<std::string>& allowed, const FieldHelp& help) override {
    Field(key, ListType(TextType(allowed)), help, value);
  }
  void Choices(const char* key, std::map<std::string, std::string>& value,
               const std::vector<std::string>& keys, const std::vector<std::string>& allowed,
               const FieldHelp& help) override {
    Json map = {{"type", "object"}, {"additionalProperties", false}, {"minProperties", 1}};
    for (const std::string& name : keys) map["properties"][name] = TextType(allowed);
    Field(key, map, help, value);
  }
  void Section(const char* key, const FieldHelp& help,
               const std::function<void(ConfigVisitor&)>& describe) override {
    SchemaWriter inner;
    describe(inner);
    Field(key, inner.object_, help, nullptr);
  }
  void Sections(const char* key, const FieldHelp& help, size_t size,
                const std::function<void(size_t)>& resize,
                const std::function<void(ConfigVisitor&, size_t)>& describe) override {
    if (size == 0) resize(1);
    SchemaWriter inner;
    describe(inner, 0);
    if (size == 0) resize(0);
    Field(key, ListType(inner.object_), help, nullptr);
  }
  void Base(const char* key, const FieldHelp& help) override {
    Field(key, TextType({}), help, nullptr);
  }
  void Require(bool, const char*, const std::string&) override {}
  void Mandatory(const char* key) override {
    object_["required"].push_back(key);
    mandatory_ = key;
  }

  Json Take(const std::string& title) {
    Json schema;
    schema["$schema"] = "https://json-schema.org/draft/2020-12/schema";
    schema["title"] = title;
    schema.update(object_);
    return schema;
  }

 private:
  // `standard` null: no default to speak of (sections).
  void Field(const char* key, Json type, const FieldHelp& help, const Json& standard) {
    type["description"] = help.help + (help.unit.empty() ? "" : " [" + help.unit + "]");
    const bool empty = standard.is_array() && standard.empty();
    if (!standard.is_null() && !empty && mandatory_ != key) type["default"] = standard;
    object_["properties"][key] = std::move(type);
  }

  Json object_;
  std::string mandatory_;
};

}  // namespace

std::string ConfigSchema(const DescribeFn& describe, const std::string& title) {
  SchemaWriter writer;
  describe(writer);
  return writer.Take(title).dump(2) + "\n";
}

}  // namespace mcunas
