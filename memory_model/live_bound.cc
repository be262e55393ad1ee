#include "memory_model/live_bound.h"

#include <algorithm>
#include <limits>

#include "engine/kernels/scratch_size.h"
#include "memory_model/overlap.h"

namespace mcunas {
namespace {

size_t At(int tensor) { return static_cast<size_t>(tensor + 1); }

void FillLifetimes(const Network& network, std::span<TensorFacts> facts) {
  const int count = static_cast<int>(network.operators.size());
  facts[0] = {.size = TensorBytes(network.input), .last_use = -1};
  for (int i = 0; i < count; ++i) {
    const Operator& op = network.operators[static_cast<size_t>(i)];
    facts[At(i)] = {.size = TensorBytes(op.out), .last_use = i};
    for (int tensor : op.inputs) facts[At(tensor)].last_use = i;
  }
  facts[At(count - 1)].last_use = count;
}

bool Reads(const Operator& op, int tensor) {
  return std::find(op.inputs.begin(), op.inputs.end(), tensor) != op.inputs.end();
}

// Bytes of operands that die at operator i, other than tensor i - 1.
int64_t OtherDyingBytes(const Operator& op, int i, std::span<const TensorFacts> facts) {
  int64_t bytes = 0;
  for (size_t k = 0; k < op.inputs.size(); ++k) {
    const int tensor = op.inputs[k];
    const bool repeated = k > 0 && tensor == op.inputs[0];
    if (tensor != i - 1 && !repeated && facts[At(tensor)].last_use == i)
      bytes += facts[At(tensor)].size;
  }
  return bytes;
}

// The relation of tensor i to tensor i - 1; `live` counts all tensors that exist before operator i.
void FillLink(const Operator& op, int i, int64_t live, std::span<TensorFacts> facts) {
  TensorFacts& out = facts[At(i)];
  const TensorFacts& before = facts[At(i - 1)];
  const int64_t dying = OtherDyingBytes(op, i, facts);
  const bool alive = before.last_use >= i;
  out.bystanders = live - dying - (alive ? before.size : 0);
  // The bystanders are those of operator i - 1, unless one of them dies here or tensor i - 2 joined
  // them.
  out.fresh = !alive || dying > 0 || (i > 0 && facts[At(i - 2)].last_use >= i);
  out.down = alive ? out.size : 0;
  if (before.last_use != i || !Reads(op, i - 1)) return;
  const OverlapRule rule = RuleForDyingOperand(op);
  out.down = rule.down;
  out.alias = rule.alias;
}

// Bytes in use while operator i runs; `live` counts all tensors that exist before it.
int64_t StepBytes(const Operator& op, int i, int64_t live, std::span<const TensorFacts> facts) {
  const int64_t out = facts[At(i)].size;
  for (int tensor : op.inputs) {
    if (facts[At(tensor)].last_use != i) continue;
    const OverlapRule rule = RuleForDyingOperand(op);
    if (rule.alias) return live;
    const int64_t in = facts[At(tensor)].size;
    return live - in + std::min(in + out, std::max(rule.down + in, out));
  }
  return live + out;
}

// Bytes freed once operator i has run.
int64_t FreedBytes(const Operator& op, int i, std::span<const TensorFacts> facts) {
  int64_t freed = facts[At(i)].last_use == i ? facts[At(i)].size : 0;
  for (size_t k = 0; k < op.inputs.size(); ++k) {
    const bool repeated = k > 0 && op.inputs[k] == op.inputs[0];
    if (!repeated && facts[At(op.inputs[k])].last_use == i) freed += facts[At(op.inputs[k])].size;
  }
  return freed;
}

// Tries an arena of this size. 0: consecutive tensors can be placed. Otherwise the next larger size
// at which any decision on the way would change.
int64_t NextArena(std::span<const TensorFacts> facts, int64_t arena) {
  int64_t low = 0;  // reachable offsets of the current tensor lie in [low, high]
  int64_t high = arena - facts[0].size;
  int64_t next = std::numeric_limits<int64_t>::max();
  for (size_t t = 1; t < facts.size(); ++t) {
    const TensorFacts& f = facts[t];
    if (f.fresh) {
      low = 0;
      high = arena - f.bystanders - facts[t - 1].size;
    }
    const int64_t top = arena - f.bystanders - f.size;
    const int64_t above = low + facts[t - 1].size;
    const bool can_go_up = above <= top;
    const bool can_go_down = high >= f.down;
    if (!can_go_up) next = std::min(next, above + f.size + f.bystanders);
    if (!can_go_down) next = std::min(next, arena + f.down - high);
    if (!can_go_up && !can_go_down && !f.alias) return next;
    const int64_t below = f.alias ? high : high - f.down;
    if (can_go_down) low = 0;
    if (!can_go_down && !f.alias) low = above;
    high = can_go_up ? top : std::min(below, top);
  }
  return 0;
}

mcu_op_kind KernelKind(OpKind kind) {
  switch (kind) {
    case OpKind::kConv:
      return MCU_OP_CONV;
    case OpKind::kPointwise:
      return MCU_OP_POINTWISE;
    case OpKind::kDepthwise:
      return MCU_OP_DEPTHWISE;
    case OpKind::kAdd:
      return MCU_OP_ADD;
    case OpKind::kAveragePool:
      return MCU_OP_AVERAGE_POOL;
    case OpKind::kGlobalAveragePool:
      return MCU_OP_GLOBAL_AVERAGE_POOL;
    case OpKind::kFullyConnected:
      return MCU_OP_FULLY_CONNECTED;
  }
  return MCU_OP_CONV;
}

}  // namespace

LiveBound ComputeLiveBound(const Network& network, std::span<TensorFacts> facts) {
  MCUNAS_CHECK(!network.operators.empty() && facts.size() == network.operators.size() + 1,
               "the network was not verified");
  FillLifetimes(network, facts);
  LiveBound bound;
  int64_t live = facts[0].last_use >= 0 ? facts[0].size : 0;
  int64_t peak = facts[0].size;
  for (int i = 0; i < static_cast<int>(network.operators.size()); ++i) {
    const Operator& op = network.operators[static_cast<size_t>(i)];
    FillLink(op, i, live, facts);
    const int64_t used = StepBytes(op, i, live, facts);
    if (used > peak) {
      peak = used;
      bound.peak_operator = i;
    }
    live += facts[At(i)].size - FreedBytes(op, i, facts);
  }
  bound.live_peak = RoundUp(peak, kArenaAlignment);
  int64_t arena = peak;
  while (const int64_t next = NextArena(facts, arena)) arena = next;
  bound.bytes = RoundUp(arena, kArenaAlignment);
  return bound;
}

int64_t OperatorScratchBytes(const Operator& op) {
  return mcu_scratch_bytes(KernelKind(op.kind), op.kernel, op.in.channels, op.out.channels,
                           op.out.width);
}

int64_t NetworkScratchBytes(const Network& network) {
  int64_t bytes = 0;
  for (const Operator& op : network.operators) bytes = std::max(bytes, OperatorScratchBytes(op));
  return bytes;
}

}  // namespace mcunas
