// Structure of written models, read back through the FlatBuffers verifier. That TFLite computes the
// same bytes is the oracle test's part.
#include "engine/tflite/write_tflite.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <set>

#include "engine/quantize/random_network.h"
#include "model_generated.h"
#include "network/network_builder.h"

namespace mcunas {
namespace {

namespace schema = tflite_schema;
using schema::BuiltinOperator;

struct Written {
  QuantizedNetwork network;
  std::vector<uint8_t> bytes;
  schema::ModelT model;
  const schema::SubGraphT& graph() const { return *model.subgraphs.at(0); }
};

Written Write(NetworkBuilder&& builder) {
  Written w;
  w.network = RandomQuantizedNetwork(std::move(builder).Finish(), 1, RoundingMode::kTflite);
  w.bytes = WriteTflite(w.network);
  flatbuffers::Verifier verifier(w.bytes.data(), w.bytes.size());
  EXPECT_TRUE(schema::VerifyModelBuffer(verifier));
  schema::GetModel(w.bytes.data())->UnPackTo(&w.model);
  return w;
}

std::vector<BuiltinOperator> Codes(const Written& w) {
  std::vector<BuiltinOperator> codes;
  for (const auto& op : w.graph().operators) {
    codes.push_back(w.model.operator_codes.at(op->opcode_index)->builtin_code);
  }
  return codes;
}

const schema::TensorT& TensorNamed(const Written& w, const std::string& name) {
  for (const auto& tensor : w.graph().tensors) {
    if (tensor->name == name) return *tensor;
  }
  ADD_FAILURE() << "no tensor " << name;
  return *w.graph().tensors.at(0);
}

Written Residual() {
  NetworkBuilder b("residual", {8, 8, 3});
  const int stem = b.Conv(kNetworkInput, 8, {3, 3}, {2, 2}, Activation::kRelu6);
  const int depthwise = b.Depthwise(stem, {5, 5}, {1, 1}, Activation::kRelu);
  const int sum = b.Add(b.Pointwise(depthwise, 8, Activation::kNone), stem);
  b.FullyConnected(b.GlobalAveragePool(sum), 10);
  return Write(std::move(b));
}

TEST(WriteTflite, HeaderAndConventions) {
  const Written w = Residual();
  EXPECT_TRUE(schema::ModelBufferHasIdentifier(w.bytes.data()));
  EXPECT_EQ(w.model.version, 3u);
  EXPECT_EQ(w.model.description, "mcunas");
  EXPECT_EQ(w.model.subgraphs.size(), 1u);
  EXPECT_EQ(w.graph().name, "residual");
  EXPECT_TRUE(w.model.buffers.at(0)->data.empty());
  for (const auto& code : w.model.operator_codes) {
    EXPECT_EQ(code->deprecated_builtin_code, static_cast<int>(code->builtin_code));
  }
  EXPECT_EQ(WriteTflite(w.network), w.bytes);
}

TEST(WriteTflite, InputAndOutput) {
  const Written w = Residual();
  ASSERT_EQ(w.graph().inputs.size(), 1u);
  ASSERT_EQ(w.graph().outputs.size(), 1u);
  const auto tensor = [&](int32_t index) -> const schema::TensorT& {
    return *w.graph().tensors.at(static_cast<size_t>(index));
  };
  const schema::TensorT& input = tensor(w.graph().inputs[0]);
  const schema::TensorT& output = tensor(w.graph().outputs[0]);
  EXPECT_EQ(input.name, TfliteTensorName(w.network.network, kNetworkInput));
  EXPECT_EQ(input.shape, (std::vector<int32_t>{1, 8, 8, 3}));
  EXPECT_EQ(input.type, schema::TensorType::INT8);
  EXPECT_EQ(input.quantization->scale, std::vector<float>{w.network.input.scale});
  EXPECT_EQ(input.quantization->zero_point, std::vector<int64_t>{w.network.input.zero_point});
  EXPECT_EQ(output.name, "5_fully_connected");
  EXPECT_EQ(output.shape, (std::vector<int32_t>{1, 10}));
}

TEST(WriteTflite, OneOperatorEach) {
  EXPECT_EQ(Codes(Residual()),
            (std::vector{BuiltinOperator::PAD, BuiltinOperator::CONV_2D,
                         BuiltinOperator::DEPTHWISE_CONV_2D, BuiltinOperator::CONV_2D,
                         BuiltinOperator::ADD, BuiltinOperator::AVERAGE_POOL_2D,
                         BuiltinOperator::FULLY_CONNECTED}));
}

TEST(WriteTflite, WeightsPerChannelInTheirLayouts) {
  const Written w = Residual();
  const auto expect = [&](int op, const std::vector<int32_t>& shape, int dimension) {
    const QuantizedParameters& p = w.network.parameters[static_cast<size_t>(op)];
    const schema::TensorT& weights = TensorNamed(w, std::to_string(op) + "_weights");
    EXPECT_EQ(weights.shape, shape);
    EXPECT_EQ(weights.quantization->quantized_dimension, dimension);
    EXPECT_EQ(weights.quantization->scale, p.weight_scales);
    EXPECT_EQ(weights.quantization->zero_point, std::vector<int64_t>(p.weight_scales.size(), 0));
    const std::vector<uint8_t>& data = w.model.buffers.at(weights.buffer)->data;
    ASSERT_EQ(data.size(), p.weights.size());
    EXPECT_TRUE(std::equal(data.begin(), data.end(), p.weights.begin(),
                           [](uint8_t a, int8_t b) { return a == static_cast<uint8_t>(b); }));
  };
  expect(0, {8, 3, 3, 3}, 0);
  expect(1, {1, 5, 5, 8}, 3);
  expect(2, {8, 1, 1, 8}, 0);
  expect(5, {10, 8}, 0);
  const schema::TensorT& bias = TensorNamed(w, "0_bias");
  EXPECT_EQ(bias.type, schema::TensorType::INT32);
  EXPECT_EQ(bias.quantization->quantized_dimension, 0);
  EXPECT_FLOAT_EQ(bias.quantization->scale[3],
                  w.network.input.scale * w.network.parameters[0].weight_scales[3]);
  EXPECT_EQ(w.model.buffers.at(bias.buffer)->data.size(), 32u);
}

TEST(WriteTflite, ConstantsLieOnSixteenBytes) {
  const Written w = Residual();
  int constants = 0;
  for (const schema::Buffer* buffer : *schema::GetModel(w.bytes.data())->buffers()) {
    if (!buffer->data() || buffer->data()->size() == 0) continue;
    ++constants;
    EXPECT_EQ((buffer->data()->data() - w.bytes.data()) % 16, 0);
  }
  EXPECT_EQ(constants, 9);  // four weights, four biases, one table of paddings
}

TEST(WriteTflite, OptionsOfConvolutions) {
  const Written w = Residual();
  const auto* conv = w.graph().operators.at(1)->builtin_options.AsConv2DOptions();
  ASSERT_NE(conv, nullptr);
  EXPECT_EQ(conv->padding, schema::Padding::VALID);  // behind the PAD
  EXPECT_EQ(conv->stride_h, 2);
  EXPECT_EQ(conv->stride_w, 2);
  EXPECT_EQ(conv->dilation_h_factor, 1);
  EXPECT_EQ(conv->fused_activation_function, schema::ActivationFunctionType::RELU6);
  const auto* depthwise = w.graph().operators.at(2)->builtin_options.AsDepthwiseConv2DOptions();
  ASSERT_NE(depthwise, nullptr);
  EXPECT_EQ(depthwise->padding, schema::Padding::SAME);
  EXPECT_EQ(depthwise->stride_h, 1);
  EXPECT_EQ(depthwise->depth_multiplier, 1);
  EXPECT_EQ(depthwise->fused_activation_function, schema::ActivationFunctionType::RELU);
  const auto* pool = w.graph().operators.at(5)->builtin_options.AsPool2DOptions();
  ASSERT_NE(pool, nullptr);
  EXPECT_EQ(pool->filter_height, 4);
  EXPECT_EQ(pool->filter_width, 4);
}

TEST(WriteTflite, PadOnlyWhereSamePaddingDiffers) {
  const auto pads = [](int height, int width, int kernel, int stride) {
    NetworkBuilder b("conv", {height, width, 2});
    b.Conv(kNetworkInput, 3, Extent(kernel), Extent(stride), Activation::kNone);
    return Codes(Write(std::move(b))).at(0) == BuiltinOperator::PAD;
  };
  EXPECT_FALSE(pads(8, 8, 3, 1));
  EXPECT_FALSE(pads(9, 7, 3, 2));
  EXPECT_FALSE(pads(8, 8, 1, 2));
  EXPECT_FALSE(pads(8, 8, 1, 1));
  EXPECT_TRUE(pads(8, 8, 3, 2));
  EXPECT_TRUE(pads(9, 8, 3, 2));  // one side is enough
  EXPECT_TRUE(pads(8, 8, 5, 2));
  EXPECT_FALSE(pads(8, 8, 2, 1));  // (2 - 1) / 2 = 0: no padding, VALID
}

TEST(WriteTflite, PadAddsOnlyWhatTheLastWindowNeeds) {
  NetworkBuilder b("conv", {8, 9, 2});
  b.Conv(kNetworkInput, 3, {3, 3}, {2, 2}, Activation::kNone);
  const Written w = Write(std::move(b));
  const schema::TensorT& padded = TensorNamed(w, "0_pad");
  EXPECT_EQ(padded.shape, (std::vector<int32_t>{1, 9, 11, 2}));
  EXPECT_EQ(padded.quantization->zero_point[0], w.network.input.zero_point);
  EXPECT_EQ(padded.quantization->scale[0], w.network.input.scale);
  const std::vector<uint8_t>& data = w.model.buffers.at(TensorNamed(w, "0_paddings").buffer)->data;
  std::vector<int> amounts;
  for (size_t i = 0; i < data.size(); i += 4) amounts.push_back(data[i]);
  EXPECT_EQ(amounts, (std::vector<int>{0, 0, 1, 0, 1, 1, 0, 0}));
}

TEST(WriteTflite, PoolsThatNoTflitePaddingGives) {
  const auto codes = [](int side, int padding) {
    NetworkBuilder b("pool", {side, side, 2});
    b.AveragePool(kNetworkInput, {3, 3}, {2, 2});
    Network network = std::move(b).Finish();
    Operator& pool = network.operators[0];
    pool.padding = Padding(padding);
    pool.out.height = pool.out.width = (side + 2 * padding - 3) / 2 + 1;
    const std::vector<uint8_t> bytes =
        WriteTflite(RandomQuantizedNetwork(network, 1, RoundingMode::kTflite));
    Written w;
    schema::GetModel(bytes.data())->UnPackTo(&w.model);
    return Codes(w);
  };
  EXPECT_EQ(codes(7, 1), std::vector{BuiltinOperator::AVERAGE_POOL_2D});
  EXPECT_EQ(codes(7, 0), std::vector{BuiltinOperator::AVERAGE_POOL_2D});
  EXPECT_EQ(codes(8, 1),
            (std::vector{BuiltinOperator::AVERAGE_POOL_2D, BuiltinOperator::STRIDED_SLICE}));
  const std::vector<BuiltinOperator> by_pixel = codes(4, 2);  // 3 x 3 windows
  EXPECT_EQ(std::count(by_pixel.begin(), by_pixel.end(), BuiltinOperator::CONCATENATION), 4);
  EXPECT_EQ(std::count(by_pixel.begin(), by_pixel.end(), BuiltinOperator::AVERAGE_POOL_2D), 9);
}

TEST(WriteTflite, FullyConnectedInTheMiddleIsReshaped) {
  NetworkBuilder b("middle", {1, 1, 4});
  b.FullyConnected(kNetworkInput, 6);
  b.Pointwise(0, 3, Activation::kNone);
  b.FullyConnected(1, 5);
  b.FullyConnected(2, 2);
  EXPECT_EQ(Codes(Write(std::move(b))),
            (std::vector{BuiltinOperator::FULLY_CONNECTED, BuiltinOperator::RESHAPE,
                         BuiltinOperator::CONV_2D, BuiltinOperator::FULLY_CONNECTED,
                         BuiltinOperator::FULLY_CONNECTED}));
}

TEST(WriteTflite, EveryOperatorsOutputHasItsName) {
  const Written w = Residual();
  std::set<std::string> names;
  for (const auto& tensor : w.graph().tensors) names.insert(tensor->name);
  for (int op = kNetworkInput; op < 6; ++op) {
    EXPECT_EQ(names.count(TfliteTensorName(w.network.network, op)), 1u);
  }
  EXPECT_EQ(names.size(), w.graph().tensors.size()) << "names are unique";
}

}  // namespace
}  // namespace mcunas
