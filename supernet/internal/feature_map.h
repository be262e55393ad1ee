// Maps between the layers of a network in training, and their batch norm, which no pass over memory
// is spent on: see supernet/cpu/kernels.h.
#pragma once

#include <ATen/ATen.h>
#include <ATen/Parallel.h>

#include <algorithm>

#include "network/network.h"
#include "supernet/cpu/kernels.h"

namespace mcunas {

// The images of a batch in groups, which each sum up in the order of their images. Their number
// comes from the shape alone, so that sums do not depend on the number of threads.
class ImageParts {
 public:
  explicit ImageParts(const at::Tensor& map);
  int64_t count() const { return (images_ + part_ - 1) / part_; }
  int64_t first(int64_t part) const { return part * part_; }
  int64_t size(int64_t part) const { return std::min(part_, images_ - first(part)); }

  // work(part, scratch of so many floats), spread over threads.
  template <typename Work>
  void ForEach(int64_t scratch_floats, const Work& work) const {
    at::parallel_for(0, count(), 1, [&](int64_t begin, int64_t end) {
      const at::Tensor scratch = at::zeros({scratch_floats});
      for (int64_t part = begin; part < end; ++part) work(part, scratch.data_ptr<float>());
    });
  }

 private:
  int64_t images_, part_;
};

// A tensor [parts][rows][channels], or [rows][channels], without the cost of asking it each time.
struct RowsView {
  float* data;
  int64_t part_step, row_step;

  explicit RowsView(const at::Tensor& tensor)
      : data(tensor.data_ptr<float>()),
        part_step(tensor.dim() == 3 ? tensor.stride(0) : 0),
        row_step(tensor.stride(tensor.dim() - 2)) {}
  float* at(int64_t part, int64_t row) const { return data + part * part_step + row * row_step; }
  float* row(int64_t index) const { return at(0, index); }
};

// A map [N,H,W,C]. Of a layer with batch norm, `values` are the sums before it.
struct FeatureMap {
  at::Tensor values;
  // [kNormRows][PaddedChannels]; scale 1 and bias 0 where there is no batch norm.
  at::Tensor norm;
  Activation activation = Activation::kNone;
  bool hard_swish = false;  // instead of the activation, which is then none
  bool normalised = false;
  bool plain = false;  // readers see the values as they are

  int channels() const { return static_cast<int>(values.size(3)); }
  int64_t rows() const { return values.numel() / values.size(3); }
  int64_t image_size() const { return values.stride(0); }
  LazyMap Lazy() const;  // as the kernels read it
};

// The same from an element on.
LazyMap At(LazyMap map, int64_t element);
LazyGradient At(LazyGradient gradient, int64_t element);

enum NormRow { kScale, kBias, kMean, kInverse, kVariance, kNormRows };

FeatureMap PlainMap(const at::Tensor& values);
// Readers see activation(values + bias); an undefined bias is 0.
FeatureMap BiasedMap(const at::Tensor& values, const at::Tensor& bias, Activation activation);

// MomentSums of every part of a map: [parts][3][PaddedChannels].
at::Tensor MomentPartials(const ImageParts& parts, int channels);
MomentSums MomentsOf(const RowsView& partials, int64_t part);

struct NormParameters {
  at::Tensor gamma, beta;  // [C]
  Activation activation = Activation::kNone;
};
// From the sums of a layer and their moments over the batch.
FeatureMap Normalise(const at::Tensor& sums, const at::Tensor& moments, const NormParameters& norm);

// What the readers of one map, or of two added up, see.
at::Tensor Materialise(const FeatureMap& map);
at::Tensor Materialise(const FeatureMap& map, const FeatureMap& addend);

// The gradient of what readers see of a map.
struct MapGradient {
  at::Tensor values;  // undefined where nobody has read the map yet
  // GradientSums of every part [parts][2][PaddedChannels], where the last reader summed them up.
  at::Tensor sums;
};
at::Tensor GradientPartials(const ImageParts& parts, int channels);
GradientSums GradientSumsOf(const FeatureMap& map, const RowsView& partials, int64_t part);
// For readers that do not: one pass over map and gradient.
void SumUp(const FeatureMap& map, MapGradient* gradient);

// Back through batch norm: what the layer that wrote the map applies to the gradient while it reads
// it, and the gradients of gamma and beta.
struct NormGradient {
  at::Tensor slope, offset;  // [PaddedChannels]
  at::Tensor dgamma, dbeta;  // [C]; without batch norm, dbeta is that of a bias
  LazyGradient Lazy(const FeatureMap& map, const at::Tensor& gradient) const;
};
// Needs gradient.sums.
NormGradient ThroughNorm(const FeatureMap& map, const MapGradient& gradient);

}  // namespace mcunas
