#include "engine/tflite/write_tflite.h"

#include <algorithm>
#include <optional>
#include <utility>
#include <vector>

#include "common/check.h"
#include "engine/tflite/model_builder_internal.h"
#include "engine/tflite/operator_codes_internal.h"
#include "engine/tflite/write_windows_internal.h"

namespace mcunas {
namespace {

namespace schema = tflite_schema;

std::vector<int32_t> Dimensions(const Shape& s) { return {1, s.height, s.width, s.channels}; }

template <typename Options>
schema::BuiltinOptionsUnion Union(Options options) {
  schema::BuiltinOptionsUnion result;
  result.Set(std::move(options));
  return result;
}

// Whether one of TFLite's two paddings is the operator's.
std::optional<schema::Padding> BuiltinPadding(const Operator& op) {
  if (Rows(op).IsValid() && Columns(op).IsValid()) return schema::Padding::VALID;
  if (Rows(op).IsSame() && Columns(op).IsSame()) return schema::Padding::SAME;
  return std::nullopt;
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
    std::vector<int32_t> inputs;
    std::vector<int> input_of(net.operators.size(),
                              -1);  // tensor of the file, of inputs' operators
    for (const InputPart& part : InputParts(net)) {
      const std::string name =
          net.inputs.empty() ? "input" : "input_" + std::to_string(inputs.size());
      inputs.push_back(
          builder_.AddActivation(name, Dimensions(part.shape), network_.tensor(part.tensor)));
      if (part.tensor == kNetworkInput) continue;
      input_of[static_cast<size_t>(part.tensor)] = inputs.back();
      input_of[static_cast<size_t>(part.slice)] = inputs.back();
    }
    tensors_.push_back(inputs.front());
    for (size_t i = 0; i < net.operators.size(); ++i) {
      index_ = static_cast<int>(i);
      tensors_.push_back(input_of[i] >= 0 ? input_of[i] : WriteOperator(net.operators[i]));
    }
    std::vector<int32_t> outputs;
    for (int tensor : OutputTensors(net)) {
      outputs.push_back(tensors_[static_cast<size_t>(tensor + 1)]);
    }
    return std::move(builder_).Finish(inputs, outputs);
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
      case OpKind::kMultiply:
      case OpKind::kAddConstant:
      case OpKind::kMultiplyConstant:
      case OpKind::kSubtract:
      case OpKind::kSubtractConstant:
      case OpKind::kMaximum:
      case OpKind::kMaximumConstant:
      case OpKind::kMinimum:
      case OpKind::kMinimumConstant:
        return WritePairwise(op);
      case OpKind::kAveragePool:
      case OpKind::kMaxPool:
        return Parameters().mean ? WriteMean(op) : WritePool(op);
      case OpKind::kGlobalAveragePool:
        return Parameters().mean ? WriteMean(op) : WriteGlobalAveragePool(op);
      case OpKind::kFullyConnected:
        return WriteFullyConnected(op);
      case OpKind::kResizeNearest:
      case OpKind::kResizeBilinear:
        return WriteResize(op);
      case OpKind::kConcatenation:
        return WriteConcatenation(op);
      case OpKind::kSoftmax:
        return WriteSoftmax(op);
      case OpKind::kLogistic:
      case OpKind::kTanh:
      case OpKind::kHardSwish:
      case OpKind::kLeakyRelu:
      case OpKind::kRequantize:
        return WriteFunction(op);
      case OpKind::kReshape:
        return WriteReshape(op.out, Operand(op, 0), AddOutput(Dimensions(op.out)));
      case OpKind::kSlice:
        return WriteSlice(op);
      case OpKind::kPad: {
        const int output = AddOutput(Dimensions(op.out));
        const Padding& p = op.padding;
        AddPad(Operand(op, 0), {p.top, p.left, p.bottom, p.right}, output);
        return output;
      }
      case OpKind::kTransposeConv:
        return WriteTransposeConv(op);
    }
    MCUNAS_CHECK(false, "operator of no known kind");
  }

  // The operand of a window operator, behind an explicit PAD where neither SAME nor VALID is our
  // padding.
  Padded PaddedOperand(const Operator& op) {
    const int operand = Operand(op, 0);
    if (const std::optional<schema::Padding> builtin = BuiltinPadding(op)) {
      return {operand, *builtin};
    }
    const int bottom = Rows(op).behind(), right = Columns(op).behind();
    Shape shape = op.in;
    shape.height += op.padding.top + bottom;
    shape.width += op.padding.left + right;
    const int padded =
        builder_.AddActivation(Name("pad"), Dimensions(shape), network_.tensor(op.inputs[0]));
    AddPad(operand, {op.padding.top, op.padding.left, bottom, right}, padded);
    return {padded, schema::Padding::VALID};
  }

