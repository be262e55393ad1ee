#include "supernet/internal/feature_map.h"

#include <cmath>
#include <limits>

#include "supernet/internal/ops.h"

namespace mcunas {
namespace {

constexpr int64_t kMaxParts = 32;
constexpr int64_t kMinPartRows = 256;  // fewer, and adding up parts costs more than they do

constexpr float kInfinity = std::numeric_limits<float>::infinity();

float Low(Activation activation) { return activation == Activation::kNone ? -kInfinity : 0.0f; }
float High(Activation activation) { return activation == Activation::kRelu6 ? 6.0f : kInfinity; }

// Mean and biased variance of one channel from the moments of all parts (Chan, Golub, LeVeque
// 1979).
class ChannelMoments {
 public:
  void Add(double count, double shift, double sum, double square) {
    const double mean = shift + sum / count, delta = mean - mean_;
    const double total = count_ + count;
    squares_ += square - sum * sum / count + delta * delta * count_ * count / total;
    mean_ += delta * count / total;
    count_ = total;
  }
  double mean() const { return mean_; }
  double variance() const { return std::max(0.0, squares_ / count_); }

 private:
  double count_ = 0, mean_ = 0, squares_ = 0;
};

ChannelMoments MomentsOfChannel(const at::Tensor& map, const RowsView& moments, int64_t channel) {
  const ImageParts parts(map);
  const auto pixels = static_cast<double>(map.size(1) * map.size(2));
  ChannelMoments result;
  for (int64_t part = 0; part < parts.count(); ++part) {
    const MomentSums sums = MomentsOf(moments, part);
    result.Add(pixels * static_cast<double>(parts.size(part)),
               static_cast<double>(sums.shift[channel]), static_cast<double>(sums.sums[channel]),
               static_cast<double>(sums.squares[channel]));
  }
  return result;
}

at::Tensor Materialised(const FeatureMap& map, const FeatureMap* addend) {
  at::Tensor result = at::empty_like(map.values);
  float* out = result.data_ptr<float>();
  const ImageParts parts(map.values);
  const int64_t pixels = map.values.size(1) * map.values.size(2);
  const LazyMap lazy = map.Lazy(), other = addend == nullptr ? LazyMap{} : addend->Lazy();
  parts.ForEach(0, [&](int64_t part, float*) {
    const int64_t first = parts.first(part) * map.image_size();
    Kernels().materialise({parts.size(part) * pixels, map.channels()}, At(lazy, first),
                          addend == nullptr ? other : At(other, first), out + first);
  });
  return result;
}

}  // namespace

ImageParts::ImageParts(const at::Tensor& map) : images_(map.size(0)) {
  const int64_t rows = images_ * map.size(1) * map.size(2);
  const int64_t count = std::clamp<int64_t>(rows / kMinPartRows, 1, kMaxParts);
  part_ = (images_ + count - 1) / count;
}

LazyMap FeatureMap::Lazy() const {
  const RowsView rows(norm);
  return {values.data_ptr<float>(), rows.row(kScale), rows.row(kBias),
          Low(activation),          High(activation), hard_swish};
}

LazyMap At(LazyMap map, int64_t element) {
  map.x += element;
  return map;
}

LazyGradient At(LazyGradient gradient, int64_t element) {
  gradient.gradient += element;
  gradient.map.x += element;
  return gradient;
}

FeatureMap PlainMap(const at::Tensor& values) {
  FeatureMap map;
  map.values = values;
  map.norm = at::zeros({kNormRows, PaddedChannels(map.channels())});
  map.norm[kScale].fill_(1);
  map.plain = true;
  return map;
}

FeatureMap BiasedMap(const at::Tensor& values, const at::Tensor& bias, Activation activation) {
  FeatureMap map = PlainMap(values);
  map.activation = activation;
  map.plain = false;
  if (bias.defined()) map.norm[kBias].narrow(0, 0, map.channels()).copy_(bias);
  return map;
}

at::Tensor MomentPartials(const ImageParts& parts, int channels) {
  return at::zeros({parts.count(), 3, PaddedChannels(channels)});
}

MomentSums MomentsOf(const RowsView& partials, int64_t part) {
  return {partials.at(part, 0), partials.at(part, 1), partials.at(part, 2)};
}

FeatureMap Normalise(const at::Tensor& sums, const at::Tensor& moments,
                     const NormParameters& norm) {
  FeatureMap map;
  map.values = sums;
  map.norm = at::zeros({kNormRows, moments.size(2)});
  map.activation = norm.activation;
  map.normalised = true;
  const float *gamma = norm.gamma.data_ptr<float>(), *beta = norm.beta.data_ptr<float>();
  const RowsView partials(moments), rows(map.norm);
  const int channels = map.channels();
  for (int64_t c = 0; c < channels; ++c) {
    const ChannelMoments channel = MomentsOfChannel(sums, partials, c);
    const double inverse = 1 / std::sqrt(channel.variance() + kBatchNormEpsilon);
    const double scale = static_cast<double>(gamma[c]) * inverse;
    const double bias = static_cast<double>(beta[c]) - channel.mean() * scale;
    rows.row(kScale)[c] = static_cast<float>(scale);
    rows.row(kBias)[c] = static_cast<float>(bias);
    rows.row(kMean)[c] = static_cast<float>(channel.mean());
    rows.row(kInverse)[c] = static_cast<float>(inverse);
    rows.row(kVariance)[c] = static_cast<float>(channel.variance());
  }
  return map;
}

at::Tensor Materialise(const FeatureMap& map) { return Materialised(map, nullptr); }
at::Tensor Materialise(const FeatureMap& map, const FeatureMap& addend) {
  return Materialised(map, &addend);
}

at::Tensor GradientPartials(const ImageParts& parts, int channels) {
  return at::zeros({parts.count(), 2, PaddedChannels(channels)});
}

GradientSums GradientSumsOf(const FeatureMap& map, const RowsView& partials, int64_t part) {
  return {RowsView(map.norm).row(kMean), partials.at(part, 0), partials.at(part, 1)};
}

void SumUp(const FeatureMap& map, MapGradient* gradient) {
  const ImageParts parts(map.values);
  gradient->sums = GradientPartials(parts, map.channels());
  const RowsView sums(gradient->sums);
  const float* values = gradient->values.data_ptr<float>();
  const LazyMap lazy = map.Lazy();
  const int64_t pixels = map.values.size(1) * map.values.size(2);
  parts.ForEach(0, [&](int64_t part, float*) {
    const int64_t first = parts.first(part) * map.image_size();
    Kernels().gradient_sums({parts.size(part) * pixels, map.channels()}, At(lazy, first),
                            values + first, GradientSumsOf(map, sums, part));
  });
}

LazyGradient NormGradient::Lazy(const FeatureMap& map, const at::Tensor& gradient) const {
  return {gradient.data_ptr<float>(), slope.data_ptr<float>(), offset.data_ptr<float>(),
          map.Lazy()};
}

NormGradient ThroughNorm(const FeatureMap& map, const MapGradient& gradient) {
  const int64_t padded = map.norm.size(1), channels = map.channels();
  NormGradient result = {at::zeros({padded}), at::zeros({padded}), at::zeros({channels}),
                         at::zeros({channels})};
  float *slopes = result.slope.data_ptr<float>(), *offsets = result.offset.data_ptr<float>();
  float *dgamma = result.dgamma.data_ptr<float>(), *dbeta = result.dbeta.data_ptr<float>();
  const RowsView rows(map.norm), sums(gradient.sums);
  const auto count = static_cast<double>(map.rows());
  for (int64_t c = 0; c < channels; ++c) {
    double sum = 0, product = 0;
    for (int64_t part = 0; part < gradient.sums.size(0); ++part) {
      sum += static_cast<double>(sums.at(part, 0)[c]);
      product += static_cast<double>(sums.at(part, 1)[c]);
    }
    dbeta[c] = static_cast<float>(sum);
    if (!map.normalised) continue;
    const auto norm = [&](NormRow row) { return static_cast<double>(rows.row(row)[c]); };
    // dx = scale * (d - sum / n - (x - mean) * inverse^2 * product / n)
    const double slope = -norm(kScale) * norm(kInverse) * norm(kInverse) * product / count;
    dgamma[c] = static_cast<float>(product * norm(kInverse));
    slopes[c] = static_cast<float>(slope);
    offsets[c] = static_cast<float>(-norm(kScale) * sum / count - slope * norm(kMean));
  }
  return result;
}

}  // namespace mcunas
