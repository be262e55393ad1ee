#include "nas/predictor/features.h"

#include <algorithm>

#include "common/check.h"
#include "network/operator_counts.h"

namespace mcunas {
namespace {

int LongerSide(const Operator& op) { return std::max(op.kernel.height, op.kernel.width); }

// Of an operator with weights.
int MacFeature(const Operator& op) {
  const bool pointwise =
      op.kind == OpKind::kPointwise || (op.kind == OpKind::kConv && op.kernel == 1);
  if (pointwise) return kPointwiseMacs;
  if (op.kind == OpKind::kConv)
    return op.inputs.at(0) == kNetworkInput ? kFirstConvMacs : kConvMacs;
  if (op.kind == OpKind::kTransposeConv) return kConvMacs;
  if (op.kind == OpKind::kFullyConnected) return kFullyConnectedMacs;
  MCUNAS_CHECK(op.kind == OpKind::kDepthwise, "an operator with weights and no feature");
  if (LongerSide(op) <= 3) return kDepthwise3Macs;
  return LongerSide(op) <= 5 ? kDepthwise5Macs : kDepthwise7Macs;
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
  if (!HasWeights(op.kind)) {
    features[kSimpleElements] = SimpleElements(op);
    return features;
  }
  features[static_cast<size_t>(MacFeature(op))] = static_cast<double>(OperatorMacs(op).value);
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