  void AddPad(int operand, const mcunas::Padding& p, int output) {
    const int amounts = builder_.AddIndices(Name("paddings"), {4, 2},
                                            {0, 0, p.top, p.bottom, p.left, p.right, 0, 0});
    builder_.AddOperator(schema::BuiltinOperator::PAD, {operand, amounts}, output,
                         Union(schema::PadOptionsT{}));
  }

  // Operand, weights and bias as TFLite orders them.
  std::vector<int32_t> WeightedInputs(const Operator& op, int operand,
                                      const std::vector<int32_t>& shape, int dimension) {
    const int weights =
        builder_.AddWeights(Name("weights"), shape, Parameters(), dimension, op.weight_bits);
    const float input_scale = network_.tensor(op.inputs[0]).scale;
    return {operand, weights, builder_.AddBias(Name("bias"), Parameters(), input_scale)};
  }

  template <typename Options>
  static void SetStrides(const Operator& op, Options* options) {
    options->stride_h = op.stride.height;
    options->stride_w = op.stride.width;
    options->dilation_h_factor = op.dilation.height;
    options->dilation_w_factor = op.dilation.width;
  }

  int WriteConv(const Operator& op) {
    const Padded source = PaddedOperand(op);
    const std::vector<int32_t> inputs = WeightedInputs(
        op, source.tensor, {op.out.channels, op.kernel.height, op.kernel.width, op.in.channels}, 0);
    schema::Conv2DOptionsT options;
    options.padding = source.padding;
    SetStrides(op, &options);
    options.fused_activation_function = ActivationCode(op.activation);
    const int output = AddOutput(Dimensions(op.out));
    builder_.AddOperator(schema::BuiltinOperator::CONV_2D, inputs, output, Union(options));
    return output;
  }

  int WriteDepthwise(const Operator& op) {
    const Padded source = PaddedOperand(op);
    const std::vector<int32_t> inputs = WeightedInputs(
        op, source.tensor, {1, op.kernel.height, op.kernel.width, op.out.channels}, 3);
    schema::DepthwiseConv2DOptionsT options;
    options.padding = source.padding;
    SetStrides(op, &options);
    options.depth_multiplier = op.out.channels / op.in.channels;
    options.fused_activation_function = ActivationCode(op.activation);
    const int output = AddOutput(Dimensions(op.out));
    builder_.AddOperator(schema::BuiltinOperator::DEPTHWISE_CONV_2D, inputs, output,
                         Union(options));
    return output;
  }

  // Of two tensors or with constants.
  int WritePairwise(const Operator& op) {
    std::vector<int32_t> operands = {Operand(op, 0)};
    if (op.constants > 0) {
      std::vector<int32_t> shape = Dimensions(op.in);
      if (op.constants != op.in.elements()) shape = {static_cast<int32_t>(op.constants)};
      operands.push_back(builder_.AddConstants(Name("constants"), shape, Parameters()));
    } else {
      operands.push_back(Operand(op, 1));
    }
    if (op.reversed) std::swap(operands[0], operands[1]);
    const int output = AddOutput(Dimensions(op.out));
    builder_.AddOperator(PairwiseCode(op), operands, output, PairwiseOptions(op));
    return output;
  }

  int WriteSoftmax(const Operator& op) {
    const int output = AddOutput(Dimensions(op.out));
    schema::SoftmaxOptionsT options;
    options.beta = Parameters().beta;
    builder_.AddOperator(schema::BuiltinOperator::SOFTMAX, {Operand(op, 0)}, output,
                         Union(options));
    return output;
  }

  // Functions of one byte.
  int WriteFunction(const Operator& op) {
    const int output = AddOutput(Dimensions(op.out));
    schema::BuiltinOptionsUnion options;
    if (op.kind == OpKind::kLeakyRelu) {
      schema::LeakyReluOptionsT leaky;
      leaky.alpha = Parameters().alpha;
      options = Union(leaky);
    }
    builder_.AddOperator(FunctionCode(op), {Operand(op, 0)}, output, std::move(options));
    return output;
  }

