#include "engine/quantize/check_float_network_internal.h"

#include <cmath>
#include <optional>
#include <string>

#include "network/float_network.h"
#include "network/operator_counts.h"

namespace mcunas {
namespace {

using Problem = std::optional<std::string>;

Problem CheckValues(const std::vector<float>& values, int64_t expected, const std::string& what) {
  if (static_cast<int64_t>(values.size()) != expected) {
    return "expected " + std::to_string(expected) + " " + what + ", found " +
           std::to_string(values.size());
  }
  for (size_t i = 0; i < values.size(); ++i) {
    if (!std::isfinite(values[i])) {
      return "entry " + std::to_string(i) + " of its " + what + " is not finite (" +
             std::to_string(values[i]) + ")";
    }
  }
  return std::nullopt;
}

Problem CheckNorm(const BatchNorm& norm, int64_t channels) {
  if (Problem p = CheckValues(norm.gamma, channels, "batch norm gammas")) return p;
  if (Problem p = CheckValues(norm.beta, channels, "batch norm betas")) return p;
  if (Problem p = CheckValues(norm.mean, channels, "batch norm means")) return p;
  if (Problem p = CheckValues(norm.variance, channels, "batch norm variances")) return p;
  for (float v : norm.variance) {
    if (!(v + norm.epsilon > 0)) return "a batch norm variance plus epsilon is not positive";
  }
  return std::nullopt;
}

// What search spaces are made of; everything else only exists quantised, in .tflite files.
bool IsTrained(OpKind kind) {
  if (kind == OpKind::kTransposeConv) return false;
  return HasWeights(kind) || kind == OpKind::kAdd || kind == OpKind::kMultiply ||
         kind == OpKind::kHardSwish || kind == OpKind::kLogistic || kind == OpKind::kAveragePool ||
         kind == OpKind::kGlobalAveragePool;
}

Problem CheckParameters(const Operator& op, const FloatParameters& p) {
  if (!IsTrained(op.kind)) return "cannot be quantised from float";
  if (Problem found = CheckValues(p.weights, OperatorWeights(op), "weights")) return found;
  const int64_t channels = OperatorBiases(op);
  if (!p.bias.empty()) {
    if (Problem found = CheckValues(p.bias, channels, "biases")) return found;
  }
  const BatchNorm& norm = p.batch_norm;
  const bool none =
      norm.gamma.empty() && norm.beta.empty() && norm.mean.empty() && norm.variance.empty();
  return none ? std::nullopt : CheckNorm(norm, channels);
}

}  // namespace

Expected<void> CheckFloatNetwork(const FloatNetwork& network) {
  const std::vector<Operator>& operators = network.network.operators;
  if (network.parameters.size() != operators.size()) {
    return Error{ErrorCode::kCorrupt,
                 "network '" + network.network.name + "': " + std::to_string(operators.size()) +
                     " operators, but parameters of " + std::to_string(network.parameters.size())};
  }
  for (size_t i = 0; i < operators.size(); ++i) {
    if (const Problem p = CheckParameters(operators[i], network.parameters[i])) {
      return Error{ErrorCode::kCorrupt, "network '" + network.network.name + "': operator " +
                                            std::to_string(i) + " (" + OpName(operators[i].kind) +
                                            "): " + *p};
    }
  }
  return {};
}

}  // namespace mcunas
