// The generated folder alone: builds by its own CMakeLists.txt for the host and for Cortex-M, keeps
// its interface.
#include <gtest/gtest.h>

#include <filesystem>
#include <sstream>

#include "common/file.h"
#include "common/process.h"
#include "engine/quantize/random_network.h"
#include "engine/reference/interpreter.h"
#include "memory_model/flash_model.h"
#include "memory_model/planner/plan_memory.h"
#include "network/network_builder.h"
#include "network/operator_counts.h"
#include "tests/unit/engine/codegen/random_networks.h"
#include "tests/unit/network/four_bits.h"

namespace mcunas {
namespace {

namespace fs = std::filesystem;

// Every kind of operator.
QuantizedNetwork Everything(RoundingMode mode) {
  NetworkBuilder builder("everything", {16, 16, 3});
  int t = builder.Conv(kNetworkInput, 8, {3, 3}, {2, 2}, Activation::kRelu6);
  t = builder.AveragePool(t, {3, 3}, {1, 1});
  const int start = t;
  t = builder.Pointwise(t, 16, Activation::kRelu6);
  t = builder.Depthwise(t, {7, 7}, {1, 1}, Activation::kRelu6);
  t = builder.Pointwise(t, 8, Activation::kNone);
  t = builder.Add(start, t);
  t = builder.Depthwise(t, {3, 3}, {2, 2}, Activation::kRelu);
  t = builder.GlobalAveragePool(t);
  builder.FullyConnected(t, 5);
  return RandomQuantizedNetwork(std::move(builder).Finish(), 3, mode);
}

class Standalone : public testing::Test {
 protected:
  Standalone() : folder_(FreshFolder("standalone")) {
    const auto sources = EmitC(network_, PlanMemory(network_.network), {.name = "demo"});
    EXPECT_TRUE(sources.ok()) << sources.error().message;
    const auto written = WriteSources(*sources, folder_);
    EXPECT_TRUE(written.ok());
  }
  ~Standalone() override { fs::remove_all(folder_); }

  std::string Run(const std::vector<std::string>& arguments) {
    ProcessRequest request;
    request.arguments = arguments;
    request.working_folder = folder_;
    request.time_limit = std::chrono::minutes(3);
    const auto result = RunProcess(request);
    EXPECT_TRUE(result.ok()) << result.error().message;
    if (!result.ok()) return "";
    EXPECT_EQ(result->exit_code, 0) << arguments[0] << ": " << result->output;
    return result->output;
  }

  void Write(const std::string& name, const std::string& text) {
    EXPECT_TRUE(WriteFileAtomically(fs::path(folder_) / name, text).ok());
  }