  int WriteResize(const Operator& op) {
    const int size = builder_.AddIndices(Name("size"), {2}, {op.out.height, op.out.width});
    const int output = AddOutput(Dimensions(op.out));
    if (op.kind == OpKind::kResizeBilinear) {
      AddResize<schema::ResizeBilinearOptionsT>(schema::BuiltinOperator::RESIZE_BILINEAR, op, size,
                                                output);
    } else {
      AddResize<schema::ResizeNearestNeighborOptionsT>(
          schema::BuiltinOperator::RESIZE_NEAREST_NEIGHBOR, op, size, output);
    }
    return output;
  }

  template <typename Options>
  void AddResize(schema::BuiltinOperator code, const Operator& op, int size, int output) {
    Options options;
    options.align_corners = op.sampling == Sampling::kCorners;
    options.half_pixel_centers = op.sampling == Sampling::kCentres;
    builder_.AddOperator(code, {Operand(op, 0), size}, output, Union(std::move(options)));
  }

  int WriteSlice(const Operator& op) {
    const Corner& c = op.corner;
    const int output = AddOutput(Dimensions(op.out));
    if (op.stride != 1) {
      AddSlice(Operand(op, 0),
               {c.row, c.column, c.row + (op.out.height - 1) * op.stride.height + 1,
                c.column + (op.out.width - 1) * op.stride.width + 1, op.stride,
                c.channel + op.out.channels, c.channel},
               output);
      return output;
    }
    AddWholeSlice(Operand(op, 0), c, op.out, output);
    return output;
  }

  void AddWholeSlice(int operand, const Corner& c, const Shape& shape, int output) {
    const int begin = builder_.AddIndices(Name("begin"), {4}, {0, c.row, c.column, c.channel});
    const int size = builder_.AddIndices(Name("size"), {4}, Dimensions(shape));
    builder_.AddOperator(schema::BuiltinOperator::SLICE, {operand, begin, size}, output,
                         Union(schema::SliceOptionsT{}));
  }

  // Cuts that neither SAME nor VALID makes are a SLICE of what VALID gives.
  int WriteTransposeConv(const Operator& op) {
    const bool same = Rows(op).IsTransposedSame() && Columns(op).IsTransposedSame();
    Shape shape = op.out;
    if (!same)
      shape.height = Rows(op).TransposedValid(), shape.width = Columns(op).TransposedValid();
    const bool whole = shape == op.out;
    const std::vector<int32_t> weighted =
        WeightedInputs(op, Operand(op, 0),
                       {op.out.channels, op.kernel.height, op.kernel.width, op.in.channels}, 0);
    const int size = builder_.AddIndices(Name("shape"), {4}, Dimensions(shape));
    schema::TransposeConvOptionsT options;
    options.padding = same ? schema::Padding::SAME : schema::Padding::VALID;
    options.stride_h = op.stride.height;
    options.stride_w = op.stride.width;
    options.fused_activation_function = ActivationCode(op.activation);
    const int made =
        whole ? AddOutput(Dimensions(shape))
              : builder_.AddActivation(Name("uncut"), Dimensions(shape), Parameters().output);
    builder_.AddOperator(schema::BuiltinOperator::TRANSPOSE_CONV,
                         {size, weighted[1], weighted[0], weighted[2]}, made,
                         Union(std::move(options)));
    if (whole) return made;
    const int output = AddOutput(Dimensions(op.out));
    AddWholeSlice(made, {op.padding.top, op.padding.left, 0}, op.out, output);
    return output;
  }

  int WriteConcatenation(const Operator& op) {
    std::vector<int32_t> operands;
    for (size_t i = 0; i < op.inputs.size(); ++i) operands.push_back(Operand(op, i));
    const int output = AddOutput(Dimensions(op.out));
    AddConcatenation(operands, 3, output);
    return output;
  }

