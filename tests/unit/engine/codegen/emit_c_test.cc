#include "engine/codegen/emit_c.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "engine/quantize/quantize.h"
#include "memory_model/memory_model.h"
#include "network/network_builder.h"
#include "tests/unit/engine/codegen/random_networks.h"

namespace mcunas {
namespace {

using testing::HasSubstr;
using testing::Not;

QuantizedNetwork SmallNetwork() {
  NetworkBuilder builder("small \"*/ network", {9, 7, 3});
  int t = builder.Conv(kNetworkInput, 8, 3, 2, Activation::kRelu6);
  t = builder.Pointwise(t, 6, Activation::kNone);
  t = builder.GlobalAveragePool(t);
  builder.FullyConnected(t, 4);
  return RandomQuantizedNetwork(std::move(builder).Finish(), 1, RoundingMode::kTflite);
}

GeneratedSources Emit(const QuantizedNetwork& network, const EmitOptions& options = {}) {
  auto sources = EmitC(network, PlanMemory(network.network), options);
  EXPECT_TRUE(sources.ok()) << sources.error().message;
  return *std::move(sources);
}

TEST(EmitC, SameInputSameBytes) {
  EXPECT_EQ(Emit(SmallNetwork()).files, Emit(SmallNetwork()).files);
}

TEST(EmitC, HeaderStatesEveryNumberOfTheInterface) {
  const QuantizedNetwork network = SmallNetwork();
  const ExecutionPlan plan = PlanMemory(network.network);
  const GeneratedSources sources = Emit(network, {.name = "Net7"});
  EXPECT_EQ(sources.name, "net7");
  EXPECT_EQ(sources.arena, plan.arena + plan.scratch);
  const std::string& header = sources.files.at("net7.h");
  const auto macro = [](const std::string& name, const std::string& value) {
    return HasSubstr("#define NET7_" + name + " " + value + "\n");
  };
  EXPECT_THAT(header, macro("ARENA_BYTES", std::to_string(sources.arena.value)));
  EXPECT_THAT(header, macro("INPUT_BYTES", "189"));
  EXPECT_THAT(header, macro("INPUT_HEIGHT", "9"));
  EXPECT_THAT(header, macro("INPUT_WIDTH", "7"));
  EXPECT_THAT(header, macro("INPUT_CHANNELS", "3"));
  EXPECT_THAT(header, macro("INPUT_OFFSET", std::to_string(plan.tensors[0].offset)));
  EXPECT_THAT(header, macro("OUTPUT_BYTES", "4"));
  EXPECT_THAT(header, macro("OPERATOR_COUNT", "4"));
  EXPECT_THAT(header,
              macro("INPUT_ZERO_POINT", "(" + std::to_string(network.input.zero_point) + ")"));
  EXPECT_THAT(header, HasSubstr(NetworkHash(network.network).Hex()));
  EXPECT_THAT(header, HasSubstr("#define NET7_ROUNDING \"tflite\""));
  EXPECT_THAT(header, HasSubstr("int net7_run(void *arena, const int8_t *input, int8_t *output);"));
  EXPECT_THAT(header, HasSubstr("int net7_run_profiled("));
  EXPECT_THAT(header, Not(HasSubstr("net7_run_rows"))) << "this plan does not stream";
}

TEST(EmitC, ANameWithCommentSignsCannotEndAComment) {
  EXPECT_THAT(Emit(SmallNetwork()).files.at("net.h"), Not(HasSubstr("small \"*/")));
}

TEST(EmitC, OnlyKernelsInUseAreCopied) {
  const auto files = Emit(SmallNetwork()).files;
  for (const char* used : {"mcu_conv.c", "mcu_pointwise.c", "mcu_pool.c", "mcu_fully_connected.c",
                           "mcu_matrix.c", "mcu_run.c", "mcu_kernels.h", "scratch_size.h"}) {
    EXPECT_TRUE(files.contains(used)) << used;
  }
  EXPECT_FALSE(files.contains("mcu_depthwise.c"));
  EXPECT_FALSE(files.contains("mcu_elementwise.c"));
}

// Eight, six and four channels: bias and multiplier of 4 bytes, one byte of shift rounded up to 4.
TEST(EmitC, ConstantsCountTheTablesBesideTheWeights) {
  EXPECT_EQ(Emit(SmallNetwork()).constants, Bytes(8 * 18 + 8 + 8 + 4));
}

TEST(EmitC, NothingButConstantsOutsideFunctions) {
  const auto files = Emit(RandomQuantizedNetwork(RandomNetwork(7), 7, RoundingMode::kTflm)).files;
  for (const auto& [path, text] : files) {
    if (!path.ends_with(".c") || path == "main.c") continue;
    for (const char* word : {"malloc", "free(", "printf", "calloc"}) {
      EXPECT_THAT(text, Not(HasSubstr(word))) << path;
    }
  }
}

TEST(EmitC, NamesThatWouldCollideAreRefused) {
  const QuantizedNetwork network = SmallNetwork();
  const ExecutionPlan plan = PlanMemory(network.network);
  for (const char* name :
       {"", "7net", "my-net", "net work", "mcu_run", "main", "test", "\xc3\xa4"}) {
    const auto sources = EmitC(network, plan, {.name = name});
    ASSERT_FALSE(sources.ok()) << name;
    EXPECT_EQ(sources.error().code, ErrorCode::kUsage);
    EXPECT_THAT(sources.error().message, HasSubstr(name));
  }
}

TEST(EmitC, PlansBeyondThisGeneratorAreNamed) {
  const QuantizedNetwork network = SmallNetwork();
  const ExecutionPlan plan = PlanMemory(network.network);
  const auto expect = [&](const ExecutionPlan& other, const char* what) {
    const auto sources = EmitC(network, other);
    ASSERT_FALSE(sources.ok()) << what;
    EXPECT_EQ(sources.error().code, ErrorCode::kUnsupported);
    EXPECT_THAT(sources.error().message, HasSubstr(what));
  };
  ExecutionPlan other = plan;
  other.input_mode = InputMode::kStreamed;
  expect(other, "streamed input");
  other = plan;
  other.groups[0].n_strips = 2;
  expect(other, "strips");
  other = plan;
  other.tensors[1].region = 1;
  expect(other, "second SRAM region");
  other = plan;
  other.tensors[0].ring_rows = 4;
  expect(other, "not whole");
}

}  // namespace
}  // namespace mcunas
