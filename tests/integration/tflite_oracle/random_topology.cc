#include "random_topology.h"

#include <algorithm>
#include <iterator>
#include <string>
#include <utility>
#include <vector>

#include "common/check.h"
#include "common/random.h"
#include "network/network_builder.h"
#include "network/verify.h"

namespace mcunas {
namespace {

// Sums, which networks are made of, more often than the others.
std::vector<OpKind> Often(OpKind kind, OpFamily family) {
  std::vector<OpKind> kinds = KindsOf(family);
  kinds.insert(kinds.end(), 2, kind);
  return kinds;
}

std::vector<OpKind> Pairs() { return Often(OpKind::kAdd, OpFamily::kPairwise); }

class Topology {
 public:
  explicit Topology(uint64_t seed) : random_(seed, "topology") {
    network_.name = "random-" + std::to_string(seed);
    network_.input = {Size(1, 20), Size(1, 20), Size(1, 8)};
  }

  Network Run() {
    const int count = Size(4, 16);
    while (network_.operator_count() < count) AppendAny();
    if (random_.Chance(0.7)) {
      Append(OpKind::kGlobalAveragePool);
      Append(OpKind::kFullyConnected);
      if (random_.Chance(0.5)) Append(OpKind::kSoftmax);
    }
    if (random_.Chance(0.3)) NameOutputs();
    MCUNAS_CHECK(VerifyNetwork(network_).ok(), VerifyNetwork(network_).error().message);
    return std::move(network_);
  }

 private:
  int Size(int low, int high) { return static_cast<int>(random_.Between(low, high)); }
  int Last() const { return network_.operator_count() - 1; }
  Shape LastShape() const { return network_.tensor_shape(Last()); }

  Activation AnyActivation() {
    return random_.Pick(std::vector<Activation>(std::begin(kActivations), std::end(kActivations)));
  }

  void AppendAny() {
    if (random_.Chance(0.12)) return AppendFunction();
    if (random_.Chance(0.2)) return AppendGeometry();
    const int die = Size(0, 99);
    if (die < 16) return Append(OpKind::kConv);
    if (die < 30) return Append(OpKind::kPointwise);
    if (die < 46) return Append(OpKind::kDepthwise);
    if (die < 60) return AppendPair(random_.Pick(Pairs()));
    if (die < 65) return AppendGate();
    if (die < 74) return Append(OpKind::kAveragePool);
    if (die < 80) return Append(OpKind::kMaxPool);
    if (die < 85) return AppendConstant();
    if (die < 87) return AppendConcatenation();
    if (die < 90) return Append(OpKind::kResizeNearest);
    if (die < 92) return Append(OpKind::kLogistic);
    if (die < 94) return Append(OpKind::kSoftmax);
    if (die < 96) return Append(OpKind::kReshape);
    Append(die < 98 ? OpKind::kGlobalAveragePool : OpKind::kFullyConnected);
  }

  void Append(OpKind kind) {
    Operator op;
    op.kind = kind;
    op.inputs = {Last()};
    op.in = LastShape();
    op.out = op.in;
    if (TakesActivation(kind)) op.activation = AnyActivation();
    if (HasWeights(kind) && kind != OpKind::kDepthwise) op.out.channels = Size(1, 24);
    if (kind == OpKind::kDepthwise && op.in.channels < 12 && random_.Chance(0.2)) {
      op.out.channels *= Size(2, 3);
    }
    if (HasWindow(kind)) ChooseWindow(&op);
    if (kind == OpKind::kGlobalAveragePool || kind == OpKind::kFullyConnected) {
      op.out.height = op.out.width = 1;
    }
    if (kind == OpKind::kResizeNearest) {
      if (op.in.height * op.in.width > 100) return;
      op.out.height *= Size(1, 3);
      op.out.width *= Size(1, 3);
    }
    if (kind == OpKind::kReshape) std::swap(op.out.height, op.out.width);
    network_.operators.push_back(op);
  }

  // Of one byte.
  void AppendFunction() { Append(random_.Pick(Often(OpKind::kRequantize, OpFamily::kFunction))); }

  // One side of a window; grows the padding until the window fits.
  struct Side {
    int kernel, stride, before, after, dilation;
  };

