// Network: the one description that every room shares. Operators in execution order, int8 or float.
//
// Tensors are [N,H,W,C] with N = 1. Operator i produces tensor i; tensor kNetworkInput is the
// network's input. Operators only read earlier tensors, so a valid network has no cycles. Thread
// rule: plain values.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "common/check.h"
#include "common/expected.h"
#include "common/hash.h"
#include "common/units.h"
#include "network/per_tensor.h"

namespace mcunas {

// Height, width, channels of a feature map; all >= 1. A vector is {1, 1, n}.
struct Shape {
  int height = 1;
  int width = 1;
  int channels = 1;

  bool operator==(const Shape&) const = default;
  int64_t elements() const { return int64_t{height} * width * channels; }
  int64_t row_elements() const { return int64_t{width} * channels; }
};

std::string ShapeText(const Shape& shape);  // "40x40x16"

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
};

inline constexpr OpKind kOpKinds[] = {OpKind::kConv,
                                      OpKind::kPointwise,
                                      OpKind::kDepthwise,
                                      OpKind::kAdd,
                                      OpKind::kAveragePool,
                                      OpKind::kGlobalAveragePool,
                                      OpKind::kFullyConnected,
                                      OpKind::kMaxPool,
                                      OpKind::kMultiply,
                                      OpKind::kAddConstant,
                                      OpKind::kMultiplyConstant,
                                      OpKind::kResizeNearest,
                                      OpKind::kConcatenation,
                                      OpKind::kSoftmax,
                                      OpKind::kLogistic,
                                      OpKind::kTanh,
                                      OpKind::kHardSwish,
                                      OpKind::kLeakyRelu,
                                      OpKind::kRequantize,
                                      OpKind::kSubtract,
                                      OpKind::kSubtractConstant,
                                      OpKind::kMaximum,
                                      OpKind::kMaximumConstant,
                                      OpKind::kMinimum,
                                      OpKind::kMinimumConstant,
                                      OpKind::kReshape,
                                      OpKind::kSlice,
                                      OpKind::kPad,
                                      OpKind::kResizeBilinear,
                                      OpKind::kTransposeConv};

enum class Activation { kNone, kRelu, kRelu6, kReluN1To1 };

inline constexpr Activation kActivations[] = {Activation::kNone, Activation::kRelu,
                                              Activation::kRelu6, Activation::kReluN1To1};

constexpr int kMaxSide =
    32767;  // largest height and width; rows are counted in 16 bits on the board
constexpr int kMaxChannels = 1 << 24;
constexpr int kMaxKernel = 255;
constexpr int kMaxSoftmax = 4095;  // channels; their sum of exponentials has 12 integer bits
constexpr int kMaxDepth =
    1 << 26;  // inputs of one output value; keeps kernel arithmetic in 32 bits

// A size in both directions, of a window or of its steps. Nothing takes it for one number: whoever
// can only do with equal sides asks square().
struct Extent {
  int height = 1;
  int width = 1;

  constexpr Extent() = default;
  constexpr explicit Extent(int both) : height(both), width(both) {}
  constexpr Extent(int h, int w) : height(h), width(w) {}

  bool square() const { return height == width; }
  bool operator==(const Extent&) const = default;
  bool operator==(int both) const { return height == both && width == both; }
};

// Rows and columns of zeros around a map.
struct Padding {
  int top = 0;
  int left = 0;
  int bottom = 0;
  int right = 0;

  constexpr Padding() = default;
  constexpr explicit Padding(int all) : top(all), left(all), bottom(all), right(all) {}
  constexpr Padding(int t, int l, int b, int r) : top(t), left(l), bottom(b), right(r) {}

  bool even() const { return top == left && top == bottom && top == right; }
  bool operator==(const Padding&) const = default;
  bool operator==(int all) const { return even() && top == all; }
};

// (kernel - 1) / 2 on each side, of the window that dilation makes.
Padding CentredPadding(Extent kernel, Extent dilation = {});

// Where a slice begins.
struct Corner {
  int row = 0;
  int column = 0;
  int channel = 0;

  bool operator==(const Corner&) const = default;
};

// At which place of its input a resize takes an output index: TFLite's flags.
enum class Sampling {
  kPlain,    // o * in / out
  kCorners,  // o * (in - 1) / (out - 1): align_corners
  kCentres,  // (o + 1/2) * in / out, of pixels: half_pixel_centers
};

