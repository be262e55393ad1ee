// Laws of configurations, on random ones: what is written reads back, overrides mean what the file
// would mean, and a mistake is reported where it stands.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cstdio>
#include <string>
#include <vector>

#include "common/config_dump.h"
#include "common/config_read.h"
#include "common/config_reference.h"
#include "common/config_schema.h"
#include "common/random.h"
#include "common/text.h"
#include "sample_config.h"

namespace mcunas {
namespace {

using ::testing::HasSubstr;

// Texts that YAML would read otherwise if they were written without care.
const std::vector<std::string> kNastyTexts = {"plain",
                                              "",
                                              " leading",
                                              "trailing ",
                                              "a: b",
                                              "# no comment",
                                              "'single'",
                                              "\"double\"",
                                              "back\\n",
                                              "tab\there",
                                              "yes",
                                              "null",
                                              "0123",
                                              "1e5",
                                              "- item",
                                              "{a: 1}",
                                              "[1, 2]",
                                              "&anchor",
                                              "*star",
                                              "!tag",
                                              "%directive",
                                              "| block",
                                              "> folded",
                                              "ümlaut",
                                              "日本",
                                              "a\nb",
                                              "${NOT_DEFINED",
                                              "$$",
                                              "a # b",
                                              "key: 'v'#",
                                              "~",
                                              "true",
                                              "12:30",
                                              "@at",
                                              "`tick`",
                                              "line\r\n",
                                              "a, b",
                                              "http://x:1/y",
                                              "= equal",
                                              "?",
                                              "? a",
                                              ":"};

std::vector<int64_t> RandomIntegers(RandomStream* random, int64_t low, int64_t high) {
  std::vector<int64_t> values(1 + random->Below(4));
  for (int64_t& value : values) value = random->Between(low, high);
  return values;
}

SampleConfig RandomSample(RandomStream* random) {
  SampleConfig c;
  c.name = random->Pick(kNastyTexts);
  c.board = random->Pick(std::vector<std::string>{"nucleo-f446re", "nucleo-f746zg", "qemu-m7"});
  c.sram_kb = random->Between(0, 65536);
  c.latency_ms = random->Chance(0.2) ? 0 : 1e6 * random->Unit();
  c.root = random->Pick(kNastyTexts);
  c.flip = random->Chance(0.5);
  c.population = 2 * random->Between(2, 500);
  c.wall_s = 1 + 1e5 * random->Unit();
  c.kernel = RandomIntegers(random, 3, 7);
  c.width.clear();
  for (int64_t hundredth : RandomIntegers(random, 1, 400))
    c.width.push_back(0.01 * static_cast<double>(hundredth));
  for (uint64_t n = random->Below(4); n > 0; --n) c.agents.push_back(random->Pick(kNastyTexts));
  c.objectives.clear();
  for (const char* name : {"accuracy", "latency_ms", "sram_bytes"})
    if (random->Chance(0.6)) c.objectives[name] = random->Chance(0.5) ? "max" : "min";
  if (c.objectives.empty()) c.objectives = {{"accuracy", "max"}};
  c.stages.resize(1 + random->Below(5));
  for (SampleStage& stage : c.stages) stage = {random->Between(1, 4096), random->Between(1, 2)};
  return c;
}

std::string Dump(SampleConfig config) {
  return DumpConfig([&](ConfigVisitor& v) { DescribeSample(v, config); });
}

std::string AllMessages(const std::vector<ConfigDiagnostic>& diagnostics) {
  std::string text;
  for (const ConfigDiagnostic& d : diagnostics) text += FormatDiagnostic(d) + "\n";
  return text;
}

// What the text means; a failure where it means nothing.
SampleConfig Read(const std::string& text, const std::vector<std::string>& overrides = {}) {
  SampleConfig config;
  EXPECT_EQ(AllMessages(ReadSample(text, &config, overrides)), "") << text;
  return config;
}

std::vector<std::string> Lines(const std::string& text) {
  std::vector<std::string> lines(1);
  for (char c : text) {
    if (c == '\n') {
      lines.emplace_back();
    } else {
      lines.back() += c;
    }
  }
  if (lines.back().empty()) lines.pop_back();
  return lines;
}

class ConfigLaws : public ::testing::TestWithParam<int> {
 protected:
  RandomStream random_{1, "config laws", std::to_string(GetParam())};
};
INSTANTIATE_TEST_SUITE_P(Seeds, ConfigLaws, ::testing::Range(0, 8));

TEST_P(ConfigLaws, WhatIsWrittenReadsBack) {
  for (int i = 0; i < 25; ++i) {
    const SampleConfig config = RandomSample(&random_);
    const std::string text = Dump(config);
    EXPECT_EQ(Read(text), config) << text;
  }
}

TEST_P(ConfigLaws, WritingIsAFunctionOfTheValue) {
  for (int i = 0; i < 25; ++i) {
    const std::string text = Dump(RandomSample(&random_));
    EXPECT_EQ(Dump(Read(text)), text);
  }
}

// A default that is written down is no other configuration than one that is not.
TEST_P(ConfigLaws, LeavingOutADefaultChangesNothing) {
  SampleConfig config;
  config.population = 2 * random_.Between(2, 500);
  const std::string text = "version: 1\ntarget: {board: nucleo-f746zg}\nsearch: {population: " +
                           std::to_string(config.population) + "}\n";
  EXPECT_EQ(Read(text), config);
  EXPECT_EQ(Read(text), Read(Dump(config)));
}

TEST_P(ConfigLaws, CommentsAndBlankLinesMeanNothing) {
  const SampleConfig config = RandomSample(&random_);
  std::string padded = "# first\n";
  for (const std::string& line : Lines(Dump(config))) {
    if (random_.Chance(0.3)) padded += "\n";
    if (random_.Chance(0.3)) padded += "# a remark: {of, [no meaning\n";
    padded += line + "\n";
  }
  EXPECT_EQ(Read(padded), config) << padded;
}

// Plain fields as a person overrides them.
std::vector<std::string> Overrides(const SampleConfig& c) {
  char latency[40], wall[40];
  std::snprintf(latency, sizeof latency, "%.17g", c.latency_ms);
  std::snprintf(wall, sizeof wall, "%.17g", c.wall_s);
  std::vector<std::string> kernel;
  for (int64_t k : c.kernel) kernel.push_back(std::to_string(k));
  return {"target.board=" + c.board,
          "target.limits.sram_kb=" + std::to_string(c.sram_kb),
          std::string("target.limits.latency_ms=") + latency,
          std::string("data.flip=") + (c.flip ? "true" : "false"),
          "search.population=" + std::to_string(c.population),
          std::string("search.wall=") + wall,
          "space.kernel=[" + Join(kernel, ", ") + "]"};
}

SampleConfig WithPlainFieldsOf(SampleConfig base, const SampleConfig& from) {
  base.board = from.board;
  base.sram_kb = from.sram_kb;
  base.latency_ms = from.latency_ms;
  base.flip = from.flip;
  base.population = from.population;
  base.wall_s = from.wall_s;
  base.kernel = from.kernel;
  return base;
}

TEST_P(ConfigLaws, OverridesMeanWhatTheFileWouldMean) {
  for (int i = 0; i < 10; ++i) {
    const SampleConfig base = RandomSample(&random_), other = RandomSample(&random_);
    EXPECT_EQ(Read(Dump(base), Overrides(other)), WithPlainFieldsOf(base, other));
  }
}

TEST_P(ConfigLaws, OverridesOfDifferentFieldsComeInAnyOrder) {
  const SampleConfig base = RandomSample(&random_);
  std::vector<std::string> overrides = Overrides(RandomSample(&random_));
  const SampleConfig expected = Read(Dump(base), overrides);
  for (int i = 0; i < 5; ++i) {
    random_.Shuffle(&overrides);
    EXPECT_EQ(Read(Dump(base), overrides), expected) << Join(overrides, " ");
  }
}

TEST_P(ConfigLaws, OverridesTwiceAreOverridesOnce) {
  const SampleConfig base = RandomSample(&random_);
  const std::vector<std::string> overrides = Overrides(RandomSample(&random_));
  const SampleConfig once = Read(Dump(base), overrides);
  EXPECT_EQ(Read(Dump(once), overrides), once);
}

// The line at which `key` begins in a dump, counted from 1.
int LineOf(const std::string& text, const std::string& key) {
  const std::vector<std::string> lines = Lines(text);
  for (size_t i = 0; i < lines.size(); ++i)
    if (Trim(lines[i]).starts_with(key + ":")) return static_cast<int>(i) + 1;
  return 0;
}

struct Broken {
  const char* key;  // as it stands in a dump
  const char* path;
  const char* value;
};
constexpr Broken kBroken[] = {
    {"sram_kb", "target.limits.sram_kb", "65537"},    {"sram_kb", "target.limits.sram_kb", "many"},
    {"latency_ms", "target.limits.latency_ms", "-1"}, {"flip", "data.flip", "perhaps"},
    {"population", "search.population", "2"},         {"wall", "search.wall", "soon"}};

std::string WithValue(const std::string& text, int line, const std::string& value) {
  std::vector<std::string> lines = Lines(text);
  std::string& changed = lines[static_cast<size_t>(line) - 1];
  changed = changed.substr(0, changed.find(':') + 1) + " " + value;
  return Join(lines, "\n") + "\n";
}

TEST_P(ConfigLaws, AMistakeIsReportedWhereItStands) {
  SampleConfig config = RandomSample(&random_);
  config.name = config.root = "plain";  // so that lines are fields
  config.agents.clear();
  const std::string text = Dump(config);
  for (const Broken& broken : kBroken) {
    const int line = LineOf(text, broken.key);
    ASSERT_GT(line, 0) << broken.key << "\n" << text;
    SampleConfig ignored;
    const auto found = ReadSample(WithValue(text, line, broken.value), &ignored);
    ASSERT_EQ(found.size(), 1u) << AllMessages(found);
    EXPECT_EQ(found[0].line, line) << AllMessages(found);
    EXPECT_EQ(found[0].key_path, broken.path);
    EXPECT_EQ(found[0].source_line.substr(static_cast<size_t>(found[0].column) - 1), broken.value);
  }
}

TEST_P(ConfigLaws, EveryMistakeIsReportedOnceAndInOrder) {
  SampleConfig config = RandomSample(&random_);
  config.name = config.root = "plain";
  config.agents.clear();
  std::string text = Dump(config);
  std::vector<int> lines;
  for (const char* key : {"sram_kb", "flip", "wall"}) {
    if (!random_.Chance(0.7)) continue;
    lines.push_back(LineOf(text, key));
    text = WithValue(text, lines.back(), "nonsense");
  }
  std::sort(lines.begin(), lines.end());
  SampleConfig ignored;
  std::vector<int> found;
  for (const ConfigDiagnostic& d : ReadSample(text, &ignored)) found.push_back(d.line);
  EXPECT_EQ(found, lines) << text;
}

// One typo in a key: refused at its line, with the name that was meant.
TEST_P(ConfigLaws, AMisspeltKeyIsNamedWithItsNearest) {
  for (const char* key : {"population", "latency_ms", "sram_kb", "version"}) {
    std::string wrong = key;
    const size_t at = 1 + random_.Below(wrong.size() - 2);
    std::swap(wrong[at], wrong[at + 1]);
    if (wrong == key) continue;
    SampleConfig config;
    std::string text = Dump(config);
    const int line = LineOf(text, key);
    text.replace(text.find(std::string(key) + ":"), wrong.size(), wrong);
    SampleConfig ignored;
    const auto found = ReadSample(text, &ignored);
    const auto there = std::find_if(found.begin(), found.end(), [&](const ConfigDiagnostic& d) {
      return d.line == line && d.message.find("not a known key") != std::string::npos;
    });
    ASSERT_NE(there, found.end()) << AllMessages(found);
    EXPECT_THAT(there->suggestion, HasSubstr(key));
  }
}

// Readers, schema and reference know the same fields: every leaf of a dump has a row.
TEST(ConfigWriters, ReferenceAndSchemaKnowEveryFieldOfADump) {
  SampleConfig config;
  const auto describe = [&](ConfigVisitor& v) { DescribeSample(v, config); };
  const std::string reference = ConfigReference(describe, "t"),
                    schema = ConfigSchema(describe, "t");
  for (const std::string& line : Lines(Dump(config))) {
    std::string key = Trim(line);
    if (key.starts_with("- ")) key = key.substr(2);
    const size_t colon = key.find(':');
    if (colon == std::string::npos || key == "accuracy: max") continue;
    key = key.substr(0, colon);
    EXPECT_THAT(reference, HasSubstr(key)) << line;
    EXPECT_THAT(schema, HasSubstr("\"" + key + "\"")) << line;
  }
}

}  // namespace
}  // namespace mcunas