  Side ChooseSide(const Operator& op, int size) {
    const std::vector<int> kernels = {2, 3, 3, 3, 4, 5, 5, 7};
    Side s{random_.Pick(kernels), random_.Chance(0.35) ? Size(2, 3) : 1, 0, 0, 1};
    if (op.kind == OpKind::kPointwise) s.kernel = 1;
    if (HasWeights(op.kind) && random_.Chance(0.1)) s.dilation = 2;
    const int span = (s.kernel - 1) * s.dilation + 1;
    s.before = s.after = random_.Chance(0.75) ? (span - 1) / 2 : Size(0, span - 1);
    if (random_.Chance(0.2)) s.after = Size(0, span - 1);
    while (size + s.before + s.after < span) ++(s.before <= s.after ? s.before : s.after);
    return s;
  }

  void ChooseWindow(Operator* op) {
    const Side rows = ChooseSide(*op, op->in.height);
    Side columns = rows;
    if (random_.Chance(0.3)) columns = ChooseSide(*op, op->in.width);
    const int span = (columns.kernel - 1) * columns.dilation + 1;
    while (op->in.width + columns.before + columns.after < span) {
      ++(columns.before <= columns.after ? columns.before : columns.after);
    }
    op->kernel = {rows.kernel, columns.kernel};
    op->stride = {rows.stride, columns.stride};
    op->dilation = {rows.dilation, columns.dilation};
    op->padding = {rows.before, columns.before, rows.after, columns.after};
    op->out.height = Positions(op->in.height, rows);
    op->out.width = Positions(op->in.width, columns);
  }

  static int Positions(int size, const Side& s) {
    return (size + s.before + s.after - (s.kernel - 1) * s.dilation - 1) / s.stride + 1;
  }

  void AppendPair(OpKind kind) {
    std::vector<int> partners;
    for (int t = kNetworkInput; t <= Last(); ++t) {
      if (network_.tensor_shape(t) == LastShape()) partners.push_back(t);
    }
    Operator op;
    op.kind = kind;
    op.inputs = {Last(), random_.Pick(partners)};
    if (random_.Chance(0.5)) std::swap(op.inputs[0], op.inputs[1]);
    op.in = op.out = LastShape();
    if (TakesActivation(kind)) op.activation = AnyActivation();
    network_.operators.push_back(op);
  }

  // Squeeze-excite without its middle, and other operators with one value per channel or in all.
  void AppendGate() {
    const int map = Last();
    const Shape shape = LastShape();
    Append(OpKind::kGlobalAveragePool);
    if (random_.Chance(0.2)) {
      Append(OpKind::kFullyConnected);
      network_.operators.back().out.channels = 1;
    }
    if (random_.Chance(0.5)) Append(OpKind::kLogistic);
    Operator op;
    op.kind = random_.Chance(0.5) ? OpKind::kMultiply : random_.Pick(Pairs());
    op.reversed = op.kind == OpKind::kSubtract && random_.Chance(0.5);
    op.inputs = {map, Last()};
    op.in = op.out = shape;
    op.broadcast = LastShape() != shape;
    network_.operators.push_back(op);
  }

  void AppendConstant() {
    Operator op;
    op.kind = random_.Pick(Often(OpKind::kAddConstant, OpFamily::kConstants));
    op.reversed = op.kind == OpKind::kSubtractConstant && random_.Chance(0.5);
    op.inputs = {Last()};
    op.in = op.out = LastShape();
    const std::vector<int64_t> counts = ConstantCounts(op.kind, op.in);
    op.constants = random_.Chance(0.25) ? 1 : random_.Pick(counts);
    if (TakesActivation(op.kind)) op.activation = AnyActivation();
    network_.operators.push_back(op);
  }

  void AppendGeometry() {
    Operator op;
    op.inputs = {Last()};
    op.in = op.out = LastShape();
    const bool large = op.in.height * op.in.width > 300;
    switch (large ? 0 : Size(0, 4)) {
      case 0:
        return AppendSlice(std::move(op));
      case 1:
        op.kind = OpKind::kPad;
        op.padding = {Size(0, 4), Size(0, 4), Size(0, 4), Size(0, 4)};
        op.out.height += op.padding.top + op.padding.bottom;
        op.out.width += op.padding.left + op.padding.right;
        break;
      case 2:
        return AppendTransposed(std::move(op));
      default:
        op.kind = random_.Chance(0.7) ? OpKind::kResizeBilinear : OpKind::kResizeNearest;
        op.sampling = random_.Pick(
            std::vector<Sampling>{Sampling::kPlain, Sampling::kCorners, Sampling::kCentres});
        op.out.height = OtherSize(op.in.height);
        op.out.width = random_.Chance(0.5) ? OtherSize(op.in.width) : op.in.width * 2;
    }
    network_.operators.push_back(std::move(op));
  }

