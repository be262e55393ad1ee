// Networks with random weights, forward and backward.
#pragma once

#include <ATen/ATen.h>

#include <functional>
#include <ostream>
#include <vector>

#include "network/network.h"
#include "supernet/internal/elastic_layers.h"

namespace mcunas {

// Within 1e-4 of the largest value; those below 1 count as 1, because batch norm takes some
// gradients away but for rounding.
void ExpectClose(const at::Tensor& actual, const at::Tensor& expected, const char* what);

// Weights as training leaves them: batch norm away from 1 and 0, none where a map has one pixel
// because it was pooled.
std::vector<LayerSlice> RandomSlices(const Network& network);

// Sizes of a network built by hand.
struct PassCase {
  int side = 8, kernel = 3, stride = 1;
  int channels = 8, hidden = 16;
  int images = 3;
  Activation activation = Activation::kRelu6;
};
std::ostream& operator<<(std::ostream& out, const PassCase& c);

using ForwardFn = std::function<at::Tensor(const Network&, const std::vector<LayerSlice>&,
                                           const at::Tensor& images)>;
struct PassResult {
  at::Tensor logits;
  std::vector<at::Tensor> gradients;  // of the slices' tensors, of a fixed sum of logits
};
PassResult Differentiate(const Network& network, std::vector<LayerSlice> slices,
                         const at::Tensor& images, const ForwardFn& forward);

// With random slices; that the fused pass applies, too.
void ExpectFusedEqualsAten(const Network& network, const at::Tensor& images);

}  // namespace mcunas
