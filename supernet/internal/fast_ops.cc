#include "supernet/internal/fast_ops.h"

#include <ATen/Parallel.h>
#include <torch/csrc/autograd/custom_function.h>

#include <cmath>
#include <cstdlib>
#include <limits>
#include <numeric>
#include <string_view>

#include "common/index.h"
#include "supernet/cpu/kernels.h"
#include "supernet/internal/ops.h"
#include "supernet/internal/run_network.h"

namespace mcunas {
namespace {

using torch::autograd::AutogradContext;
using torch::autograd::variable_list;

constexpr int64_t kParts = 32;  // fixed, so that sums do not depend on the number of threads

constexpr int64_t kMinTile = 256;

// A [rows, channels] tensor cut into parts that start at tile boundaries.
class Tiling {
 public:
  explicit Tiling(const at::Tensor& tensor)
      : channels_(tensor.size(-1)),
        total_(tensor.numel()),
        tile_(std::lcm(channels_, int64_t{Kernels().lanes})) {
    // Sums of one place in the tile wait for each other; many places keep the processor busy.
    while (tile_ < kMinTile) tile_ *= 2;
    const int64_t tiles = (total_ + tile_ - 1) / tile_;
    part_ = (tiles + kParts - 1) / kParts * tile_;
  }
  int64_t tile() const { return tile_; }
  int64_t rows() const { return total_ / channels_; }

  // work(part index, first element, tile description), spread over threads.
  template <typename Work>
  void ForEachPart(const Work& work) const {
    at::parallel_for(0, (total_ + part_ - 1) / part_, 1, [&](int64_t begin, int64_t end) {
      for (int64_t part = begin; part < end; ++part) {
        const int64_t first = part * part_;
        work(part, first, ChannelTile{tile_, std::min(part_, total_ - first)});
      }
    });
  }
  // Per-channel values repeated to fill a tile.
  void Spread(const float* values, float* tile) const {
    for (int64_t t = 0; t < tile_; ++t) tile[t] = values[t % channels_];
  }
  // Adds the partial sums of all parts: [kParts][tile] -> [channels].
  std::vector<double> Fold(const std::vector<float>& partial) const {
    std::vector<double> sums(static_cast<size_t>(channels_));
    for (size_t i = 0; i < partial.size(); ++i) {
      sums[i % Index(tile_) % sums.size()] += static_cast<double>(partial[i]);
    }
    return sums;
  }

