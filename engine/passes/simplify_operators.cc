#include "engine/passes/simplify_operators.h"

#include <algorithm>
#include <vector>

#include "common/index.h"
#include "engine/codegen/fold_constants.h"

namespace mcunas {
namespace {

bool IsConstant(const ChannelRanges& ranges) {
  return std::all_of(ranges.begin(), ranges.end(), [](ValueRange r) { return r.constant(); });
}

// The operand that may become constants, or -1. Sums and products do not care for order.
int ConstantOperand(const Operator& op, const ValueRanges& ranges) {
  if (op.kind != OpKind::kAdd && op.kind != OpKind::kMultiply) return -1;
  for (int operand : {1, 0}) {
    if (operand == 0 && op.broadcast) break;  // a map cannot become the factors of a gate
    if (IsConstant(ranges.of(op.inputs[Index(operand)]))) return operand;
  }
  return -1;
}

bool TakeConstants(const ValueRanges& ranges, QuantizedNetwork* network, size_t index) {
  Operator& op = network->network.operators[index];
  const int operand = ConstantOperand(op, ranges);
  if (operand < 0) return false;
  const int tensor = op.inputs[Index(operand)];
  QuantizedParameters& p = network->parameters[index];
  p.constant = network->tensor(tensor);
  for (const ValueRange& range : ranges.of(tensor))
    p.weights.push_back(static_cast<int8_t>(range.low));
  op.constants = static_cast<int64_t>(p.weights.size());
  op.kind = op.kind == OpKind::kAdd ? OpKind::kAddConstant : OpKind::kMultiplyConstant;
  op.broadcast = false;
  op.inputs.erase(op.inputs.begin() + operand);
  return true;
}

bool MapsToItself(const QuantizedNetwork& network, size_t index, const ChannelRanges& input) {
  const std::vector<int8_t> table = LookupTable(network, static_cast<int>(index));
  if (table.empty()) return false;
  return std::all_of(input.begin(), input.end(), [&](ValueRange range) {
    for (int value = range.low; value <= range.high; ++value)
      if (table[static_cast<uint8_t>(value)] != value) return false;
    return true;
  });
}

// Whether bytes, their order and their meaning are the operand's.
bool Copies(const QuantizedNetwork& network, size_t index, const ValueRanges& ranges) {
  const Operator& op = network.network.operators[index];
  if (op.inputs.size() != 1 || !(op.in == op.out)) return false;
  if (!(network.tensor(op.inputs[0]) == network.parameters[index].output)) return false;
  return op.kind == OpKind::kReshape || op.kind == OpKind::kResizeNearest ||
         MapsToItself(network, index, ranges.of(op.inputs[0]));
}

// Returns whether anybody read it.
bool ReadPast(QuantizedNetwork* network, size_t index) {
  const int copied = network->network.operators[index].inputs[0];
  bool changed = false;
  for (Operator& op : network->network.operators) {
    for (int& tensor : op.inputs) {
      if (tensor != static_cast<int>(index)) continue;
      tensor = copied;
      changed = true;
    }
  }
  return changed;
}

}  // namespace

bool SimplifyOperators(const ValueRanges& ranges, QuantizedNetwork* network) {
  bool changed = false;
  for (size_t i = 0; i < network->network.operators.size(); ++i) {
    changed |= TakeConstants(ranges, network, i);
    if (Copies(*network, i, ranges)) changed |= ReadPast(network, i);
  }
  return changed;
}

}  // namespace mcunas
