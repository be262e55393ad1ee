// Network: the one description that every room shares. Operators in execution order, int8 or float.
//
// Tensors are [N,H,W,C] with N = 1. Operator i produces tensor i; tensor kNetworkInput is the
// network's input. Operators only read earlier tensors, so a valid network has no cycles. Thread
// rule: plain values.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "common/expected.h"
#include "common/hash.h"
#include "common/units.h"

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

enum class OpKind {
  kConv,               // k x k, all input channels
  kPointwise,          // 1 x 1 convolution
  kDepthwise,          // k x k, one filter per channel
  kAdd,                // element-wise sum of two tensors of one shape
  kAveragePool,        // k x k window, padding not counted
  kGlobalAveragePool,  // whole map -> {1, 1, C}
  kFullyConnected,     // flattened input -> {1, 1, n}
};

enum class Activation { kNone, kRelu, kRelu6 };

constexpr int kNetworkInput = -1;  // as an operand: the network's input
constexpr int kMaxSide =
    32767;  // largest height and width; rows are counted in 16 bits on the board
constexpr int kMaxChannels = 1 << 24;
constexpr int kMaxKernel = 255;
constexpr int kMaxDepth =
    1 << 26;  // inputs of one output value; keeps kernel arithmetic in 32 bits

struct Operator {
  OpKind kind = OpKind::kConv;
  std::vector<int> inputs;  // operand tensors, in order; kAdd has two, all others one
  Shape in;                 // shape of inputs[0]
  Shape out;
  int kernel = 1;   // square; 1 for operators without a window
  int stride = 1;   // 1 or 2, both directions
  int padding = 0;  // each side, < kernel; (kernel - 1) / 2 unless a file says otherwise
  Activation activation = Activation::kNone;

  bool operator==(const Operator&) const = default;
};

struct Network {
  std::string name;  // for people; not part of the hash
  Shape input;
  std::vector<Operator> operators;  // the last one produces the output

  Shape output() const { return operators.empty() ? input : operators.back().out; }
  Shape tensor_shape(int tensor) const {
    return tensor == kNetworkInput ? input : operators[static_cast<size_t>(tensor)].out;
  }
};

const char* OpName(OpKind kind);                    // "conv", "pointwise", ... as in the JSON
const char* ActivationName(Activation activation);  // "none", "relu", "relu6"

// True for operators that slide a window (conv, pointwise, depthwise, average pool): output row y
// reads input rows [y * stride - padding, y * stride - padding + kernel), clipped to the map.
bool HasWindow(OpKind kind);

// Multiply-accumulates of the operators with weights; add and pools count 0, padding counts as
// data.
Macs OperatorMacs(const Operator& op);
Macs NetworkMacs(const Network& network);
// Weights of one operator: conv O*k*k*I, depthwise k*k*C, ...; biases are counted apart (one per
// output channel of an operator with weights).
int64_t OperatorWeights(const Operator& op);
int64_t OperatorBiases(const Operator& op);

// Checks every law: operands earlier and of the right shape, window arithmetic, stride, sizes >= 1,
// no tensor or weight table over 2^31 - 1 elements, no side over kMaxSide, channels preserved where
// they must be. The Error (kCorrupt) names the first offending operator by index and kind and says
// what was expected.
Expected<void> VerifyNetwork(const Network& network);

// Stable text, one operator per line with shapes, MACs and weights; the same network always prints
// the same bytes.
std::string PrintNetwork(const Network& network);

// Over everything but the name. Equal networks, equal hash, on every machine and in every version.
Hash128 NetworkHash(const Network& network);

}  // namespace mcunas
