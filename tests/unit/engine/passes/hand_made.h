// Quantised networks whose every channel is known: alive unless a test kills it.
#pragma once

#include <gtest/gtest.h>

#include <utility>
#include <vector>

#include "common/random.h"
#include "engine/arithmetic/requantization.h"
#include "engine/passes/fold_channels.h"
#include "engine/reference/interpreter.h"
#include "network/network_builder.h"
#include "network/operator_counts.h"
#include "network/print.h"
#include "network/verify.h"

namespace mcunas {

// Steps of 1 everywhere, zero point 3, no weight zero; sums are spread over int8.
inline QuantizedNetwork WithWeights(NetworkBuilder&& builder) {
  QuantizedNetwork q;
  q.network = std::move(builder).Finish();
  EXPECT_TRUE(VerifyNetwork(q.network).ok()) << VerifyNetwork(q.network).error().message;
  q.input = {1.0f, 3};
  for (const Operator& op : q.network.operators) {
    QuantizedParameters p;
    p.output = {1.0f, 3};
    const int64_t weights = OperatorWeights(op);
    for (int64_t i = 0; i < weights; ++i)
      p.weights.push_back(static_cast<int8_t>((i % 5 + 1) * (i % 3 == 0 ? -9 : 7)));
    if (HasWeights(op.kind)) {
      const size_t channels = static_cast<size_t>(op.out.channels);
      p.bias.assign(channels, 40);
      const double depth = static_cast<double>(weights) / op.out.channels;
      p.weight_scales.assign(channels, static_cast<float>(0.1 / depth));
    }
    if (op.kind == OpKind::kSoftmax || op.kind == OpKind::kLogistic) p.output = {1.0f / 256, -128};
    p.rounding = OperatorRounding(op.kind, q.rounding_mode);
    q.parameters.push_back(std::move(p));
  }
  return q;
}

inline const Operator& OperatorOf(const QuantizedNetwork& q, int op) { return q.network.op(op); }
inline QuantizedParameters& ParametersOf(QuantizedNetwork* q, int op) {
  return q->parameters[static_cast<size_t>(op)];
}

// Weights of one output channel, by index into QuantizedParameters::weights.
inline std::vector<size_t> WeightsOf(const QuantizedNetwork& q, int op, int output) {
  const Operator& made = OperatorOf(q, op);
  const size_t outputs = static_cast<size_t>(made.out.channels);
  const size_t depth = q.parameters[static_cast<size_t>(op)].weights.size() / outputs;
  const bool depthwise = made.kind == OpKind::kDepthwise;
  std::vector<size_t> indices;
  for (size_t i = 0; i < depth; ++i)
    indices.push_back(depthwise ? i * outputs + static_cast<size_t>(output)
                                : static_cast<size_t>(output) * depth + i);
  return indices;
}

// Makes an output channel `value` everywhere: no weights, a bias that is halved.
inline void Silence(QuantizedNetwork* q, int op, int output, int value) {
  const size_t channel = static_cast<size_t>(output);
  const float input_scale = q->tensor(OperatorOf(*q, op).inputs[0]).scale;
  QuantizedParameters& p = ParametersOf(q, op);
  for (size_t i : WeightsOf(*q, op, output)) p.weights[i] = 0;
  p.bias[channel] = 2 * (value - p.output.zero_point);
  p.weight_scales[channel] = p.output.scale / input_scale / 2;
}

// No output of a dense operator reads the input channel any more.
inline void Ignore(QuantizedNetwork* q, int op, int input) {
  const size_t channels = static_cast<size_t>(OperatorOf(*q, op).in.channels);
  std::vector<int8_t>& weights = ParametersOf(q, op).weights;
  for (size_t i = static_cast<size_t>(input); i < weights.size(); i += channels) weights[i] = 0;
}

inline std::vector<int8_t> RandomInput(const Network& network, uint64_t seed) {
  RandomStream random(seed, "fold input");
  std::vector<int8_t> bytes(static_cast<size_t>(network.input.elements()));
  for (int8_t& b : bytes) b = static_cast<int8_t>(random.Between(-128, 127));
  return bytes;
}

// Random inputs, and both ends of int8.
inline void ExpectSameOutputs(const QuantizedNetwork& given, const QuantizedNetwork& folded) {
  ASSERT_EQ(given.network.input, folded.network.input);
  EXPECT_EQ(given.input, folded.input);
  std::vector<std::vector<int8_t>> inputs;
  for (uint64_t seed = 0; seed < 4; ++seed) inputs.push_back(RandomInput(given.network, seed));
  for (int value : {-128, 127}) inputs.emplace_back(inputs[0].size(), static_cast<int8_t>(value));
  for (const std::vector<int8_t>& input : inputs)
    ASSERT_EQ(RunReference(folded, input), RunReference(given, input))
        << PrintNetwork(given.network) << PrintNetwork(folded.network);
}

// Folded as far as possible, with the bytes of the given network.
inline QuantizedNetwork Folded(const QuantizedNetwork& given, int channel_multiple = 1) {
  FoldedNetwork folded = FoldChannels(given, {channel_multiple});
  ExpectSameOutputs(given, folded.network);
  EXPECT_EQ(folded.report.macs_after, NetworkMacs(folded.network.network));
  return std::move(folded.network);
}

// Output channels of all operators, in order.
inline std::vector<int> ChannelCounts(const QuantizedNetwork& q) {
  std::vector<int> counts;
  for (const Operator& op : q.network.operators) counts.push_back(op.out.channels);
  return counts;
}

inline std::vector<OpKind> Kinds(const QuantizedNetwork& q) {
  std::vector<OpKind> kinds;
  for (const Operator& op : q.network.operators) kinds.push_back(op.kind);
  return kinds;
}

}  // namespace mcunas
