#include "tests/property/random_networks.h"

#include <algorithm>
#include <utility>
#include <vector>

#include "network/network_builder.h"

namespace mcunas {
namespace {

class Growing {
 public:
  Growing(RandomStream* random, const RandomNetworkKind& kind)
      : random_(random), kind_(kind), builder_("random", RandomInput()) {}

  Network Grow() {
    const int count = static_cast<int>(random_->Between(1, kind_.max_operators));
    while (builder_.last() + 1 < count) {
      int from = builder_.last();
      if (random_->Chance(kind_.side_read))
        from = static_cast<int>(random_->Between(kNetworkInput, builder_.last()));
      AppendOne(from);
      if (random_->Chance(kind_.residual)) AppendJoin(builder_.last());
    }
    if (random_->Chance(0.25)) builder_.GlobalAveragePool(builder_.last());
    if (random_->Chance(0.25)) builder_.FullyConnected(builder_.last(), Channels());
    if (random_->Chance(0.1)) builder_.Pointwise(builder_.last(), Channels(), Activation::kNone);
    SetOutputs();
    return std::move(builder_).Finish();
  }

 private:
  Shape RandomInput() {
    return {static_cast<int>(random_->Between(1, kind_.max_side)),
            static_cast<int>(random_->Between(1, kind_.max_side)),
            static_cast<int>(random_->Between(1, std::min(5, kind_.max_channels)))};
  }
  int Channels() { return static_cast<int>(random_->Between(1, kind_.max_channels)); }
  Activation SomeActivation() {
    return random_->Pick(
        std::vector<Activation>{Activation::kNone, Activation::kRelu, Activation::kRelu6});
  }

  void AppendOne(int from) {
    if (kind_.all_kinds && random_->Chance(0.35)) return AppendRare(from);
    const int kernel = random_->Pick(std::vector<int>{1, 3, 3, 5, 7});
    const int stride = random_->Chance(0.25) ? 2 : 1;
    switch (random_->Below(6)) {
      case 0:
        builder_.Conv(from, Channels(), Extent(kernel), Extent(stride), SomeActivation());
        return;
      case 1:
      case 2:
        builder_.Pointwise(from, Channels(), SomeActivation());
        return;
      case 3:
      case 4:
        builder_.Depthwise(from, Extent(kernel), Extent(stride), SomeActivation());
        return;
      default:
        AppendPool(from, stride);
    }
  }

  void AppendPool(int from, int stride) {
    const Shape in = builder_.shape(from);
    int kernel = static_cast<int>(random_->Between(1, 3));
    const int padded = 2 * ((kernel - 1) / 2);
    if (in.height + padded < kernel || in.width + padded < kernel) kernel = 1;
    if (kind_.all_kinds && random_->Chance(0.5)) {
      builder_.MaxPool(from, Extent(kernel), Extent(stride));
    } else {
      builder_.AveragePool(from, Extent(kernel), Extent(stride));
    }
  }

  void AppendRare(int from) {
    const Shape in = builder_.shape(from);
    switch (random_->Below(12)) {
      case 8:
      case 9:
      case 10:
      case 11:
        return AppendGeometry(from);
      case 0:
        return AppendWindow(from);
      case 1:
      case 2:
        return AppendWithConstants(from);
      case 3:
        if (in.height > 2 * kind_.max_side || in.width > 2 * kind_.max_side) return;
        builder_.ResizeNearest(from, {static_cast<int>(random_->Between(1, 2)),
                                      static_cast<int>(random_->Between(1, 3))});
        return;
      case 4:
        builder_.Softmax(from);
        return;
      case 5:
        return AppendFunction(from);
      case 6:
        builder_.Reshape(from, {in.width, in.height, in.channels});
        return;
      default:
        AppendGate(from);
    }
  }

  // Of one byte.
  void AppendFunction(int from) {
    Operator op;
    op.kind = random_->Pick(KindsOf(OpFamily::kFunction));
    op.inputs = {from};
    if (TakesActivation(op.kind)) op.activation = SomeActivation();
    builder_.Append(op);
  }

  void AppendWithConstants(int from) {
    const OpKind kind = random_->Pick(KindsOf(OpFamily::kConstants));
    builder_.WithConstants(kind, from, random_->Pick(ConstantCounts(kind, builder_.shape(from))));
  }

  OpKind SomePair() { return random_->Pick(KindsOf(OpFamily::kPairwise)); }

  // Slices, frames, bilinear resizes and transposed convolutions.
  void AppendGeometry(int from) {
    const Shape in = builder_.shape(from);
    const auto some = [&](int low, int high) {
      return static_cast<int>(random_->Between(low, high));
    };
    const bool large = in.height > 2 * kind_.max_side || in.width > 2 * kind_.max_side;
    switch (large ? 0 : random_->Below(4)) {
      case 0: {
        const Corner c{some(0, in.height - 1), some(0, (in.width - 1) / 2),
                       some(0, in.channels - 1)};
        const int stride = random_->Chance(0.2) ? 2 : 1;
        builder_.Slice(from, c,
                       {some(1, (in.height - 1 - c.row) / stride + 1),
                        (in.width - 1 - c.column) / stride + 1, some(1, in.channels - c.channel)},
                       Extent(stride));
        return;
      }
      case 1:
        builder_.Pad(from, {some(0, 3), some(0, 3), some(0, 3), some(0, 3)});
        return;
      case 2:
        builder_.ResizeBilinear(
            from,
            {random_->Chance(0.2) ? some(1, 9) : in.height * some(1, 2), in.width * some(1, 3)},
            random_->Pick(
                std::vector<Sampling>{Sampling::kPlain, Sampling::kCorners, Sampling::kCentres}));
        return;
      default:
        builder_.TransposeConv(from, Channels(), {some(1, 4), some(1, 4)}, {some(1, 2), some(1, 2)},
                               SomeActivation());
    }
  }