  // Whole factors, by which rows can stream, and any others.
  int OtherSize(int size) {
    if (random_.Chance(0.4)) return size * Size(1, 4);
    if (size % 2 == 0 && random_.Chance(0.3)) return size / 2;
    return Size(1, 24);
  }

  // A part of [0, size).
  struct Part {
    int first, count, stride;
  };
  Part ChoosePart(int size, bool strided) {
    Part part{Size(0, size - 1), 0, strided && random_.Chance(0.3) ? Size(2, 3) : 1};
    if (random_.Chance(0.4)) part.first = 0;
    const int most = (size - 1 - part.first) / part.stride + 1;
    part.count = random_.Chance(0.4) ? most : Size(1, most);
    return part;
  }

  void AppendSlice(Operator op) {
    op.kind = OpKind::kSlice;
    const Part rows = ChoosePart(op.in.height, true), columns = ChoosePart(op.in.width, true);
    const Part channels = ChoosePart(op.in.channels, false);
    op.corner = {rows.first, columns.first, channels.first};
    op.stride = {rows.stride, columns.stride};
    op.out = {rows.count, columns.count, channels.count};
    network_.operators.push_back(std::move(op));
  }

  void AppendTransposed(Operator op) {
    op.kind = OpKind::kTransposeConv;
    op.activation = AnyActivation();
    op.out.channels = Size(1, 11);
    op.kernel = Extent(Size(1, 5), Size(1, 5));
    op.stride = Extent(Size(1, 3), Size(1, 3));
    op.out.height = op.in.height * op.stride.height;
    op.out.width = op.in.width * op.stride.width;
    op.padding = {std::max(0, op.kernel.height - op.stride.height) / 2,
                  std::max(0, op.kernel.width - op.stride.width) / 2, 0, 0};
    if (random_.Chance(0.4)) {
      op.padding = {Size(0, op.kernel.height - 1), Size(0, op.kernel.width - 1), 0, 0};
      op.out.height =
          TransposedSize(op.in.height, op.kernel.height, op.stride.height, op.padding.top);
      op.out.width = TransposedSize(op.in.width, op.kernel.width, op.stride.width, op.padding.left);
    }
    network_.operators.push_back(std::move(op));
  }

  int TransposedSize(int in, int kernel, int stride, int before) {
    const int most = (in - 1) * stride + kernel - before + stride - 1;
    return random_.Chance(0.5) ? std::max(1, most - stride + 1) : Size(1, most);
  }

  void AppendConcatenation() {
    const Shape shape = LastShape();
    if (shape.channels > 24) return;
    std::vector<int> partners;
    for (int t = kNetworkInput; t <= Last(); ++t) {
      const Shape other = network_.tensor_shape(t);
      if (other.height == shape.height && other.width == shape.width && other.channels <= 24)
        partners.push_back(t);
    }
    Operator op;
    op.kind = OpKind::kConcatenation;
    op.in = shape;
    op.inputs = {Last(), random_.Pick(partners)};
    if (random_.Chance(0.3)) op.inputs.push_back(random_.Pick(partners));
    op.out = {shape.height, shape.width, 0};
    for (int t : op.inputs) op.out.channels += network_.tensor_shape(t).channels;
    network_.operators.push_back(op);
  }

  void NameOutputs() {
    network_.outputs = {Last()};
    const int other = Size(0, Last());
    if (other != Last()) network_.outputs.insert(network_.outputs.begin(), other);
  }

  RandomStream random_;
  Network network_;
};

}  // namespace

Network RandomTopology(uint64_t seed) { return Topology(seed).Run(); }

Network MobileNetLike() {
  NetworkBuilder b("mobilenet-like", {32, 32, 3});
  int last = b.Conv(kNetworkInput, 16, {3, 3}, {2, 2}, Activation::kRelu6);
  const int kernels[] = {3, 5, 7, 3, 5, 3, 7, 3};
  for (int block = 0; block < 8; ++block) {
    const bool down = block % 3 == 2;
    const int before = last;
    const int channels = b.shape(last).channels + (down ? 8 : 0);
    last = b.Pointwise(last, b.shape(last).channels * 3, Activation::kRelu6);
    last = b.Depthwise(last, Extent(kernels[block]), Extent(down ? 2 : 1), Activation::kRelu6);
    last = b.Pointwise(last, channels, Activation::kNone);
    if (!down) last = b.Add(last, before);
  }
  b.FullyConnected(b.GlobalAveragePool(b.Pointwise(last, 64, Activation::kRelu6)), 10);
  return std::move(b).Finish();
}

}  // namespace mcunas