 private:
  int64_t channels_, total_, tile_, part_;
};

struct Bounds {
  float low, high;
};

Bounds BoundsOf(Activation activation) {
  constexpr float kInfinity = std::numeric_limits<float>::infinity();
  if (activation == Activation::kNone) return {-kInfinity, kInfinity};
  return {0.0f, activation == Activation::kRelu6 ? 6.0f : kInfinity};
}

at::Tensor FromDoubles(const std::vector<double>& values) {
  at::Tensor tensor = at::empty({static_cast<int64_t>(values.size())});
  float* out = tensor.data_ptr<float>();
  for (size_t i = 0; i < values.size(); ++i) out[i] = static_cast<float>(values[i]);
  return tensor;
}

at::Tensor ScaleClamp(const at::Tensor& input, const at::Tensor& scale, const at::Tensor& bias,
                      Bounds bounds, at::Tensor output) {
  const Tiling tiling(input);
  std::vector<float> params(static_cast<size_t>(2 * tiling.tile()));
  tiling.Spread(scale.data_ptr<float>(), params.data());
  tiling.Spread(bias.data_ptr<float>(), params.data() + tiling.tile());
  const float* in = input.data_ptr<float>();
  float* out = output.data_ptr<float>();
  tiling.ForEachPart([&](int64_t, int64_t first, ChannelTile part) {
    Kernels().scale_clamp(part, in + first, params.data(), params.data() + tiling.tile(),
                          bounds.low, bounds.high, out + first);
  });
  return output;
}

struct BatchNormBackward {
  at::Tensor dx, dgamma, dbeta;
};

// Through y = act(gamma * (x - mean) * inverse + beta); scale = gamma * inverse.
BatchNormBackward BackwardThroughBatchNorm(const at::Tensor& x, const at::Tensor& gradient,
                                           const at::Tensor& moments, Bounds bounds) {
  const Tiling tiling(x);
  const int64_t tile = tiling.tile();
  const at::Tensor scale = moments[0], bias = moments[1], mean = moments[2], inverse = moments[3];
  std::vector<float> params(static_cast<size_t>(4 * tile));
  tiling.Spread(scale.data_ptr<float>(), params.data());
  tiling.Spread(bias.data_ptr<float>(), params.data() + tile);
  tiling.Spread(mean.data_ptr<float>(), params.data() + 2 * tile);
  std::vector<float> sums(static_cast<size_t>(kParts * tile)), products(sums.size());
  const float *in = x.data_ptr<float>(), *g = gradient.data_ptr<float>();
  tiling.ForEachPart([&](int64_t index, int64_t first, ChannelTile part) {
    Kernels().gradient_sums(part, in + first, g + first, params.data(), bounds.low, bounds.high,
                            sums.data() + index * tile, products.data() + index * tile);
  });
  BatchNormBackward result;
  result.dbeta = FromDoubles(tiling.Fold(sums));
  const at::Tensor product = FromDoubles(tiling.Fold(products));
  result.dgamma = product * inverse;
  // dx = scale * (d - dbeta / n - (x - mean) * inverse^2 * product / n)
  const at::Tensor slope =
      -scale * inverse * inverse * product / static_cast<double>(tiling.rows());
  const at::Tensor offset =
      -scale * result.dbeta / static_cast<double>(tiling.rows()) - slope * mean;
  tiling.Spread(slope.contiguous().data_ptr<float>(), params.data() + 2 * tile);
  tiling.Spread(offset.contiguous().data_ptr<float>(), params.data() + 3 * tile);
  result.dx = at::empty_like(x);
  float* dx = result.dx.data_ptr<float>();
  tiling.ForEachPart([&](int64_t, int64_t first, ChannelTile part) {
    Kernels().gradient_apply(part, in + first, g + first, params.data(), bounds.low, bounds.high,
                             dx + first);
  });
  return result;
}

class BatchNormFunction : public torch::autograd::Function<BatchNormFunction> {
 public:
  static at::Tensor forward(AutogradContext* context, const at::Tensor& input,
                            const at::Tensor& gamma, const at::Tensor& beta, int64_t activation) {
    const auto [mean, variance] = FastMoments(input);
    const at::Tensor inverse = at::rsqrt(variance + kBatchNormEpsilon);
    const at::Tensor scale = gamma * inverse;
    const at::Tensor bias = beta - mean * scale;
    const Bounds bounds = BoundsOf(static_cast<Activation>(activation));
    context->saved_data["activation"] = activation;
    context->save_for_backward({input, at::stack({scale, bias, mean, inverse})});
    return ScaleClamp(input, scale, bias, bounds, at::empty_like(input));
  }
  static variable_list backward(AutogradContext* context, variable_list gradients) {
    const variable_list saved = context->get_saved_variables();
    const auto activation = static_cast<Activation>(context->saved_data["activation"].toInt());
    BatchNormBackward result = BackwardThroughBatchNorm(saved[0], gradients[0].contiguous(),
                                                        saved[1], BoundsOf(activation));
    return {result.dx, result.dgamma, result.dbeta, at::Tensor()};
  }
};

// Images in kParts groups, which each sum up in the order of their images.
struct ImageParts {
  int64_t images;
  int64_t part() const { return (images + kParts - 1) / kParts; }
  int64_t count() const { return (images + part() - 1) / part(); }
};

// work(part index, image, first channel, scratch) for every image and block of channels, spread
// over threads by parts.
template <typename Work>
void ForEachBlock(const DepthwiseShape& s, ImageParts parts, const Work& work) {
  const int lanes = Kernels().lanes;
  at::parallel_for(0, parts.count(), 1, [&](int64_t begin, int64_t end) {
    const at::Tensor scratch = at::empty({Kernels().depthwise_scratch(s)});
    const int64_t last = std::min(end * parts.part(), parts.images);
    for (int64_t image = begin * parts.part(); image < last; ++image) {
      for (int channel = 0; channel < s.channels; channel += lanes) {
        work(image / parts.part(), image, channel, scratch.data_ptr<float>());
      }
    }
  });
}

// Partial sums [parts][blocks][k*k][lanes] -> [k,k,C].
at::Tensor FoldWeightGradient(const DepthwiseShape& s, const at::Tensor& partial) {
  return partial.sum(0)
      .permute({1, 0, 2})
      .reshape({s.kernel, s.kernel, -1})
      .narrow(2, 0, s.channels)
      .contiguous();
}

DepthwiseShape ShapeOf(const Operator& op, const at::Tensor& input) {
  DepthwiseShape s;
  s.height = static_cast<int>(input.size(1));
  s.width = static_cast<int>(input.size(2));
  s.channels = static_cast<int>(input.size(3));
  s.kernel = op.kernel.height;
  s.stride = op.stride.height;
  s.padding = op.padding.top;
  s.out_height = (s.height + 2 * s.padding - s.kernel) / s.stride + 1;
  s.out_width = (s.width + 2 * s.padding - s.kernel) / s.stride + 1;
  return s;
}

at::Tensor DepthwiseForward(const DepthwiseShape& s, const at::Tensor& input,
                            const at::Tensor& weight) {
  at::Tensor output = at::empty({input.size(0), s.out_height, s.out_width, s.channels});
  const float *x = input.data_ptr<float>(), *w = weight.data_ptr<float>();
  float* y = output.data_ptr<float>();
  const int64_t in_size = input.stride(0), out_size = output.stride(0);
  ForEachBlock(s, {input.size(0)}, [&](int64_t, int64_t image, int channel, float* scratch) {
    Kernels().depthwise_forward(s, channel, x + image * in_size, w, y + image * out_size, scratch);
  });
  return output;
}

std::pair<at::Tensor, at::Tensor> DepthwiseBackward(const DepthwiseShape& s,
                                                    const at::Tensor& input,
                                                    const at::Tensor& weight,
                                                    const at::Tensor& gradient) {
  const int64_t lanes = Kernels().lanes, blocks = (s.channels + lanes - 1) / lanes;
  const ImageParts parts = {input.size(0)};
  at::Tensor partial = at::zeros({parts.count(), blocks, int64_t{s.kernel} * s.kernel, lanes});
  at::Tensor dx = at::empty_like(input);
  const float *x = input.data_ptr<float>(), *g = gradient.data_ptr<float>(),
              *w = weight.data_ptr<float>();
  float *out = dx.data_ptr<float>(), *sums = partial.data_ptr<float>();
  const int64_t in_size = input.stride(0), out_size = gradient.stride(0);
  ForEachBlock(s, parts, [&](int64_t part, int64_t image, int channel, float* scratch) {
    float* dweight = sums + part * partial.stride(0) + channel / lanes * partial.stride(1);
    Kernels().depthwise_backward(s, channel, x + image * in_size, g + image * out_size, w, dweight,
                                 out + image * in_size, scratch);
  });
  return {dx, FoldWeightGradient(s, partial)};
}

class DepthwiseFunction : public torch::autograd::Function<DepthwiseFunction> {
 public:
  static at::Tensor forward(AutogradContext* context, const at::Tensor& input,
                            const at::Tensor& weight, const Operator& op) {
    context->save_for_backward({input, weight});
    context->saved_data["kernel"] = int64_t{op.kernel.height};
    context->saved_data["stride"] = int64_t{op.stride.height};
    context->saved_data["padding"] = int64_t{op.padding.top};
    return DepthwiseForward(ShapeOf(op, input), input, weight.contiguous());
  }
  static variable_list backward(AutogradContext* context, variable_list gradients) {
    const variable_list saved = context->get_saved_variables();
    const auto value = [&](const char* key) {
      return static_cast<int>(context->saved_data[key].toInt());
    };
    Operator op;
    op.kernel = Extent(value("kernel"));
    op.stride = Extent(value("stride"));
    op.padding = Padding(value("padding"));
    const auto [dx, dweight] = DepthwiseBackward(ShapeOf(op, saved[0]), saved[0],
                                                 saved[1].contiguous(), gradients[0].contiguous());
    return {dx, dweight, at::Tensor()};
  }
};

}  // namespace

bool FastOpsApply(const at::Tensor& input) {
  static const bool off = [] {
    const char* chosen = std::getenv("MCUNAS_CPU_KERNELS");
    return chosen != nullptr && std::string_view(chosen) == "aten";
  }();
  return !off && input.is_cpu() && input.scalar_type() == at::kFloat && input.is_contiguous();
}

bool HasFastDepthwise(const Operator& op) {
  const int kernel = op.kernel.height, stride = op.stride.height;
  return op.kind == OpKind::kDepthwise && op.kernel.square() && op.stride.square() &&
         op.padding.even() && (kernel == 3 || kernel == 5 || kernel == 7) && stride <= 2;
}

at::Tensor FastDepthwise(const Operator& op, const at::Tensor& input, const at::Tensor& weight) {
  return DepthwiseFunction::apply(input, weight, op);
}

at::Tensor FastBatchNormActivation(const at::Tensor& input, const at::Tensor& gamma,
                                   const at::Tensor& beta, Activation activation) {
  return BatchNormFunction::apply(input, gamma, beta, static_cast<int64_t>(activation));
}

std::pair<at::Tensor, at::Tensor> FastMoments(const at::Tensor& input) {
  const Tiling tiling(input);
  const auto tile = static_cast<size_t>(tiling.tile());
  const float* in = input.data_ptr<float>();
  std::vector<float> shift(tile);  // the first row: close enough to the mean to keep the digits
  tiling.Spread(in, shift.data());
  std::vector<float> sums(static_cast<size_t>(kParts) * tile), squares(sums.size());
  tiling.ForEachPart([&](int64_t index, int64_t first, ChannelTile part) {
    const size_t at = static_cast<size_t>(index) * tile;
    Kernels().moments(part, in + first, shift.data(), sums.data() + at, squares.data() + at);
  });
  std::vector<double> mean = tiling.Fold(sums), variance = tiling.Fold(squares);
  const auto rows = static_cast<double>(tiling.rows());
  for (size_t c = 0; c < mean.size(); ++c) {
    const double centred = mean[c] / rows;
    variance[c] = std::max(0.0, variance[c] / rows - centred * centred);
    mean[c] = centred + static_cast<double>(in[c]);
  }
  return {FromDoubles(mean), FromDoubles(variance)};
}

at::Tensor FastScaleActivate(at::Tensor input, const at::Tensor& scale, const at::Tensor& bias,
                             Activation activation) {
  return ScaleClamp(input, scale.contiguous(), bias.contiguous(), BoundsOf(activation), input);
}

}  // namespace mcunas
