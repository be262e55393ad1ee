#include "cli/model/compile_model.h"

#include <nlohmann/json.hpp>

#include "common/process.h"
#include "engine/reference/interpreter.h"
#include "tests/unit/cli/users_folder.h"

namespace mcunas {
namespace {

namespace fs = std::filesystem;
using ::testing::AllOf;
using ::testing::HasSubstr;

class CompileModelTest : public UsersFolder {
 protected:
  void SetUp() override {
    WriteModel("m.tflite");
    Write("n.json", NetworkToJson(SmallNetwork()));
  }

  static CompileOptions Options(const std::string& model) {
    CompileOptions options;
    options.model = model;
    return options;
  }

  static Error Failure(const CompileOptions& options) {
    const auto model = CompileModel(options);
    EXPECT_FALSE(model);
    return model.error();
  }
};

TEST_F(CompileModelTest, PlanAndReportBelongToTheNetwork) {
  const auto model = CompileModel(Options("m.tflite"));
  ASSERT_TRUE(model) << model.error().message;
  const Network& network = model->quantized.network;
  EXPECT_EQ(static_cast<int>(model->plan.tensors.size()), network.operator_count() + 1);
  EXPECT_EQ(model->memory.arena, model->plan.arena);
  EXPECT_EQ(model->sources.arena, model->memory.arena + model->memory.scratch);
  EXPECT_TRUE(model->folding);
}

TEST_F(CompileModelTest, FoldingKeepsEveryByte) {
  CompileOptions options = Options("m.tflite");
  options.folding.options.channel_multiple = 1;
  const auto folded = CompileModel(options);
  options.folding.off = true;
  const auto whole = CompileModel(options);
  ASSERT_TRUE(folded && whole);
  EXPECT_FALSE(whole->folding);
  const std::vector<int8_t> input(8 * 8 * 3, 17);
  EXPECT_EQ(RunReference(folded->quantized, input), RunReference(whole->quantized, input));
}

TEST_F(CompileModelTest, DescriptionNeedsRandomWeights) {
  CompileOptions options = Options("n.json");
  EXPECT_EQ(Failure(options).code, ErrorCode::kUsage);
  EXPECT_THAT(Failure(options).message, HasSubstr("n.json has no weights"));
  options.random_weights = true;
  const auto one = CompileModel(options);
  options.seed = 2;
  const auto two = CompileModel(options);
  ASSERT_TRUE(one && two);
  EXPECT_FALSE(one->folding) << "random weights stand for unknown ones";
  EXPECT_NE(one->sources.files, two->sources.files);
}

TEST_F(CompileModelTest, SramLimitNamesTheSmallestThatWorks) {
  CompileOptions options = Options("m.tflite");
  options.plan.sram = 100;
  EXPECT_EQ(Failure(options).code, ErrorCode::kInfeasible);
  const std::string message = Failure(options).message;
  options.plan.sram = std::stoll(message.substr(message.rfind(' ')));
  EXPECT_TRUE(CompileModel(options)) << message;
  --options.plan.sram;
  EXPECT_FALSE(CompileModel(options)) << message;
}

TEST_F(CompileModelTest, UnknownBoardAndModel) {
  CompileOptions options = Options("m.tflite");
  options.board = "qemu-m44";
  EXPECT_THAT(Failure(options).message, HasSubstr("did you mean 'qemu-m4'?"));
  EXPECT_EQ(Failure(Options("nowhere.tflite")).code, ErrorCode::kNotFound);
}

TEST_F(CompileModelTest, TestImageIsSeededAndHoldsTheReferencesAnswer) {
  const auto model = CompileModel(Options("m.tflite"));
  ASSERT_TRUE(model);
  const BoardProfile board = *LoadBoardProfile("qemu-m4");
  const FirmwareRequest one = TestImage(*model, {board, 1, 3, "out"});
  EXPECT_EQ(one.test_input, TestImage(*model, {board, 1, 3, "out"}).test_input);
  EXPECT_NE(one.test_input, TestImage(*model, {board, 2, 3, "out"}).test_input);
  EXPECT_EQ(one.golden_output, RunReference(model->given, one.test_input));
  EXPECT_EQ(one.repetitions, 3);
  EXPECT_EQ(one.work_folder, (folder_ / "out/firmware-qemu-m4").string())
      << "what runs elsewhere needs the whole path";
}

TEST_F(CompileModelTest, PhysicalBoardsHaveAVirtualOne) {
  EXPECT_EQ(VirtualBoardFor(*LoadBoardProfile("qemu-m4"))->name, "qemu-m4");
  const auto equivalent = VirtualBoardFor(*LoadBoardProfile("nucleo-f746zg"));
  ASSERT_TRUE(equivalent);
  EXPECT_TRUE(equivalent->is_virtual());
  EXPECT_EQ(equivalent->core, Core::kCortexM7);
}

TEST_F(CompileModelTest, ProjectIsWrittenWhereTheUserSaid) {
  const Said said = Run({"compile", "m.tflite", "-o", "out", "--name", "kws"});
  ASSERT_EQ(said.code, 0) << said.err;
  for (const char* file : {"out/kws.c", "out/kws.h", "out/model.tflite", "out/plan.json"})
    EXPECT_TRUE(fs::exists(file)) << file;
  EXPECT_THAT(said.out, HasSubstr("out: "));
  EXPECT_THAT(*ReadFile("out/kws.h"), HasSubstr("KWS_ARENA_BYTES"));
}

TEST_F(CompileModelTest, VerifiesFromARelativeFolder) {
  if (FindProgram("qemu-system-arm").empty() || FindProgram("arm-none-eabi-gcc").empty())
    GTEST_SKIP() << "no virtual boards on this machine";
  const Said said =
      Run({"compile", "m.tflite", "--board", "qemu-m4", "--verify", "--json", "-o", "out"});
  ASSERT_EQ(said.code, 0) << said.err;
  const auto json = nlohmann::json::parse(said.out);
  EXPECT_EQ(json["bit_exact"], true);
  EXPECT_EQ(json["arena_bytes"]["model"], json["arena_bytes"]["elf"]);
  EXPECT_TRUE(fs::exists("out/firmware-qemu-m4/firmware.elf"));
}

TEST_F(CompileModelTest, FileInTheWay) {
  Write("out", "a file");
  const Said said = Run({"compile", "m.tflite", "-o", "out"});
  EXPECT_EQ(said.code, 75);
  EXPECT_THAT(said.err, AllOf(HasSubstr("error: "), HasSubstr("out")));
}

}  // namespace
}  // namespace mcunas
