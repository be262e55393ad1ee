// A FloatNetwork run by plain loops in double precision: what Extract promises, without LibTorch.
#pragma once

#include <algorithm>
#include <cmath>
#include <vector>

#include "network/float_network.h"

namespace mcunas {

using PlainTensor = std::vector<double>;  // [H,W,C]

// Weight of output channel o, tap (ky, kx), input channel i in the layout of FloatParameters.
inline double PlainWeight(const Operator& op, const FloatParameters& p, int o, int ky, int kx,
                          int i) {
  const Extent k = op.kernel;
  if (op.kind == OpKind::kDepthwise) {
    return p.weights[static_cast<size_t>((ky * k.width + kx) * op.in.channels + o)];
  }
  return p.weights[static_cast<size_t>(((o * k.height + ky) * k.width + kx) * op.in.channels + i)];
}

inline double PlainWindow(const Operator& op, const FloatParameters& p, const PlainTensor& in,
                          int y, int x, int o) {
  double sum = 0;
  const bool depthwise = op.kind == OpKind::kDepthwise;
  for (int ky = 0; ky < op.kernel.height; ++ky) {
    for (int kx = 0; kx < op.kernel.width; ++kx) {
      const int row = y * op.stride.height - op.padding.top + ky;
      const int column = x * op.stride.width - op.padding.left + kx;
      if (row < 0 || row >= op.in.height || column < 0 || column >= op.in.width) continue;
      const int first = depthwise ? o : 0, last = depthwise ? o + 1 : op.in.channels;
      for (int i = first; i < last; ++i) {
        const int at = (row * op.in.width + column) * op.in.channels + i;
        sum += PlainWeight(op, p, o, ky, kx, i) * in[static_cast<size_t>(at)];
      }
    }
  }
  return sum;
}

inline double PlainActivate(Activation activation, double value) {
  if (activation == Activation::kRelu) return std::max(value, 0.0);
  return activation == Activation::kRelu6 ? std::clamp(value, 0.0, 6.0) : value;
}

inline double PlainFinish(const Operator& op, const FloatParameters& p, double value, int o) {
  const auto c = static_cast<size_t>(o);
  if (!p.bias.empty()) value += p.bias[c];
  if (!p.batch_norm.gamma.empty()) {
    const BatchNorm& b = p.batch_norm;
    value =
        (value - b.mean[c]) / std::sqrt(double{b.variance[c]} + b.epsilon) * b.gamma[c] + b.beta[c];
  }
  return PlainActivate(op.activation, value);
}

inline PlainTensor PlainPool(const Operator& op, const PlainTensor& in) {
  PlainTensor out(static_cast<size_t>(op.out.channels));
  for (size_t i = 0; i < in.size(); ++i) out[i % out.size()] += in[i];
  for (double& value : out) value /= op.in.height * op.in.width;
  return out;
}

// Operators without weights, whose second operand may be repeated for every pixel.
inline PlainTensor PlainElements(const Operator& op, const PlainTensor& a, const PlainTensor& b) {
  PlainTensor out;
  for (size_t i = 0; i < a.size(); ++i) {
    const double x = a[i], y = b[i % b.size()];
    double value = x + y;
    if (op.kind == OpKind::kMultiply) value = x * y;
    if (op.kind == OpKind::kHardSwish) value = x * std::clamp(x + 3, 0.0, 6.0) / 6;
    if (op.kind == OpKind::kLogistic) value = 1 / (1 + std::exp(-x));
    out.push_back(PlainActivate(op.activation, value));
  }
  return out;
}

inline PlainTensor PlainForward(const FloatNetwork& net, const float* image) {
  const PlainTensor input(image, image + net.network.input.elements());
  std::vector<PlainTensor> tensors;
  for (size_t n = 0; n < net.network.operators.size(); ++n) {
    const Operator& op = net.network.operators[n];
    const auto operand = [&](size_t i) -> const PlainTensor& {
      return op.inputs[i] < 0 ? input : tensors[static_cast<size_t>(op.inputs[i])];
    };
    PlainTensor out;
    if (op.kind == OpKind::kGlobalAveragePool) {
      out = PlainPool(op, operand(0));
    } else if (!HasWeights(op.kind)) {
      out = PlainElements(op, operand(0), operand(op.inputs.size() - 1));
    } else {
      for (int y = 0; y < op.out.height; ++y) {
        for (int x = 0; x < op.out.width; ++x) {
          for (int o = 0; o < op.out.channels; ++o) {
            const double sum = PlainWindow(op, net.parameters[n], operand(0), y, x, o);
            out.push_back(PlainFinish(op, net.parameters[n], sum, o));
          }
        }
      }
    }
    tensors.push_back(std::move(out));
  }
  return tensors.back();
}

inline int PlainArgmax(const PlainTensor& logits) {
  return static_cast<int>(std::max_element(logits.begin(), logits.end()) - logits.begin());
}

}  // namespace mcunas
