#include "memory_model/foreign/foreign_count.h"

#include <algorithm>
#include <optional>
#include <utility>

#include "common/index.h"
#include "memory_model/alignment.h"
#include "network/operator_counts.h"

namespace mcunas {
namespace {

constexpr int64_t kTinyEngineAlignment = 4;
constexpr int64_t kTflmAlignment = 16;

int64_t RoundedBytes(const Shape& shape, int64_t alignment) {
  return RoundUp(shape.elements(), alignment);
}

// Largest sum of buffers alive at once, and the operator where it is reached first.
void AddLiveBound(int operators, ForeignCount* count) {
  for (int i = 0; i < operators; ++i) {
    int64_t live = 0;
    for (const ForeignBuffer& b : count->buffers)
      if (b.first <= i && i <= b.last) live += b.bytes;
    if (live <= count->live_bound.value) continue;
    count->live_bound = Bytes(live);
    count->peak_operator = i;
  }
}

void AddArena(ForeignCount* count) {
  for (const ForeignBuffer& b : count->buffers)
    count->arena = std::max(count->arena, Bytes(b.offset + b.bytes));
}

// ---------------------------------------------------------------------------------- TinyEngine

struct TinyEngineBuffer {
  ForeignBuffer buffer;
  std::optional<int> quarter_after;  // a depthwise operator of stride 2 shrank it here
  bool placed = false;
};

// The tensors as that scheduler sees them: names first (a depthwise output is called like its
// input), then one buffer per name.
std::vector<TinyEngineBuffer> TinyEngineBuffers(const Network& network) {
  const int count = network.operator_count();
  PerTensor<int> name(count, kNetworkInput);  // tensor whose place a tensor takes
  PerTensor<int> buffer_of(count, -1);
  std::vector<TinyEngineBuffer> buffers;
  // A buffer that nobody reads after operator `op` stays to the end; readers cut that short.
  const auto use = [&](int tensor, int op) {
    int& index = buffer_of[name[tensor]];
    if (index >= 0) return &buffers[Index(index)];
    index = static_cast<int>(buffers.size());
    const int64_t bytes = RoundedBytes(network.tensor_shape(tensor), kTinyEngineAlignment);
    buffers.push_back({{tensor, op, op == 0 ? 0 : count - 1, 0, bytes}, {}, false});
    return &buffers.back();
  };
  for (int i = 0; i < count; ++i) {
    const Operator& op = network.op(i);
    for (int t : op.inputs) {
      TinyEngineBuffer* read = use(t, i);
      if (read->buffer.first < i) read->buffer.last = i;
    }
    const bool in_place = op.kind == OpKind::kDepthwise || op.kind == OpKind::kReshape;
    name[i] = in_place ? name[op.inputs[0]] : i;
    TinyEngineBuffer* made = use(i, i);
    if (op.kind == OpKind::kDepthwise && op.stride == 2) made->quarter_after = i;
  }
  return buffers;
}

struct Slot {
  int64_t begin = 0;
  int64_t end = 0;
};

// Its test for two half-open lives [start, end): true where one begins or ends inside the other.
// Equal lives fail all four comparisons.
bool TinyEngineCollides(const ForeignBuffer& a, const ForeignBuffer& b) {
  const int a_end = a.last + 1;
  const int b_end = b.last + 1;
  return (a.first < b.first && b.first < a_end) || (a.first < b_end && b_end < a_end) ||
         (b.first < a.first && a.first < b_end) || (b.first < a_end && a_end < b_end);
}

// Cuts [begin, end) out of the free slots, in the order in which that allocator looks at them: the
// slot that moves up into the place of a cut one is passed over.
void CutSlots(int64_t begin, int64_t end, std::vector<Slot>* slots) {
  for (size_t k = 0; k < slots->size(); ++k) {
    const Slot slot = (*slots)[k];
    if (begin > slot.end || end < slot.begin) continue;
    if (slot.end > end) slots->push_back({end, slot.end});
    if (slot.begin < begin) slots->push_back({slot.begin, begin});
    slots->erase(slots->begin() + static_cast<std::ptrdiff_t>(k));
  }
}

int64_t FirstFit(const ForeignBuffer& wanted, const std::vector<TinyEngineBuffer>& buffers) {
  std::vector<Slot> slots = {{0, INT64_MAX}};
  for (const TinyEngineBuffer& other : buffers) {
    if (!other.placed || !TinyEngineCollides(wanted, other.buffer)) continue;
    const bool quarter = other.quarter_after && wanted.first > *other.quarter_after;
    const int64_t bytes = quarter ? (other.buffer.bytes + 3) / 4 : other.buffer.bytes;
    CutSlots(other.buffer.offset, other.buffer.offset + bytes, &slots);
  }
  int64_t lowest = INT64_MAX;
  for (const Slot& slot : slots)
    if (slot.end - slot.begin >= wanted.bytes) lowest = std::min(lowest, slot.begin);
  return lowest;
}

int64_t TinyEngineIm2col(const Operator& op) {
  const int64_t window = int64_t{op.kernel.height} * op.kernel.width;
  if (op.kind == OpKind::kDepthwise)  // padding is (k - 1) / 2 there, whatever a file says
    return 2 * (op.in.height + int64_t{op.kernel.height} - 1) *
           (op.in.width + int64_t{op.kernel.width} - 1);
  const bool columns = op.kind == OpKind::kConv || op.kind == OpKind::kPointwise;
  if (columns) return 4 * window * op.in.channels;
  return op.kind == OpKind::kFullyConnected ? 4 * op.in.elements() : 0;
}

int64_t TinyEngineKernel(const Operator& op) {
  return op.kind == OpKind::kConv && op.kernel.height > 1 ? 2 * OperatorWeights(op) : 0;
}

void AddOperatorTables(const Operator& op, ForeignCount* count) {
  count->im2col = std::max(count->im2col, Bytes(TinyEngineIm2col(op)));
  count->kernel = std::max(count->kernel, Bytes(TinyEngineKernel(op)));
  count->weights += Bytes(OperatorWeights(op));
  count->channel_constants += Bytes(8 * OperatorBiases(op));
}

// ---------------------------------------------------------------------------------------- TFLM

// One direction of a window operator.
struct Axis {
  int in, out, span, stride, before, after;  // span: of the dilated kernel