struct Operator {
  OpKind kind = OpKind::kConv;
  std::vector<int> inputs;  // operand tensors, in order; OperandCount() says how many
  Shape in;                 // shape of inputs[0]
  Shape out;
  Extent kernel;    // 1 for operators without a window
  Extent stride;    // >= 1
  Padding padding;  // each side below the dilated kernel; CentredPadding unless a file says
                    // otherwise. kTransposeConv: rows and columns cut off before the output,
                    // below the kernel; what is cut off behind, the output's size says
  Extent dilation;  // distance of neighbouring taps; 1 in pools
  Activation activation = Activation::kNone;
  bool broadcast = false;  // with two operands element by element: inputs[1] is {1, 1, C} or
                           // {1, 1, 1} and inputs[0] is not
  bool reversed = false;   // kSubtract..: the first operand from the second
  int64_t constants = 0;   // k..Constant: 1, in.channels or in.elements(); element i meets constant
                           // i % constants
  Corner corner;           // kSlice
  Sampling sampling = Sampling::kPlain;  // resizes
  int weight_bits = 8;                   // of operators with weights: 8, or 4 for values in [-8, 7]

  bool operator==(const Operator&) const = default;
};

struct Network {
  std::string name;  // for people; not part of the hash
  Shape input;
  std::vector<Operator> operators;
  std::vector<int> outputs;  // operators that produce the outputs, in order; empty = the last one
  // Of a model with several inputs: `input` is one vector of all, one after the other; these
  // operators, each a slice of it or the reshape of one, hold them. Empty: `input` is the only one.
  std::vector<int> inputs;

  int operator_count() const { return static_cast<int>(operators.size()); }
  // Pre-condition: 0 <= index < operator_count().
  const Operator& op(int index) const { return operators[static_cast<size_t>(index)]; }
  Operator& op(int index) { return operators[static_cast<size_t>(index)]; }

  // Of the first output.
  Shape output() const {
    if (operators.empty()) return input;
    return outputs.empty() ? operators.back().out : tensor_shape(outputs.front());
  }
  Shape tensor_shape(int tensor) const { return tensor == kNetworkInput ? input : op(tensor).out; }
};

const char* OpName(OpKind kind);                    // "conv", "pointwise", ... as in the JSON
const char* ActivationName(Activation activation);  // "none", "relu", "relu6", "relu_n1_to_1"
const char* SamplingName(Sampling sampling);        // "plain", "corners", "centres"

// True for operators that slide a window (conv, pointwise, depthwise, pools but the global one):
// output row y reads input rows y * stride - padding + i * dilation for i in [0, kernel), clipped
// to the map.
bool HasWindow(OpKind kind);
// True for operators on two tensors, element by element: add, subtract, multiply, maximum, minimum.
bool IsPairwise(OpKind kind);
// True for the same with constants.
bool HasConstants(OpKind kind);
// True for conv, pointwise, depthwise, fully connected and transposed conv: sums of products with
// weights, plus a bias per output channel.
bool HasWeights(OpKind kind);
// Whether these may have 4 bits: those of all but transposed convolutions.
bool TakesFourBits(OpKind kind);
// True where every output pixel depends on the same pixel of the operands alone, so that it may be
// written exactly over one of them.
bool IsElementwise(OpKind kind);
// True where every output byte depends on the input byte in its place alone, whatever the channel.
bool IsFunctionOfByte(const Operator& op);
// Number of operands; 0 for concatenation, which takes two or more.
int OperandCount(OpKind kind);

// The operators whose outputs the network hands out, in order: `outputs`, or the last one.
std::vector<int> OutputTensors(const Network& network);

// One input of the model: `tensor` holds the elements [offset, offset + shape.elements()) of the
// network's input.
struct InputPart {
  int tensor = kNetworkInput;
  int slice =
      kNetworkInput;  // the operator that cuts it out; kNetworkInput where it is the only one
  int64_t offset = 0;
  Shape shape;
};
std::vector<InputPart> InputParts(const Network& network);

// Multiply-accumulates of the operators with weights; all others count 0, padding counts as data. A
// transposed conv counts its weights over stride^2, rounded up, per output pixel.
Macs OperatorMacs(const Operator& op);
Macs NetworkMacs(const Network& network);
// Weights of one operator: conv and transposed conv O*k*k*I, depthwise k*k*O, ..., the constants of
// k..Constant; biases are counted apart (one per output channel of an operator with weights).
int64_t OperatorWeights(const Operator& op);
// What they take at weight_bits each, rounded up.
int64_t OperatorWeightBytes(const Operator& op);
int64_t OperatorBiases(const Operator& op);

// Checks every law: operands earlier and of the right shape, window arithmetic, sizes >= 1, no
// tensor or weight table over 2^31 - 1 elements, no side over kMaxSide, channels preserved where
// they must be, outputs that exist, inputs that follow one another. The Error (kCorrupt) names the
// first offending operator by index and kind and says what was expected.
Expected<void> VerifyNetwork(const Network& network);

// The laws of operator `index` alone, given that all before it keep them; the message does not name
// it.
Expected<void> VerifyOperator(const Network& network, int index);

// Stable text, one operator per line with shapes, MACs and weights; the same network always prints
// the same bytes.
std::string PrintNetwork(const Network& network);

// Over everything but the name. Equal networks, equal hash, on every machine and in every version.
Hash128 NetworkHash(const Network& network);

}  // namespace mcunas
