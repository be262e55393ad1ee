// What the writer writes is read back as the same network, and what real files wrap around it is
// folded away.
#include "engine/tflite/read_tflite.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "../../network/every_kind.h"
#include "engine/quantize/random_network.h"
#include "engine/reference/interpreter.h"
#include "engine/tflite/model_builder_internal.h"
#include "model_edit.h"
#include "network/hash_network.h"
#include "tests/integration/tflite_oracle/random_topology.h"

namespace mcunas {
namespace {

namespace schema = tflite_schema;
using schema::BuiltinOperator;

QuantizedNetwork ReadOrDie(const std::vector<uint8_t>& bytes) {
  Expected<QuantizedNetwork> result = ReadTflite(bytes, "folder/model.tflite");
  EXPECT_TRUE(result.ok()) << result.error().message;
  return result.ok() ? std::move(*result) : QuantizedNetwork{};
}

void ExpectSameParameters(const QuantizedNetwork& a, const QuantizedNetwork& b) {
  ASSERT_EQ(a.parameters.size(), b.parameters.size());
  EXPECT_EQ(a.input, b.input);
  for (size_t i = 0; i < a.parameters.size(); ++i) {
    EXPECT_EQ(a.parameters[i].weights, b.parameters[i].weights) << i;
    EXPECT_EQ(a.parameters[i].bias, b.parameters[i].bias) << i;
    EXPECT_EQ(a.parameters[i].weight_scales, b.parameters[i].weight_scales) << i;
    EXPECT_EQ(a.parameters[i].output, b.parameters[i].output) << i;
    EXPECT_EQ(a.parameters[i].alpha, b.parameters[i].alpha) << i;
    EXPECT_EQ(a.parameters[i].rounding, b.parameters[i].rounding) << i;
  }
}

TEST(ReadTflite, ReadsBackWhatWasWritten) {
  const QuantizedNetwork written = SmallNetwork();
  const QuantizedNetwork read = ReadOrDie(WriteTflite(written));
  EXPECT_EQ(read.network.name, "small");
  EXPECT_EQ(read.network.operators, written.network.operators);
  EXPECT_EQ(NetworkHash(read.network), NetworkHash(written.network));
  ExpectSameParameters(read, written);
}

TEST(ReadTflite, ReadsBackEveryKind) {
  for (uint64_t seed = 0; seed < 5; ++seed) {
    const QuantizedNetwork written =
        RandomQuantizedNetwork(EveryKind(), seed, RoundingMode::kTflite);
    const QuantizedNetwork read = ReadOrDie(WriteTflite(written));
    // The reshape before the last operator, which reads any shape, is folded away.
    std::vector<OpKind> expected, kinds;
    for (const Operator& op : written.network.operators)
      if (op.kind != OpKind::kReshape) expected.push_back(op.kind);
    for (const Operator& op : read.network.operators) kinds.push_back(op.kind);
    EXPECT_EQ(kinds, expected);
    const std::vector<int8_t> input = RandomInput(written.network, seed);
    EXPECT_EQ(RunReference(read, input), RunReference(written, input));
  }
}

// Networks of all kinds, windows of all shapes. What the writer has to put together from
// CONCATENATION along rows, pools with padding that TFLite has not, is refused by that name.
TEST(ReadTflite, ReadsBackRandomNetworks) {
  int read_back = 0;
  for (uint64_t seed = 0; seed < 60; ++seed) {
    const QuantizedNetwork written =
        RandomQuantizedNetwork(RandomTopology(seed), seed, RoundingMode::kTflite);
    const Expected<QuantizedNetwork> read = ReadTflite(WriteTflite(written), "random");
    if (!read) {
      EXPECT_THAT(read.error().message, ::testing::HasSubstr("joins along axis")) << seed;
      continue;
    }
    ++read_back;
    const std::vector<int8_t> input = RandomInput(written.network, seed);
    EXPECT_EQ(RunReference(*read, input), RunReference(written, input)) << seed;
  }
  EXPECT_GT(read_back, 40);
}

// The vector of all inputs, its slices and their shapes leave no operator in the file.
TEST(ReadTflite, ReadsBackSeveralInputs) {
  NetworkBuilder b("two", {1, 1, 16});
  const int first = b.Reshape(b.Slice(kNetworkInput, {}, {1, 1, 12}), {2, 3, 2});
  const int second = b.Slice(kNetworkInput, {0, 0, 12}, {1, 1, 4});
  b.Add(b.FullyConnected(first, 4), second);
  b.SetInputs({first, second});
  QuantizedNetwork written =
      RandomQuantizedNetwork(std::move(b).Finish(), 1, RoundingMode::kTflite);
  written.parameters[2].output = {0.04f, -11};
  const schema::ModelT model = Unpack(WriteTflite(written));
  EXPECT_EQ(model.subgraphs[0]->inputs.size(), 2u);
  EXPECT_EQ(model.subgraphs[0]->tensors[0]->shape, (std::vector<int>{1, 2, 3, 2}));
  const QuantizedNetwork read = ReadOrDie(WriteTflite(written));
  EXPECT_EQ(NetworkHash(read.network), NetworkHash(written.network));
  ExpectSameParameters(read, written);
}

// Each operator with weights in turn, and all of them.
TEST(ReadTflite, ReadsBackWeightsOfFourBits) {
  for (int which = 0; which < 4; ++which) {
    Network network = SmallNetwork().network;
    const size_t weighted[] = {0, 1, 2, 5};
    for (int k = 0; k < 4; ++k)
      if (which == 3 || k == which) network.operators[weighted[k]].weight_bits = 4;
    const QuantizedNetwork written = RandomQuantizedNetwork(network, 1, RoundingMode::kTflite);
    const QuantizedNetwork read = ReadOrDie(WriteTflite(written));
    EXPECT_EQ(read.network.operators, written.network.operators);
    ExpectSameParameters(read, written);
  }
}

// By hand: the low half of a byte comes first, in the order of the whole tensor.
TEST(ReadTflite, UnpacksFourBits) {
  schema::ModelT model = Unpack(WriteTflite(SmallNetwork()));
  for (auto& tensor : model.subgraphs[0]->tensors) {
    if (tensor->name != "1_weights") continue;
    tensor->type = schema::TensorType::INT4;
    model.buffers[tensor->buffer]->data = {0x10, 0x32, 0x54, 0x76, 0x98, 0xba, 0xdc, 0xfe};
  }
  const QuantizedNetwork read = ReadOrDie(Pack(model));
  EXPECT_EQ(read.network.operators[1].weight_bits, 4);
  EXPECT_EQ(read.parameters[1].weights,
            (std::vector<int8_t>{0, 1, 2, 3, 4, 5, 6, 7, -8, -7, -6, -5, -4, -3, -2, -1}));
}

TEST(ReadTflite, RoundingModeDecidesFullyConnected) {
  const std::vector<uint8_t> bytes = WriteTflite(SmallNetwork());
  const Expected<QuantizedNetwork> tflm = ReadTflite(bytes, "m", RoundingMode::kTflm);
  ASSERT_TRUE(tflm.ok());
  EXPECT_EQ(tflm->rounding_mode, RoundingMode::kTflm);
  EXPECT_EQ(tflm->parameters.back().rounding, Rounding::kDouble);
  EXPECT_EQ(ReadOrDie(bytes).parameters.back().rounding, Rounding::kSingle);
}

TEST(ReadTflite, MeanKeepsItsArithmetic) {
  QuantizedNetwork written = SmallNetwork();
  written.parameters[4].mean = true;
  written.parameters[4].output = {written.parameters[3].output.scale * 0.7f, 3};
  const QuantizedNetwork read = ReadOrDie(WriteTflite(written));
  EXPECT_EQ(read.network.operators, written.network.operators);
  EXPECT_TRUE(read.parameters[4].mean);
  const std::vector<int8_t> input = RandomInput(written.network, 3);
  EXPECT_EQ(RunReference(read, input), RunReference(written, input));
}

TEST(ReadTflite, NamesTheNetworkAfterTheFileWhereTheGraphIsMain) {
  schema::ModelT model = Unpack(WriteTflite(SmallNetwork()));
  model.subgraphs[0]->name = "main";
  EXPECT_EQ(ReadOrDie(Pack(model)).network.name, "model");
}

TEST(ReadTflite, IgnoresScalesOfBiases) {
  schema::ModelT model = Unpack(WriteTflite(SmallNetwork()));
  for (auto& tensor : model.subgraphs[0]->tensors) {
    if (tensor->type != schema::TensorType::INT32 || !tensor->quantization) continue;
    tensor->quantization->quantized_dimension = 3;
    tensor->quantization->scale.assign(7, -1.0f);
  }
  ExpectSameParameters(ReadOrDie(Pack(model)), SmallNetwork());
}

TEST(ReadTflite, DropsOperatorsThatNobodyReads) {
  schema::ModelT model = Unpack(WriteTflite(SmallNetwork()));
  schema::SubGraphT& graph = *model.subgraphs[0];
  graph.outputs = graph.operators[2]->outputs;  // PAD, the stem, the pointwise operator
  const QuantizedNetwork read = ReadOrDie(Pack(model));
  EXPECT_EQ(read.network.operators.size(), 2u);
  EXPECT_EQ(read.network.output(), (Shape{4, 4, 4}));
}

TEST(ReadTflite, OneTensorAsTwoOutputsIsCopied) {
  schema::ModelT model = Unpack(WriteTflite(SmallNetwork()));
  model.subgraphs[0]->outputs.push_back(model.subgraphs[0]->outputs[0]);
  const QuantizedNetwork read = ReadOrDie(Pack(model));
  EXPECT_EQ(read.network.outputs, (std::vector<int>{5, 6}));
  EXPECT_EQ(read.network.operators[6].kind, OpKind::kReshape);
}

// Wraps operators around a model of its own: 6 x 4 x 2 in, PAD, 3 x 3 VALID, then what `tail` adds.
struct Wrapped {
  ModelBuilder builder{"wrapped"};
  TensorQuantization q{0.1f, 5};
  int image = -1, conv = -1;