  // What SAME adds, both sides together; it puts the smaller half in front and needs
  // ceil(in / stride) outputs.
  int SamePadding() const { return std::max(0, (out - 1) * stride + span - in); }
  bool SameFits() const { return out == (in + stride - 1) / stride && SamePadding() / 2 == before; }
};

Axis Vertical(const Operator& op) {
  const int span = (op.kernel.height - 1) * op.dilation.height + 1;
  return {op.in.height, op.out.height, span, op.stride.height, op.padding.top, op.padding.bottom};
}

Axis Horizontal(const Operator& op) {
  const int span = (op.kernel.width - 1) * op.dilation.width + 1;
  return {op.in.width, op.out.width, span, op.stride.width, op.padding.left, op.padding.right};
}

bool HasPadOperator(const Operator& op, TflmPadding padding) {
  if (padding == TflmPadding::kInside || !HasWindow(op.kind)) return false;
  if (padding == TflmPadding::kBeforeEveryConvolution) return HasWeights(op.kind);
  return op.padding != 0 && !(Vertical(op).SameFits() && Horizontal(op).SameFits());
}

// The output of PAD: MCUNet's files pad all four sides, ours only as far as a window reaches.
Shape PaddedShape(const Operator& op, TflmPadding padding) {
  const auto side = [&](const Axis& axis) {
    if (padding == TflmPadding::kBeforeEveryConvolution) return axis.in + axis.before + axis.after;
    return std::max((axis.out - 1) * axis.stride + axis.span, axis.in + axis.before);
  };
  return {side(Vertical(op)), side(Horizontal(op)), op.in.channels};
}

// Buffers in the order of a file's tensors, times in operators of the file.
class TflmBuffers {
 public:
  TflmBuffers(const Network& network, TflmPadding padding) : buffer_of_(network.operator_count()) {
    buffer_of_[kNetworkInput] = Make(kNetworkInput, network.input);
    PerTensor<bool> read(network.operator_count(), false);
    for (int i = 0; i < network.operator_count(); ++i) {
      const Operator& op = network.op(i);
      for (int t : op.inputs) read[t] = true;
      size_t first_operand = buffer_of_[op.inputs[0]];
      if (HasPadOperator(op, padding)) {
        buffers_[first_operand].last = time_;
        first_operand = Make(op.inputs[0], PaddedShape(op, padding));
        ++time_;
      }
      buffers_[first_operand].last = time_;
      for (size_t k = 1; k < op.inputs.size(); ++k) buffers_[buffer_of_[op.inputs[k]]].last = time_;
      buffer_of_[i] = Make(i, op.out);
      ++time_;
    }
    for (int i = 0; i < network.operator_count(); ++i)
      if (!read[i]) buffers_[buffer_of_[i]].last = time_ - 1;  // an output of the network
  }

