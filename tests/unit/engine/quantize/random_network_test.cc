// Random quantised networks are reproducible, legal and alive at every depth.
#include <gtest/gtest.h>

#include <algorithm>
#include <set>

#include "common/random.h"
#include "engine/arithmetic/requantization.h"
#include "engine/quantize/random_network.h"
#include "engine/reference/interpreter.h"
#include "float_fixture.h"

namespace mcunas {
namespace {

// 40 operators: bottlenecks with residuals, then a classifier.
Network Deep() {
  NetworkBuilder b("deep", {24, 24, 3});
  int last = b.Conv(kNetworkInput, 16, {3, 3}, {2, 2}, Activation::kRelu6);
  for (int block = 0; block < 9; ++block) {
    const int before = last;
    last = b.Pointwise(last, 32, Activation::kRelu6);
    last =
        b.Depthwise(last, {3, 3}, {1, 1}, block % 2 == 0 ? Activation::kRelu : Activation::kRelu6);
    last = b.Pointwise(last, 16, Activation::kNone);
    last = b.Add(last, before);
  }
  b.FullyConnected(b.GlobalAveragePool(last), 10);
  return std::move(b).Finish();
}

std::vector<int8_t> RandomInput(const Network& network, uint64_t seed) {
  RandomStream random(seed, "input");
  std::vector<int8_t> input(static_cast<size_t>(network.input.elements()));
  for (int8_t& q : input) q = static_cast<int8_t>(random.Between(-128, 127));
  return input;
}

TEST(RandomNetwork, SameSeedSameNetwork) {
  const Network deep = Deep();
  const QuantizedNetwork a = RandomQuantizedNetwork(deep, 5, RoundingMode::kTflite);
  const QuantizedNetwork b = RandomQuantizedNetwork(deep, 5, RoundingMode::kTflite);
  const QuantizedNetwork c = RandomQuantizedNetwork(deep, 6, RoundingMode::kTflite);
  const std::vector<int8_t> input = RandomInput(deep, 1);
  EXPECT_EQ(RunReferenceAllTensors(a, input), RunReferenceAllTensors(b, input));
  EXPECT_NE(a.parameters[0].weights, c.parameters[0].weights);
}

TEST(RandomNetwork, TrainedOnesHaveNoCornerCases) {
  const Network deep = Deep();
  const QuantizedNetwork q =
      RandomQuantizedNetwork(deep, 5, RoundingMode::kTflite, RandomParameters::kTrained);
  for (size_t i = 0; i < deep.operators.size(); ++i) {
    if (!HasWeights(deep.operators[i].kind)) continue;
    if (deep.operators[i].activation != Activation::kNone) {
      EXPECT_EQ(q.parameters[i].output.zero_point, -128) << i;
    }
    for (const FixedMultiplier& m : OutputMultipliers(q, static_cast<int>(i)))
      EXPECT_LT(m.shift, 0) << i;
  }
}

TEST(RandomNetwork, OutputsUseTheRangeOnUnseenInputs) {
  const Network deep = Deep();
  for (uint64_t seed = 1; seed <= 4; ++seed) {
    const QuantizedNetwork q = RandomQuantizedNetwork(deep, seed, RoundingMode::kTflite);
    const auto outputs = RunReferenceAllTensors(q, RandomInput(deep, 77 + seed));
    for (size_t op = 0; op + 2 < outputs.size(); ++op) {
      const std::set<int8_t> distinct(outputs[op].begin(), outputs[op].end());
      EXPECT_GT(distinct.size(), 60u) << "seed " << seed << " operator " << op;
      const auto saturated = std::count_if(outputs[op].begin(), outputs[op].end(),
                                           [](int8_t v) { return v == -128 || v == 127; });
      // Behind a ReLU with zero point -128 about half of all values are real zeros.
      EXPECT_LT(saturated, 0.65 * static_cast<double>(outputs[op].size()))
          << "seed " << seed << " operator " << op;
    }
  }
}

TEST(RandomNetwork, ReachesDeadChannelsAndLeftShifts) {
  const QuantizedNetwork q = RandomQuantizedNetwork(Deep(), 2, RoundingMode::kTflm);
  int left = 0, right = 0;
  for (size_t op = 0; op < q.parameters.size(); ++op) {
    EXPECT_EQ(q.parameters[op].rounding, Rounding::kDouble);
    for (const FixedMultiplier& m : OutputMultipliers(q, static_cast<int>(op))) {
      EXPECT_LE(m.shift, 2);
      (m.shift > 0 ? left : right)++;
    }
  }
  EXPECT_GT(left, 5);
  EXPECT_GT(right, 10 * left);
}

TEST(RandomNetwork, PoolsAndAddsAreLegal) {
  const QuantizedNetwork q =
      RandomQuantizedNetwork(test::EveryOperator(), 2, RoundingMode::kTflite);
  EXPECT_EQ(q.parameters[6].output, q.parameters[5].output);
  EXPECT_EQ(q.parameters[7].output, q.parameters[5].output);
  const AddConstants add = DeriveAddConstants(q, 4);
  EXPECT_LE(add.first.shift, 0);
  EXPECT_LE(add.second.shift, 0);
  EXPECT_LE(add.output.shift, 0);
  EXPECT_EQ(q.parameters.back().rounding, Rounding::kSingle);
}

}  // namespace
}  // namespace mcunas
