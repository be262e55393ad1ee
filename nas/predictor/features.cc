#include "nas/predictor/features.h"

#include <algorithm>

#include "common/check.h"

namespace mcunas {
namespace {

int LongerSide(const Operator& op) { return std::max(op.kernel.height, op.kernel.width); }

int MacFeature(const Operator& op) {
  switch (op.kind) {
    case OpKind::kPointwise:
      return kPointwiseMacs;
    case OpKind::kConv:
      if (op.kernel == 1) return kPointwiseMacs;
      return op.inputs.at(0) == kNetworkInput ? kFirstConvMacs : kConvMacs;
    case OpKind::kDepthwise:
      if (LongerSide(op) <= 3) return kDepthwise3Macs;
      return LongerSide(op) <= 5 ? kDepthwise5Macs : kDepthwise7Macs;
    case OpKind::kTransposeConv:
      return kConvMacs;
    case OpKind::kFullyConnected:
      return kFullyConnectedMacs;
    case OpKind::kAdd:
    case OpKind::kAveragePool:
    case OpKind::kGlobalAveragePool:
    case OpKind::kMaxPool:
    case OpKind::kMultiply:
    case OpKind::kAddConstant:
    case OpKind::kMultiplyConstant:
    case OpKind::kResizeNearest:
    case OpKind::kConcatenation:
    case OpKind::kSoftmax:
    case OpKind::kLogistic:
    case OpKind::kTanh:
    case OpKind::kHardSwish:
    case OpKind::kLeakyRelu:
    case OpKind::kRequantize:
    case OpKind::kSubtract:
    case OpKind::kSubtractConstant:
    case OpKind::kMaximum:
    case OpKind::kMaximumConstant:
    case OpKind::kMinimum:
    case OpKind::kMinimumConstant:
    case OpKind::kReshape:
    case OpKind::kSlice:
    case OpKind::kPad:
    case OpKind::kResizeBilinear:
      return -1;
  }
  MCUNAS_CHECK(false, "unknown operator kind");
  return -1;
}

double SimpleElements(const Operator& op) {
  if (op.kind == OpKind::kAveragePool || op.kind == OpKind::kMaxPool) {
    return static_cast<double>(op.out.elements() * op.kernel.height * op.kernel.width);
  }
  if (op.kind == OpKind::kResizeNearest || op.kind == OpKind::kConcatenation ||
      op.kind == OpKind::kSlice || op.kind == OpKind::kPad) {
    return static_cast<double>(op.out.elements());
  }
  if (op.kind == OpKind::kResizeBilinear) return static_cast<double>(4 * op.out.elements());
  const int64_t reads = op.inputs.size() > 1 ? 2 : 1;
  return static_cast<double>(op.in.elements() * reads);
}

}  // namespace

const char* FeatureName(int feature) {
  static constexpr std::array<const char*, kFeatureCount> kNames = {
      "pointwise_macs",       "conv_macs",       "first_conv_macs",
      "depthwise3_macs",      "depthwise5_macs", "depthwise7_macs",
      "fully_connected_macs", "outputs",         "simple_elements",
      "weight_bytes",         "operators"};
  return kNames.at(static_cast<size_t>(feature));
}

Features OperatorFeatures(const Operator& op) {
  Features features{};
  features[kOperators] = 1;
  const int macs = MacFeature(op);
  if (macs < 0) {
    features[kSimpleElements] = SimpleElements(op);
    return features;
  }
  features[static_cast<size_t>(macs)] = static_cast<double>(OperatorMacs(op).value);
  features[kOutputs] = static_cast<double>(op.out.elements());
  features[kWeightBytes] = static_cast<double>(OperatorWeights(op));
  return features;
}

Features NetworkFeatures(const Network& network) {
  Features sum{};
  for (const Operator& op : network.operators) {
    const Features features = OperatorFeatures(op);
    for (size_t f = 0; f < sum.size(); ++f) sum[f] += features[f];
  }
  return sum;
}

}  // namespace mcunas
