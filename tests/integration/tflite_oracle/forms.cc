#include "forms.h"

#include <utility>

#include "common/random.h"
#include "engine/tflite/model_builder_internal.h"

namespace mcunas {
namespace {

namespace schema = tflite_schema;
using Code = schema::BuiltinOperator;
using Dims = std::vector<int32_t>;

template <typename Options>
schema::BuiltinOptionsUnion Union(Options options) {
  schema::BuiltinOptionsUnion result;
  result.Set(std::move(options));
  return result;
}

// One model with an input of 6 x 8 x 4.
class Form {
 public:
  explicit Form(const std::string& name) : name_(name), builder_(name), random_(1, name) {
    image = Input({1, 6, 8, 4}, {0.1f, 5});
  }

  int Input(const Dims& dims, const TensorQuantization& q) {
    inputs_.push_back(builder_.AddActivation("input", dims, q));
    return inputs_.back();
  }
  int Tensor(const Dims& dims, const TensorQuantization& q = {0.1f, 5}) {
    return builder_.AddActivation("tensor" + std::to_string(next_++), dims, q);
  }
  int Indices(const Dims& values, Dims dims = {}) {
    if (dims.empty()) dims = {static_cast<int32_t>(values.size())};
    return builder_.AddIndices("indices", dims, values);
  }

  int Add(Code code, const Dims& inputs, const Dims& dims, schema::BuiltinOptionsUnion options = {},
          const TensorQuantization& q = {0.1f, 5}) {
    const int made = Tensor(dims, q);
    builder_.AddOperator(code, inputs, made, std::move(options));
    return made;
  }
  void AddMany(Code code, const Dims& inputs, const Dims& outputs,
               schema::BuiltinOptionsUnion options) {
    builder_.AddOperator(code, inputs, outputs, std::move(options));
  }

  // Weights and bias for a sum of `depth` products per channel.
  std::pair<int, int> Weights(const Dims& dims, int channels, int dimension) {
    QuantizedParameters p;
    int64_t count = 1;
    for (int32_t size : dims) count *= size;
    for (int64_t i = 0; i < count; ++i)
      p.weights.push_back(static_cast<int8_t>(random_.Between(-127, 127)));
    for (int c = 0; c < channels; ++c) {
      p.weight_scales.push_back(0.004f + 0.001f * static_cast<float>(c));
      p.bias.push_back(static_cast<int32_t>(random_.Between(-2000, 2000)));
    }
    const int weights = builder_.AddWeights("weights", dims, p, dimension, 8);
    return {weights, builder_.AddBias("bias", p, 0.1f)};
  }

  int Conv(int from, const Dims& dims, schema::Padding padding, Extent dilation = {}) {
    const auto [weights, bias] = Weights({3, 3, 3, 4}, 3, 0);
    schema::Conv2DOptionsT options;
    options.padding = padding;
    options.stride_h = options.stride_w = 1;
    options.dilation_h_factor = dilation.height;
    options.dilation_w_factor = dilation.width;
    return Add(Code::CONV_2D, {from, weights, bias}, dims, Union(options), kConvolved);
  }
  int Depthwise(int from, const Dims& dims, int multiplier, schema::Padding padding, int dilation) {
    const auto [weights, bias] = Weights({1, 3, 3, 4 * multiplier}, 4 * multiplier, 3);
    schema::DepthwiseConv2DOptionsT options;
    options.padding = padding;
    options.stride_h = options.stride_w = 1;
    options.depth_multiplier = multiplier;
    options.dilation_h_factor = options.dilation_w_factor = dilation;
    return Add(Code::DEPTHWISE_CONV_2D, {from, weights, bias}, dims, Union(options), kConvolved);
  }

  FormModel Finish(const Dims& outputs) && {
    return {name_, std::move(builder_).Finish(inputs_, outputs)};
  }

  static constexpr TensorQuantization kConvolved = {0.15f, -7};
  int image = -1;