  Wrapped() {
    image = builder.AddActivation("image", {1, 6, 4, 2}, q);
    const int padded = builder.AddActivation("padded", {1, 8, 6, 2}, q);
    const int amounts = builder.AddIndices("amounts", {4, 2}, {0, 0, 1, 1, 1, 1, 0, 0});
    builder.AddOperator(BuiltinOperator::PAD, {image, amounts}, padded, {});
    QuantizedParameters p;
    p.weights.assign(size_t{3} * 3 * 3 * 2, 1);
    for (size_t i = 0; i < p.weights.size(); ++i) p.weights[i] = static_cast<int8_t>(i * 5 % 127);
    p.weight_scales = {0.01f, 0.02f, 0.03f};
    p.bias = {1, 2, 3};
    const int weights = builder.AddWeights("weights", {3, 3, 3, 2}, p, 0, 8);
    const int bias = builder.AddBias("bias", p, q.scale);
    conv = builder.AddActivation("conv", {1, 6, 4, 3}, q);
    schema::Conv2DOptionsT options;
    options.padding = schema::Padding::VALID;
    options.stride_h = options.stride_w = 1;
    schema::BuiltinOptionsUnion any;
    any.Set(std::move(options));
    builder.AddOperator(BuiltinOperator::CONV_2D, {padded, weights, bias}, conv, std::move(any));
  }

