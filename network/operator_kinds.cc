#include "network/operator_kinds.h"

#include <algorithm>
#include <array>
#include <cstddef>

#include "common/check.h"

namespace mcunas {
namespace {

using K = OpKind;
using F = OpFamily;

// Properties.
constexpr unsigned kWindow = OperatorTraits::kWindow;
constexpr unsigned kActivation = OperatorTraits::kActivation;
constexpr unsigned kCopies = OperatorTraits::kCopies;
constexpr unsigned kFourBits = OperatorTraits::kFourBits;
constexpr unsigned kPerElement = OperatorTraits::kPerElement;

// clang-format off
constexpr std::array kTable = std::to_array<OperatorTraits>({
    // kind                 name                 hash  family     operands  properties
    {K::kConv,               "conv",                 1, F::kWeighted,  1, kWindow | kActivation | kFourBits},
    {K::kPointwise,          "pointwise",            2, F::kWeighted,  1, kWindow | kActivation | kFourBits},
    {K::kDepthwise,          "depthwise",            3, F::kWeighted,  1, kWindow | kActivation | kFourBits},
    {K::kAdd,                "add",                  4, F::kPairwise,  2, kActivation},
    {K::kAveragePool,        "average_pool",         5, F::kPool,      1, kWindow | kActivation | kCopies},
    {K::kGlobalAveragePool,  "global_average_pool",  6, F::kPool,      1, kCopies},
    {K::kFullyConnected,     "fully_connected",      7, F::kWeighted,  1, kActivation | kFourBits},
    {K::kMaxPool,            "max_pool",             8, F::kPool,      1, kWindow | kActivation | kCopies},
    {K::kMultiply,           "multiply",             9, F::kPairwise,  2, kActivation},
    {K::kAddConstant,        "add_constant",        10, F::kConstants, 1, kActivation | kPerElement},
    {K::kMultiplyConstant,   "multiply_constant",   11, F::kConstants, 1, kActivation | kPerElement},
    {K::kResizeNearest,      "resize_nearest",      12, F::kGeometry,  1, kCopies},
    {K::kConcatenation,      "concatenation",       13, F::kGeometry,  0, kCopies},
    {K::kSoftmax,            "softmax",             14, F::kSoftmax,   1, 0},
    {K::kLogistic,           "logistic",            15, F::kFunction,  1, 0},
    {K::kTanh,               "tanh",                32, F::kFunction,  1, 0},
    {K::kHardSwish,          "hard_swish",          33, F::kFunction,  1, 0},
    {K::kLeakyRelu,          "leaky_relu",          34, F::kFunction,  1, 0},
    {K::kRequantize,         "requantize",          35, F::kFunction,  1, kActivation},
    {K::kSubtract,           "subtract",            36, F::kPairwise,  2, kActivation},
    {K::kSubtractConstant,   "subtract_constant",   37, F::kConstants, 1, kActivation | kPerElement},
    {K::kMaximum,            "maximum",             38, F::kPairwise,  2, kCopies},
    {K::kMaximumConstant,    "maximum_constant",    39, F::kConstants, 1, kCopies | kPerElement},
    {K::kMinimum,            "minimum",             40, F::kPairwise,  2, kCopies},
    {K::kMinimumConstant,    "minimum_constant",    41, F::kConstants, 1, kCopies | kPerElement},
    {K::kReshape,            "reshape",             16, F::kGeometry,  1, kCopies},
    {K::kSlice,              "slice",               42, F::kGeometry,  1, kCopies},
    {K::kPad,                "pad",                 43, F::kGeometry,  1, kCopies},
    {K::kResizeBilinear,     "resize_bilinear",     44, F::kGeometry,  1, kCopies},
    {K::kTransposeConv,      "transpose_conv",      45, F::kWeighted,  1, kActivation},
    {K::kPRelu,              "prelu",               46, F::kConstants, 1, 0},
});
// clang-format on

consteval bool StandsInOrder() {
  for (size_t i = 0; i < kTable.size(); ++i)
    if (static_cast<size_t>(kTable[i].kind) != i) return false;
  return true;
}
static_assert(StandsInOrder(), "one row per kind, in the order of the enum");

consteval bool TellsKindsApart() {
  for (size_t i = 0; i < kTable.size(); ++i) {
    for (size_t j = 0; j < i; ++j) {
      if (kTable[i].hash_code == kTable[j].hash_code) return false;
      if (std::string_view(kTable[i].name) == kTable[j].name) return false;
    }
  }
  return true;
}
static_assert(TellsKindsApart(), "a name or a hash code stands twice");

}  // namespace

std::span<const OperatorTraits> AllOperatorTraits() { return kTable; }

const OperatorTraits& TraitsOf(OpKind kind) {
  const auto row = static_cast<size_t>(kind);
  MCUNAS_CHECK(row < kTable.size(), "an operator kind without a row");
  return kTable[row];
}

std::optional<OpKind> FindOpKind(std::string_view name) {
  const auto found = std::find_if(kTable.begin(), kTable.end(),
                                  [&](const OperatorTraits& row) { return name == row.name; });
  if (found == kTable.end()) return std::nullopt;
  return found->kind;
}

std::vector<OpKind> KindsOf(OpFamily family) {
  std::vector<OpKind> kinds;
  for (const OperatorTraits& row : kTable)
    if (row.family == family) kinds.push_back(row.kind);
  return kinds;
}

}  // namespace mcunas
