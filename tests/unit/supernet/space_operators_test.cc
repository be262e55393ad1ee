// Every operator that search spaces lower to, in networks built by hand: ATen's against plain loops
// and differences, the fused pass against ATen.
#include <ATen/ATen.h>
#include <gtest/gtest.h>

#include "network/network_builder.h"
#include "network/verify.h"
#include "supernet/internal/host_tensors.h"
#include "supernet/internal/network_pass.h"
#include "supernet/internal/ops.h"
#include "tests/unit/supernet/pass_operands.h"
#include "tests/unit/supernet/plain_forward.h"

namespace mcunas {
namespace {

int SqueezeAndExcite(NetworkBuilder* net, int x, int squeezed) {
  const int channels = net->shape(x).channels;
  int gate = net->Pointwise(net->GlobalAveragePool(x), squeezed, Activation::kRelu);
  gate = net->Logistic(net->Pointwise(gate, channels, Activation::kNone));
  return net->Multiply(x, gate);
}

// Hard swish behind a window, then squeeze and excitation.
int SqueezedBlock(NetworkBuilder* net, int x, const PassCase& c) {
  const int block = x;
  x = net->HardSwish(net->Pointwise(x, c.hidden, Activation::kNone));
  x = net->HardSwish(net->Depthwise(x, Extent(c.kernel), Extent(1), Activation::kNone));
  x = net->Pointwise(SqueezeAndExcite(net, x, 3), c.channels, Activation::kNone);
  return net->Add(block, x);
}

// A window over all channels and a projection; then windows around an addition whose sum has an
// activation, and a hard swish that no layer's readers can apply.
int DenseBlocks(NetworkBuilder* net, int x, const PassCase& c) {
  x = net->Conv(x, c.hidden, Extent(c.kernel), Extent(c.stride), c.activation);
  x = net->Pointwise(x, c.channels, Activation::kNone);
  const int block = x;
  x = net->Conv(x, c.channels, Extent(c.kernel), Extent(1), Activation::kNone);
  x = net->Add(block, x, Activation::kRelu);
  x = net->Conv(x, c.channels, Extent(3), Extent(1), Activation::kRelu);
  return net->HardSwish(net->Add(block, x));
}

Network Build(const PassCase& c) {
  NetworkBuilder net("space", {c.side, c.side + 2, 3});
  int x = net.Conv(kNetworkInput, c.channels, Extent(3), Extent(1), Activation::kNone);
  x = DenseBlocks(&net, net.HardSwish(x), c);
  x = SqueezedBlock(&net, x, c);
  x = net.Conv(x, c.hidden, Extent(1), Extent(2), Activation::kNone);
  x = SqueezeAndExcite(&net, x, 5);
  net.FullyConnected(net.GlobalAveragePool(x), 5);
  Network network = std::move(net).Finish();
  EXPECT_TRUE(VerifyNetwork(network));
  return network;
}

at::Tensor Images(const PassCase& c) { return at::randn({c.images, c.side, c.side + 2, 3}); }

TEST(SpaceOperators, FusedEqualsAten) {
  at::manual_seed(5);
  for (const int kernel : {3, 5}) {
    for (const int stride : {1, 2}) {
      for (const int side : {1, 2, 7, 12}) {
        const PassCase c = {
            .side = side, .kernel = kernel, .stride = stride, .hidden = 20, .images = 5};
        SCOPED_TRACE(testing::Message() << c);
        ExpectFusedEqualsAten(Build(c), Images(c));
      }
      for (const int channels : {1, 3, 17, 33}) {
        const PassCase c = {.side = 6,
                            .kernel = kernel,
                            .stride = stride,
                            .channels = channels,
                            .hidden = channels + 9,
                            .activation = Activation::kRelu};
        SCOPED_TRACE(testing::Message() << c);
        ExpectFusedEqualsAten(Build(c), Images(c));
      }
    }
  }
}

TEST(SpaceOperators, FusedEqualsAtenOnManyParts) {
  at::manual_seed(6);
  const PassCase c = {.side = 13, .kernel = 5, .stride = 2, .hidden = 40, .images = 37};
  ExpectFusedEqualsAten(Build(c), Images(c));
}

FloatNetwork WithStatistics(const Network& network, const std::vector<LayerSlice>& slices,
                            const std::vector<BatchNormStatistics>& statistics) {
  FloatNetwork result = {network, std::vector<FloatParameters>(slices.size())};
  for (size_t i = 0; i < slices.size(); ++i) {
    if (!slices[i].weight.defined()) continue;
    FloatParameters& p = result.parameters[i];
    p.weights = ToVector(slices[i].weight);
    EXPECT_EQ(slices[i].gamma.defined(), statistics[i].mean.defined()) << i;
    if (!slices[i].gamma.defined()) {
      p.bias = ToVector(slices[i].beta);
      continue;
    }
    p.batch_norm = {ToVector(slices[i].gamma), ToVector(slices[i].beta),
                    ToVector(statistics[i].mean), ToVector(statistics[i].variance),
                    static_cast<float>(kBatchNormEpsilon)};
  }
  return result;
}

// Inference and, because its statistics are those of these images, training.
TEST(SpaceOperators, EqualPlainLoops) {
  at::manual_seed(7);
  for (const int stride : {1, 2}) {
    const PassCase c = {.side = 7, .stride = stride, .hidden = 20, .images = 4};
    const Network network = Build(c);
    const std::vector<LayerSlice> slices = RandomSlices(network);
    const at::Tensor images = Images(c);
    const std::vector<BatchNormStatistics> statistics = BatchStatistics(network, slices, images);
    const FloatNetwork extracted = WithStatistics(network, slices, statistics);
    std::vector<float> plain;
    for (int i = 0; i < c.images; ++i) {
      for (const double logit : PlainForward(extracted, images[i].data_ptr<float>())) {
        plain.push_back(static_cast<float>(logit));
      }
    }
    const at::Tensor expected = at::tensor(plain).view({c.images, 5});
    ExpectClose(FoldedForward(network, Fold(slices, statistics), images), expected, "inference");
    ExpectClose(AtenTrainForward(network, slices, images), expected, "training");
  }
}

// In double precision, in the direction of the gradient.
TEST(SpaceOperators, GradientsAgreeWithDifferences) {
  at::manual_seed(8);
  const PassCase c = {.side = 6, .stride = 2, .hidden = 20};
  const Network network = Build(c);
  std::vector<LayerSlice> slices = RandomSlices(network);
  for (LayerSlice& slice : slices) {
    for (at::Tensor* tensor : {&slice.weight, &slice.gamma, &slice.beta}) {
      if (tensor->defined()) *tensor = tensor->to(at::kDouble);
    }
  }
  const at::Tensor images = Images(c).to(at::kDouble);
  const PassResult result = Differentiate(network, slices, images, AtenTrainForward);
  double squares = 0;
  for (const at::Tensor& gradient : result.gradients) {
    squares += gradient.square().sum().item<double>();
  }
  const auto loss = [&](double step) {
    std::vector<LayerSlice> moved = slices;
    size_t next = 0;
    for (LayerSlice& slice : moved) {
      for (at::Tensor* tensor : {&slice.weight, &slice.gamma, &slice.beta}) {
        if (tensor->defined()) *tensor = *tensor + step * result.gradients[next++];
      }
    }
    const at::Tensor logits = AtenTrainForward(network, moved, images);
    const at::Tensor weights = at::cos(at::arange(logits.numel())).to(at::kDouble);
    return (logits.flatten() * weights).sum().item<double>();
  };
  const double step = 1e-6 / std::sqrt(squares);
  EXPECT_NEAR((loss(step) - loss(-step)) / (2 * step) / squares, 1.0, 1e-4);
}

}  // namespace
}  // namespace mcunas