 private:
  std::string name_;
  ModelBuilder builder_;
  RandomStream random_;
  Dims inputs_;
  int next_ = 0;
};

FormModel Slices() {
  Form f("slices");
  const int slice = f.Add(Code::SLICE, {f.image, f.Indices({0, 1, 2, 1}), f.Indices({1, -1, 3, 2})},
                          {1, 5, 3, 2}, Union(schema::SliceOptionsT{}));
  schema::StridedSliceOptionsT masks;
  masks.begin_mask = 0b0011;
  masks.end_mask = 0b0100;
  const int strided =
      f.Add(Code::STRIDED_SLICE,
            {f.image, f.Indices({3, 3, -7, 1}), f.Indices({1, -1, 0, 4}), f.Indices({1, 2, 3, 1})},
            {1, 3, 3, 3}, Union(masks));
  schema::StridedSliceOptionsT shrinks;
  shrinks.shrink_axis_mask = 0b0010;
  const int row =
      f.Add(Code::STRIDED_SLICE,
            {f.image, f.Indices({0, -2, 0}), f.Indices({1, 0, 8}), f.Indices({1, 1, 1})}, {1, 8, 4},
            Union(shrinks));
  return std::move(f).Finish({slice, strided, row});
}

FormModel Splits() {
  Form f("splits");
  schema::SplitOptionsT two;
  two.num_splits = 2;
  const int a = f.Tensor({1, 6, 8, 2}), b = f.Tensor({1, 6, 8, 2});
  f.AddMany(Code::SPLIT, {f.Indices({-1}), f.image}, {a, b}, Union(two));
  schema::SplitVOptionsT three;
  three.num_splits = 3;
  const int c = f.Tensor({1, 1, 8, 4}), d = f.Tensor({1, 3, 8, 4}), e = f.Tensor({1, 2, 8, 4});
  f.AddMany(Code::SPLIT_V, {f.image, f.Indices({1, -1, 2}), f.Indices({1})}, {c, d, e},
            Union(three));
  return std::move(f).Finish({b, a, e, d});  // nobody reads c
}

FormModel Maxima() {
  Form f("maxima");
  schema::ReducerOptionsT keep;
  keep.keep_dims = true;
  const int whole =
      f.Add(Code::REDUCE_MAX, {f.image, f.Indices({1, 2})}, {1, 1, 1, 4}, Union(keep));
  const int columns = f.Add(Code::REDUCE_MAX, {f.image, f.Indices({-2})}, {1, 6, 4},
                            Union(schema::ReducerOptionsT{}));
  return std::move(f).Finish({whole, columns});
}

// PAD that no window takes in, and one that a window does.
FormModel Pads() {
  Form f("pads");
  const int amounts = f.Indices({0, 0, 1, 2, 3, 0, 0, 0}, {4, 2});
  const int padded =
      f.Add(Code::PAD, {f.image, amounts}, {1, 9, 11, 4}, Union(schema::PadOptionsT{}));
  schema::Pool2DOptionsT pool;
  pool.padding = schema::Padding::VALID;
  pool.stride_h = pool.stride_w = 2;
  pool.filter_height = pool.filter_width = 3;
  const int average = f.Add(Code::AVERAGE_POOL_2D,
                            {
                                padded,
                            },
                            {1, 4, 5, 4}, Union(pool));
  const int largest = f.Add(Code::MAX_POOL_2D, {padded}, {1, 4, 5, 4}, Union(pool));
  const int wide = f.Indices({0, 0, 4, 4, 1, 1, 0, 0}, {4, 2});
  const int far = f.Add(Code::PAD, {f.image, wide}, {1, 14, 10, 4}, Union(schema::PadOptionsT{}));
  const int beyond = f.Conv(far, {1, 12, 8, 3}, schema::Padding::VALID);
  const int near = f.Indices({0, 0, 1, 1, 1, 1, 0, 0}, {4, 2});
  const int close = f.Add(Code::PAD, {f.image, near}, {1, 8, 10, 4}, Union(schema::PadOptionsT{}));
  const int folded = f.Conv(close, {1, 6, 8, 3}, schema::Padding::VALID);
  return std::move(f).Finish({padded, average, largest, beyond, folded});
}

// Dilated convolutions in two ways, and several filters per channel.
FormModel Dilated() {
  Form f("dilated");
  const int blocks = f.Indices({2, 3});
  const int batches =
      f.Add(Code::SPACE_TO_BATCH_ND, {f.image, blocks, f.Indices({2, 2, 3, 4}, {2, 2})},
            {6, 5, 5, 4}, Union(schema::SpaceToBatchNDOptionsT{}));
  const int phases = f.Conv(batches, {6, 3, 3, 3}, schema::Padding::VALID);
  const int conv =
      f.Add(Code::BATCH_TO_SPACE_ND, {phases, f.Indices({2, 3}), f.Indices({0, 0, 0, 1}, {2, 2})},
            {1, 6, 8, 3}, Union(schema::BatchToSpaceNDOptionsT{}), Form::kConvolved);
  const int more =
      f.Add(Code::SPACE_TO_BATCH_ND, {f.image, f.Indices({2, 2}), f.Indices({0, 0, 0, 0}, {2, 2})},
            {4, 3, 4, 4}, Union(schema::SpaceToBatchNDOptionsT{}));
  const int same = f.Depthwise(more, {4, 3, 4, 8}, 2, schema::Padding::SAME, 1);
  const int depthwise =
      f.Add(Code::BATCH_TO_SPACE_ND, {same, f.Indices({2, 2}), f.Indices({0, 0, 0, 0}, {2, 2})},
            {1, 6, 8, 8}, Union(schema::BatchToSpaceNDOptionsT{}), Form::kConvolved);
  const int direct = f.Conv(f.image, {1, 6, 8, 3}, schema::Padding::SAME, {2, 1});
  const int multiple = f.Depthwise(f.image, {1, 2, 4, 12}, 3, schema::Padding::VALID, 2);
  return std::move(f).Finish({conv, depthwise, direct, multiple});
}

FormModel Transposed() {
  Form f("transposed");
  schema::TransposeConvOptionsT options;
  options.padding = schema::Padding::SAME;
  options.stride_h = 2;
  options.stride_w = 3;
  const auto [weights, bias] = f.Weights({5, 3, 4, 4}, 5, 0);
  const int same = f.Add(Code::TRANSPOSE_CONV, {f.Indices({1, 11, 24, 5}), weights, f.image, bias},
                         {1, 11, 24, 5}, Union(options), {0.3f, 2});
  options.padding = schema::Padding::VALID;
  const int valid = f.Add(Code::TRANSPOSE_CONV, {f.Indices({1, 14, 25, 5}), weights, f.image},
                          {1, 14, 25, 5}, Union(options), {0.3f, 2});
  return std::move(f).Finish({same, valid});
}

FormModel Resized() {
  Form f("resized");
  Dims outputs;
  for (int flag = 0; flag < 3; ++flag) {
    schema::ResizeBilinearOptionsT bilinear;
    schema::ResizeNearestNeighborOptionsT nearest;
    bilinear.align_corners = nearest.align_corners = flag == 1;
    bilinear.half_pixel_centers = nearest.half_pixel_centers = flag == 2;
    const int size = f.Indices({12, 5 + 11 * flag});
    const Dims dims = {1, 12, 5 + 11 * flag, 4};
    outputs.push_back(f.Add(Code::RESIZE_BILINEAR, {f.image, size}, dims, Union(bilinear)));
    outputs.push_back(f.Add(Code::RESIZE_NEAREST_NEIGHBOR, {f.image, size}, dims, Union(nearest)));
  }
  return std::move(f).Finish(outputs);
}

// More operands than a kernel takes.
FormModel Joined() {
  Form f("joined");
  const int slice = f.Add(Code::SLICE, {f.image, f.Indices({0, 0, 0, 3}), f.Indices({1, 6, 8, 1})},
                          {1, 6, 8, 1}, Union(schema::SliceOptionsT{}));
  Dims operands;
  for (int i = 0; i < 19; ++i) operands.push_back(i % 4 == 1 ? slice : f.image);
  schema::ConcatenationOptionsT options;
  options.axis = 3;
  const int joined = f.Add(Code::CONCATENATION, operands, {1, 6, 8, 14 * 4 + 5}, Union(options));
  return std::move(f).Finish({joined});
}

// Three inputs of different shapes and scales.
FormModel Inputs() {
  Form f("inputs");
  const int second = f.Input({1, 6, 8, 4}, {0.03f, -20});
  const int vector = f.Input({1, 4}, {0.02f, 3});
  const int sum =
      f.Add(Code::ADD, {f.image, second}, {1, 6, 8, 4}, Union(schema::AddOptionsT{}), {0.12f, 1});
  const int gate = f.Add(Code::RESHAPE, {vector, f.Indices({1, 1, 1, 4})}, {1, 1, 1, 4},
                         Union(schema::ReshapeOptionsT{}), {0.02f, 3});
  const int scaled =
      f.Add(Code::MUL, {sum, gate}, {1, 6, 8, 4}, Union(schema::MulOptionsT{}), {0.1f, 0});
  return std::move(f).Finish({scaled, sum});
}

}  // namespace

std::vector<FormModel> FormModels() {
  std::vector<FormModel> models;
  for (FormModel (*make)() :
       {Slices, Splits, Maxima, Pads, Dilated, Transposed, Resized, Joined, Inputs})
    models.push_back(make());
  return models;
}

}  // namespace mcunas
