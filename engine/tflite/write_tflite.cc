#include "engine/tflite/write_tflite.h"

#include <algorithm>
#include <utility>

#include "common/check.h"
#include "engine/tflite/model_builder_internal.h"

namespace mcunas {
namespace {

namespace schema = tflite_schema;

std::vector<int32_t> Dimensions(const Shape& s) { return {1, s.height, s.width, s.channels}; }

schema::ActivationFunctionType ActivationCode(Activation activation) {
  switch (activation) {
    case Activation::kNone:
      return schema::ActivationFunctionType::NONE;
    case Activation::kRelu:
      return schema::ActivationFunctionType::RELU;
    case Activation::kRelu6:
      return schema::ActivationFunctionType::RELU6;
  }
  MCUNAS_CHECK(false, "activation of no known kind");
}

template <typename Options>
schema::BuiltinOptionsUnion Union(Options options) {
  schema::BuiltinOptionsUnion result;
  result.Set(std::move(options));
  return result;
}

// TFLite's SAME: output ceil(in / stride), the smaller half of the padding first.
bool SamePaddingFits(const Operator& op, int in, int out) {
  const int total = std::max(0, (out - 1) * op.stride + op.kernel - in);
  return out == (in + op.stride - 1) / op.stride && total / 2 == op.padding;
}

bool SamePaddingFits(const Operator& op) {
  return SamePaddingFits(op, op.in.height, op.out.height) &&
         SamePaddingFits(op, op.in.width, op.out.width);
}

// Rows or columns to add behind the map so that the last window is complete.
int PaddingBehind(const Operator& op, int in, int out) {
  return std::max(0, (out - 1) * op.stride + op.kernel - op.padding - in);
}

// Half-open range of input positions below the window of output position `out`.
std::pair<int, int> WindowOf(const Operator& op, int out, int in) {
  const int origin = out * op.stride - op.padding;
  return {std::max(0, origin), std::min(in, origin + op.kernel)};
}

struct Padded {
  int tensor;
  schema::Padding padding;
};

class Writer {
 public:
  explicit Writer(const QuantizedNetwork& network)
      : network_(network), builder_(network.network.name) {}

  std::vector<uint8_t> Run() {
    const Network& net = network_.network;
    const int input = builder_.AddActivation("input", Dimensions(net.input), network_.input);
    tensors_.push_back(input);
    for (size_t i = 0; i < net.operators.size(); ++i) {
      index_ = static_cast<int>(i);
      tensors_.push_back(WriteOperator(net.operators[i]));
    }
    return std::move(builder_).Finish(input, tensors_.back());
  }

 private:
  const QuantizedParameters& Parameters() const {
    return network_.parameters[static_cast<size_t>(index_)];
  }
  int Operand(const Operator& op, size_t which) const {
    return tensors_[static_cast<size_t>(op.inputs[which] + 1)];
  }
  std::string Name(const std::string& part) const { return std::to_string(index_) + "_" + part; }
  int AddOutput(const std::vector<int32_t>& shape) {
    return builder_.AddActivation(TfliteTensorName(network_.network, index_), shape,
                                  Parameters().output);
  }

  // Writes the operator and returns the tensor that later operators read.
  int WriteOperator(const Operator& op) {
    switch (op.kind) {
      case OpKind::kConv:
      case OpKind::kPointwise:
        return WriteConv(op);
      case OpKind::kDepthwise:
        return WriteDepthwise(op);
      case OpKind::kAdd:
        return WriteAdd(op);
      case OpKind::kAveragePool:
        return WriteAveragePool(op);
      case OpKind::kGlobalAveragePool:
        return WriteGlobalAveragePool(op);
      case OpKind::kFullyConnected:
        return WriteFullyConnected(op);
    }
    MCUNAS_CHECK(false, "operator of no known kind");
  }

  // The operand of a window operator, behind an explicit PAD where neither SAME nor VALID is our
  // padding.
  Padded PaddedOperand(const Operator& op) {
    const int operand = Operand(op, 0);
    if (op.padding == 0) return {operand, schema::Padding::VALID};
    if (SamePaddingFits(op)) return {operand, schema::Padding::SAME};
    const int bottom = PaddingBehind(op, op.in.height, op.out.height);
    const int right = PaddingBehind(op, op.in.width, op.out.width);
    Shape shape = op.in;
    shape.height += op.padding + bottom;
    shape.width += op.padding + right;
    const int amounts = builder_.AddIndices(Name("paddings"), {4, 2},
                                            {0, 0, op.padding, bottom, op.padding, right, 0, 0});
    const int padded =
        builder_.AddActivation(Name("pad"), Dimensions(shape), network_.tensor(op.inputs[0]));
    builder_.AddOperator(schema::BuiltinOperator::PAD, {operand, amounts}, padded,
                         Union(schema::PadOptionsT{}));
    return {padded, schema::Padding::VALID};
  }