  QuantizedNetwork network_ = Everything(RoundingMode::kTflite);
  std::vector<int8_t> input_ = RandomBytes(network_.network.input.elements(), 8);
  std::string folder_;
};

TEST_F(Standalone, BuildsOnTheHostAndTheExamplePrintsTheReferenceOutput) {
  Run({"cmake", "-S", ".", "-B", "build", "-DCMAKE_C_FLAGS=-Wall -Wextra -Werror -pedantic"});
  Run({"cmake", "--build", "build"});
  Write("input.bin", std::string(reinterpret_cast<const char*>(input_.data()), input_.size()));
  std::istringstream lines(Run({"build/demo_example", "input.bin"}));
  std::vector<int8_t> output;
  for (int value; lines >> value;) output.push_back(static_cast<int8_t>(value));
  EXPECT_EQ(output, RunReference(network_, input_));
}

TEST_F(Standalone, BuildsForCortexM) {
  if (FindProgram("arm-none-eabi-gcc").empty()) GTEST_SKIP() << "needs arm-none-eabi-gcc";
  for (const std::string core : {"cortex-m0plus", "cortex-m4", "cortex-m7", "cortex-m33"}) {
    const std::string build = "build-" + core;
    Run({"cmake", "-S", ".", "-B", build, "-DCMAKE_TOOLCHAIN_FILE=arm-none-eabi.cmake",
         "-DMCU_CORE=" + core, "-DCMAKE_C_FLAGS=-Wall -Wextra -Werror"});
    Run({"cmake", "--build", build});
    EXPECT_TRUE(fs::exists(fs::path(folder_) / build / "libdemo.a")) << core;
  }
}

TEST_F(Standalone, FlashModelKnowsTheSizesOfTheTables) {
  if (FindProgram("arm-none-eabi-gcc").empty()) GTEST_SKIP() << "needs arm-none-eabi-gcc";
  const std::pair<const char*, Bytes> sizes[] = {
      {"weighted", kWeightedBytes}, {"packed", kPackedBytes},
      {"addition", kAdditionBytes}, {"pooling", kPoolingBytes},
      {"product", kProductBytes},   {"with_constants", kConstantsBytes},
      {"resizing", kSmallBytes},    {"step", kStepBytes},
      {"operand", kOperandBytes},   {"placement", kPlacementBytes},
      {"access", kAccessBytes},     {"group", kGroupBytes},
      {"program", kProgramBytes}};
  std::string text = "#include \"mcu_run.h\"\n";
  for (const auto& [name, bytes] : sizes) {
    text += std::string("_Static_assert(sizeof(struct mcu_") + name +
            ") == " + std::to_string(bytes.value) + ", \"" + name + "\");\n";
  }
  Write("sizes.c", text);
  Run({"arm-none-eabi-gcc", "-std=c11", "-mcpu=cortex-m4", "-mthumb", "-c", "sizes.c"});
}

// Weights, biases, multipliers and shifts, to the byte.
TEST_F(Standalone, FlashModelKnowsTheSizesOfTheWeights) {
  if (FindProgram("arm-none-eabi-gcc").empty()) GTEST_SKIP() << "needs arm-none-eabi-gcc";
  for (const double share : {0.0, 1.0}) {
    const Network network = WithWeightsOfFourBits(network_.network, 1, share);
    const auto sources = EmitC(RandomQuantizedNetwork(network, 1, RoundingMode::kTflite),
                               PlanMemory(network), {.name = "demo"});
    ASSERT_TRUE(sources.ok()) << sources.error().message;
    ASSERT_TRUE(WriteSources(*sources, folder_).ok());
    Run({"arm-none-eabi-gcc", "-std=c11", "-O2", "-mcpu=cortex-m4", "-mthumb", "-c",
         "demo_weights.c"});
    std::istringstream sizes(Run({"arm-none-eabi-size", "demo_weights.o"}));
    std::string line;
    std::getline(sizes, line);
    int64_t text = 0;
    sizes >> text;
    int64_t model = 0;
    for (const Operator& op : network.operators) {
      if (!HasWeights(op.kind)) continue;
      const int64_t parameters = op.weight_bits == 4 && op.kind != OpKind::kFullyConnected
                                     ? kPackedBytes.value
                                     : kWeightedBytes.value;
      const Bytes beside =
          Bytes(parameters) + kStepBytes + kOperandBytes + kPlacementBytes + kGroupBytes;
      model += OperatorWeightBytes(op) + (OperatorConstantBytes(op) - beside).value;
    }
    EXPECT_EQ(text, model) << share;
  }
}

TEST_F(Standalone, OnlyCopyingIsWantedFromTheCLibrary) {
  if (FindProgram("arm-none-eabi-gcc").empty()) GTEST_SKIP() << "needs arm-none-eabi-gcc";
  std::vector<std::string> compile = {"arm-none-eabi-gcc",
                                      "-std=c11",
                                      "-O2",
                                      "-mcpu=cortex-m4",
                                      "-mthumb",
                                      "-nostdlib",
                                      "-r",
                                      "-o",
                                      "all.o"};
  for (const auto& entry : fs::directory_iterator(folder_)) {
    const fs::path path = entry.path();
    if (path.extension() == ".c" && path.filename() != "main.c") compile.push_back(path.string());
  }
  Run(compile);
  std::istringstream undefined(Run({"arm-none-eabi-nm", "-u", "all.o"}));
  for (std::string type, name; undefined >> type >> name;) {
    const bool allowed = name == "memcpy" || name == "memset" || name.starts_with("__aeabi_");
    EXPECT_TRUE(allowed) << name;
  }
  std::istringstream writable(Run({"arm-none-eabi-size", "all.o"}));
  std::string line;
  std::getline(writable, line);
  int text = 0, data = -1, bss = -1;
  writable >> text >> data >> bss;
  EXPECT_EQ(data, 0);
  EXPECT_EQ(bss, 0);
}

constexpr char kProbe[] = R"(#include <stdio.h>
#include <string.h>
#include "demo.h"
#define CHECK(x) do { if (!(x)) { printf("%s\n", #x); return 1; } } while (0)
static _Alignas(8) int8_t arena[DEMO_ARENA_BYTES + 16];
static int8_t input[DEMO_INPUT_BYTES], first[DEMO_OUTPUT_BYTES], second[DEMO_OUTPUT_BYTES + 1];
static int calls[DEMO_OPERATOR_COUNT];
static int known = 1, last = -1;
static void hook(void *user, int op) {
  if (op < 0 || op >= DEMO_OPERATOR_COUNT || user != (void *)calls) known = 0;
  if (known) ++calls[op];
  last = op;
}
int main(void) {
  for (int i = 0; i < DEMO_INPUT_BYTES; ++i) input[i] = (int8_t)(i * 37);
  memset(arena, 0x77, sizeof arena);
  CHECK(demo_run(arena, input, first) == 0);
  for (int i = DEMO_ARENA_BYTES; i < DEMO_ARENA_BYTES + 16; ++i) CHECK(arena[i] == 0x77);
  memset(arena, 0x11, sizeof arena);
  memcpy(arena + DEMO_INPUT_OFFSET, input, DEMO_INPUT_BYTES);
  second[DEMO_OUTPUT_BYTES] = 99;
  CHECK(demo_run_profiled(arena, arena + DEMO_INPUT_OFFSET, second, hook, calls) == 0);
  CHECK(memcmp(first, second, DEMO_OUTPUT_BYTES) == 0);
  CHECK(second[DEMO_OUTPUT_BYTES] == 99);
  CHECK(known && last == DEMO_OPERATOR_COUNT - 1);
  for (int i = 0; i < DEMO_OPERATOR_COUNT; ++i) CHECK(calls[i] >= 1);
  CHECK(demo_run(arena + 4, input, first) == 0);
  CHECK(demo_run(arena + 1, input, first) != 0);
  CHECK(demo_run(NULL, input, first) != 0);
  CHECK(demo_run(arena, NULL, first) != 0);
  CHECK(demo_run(arena, input, NULL) != 0);
  return 0;
}
)";

TEST_F(Standalone, KeepsTheInterfaceUnderSanitizers) {
  Write("probe.c", kProbe);
  std::vector<std::string> compile = {
      "cc", "-std=c11", "-g", "-O1", "-fsanitize=address,undefined", "-fno-sanitize-recover=all",
      "-o", "probe"};
  for (const auto& entry : fs::directory_iterator(folder_)) {
    const fs::path path = entry.path();
    if (path.extension() == ".c" && path.filename() != "main.c") compile.push_back(path.string());
  }
  Run(compile);
  EXPECT_EQ(Run({"./probe"}), "");
}

}  // namespace
}  // namespace mcunas
