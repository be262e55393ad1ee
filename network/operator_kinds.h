// One row per operator kind: all that may be asked of a kind without knowing a network. Names, hash
// codes, predicates, the JSON reader and random networks read this table; a new operator begins
// with its row (docs/adding-an-operator.md). Thread rule: constants.
#pragma once

#include <optional>
#include <span>
#include <string_view>
#include <vector>

namespace mcunas {

enum class OpKind {
  kConv,               // window, all input channels
  kPointwise,          // 1 x 1 convolution
  kDepthwise,          // window, out.channels / in.channels filters per input channel
  kAdd,                // element-wise sum of two tensors
  kAveragePool,        // window, padding not counted
  kGlobalAveragePool,  // whole map -> {1, 1, C}
  kFullyConnected,     // flattened input -> {1, 1, n}
  kMaxPool,            // window, padding not counted
  kMultiply,           // element-wise product
  kAddConstant,        // sum with constants: one, one per channel or one per element
  kMultiplyConstant,   // product with them
  // To any height and width, the pixel that `sampling` says; where it says nothing, each repeated
  // out.height / in.height by out.width / in.width times.
  kResizeNearest,
  kConcatenation,     // channels of two or more maps of one height and width, one after the other
  kSoftmax,           // over the channels of each pixel
  kLogistic,          // 1 / (1 + e^-x), element-wise
  kTanh,              // element-wise
  kHardSwish,         // x min(max(x + 3, 0), 6) / 6, element-wise
  kLeakyRelu,         // x, or alpha x where x < 0, element-wise
  kRequantize,        // the same values in other steps, behind an activation or none
  kSubtract,          // element-wise difference
  kSubtractConstant,  // difference to constants
  kMaximum,           // the larger of two elements
  kMaximumConstant,
  kMinimum,  // the smaller of two elements
  kMinimumConstant,
  kReshape,         // the same elements, in the same order, as another shape
  kSlice,           // a part of the map, from `corner` on, every stride-th row and column
  kPad,             // rows and columns of real 0 around the map, as many as `padding` says
  kResizeBilinear,  // to any height and width, between pixels as `sampling` says
  kTransposeConv,   // every input pixel adds a window of products to the output
  kPRelu,           // x, or alpha x where x < 0: one alpha, or one per channel
};

// What the kinds of a family have in common decides most of what a room does with them.
enum class OpFamily {
  kWeighted,   // sums of products with weights, plus a bias per output channel
  kPool,       // mean or maximum over a window or the whole map
  kPairwise,   // two tensors, element by element
  kConstants,  // a tensor and constants, element by element
  kFunction,   // one function of each byte, whatever its channel
  kSoftmax,    // over the channels of each pixel
  kGeometry,   // chooses, moves and mixes the bytes of maps
};

struct OperatorTraits {
  // Output row y reads input rows y * stride - padding + i * dilation for i in [0, kernel), clipped
  // to the map.
  static constexpr unsigned kWindow = 1;
  static constexpr unsigned kActivation = 2;  // may have a fused activation
  // Bytes keep their meaning: operands and output share scale and zero point. Averages may do
  // otherwise (QuantizedParameters::mean).
  static constexpr unsigned kCopies = 4;
  static constexpr unsigned kFourBits = 8;     // its weights may have 4 bits
  static constexpr unsigned kPerElement = 16;  // its constants may differ from element to element

  OpKind kind;
  const char* name;  // in the JSON, in messages
  int hash_code;     // in NetworkHash: frozen, never used twice
  OpFamily family;
  int operands;         // 0: two or more
  unsigned properties;  // of those above

  constexpr bool has(unsigned property) const { return (properties & property) != 0; }
};

// All rows, in the order of the enum.
std::span<const OperatorTraits> AllOperatorTraits();
// The kind's row; a kind without one is our own bug and stops.
const OperatorTraits& TraitsOf(OpKind kind);
// The kind of that name, if there is one.
std::optional<OpKind> FindOpKind(std::string_view name);
// In the order of the enum.
std::vector<OpKind> KindsOf(OpFamily family);

inline const char* OpName(OpKind kind) { return TraitsOf(kind).name; }
inline OpFamily FamilyOf(OpKind kind) { return TraitsOf(kind).family; }
// Number of operands; 0 for concatenation, which takes two or more.
inline int OperandCount(OpKind kind) { return TraitsOf(kind).operands; }
inline bool HasWindow(OpKind kind) { return TraitsOf(kind).has(OperatorTraits::kWindow); }
inline bool HasWeights(OpKind kind) { return FamilyOf(kind) == OpFamily::kWeighted; }
inline bool IsPairwise(OpKind kind) { return FamilyOf(kind) == OpFamily::kPairwise; }
inline bool HasConstants(OpKind kind) { return FamilyOf(kind) == OpFamily::kConstants; }
inline bool TakesActivation(OpKind kind) { return TraitsOf(kind).has(OperatorTraits::kActivation); }
inline bool CopiesBytes(OpKind kind) { return TraitsOf(kind).has(OperatorTraits::kCopies); }
inline bool TakesFourBits(OpKind kind) { return TraitsOf(kind).has(OperatorTraits::kFourBits); }
// True where every output pixel depends on the same pixel of the operands alone, so that it may be
// written exactly over one of them.
inline bool IsElementwise(OpKind kind) {
  const OpFamily family = FamilyOf(kind);
  return family == OpFamily::kPairwise || family == OpFamily::kConstants ||
         family == OpFamily::kFunction;
}

}  // namespace mcunas
