// Generated C against the reference interpreter, byte for byte.
#include <gtest/gtest.h>

#include <algorithm>
#include <atomic>
#include <filesystem>
#include <numeric>
#include <thread>

#include "engine/codegen/emit_c.h"
#include "engine/quantize/random_network.h"
#include "engine/reference/interpreter.h"
#include "engine/toolchain/host_library.h"
#include "memory_model/planner/plan_memory.h"
#include "network/json_read.h"
#include "network/print.h"
#include "tests/data/models.h"
#include "tests/unit/engine/codegen/random_networks.h"
#include "tests/unit/network/four_bits.h"

namespace mcunas {
namespace {

namespace fs = std::filesystem;

HostNetwork Build(const QuantizedNetwork& network, const ExecutionPlan& plan) {
  const std::string folder = FreshFolder("bit-exact");
  const Expected<GeneratedSources> sources = EmitC(network, plan);
  EXPECT_TRUE(sources.ok()) << sources.error().message;
  EXPECT_EQ(sources->arena, plan.arena + plan.scratch);
  Expected<HostNetwork> host = HostNetwork::Build(*sources, folder, "-O1");
  EXPECT_TRUE(host.ok()) << host.error().message;
  fs::remove_all(folder);
  return *std::move(host);
}

void ExpectSameBytes(const QuantizedNetwork& network, const ExecutionPlan& plan, int inputs) {
  const HostNetwork host = Build(network, plan);
  for (int i = 0; i < inputs; ++i) {
    const std::vector<int8_t> input = RandomBytes(network.network.input.elements(), i);
    ASSERT_EQ(host.Run(input), RunReference(network, input)) << PrintNetwork(network.network);
  }
}

class RandomNetworks : public testing::TestWithParam<int> {};

TEST_P(RandomNetworks, PlannedCodeEqualsReference) {
  const Network network = RandomNetwork(GetParam());
  const RoundingMode mode = GetParam() % 2 ? RoundingMode::kTflm : RoundingMode::kTflite;
  ExpectSameBytes(RandomQuantizedNetwork(network, GetParam(), mode), PlanMemory(network), 3);
}

// Layer by layer, the hook finds the output of every operator where the plan puts it.
TEST_P(RandomNetworks, EveryOperatorEqualsReference) {
  const Network network = RandomNetwork(GetParam() + 4000);
  const QuantizedNetwork quantized =
      RandomQuantizedNetwork(network, GetParam(), RoundingMode::kTflite);
  PlanOptions options;
  options.modes = PlanModes::LayerwiseOnly();
  const ExecutionPlan plan = PlanMemory(network, options);
  const std::vector<int8_t> input = RandomBytes(network.input.elements(), GetParam());
  const auto expected = RunReferenceAllTensors(quantized, input);
  std::vector<int> calls;
  Build(quantized, plan).RunProfiled(input, [&](int op, const int8_t* arena) {
    const auto& wanted = expected[static_cast<size_t>(op)];
    const int8_t* at = arena + plan.tensors[op].offset;
    EXPECT_TRUE(std::equal(wanted.begin(), wanted.end(), at)) << op << PrintNetwork(network);
    calls.push_back(op);
  });
  std::vector<int> all(network.operators.size());
  std::iota(all.begin(), all.end(), 0);
  EXPECT_EQ(calls, all);
}

TEST_P(RandomNetworks, CodeWithSeparateTensorsEqualsReference) {
  const Network network = RandomNetwork(GetParam() + 1000);
  const RoundingMode mode = GetParam() % 2 ? RoundingMode::kTflm : RoundingMode::kTflite;
  ExpectSameBytes(RandomQuantizedNetwork(network, GetParam(), mode), SeparatePlan(network), 3);
}

// Both roundings on every kind of operator with weights, not only where a runtime uses them.
TEST_P(RandomNetworks, SingleRoundingEverywhere) {
  const Network network = RandomNetwork(GetParam() + 2000);
  QuantizedNetwork quantized = RandomQuantizedNetwork(network, GetParam(), RoundingMode::kTflite);
  for (size_t i = 0; i < network.operators.size(); ++i) {
    if (HasWeights(network.operators[i].kind)) quantized.parameters[i].rounding = Rounding::kSingle;
  }
  ExpectSameBytes(quantized, PlanMemory(network), 2);
}

TEST_P(RandomNetworks, WeightsOfFourBits) {
  const Network network = WithWeightsOfFourBits(RandomNetwork(GetParam() + 3000), 1, 0.8);
  const RoundingMode mode = GetParam() % 2 ? RoundingMode::kTflm : RoundingMode::kTflite;
  const QuantizedNetwork quantized = RandomQuantizedNetwork(network, GetParam(), mode);
  ExpectSameBytes(quantized, PlanMemory(network), 3);
  ExpectSameBytes(quantized, SeparatePlan(network), 1);
}

INSTANTIATE_TEST_SUITE_P(Seeds, RandomNetworks, testing::Range(0, 10));

TEST(NetworkFiles, PlannedCodeEqualsReference) {
  int count = 0;
  for (const fs::path& path : NetworkFiles()) {
    const Expected<Network> network = NetworkFromJson(TextOf(path), path.string());
    ASSERT_TRUE(network.ok()) << network.error().message;
    const RoundingMode mode = count++ % 2 ? RoundingMode::kTflm : RoundingMode::kTflite;
    PlanOptions options;
    options.input_mode = count % 3 ? InputMode::kStreamed : InputMode::kRereadable;
    options.max_macs_factor = 1.1;
    const QuantizedNetwork quantized = RandomQuantizedNetwork(*network, 5, mode);
    ExpectSameBytes(quantized, PlanMemory(*network), 1);
    ExpectSameBytes(quantized, PlanMemory(*network, options), 1);
  }
  EXPECT_GE(count, 2);
}

TEST(HostNetworkTest, ThreadsWithTheirOwnArenasDoNotDisturbEachOther) {
  const Network network = RandomNetwork(3);
  const QuantizedNetwork quantized = RandomQuantizedNetwork(network, 3, RoundingMode::kTflite);
  const HostNetwork host = Build(quantized, PlanMemory(network));
  constexpr int kInputs = 8;
  std::vector<std::vector<int8_t>> inputs, golden;
  for (int i = 0; i < kInputs; ++i) {
    inputs.push_back(RandomBytes(network.input.elements(), 100 + i));
    golden.push_back(RunReference(quantized, inputs.back()));
  }
  std::atomic<int> wrong{0};
  const auto work = [&](int offset) {
    for (int i = 0; i < 200; ++i) {
      const size_t k = static_cast<size_t>(i + offset) % kInputs;
      if (host.Run(inputs[k]) != golden[k]) ++wrong;
    }
  };
  { std::jthread first(work, 0), second(work, 3); }
  EXPECT_EQ(wrong, 0);
}

TEST(HostNetworkTest, TwoNetworksOfOneNameLiveSideBySide) {
  const Network a = RandomNetwork(11), b = RandomNetwork(12);
  const QuantizedNetwork qa = RandomQuantizedNetwork(a, 1, RoundingMode::kTflite);
  const QuantizedNetwork qb = RandomQuantizedNetwork(b, 1, RoundingMode::kTflite);
  const HostNetwork host_a = Build(qa, PlanMemory(a)), host_b = Build(qb, PlanMemory(b));
  const auto input_a = RandomBytes(a.input.elements(), 1),
             input_b = RandomBytes(b.input.elements(), 1);
  EXPECT_EQ(host_a.Run(input_a), RunReference(qa, input_a));
  EXPECT_EQ(host_b.Run(input_b), RunReference(qb, input_b));
}

TEST(HostNetworkTest, RunAllKeepsTheOrderForAnyNumberOfThreads) {
  const Network network = RandomNetwork(3);
  const QuantizedNetwork quantized = RandomQuantizedNetwork(network, 3, RoundingMode::kTflite);
  const HostNetwork host = Build(quantized, PlanMemory(network));
  const int64_t bytes = network.input.elements();
  const std::vector<int8_t> inputs = RandomBytes(bytes * 20, 9);
  std::vector<int8_t> expected;
  for (int i = 0; i < 20; ++i) {
    const auto output = RunReference(quantized, std::span(inputs).subspan(i * bytes, bytes));
    expected.insert(expected.end(), output.begin(), output.end());
  }
  for (int threads : {1, 2, 5}) EXPECT_EQ(RunAll(host, inputs, bytes, threads), expected);
  EXPECT_TRUE(RunAll(host, {}, bytes, 2).empty());
}

TEST(HostNetworkTest, ACompilerErrorIsReportedWithItsText) {
  const Network network = RandomNetwork(3);
  auto sources =
      EmitC(RandomQuantizedNetwork(network, 3, RoundingMode::kTflite), PlanMemory(network));
  ASSERT_TRUE(sources.ok());
  sources->files["net.c"] += "\nint broken(void) { return undeclared_thing; }\n";
  const std::string folder = FreshFolder("broken");
  const auto host = HostNetwork::Build(*sources, folder);
  fs::remove_all(folder);
  ASSERT_FALSE(host.ok());
  EXPECT_NE(host.error().message.find("undeclared_thing"), std::string::npos);
}

}  // namespace
}  // namespace mcunas