  // Operand, weights and bias as TFLite orders them.
  std::vector<int32_t> WeightedInputs(const Operator& op, int operand,
                                      const std::vector<int32_t>& shape, int dimension) {
    const int weights = builder_.AddWeights(Name("weights"), shape, Parameters(), dimension);
    const float input_scale = network_.tensor(op.inputs[0]).scale;
    return {operand, weights, builder_.AddBias(Name("bias"), Parameters(), input_scale)};
  }

  int WriteConv(const Operator& op) {
    const Padded source = PaddedOperand(op);
    const std::vector<int32_t> inputs = WeightedInputs(
        op, source.tensor, {op.out.channels, op.kernel, op.kernel, op.in.channels}, 0);
    schema::Conv2DOptionsT options;
    options.padding = source.padding;
    options.stride_w = options.stride_h = op.stride;
    options.fused_activation_function = ActivationCode(op.activation);
    const int output = AddOutput(Dimensions(op.out));
    builder_.AddOperator(schema::BuiltinOperator::CONV_2D, inputs, output, Union(options));
    return output;
  }

  int WriteDepthwise(const Operator& op) {
    const Padded source = PaddedOperand(op);
    const std::vector<int32_t> inputs =
        WeightedInputs(op, source.tensor, {1, op.kernel, op.kernel, op.out.channels}, 3);
    schema::DepthwiseConv2DOptionsT options;
    options.padding = source.padding;
    options.stride_w = options.stride_h = op.stride;
    options.depth_multiplier = 1;
    options.fused_activation_function = ActivationCode(op.activation);
    const int output = AddOutput(Dimensions(op.out));
    builder_.AddOperator(schema::BuiltinOperator::DEPTHWISE_CONV_2D, inputs, output,
                         Union(options));
    return output;
  }

  int WriteAdd(const Operator& op) {
    schema::AddOptionsT options;
    options.fused_activation_function = ActivationCode(op.activation);
    const int output = AddOutput(Dimensions(op.out));
    builder_.AddOperator(schema::BuiltinOperator::ADD, {Operand(op, 0), Operand(op, 1)}, output,
                         Union(options));
    return output;
  }

  int WriteFullyConnected(const Operator& op) {
    const auto depth = static_cast<int32_t>(op.in.elements());
    const std::vector<int32_t> inputs =
        WeightedInputs(op, Operand(op, 0), {op.out.channels, depth}, 0);
    schema::FullyConnectedOptionsT options;
    options.fused_activation_function = ActivationCode(op.activation);
    const int output = AddOutput({1, op.out.channels});
    builder_.AddOperator(schema::BuiltinOperator::FULLY_CONNECTED, inputs, output, Union(options));
    return NeedsFourDimensions() ? WriteReshape(op, output) : output;
  }

  // TFLite's fully connected gives [1, n]; only its own kind takes that as input.
  bool NeedsFourDimensions() const {
    const std::vector<Operator>& operators = network_.network.operators;
    return std::any_of(operators.begin(), operators.end(), [&](const Operator& later) {
      return later.kind != OpKind::kFullyConnected &&
             std::find(later.inputs.begin(), later.inputs.end(), index_) != later.inputs.end();
    });
  }

  int WriteReshape(const Operator& op, int flat) {
    schema::ReshapeOptionsT options;
    options.new_shape = Dimensions(op.out);
    const int shape = builder_.AddIndices(Name("shape"), {4}, options.new_shape);
    const int output =
        builder_.AddActivation(Name("reshape"), options.new_shape, Parameters().output);
    builder_.AddOperator(schema::BuiltinOperator::RESHAPE, {flat, shape}, output, Union(options));
    return output;
  }

  struct Pool {
    int height, width;  // of the window
    int stride = 1;
    schema::Padding padding = schema::Padding::VALID;
    Activation activation = Activation::kNone;
  };

  void AddPool(const Pool& pool, int operand, int output) {
    schema::Pool2DOptionsT options;
    options.padding = pool.padding;
    options.stride_w = options.stride_h = pool.stride;
    options.filter_height = pool.height;
    options.filter_width = pool.width;
    options.fused_activation_function = ActivationCode(pool.activation);
    builder_.AddOperator(schema::BuiltinOperator::AVERAGE_POOL_2D, {operand}, output,
                         Union(options));
  }

