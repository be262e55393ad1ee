// Network: the one description that every room shares. Operators in execution order, int8 or float.
//
// Tensors are [N,H,W,C] with N = 1. Operator i produces tensor i; tensor kNetworkInput is the
// network's input. Operators only read earlier tensors, so a valid network has no cycles. Thread
// rule: plain values.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "network/operator_kinds.h"
#include "network/per_tensor.h"
#include "network/shape.h"

namespace mcunas {

enum class Activation { kNone, kRelu, kRelu6, kReluN1To1 };

inline constexpr Activation kActivations[] = {Activation::kNone, Activation::kRelu,
                                              Activation::kRelu6, Activation::kReluN1To1};

// Largest height and width; rows are counted in 16 bits on the board.
constexpr int kMaxSide = 32767;
constexpr int kMaxChannels = 1 << 24;
constexpr int kMaxKernel = 255;
constexpr int kMaxSoftmax = 4095;  // channels; their sum of exponentials has 12 integer bits
// Inputs of one output value; keeps kernel arithmetic in 32 bits.
constexpr int kMaxDepth = 1 << 26;

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
  Extent kernel;  // 1 for operators without a window
  Extent stride;  // >= 1
  // Each side below the dilated kernel; CentredPadding unless a file says otherwise.
  // kTransposeConv: rows and columns cut off before the output, below the kernel; what is cut off
  // behind, the output's size says.
  Padding padding;
  Extent dilation;  // distance of neighbouring taps; 1 in pools
  Activation activation = Activation::kNone;
  // With two operands element by element: inputs[1] is {1, 1, C} or {1, 1, 1} and inputs[0] is not.
  bool broadcast = false;
  bool reversed = false;  // kSubtract..: the first operand from the second
  // k..Constant: one of ConstantCounts(); element i meets constant i % constants.
  int64_t constants = 0;
  Corner corner;                         // kSlice
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

const char* ActivationName(Activation activation);  // "none", "relu", "relu6", "relu_n1_to_1"
const char* SamplingName(Sampling sampling);        // "plain", "corners", "centres"

// True where every output byte depends on the input byte in its place alone, whatever the channel.
bool IsFunctionOfByte(const Operator& op);

// The operators whose outputs the network hands out, in order: `outputs`, or the last one.
std::vector<int> OutputTensors(const Network& network);
// Whether these are others than the last operator alone.
bool NamesOutputs(const Network& network);

// One input of the model: `tensor` holds the elements [offset, offset + shape.elements()) of the
// network's input.
struct InputPart {
  int tensor = kNetworkInput;
  // The operator that cuts it out; kNetworkInput where it is the only one.
  int slice = kNetworkInput;
  int64_t offset = 0;
  Shape shape;
};
std::vector<InputPart> InputParts(const Network& network);

// How many constants an operator on such a map may have: one, one per channel and, of most kinds,
// one per element. Empty for kinds without constants.
std::vector<int64_t> ConstantCounts(OpKind kind, const Shape& in);

}  // namespace mcunas
