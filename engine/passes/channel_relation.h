// How the channels of an operator's operands and of its output hang together.
#pragma once

#include <numeric>
#include <vector>

#include "common/index.h"
#include "network/quantized_network.h"

namespace mcunas {

enum class ChannelRelation {
  kWeights,  // every output channel is a sum over all input channels: any of them may go alone
  kTied,     // channels correspond: those that ForEachTie names go together
  kMixed,    // none may go
};

// Operators whose weights weight_reads.h understands.
bool ReadsByWeight(OpKind kind);

PerOperator<ChannelRelation> RelationsOf(const QuantizedNetwork& network);

// Period of a reshape: input channel c and output channel o share elements where they are equal
// modulo this, and nowhere else.
inline int ReshapePeriod(const Operator& op) { return std::gcd(op.in.channels, op.out.channels); }

// Of a tied operator: calls visit(operand, channel of it, output channel) for pairs that go
// together; enough of them to connect all that do.
template <typename Visit>
void ForEachTie(const Network& network, int index, Visit visit) {
  const Operator& op = network.op(index);
  const int out = op.out.channels;
  if (op.kind == OpKind::kReshape) {
    const int period = ReshapePeriod(op);
    for (int c = 0; c < op.in.channels; ++c) visit(0, c, c % period);
    for (int o = 0; o < out; ++o) visit(0, o % period, o);
    return;
  }
  int first = 0;  // output channel of the operand's first one
  for (int k = 0; k < static_cast<int>(op.inputs.size()); ++k) {
    const int channels = network.tensor_shape(op.inputs[Index(k)]).channels;
    if (op.kind == OpKind::kConcatenation) {
      for (int c = 0; c < channels; ++c) visit(k, c, first + c);
      first += channels;
    } else {
      for (int o = 0; o < out; ++o) visit(k, o / (out / channels), o);
    }
  }
}

}  // namespace mcunas
