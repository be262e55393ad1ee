// Networks of all kinds, half dead: folding keeps every byte of every output.
#include <gtest/gtest.h>

#include "engine/passes/value_ranges.h"
#include "engine/quantize/random_network.h"
#include "tests/integration/tflite_oracle/random_topology.h"
#include "tests/unit/engine/passes/hand_made.h"

namespace mcunas {
namespace {

// Silent, saturated at one end, or reading little.
void Cripple(RandomStream* random, int op, int channel, QuantizedNetwork* q) {
  QuantizedParameters& p = q->parameters[static_cast<size_t>(op)];
  const size_t c = static_cast<size_t>(channel);
  switch (random->Below(4)) {
    case 0:
      return Silence(q, op, channel, static_cast<int>(random->Between(-128, 127)));
    case 1:  // real 0
      return Silence(q, op, channel, p.output.zero_point);
    case 2:
      p.weight_scales[c] *= 1.0f / 4096;
      p.bias[c] = static_cast<int32_t>(random->Between(-(1 << 28), 1 << 28));
      return;
    default:
      for (size_t i : WeightsOf(*q, op, channel))
        if (random->Chance(0.9)) p.weights[i] = 0;
  }
}

QuantizedNetwork HalfDead(uint64_t seed) {
  const RoundingMode mode = seed % 2 ? RoundingMode::kTflm : RoundingMode::kTflite;
  QuantizedNetwork q = RandomQuantizedNetwork(RandomTopology(seed), seed, mode);
  RandomStream random(seed, "half dead");
  const double share = random.Unit();
  for (int i = 0; i < q.network.operator_count(); ++i) {
    const Operator& op = OperatorOf(q, i);
    if (!HasWeights(op.kind)) continue;
    for (int c = 0; c < op.out.channels; ++c)
      if (random.Chance(share)) Cripple(&random, i, c, &q);
    for (int c = 0; c < op.in.channels && op.kind != OpKind::kDepthwise; ++c)
      if (random.Chance(share / 2)) Ignore(&q, i, c);
  }
  return q;
}

class RandomFolding : public testing::TestWithParam<int> {};

TEST_P(RandomFolding, KeepsEveryByte) {
  int64_t removed = 0;
  for (int n = 0; n < 25; ++n) {
    const auto seed = static_cast<uint64_t>(1000 * GetParam() + n);
    const QuantizedNetwork q = HalfDead(seed);
    const FoldedNetwork folded = FoldChannels(q, {n % 3 == 0 ? 4 : n % 3});
    ASSERT_NO_FATAL_FAILURE(ExpectSameOutputs(q, folded.network)) << seed;
    EXPECT_LE(folded.report.macs_after, folded.report.macs_before) << seed;
    EXPECT_LE(folded.report.least_macs, folded.report.macs_after) << seed;
    EXPECT_FALSE(FoldChannels(folded.network, {n % 3 == 0 ? 4 : n % 3}).report.changed()) << seed;
    removed += folded.report.channels_removed();
  }
  EXPECT_GT(removed, 100);
}

INSTANTIATE_TEST_SUITE_P(Seeds, RandomFolding, testing::Range(0, 8));

void ExpectInRanges(const QuantizedNetwork& q) {
  const ValueRanges ranges = FindValueRanges(q);
  for (uint64_t n = 0; n < 3; ++n) {
    const auto tensors = RunReferenceAllTensors(q, RandomInput(q.network, n));
    for (size_t t = 0; t < tensors.size(); ++t) {
      const ChannelRanges& range = ranges.of(static_cast<int>(t));
      for (size_t i = 0; i < tensors[t].size(); ++i) {
        const ValueRange& r = range[i % range.size()];
        ASSERT_TRUE(r.low <= tensors[t][i] && tensors[t][i] <= r.high)
            << OpName(q.network.operators[t].kind) << " " << t << ": " << int{tensors[t][i]}
            << " is outside [" << r.low << ", " << r.high << "]";
      }
    }
  }
}

TEST(ValueRanges, HoldEveryValueThatOccurs) {
  for (uint64_t seed = 0; seed < 60; ++seed)
    ASSERT_NO_FATAL_FAILURE(ExpectInRanges(HalfDead(seed))) << seed;
}

// TFLite shifts to the left in 32 bits: the largest sums may give the smallest values.
TEST(ValueRanges, HoldWhatWrapsAround) {
  NetworkBuilder b("wraps", {5, 4, 3});
  b.Pointwise(kNetworkInput, 2, Activation::kNone);
  b.Add(kNetworkInput, kNetworkInput);
  b.Multiply(kNetworkInput, kNetworkInput);
  const int padded = b.AveragePool(kNetworkInput, {3, 3}, {1, 1});
  b.GlobalAveragePool(kNetworkInput);
  QuantizedNetwork q = WithWeights(std::move(b));
  for (int i : {padded, padded + 1}) ParametersOf(&q, i).mean = true;
  for (QuantizedParameters& p : q.parameters) p.output = {1.0f / (1 << 27), 0};
  ASSERT_NO_FATAL_FAILURE(ExpectInRanges(q));
}

}  // namespace
}  // namespace mcunas
