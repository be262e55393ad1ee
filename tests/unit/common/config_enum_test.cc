// Enum, Enums and EnumMap against Choice, Texts and Choices: the same files, dumps and documents.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "common/config.h"
#include "common/config_dump.h"
#include "common/config_read.h"
#include "common/config_reference.h"
#include "common/config_schema.h"

namespace mcunas {
namespace {

using testing::HasSubstr;

enum class Fruit { kPear, kPlum };
constexpr Named<Fruit> kFruits[] = {{Fruit::kPlum, "plum"}, {Fruit::kPear, "pear"}};

struct WithEnums {
  Fruit one = Fruit::kPear;
  std::vector<Fruit> many = {Fruit::kPlum};
  std::map<std::string, Fruit> map = {{"a", Fruit::kPear}};
  bool operator==(const WithEnums&) const = default;
};

struct WithTexts {
  std::string one = "pear";
  std::vector<std::string> many = {"plum"};
  std::map<std::string, std::string> map = {{"a", "pear"}};
};

void Describe(ConfigVisitor& v, WithEnums& c) {
  v.Enum("one", c.one, kFruits, {"one fruit", ""});
  v.Enums("many", c.many, kFruits, {"fruits", ""});
  v.EnumMap("map", c.map, {"a", "b"}, kFruits, {"who eats what", ""});
}

void Describe(ConfigVisitor& v, WithTexts& c) {
  v.Choice("one", c.one, {"plum", "pear"}, {"one fruit", ""});
  v.Texts("many", c.many, {"plum", "pear"}, {"fruits", ""});
  v.Choices("map", c.map, {"a", "b"}, {"plum", "pear"}, {"who eats what", ""});
}

template <typename Config>
std::vector<std::string> Problems(const std::string& text, Config* config) {
  std::vector<std::string> problems;
  const auto found =
      ReadConfig({"f.yaml", text, {}}, [&](ConfigVisitor& v) { Describe(v, *config); });
  for (const ConfigDiagnostic& d : found) problems.push_back(FormatDiagnostic(d));
  return problems;
}

template <typename Config>
std::string Everything(Config config) {
  const auto describe = [&](ConfigVisitor& v) { Describe(v, config); };
  return DumpConfig(describe) + ConfigSchema(describe, "T") + ConfigReference(describe, "T");
}

constexpr const char* kTexts[] = {
    "{}",
    "one: plum",
    "many: [pear, plum, pear]",
    "map: {b: plum, a: plum}",
    "{one: plum, many: [pear], map: {b: pear}}",
};
constexpr const char* kBadTexts[] = {"one: plumb",          "one:",     "one: [pear]",
                                     "many: [pear, apple]", "many: []", "map: {a: apple}",
                                     "map: {c: pear}",      "map: {}"};

TEST(ConfigEnum, ReadsAndWritesWhatTextsDo) {
  for (const char* text : kTexts) {
    WithEnums values;
    WithTexts words;
    ASSERT_EQ(Problems(text, &values), std::vector<std::string>{}) << text;
    ASSERT_EQ(Problems(text, &words), std::vector<std::string>{}) << text;
    EXPECT_EQ(Everything(values), Everything(words)) << text;
    EXPECT_STREQ(NameOf(kFruits, values.one), words.one.c_str()) << text;
  }
}

TEST(ConfigEnum, RefusesWhatTextsDoAndKeepsTheDefaults) {
  for (const char* text : kBadTexts) {
    WithEnums values;
    WithTexts words;
    const auto problems = Problems(text, &values);
    EXPECT_EQ(problems, Problems(text, &words)) << text;
    EXPECT_EQ(problems.size(), 1u) << text;
    EXPECT_EQ(values, WithEnums()) << text;
  }
  WithEnums values;
  EXPECT_THAT(Problems("one: plumb", &values)[0], HasSubstr("did you mean 'plum'?"));
}

}  // namespace
}  // namespace mcunas
