// The kernels' DSP instructions, proven by whole networks on emulated cores.
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>

#include "engine/quantize/random_network.h"
#include "engine/reference/interpreter.h"
#include "memory_model/planner/estimate.h"
#include "memory_model/planner/plan_memory.h"
#include "network/operator_counts.h"
#include "network/print.h"
#include "tests/integration/virtual_core/virtual_core.h"
#include "tests/unit/engine/codegen/random_networks.h"
#include "tests/unit/network/every_kind.h"
#include "tests/unit/network/four_bits.h"

namespace mcunas {
namespace {

class VirtualCoreTest : public testing::TestWithParam<int> {
 protected:
  void SetUp() override {
    if (!VirtualCoreToolsExist()) GTEST_SKIP() << "needs arm-none-eabi-gcc and qemu-system-arm";
  }

  VirtualRun Run(const QuantizedNetwork& network, const VirtualCore& core,
                 const std::vector<int8_t>& input) {
    return Run(network, PlanMemory(network.network), core, input);
  }

  VirtualRun Run(const QuantizedNetwork& network, const ExecutionPlan& plan,
                 const VirtualCore& core, const std::vector<int8_t>& input) {
    const auto sources = EmitC(network, plan);
    EXPECT_TRUE(sources.ok()) << sources.error().message;
    const std::string folder = FreshFolder("virtual-core");
    auto run = RunOnVirtualCore(*sources, core, input, folder);
    std::filesystem::remove_all(folder);
    EXPECT_TRUE(run.ok()) << run.error().message;
    return run.ok() ? *std::move(run) : VirtualRun{};
  }

