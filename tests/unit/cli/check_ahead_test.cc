// What is looked at before an experiment starts, by `search`, `train` and `validate` alike.
#include "cli/run/check_ahead.h"

#include <cstdlib>

#include "tests/unit/board_agent/fake_agent.h"
#include "tests/unit/cli/users_folder.h"

namespace mcunas {
namespace {

namespace fs = std::filesystem;
using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;

class CheckAheadTest : public UsersFolder {
 protected:
  CheckAheadTest() {
    const auto agent = [this] { return StartFakeAgent(&bench_, FakeBenchFile(), state_.path()); };
    auto started = agent();
    EXPECT_TRUE(started);
    agent_ = std::move(*started);
    url_ = "http://127.0.0.1:" + std::to_string(agent_->port());
  }

  // A small experiment with `more` lines in x.yaml.
  static void Experiment(const std::string& more) { Write("x.yaml", SmallExperiment() + more); }

  std::string Measured(const std::string& boards) const {
    return "version: 1\nname: small\ntarget: {board: nucleo-f446re}\nbench: {agents: [\"" + url_ +
           "\"], boards: [" + boards + "]}\n";
  }

  static std::vector<Error> Problems() {
    const auto config = LoadExperiment("x.yaml", {});
    EXPECT_TRUE(config) << config.error().message;
    return ProblemsAhead(*config);
  }

  static std::vector<std::string> Messages() {
    std::vector<std::string> messages;
    for (const Error& problem : Problems()) messages.push_back(problem.message);
    return messages;
  }