  // Over the whole map, or over all rows or all columns.
  int WriteMean(const Operator& op) {
    std::vector<int32_t> axes;
    if (op.out.height == 1) axes.push_back(1);
    if (op.out.width == 1) axes.push_back(2);
    MCUNAS_CHECK(op.out.height == 1 || op.kernel.height == 1, "MEAN takes whole columns");
    MCUNAS_CHECK(op.out.width == 1 || op.kernel.width == 1, "MEAN takes whole rows");
    const int indices =
        builder_.AddIndices(Name("axes"), {static_cast<int32_t>(axes.size())}, axes);
    schema::ReducerOptionsT options;
    options.keep_dims = true;
    const int output = AddOutput(Dimensions(op.out));
    builder_.AddOperator(schema::BuiltinOperator::MEAN, {Operand(op, 0), indices}, output,
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
    if (!NeedsFourDimensions()) return output;
    const int reshaped =
        builder_.AddActivation(Name("reshape"), Dimensions(op.out), Parameters().output);
    return WriteReshape(op.out, output, reshaped);
  }

  // TFLite's fully connected gives [1, n]; only its own kind takes that as input.
  bool NeedsFourDimensions() const {
    const std::vector<Operator>& operators = network_.network.operators;
    return std::any_of(operators.begin(), operators.end(), [&](const Operator& later) {
      return later.kind != OpKind::kFullyConnected &&
             std::find(later.inputs.begin(), later.inputs.end(), index_) != later.inputs.end();
    });
  }

  int WriteReshape(const Shape& to, int from, int output) {
    schema::ReshapeOptionsT options;
    options.new_shape = Dimensions(to);
    const int shape = builder_.AddIndices(Name("shape"), {4}, options.new_shape);
    builder_.AddOperator(schema::BuiltinOperator::RESHAPE, {from, shape}, output, Union(options));
    return output;
  }

  struct Pool {
    schema::BuiltinOperator code;
    Extent window;
    Extent stride;
    schema::Padding padding = schema::Padding::VALID;
    Activation activation = Activation::kNone;
  };

  void AddPool(const Pool& pool, int operand, int output) {
    schema::Pool2DOptionsT options;
    options.padding = pool.padding;
    options.stride_h = pool.stride.height;
    options.stride_w = pool.stride.width;
    options.filter_height = pool.window.height;
    options.filter_width = pool.window.width;
    options.fused_activation_function = ActivationCode(pool.activation);
    builder_.AddOperator(pool.code, {operand}, output, Union(options));
  }

  int WriteGlobalAveragePool(const Operator& op) {
    const int output = AddOutput(Dimensions(op.out));
    AddPool({schema::BuiltinOperator::AVERAGE_POOL_2D, {op.in.height, op.in.width}}, Operand(op, 0),
            output);
    return output;
  }

  static schema::BuiltinOperator PoolCode(const Operator& op) {
    return op.kind == OpKind::kMaxPool ? schema::BuiltinOperator::MAX_POOL_2D
                                       : schema::BuiltinOperator::AVERAGE_POOL_2D;
  }

  int WritePool(const Operator& op) {
    Pool pool{PoolCode(op), op.kernel, op.stride, schema::Padding::VALID, op.activation};
    if (const std::optional<schema::Padding> builtin = BuiltinPadding(op)) {
      pool.padding = *builtin;
      const int output = AddOutput(Dimensions(op.out));
      AddPool(pool, Operand(op, 0), output);
      return output;
    }
    if (op.padding == CentredPadding(op.kernel)) return WriteSlicedPool(op, pool);
    return WritePoolByPixel(op);
  }

  // At stride 1 SAME pads as we do: every stride-th window of that is ours.
  int WriteSlicedPool(const Operator& op, Pool pool) {
    pool.stride = {};
    pool.padding = schema::Padding::SAME;
    const int dense = builder_.AddActivation(Name("pool"), Dimensions(op.in), Parameters().output);
    AddPool(pool, Operand(op, 0), dense);
    const int output = AddOutput(Dimensions(op.out));
    const int stop_row = (op.out.height - 1) * op.stride.height + 1;
    const int stop_column = (op.out.width - 1) * op.stride.width + 1;
    AddSlice(dense, {0, 0, stop_row, stop_column, op.stride, op.in.channels}, output);
    return output;
  }

  struct Slice {
    int row, column, stop_row, stop_column;
    Extent stride;
    int channels;  // the last one plus one
    int channel = 0;
  };

  void AddSlice(int operand, const Slice& s, int output) {
    const int begin = builder_.AddIndices(Name("begin"), {4}, {0, s.row, s.column, s.channel});
    const int end =
        builder_.AddIndices(Name("end"), {4}, {1, s.stop_row, s.stop_column, s.channels});
    const int strides =
        builder_.AddIndices(Name("strides"), {4}, {1, s.stride.height, s.stride.width, 1});
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
    const auto [top, bottom] = Rows(op).Window(y);
    const auto [left, right] = Columns(op).Window(x);
    const Shape shape{bottom - top, right - left, op.in.channels};
    const int window =
        builder_.AddActivation(Name("window"), Dimensions(shape), Parameters().output);
    AddSlice(Operand(op, 0), {top, left, bottom, right, {}, op.in.channels}, window);
    const int pixel =
        builder_.AddActivation(Name("pixel"), {1, 1, 1, op.in.channels}, Parameters().output);
    Pool pool{PoolCode(op), {shape.height, shape.width}};
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
  return std::to_string(op) + "_" + OpName(network.op(op).kind);
}

}  // namespace mcunas