  // Both sides, dilation and one-sided padding.
  void AppendWindow(int from) {
    Operator op;
    op.kind = random_->Chance(0.5) ? OpKind::kConv : OpKind::kDepthwise;
    op.inputs = {from};
    op.out.channels = op.kind == OpKind::kConv ? Channels() : builder_.shape(from).channels;
    op.kernel =
        Extent(static_cast<int>(random_->Between(1, 5)), static_cast<int>(random_->Between(1, 4)));
    op.stride =
        Extent(static_cast<int>(random_->Between(1, 3)), static_cast<int>(random_->Between(1, 2)));
    op.dilation = Extent(random_->Chance(0.2) ? 2 : 1, random_->Chance(0.2) ? 2 : 1);
    const int high = (op.kernel.height - 1) * op.dilation.height;
    const int wide = (op.kernel.width - 1) * op.dilation.width;
    op.padding = Padding(high / 2, wide / 2, high - high / 2, wide - wide / 2);
    if (random_->Chance(0.3)) std::swap(op.padding.top, op.padding.bottom);
    op.activation = SomeActivation();
    builder_.Append(op);
  }

  // Squeeze-excite, and what else meets every pixel with one.
  void AppendGate(int from) {
    const int channels = builder_.shape(from).channels;
    builder_.GlobalAveragePool(from);
    builder_.Pointwise(builder_.last(), Channels(), Activation::kRelu);
    builder_.Pointwise(builder_.last(), channels, Activation::kNone);
    AppendFunction(builder_.last());
    builder_.Pairwise(SomePair(), from, builder_.last());
  }

  // Joins `tensor` with any earlier tensor of its size, now and then with itself.
  void AppendJoin(int tensor) {
    const Shape shape = builder_.shape(tensor);
    const bool concatenate = kind_.all_kinds && random_->Chance(0.3);
    std::vector<int> partners = {tensor};
    for (int t = kNetworkInput; t < tensor; ++t) {
      const Shape other = builder_.shape(t);
      const bool same_map = other.height == shape.height && other.width == shape.width;
      if (concatenate ? same_map : other == shape) partners.push_back(t);
    }
    int first = tensor;
    int second = random_->Pick(partners);
    if (random_->Chance(0.5)) std::swap(first, second);
    if (concatenate) {
      builder_.Concatenation({first, second});
    } else if (kind_.all_kinds && random_->Chance(0.3)) {
      builder_.Pairwise(SomePair(), first, second);
    } else {
      builder_.Add(first, second);
    }
  }

  void SetOutputs() {
    if (kind_.output == 0) return;
    std::vector<int> outputs;
    for (int t = 0; t < builder_.last(); ++t)
      if (random_->Chance(kind_.output)) outputs.push_back(t);
    if (outputs.empty() || random_->Chance(0.9)) outputs.push_back(builder_.last());
    random_->Shuffle(&outputs);
    builder_.SetOutputs(std::move(outputs));
  }

  RandomStream* random_;
  const RandomNetworkKind& kind_;
  NetworkBuilder builder_;
};

}  // namespace

Network RandomPlanNetwork(RandomStream* random, const RandomNetworkKind& kind) {
  return Growing(random, kind).Grow();
}

Network RandomChain(RandomStream* random, int max_operators, int max_side) {
  RandomNetworkKind kind;
  kind.max_operators = max_operators;
  kind.max_side = max_side;
  kind.residual = 0;
  kind.side_read = 0;
  Network network = RandomPlanNetwork(random, kind);
  // The head may have added up to three operators.
  while (network.operator_count() > max_operators) network.operators.pop_back();
  return network;
}

namespace {

Network Bottlenecks(RandomStream* random, double residuals) {
  const Shape input{static_cast<int>(random->Between(2, 12)),
                    static_cast<int>(random->Between(2, 12)),
                    static_cast<int>(random->Between(1, 4))};
  NetworkBuilder b("bottlenecks", input);
  int block = b.Conv(kNetworkInput, static_cast<int>(random->Between(2, 6)), {3, 3}, {1, 1},
                     Activation::kRelu6);
  for (int64_t blocks = random->Between(1, 3); blocks > 0; --blocks) {
    const int in = b.shape(block).channels;
    const bool residual = random->Chance(residuals);
    const int stride = residual || random->Chance(0.7) ? 1 : 2;
    b.Pointwise(block, in * static_cast<int>(random->Between(3, 9)), Activation::kRelu6);
    b.Depthwise(b.last(), Extent(random->Pick(std::vector<int>{3, 5, 7})), Extent(stride),
                Activation::kRelu6);
    b.Pointwise(b.last(), residual ? in : static_cast<int>(random->Between(2, 8)),
                Activation::kNone);
    if (residual) b.Add(b.last(), block);
    block = b.last();
  }
  return std::move(b).Finish();
}

}  // namespace

Network RandomBottlenecks(RandomStream* random) { return Bottlenecks(random, 0.6); }
Network RandomBottleneckChain(RandomStream* random) { return Bottlenecks(random, 0.0); }

}  // namespace mcunas