  TemporaryFolder state_;
  FakeBench bench_;
  std::unique_ptr<Agent> agent_;
  std::string url_;
};

TEST_F(CheckAheadTest, NothingIsMissing) {
  Experiment("");
  EXPECT_THAT(Messages(), IsEmpty());
  Write("x.yaml", Measured("qemu-m7, qemu-m4"));
  EXPECT_THAT(Messages(), IsEmpty());
}

TEST_F(CheckAheadTest, BoardThatNoAgentHas) {
  Write("x.yaml", Measured("qemu-m7, qemu-m9"));
  EXPECT_THAT(Messages(),
              ElementsAre(AllOf(HasSubstr("has no board 'qemu-m9'"), HasSubstr("did you mean"),
                                HasSubstr("m7-a (qemu-m7)"))));
  EXPECT_EQ(Problems()[0].code, ErrorCode::kNotFound);
}

TEST_F(CheckAheadTest, AgentThatIsAway) {
  agent_.reset();
  Write("x.yaml", Measured("qemu-m7"));
  EXPECT_THAT(Messages(), ElementsAre(HasSubstr("start it with: mcunas-agent")));
  EXPECT_EQ(Problems()[0].code, ErrorCode::kUnavailable);
}

TEST_F(CheckAheadTest, OneAgentThatHasTheBoardIsEnough) {
  Write("x.yaml",
        "version: 1\nname: a\ntarget: {board: nucleo-f446re}\nbench: {agents: "
        "[\"http://127.0.0.1:9\", \"" +
            url_ + "\"], boards: [qemu-m7]}\n");
  EXPECT_THAT(Messages(), IsEmpty());
}

TEST_F(CheckAheadTest, AgentThatIsAwayMayHaveTheBoard) {
  Write("x.yaml",
        "version: 1\nname: a\ntarget: {board: nucleo-f446re}\nbench: {agents: "
        "[\"http://127.0.0.1:9\", \"" +
            url_ + "\"], boards: [lab-7]}\n");
  EXPECT_EQ(Problems().at(0).code, ErrorCode::kUnavailable);
}

TEST_F(CheckAheadTest, ModelLatencyNeedsNoBoards) {
  agent_.reset();
  Experiment("bench: {boards: [qemu-m9]}\n");
  EXPECT_THAT(Messages(), IsEmpty());
}

TEST_F(CheckAheadTest, SaysWhichDataAreMissing) {
  Experiment("data: {kind: image_folder, root: fruits}\n");
  const std::string root = (folder_ / "fruits").string();
  EXPECT_THAT(Messages(), ElementsAre(root + " does not exist (data.root)"));
  fs::create_directories("fruits");
  EXPECT_THAT(Messages(), ElementsAre(HasSubstr(root + "/train does not exist")));
  fs::create_directories("fruits/train/apple");
  EXPECT_THAT(Messages(), ElementsAre(HasSubstr("/train: needs one folder")));
  fs::create_directories("fruits/train/pear");
  EXPECT_THAT(Messages(), ElementsAre(HasSubstr(root + "/test does not exist")));
  fs::create_directories("fruits/test");
  EXPECT_THAT(Messages(), ElementsAre(HasSubstr("/test: has no class folders")));
  fs::create_directories("fruits/test/pear");
  EXPECT_THAT(Messages(), IsEmpty());
}

// One CIFAR-10 record of zeros: 3073 bytes, plain and as xz packs them.
const std::string kRecord(3073, '\0');
const std::string kPackedRecord(
    "\xfd\x37\x7a\x58\x5a\x00\x00\x04\xe6\xd6\xb4\x46\x02\x00\x21\x01\x16\x00\x00\x00"
    "\x74\x2f\xe5\xa3\xe0\x0c\x00\x00\x17\x5d\x00\x00\x6f\xfd\xff\xff\xa3\xb7\xff\x47"
    "\x3e\x48\x15\x72\x39\x61\x51\xb8\x90\xfd\xcc\x08\x00\x00\x00\x00\x38\x2e\x06\xb0"
    "\x2e\x91\xf4\xeb\x00\x01\x33\x81\x18\x00\x00\x00\x8c\x47\x90\x58\xb1\xc4\x67\xfb"
    "\x02\x00\x00\x00\x00\x04\x59\x5a",
    88);

void WriteCifar10() {
  for (int batch = 1; batch <= 5; ++batch) {
    const std::string name = "data_batch_" + std::to_string(batch) + ".bin";
    const bool packed = batch % 2 == 0;
    ASSERT_TRUE(
        WriteFileAtomically(packed ? name + ".xz" : name, packed ? kPackedRecord : kRecord));
  }
  ASSERT_TRUE(WriteFileAtomically("test_batch.bin", kRecord));
}

TEST_F(CheckAheadTest, FilesMayBePacked) {
  Experiment("data: {kind: cifar10, root: .}\n");
  EXPECT_THAT(Messages(), ElementsAre(HasSubstr("data_batch_1.bin does not exist")));
  WriteCifar10();
  EXPECT_THAT(Messages(), IsEmpty());
  for (const char* name : {"data_batch_3.bin", "data_batch_4.bin.xz", "test_batch.bin"}) {
    WriteCifar10();
    fs::remove(name);
    EXPECT_THAT(Messages(), ElementsAre(AllOf(HasSubstr(std::string(name).substr(0, 10)),
                                              HasSubstr(" does not exist"))));
  }
  Experiment("data: {kind: fashion_mnist, root: .}\n");
  EXPECT_THAT(Messages(), ElementsAre(HasSubstr("train-images-idx3-ubyte does not exist")));
}

TEST_F(CheckAheadTest, FilesThatAreCutOffAreFoundBeforeTheRunFolder) {
  Experiment("data: {kind: cifar10, root: .}\n");
  for (const char* name : {"data_batch_5.bin", "data_batch_2.bin.xz"}) {
    WriteCifar10();
    fs::resize_file(name, fs::file_size(name) - 4);
    EXPECT_THAT(Messages(), ElementsAre(HasSubstr(name)));
    EXPECT_EQ(Problems()[0].code, ErrorCode::kCorrupt);
    EXPECT_EQ(Run({"search", "x.yaml"}).code, 2);
    EXPECT_FALSE(fs::exists("runs"));
  }
}

TEST_F(CheckAheadTest, LimitsThatNoNetworkKeeps) {
  Write("x.yaml",
        "version: 1\nname: a\ntarget: {board: nucleo-f446re, limits: {sram_kb: 1}}\n"
        "evaluate: {latency: model}\n");
  EXPECT_THAT(Messages(), ElementsAre(HasSubstr("raise target.limits.sram_kb")));
  EXPECT_EQ(Problems()[0].code, ErrorCode::kInfeasible);
}

TEST_F(CheckAheadTest, ProblemsComeTogether) {
  Write("x.yaml", Measured("qemu-m9") + "data: {kind: image_folder, root: fruits}\n");
  EXPECT_EQ(Problems().size(), 2u);
  const Said said = Run({"validate", "x.yaml"});
  EXPECT_EQ(said.code, 2);
  EXPECT_THAT(said.err, AllOf(HasSubstr("error: " + (folder_ / "fruits").string()),
                              HasSubstr("has no board 'qemu-m9'")));
  EXPECT_THAT(said.out, Not(HasSubstr("ok")));
}

TEST_F(CheckAheadTest, ValidateWarnsOfWhatMayComeBack) {
  agent_.reset();
  Write("x.yaml", Measured("qemu-m7"));
  setenv("MCUNAS_SUPERNET_LIBRARY", "/nowhere.so", 1);
  const Said said = Run({"validate", "x.yaml"});
  unsetenv("MCUNAS_SUPERNET_LIBRARY");
  EXPECT_EQ(said.code, 0);
  EXPECT_EQ(said.out, "x.yaml: ok\n");
  EXPECT_THAT(said.err, AllOf(HasSubstr("warning: "), HasSubstr("mcunas-agent"),
                              HasSubstr("warning: the supernet library was not found")));
}

TEST_F(CheckAheadTest, NothingIsLeftWhereNothingCanStart) {
  Write("x.yaml", Measured("qemu-m9") + "data: {kind: image_folder, root: fruits}\n");
  setenv("MCUNAS_SUPERNET_LIBRARY", "/nowhere.so", 1);
  for (const std::string verb : {"search", "train"}) {
    const Said said = Run({verb, "x.yaml"});
    EXPECT_EQ(said.code, 2);
    EXPECT_THAT(said.err,
                AllOf(HasSubstr("error: the supernet library was not found"),
                      HasSubstr("\nerror: "), HasSubstr("does not exist"), HasSubstr("qemu-m9")));
    EXPECT_EQ(Run({verb, "x.yaml", "--run-folder", "mine"}).code, 2);
  }
  unsetenv("MCUNAS_SUPERNET_LIBRARY");
  EXPECT_THAT(Here(), ElementsAre("x.yaml"));
}

}  // namespace
}  // namespace mcunas
