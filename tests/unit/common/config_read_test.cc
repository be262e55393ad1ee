// What valid configs mean, overrides, and what the writers write.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>
#include <nlohmann/json.hpp>

#include "common/config_dump.h"
#include "common/config_read.h"
#include "common/config_reference.h"
#include "common/config_schema.h"
#include "common/file.h"
#include "sample_config.h"

namespace mcunas {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

constexpr const char* kMinimal = "version: 1\ntarget: {board: qemu-m7}\n";

SampleConfig ReadGood(const std::string& text, const std::vector<std::string>& overrides = {}) {
  SampleConfig config;
  for (const ConfigDiagnostic& d : ReadSample(text, &config, overrides)) {
    ADD_FAILURE() << FormatDiagnostic(d);
  }
  return config;
}

std::vector<std::string> Messages(const std::string& text,
                                  const std::vector<std::string>& overrides = {}) {
  SampleConfig config;
  std::vector<std::string> messages;
  for (const ConfigDiagnostic& d : ReadSample(text, &config, overrides)) {
    messages.push_back(FormatDiagnostic(d));
  }
  return messages;
}

// A path of a config in `file`, as a reader leaves it.
std::string PathRead(const std::string& file, const std::string& text,
                     const std::vector<std::string>& overrides = {}) {
  std::string root = "untouched";
  const auto problems = ReadConfig({file, text, overrides}, [&](ConfigVisitor& v) {
    v.Path("root", root, {"data", ""});
  });
  for (const ConfigDiagnostic& d : problems) ADD_FAILURE() << FormatDiagnostic(d);
  return root;
}

TEST(ReadConfig, PathsBeginAtTheFile) {
  const std::string here = std::filesystem::current_path().string();
  EXPECT_EQ(PathRead("/etc/lab/a.yaml", "root: data/x"), "/etc/lab/data/x");
  EXPECT_EQ(PathRead("/etc/lab/a.yaml", "root: ../data/./x"), "/etc/data/x");
  EXPECT_EQ(PathRead("/etc/lab/a.yaml", "root: /data"), "/data");
  EXPECT_EQ(PathRead("lab/a.yaml", "root: data"), here + "/lab/data");
  EXPECT_EQ(PathRead("a.yaml", "root: data"), here + "/data");
}

TEST(ReadConfig, PathsOfOverridesBeginWhereTheyWereTyped) {
  const std::string here = std::filesystem::current_path().string();
  EXPECT_EQ(PathRead("/etc/lab/a.yaml", "root: data", {"root=mine"}), here + "/mine");
}

TEST(ReadConfig, PathsKnowHomeAndVariables) {
  setenv("HOME", "/someone", 1);
  setenv("MCUNAS_TEST_DATA", "/srv/data", 1);
  EXPECT_EQ(PathRead("/etc/a.yaml", "root: ~/data"), "/someone/data");
  EXPECT_EQ(PathRead("/etc/a.yaml", "root: \"~\""), "/someone");
  EXPECT_EQ(PathRead("/etc/a.yaml", "root: ~other/data"), "/etc/~other/data");
  EXPECT_EQ(PathRead("/etc/a.yaml", "root: ${MCUNAS_TEST_DATA}/x"), "/srv/data/x");
}

TEST(ReadConfig, PathsThatAreEmptyOrNotThereStay) {
  EXPECT_EQ(PathRead("/etc/a.yaml", "root: \"\""), "");
  EXPECT_EQ(PathRead("/etc/a.yaml", "{}"), "untouched");
}

TEST(LoadConfig, RefusesAFolder) {
  const auto loaded = LoadConfig("/etc", {}, [](ConfigVisitor&) {});
  ASSERT_FALSE(loaded);
  EXPECT_EQ(loaded.error().code, ErrorCode::kUsage);
  EXPECT_EQ(loaded.error().message, "/etc is a folder, not a configuration file");
}

TEST(ReadConfig, LeavesDefaultsAlone) {
  SampleConfig expected;
  expected.board = "qemu-m7";
  EXPECT_EQ(ReadGood(kMinimal), expected);
}

TEST(ReadConfig, ReadsEveryKindOfField) {
  const SampleConfig config = ReadGood(R"(
version: 1
name: "a: 'b' # \"c\""
target: {board: nucleo-f446re, limits: {sram_kb: 0x40, latency_ms: 1.5e2}}
data: {root: 'it''s', flip: false}
search:
  population: 10
  wall: 1.5h
  objectives: {sram_bytes: min}
space:
  kernel: [7]
  width: [.25, 1, 2.0]
  kinds: [conv, add]
  stages:
    - channels: 9
    - {stride: 2}
bench: {agents: [http://127.0.0.1:8801, b]}
)");
  EXPECT_EQ(config.name, "a: 'b' # \"c\"");
  EXPECT_EQ(config.board, "nucleo-f446re");
  EXPECT_EQ(config.sram_kb, 64);
  EXPECT_EQ(config.latency_ms, 150);
  EXPECT_EQ(config.root, "it's");
  EXPECT_FALSE(config.flip);
  EXPECT_EQ(config.population, 10);
  EXPECT_EQ(config.wall_s, 5400);
  EXPECT_EQ(config.objectives, (std::map<std::string, std::string>{{"sram_bytes", "min"}}));
  EXPECT_EQ(config.kernel, std::vector<int64_t>{7});
  EXPECT_EQ(config.width, (std::vector<double>{0.25, 1, 2}));
  EXPECT_EQ(config.kinds, (std::vector<std::string>{"conv", "add"}));
  EXPECT_EQ(config.agents, (std::vector<std::string>{"http://127.0.0.1:8801", "b"}));
  // Items start from the defaults of a fresh item, not from those of another list.
  EXPECT_EQ(config.stages, (std::vector<SampleStage>{{9, 1}, {16, 2}}));
}

TEST(ReadConfig, Durations) {
  const auto wall = [](const std::string& text) {
    return ReadGood(std::string(kMinimal) + "search: {wall: " + text + "}").wall_s;
  };
  EXPECT_EQ(wall("90"), 90);
  EXPECT_EQ(wall("90s"), 90);
  EXPECT_EQ(wall("2500ms"), 2.5);
  EXPECT_EQ(wall("15m"), 900);
  EXPECT_EQ(wall("0.5d"), 43200);
}

TEST(ReadConfig, ExpandsVariablesOnce) {
  ::setenv("MCUNAS_TEST_VARIABLE", "/da ta/${HOME}, }", 1);
  const std::string start = std::string(kMinimal) + "data: {root: ";
  EXPECT_EQ(ReadGood(start + "${MCUNAS_TEST_VARIABLE}/x}").root, "/da ta/${HOME}, }/x");
  EXPECT_EQ(ReadGood(start + "\"a ${MCUNAS_TEST_VARIABLE}\"}").root, "a /da ta/${HOME}, }");
  EXPECT_EQ(ReadGood(start + "$${MCUNAS_TEST_VARIABLE}}").root, "${MCUNAS_TEST_VARIABLE}");
  EXPECT_EQ(ReadGood(start + "a$b}").root, "a$b");
  ::unsetenv("MCUNAS_TEST_VARIABLE");
}

TEST(ReadConfig, ReportsEverythingAtOnceInFileOrder) {
  const auto messages = Messages(R"(version: 2
name: 'open
target: {board: nucleo-f746, limits: {sram_kbb: 64}}
search:
  population: 3
  wall: never
space: {kernel: []}
nonsense: 1
)");
  ASSERT_EQ(messages.size(), 8u);
  const char* expected[] = {":1:10: error: version: 2 is out of range",
                            ":2:7: error: the quote",
                            ":3:17: error: target.board: 'nucleo-f746' is not one of",
                            ":3:39: error: target.limits.sram_kbb: is not a known key",
                            ":5:15: error: search.population: 3 is out of range",
                            ":6:9: error: search.wall: must be a time",
                            ":7:17: error: space.kernel: must not be empty",
                            ":8:1: error: nonsense: is not a known key"};
  for (size_t i = 0; i < 8; ++i) EXPECT_THAT(messages[i], HasSubstr(expected[i]));
}

TEST(ReadConfig, ShowsTheLineTheCaretAndTheWayOut) {
  const auto messages = Messages("version: 1\ntarget: {board: qemu-m7, limits: {sram_kbb: 512}}\n");
  ASSERT_EQ(messages.size(), 1u);
  EXPECT_EQ(messages[0],
            "sample.yaml:2:35: error: target.limits.sram_kbb: is not a known key\n"
            "  2 | target: {board: qemu-m7, limits: {sram_kbb: 512}}\n"
            "    |                                   ^~~~~~~~ did you mean 'sram_kb'?");
}

TEST(ReadConfig, CutsLongLinesAroundThePlace) {
  const std::string padding(300, 'x');
  const auto messages = Messages(std::string(kMinimal) + "data: {root: " + padding +
                                 ", flip: maybe, " + padding + ": 1}\n");
  ASSERT_EQ(messages.size(), 2u);
  EXPECT_LT(messages[0].size(), 600u);
  EXPECT_THAT(messages[0], HasSubstr("flip: maybe"));
  EXPECT_THAT(messages[0], HasSubstr("^~~~~"));
}

TEST(ReadConfig, RulesWaitUntilTheirSectionIsSound) {
  // 21 breaks the rule, but the misspelt key might be what was meant to repair it.
  const auto messages = Messages(std::string(kMinimal) + "search: {population: 21, wal: 3s}\n");
  ASSERT_EQ(messages.size(), 1u);
  EXPECT_THAT(messages[0], HasSubstr("wal"));
}

TEST(Overrides, ReplaceAndAddFields) {
  const SampleConfig config = ReadGood(
      std::string(kMinimal) + "space:\n  stages: [{channels: 1}, {channels: 2}]\n",
      {"search.population=10", "space.kernel=[5, 7]", "name=over there", "data.flip=false",
       "space.stages.1.channels=9", "search.objectives={latency_ms: min}", "search.population=12"});
  EXPECT_EQ(config.population, 12);  // the last one wins
  EXPECT_EQ(config.kernel, (std::vector<int64_t>{5, 7}));
  EXPECT_EQ(config.name, "over there");
  EXPECT_FALSE(config.flip);
  EXPECT_EQ(config.stages, (std::vector<SampleStage>{{1, 1}, {9, 1}}));
  EXPECT_EQ(config.objectives.size(), 1u);
}

TEST(Overrides, CanRepairTheFile) {
  EXPECT_EQ(ReadGood("version: 1\n", {"target.board=qemu-m7"}).board, "qemu-m7");
  EXPECT_EQ(ReadGood(std::string(kMinimal) + "search: {population: 3}", {"search.population=8"})
                .population,
            8);
}

TEST(Overrides, GoThroughTheSameChecks) {
  const std::pair<const char*, const char*> cases[] = {
      {"search.populaton=3", "did you mean 'population'?"},
      {"search.population=3", "allowed: 4 to 1000"},
      {"search.population=012", "looks octal"},
      {"search.population=", "has no value"},
      {"search.population", "must be KEY=VALUE"},
      {"=3", "an empty name"},
      {"search..population=3", "an empty name"},
      {"serch.population=8", "did you mean 'search'?"},
      {"search.population.x=8", "whole number"},
      {"name.x=8", "must be a single text"},
      {"version.x=8", "cannot stand below a single value"},
      {"space.kernel=[3", "'[' is never closed"},
      {"name='x", "quote"},
      {"name=a: b", "must be a single text"},
      {"data.root=${MCUNAS_NOT_SET}", "MCUNAS_NOT_SET is not set"},
      {"data.flip=yes", "true or false"},
      {"name=a\nb", "one line"},
  };
  for (const auto& [text, message] : cases) {
    const auto messages = Messages(kMinimal, {text});
    ASSERT_EQ(messages.size(), 1u) << text;
    EXPECT_THAT(messages[0], HasSubstr(message));
    EXPECT_THAT(messages[0], HasSubstr("command line: error: "));
  }
}

TEST(Overrides, PointIntoTheirOwnText) {
  const auto messages = Messages(kMinimal, {"data.flip=true", "search.population=3"});
  ASSERT_EQ(messages.size(), 1u);
  EXPECT_EQ(messages[0],
            "command line: error: search.population: 3 is out of range\n"
            "   | search.population=3\n"
            "   |                   ^ allowed: 4 to 1000");
}

TEST(LoadConfig, JoinsEverythingIntoOneUsageError) {
  const auto path = std::filesystem::temp_directory_path() / "mcunas-load-test.yaml";
  ASSERT_TRUE(WriteFileAtomically(path, "version: 1\nname: 'x\n"));
  SampleConfig config;
  const auto describe = [&](ConfigVisitor& v) { DescribeSample(v, config); };
  const auto loaded = LoadConfig(path.string(), {"data.flip=yes"}, describe);
  ASSERT_FALSE(loaded);
  EXPECT_EQ(loaded.error().code, ErrorCode::kUsage);
  EXPECT_THAT(loaded.error().message, HasSubstr("3 problems"));
  EXPECT_THAT(loaded.error().message, HasSubstr(path.string() + ":2:7: error"));
  EXPECT_THAT(loaded.error().message, HasSubstr("target.board: is missing"));
  std::filesystem::remove(path);
  EXPECT_EQ(LoadConfig(path.string(), {}, describe).error().code, ErrorCode::kNotFound);
}

SampleConfig Unusual() {
  SampleConfig config;
  config.name = "no";
  config.board = "qemu-m7";
  config.root = "C:\\x \"y\" 'z' # ${HOME}\n\x01 \xc3\xa4 012";
  config.latency_ms = 0.1;
  config.wall_s = 1.0 / 3 + 1;
  config.width = {1e-2, 1.0 / 3};
  config.agents = {"yes", "", "12", "- a", "{b}"};
  config.stages = {{1, 2}, {3, 1}, {4096, 2}};
  return config;
}

TEST(DumpConfig, ReadsBackTheSame) {
  for (SampleConfig config : {SampleConfig{}, Unusual()}) {
    const std::string dump = DumpConfig([&](ConfigVisitor& v) { DescribeSample(v, config); });
    EXPECT_EQ(ReadGood(dump), config) << dump;
  }
}

TEST(DumpConfig, NamesEveryFieldInOrder) {
  SampleConfig config;
  EXPECT_EQ(DumpConfig([&](ConfigVisitor& v) { DescribeSample(v, config); }),
            R"(version: 1
name: sample
target:
  board: nucleo-f746zg
  limits:
    sram_kb: 320
    latency_ms: 0
data:
  root: ""
  flip: true
search:
  population: 20
  wall: 3600s
  objectives: {accuracy: max}
space:
  kernel: [3, 5, 7]
  width: [0.5, 1]
  kinds: [add]
  stages:
    - channels: 8
      stride: 2
    - channels: 24
      stride: 2
)");
}

TEST(ConfigSchema, SaysWhatTheReaderChecks) {
  SampleConfig config;
  config.stages.clear();  // the schema describes an item all the same
  const auto schema = nlohmann::json::parse(
      ConfigSchema([&](ConfigVisitor& v) { DescribeSample(v, config); }, "Sample"));
  EXPECT_TRUE(config.stages.empty());
  EXPECT_EQ(schema["title"], "Sample");
  EXPECT_EQ(schema["additionalProperties"], false);
  EXPECT_EQ(schema["required"], nlohmann::json({"version"}));
  const auto& target = schema["properties"]["target"];
  EXPECT_EQ(target["required"], nlohmann::json({"board"}));
  EXPECT_EQ(target["properties"]["board"]["enum"].size(), 3u);
  EXPECT_FALSE(target["properties"]["board"].contains("default"));
  const auto& sram = target["properties"]["limits"]["properties"]["sram_kb"];
  EXPECT_EQ(sram["type"], "integer");
  EXPECT_EQ(sram["minimum"], 0);
  EXPECT_EQ(sram["maximum"], 65536);
  EXPECT_EQ(sram["default"], 320);
  EXPECT_EQ(sram["description"], "SRAM [kB]");
  const auto& space = schema["properties"]["space"]["properties"];
  EXPECT_EQ(space["kernel"]["items"]["maximum"], 7);
  EXPECT_EQ(space["kernel"]["minItems"], 1);
  EXPECT_EQ(space["kernel"]["default"], nlohmann::json({3, 5, 7}));
  EXPECT_EQ(space["stages"]["items"]["properties"]["stride"]["maximum"], 2);
  const auto& objectives = schema["properties"]["search"]["properties"]["objectives"];
  EXPECT_EQ(objectives["properties"]["latency_ms"]["enum"], nlohmann::json({"max", "min"}));
}

TEST(ConfigReference, HasOneRowPerField) {
  SampleConfig config;
  config.agents.clear();
  const std::string page =
      ConfigReference([&](ConfigVisitor& v) { DescribeSample(v, config); }, "Sample");
  EXPECT_THAT(page, HasSubstr("# Sample\n"));
  EXPECT_THAT(page, HasSubstr("| `target.limits.sram_kb` | integer | `320` | 0 to 65536 | kB | "
                              "SRAM |\n"));
  EXPECT_THAT(page, HasSubstr("| `target.board` | choice | *required* | nucleo-f446re, "));
  EXPECT_THAT(page, HasSubstr("| `space.stages[].stride` | integer |"));
  EXPECT_THAT(page, HasSubstr("parents \\| children"));  // does not break the table
  EXPECT_THAT(page, Not(HasSubstr("version.")));
}

}  // namespace
}  // namespace mcunas
