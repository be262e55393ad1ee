#include "random_topology.h"

#include <algorithm>
#include <string>
#include <utility>
#include <vector>

#include "common/check.h"
#include "common/random.h"
#include "network/network_builder.h"

namespace mcunas {
namespace {

const std::vector<Activation> kActivations = {Activation::kNone, Activation::kRelu,
                                              Activation::kRelu6};

class Topology {
 public:
  explicit Topology(uint64_t seed) : random_(seed, "topology") {
    network_.name = "random-" + std::to_string(seed);
    network_.input = {Size(1, 20), Size(1, 20), Size(1, 8)};
  }

  Network Run() {
    const int count = Size(4, 16);
    while (static_cast<int>(network_.operators.size()) < count) AppendAny();
    if (random_.Chance(0.7)) {
      Append(OpKind::kGlobalAveragePool);
      Append(OpKind::kFullyConnected);
    }
    MCUNAS_CHECK(VerifyNetwork(network_).ok(), VerifyNetwork(network_).error().message);
    return std::move(network_);
  }

 private:
  int Size(int low, int high) { return static_cast<int>(random_.Between(low, high)); }

  void AppendAny() {
    const int die = Size(0, 99);
    if (die < 22) return Append(OpKind::kConv);
    if (die < 42) return Append(OpKind::kPointwise);
    if (die < 64) return Append(OpKind::kDepthwise);
    if (die < 80) return AppendAdd();
    if (die < 94) return Append(OpKind::kAveragePool);
    Append(die < 97 ? OpKind::kGlobalAveragePool : OpKind::kFullyConnected);
  }

  void Append(OpKind kind) {
    Operator op;
    op.kind = kind;
    op.inputs = {static_cast<int>(network_.operators.size()) - 1};
    op.in = network_.output();
    op.out = op.in;
    if (kind == OpKind::kConv || kind == OpKind::kPointwise || kind == OpKind::kFullyConnected) {
      op.out.channels = Size(1, 24);
    }
    if (kind != OpKind::kGlobalAveragePool) op.activation = random_.Pick(kActivations);
    if (HasWindow(kind)) {
      ChooseWindow(&op);
    } else {
      op.out.height = op.out.width = 1;
    }
    network_.operators.push_back(op);
  }

  void ChooseWindow(Operator* op) {
    const std::vector<int> kernels = {2, 3, 3, 3, 4, 5, 5, 7};
    op->kernel = op->kind == OpKind::kPointwise ? 1 : random_.Pick(kernels);
    op->padding = random_.Chance(0.75) ? (op->kernel - 1) / 2 : Size(0, op->kernel - 1);
    const int side = std::min(op->in.height, op->in.width);
    while (side + 2 * op->padding < op->kernel) op->padding++;
    op->stride = random_.Chance(0.35) ? 2 : 1;
    op->out.height = (op->in.height + 2 * op->padding - op->kernel) / op->stride + 1;
    op->out.width = (op->in.width + 2 * op->padding - op->kernel) / op->stride + 1;
  }

  void AppendAdd() {
    const int last = static_cast<int>(network_.operators.size()) - 1;
    std::vector<int> partners;
    for (int t = kNetworkInput; t <= last; ++t) {
      if (network_.tensor_shape(t) == network_.output()) partners.push_back(t);
    }
    Operator op;
    op.kind = OpKind::kAdd;
    op.inputs = {last, random_.Pick(partners)};
    if (random_.Chance(0.5)) std::swap(op.inputs[0], op.inputs[1]);
    op.in = op.out = network_.output();
    op.activation = random_.Pick(kActivations);
    network_.operators.push_back(op);
  }

  RandomStream random_;
  Network network_;
};

}  // namespace

Network RandomTopology(uint64_t seed) { return Topology(seed).Run(); }

Network MobileNetLike() {
  NetworkBuilder b("mobilenet-like", {32, 32, 3});
  int last = b.Conv(kNetworkInput, 16, 3, 2, Activation::kRelu6);
  const int kernels[] = {3, 5, 7, 3, 5, 3, 7, 3};
  for (int block = 0; block < 8; ++block) {
    const bool down = block % 3 == 2;
    const int before = last;
    const int channels = b.shape(last).channels + (down ? 8 : 0);
    last = b.Pointwise(last, b.shape(last).channels * 3, Activation::kRelu6);
    last = b.Depthwise(last, kernels[block], down ? 2 : 1, Activation::kRelu6);
    last = b.Pointwise(last, channels, Activation::kNone);
    if (!down) last = b.Add(last, before);
  }
  b.FullyConnected(b.GlobalAveragePool(b.Pointwise(last, 64, Activation::kRelu6)), 10);
  return std::move(b).Finish();
}

}  // namespace mcunas
