#include "engine/codegen/emit_c.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "engine/quantize/random_network.h"
#include "memory_model/planner/plan_memory.h"
#include "network/hash_network.h"
#include "network/network_builder.h"
#include "tests/unit/engine/codegen/random_networks.h"
#include "tests/unit/network/four_bits.h"

namespace mcunas {
namespace {

using testing::HasSubstr;
using testing::Not;

QuantizedNetwork SmallNetwork() {
  NetworkBuilder builder("small \"*/ network", {9, 7, 3});
  int t = builder.Conv(kNetworkInput, 8, {3, 3}, {2, 2}, Activation::kRelu6);
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
  EXPECT_THAT(header, macro("INPUT_OFFSET", std::to_string(plan.tensors[kNetworkInput].offset)));
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

TEST(EmitC, HeaderOfAStreamingPlanSaysHowRowsCome) {
  const QuantizedNetwork network = SmallNetwork();
  const auto header = [&](InputMode mode) {
    const ExecutionPlan plan = PlanMemory(network.network, {.input_mode = mode});
    const auto sources = EmitC(network, plan);
    EXPECT_TRUE(sources.ok());
    EXPECT_EQ(sources->arena, plan.arena + plan.scratch);
    return sources->files.at("net.h");
  };
  for (const InputMode mode : {InputMode::kStreamed, InputMode::kRereadable}) {
    const std::string text = header(mode);
    EXPECT_THAT(text, HasSubstr("typedef int (*net_read_row)(void *user, int row, int8_t "
                                "*destination);"));
    EXPECT_THAT(text, HasSubstr("int net_run_rows(void *arena, net_read_row read_row, void *user, "
                                "int8_t *output);"));
    EXPECT_THAT(text, HasSubstr("#define NET_INPUT_ROW_BYTES 21\n"));
    EXPECT_THAT(text, Not(HasSubstr("NET_INPUT_OFFSET")));
  }
  EXPECT_THAT(header(InputMode::kStreamed), HasSubstr("each at most once"));
  EXPECT_THAT(header(InputMode::kRereadable), HasSubstr("may come again in another pass"));
}

TEST(EmitC, PlansWithSeveralRegionsTakeSeveralArenas) {
  const QuantizedNetwork network = SmallNetwork();
  ExecutionPlan plan = SeparatePlan(network.network);
  plan.tensors[0].region = 2;
  plan.tensors[0].offset = 0;
  plan.more_regions = {Bytes(0), Bytes((plan.tensors[0].size() + 7) / 8 * 8)};
  const auto sources = EmitC(network, plan);
  ASSERT_TRUE(sources.ok());
  EXPECT_EQ(sources->more_arenas, plan.more_regions);
  const std::string& header = sources->files.at("net.h");
  EXPECT_THAT(header, HasSubstr("#define NET_REGION_COUNT 3\n"));
  EXPECT_THAT(header, HasSubstr("#define NET_ARENA_1_BYTES 0\n"));
  EXPECT_THAT(header, HasSubstr("#define NET_ARENA_2_BYTES " +
                                std::to_string(plan.more_regions[1].value) + "\n"));
  EXPECT_THAT(header, HasSubstr("int net_run(void *const arenas[], const int8_t *input, int8_t "
                                "*output);"));
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

TEST(EmitC, OnlyKernelsOfFourBitsInUseAreCopied) {
  QuantizedNetwork network = SmallNetwork();
  EXPECT_FALSE(Emit(network).files.contains("mcu_unpack.c"));
  network.network = WithWeightsOfFourBits(network.network, 1, 1.0);
  const auto files = Emit(RandomQuantizedNetwork(network.network, 1, RoundingMode::kTflm)).files;
  for (const char* used : {"mcu_unpack.c", "mcu_fully_connected_4bit.c", "mcu_conv.c"})
    EXPECT_TRUE(files.contains(used)) << used;
  EXPECT_FALSE(files.contains("mcu_fully_connected.c"));
}

TEST(EmitC, WindowsTooLargeForFourBitsAreRefused) {
  NetworkBuilder b("deep", {4, 4, 200});
  b.Conv(kNetworkInput, 3, {3, 3}, {1, 1}, Activation::kNone);
  const Network network = WithWeightsOfFourBits(std::move(b).Finish(), 1, 1.0);
  const auto sources =
      EmitC(RandomQuantizedNetwork(network, 1, RoundingMode::kTflm), SeparatePlan(network));
  ASSERT_FALSE(sources.ok());
  EXPECT_EQ(sources.error().code, ErrorCode::kUnsupported);
  EXPECT_THAT(sources.error().message,
              testing::AllOf(HasSubstr("operator 0 (conv)"), HasSubstr("nearest: weights of 8")));
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

}  // namespace
}  // namespace mcunas
