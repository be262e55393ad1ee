#include "memory_model/planner/estimate.h"

#include <algorithm>
#include <array>
#include <span>
#include <vector>

#include "common/index.h"
#include "memory_model/alignment.h"
#include "memory_model/scratch.h"
#include "network/window.h"

namespace mcunas {
namespace {

// No initialisers: most of the buffer on the stack is never used.
struct Life {
  int64_t size;
  int last_use;
};

// Of each tensor; PerTensor without heap.
class Lives {
 public:
  explicit Lives(std::span<Life> lives) : lives_(lives) {}
  Life& operator[](int tensor) const { return lives_[Index(tensor - kNetworkInput)]; }

 private:
  std::span<Life> lives_;
};

void FillLives(const Network& network, Lives lives) {
  const int count = network.operator_count();
  // The input lies there at the start, read or not.
  lives[kNetworkInput] = {TensorBytes(network.input), 0};
  for (int i = 0; i < count; ++i) {
    const Operator& op = network.op(i);
    lives[i] = {TensorBytes(op.out), i};
    for (int tensor : op.inputs) lives[tensor].last_use = i;
  }
  if (network.outputs.empty()) lives[count - 1].last_use = count;
  for (int output : network.outputs) lives[output].last_use = count;
}

// Least distance at which the output may lie below a dying operand: the largest, over rows y, of
// (y + 1) * out_row - first row needed * in_row. Linear in y (in steps of `upscale` rows) on both
// sides of the row where the window leaves the top padding, so four rows decide.
int64_t WindowDistance(const Operator& op, const Shape& in, const AxisWindow& rows) {
  const int64_t in_row = in.row_elements(), out_row = op.out.row_elements();
  const int last = op.out.height - 1;
  const int top = std::max(0, rows.before / rows.stride) * rows.upscale + rows.upscale - 1;
  const auto at = [&](int y) {
    const int first = std::clamp(rows.First(y), 0, in.height);
    return (y + 1) * out_row - first * in_row;
  };
  return std::max(
      {at(0), at(std::min(top, last)), at(std::min(top + rows.upscale, last)), at(last)});
}

// Bytes that the output shares with an operand that dies at operator i.
int64_t SharedBytes(const Network& network, int i, Lives lives) {
  const Operator& op = network.op(i);
  if (op.kind == OpKind::kGlobalAveragePool || RowWindow(op, 0).whole) return 0;
  const int64_t out = lives[i].size;
  int64_t shared = 0;
  for (size_t k = 0; k < op.inputs.size(); ++k) {
    const Life& in = lives[op.inputs[k]];
    if (in.last_use != i) continue;
    const AxisWindow rows = RowWindow(op, static_cast<int>(k));
    if (rows.whole) continue;
    const Shape shape = network.tensor_shape(op.inputs[k]);
    const bool exactly = IsElementwise(op.kind) && shape.row_elements() == op.out.row_elements();
    const int64_t down = exactly ? 0 : RoundUp(WindowDistance(op, shape, rows), kTensorAlignment);
    shared = std::max(shared, in.size + out - std::max(down + in.size, out));
  }
  return shared;
}

// Bytes of tensors that die at operator i.
int64_t DyingBytes(const Operator& op, int i, Lives lives) {
  int64_t bytes = lives[i].last_use == i ? lives[i].size : 0;
  for (auto operand = op.inputs.begin(); operand != op.inputs.end(); ++operand) {
    if (lives[*operand].last_use != i) continue;
    const bool repeated = std::find(op.inputs.begin(), operand, *operand) != operand;
    if (!repeated) bytes += lives[*operand].size;
  }
  const bool unread = i == 0 && lives[kNetworkInput].last_use == 0 && op.inputs[0] != kNetworkInput;
  return bytes + (unread ? lives[kNetworkInput].size : 0);
}

int64_t LayerwisePeak(const Network& network, Lives lives) {
  FillLives(network, lives);
  int64_t live = lives[kNetworkInput].size, peak = 0;
  for (int i = 0; i < network.operator_count(); ++i) {
    const Operator& op = network.op(i);
    const int64_t sums = op.kind == OpKind::kGlobalAveragePool ? 4 * int64_t{op.out.channels} : 0;
    const int64_t apart = live + lives[i].size + sums;
    // What the output shares only matters where it would be a new peak without.
    if (apart > peak) peak = std::max(peak, apart - SharedBytes(network, i, lives));
    live += lives[i].size - DyingBytes(op, i, lives);
  }
  return peak;
}

}  // namespace

Bytes EstimatePeak(const Network& network) {
  const size_t tensors = network.operators.size() + 1;
  const int64_t scratch = NetworkScratchBytes(network);
  std::array<Life, 129> small;
  std::vector<Life> large;
  std::span<Life> lives = std::span(small);
  if (tensors > small.size()) {
    large.resize(tensors);
    lives = large;
  }
  const int64_t peak = LayerwisePeak(network, Lives(lives));
  return Bytes(RoundUp(peak, kArenaAlignment) + scratch);
}

}  // namespace mcunas
