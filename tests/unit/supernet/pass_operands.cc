#include "tests/unit/supernet/pass_operands.h"

#include <gtest/gtest.h>

#include <algorithm>

#include "network/per_tensor.h"
#include "supernet/internal/network_pass.h"

namespace mcunas {
namespace {

constexpr double kTolerance = 1e-4;

// Whether the operator stands behind a pool.
PerTensor<bool> Pooled(const Network& network) {
  PerTensor<bool> pooled(network.operator_count(), false);
  for (int i = 0; i < network.operator_count(); ++i) {
    const Operator& op = network.op(i);
    pooled[i] = op.kind == OpKind::kGlobalAveragePool || pooled[op.inputs[0]];
  }
  return pooled;
}

}  // namespace

std::ostream& operator<<(std::ostream& out, const PassCase& c) {
  return out << c.images << " images of " << c.side << ", kernel " << c.kernel << ", stride "
             << c.stride << ", " << c.channels << " and " << c.hidden << " channels";
}

void ExpectClose(const at::Tensor& actual, const at::Tensor& expected, const char* what) {
  ASSERT_EQ(actual.sizes(), expected.sizes()) << what;
  const double scale = std::max(1.0, expected.abs().max().item<double>());
  const double worst = (actual - expected).abs().max().item<double>();
  EXPECT_LT(worst / scale, kTolerance) << what << " at scale " << scale;
}

std::vector<LayerSlice> RandomSlices(const Network& network) {
  const PerTensor<bool> pooled = Pooled(network);
  std::vector<LayerSlice> slices;
  for (int i = 0; i < network.operator_count(); ++i) {
    const Operator& op = network.op(i);
    LayerSlice& slice = slices.emplace_back();
    if (!HasWeights(op.kind)) continue;
    const int64_t out = op.out.channels, in = op.in.channels, k = op.kernel.height;
    if (op.kind == OpKind::kDepthwise) {
      slice.weight = at::randn({k, k, out});
    } else {
      slice.weight = op.kind == OpKind::kConv ? at::randn({out, k, k, in}) : at::randn({out, in});
    }
    slice.beta = at::randn({out}) * 0.5;
    if (!pooled[i]) slice.gamma = at::rand({out}) + 0.5;
  }
  return slices;
}

PassResult Differentiate(const Network& network, std::vector<LayerSlice> slices,
                         const at::Tensor& images, const ForwardFn& forward) {
  std::vector<at::Tensor> leaves;
  for (LayerSlice& slice : slices) {
    for (at::Tensor* tensor : {&slice.weight, &slice.gamma, &slice.beta}) {
      if (!tensor->defined()) continue;
      *tensor = tensor->clone().requires_grad_(true);
      leaves.push_back(*tensor);
    }
  }
  PassResult result = {forward(network, slices, images), {}};
  const at::Tensor weights = at::cos(at::arange(result.logits.numel())).to(images.scalar_type());
  result.logits.backward(weights.view(result.logits.sizes()));
  for (const at::Tensor& leaf : leaves) result.gradients.push_back(leaf.grad());
  return result;
}

void ExpectFusedEqualsAten(const Network& network, const at::Tensor& images) {
  const std::vector<LayerSlice> slices = RandomSlices(network);
  ASSERT_TRUE(FusedPassApplies(network, images));
  const PassResult fused = Differentiate(network, slices, images, FusedTrainForward);
  const PassResult plain = Differentiate(network, slices, images, AtenTrainForward);
  ExpectClose(fused.logits, plain.logits, "logits");
  ASSERT_EQ(fused.gradients.size(), plain.gradients.size());
  for (size_t i = 0; i < plain.gradients.size(); ++i) {
    ExpectClose(fused.gradients[i], plain.gradients[i], "gradient");
  }
}

}  // namespace mcunas
