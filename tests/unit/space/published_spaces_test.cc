// The files of configs/spaces.
#include <gtest/gtest.h>

#include <filesystem>
#include <utility>

#include "common/config_dump.h"
#include "common/config_read.h"
#include "common/random.h"
#include "mixed_space.h"
#include "nas/space/architecture.h"
#include "nas/space/block_word.h"
#include "nas/space/enumerate.h"
#include "nas/space/lower.h"
#include "nas/space/space_config.h"
#include "nas/space/variation.h"
#include "network/network.h"
#include "network/operator_counts.h"
#include "network/verify.h"

namespace mcunas {
namespace {

std::string PathOf(const std::string& name) {
  return std::string(MCUNAS_SOURCE_ROOT) + "/configs/spaces/" + name + ".yaml";
}

SpaceConfig Read(const std::string& text, std::string* problems) {
  SpaceConfig space;
  const auto found = ReadConfig({std::string(MCUNAS_SOURCE_ROOT) + "/configs/x.yaml", text, {}},
                                [&](ConfigVisitor& v) { Describe(v, space); });
  for (const ConfigDiagnostic& d : found) *problems += FormatDiagnostic(d) + "\n";
  return space;
}

SpaceConfig Published(const std::string& name) {
  std::string problems;
  const SpaceConfig space = Read("file: " + PathOf(name), &problems);
  EXPECT_EQ(problems, "");
  return space;
}

TEST(PublishedSpaces, LowerToValidNetworks) {
  for (const auto& file :
       std::filesystem::directory_iterator(std::string(MCUNAS_SOURCE_ROOT) + "/configs/spaces")) {
    const SpaceConfig space = Published(file.path().stem());
    RandomStream random(1, "published", file.path().stem().string());
    EXPECT_GT(SpaceSize(space), 1000);
    for (int i = 0; i < 50; ++i) {
      const Architecture a = Sample(space, &random);
      ASSERT_TRUE(Contains(space, a));
      const auto verified = VerifyNetwork(Lower(space, {3, 1000}, a));
      ASSERT_TRUE(verified.ok()) << verified.error().message << ArchitectureToJson(a);
    }
  }
}

TEST(PublishedSpaces, HaveThePublishedSizes) {
  EXPECT_EQ(SpaceSize(Published("nas-bench-macro")), 3969);
  // Five stages of 9^2 + 9^3 + 9^4 choices: the 2 x 10^19 of the paper, per resolution.
  EXPECT_NEAR(SpaceSize(Published("ofa-mobilenetv3")) / 7 / 2e19, 1, 0.15);
}

// An encoding of the benchmark: one digit per layer.
Architecture MacroArchitecture(const std::string& code) {
  const BlockChoice kinds[] = {*ParseBlockWord("identity"), *ParseBlockWord("mb3k3"),
                               *ParseBlockWord("mb6k5")};
  Architecture a{32, 1.0, {{}, {}, {}}, {}};
  const size_t begins[] = {0, 2, 5, 8};
  for (size_t s = 0; s < 3; ++s) {
    for (size_t i = begins[s]; i < begins[s + 1]; ++i) {
      const bool left_out = code[i] == '0' && i > begins[s];
      if (!left_out) a.stages[s].push_back(kinds[code[i] - '0']);
    }
  }
  return a;
}

// The column `flops` of the benchmark's table.
TEST(PublishedSpaces, MacroNetworksHaveTheMacsOfTheBenchmark) {
  const SpaceConfig space = Published("nas-bench-macro");
  const std::pair<const char*, int64_t> rows[] = {{"00000000", 7713280},
                                                  {"10000000", 12128768},
                                                  {"12012012", 67092992},
                                                  {"22222222", 105660928}};
  for (const auto& [code, macs] : rows) {
    const Architecture a = MacroArchitecture(code);
    EXPECT_TRUE(Contains(space, a)) << code;
    EXPECT_EQ(NetworkMacs(Lower(space, {3, 10}, a)).value, macs) << code;
  }
}

TEST(SpaceFile, IsReplacedByWhatStandsBesideIt) {
  std::string problems;
  const SpaceConfig space =
      Read("resolution: [24, [16, 32]]\nfile: spaces/nas-bench-macro.yaml\n", &problems);
  EXPECT_EQ(problems, "");
  EXPECT_EQ(space.resolution, (std::vector<Resolution>{24, Resolution(16, 32)}));
  EXPECT_EQ(space.head_channels, 1280);
  // What is written down is the whole space.
  SpaceConfig copy = space;
  const std::string text = DumpConfig([&](ConfigVisitor& v) { Describe(v, copy); });
  EXPECT_EQ(text.find("file"), std::string::npos);
  SpaceConfig back = Read(text, &problems);
  EXPECT_EQ(problems, "");
  EXPECT_EQ(DumpConfig([&](ConfigVisitor& v) { Describe(v, back); }), text);
}

TEST(SpaceFile, WritesEveryKindOfChoiceAndReadsItBack) {
  SpaceConfig space = MixedSpace();
  space.stages[1].first = {"identity", "plain_k3"};
  space.constraints = {SpaceConstraint::kNonDecreasingChannels};
  const std::string text = DumpConfig([&](ConfigVisitor& v) { Describe(v, space); });
  for (const char* line : {"resolution: [16, [12, 20]]", "channels: [16, 24]", "channels: 24\n",
                           "se: [none, 0.25]", "block: [mbconv, fused, plain]", "bits: [8, 4]"}) {
    EXPECT_NE(text.find(line), std::string::npos) << line << "\n" << text;
  }
  std::string problems;
  SpaceConfig back = Read(text, &problems);
  EXPECT_EQ(problems, "");
  EXPECT_EQ(DumpConfig([&](ConfigVisitor& v) { Describe(v, back); }), text);
}

TEST(SpaceFile, ProblemsHaveAPlaceAndARemedy) {
  const auto problem = [](const std::string& text) {
    std::string problems;
    Read(text, &problems);
    return problems;
  };
  const auto expect = [&](const std::string& text, const std::string& place,
                          const std::string& message) {
    EXPECT_NE(problem(text).find(place), std::string::npos) << problem(text);
    EXPECT_NE(problem(text).find(message), std::string::npos) << problem(text);
  };
  expect("choices: [mb3k4]", ":1:10:", "'mb3k4' is no block; write words like identity, mb6k5");
  expect("choices: [identity]", ":1:10:", "a block other than identity");
  expect("block: [mb]", ":1:9:", "allowed: skip, plain, fused, mbconv");
  expect("se: [non]", ":1:6:", "a number");
  expect("bits: [6]", ":1:7:", "must be 8 or 4");
  expect("resolution: [[96]]", ":1:14:", "write [height, width]");
  expect("depth: [0]", ":1:8:", "must hold a depth above 0");
  expect("stages:\n  - {choices: [mb3k3], kernel: [3]}", ":2:15:", "leave those out");
  expect("stages:\n  - {channels: [8, 8]}", ":2:16:", "must not name a value twice");
  expect("constraints: [non_decreasing_channels]\nstages:\n  - {channels: 16}\n  - {channels: 8}",
         ":1:14:", "at least as many channels");
  expect("file: spaces/nothing.yaml", ":1:7:", "nothing.yaml");
}

}  // namespace
}  // namespace mcunas
