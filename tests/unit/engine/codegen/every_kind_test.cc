// Generated code of every operator kind, and of published .tflite files, gives the bytes of the
// reference, layer by layer and as the planner plans it.
#include <gtest/gtest.h>

#include "engine/quantize/random_network.h"
#include "engine/reference/interpreter.h"
#include "engine/tflite/read_tflite.h"
#include "engine/toolchain/host_library.h"
#include "memory_model/judge/validate_plan.h"
#include "memory_model/order/operator_order.h"
#include "memory_model/planner/plan_memory.h"
#include "network/network_builder.h"
#include "network/print.h"
#include "network/verify.h"
#include "tests/data/models.h"
#include "tests/integration/tflite_oracle/forms.h"
#include "tests/integration/tflite_oracle/random_topology.h"
#include "tests/unit/engine/codegen/random_networks.h"
#include "tests/unit/network/every_kind.h"
#include "tests/unit/network/four_bits.h"

namespace mcunas {
namespace {

std::string RunBoth(const QuantizedNetwork& network, const ExecutionPlan& plan, int inputs) {
  const std::vector<PlanViolation> violations = ValidatePlan(network.network, plan);
  if (!violations.empty()) return violations[0].message;
  const Expected<GeneratedSources> sources = EmitC(network, plan);
  if (!sources) return sources.error().message;
  const std::string folder = FreshFolder("every_kind");
  Expected<HostNetwork> host = HostNetwork::Build(*sources, folder, "-O1");
  std::filesystem::remove_all(folder);
  if (!host) return host.error().message;
  for (int n = 0; n < inputs; ++n) {
    const std::vector<int8_t> input =
        RandomBytes(network.network.input.elements(), static_cast<uint64_t>(n));
    if (host->Run(input) != RunReference(network, input)) return "the bytes differ";
  }
  return "";
}

TEST(EveryKind, GivesTheBytesOfTheReference) {
  for (uint64_t seed = 0; seed < 4; ++seed) {
    const RoundingMode mode = seed % 2 ? RoundingMode::kTflm : RoundingMode::kTflite;
    const QuantizedNetwork network = RandomQuantizedNetwork(EveryKind(), seed, mode);
    EXPECT_EQ(RunBoth(network, SeparatePlan(network.network), 3), "") << seed;
    EXPECT_EQ(RunBoth(network, PlanMemory(network.network), 3), "") << seed;
  }
}

TEST(EveryKind, OfWeightsOfFourBitsGivesTheBytesOfTheReference) {
  const Network four = WithWeightsOfFourBits(EveryKind(), 1, 1.0);
  const QuantizedNetwork network = RandomQuantizedNetwork(four, 1, RoundingMode::kTflite);
  EXPECT_EQ(RunBoth(network, SeparatePlan(four), 3), "");
  EXPECT_EQ(RunBoth(network, PlanMemory(four), 3), "");
}

// Random networks of all kinds in plans of all kinds: streamed, re-read in strips and patches, in
// segments of a few columns.
class RandomPlans : public testing::TestWithParam<int> {};

TEST_P(RandomPlans, GiveTheBytesOfTheReference) {
  const auto seed = static_cast<uint64_t>(GetParam());
  const Network network = RandomTopology(seed);
  PlanOptions options;
  options.input_mode = seed % 3 == 0   ? InputMode::kStreamed
                       : seed % 3 == 1 ? InputMode::kRereadable
                                       : InputMode::kResident;
  options.max_macs_factor = seed % 2 ? 3.0 : 1.0;
  options.modes.patches = seed % 4 == 1;
  options.modes.smallest_segment = seed % 5 == 0 ? 1 : 3;
  const RoundingMode mode = seed % 2 ? RoundingMode::kTflm : RoundingMode::kTflite;
  const QuantizedNetwork quantized = RandomQuantizedNetwork(network, seed, mode);
  EXPECT_EQ(RunBoth(quantized, PlanMemory(network, options), 2), "") << PrintNetwork(network);
}

TEST_P(RandomPlans, OfWeightsOfFourBitsGiveTheBytesOfTheReference) {
  const auto seed = static_cast<uint64_t>(GetParam());
  const Network network = WithWeightsOfFourBits(RandomTopology(seed), seed, 0.7);
  PlanOptions options;
  options.input_mode = seed % 2 ? InputMode::kStreamed : InputMode::kResident;
  options.max_macs_factor = seed % 3 ? 3.0 : 1.0;
  options.modes.patches = seed % 4 == 1;
  options.modes.smallest_segment = seed % 5 == 0 ? 1 : 3;
  const RoundingMode mode = seed % 2 ? RoundingMode::kTflm : RoundingMode::kTflite;
  const QuantizedNetwork quantized = RandomQuantizedNetwork(network, seed, mode);
  EXPECT_EQ(RunBoth(quantized, PlanMemory(network, options), 2), "") << PrintNetwork(network);
}

INSTANTIATE_TEST_SUITE_P(Seeds, RandomPlans, testing::Range(100, 116));

// Models of forms that only the reader knows, several inputs among them.
TEST(EveryKind, FormsOfTheReader) {
  for (const FormModel& model : FormModels()) {
    const Expected<QuantizedNetwork> read = ReadTflite(model.bytes, model.name);
    ASSERT_TRUE(read.ok()) << read.error().message;
    EXPECT_EQ(RunBoth(*read, PlanMemory(read->network), 2), "") << model.name;
    const OrderedNetwork ordered = OrderOperators(read->network);
    EXPECT_TRUE(VerifyNetwork(ordered.network).ok()) << model.name;
  }
}

TEST(EveryKind, HeaderNamesEveryInput) {
  const FormModel model = FormModels().back();
  const Expected<QuantizedNetwork> read = ReadTflite(model.bytes, model.name);
  ASSERT_TRUE(read.ok()) << read.error().message;
  const Expected<GeneratedSources> sources = EmitC(*read, PlanMemory(read->network));
  ASSERT_TRUE(sources.ok()) << sources.error().message;
  const std::string& header = sources->files.at("net.h");
  for (const char* line : {"#define NET_INPUT_BYTES 388\n", "#define NET_INPUT_COUNT 3 ",
                           "#define NET_INPUT_0_OFFSET 0\n", "#define NET_INPUT_1_OFFSET 192\n",
                           "#define NET_INPUT_1_BYTES 192\n", "#define NET_INPUT_1_HEIGHT 6\n",
                           "#define NET_INPUT_1_ZERO_POINT (-20)\n",
                           "#define NET_INPUT_2_OFFSET 384\n", "#define NET_INPUT_2_CHANNELS 4\n"})
    EXPECT_NE(header.find(line), std::string::npos) << line << header;
  const std::string& example = sources->files.at("main.c");
  EXPECT_NE(example.find("memset(input + NET_INPUT_2_OFFSET, NET_INPUT_2_ZERO_POINT, "
                         "NET_INPUT_2_BYTES);"),
            std::string::npos);
}

// Averages with the arithmetic of MEAN, which rescales.
TEST(EveryKind, MeansRescale) {
  NetworkBuilder b("means", {9, 7, 5});
  const int rows =
      b.AveragePool(b.Conv(kNetworkInput, 6, {3, 3}, {1, 1}, Activation::kRelu), {1, 7}, {1, 1});
  Network network = std::move(b).Finish();
  network.op(rows).padding = {};
  network.op(rows).out = {9, 1, 6};
  Operator whole;
  whole.kind = OpKind::kGlobalAveragePool;
  whole.inputs = {rows};
  whole.in = {9, 1, 6};
  whole.out = {1, 1, 6};
  network.operators.push_back(whole);
  for (uint64_t seed = 0; seed < 4; ++seed) {
    QuantizedNetwork quantized = RandomQuantizedNetwork(network, seed, RoundingMode::kTflite);
    for (size_t i : {1, 2}) {
      quantized.parameters[i].mean = true;
      quantized.parameters[i].output = {quantized.parameters[i - 1].output.scale * 0.6f,
                                        static_cast<int>(seed) * 9 - 20};
    }
    EXPECT_EQ(RunBoth(quantized, SeparatePlan(network), 3), "") << seed;
  }
}

// Softmax over many equal and nearly equal channels, where the sum of exponentials is large.
TEST(EveryKind, SoftmaxOfManyChannels) {
  NetworkBuilder b("softmax", {2, 3, 700});
  b.Softmax(kNetworkInput);
  QuantizedNetwork network =
      RandomQuantizedNetwork(std::move(b).Finish(), 1, RoundingMode::kTflite);
  for (float scale : {0.0001f, 0.02f, 0.3f, 4.0f}) {
    network.input.scale = scale;
    EXPECT_EQ(RunBoth(network, SeparatePlan(network.network), 2), "") << scale;
  }
}

TEST(ModelFiles, GiveTheBytesOfTheReference) {
  const auto files = ModelFiles();
  EXPECT_GE(files.size(), 16u);
  for (const auto& path : files) {
    const Expected<QuantizedNetwork> model = ReadTflite(BytesOf(path), path.string());
    ASSERT_TRUE(model.ok()) << model.error().message;
    EXPECT_EQ(RunBoth(*model, PlanMemory(model->network), 1), "") << path;
  }
}

}  // namespace
}  // namespace mcunas