  int Add(BuiltinOperator code, const std::vector<int32_t>& from, const std::vector<int>& shape) {
    const int made = builder.AddActivation("made", shape, q);
    builder.AddOperator(code, from, made, {});
    return made;
  }
};

TEST(ReadTflite, FoldsPadIntoTheWindow) {
  Wrapped w;
  const QuantizedNetwork read = ReadOrDie(std::move(w.builder).Finish(w.image, {w.conv}));
  ASSERT_EQ(read.network.operators.size(), 1u);
  EXPECT_EQ(read.network.operators[0].padding, 1);
  EXPECT_EQ(read.network.operators[0].out, (Shape{6, 4, 3}));
}

// As PyTorch exports the head of MCUNet: to channels first, mean over width, then over height.
TEST(ReadTflite, FoldsTransposeIntoTwoMeans) {
  Wrapped w;
  const int order = w.builder.AddIndices("order", {4}, {0, 3, 1, 2});
  const int first = w.Add(BuiltinOperator::TRANSPOSE, {w.conv, order}, {1, 3, 6, 4});
  const int last_axis = w.builder.AddIndices("axis", {1}, {3});
  const int rows = w.Add(BuiltinOperator::MEAN, {first, last_axis}, {1, 3, 6});
  const int minus_one = w.builder.AddIndices("axis", {1}, {-1});
  const int mean = w.Add(BuiltinOperator::MEAN, {rows, minus_one}, {1, 3});
  const QuantizedNetwork read = ReadOrDie(std::move(w.builder).Finish(w.image, {mean}));
  ASSERT_EQ(read.network.operators.size(), 3u);
  EXPECT_EQ(read.network.operators[1].kind, OpKind::kAveragePool);
  EXPECT_EQ(read.network.operators[1].kernel, Extent(1, 4));
  EXPECT_EQ(read.network.operators[1].out, (Shape{6, 1, 3}));
  EXPECT_EQ(read.network.operators[2].kind, OpKind::kGlobalAveragePool);
  EXPECT_TRUE(read.parameters[1].mean && read.parameters[2].mean);
}

TEST(ReadTflite, RefusesTransposedDataElsewhere) {
  Wrapped w;
  const int order = w.builder.AddIndices("order", {4}, {0, 3, 1, 2});
  const int first = w.Add(BuiltinOperator::TRANSPOSE, {w.conv, order}, {1, 3, 6, 4});
  const int flat = w.Add(BuiltinOperator::RESHAPE, {first}, {1, 72});
  const auto result = ReadTflite(std::move(w.builder).Finish(w.image, {flat}), "t");
  ASSERT_FALSE(result.ok());
  EXPECT_THAT(result.error().message,
              ::testing::HasSubstr("operator 3 (RESHAPE): reads a TRANSPOSE that moves data"));
}

// As Keras 3 flattens: the shape is computed from the tensor itself.
TEST(ReadTflite, FoldsShapeArithmeticAndReshape) {
  Wrapped w;
  const int shape = w.builder.AddIndices("shape", {4}, {});
  w.builder.AddOperator(BuiltinOperator::SHAPE, {w.conv}, shape, {});
  const int flat = w.Add(BuiltinOperator::RESHAPE, {w.conv, shape}, {1, 72});
  const int squeezed = w.Add(BuiltinOperator::EXPAND_DIMS, {flat}, {1, 1, 72});
  QuantizedParameters p;
  p.weights.assign(size_t{2} * 72, 3);
  p.weight_scales = {0.01f, 0.01f};
  p.bias = {0, 0};
  const int weights = w.builder.AddWeights("dense", {2, 72}, p, 0, 8);
  const int dense = w.builder.AddActivation("out", {1, 2}, w.q);
  schema::BuiltinOptionsUnion any;
  any.Set(schema::FullyConnectedOptionsT{});
  w.builder.AddOperator(BuiltinOperator::FULLY_CONNECTED, {squeezed, weights, -1}, dense,
                        std::move(any));
  const QuantizedNetwork read = ReadOrDie(std::move(w.builder).Finish(w.image, {dense}));
  ASSERT_EQ(read.network.operators.size(), 2u);
  EXPECT_EQ(read.network.operators[1].in, (Shape{6, 4, 3}));
  EXPECT_EQ(read.parameters[1].bias, (std::vector<int32_t>{0, 0}));
}

TEST(ReadTflite, NamesTheFilesTensorOfEveryOperator) {
  Wrapped w;
  const int rows = w.Add(BuiltinOperator::RESHAPE, {w.conv}, {1, 24, 3});
  const int shares = w.builder.AddActivation("shares", {1, 24, 3}, {1.0f / 256, -128});
  w.builder.AddOperator(BuiltinOperator::LOGISTIC, {rows}, shares, {});
  std::vector<int> tensors;
  const auto read = ReadTflite(std::move(w.builder).Finish(w.image, {shares}), "t",
                               RoundingMode::kTflite, &tensors);
  ASSERT_TRUE(read.ok()) << read.error().message;
  EXPECT_EQ(tensors, (std::vector<int>{w.conv, -1, shares}));  // -1: the reshape is ours
}

TEST(ReadTflite, NamesNoTensorForBytesInAnotherOrder) {
  Wrapped w;
  const int order = w.builder.AddIndices("order", {4}, {0, 3, 1, 2});
  const int turned = w.Add(BuiltinOperator::TRANSPOSE, {w.conv, order}, {1, 3, 6, 4});
  const int last = w.builder.AddIndices("last", {1}, {-1});
  const int columns = w.Add(BuiltinOperator::MEAN, {turned, last}, {1, 3, 6});
  const int both = w.Add(BuiltinOperator::MEAN, {columns, last}, {1, 3});
  std::vector<int> tensors;
  const auto read = ReadTflite(std::move(w.builder).Finish(w.image, {both}), "t",
                               RoundingMode::kTflite, &tensors);
  ASSERT_TRUE(read.ok()) << read.error().message;
  EXPECT_EQ(tensors, (std::vector<int>{w.conv, -1, both}));
}

TEST(ReadTflite, ReshapesWhereTheShapeMatters) {
  Wrapped w;
  const int rows = w.Add(BuiltinOperator::RESHAPE, {w.conv}, {1, 24, 3});
  const int shares = w.builder.AddActivation("shares", {1, 24, 3}, {1.0f / 256, -128});
  w.builder.AddOperator(BuiltinOperator::LOGISTIC, {rows}, shares, {});
  const QuantizedNetwork read = ReadOrDie(std::move(w.builder).Finish(w.image, {shares}));
  ASSERT_EQ(read.network.operators.size(), 3u);
  EXPECT_EQ(read.network.operators[1].kind, OpKind::kReshape);
  EXPECT_EQ(read.network.operators[2].out, (Shape{1, 24, 3}));
}

// A tensor of one value, or of one per channel, as the first operand: it comes second here.
TEST(ReadTflite, OperandsThatRepeatComeSecond) {
  for (const int channels : {1, 3}) {
    for (const BuiltinOperator code : {BuiltinOperator::SUB, BuiltinOperator::ADD}) {
      Wrapped w;
      QuantizedParameters p;
      p.constant = w.q;
      p.weights.assign(static_cast<size_t>(channels), 9);
      const int constants = w.builder.AddConstants("c", {1, 1, 1, channels}, p);
      schema::BuiltinOptionsUnion any, same;
      if (code == BuiltinOperator::SUB) {
        any.Set(schema::SubOptionsT{});
        same.Set(schema::SubOptionsT{});
      } else {
        any.Set(schema::AddOptionsT{});
        same.Set(schema::AddOptionsT{});
      }
      const int axes = w.builder.AddIndices("axes", {2}, {1, 2});
      schema::BuiltinOptionsUnion reduce;
      schema::ReducerOptionsT keep;
      keep.keep_dims = true;
      reduce.Set(std::move(keep));
      const int mean = w.builder.AddActivation("mean", {1, 1, 1, 3}, w.q);
      w.builder.AddOperator(BuiltinOperator::MEAN, {w.conv, axes}, mean, std::move(reduce));
      const int made = w.builder.AddActivation("made", {1, 6, 4, 3}, w.q);
      w.builder.AddOperator(code, {mean, w.conv}, made, std::move(any));
      const int last = w.builder.AddActivation("last", {1, 6, 4, 3}, w.q);
      w.builder.AddOperator(code, {constants, made}, last, std::move(same));
      const QuantizedNetwork read = ReadOrDie(std::move(w.builder).Finish(w.image, {last}));
      ASSERT_EQ(read.network.operators.size(), 4u);
      const Operator &pair = read.network.operators[2], &constant = read.network.operators[3];
      EXPECT_TRUE(pair.broadcast);
      EXPECT_EQ(pair.inputs, (std::vector<int>{0, 1}));
      EXPECT_EQ(pair.reversed, code == BuiltinOperator::SUB);
      EXPECT_EQ(constant.reversed, code == BuiltinOperator::SUB);
      EXPECT_EQ(constant.constants, channels);
    }
  }
}

TEST(ReadTflite, KeepsQuantizeThatChangesTheScale) {
  for (const TensorQuantization to : {Wrapped().q, TensorQuantization{0.07f, 5}}) {
    Wrapped w;
    const int made = w.builder.AddActivation("made", {1, 6, 4, 3}, to);
    w.builder.AddOperator(BuiltinOperator::QUANTIZE, {w.conv}, made, {});
    const QuantizedNetwork read = ReadOrDie(std::move(w.builder).Finish(w.image, {made}));
    ASSERT_EQ(read.network.operators.size(), to == w.q ? 1u : 2u);
    EXPECT_EQ(read.network.operators.back().kind, to == w.q ? OpKind::kConv : OpKind::kRequantize);
    EXPECT_EQ(read.parameters.back().output, to);
  }
}

// TFLite rescales in RELU6, TFLite Micro only clamps.
TEST(ReadTflite, ReadsRelu6AsTheRuntimeRunsIt) {
  for (const TensorQuantization to : {Wrapped().q, TensorQuantization{0.07f, 5}}) {
    Wrapped w;
    const int made = w.builder.AddActivation("made", {1, 6, 4, 3}, to);
    w.builder.AddOperator(BuiltinOperator::RELU6, {w.conv}, made, {});
    const std::vector<uint8_t> bytes = std::move(w.builder).Finish(w.image, {made});
    EXPECT_EQ(ReadOrDie(bytes).network.operators.back().activation, Activation::kRelu6);
    const auto tflm = ReadTflite(bytes, "m", RoundingMode::kTflm);
    EXPECT_EQ(tflm.ok(), to == w.q);
    if (!tflm.ok()) {
      EXPECT_THAT(tflm.error().message,
                  ::testing::HasSubstr("operator 2 (RELU6): copies values between scales"));
    }
  }
}

std::string FunctionError(BuiltinOperator code, TensorQuantization to, float alpha) {
  Wrapped w;
  const int made = w.builder.AddActivation("made", {1, 6, 4, 3}, to);
  schema::LeakyReluOptionsT leaky;
  leaky.alpha = alpha;
  schema::BuiltinOptionsUnion any;
  any.Set(std::move(leaky));
  w.builder.AddOperator(code, {w.conv}, made, std::move(any));
  const auto result = ReadTflite(std::move(w.builder).Finish(w.image, {made}), "f");
  return result.ok() ? "" : result.error().message;
}

TEST(ReadTflite, RefusesFunctionsOutsideTheirDomain) {
  using ::testing::HasSubstr;
  EXPECT_EQ(FunctionError(BuiltinOperator::LEAKY_RELU, {0.1f, 0}, 0.2f), "");
  EXPECT_THAT(FunctionError(BuiltinOperator::LEAKY_RELU, {0.1f, 0}, -0.2f),
              HasSubstr("operator 2 (LEAKY_RELU): has alpha -0.2"));
  EXPECT_THAT(FunctionError(BuiltinOperator::TANH, {0.1f, 0}, 0),
              HasSubstr("operator 2 (TANH): has an output of scale 0.1"));
  EXPECT_EQ(FunctionError(BuiltinOperator::TANH, {1.0f / 128, 0}, 0), "");
  EXPECT_EQ(FunctionError(BuiltinOperator::HARD_SWISH, {0.1f, 3}, 0), "");
  EXPECT_THAT(FunctionError(BuiltinOperator::HARD_SWISH, {1e-4f, 3}, 0),
              HasSubstr("operator 2 (HARD_SWISH): has scales"));
  EXPECT_THAT(FunctionError(BuiltinOperator::RELU, {1e-20f, 3}, 0),
              HasSubstr("operator 2 (RELU): has scales that give a multiplier"));
  EXPECT_THAT(FunctionError(BuiltinOperator::ELU, {0.1f, 3}, 0),
              HasSubstr("operator 2 (ELU): is not read; nearest: HARD_SWISH or LEAKY_RELU"));
}

// Alphas of a shape, computed where there is none.
std::string PReluError(const std::vector<int32_t>& shape, Operator* read = nullptr) {
  Wrapped w;
  const int made = w.builder.AddActivation("made", {1, 6, 4, 3}, {0.1f, 3});
  QuantizedParameters p;
  p.constant = {0.01f, 4};
  int64_t count = 1;
  for (int32_t size : shape) count *= size;
  p.weights.assign(static_cast<size_t>(count), 21);
  const int alphas = shape.empty() ? w.conv : w.builder.AddConstants("alphas", shape, p);
  w.builder.AddOperator(BuiltinOperator::PRELU, {w.conv, alphas}, made, {});
  const auto result = ReadTflite(std::move(w.builder).Finish(w.image, {made}), "f");
  if (result.ok() && read != nullptr) *read = result->network.operators.back();
  return result.ok() ? "" : result.error().message;
}

TEST(ReadTflite, ReadsSlopesPerChannelOnly) {
  using ::testing::HasSubstr;
  Operator read;
  for (const std::vector<int32_t>& shape :
       {std::vector<int32_t>{1, 1, 3}, {3}, {1, 1, 1, 3}, {1, 1, 1}}) {
    EXPECT_EQ(PReluError(shape, &read), "");
    EXPECT_EQ(read.kind, OpKind::kPRelu);
    EXPECT_EQ(read.constants, shape.back());
  }
  const char* nearest = "elements; nearest: one or one per channel";
  EXPECT_THAT(PReluError({6, 4, 3}), HasSubstr("(PRELU): has constants 'alphas' of 72 elements"));
  EXPECT_THAT(PReluError({6, 4, 3}), HasSubstr(nearest));
  EXPECT_THAT(PReluError({1, 4, 1}), HasSubstr(nearest));
  EXPECT_THAT(PReluError({}), HasSubstr("(PRELU): has alphas that are computed"));
}

TEST(ReadTflite, FoldsQuantizeAndDequantizeAtTheEnds) {
  Wrapped w;
  schema::ModelT model = Unpack(std::move(w.builder).Finish(w.image, {w.conv}));
  schema::SubGraphT& graph = *model.subgraphs[0];
  const auto add_real = [&](int like) {
    auto tensor = std::make_unique<schema::TensorT>();
    tensor->shape = graph.tensors[static_cast<size_t>(like)]->shape;
    tensor->type = schema::TensorType::FLOAT32;
    graph.tensors.push_back(std::move(tensor));
    return static_cast<int32_t>(graph.tensors.size()) - 1;
  };
  const auto add_operator = [&](BuiltinOperator code, int32_t from, int32_t to, bool first) {
    auto entry = std::make_unique<schema::OperatorCodeT>();
    entry->builtin_code = code;
    model.operator_codes.push_back(std::move(entry));
    auto op = std::make_unique<schema::OperatorT>();
    op->opcode_index = static_cast<uint32_t>(model.operator_codes.size()) - 1;
    op->inputs = {from};
    op->outputs = {to};
    graph.operators.insert(first ? graph.operators.begin() : graph.operators.end(), std::move(op));
  };
  const int32_t in = add_real(w.image), out = add_real(w.conv);
  add_operator(BuiltinOperator::QUANTIZE, in, w.image, true);
  add_operator(BuiltinOperator::DEQUANTIZE, w.conv, out, false);
  graph.inputs = {in};
  graph.outputs = {out};
  const QuantizedNetwork read = ReadOrDie(Pack(model));
  EXPECT_EQ(read.network.operators.size(), 1u);
  EXPECT_EQ(read.input, w.q);
}

// A dead channel may have any bias in TFLite; ours stay below 2^30 and give the same byte.
TEST(ReadTflite, TurnsDeadChannelsWithHugeBiasesIntoConstants) {
  for (const int32_t bias : {2000000000, -2000000000}) {
    QuantizedNetwork network = SmallNetwork();
    QuantizedParameters& p = network.parameters[1];
    const size_t depth = p.weights.size() / 4;
    std::fill_n(p.weights.begin() + static_cast<std::ptrdiff_t>(2 * depth), depth, int8_t{0});
    p.bias[2] = bias;
    p.weight_scales[2] = 3e-9f;
    const QuantizedNetwork read = ReadOrDie(WriteTflite(network));
    EXPECT_LT(std::abs(read.parameters[1].bias[2]), 1024);
    const std::vector<int8_t> input = RandomInput(network.network, 9);
    EXPECT_EQ(RunReferenceAllTensors(read, input), RunReferenceAllTensors(network, input));
  }
}

}  // namespace
}  // namespace mcunas
