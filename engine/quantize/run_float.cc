#include "engine/quantize/run_float.h"

#include <Eigen/Core>
#include <algorithm>
#include <cmath>
#include <functional>
#include <span>

#include "common/check.h"
#include "common/index.h"
#include "engine/quantize/run_float_internal.h"
#include "network/float_network.h"
#include "network/image_batch.h"

namespace mcunas {
namespace {

using Matrix = Eigen::Matrix<float, Eigen::Dynamic, Eigen::Dynamic, Eigen::RowMajor>;
using ConstMap = Eigen::Map<const Matrix>;

// Copies the window of output pixel (y, x), zero where it leaves the map, to [k,k,C].
void CopyWindow(const Operator& op, const float* input, int y, int x, float* window) {
  const int channels = op.in.channels;
  for (int ky = 0; ky < op.kernel.height; ++ky) {
    for (int kx = 0; kx < op.kernel.width; ++kx, window += channels) {
      const int in_y = y * op.stride.height - op.padding.top + ky * op.dilation.height;
      const int in_x = x * op.stride.width - op.padding.left + kx * op.dilation.width;
      if (in_y < 0 || in_y >= op.in.height || in_x < 0 || in_x >= op.in.width) {
        std::fill(window, window + channels, 0.0f);
      } else {
        const float* pixel = input + (int64_t{in_y} * op.in.width + in_x) * channels;
        std::copy(pixel, pixel + channels, window);
      }
    }
  }
}

// [out pixels, k*k*C]
Matrix WindowMatrix(const Operator& op, const float* input) {
  const int64_t columns = int64_t{op.kernel.height} * op.kernel.width * op.in.channels;
  Matrix windows(int64_t{op.out.height} * op.out.width, columns);
  float* row = windows.data();
  for (int y = 0; y < op.out.height; ++y) {
    for (int x = 0; x < op.out.width; ++x, row += columns) CopyWindow(op, input, y, x, row);
  }
  return windows;
}

// [out pixels, k*k*I] x [O, k*k*I]^T
void Convolve(const Operator& op, const float* input, const std::vector<float>& weights,
              std::vector<float>* output) {
  const int64_t depth = int64_t{op.kernel.height} * op.kernel.width * op.in.channels;
  const ConstMap filters(weights.data(), op.out.channels, depth);
  const int64_t pixels = int64_t{op.out.height} * op.out.width;
  Eigen::Map<Matrix> result(output->data(), pixels, op.out.channels);
  if (op.kernel == 1 && op.stride == 1 && op.padding == 0) {
    result.noalias() = ConstMap(input, pixels, depth) * filters.transpose();
  } else {
    result.noalias() = WindowMatrix(op, input) * filters.transpose();
  }
}

// Adds one tap of all channels; `multiplier` filters read each input channel.
void AddTap(const float* values, const float* filter, int channels, int multiplier, float* out) {
  if (multiplier == 1) {
    for (int c = 0; c < channels; ++c) out[c] += values[c] * filter[c];
  } else {
    for (int c = 0; c < channels; ++c) out[c] += values[c / multiplier] * filter[c];
  }
}

void Depthwise(const Operator& op, const float* input, const std::vector<float>& weights,
               std::vector<float>* output) {
  const int channels = op.out.channels, multiplier = channels / op.in.channels;
  const int taps = op.kernel.height * op.kernel.width;
  std::vector<float> window(static_cast<size_t>(taps) * op.in.channels);
  float* out = output->data();
  for (int y = 0; y < op.out.height; ++y) {
    for (int x = 0; x < op.out.width; ++x, out += channels) {
      CopyWindow(op, input, y, x, window.data());
      for (int t = 0; t < taps; ++t) {
        AddTap(&window[Index(t) * op.in.channels], &weights[Index(t) * channels], channels,
               multiplier, out);
      }
    }
  }
}

void AveragePool(const Operator& op, const float* input, std::vector<float>* output) {
  float* out = output->data();
  for (int y = 0; y < op.out.height; ++y) {
    const int first_row = y * op.stride.height - op.padding.top;
    const int top = std::max(0, first_row);
    const int bottom = std::min(op.in.height, first_row + op.kernel.height);
    for (int x = 0; x < op.out.width; ++x, out += op.in.channels) {
      const int first_column = x * op.stride.width - op.padding.left;
      const int left = std::max(0, first_column);
      const int right = std::min(op.in.width, first_column + op.kernel.width);
      // The pixels of one window are rows of a matrix: their mean, row after row.
      Eigen::Map<Eigen::RowVectorXf> mean(out, op.in.channels);
      for (int in_y = top; in_y < bottom; ++in_y) {
        const float* row = input + (int64_t{in_y} * op.in.width + left) * op.in.channels;
        mean += ConstMap(row, right - left, op.in.channels).colwise().sum();
      }
      mean /= static_cast<float>((bottom - top) * (right - left));
    }
  }
}

void GlobalAveragePool(const Operator& op, const float* input, std::vector<float>* output) {
  const int64_t pixels = int64_t{op.in.height} * op.in.width;
  Eigen::Map<Eigen::RowVectorXf>(output->data(), op.in.channels) =
      ConstMap(input, pixels, op.in.channels).colwise().mean();
}

// Bias, then batch norm, per channel (the innermost dimension).
void ApplyBiasAndNorm(const FloatParameters& p, std::vector<float>* output) {
  if (!p.bias.empty()) {
    for (size_t i = 0; i < output->size(); ++i) (*output)[i] += p.bias[i % p.bias.size()];
  }
  const BatchNorm& norm = p.batch_norm;
  const size_t channels = norm.gamma.size();
  if (channels == 0) return;
  for (size_t i = 0; i < output->size(); ++i) {
    const size_t c = i % channels;
    const float normalised =
        ((*output)[i] - norm.mean[c]) / std::sqrt(norm.variance[c] + norm.epsilon);
    (*output)[i] = normalised * norm.gamma[c] + norm.beta[c];
  }
}

void Activate(Activation activation, std::vector<float>* output) {
  if (activation == Activation::kNone) return;
  for (float& v : *output) {
    // Not std::max: a NaN has to come through, so that calibration can name the operator.
    const float low = activation == Activation::kReluN1To1 ? -1.0f : 0.0f;
    if (v < low) v = low;
    if (activation == Activation::kRelu6 && v > 6) v = 6;
    if (activation == Activation::kReluN1To1 && v > 1) v = 1;
  }
}

float HardSwish(float x) { return x * std::clamp(x + 3, 0.0f, 6.0f) / 6; }

// Element by element; a shorter second operand, of {1, 1, C} or one value, is repeated.
template <typename Function>
void Pairwise(const float* first, std::span<const float> second, std::vector<float>* output,
              const Function& function) {
  for (size_t i = 0; i < output->size(); ++i) {
    (*output)[i] = function(first[i], second[i % second.size()]);
  }
}

std::vector<float> RunOperator(const Operator& op, const FloatParameters& p, const float* first,
                               std::span<const float> second) {
  std::vector<float> output(static_cast<size_t>(op.out.elements()), 0.0f);
  switch (op.kind) {
    case OpKind::kConv:
    case OpKind::kPointwise:
      Convolve(op, first, p.weights, &output);
      break;
    case OpKind::kDepthwise:
      Depthwise(op, first, p.weights, &output);
      break;
    case OpKind::kFullyConnected:
      Eigen::Map<Eigen::VectorXf>(output.data(), op.out.channels).noalias() =
          ConstMap(p.weights.data(), op.out.channels, op.in.elements()) *
          Eigen::Map<const Eigen::VectorXf>(first, op.in.elements());
      break;
    case OpKind::kAdd:
      Pairwise(first, second, &output, std::plus<>());
      break;
    case OpKind::kMultiply:
      Pairwise(first, second, &output, std::multiplies<>());
      break;
    case OpKind::kHardSwish:
      std::transform(first, first + output.size(), output.begin(), HardSwish);
      break;
    case OpKind::kLogistic:
      std::transform(first, first + output.size(), output.begin(),
                     [](float x) { return 1 / (1 + std::exp(-x)); });
      break;
    case OpKind::kAveragePool:
      AveragePool(op, first, &output);
      break;
    case OpKind::kGlobalAveragePool:
      GlobalAveragePool(op, first, &output);
      break;
    default:
      MCUNAS_CHECK(false, "no float network has this operator");  // CheckFloatNetwork's law
  }
  ApplyBiasAndNorm(p, &output);
  Activate(op.activation, &output);
  return output;
}

}  // namespace

std::vector<std::vector<float>> RunFloatImage(const FloatNetwork& network, const float* image) {
  std::vector<std::vector<float>> outputs;
  outputs.reserve(network.parameters.size());
  const std::span<const float> input(image, Index(network.network.input.elements()));
  const auto values = [&](int tensor) {
    return tensor == kNetworkInput ? input : std::span<const float>(outputs[Index(tensor)]);
  };
  for (size_t i = 0; i < network.parameters.size(); ++i) {
    const Operator& op = network.network.operators[i];
    outputs.push_back(RunOperator(op, network.parameters[i], values(op.inputs.front()).data(),
                                  values(op.inputs.back())));
  }
  return outputs;
}

std::vector<std::vector<float>> RunFloat(const FloatNetwork& network, const ImageBatch& images) {
  MCUNAS_CHECK(images.shape == network.network.input, "images have another shape than the input");
  std::vector<std::vector<float>> all(network.parameters.size());
  for (int i = 0; i < images.count; ++i) {
    const std::vector<std::vector<float>> one =
        RunFloatImage(network, images.pixels.data() + i * images.shape.elements());
    for (size_t op = 0; op < one.size(); ++op) {
      all[op].insert(all[op].end(), one[op].begin(), one[op].end());
    }
  }
  return all;
}

}  // namespace mcunas