  int WriteGlobalAveragePool(const Operator& op) {
    const int output = AddOutput(Dimensions(op.out));
    AddPool({op.in.height, op.in.width}, Operand(op, 0), output);
    return output;
  }

  int WriteAveragePool(const Operator& op) {
    Pool pool{op.kernel, op.kernel, op.stride, schema::Padding::VALID, op.activation};
    const bool same = SamePaddingFits(op);
    if (op.padding == 0 || same) {
      if (op.padding != 0) pool.padding = schema::Padding::SAME;
      const int output = AddOutput(Dimensions(op.out));
      AddPool(pool, Operand(op, 0), output);
      return output;
    }
    if (op.padding == (op.kernel - 1) / 2) return WriteSlicedPool(op, pool);
    return WritePoolByPixel(op);
  }

  // At stride 1 SAME pads as we do: every stride-th window of that is ours.
  int WriteSlicedPool(const Operator& op, Pool pool) {
    pool.stride = 1;
    pool.padding = schema::Padding::SAME;
    const int dense = builder_.AddActivation(Name("pool"), Dimensions(op.in), Parameters().output);
    AddPool(pool, Operand(op, 0), dense);
    const int output = AddOutput(Dimensions(op.out));
    const int stop_row = (op.out.height - 1) * op.stride + 1;
    const int stop_column = (op.out.width - 1) * op.stride + 1;
    AddSlice(dense, {0, 0, stop_row, stop_column, op.stride, op.in.channels}, output);
    return output;
  }

  struct Slice {
    int row, column, stop_row, stop_column, stride, channels;
  };

  void AddSlice(int operand, const Slice& s, int output) {
    const int begin = builder_.AddIndices(Name("begin"), {4}, {0, s.row, s.column, 0});
    const int end =
        builder_.AddIndices(Name("end"), {4}, {1, s.stop_row, s.stop_column, s.channels});
    const int strides = builder_.AddIndices(Name("strides"), {4}, {1, s.stride, s.stride, 1});
    builder_.AddOperator(schema::BuiltinOperator::STRIDED_SLICE, {operand, begin, end, strides},
                         output, Union(schema::StridedSliceOptionsT{}));
  }

  // Padding that no TFLite pool has: every window is cut out, pooled as a whole, and put in its
  // place.
  int WritePoolByPixel(const Operator& op) {
    std::vector<int32_t> rows;
    for (int y = 0; y < op.out.height; ++y) {
      std::vector<int32_t> pixels;
      for (int x = 0; x < op.out.width; ++x) pixels.push_back(WritePooledWindow(op, y, x));
      const Shape row{1, op.out.width, op.out.channels};
      rows.push_back(builder_.AddActivation(Name("row"), Dimensions(row), Parameters().output));
      AddConcatenation(pixels, 2, rows.back());
    }
    const int output = AddOutput(Dimensions(op.out));
    AddConcatenation(rows, 1, output);
    return output;
  }

  int WritePooledWindow(const Operator& op, int y, int x) {
    const auto [top, bottom] = WindowOf(op, y, op.in.height);
    const auto [left, right] = WindowOf(op, x, op.in.width);
    const Shape shape{bottom - top, right - left, op.in.channels};
    const int window =
        builder_.AddActivation(Name("window"), Dimensions(shape), Parameters().output);
    AddSlice(Operand(op, 0), {top, left, bottom, right, 1, op.in.channels}, window);
    const int pixel =
        builder_.AddActivation(Name("pixel"), {1, 1, 1, op.in.channels}, Parameters().output);
    Pool pool{shape.height, shape.width};
    pool.activation = op.activation;
    AddPool(pool, window, pixel);
    return pixel;
  }

  void AddConcatenation(const std::vector<int32_t>& parts, int axis, int output) {
    schema::ConcatenationOptionsT options;
    options.axis = axis;
    builder_.AddOperator(schema::BuiltinOperator::CONCATENATION, parts, output, Union(options));
  }

  const QuantizedNetwork& network_;
  ModelBuilder builder_;
  std::vector<int> tensors_;  // [0] the input, [i + 1] what readers of operator i read
  int index_ = 0;             // of the operator being written
};

}  // namespace

std::vector<uint8_t> WriteTflite(const QuantizedNetwork& network) { return Writer(network).Run(); }

std::string TfliteTensorName(const Network& network, int op) {
  if (op == kNetworkInput) return "input";
  return std::to_string(op) + "_" + OpName(network.operators[static_cast<size_t>(op)].kind);
}

}  // namespace mcunas