  // Layer by layer, three inputs in one boot.
  void ExpectEveryOperator(const QuantizedNetwork& network, const std::string& core) {
    PlanOptions options;
    options.modes = PlanModes::LayerwiseOnly();
    const ExecutionPlan plan = PlanMemory(network.network, options);
    const auto sources = EmitC(network, plan);
    ASSERT_TRUE(sources.ok()) << sources.error().message;
    std::vector<int8_t> inputs, expected;
    for (int i = 0; i < 3; ++i) {
      const std::vector<int8_t> input = RandomBytes(network.network.input.elements(), i);
      inputs.insert(inputs.end(), input.begin(), input.end());
      for (const auto& output : RunReferenceAllTensors(network, input))
        expected.insert(expected.end(), output.begin(), output.end());
      const std::vector<int8_t> last = RunReference(network, input);
      expected.insert(expected.end(), last.begin(), last.end());
    }
    const std::string folder = FreshFolder("operator-outputs");
    const auto program =
        OperatorOutputs::Build(*sources, OperatorOutputs::PlacesOf(plan), {core, {}}, folder);
    ASSERT_TRUE(program.ok()) << program.error().message;
    const auto outputs = program->Run(inputs);
    std::filesystem::remove_all(folder);
    ASSERT_TRUE(outputs.ok()) << outputs.error().message;
    EXPECT_EQ(*outputs, expected) << core << "\n" << PrintNetwork(network.network);
  }
};

TEST_P(VirtualCoreTest, BothCoresGiveTheBytesOfTheReference) {
  const Network network = RandomNetwork(3000 + GetParam());
  const RoundingMode mode = GetParam() % 2 ? RoundingMode::kTflm : RoundingMode::kTflite;
  const QuantizedNetwork quantized = RandomQuantizedNetwork(network, GetParam(), mode);
  const std::vector<int8_t> input = RandomBytes(network.input.elements(), GetParam());
  const std::vector<int8_t> golden = RunReference(quantized, input);
  const std::string core = GetParam() % 4 < 2 ? "cortex-m4" : "cortex-m7";
  const VirtualRun run = Run(quantized, {core, {}}, input);
  EXPECT_EQ(run.output, golden) << core << "\n" << PrintNetwork(network);
  EXPECT_EQ(run.operator_instructions.size(), network.operators.size());
}

// Row streams with segments, strips and patches; the input resident, streamed, read again.
TEST_P(VirtualCoreTest, PlansOfEveryModeGiveTheBytesOfTheReference) {
  const Network network = RandomNetwork(3000 + GetParam());
  const QuantizedNetwork quantized =
      RandomQuantizedNetwork(network, GetParam(), RoundingMode::kTflite);
  const InputMode modes[] = {InputMode::kResident, InputMode::kStreamed, InputMode::kRereadable};
  const ExecutionPlan plan =
      GroupPlan(network, RandomGroups(network, GetParam()), modes[GetParam() % 3]);
  const std::vector<int8_t> input = RandomBytes(network.input.elements(), GetParam());
  const std::string core = GetParam() % 2 ? "cortex-m4" : "cortex-m7";
  EXPECT_EQ(Run(quantized, plan, {core, {}}, input).output, RunReference(quantized, input))
      << core << "\n"
      << PrintNetwork(network);
}

// One program, many inputs, the output of every operator; on cores with and without DSP
// instructions.
TEST_P(VirtualCoreTest, EveryOperatorOnEveryCoreEqualsTheReference) {
  const char* cores[] = {"cortex-m3",  "cortex-m33", "cortex-m0plus",
                         "cortex-m33", "cortex-m4",  "cortex-m7"};
  const std::string core = cores[GetParam() % 6];
  const Network network = RandomNetwork(5000 + GetParam());
  const RoundingMode mode = GetParam() % 2 ? RoundingMode::kTflm : RoundingMode::kTflite;
  ExpectEveryOperator(RandomQuantizedNetwork(network, GetParam(), mode), core);
}

TEST_P(VirtualCoreTest, WeightsOfFourBitsGiveTheBytesOfTheReference) {
  const Network network = WithWeightsOfFourBits(RandomNetwork(4000 + GetParam()), 1, 0.8);
  const QuantizedNetwork quantized =
      RandomQuantizedNetwork(network, GetParam(), RoundingMode::kTflite);
  const std::vector<int8_t> input = RandomBytes(network.input.elements(), GetParam());
  const std::string core = GetParam() % 2 ? "cortex-m4" : "cortex-m7";
  EXPECT_EQ(Run(quantized, {core, {}}, input).output, RunReference(quantized, input))
      << core << "\n"
      << PrintNetwork(network);
}

INSTANTIATE_TEST_SUITE_P(Seeds, VirtualCoreTest, testing::Range(0, 8));

TEST_F(VirtualCoreTest, EveryKindGivesTheBytesOfTheReference) {
  for (uint64_t seed = 0; seed < 4; ++seed) {
    QuantizedNetwork network = RandomQuantizedNetwork(EveryKind(), seed, RoundingMode::kTflite);
    // Averages in both arithmetics.
    for (size_t i = 0; i < network.parameters.size(); ++i)
      network.parameters[i].mean =
          seed % 2 == 1 && network.network.operators[i].kind == OpKind::kGlobalAveragePool;
    const std::vector<int8_t> input = RandomBytes(network.network.input.elements(), seed);
    const std::string core = seed < 2 ? "cortex-m4" : "cortex-m7";
    EXPECT_EQ(Run(network, {core, {}}, input).output, RunReference(network, input)) << seed;
  }
}

// Row y of the input is y - 128 in all of 256 channels; the constants are all bytes.
TEST_F(VirtualCoreTest, OperatorsOnTwoAreExactForEveryPairOfBytes) {
  std::vector<int8_t> input;
  for (int i = 0; i < 65536; ++i) input.push_back(static_cast<int8_t>(i / 256 - 128));
  for (OpKind kind : KindsOf(OpFamily::kConstants)) {
    for (Activation activation : {Activation::kNone, Activation::kRelu}) {
      if (!TakesActivation(kind) && activation != Activation::kNone) continue;
      NetworkBuilder b("pairs", {256, 1, 256});
      b.WithConstants(kind, kNetworkInput, 256, activation);
      QuantizedNetwork network =
          RandomQuantizedNetwork(std::move(b).Finish(), 3, RoundingMode::kTflite);
      for (size_t i = 0; i < 256; ++i)
        network.parameters[0].weights[i] = static_cast<int8_t>(static_cast<int>(i) - 128);
      EXPECT_EQ(Run(network, {"cortex-m4", {}}, input).output, RunReference(network, input))
          << OpName(kind);
    }
  }
}

// Armv6-M: 16 kB of SRAM, no unaligned access, no instruction beyond the first Thumb set.
TEST_F(VirtualCoreTest, EveryOperatorOnACortexM0EqualsTheReference) {
  int run = 0;
  for (int seed = 0; run < 3; ++seed) {
    const Network network = RandomNetwork(6000 + seed);
    if (EstimatePeak(network) > Bytes(8'000) || NetworkMacs(network) > Macs(1'000'000)) continue;
    ExpectEveryOperator(RandomQuantizedNetwork(network, seed, RoundingMode::kTflm), "cortex-m0");
    ++run;
  }
}

TEST_F(VirtualCoreTest, PortableKernelsGiveTheSameBytesForMoreInstructions) {
  const Network network = RandomNetwork(4);
  const QuantizedNetwork quantized = RandomQuantizedNetwork(network, 4, RoundingMode::kTflite);
  const std::vector<int8_t> input = RandomBytes(network.input.elements(), 4);
  const VirtualRun dsp = Run(quantized, {"cortex-m4", {}}, input);
  const VirtualRun portable = Run(quantized, {"cortex-m4", {"-DMCU_PORTABLE_ONLY"}}, input);
  EXPECT_EQ(dsp.output, portable.output);
  EXPECT_LT(dsp.instructions, portable.instructions);
}

TEST_F(VirtualCoreTest, CountsAreRepeatable) {
  const Network network = RandomNetwork(5);
  const QuantizedNetwork quantized = RandomQuantizedNetwork(network, 5, RoundingMode::kTflite);
  const std::vector<int8_t> input = RandomBytes(network.input.elements(), 5);
  const VirtualRun first = Run(quantized, {"cortex-m4", {}}, input);
  EXPECT_EQ(first.instructions, Run(quantized, {"cortex-m4", {}}, input).instructions);
  EXPECT_GT(first.instructions, NetworkMacs(network).value / 2);
}

}  // namespace
}  // namespace mcunas