  int operators() const { return time_; }
  std::vector<ForeignBuffer> Take() && { return std::move(buffers_); }

 private:
  size_t Make(int tensor, const Shape& shape) {
    buffers_.push_back({tensor, time_, time_, 0, RoundedBytes(shape, kTflmAlignment)});
    return buffers_.size() - 1;
  }

  std::vector<ForeignBuffer> buffers_;
  PerTensor<size_t> buffer_of_;
  int time_ = 0;
};

// Lowest gap between the placed buffers that are alive together with `wanted`; `placed` is sorted
// by offset.
int64_t LowestGap(const ForeignBuffer& wanted, const std::vector<ForeignBuffer>& placed) {
  int64_t offset = 0;
  for (const ForeignBuffer& other : placed) {
    if (other.first > wanted.last || wanted.first > other.last) continue;
    if (other.offset - offset >= wanted.bytes) break;
    offset = std::max(offset, other.offset + other.bytes);
  }
  return offset;
}

}  // namespace

ForeignCount CountTinyEngine(const Network& network) {
  std::vector<TinyEngineBuffer> buffers = TinyEngineBuffers(network);
  std::stable_sort(buffers.begin(), buffers.end(),
                   [](const TinyEngineBuffer& a, const TinyEngineBuffer& b) {
                     return a.buffer.bytes > b.buffer.bytes;
                   });
  ForeignCount count;
  for (TinyEngineBuffer& b : buffers) {
    b.buffer.offset = FirstFit(b.buffer, buffers);
    b.placed = true;
    count.buffers.push_back(b.buffer);
  }
  AddArena(&count);
  AddLiveBound(network.operator_count(), &count);
  for (const Operator& op : network.operators) AddOperatorTables(op, &count);
  count.total = count.arena + count.im2col + count.kernel;
  count.code = kTinyEngineCodeEstimate;
  count.flash_total = count.weights + count.channel_constants + count.code;
  return count;
}

ForeignCount CountTflm(const Network& network, TflmPadding padding) {
  TflmBuffers tensors(network, padding);
  ForeignCount count;
  const int operators = tensors.operators();
  count.buffers = std::move(tensors).Take();
  std::reverse(count.buffers.begin(), count.buffers.end());
  std::stable_sort(
      count.buffers.begin(), count.buffers.end(),
      [](const ForeignBuffer& a, const ForeignBuffer& b) { return a.bytes > b.bytes; });
  std::vector<ForeignBuffer> by_offset;
  for (ForeignBuffer& b : count.buffers) {
    b.offset = LowestGap(b, by_offset);
    const auto behind = std::upper_bound(
        by_offset.begin(), by_offset.end(), b,
        [](const ForeignBuffer& x, const ForeignBuffer& y) { return x.offset < y.offset; });
    by_offset.insert(behind, b);
  }
  AddArena(&count);
  AddLiveBound(operators, &count);
  count.persistent = kTflmOperatorEstimate * operators;
  for (const Operator& op : network.operators) count.persistent += Bytes(8 * OperatorBiases(op));
  count.total = count.arena + count.persistent;
  return count;
}

}  // namespace mcunas
