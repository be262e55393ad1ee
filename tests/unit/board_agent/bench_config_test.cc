#include "board_agent/bench/bench_config.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdlib>
#include <fstream>

#include "board_agent/client/config.h"
#include "common/config_dump.h"
#include "common/config_read.h"
#include "tests/unit/board_agent/fake_runner.h"

namespace mcunas {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

class BenchFiles : public ::testing::Test {
 protected:
  Expected<BenchFile> Load(const std::string& text) {
    const auto path = folder_.path() / "bench.yaml";
    std::ofstream(path) << text;
    return LoadBenchFile(path);
  }
  std::string ErrorOf(const std::string& text) {
    const auto bench = Load(text);
    EXPECT_FALSE(bench.ok()) << text;
    if (bench.ok()) return "";
    EXPECT_EQ(bench.error().code, ErrorCode::kUsage);
    return bench.error().message;
  }
  static std::filesystem::path Shipped(const std::string& name) {
    const char* home = std::getenv("MCUNAS_HOME");
    return std::filesystem::path(home != nullptr ? home : MCUNAS_SOURCE_ROOT) / "configs/benches" /
           name;
  }
  TemporaryFolder folder_;
};

TEST_F(BenchFiles, TheShippedVirtualBenchHasBothCores) {
  const auto bench = LoadBenchFile(Shipped("local-virtual.yaml"));
  ASSERT_TRUE(bench.ok()) << bench.error().message;
  ASSERT_EQ(bench->boards.size(), 2u);
  EXPECT_EQ(bench->boards[0].board_class, "qemu-m4");
  EXPECT_EQ(bench->boards[0].runner.machine, "mps2-an386");
  EXPECT_EQ(bench->boards[1].board_class, "qemu-m7");
  EXPECT_EQ(bench->boards[1].runner.machine, "mps2-an500");
  EXPECT_TRUE(bench->boards[1].is_virtual());
}

TEST_F(BenchFiles, TheExampleShowsEveryKeyWithItsDefault) {
  const auto bench = LoadBenchFile(Shipped("example-bench.yaml"));
  ASSERT_TRUE(bench.ok()) << bench.error().message;
  const BenchFile defaults;
  EXPECT_EQ(bench->queue_limit, defaults.queue_limit);
  EXPECT_EQ(bench->blob_limit_kb, defaults.blob_limit_kb);
  EXPECT_EQ(bench->attempts, defaults.attempts);
  EXPECT_EQ(bench->restarts, defaults.restarts);
  EXPECT_EQ(bench->keep_days, defaults.keep_days);
  EXPECT_EQ(bench->quarantine_after, defaults.quarantine_after);
  EXPECT_EQ(bench->first_wait_s, defaults.first_wait_s);
  EXPECT_EQ(bench->longest_wait_s, defaults.longest_wait_s);
  EXPECT_EQ(bench->probe_interval_s, defaults.probe_interval_s);
  ASSERT_EQ(bench->boards.size(), 2u);
  EXPECT_EQ(bench->boards[0].runner.device_id, 0x441);
  EXPECT_EQ(bench->boards[0].runner.device_id_address, 0xE0042000);
  EXPECT_EQ(bench->boards[1].runner.device_id_address, 0x5C001000);
  EXPECT_FALSE(bench->boards[0].is_virtual());

  std::ifstream file(Shipped("example-bench.yaml"));
  const std::string text(std::istreambuf_iterator<char>(file), {});
  BenchFile all = defaults;
  all.boards.resize(1);
  const std::string dump = DumpConfig([&](ConfigVisitor& visitor) { Describe(visitor, all); });
  std::istringstream lines(dump);
  for (std::string line; std::getline(lines, line);) {
    const size_t begin = line.find_first_not_of(" -");
    const size_t colon = line.find(':');
    if (begin == std::string::npos || colon == std::string::npos || colon < begin) continue;
    EXPECT_THAT(text, HasSubstr(line.substr(begin, colon - begin + 1)));
  }
}

TEST_F(BenchFiles, MistakesAreNamedWithTheirPlace) {
  EXPECT_THAT(ErrorOf("version: 1\n"), HasSubstr("boards"));
  EXPECT_THAT(ErrorOf("bords: []\n"), HasSubstr("bords"));
  const std::string board = "boards:\n  - name: a\n    board: qemu-m7\n    runner: ";
  EXPECT_THAT(ErrorOf(board + "{kind: qemuu, machine: x}\n"), HasSubstr("qemu"));
  EXPECT_THAT(ErrorOf(board + "{kind: qemu}\n"), HasSubstr("needs the key 'machine'"));
  EXPECT_THAT(ErrorOf(board + "{kind: pyocd}\n"), HasSubstr("needs the key 'target'"));
  EXPECT_THAT(ErrorOf(board + "{kind: pyocd, target: x}\n"), HasSubstr("'probe_uid'"));
  EXPECT_THAT(ErrorOf("queue_limit: 0\n" + board + "{kind: qemu, machine: x}\n"),
              HasSubstr("bench.yaml:1:"));
  const std::string again =
      "  - name: a\n    board: qemu-m4\n    runner: {kind: qemu, machine: x}\n";
  EXPECT_THAT(ErrorOf(board + "{kind: qemu, machine: x}\n" + again), HasSubstr("the same name"));
  EXPECT_THAT(ErrorOf("boards:\n  - name: a/b\n    board: qemu-m7\n"
                      "    runner: {kind: qemu, machine: x}\n"),
              HasSubstr("letters"));
  EXPECT_EQ(LoadBenchFile(folder_.path() / "none.yaml").error().code, ErrorCode::kNotFound);
}

TEST_F(BenchFiles, PathsAreRelativeToTheFile) {
  const auto bench = Load(
      "boards:\n  - name: a\n    board: b\n    canary: images/good.elf\n"
      "    runner: {kind: pyocd, target: t, probe_uid: u, pack: ../x.pack, pyocd: bin/pyocd}\n");
  ASSERT_TRUE(bench.ok()) << bench.error().message;
  EXPECT_EQ(bench->boards[0].canary, (folder_.path() / "images/good.elf").string());
  EXPECT_EQ(bench->boards[0].runner.pack, (folder_.path().parent_path() / "x.pack").string());
  EXPECT_EQ(bench->boards[0].runner.pyocd, (folder_.path() / "bin/pyocd").string());
}

TEST(BenchSection, IsCheckedLikeEveryConfig) {
  BenchConfig bench;
  const auto describe = [&](ConfigVisitor& visitor) { Describe(visitor, bench); };
  const auto none = ReadConfig(
      {"e.yaml",
       "agents: [http://a:1, http://b]\nboards: [qemu-m4]\nrepetitions: 30\ntimeout: 2m\n",
       {}},
      describe);
  EXPECT_TRUE(none.empty());
  EXPECT_THAT(bench.agents, ElementsAre("http://a:1", "http://b"));
  EXPECT_EQ(bench.timeout_s, 120);
  const auto problems = ReadConfig({"e.yaml", "boards: [a]\nagents: [bench:8801]\n", {}}, describe);
  ASSERT_EQ(problems.size(), 1u);
  EXPECT_THAT(problems[0].message, HasSubstr("http://HOST:PORT"));
  EXPECT_EQ(problems[0].line, 2);
  EXPECT_EQ(ReadConfig({"e.yaml", "repetitions: 65\n", {}}, describe).size(), 1u);
}

}  // namespace
}  // namespace mcunas
