#include "engine/passes/channel_use.h"

#include <vector>

#include "common/index.h"
#include "engine/passes/channel_relation.h"
#include "engine/passes/weight_reads.h"

namespace mcunas {
namespace {

constexpr int kMostTrials = 64;  // channels that FillUp tries, for one operator

using Relations = PerOperator<ChannelRelation>;

void DemandReads(const QuantizedNetwork& network, int index, const ValueRanges& ranges,
                 ChannelSets* demanded) {
  const Operator& op = network.network.op(index);
  const int input = op.inputs[0];
  const WeightReads reads(network, index, ranges.of(input));
  for (int o = 0; o < op.out.channels; ++o) {
    // What is constant needs no input.
    if (!demanded->has(index, o) || (reads.sound() && ranges.of(index, o).constant())) continue;
    reads.ForEach(o, [&](size_t, int channel, Read read) {
      if (read == Read::kValue) demanded->add(input, channel);
    });
  }
}

void DemandReshaped(const Operator& op, int index, ChannelSets* demanded) {
  const int period = ReshapePeriod(op);
  std::vector<bool> residues(Index(period), false);
  for (int o = 0; o < op.out.channels; ++o) {
    if (demanded->has(index, o)) residues[Index(o % period)] = true;
  }
  for (int c = 0; c < op.in.channels; ++c) {
    if (residues[Index(c % period)]) demanded->add(op.inputs[0], c);
  }
}

void DemandOperands(const QuantizedNetwork& network, int index, ChannelRelation relation,
                    ChannelSets* demanded) {
  const Operator& op = network.network.op(index);
  if (relation == ChannelRelation::kMixed) {
    for (int tensor : op.inputs) demanded->add_all(tensor);
  } else if (op.kind == OpKind::kReshape) {
    DemandReshaped(op, index, demanded);
  } else {
    ForEachTie(network.network, index, [&](int operand, int channel, int output) {
      if (demanded->has(index, output)) demanded->add(op.inputs[Index(operand)], channel);
    });
  }
}

ChannelSets FindDemand(const QuantizedNetwork& network, const ValueRanges& ranges,
                       const Relations& relations) {
  ChannelSets demanded(network.network);
  for (int tensor : OutputTensors(network.network)) demanded.add_all(tensor);
  for (int i = network.network.operator_count() - 1; i >= 0; --i) {
    if (!demanded.any(i)) continue;
    if (ReadsByWeight(network.network.op(i).kind)) {
      DemandReads(network, i, ranges, &demanded);
    } else {
      DemandOperands(network, i, relations[i], &demanded);
    }
  }
  return demanded;
}

// With one scale left TFLite would take it for the scale of all channels, whose multiplier it
// rounds otherwise.
bool NeedsTwoOutputs(const QuantizedNetwork& network, int index) {
  return network.network.op(index).kind == OpKind::kFullyConnected &&
         network.parameters_of(index).weight_scales.size() > 1;
}

void AddFirstAbsent(int tensor, ChannelSets* sets) {
  for (int c = 0; c < sets->size(tensor); ++c) {
    if (!sets->has(tensor, c)) return sets->add(tensor, c);
  }
}

// Adds what the operator demands beside the channels that are present.
void CompleteOperator(const QuantizedNetwork& network, int index, ChannelRelation relation,
                      ChannelSets* present) {
  const Operator& op = network.network.op(index);
  switch (relation) {
    case ChannelRelation::kMixed:
      present->add_all(index);
      for (int tensor : op.inputs) present->add_all(tensor);
      return;
    case ChannelRelation::kWeights:
      if (!present->any(op.inputs[0])) present->add(op.inputs[0], 0);
      if (NeedsTwoOutputs(network, index) && present->count(index) == 1)
        AddFirstAbsent(index, present);
      return;
    case ChannelRelation::kTied:
      ForEachTie(network.network, index, [&](int operand, int channel, int output) {
        const int tensor = op.inputs[Index(operand)];
        if (present->has(index, output)) present->add(tensor, channel);
        if (present->has(tensor, channel)) present->add(index, output);
      });
  }
}

// Until nothing is missing. Sets only grow, so this ends.
void Complete(const QuantizedNetwork& network, const Relations& relations, ChannelSets* present) {
  ChannelSets before = *present;
  do {
    before = *present;
    for (int i = network.network.operator_count() - 1; i >= 0; --i) {
      if (present->any(i)) CompleteOperator(network, i, relations[i], present);
    }
  } while (!(before == *present));
}

int LiveOperators(const QuantizedNetwork& network, const ChannelSets& present) {
  int live = 0;
  for (int i = 0; i < network.network.operator_count(); ++i) live += present.any(i);
  return live;
}

// Fills the output of one operator up to a multiple, where the tensor has so many channels and no
// operator comes back to life for it.
void FillUp(const QuantizedNetwork& network, const Relations& relations, int index, int multiple,
            ChannelSets* present) {
  const int live = LiveOperators(network, *present);
  ChannelSets filled = *present;
  int trials = 0;
  for (int c = 0; c < filled.size(index) && filled.count(index) % multiple != 0; ++c) {
    if (filled.has(index, c)) continue;
    if (++trials > kMostTrials) break;
    ChannelSets trial = filled;
    trial.add(index, c);
    Complete(network, relations, &trial);
    if (LiveOperators(network, trial) == live) filled = std::move(trial);
  }
  if (filled.count(index) % multiple == 0) *present = std::move(filled);
}

}  // namespace

ChannelUse FindChannelUse(const QuantizedNetwork& network, const ValueRanges& ranges,
                          int multiple) {
  const Relations relations = RelationsOf(network);
  ChannelUse use{FindDemand(network, ranges, relations), ChannelSets(network.network)};
  use.present = use.demanded;
  use.present.add_all(kNetworkInput);
  Complete(network, relations, &use.present);
  // Channels come from operators with weights; all others have as many as those.
  for (int i = 0; i < network.network.operator_count(); ++i) {
    const int count = use.present.count(i);
    const int filled = (count + multiple - 1) / multiple * multiple;
    if (ReadsByWeight(network.network.op(i).kind) && count < filled &&
        filled <= use.present.size(i))
      FillUp(network, relations, i, multiple, &use.present);
  }
  return use;
}

}  // namespace mcunas
