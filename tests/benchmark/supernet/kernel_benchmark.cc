#include "tests/benchmark/supernet/kernel_benchmark.h"

#include <ATen/ATen.h>
#include <ATen/Parallel.h>

#include <algorithm>
#include <cstdio>
#include <ctime>

#include "network/operator_counts.h"
#include "supernet/internal/fused_layers.h"
#include "supernet/internal/ops.h"

namespace mcunas {
namespace {

constexpr int64_t kBatch = 128;
constexpr double kSeconds = 0.2;  // of a measurement
constexpr int kRounds = 3;        // alternated; the fastest counts

double CpuSeconds() { return static_cast<double>(std::clock()) / CLOCKS_PER_SEC; }

// Processor seconds of one call.
template <typename Call>
double Time(const Call& call) {
  call();
  int calls = 0;
  const double start = CpuSeconds();
  double passed = 0;
  while (passed < kSeconds) {
    call();
    ++calls;
    passed = CpuSeconds() - start;
  }
  return passed / calls;
}

struct Case {
  const char* name;
  OpKind kind;
  int side, inputs, outputs;
  int kernel = 1, stride = 1;
};

constexpr Case kCases[] = {
    {"stem", OpKind::kConv, 32, 3, 16, 3},
    {"convolution", OpKind::kConv, 32, 16, 16, 3},
    {"convolution", OpKind::kConv, 32, 16, 64, 3, 2},
    {"convolution", OpKind::kConv, 16, 24, 24, 3},
    {"convolution", OpKind::kConv, 16, 24, 96, 3},
    {"convolution", OpKind::kConv, 8, 40, 40, 3},
    {"convolution", OpKind::kConv, 8, 40, 160, 3},
    {"convolution", OpKind::kConv, 8, 40, 40, 5},
    {"convolution", OpKind::kConv, 4, 64, 64, 3},
    {"skip", OpKind::kConv, 16, 24, 48, 1, 2},
    {"pointwise", OpKind::kPointwise, 32, 16, 64},
    {"pointwise", OpKind::kPointwise, 16, 24, 96},
    {"pointwise", OpKind::kPointwise, 16, 96, 24},
    {"pointwise", OpKind::kPointwise, 8, 48, 192},
    {"pointwise", OpKind::kPointwise, 8, 192, 48},
    {"pointwise", OpKind::kPointwise, 4, 96, 384},
    {"pointwise", OpKind::kPointwise, 4, 384, 96},
    {"depthwise", OpKind::kDepthwise, 32, 64, 64, 3, 2},
    {"depthwise", OpKind::kDepthwise, 32, 64, 64, 5, 2},
    {"depthwise", OpKind::kDepthwise, 16, 96, 96, 3, 1},
    {"depthwise", OpKind::kDepthwise, 16, 96, 96, 5, 1},
    {"depthwise", OpKind::kDepthwise, 16, 96, 96, 7, 1},
    {"depthwise", OpKind::kDepthwise, 8, 192, 192, 5, 1},
    {"depthwise", OpKind::kDepthwise, 4, 384, 384, 5, 1},
};

bool IsStem(const Case& c) { return c.inputs == 3; }

Operator OperatorOf(const Case& c) {
  Operator op;
  op.kind = c.kind;
  op.inputs = {IsStem(c) ? kNetworkInput : 0};
  op.in = {c.side, c.side, c.inputs};
  op.out = {(c.side - 1) / c.stride + 1, (c.side - 1) / c.stride + 1, c.outputs};
  op.kernel = Extent(c.kernel);
  op.stride = Extent(c.stride);
  op.padding = CentredPadding(op.kernel);
  op.activation = Activation::kRelu6;
  return op;
}

at::Tensor WeightOf(const Case& c) {
  if (c.kind == OpKind::kPointwise) return at::randn({c.outputs, c.inputs});
  if (c.kind == OpKind::kDepthwise) return at::randn({c.kernel, c.kernel, c.outputs});
  return at::randn({c.outputs, c.kernel, c.kernel, c.inputs});
}

struct Seconds {
  double forward = 1e30, backward = 1e30;
  void Faster(const Seconds& other) {
    forward = std::min(forward, other.forward);
    backward = std::min(backward, other.backward);
  }
};

struct Layer {
  Operator op;
  at::Tensor images, weight, gamma, beta, gradient;
};

// The layer between two batch norms: the one it reads through and the one whose moments it takes.
Seconds TimeOwn(const Layer& layer) {
  FeatureMap in = PlainMap(layer.images);
  if (layer.op.inputs[0] != kNetworkInput) {
    in.activation = Activation::kRelu6;
    in.normalised = true;
    in.plain = false;
  }
  const auto forward = [&] {
    const LayerSums sums = FusedForward(layer.op, in, layer.weight);
    return Normalise(sums.values, sums.moments, {layer.gamma, layer.beta, layer.op.activation});
  };
  const FeatureMap out = forward();
  MapGradient gradient = {layer.gradient, {}};
  SumUp(out, &gradient);
  const auto backward = [&] {
    const NormGradient norm = ThroughNorm(out, gradient);
    MapGradient din;
    LayerBackward call = {in, out, gradient.values, norm};
    if (layer.op.inputs[0] != kNetworkInput) call.din = &din;
    call.last = true;
    FusedBackward(layer.op, layer.weight, call);
  };
  return {Time(forward), Time(backward)};
}

Seconds TimeAten(const Layer& layer) {
  const at::Tensor images =
      layer.images.clone().requires_grad_(layer.op.inputs[0] != kNetworkInput);
  const at::Tensor weight = layer.weight.clone().requires_grad_(true);
  const at::Tensor gamma = layer.gamma.clone().requires_grad_(true);
  const at::Tensor beta = layer.beta.clone().requires_grad_(true);
  const auto forward = [&] {
    return BatchNormActivation(Convolve(layer.op, images, weight), gamma, beta,
                               layer.op.activation);
  };
  const auto both = [&] {
    for (const at::Tensor& leaf : {images, weight, gamma, beta}) {
      leaf.mutable_grad() = at::Tensor();
    }
    forward().backward(layer.gradient);
  };
  const double seconds = Time(forward);
  return {seconds, Time(both) - seconds};
}

void PrintTimes(const char* name, const Seconds& seconds, double macs, int64_t elements) {
  const auto count = static_cast<double>(elements);
  std::printf(
      ", \"%s\": {\"forward_gmacs\": %.2f, \"backward_gmacs\": %.2f, \"forward_ns_per_output\": "
      "%.3f, \"backward_ns_per_output\": %.3f}",
      name, macs / seconds.forward / 1e9, 2 * macs / seconds.backward / 1e9,
      seconds.forward / count * 1e9, seconds.backward / count * 1e9);
}

void PrintCase(const Case& c, double sgemm) {
  const Operator op = OperatorOf(c);
  const Shape out = op.out;
  const Layer layer = {op,
                       at::rand({kBatch, c.side, c.side, c.inputs}),
                       WeightOf(c),
                       at::ones({c.outputs}),
                       at::zeros({c.outputs}),
                       at::randn({kBatch, out.height, out.width, out.channels})};
  Seconds own, aten;
  for (int round = 0; round < kRounds; ++round) {
    own.Faster(TimeOwn(layer));
    aten.Faster(TimeAten(layer));
  }
  const auto macs = static_cast<double>(kBatch * OperatorMacs(op).value);
  const double share = 3 * macs / (own.forward + own.backward) / sgemm;
  std::printf("  {\"layer\": \"%s %d -> %d, kernel %d, stride %d, side %d\"", c.name, c.inputs,
              c.outputs, c.kernel, c.stride, c.side);
  PrintTimes("own", own, macs, kBatch * out.elements());
  PrintTimes("aten", aten, macs, kBatch * out.elements());
  std::printf(", \"own_over_aten\": %.2f, \"share_of_sgemm\": %.2f}",
              (aten.forward + aten.backward) / (own.forward + own.backward), share);
}

double SgemmMacsPerSecond() {
  constexpr int64_t kSide = 2048;
  const at::Tensor a = at::rand({kSide, kSide}), b = at::rand({kSide, kSide});
  double best = 1e30;
  for (int round = 0; round < kRounds; ++round) {
    best = std::min(best, Time([&] { at::mm(a, b); }));
  }
  return static_cast<double>(kSide * kSide * kSide) / best;
}

}  // namespace

void PrintKernelTimes() {
  at::set_num_threads(1);
  at::manual_seed(1);
  const double sgemm = SgemmMacsPerSecond();
  std::printf("{\"kernels\": \"%s\", \"batch\": %d, \"sgemm_2048_gmacs\": %.2f, \"layers\": [\n",
              Kernels().name, static_cast<int>(kBatch), sgemm / 1e9);
  const char* separator = "";
  for (const Case& c : kCases) {
    std::printf("%s", separator);
    PrintCase(c, sgemm);
    separator = ",\n";
  }
  std::printf("\n]}\n");
}

}  // namespace mcunas
