// Files that are wrong, foreign or hostile: one clear error, never a crash.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <limits>

#include "../../network/every_kind.h"
#include "engine/quantize/random_network.h"
#include "model_edit.h"
#include "network/verify.h"
#include "tests/integration/tflite_oracle/forms.h"

namespace mcunas {
namespace {

namespace schema = tflite_schema;
using schema::ModelT;
using ::testing::HasSubstr;

schema::TensorT& Tensor(ModelT& m, const std::string& name) {
  for (auto& tensor : m.subgraphs[0]->tensors)
    if (tensor->name == name) return *tensor;
  ADD_FAILURE() << "no tensor " << name;
  return *m.subgraphs[0]->tensors[0];
}

schema::OperatorT& Op(ModelT& m, size_t index) { return *m.subgraphs[0]->operators.at(index); }

void SetCode(ModelT& m, size_t index, schema::BuiltinOperator code) {
  auto entry = std::make_unique<schema::OperatorCodeT>();
  entry->builtin_code = code;
  m.operator_codes.push_back(std::move(entry));
  Op(m, index).opcode_index = static_cast<uint32_t>(m.operator_codes.size()) - 1;
}

struct Case {
  const char* what;
  std::function<void(ModelT&)> edit;
  ErrorCode code;
  const char* message;
};

void Check(const std::vector<Case>& cases) {
  for (const Case& c : cases) {
    const Error error = ErrorAfter(c.edit);
    EXPECT_THAT(error.message, HasSubstr(c.message)) << c.what;
    EXPECT_THAT(error.message, HasSubstr("edited.tflite: ")) << c.what;
    EXPECT_EQ(error.code, c.code) << c.what << ": " << error.message;
  }
}

// The writer pads the stem explicitly: operator 0 is PAD, 1 the stem, 2 the pointwise one, 3 the
// depthwise one, 4 ADD, 5 AVERAGE_POOL_2D, 6 FULLY_CONNECTED.
TEST(ReadTfliteErrors, OfTheFile) {
  Check({
      {"version", [](ModelT& m) { m.version = 2; }, ErrorCode::kUnsupported, "schema version 2"},
      {"no graph", [](ModelT& m) { m.subgraphs.clear(); }, ErrorCode::kCorrupt, "holds no graph"},
      {"no inputs", [](ModelT& m) { m.subgraphs[0]->inputs.clear(); }, ErrorCode::kUnsupported,
       "has 0 inputs"},
      {"one input twice",
       [](ModelT& m) {
         m.subgraphs[0]->inputs = {0, 0};
       },
       ErrorCode::kCorrupt, "is computed twice or constant"},
      {"many inputs", [](ModelT& m) { m.subgraphs[0]->inputs.assign(257, 0); },
       ErrorCode::kUnsupported, "has over 256 inputs"},
      {"no outputs", [](ModelT& m) { m.subgraphs[0]->outputs.clear(); }, ErrorCode::kCorrupt,
       "has no outputs"},
      {"input as output", [](ModelT& m) { m.subgraphs[0]->outputs = m.subgraphs[0]->inputs; },
       ErrorCode::kUnsupported, "is not computed"},
      {"output range", [](ModelT& m) { m.subgraphs[0]->outputs = {999}; }, ErrorCode::kCorrupt,
       "network output 999 is none of"},
      {"operand range", [](ModelT& m) { Op(m, 1).inputs[0] = 999; }, ErrorCode::kCorrupt,
       "operator 1: CONV_2D: operand 999 is none of"},
      {"operand -2", [](ModelT& m) { Op(m, 1).inputs[0] = -2; }, ErrorCode::kCorrupt,
       "operand -2 is none of"},
      {"code range", [](ModelT& m) { Op(m, 1).opcode_index = 99; }, ErrorCode::kCorrupt,
       "operator 1: refers to operator code 99"},
      {"buffer range", [](ModelT& m) { Tensor(m, "0_weights").buffer = 999; }, ErrorCode::kCorrupt,
       "('0_weights'): refers to buffer 999 of"},
      {"foreign data", [](ModelT& m) { m.buffers[Tensor(m, "0_weights").buffer]->offset = 8; },
       ErrorCode::kUnsupported, "outside the FlatBuffer"},
  });
}

TEST(ReadTfliteErrors, OfTensors) {
  const float infinity = std::numeric_limits<float>::infinity();
  Check({
      {"negative size", [](ModelT& m) { Tensor(m, "0_conv").shape[1] = -4; }, ErrorCode::kCorrupt,
       "operator 1 (CONV_2D): tensor 5 ('0_conv') has a dimension of -4"},
      {"huge",
       [](ModelT& m) {
         Tensor(m, "0_conv").shape = {1, 65536, 65536, 4};
       },
       ErrorCode::kCorrupt, "has over 2^31 - 1 elements"},
      {"rank", [](ModelT& m) { Tensor(m, "0_conv").shape.assign(9, 1); }, ErrorCode::kCorrupt,
       "has over 8 dimensions"},
      {"batch", [](ModelT& m) { Tensor(m, "input").shape[0] = 2; }, ErrorCode::kUnsupported,
       "is no single map"},
      {"wrong size", [](ModelT& m) { Tensor(m, "0_conv").shape[1] = 5; }, ErrorCode::kCorrupt,
       "operator 1 (CONV_2D): output shape [5, 4, 4], expected [4, 4, 4]"},
      {"no quantisation", [](ModelT& m) { Tensor(m, "0_conv").quantization.reset(); },
       ErrorCode::kUnsupported, "operator 1 (CONV_2D): tensor '0_conv' is not quantised"},
      {"float", [](ModelT& m) { Tensor(m, "0_conv").type = schema::TensorType::FLOAT32; },
       ErrorCode::kUnsupported, "is of FLOAT32; only full-integer int8 models are read"},
      {"int16", [](ModelT& m) { Tensor(m, "input").type = schema::TensorType::INT16; },
       ErrorCode::kUnsupported, "computes in INT16"},
      {"scale 0", [](ModelT& m) { Tensor(m, "0_conv").quantization->scale = {0.0f}; },
       ErrorCode::kCorrupt, "has scale 0.000000, expected a positive number"},
      {"infinite", [&](ModelT& m) { Tensor(m, "0_conv").quantization->scale = {infinity}; },
       ErrorCode::kCorrupt, "has scale inf"},
      {"zero point", [](ModelT& m) { Tensor(m, "0_conv").quantization->zero_point = {1 << 20}; },
       ErrorCode::kCorrupt, "has zero point 1048576, outside int8"},
      {"two scales",
       [](ModelT& m) {
         Tensor(m, "0_conv").quantization->scale = {1.0f, 2.0f};
       },
       ErrorCode::kCorrupt, "has 2 scales and 1 zero points"},
      {"multiplier", [](ModelT& m) { Tensor(m, "0_conv").quantization->scale = {1e-30f}; },
       ErrorCode::kCorrupt, "outside what fixed point holds"},
      {"weight scales", [](ModelT& m) { Tensor(m, "0_weights").quantization->scale.resize(3); },
       ErrorCode::kCorrupt, "weights '0_weights' have 3 scales, expected 1 or 4"},
      {"weight dimension",
       [](ModelT& m) { Tensor(m, "0_weights").quantization->quantized_dimension = 3; },
       ErrorCode::kCorrupt, "are quantised along dimension 3, expected 0"},
      {"weight zero point",
       [](ModelT& m) { Tensor(m, "0_weights").quantization->zero_point[1] = 3; },
       ErrorCode::kUnsupported, "have zero point 3, expected 0"},
      {"short weights",
       [](ModelT& m) { m.buffers[Tensor(m, "0_weights").buffer]->data.pop_back(); },
       ErrorCode::kCorrupt, "operator 1 (CONV_2D): weights '0_weights' have 107 bytes"},
      {"INT4 weights too long",
       [](ModelT& m) { Tensor(m, "0_weights").type = schema::TensorType::INT4; },
       ErrorCode::kCorrupt, "weights '0_weights' have 108 bytes, expected 54"},
      {"INT2 weights",
       [](ModelT& m) { Tensor(m, "0_weights").type = static_cast<schema::TensorType>(19); },
       ErrorCode::kUnsupported,
       "weights '0_weights' are of a type unknown to us, expected dense INT8 or INT4"},
      {"INT4 activations", [](ModelT& m) { Tensor(m, "0_conv").type = schema::TensorType::INT4; },
       ErrorCode::kUnsupported, "tensor '0_conv' is of INT4; only full-integer int8 models"},
      {"weights computed", [](ModelT& m) { Tensor(m, "0_weights").buffer = 0; },
       ErrorCode::kUnsupported, "weights '0_weights' are not constant"},
      {"short bias", [](ModelT& m) { m.buffers[Tensor(m, "0_bias").buffer]->data.resize(8); },
       ErrorCode::kCorrupt, "bias '0_bias' has 8 bytes, expected 16"},
      {"huge bias", [](ModelT& m) { m.buffers[Tensor(m, "0_bias").buffer]->data[3] = 0x7f; },
       ErrorCode::kUnsupported, "the accumulator of channel 0 can reach 2^30"},
      {"weights rank",
       [](ModelT& m) {
         Tensor(m, "0_weights").shape = {4, 27};
       },
       ErrorCode::kCorrupt, "have 2 dimensions, expected 4"},
  });
}

TEST(ReadTfliteErrors, OfOperators) {
  using Code = schema::BuiltinOperator;
  Check({
      {"unknown", [](ModelT& m) { SetCode(m, 3, Code::DEPTH_TO_SPACE); }, ErrorCode::kUnsupported,
       "operator 3 (DEPTH_TO_SPACE): is not read; nearest: TRANSPOSE_CONV"},
      {"no name", [](ModelT& m) { SetCode(m, 3, static_cast<Code>(5000)); },
       ErrorCode::kUnsupported, "operator 3 (builtin operator 5000): is not read"},
      {"custom", [](ModelT& m) { SetCode(m, 3, Code::CUSTOM); }, ErrorCode::kUnsupported,
       "operator 3 (CUSTOM ''): is not read"},
      {"other options", [](ModelT& m) { Op(m, 3).builtin_options.Reset(); }, ErrorCode::kCorrupt,
       "operator 3 (DEPTHWISE_CONV_2D): has no options of its own kind"},
      {"activation",
       [](ModelT& m) {
         Op(m, 3).builtin_options.AsDepthwiseConv2DOptions()->fused_activation_function =
             schema::ActivationFunctionType::TANH;
       },
       ErrorCode::kUnsupported, "has fused activation TANH; nearest: RELU, RELU6 or RELU_N1_TO_1"},
      {"stride 0",
       [](ModelT& m) { Op(m, 3).builtin_options.AsDepthwiseConv2DOptions()->stride_w = 0; },
       ErrorCode::kCorrupt, "stride 0 is outside 1..32767"},
      {"dilation",
       [](ModelT& m) {
         Op(m, 3).builtin_options.AsDepthwiseConv2DOptions()->dilation_h_factor = 1 << 30;
       },
       ErrorCode::kCorrupt, "dilation 1073741824 is outside 1..255"},
      {"cycle",
       [](ModelT& m) { std::swap(m.subgraphs[0]->operators[2], m.subgraphs[0]->operators[3]); },
       ErrorCode::kCorrupt, "is read before it is computed (a cycle or a missing operator)"},
      {"self", [](ModelT& m) { Op(m, 4).inputs[0] = Op(m, 4).outputs[0]; }, ErrorCode::kCorrupt,
       "operator 4 (ADD): tensor"},
      {"made twice", [](ModelT& m) { Op(m, 2).outputs = Op(m, 1).outputs; }, ErrorCode::kCorrupt,
       "is computed twice or constant"},
      {"no operand",
       [](ModelT& m) {
         Op(m, 4).inputs = {-1, 0};
       },
       ErrorCode::kCorrupt, "operator 4 (ADD): operand 0 is missing"},
      {"no output", [](ModelT& m) { Op(m, 4).outputs.clear(); }, ErrorCode::kCorrupt,
       "is read before it is computed"},
      {"add shapes", [](ModelT& m) { Op(m, 4).inputs[1] = m.subgraphs[0]->inputs[0]; },
       ErrorCode::kUnsupported, "operator 4 (ADD): combines tensors of different shapes"},
      {"pool scale",
       [](ModelT& m) { Tensor(m, "4_global_average_pool").quantization->scale[0] *= 2; },
       ErrorCode::kUnsupported, "operator 5 (AVERAGE_POOL_2D): copies values between scales"},
      {"pad channels", [](ModelT& m) { m.buffers[Tensor(m, "0_paddings").buffer]->data[24] = 1; },
       ErrorCode::kUnsupported, "operator 0 (PAD): pads other axes than height and width"},
      {"dense depth", [](ModelT& m) { Op(m, 6).inputs[0] = Op(m, 4).outputs[0]; },
       ErrorCode::kUnsupported, "operator 6 (FULLY_CONNECTED): has weights for 4 of 64 inputs"},
  });
}

// The message that reading an edited form gives; empty if it reads.
std::string FormError(const std::string& name, const std::function<void(ModelT&)>& edit) {
  for (const FormModel& model : FormModels()) {
    if (model.name != name) continue;
    ModelT edited = Unpack(model.bytes);
    edit(edited);
    const Expected<QuantizedNetwork> result = ReadTflite(Pack(edited), name);
    return result.ok() ? "" : result.error().message;
  }
  return "no form " + name;
}

// Sets number `which` of an operand of int32 indices.
void SetIndex(ModelT& m, size_t op, size_t operand, size_t which, int32_t value) {
  const auto tensor = static_cast<size_t>(Op(m, op).inputs.at(operand));
  std::memcpy(&m.buffers[m.subgraphs[0]->tensors[tensor]->buffer]->data.at(4 * which), &value, 4);
}

TEST(ReadTfliteErrors, OfGeometry) {
  EXPECT_THAT(FormError("slices", [](ModelT& m) { SetIndex(m, 0, 1, 1, 9); }),
              HasSubstr("operator 0 (SLICE): takes -3 from 9 on of 6"));
  EXPECT_THAT(FormError("slices", [](ModelT& m) { SetIndex(m, 1, 3, 3, 2); }),
              HasSubstr("operator 1 (STRIDED_SLICE): takes channels 2 apart"));
  EXPECT_THAT(FormError("slices", [](ModelT& m) { SetIndex(m, 1, 3, 2, -1); }),
              HasSubstr("has stride -1; nearest: a positive one"));
  EXPECT_THAT(FormError("slices",
                        [](ModelT& m) {
                          Op(m, 1).builtin_options.AsStridedSliceOptions()->new_axis_mask = 1;
                        }),
              HasSubstr("has an ellipsis or new axes"));
  EXPECT_THAT(FormError("splits", [](ModelT& m) { SetIndex(m, 1, 1, 2, 9); }),
              HasSubstr("operator 1 (SPLIT_V): takes"));
  EXPECT_THAT(FormError("maxima", [](ModelT& m) { SetIndex(m, 0, 1, 1, 3); }),
              HasSubstr("operator 0 (REDUCE_MAX): goes over channels; nearest: REDUCE_MAX over"));
  EXPECT_THAT(
      FormError("dilated", [](ModelT& m) { SetIndex(m, 2, 1, 0, 3); }),
      HasSubstr("(CONV_2D): stands between SPACE_TO_BATCH_ND and BATCH_TO_SPACE_ND of diff"));
  EXPECT_THAT(FormError("dilated",
                        [](ModelT& m) { m.subgraphs[0]->outputs.push_back(Op(m, 1).outputs[0]); }),
              HasSubstr("but no BATCH_TO_SPACE_ND alone reads it; nearest: a dilated convolution"));
  EXPECT_THAT(
      FormError("transposed",
                [](ModelT& m) { Op(m, 0).builtin_options.AsTransposeConvOptions()->stride_h = 3; }),
      HasSubstr("operator 0 (TRANSPOSE_CONV): has an output of a size that its input"));
  EXPECT_THAT(FormError("resized",
                        [](ModelT& m) {
                          Op(m, 2).builtin_options.AsResizeBilinearOptions()->half_pixel_centers =
                              true;
                        }),
              HasSubstr("operator 2 (RESIZE_BILINEAR): has align_corners and half_pixel_centers"));
}

TEST(ReadTfliteErrors, OfOtherFiles) {
  const auto message = [](const std::vector<uint8_t>& bytes) {
    const auto result = ReadTflite(bytes, "x");
    return result.ok() ? std::string() : result.error().message;
  };
  EXPECT_THAT(message({}), HasSubstr("is no .tflite file"));
  EXPECT_THAT(message(std::vector<uint8_t>(100, 0)), HasSubstr("is no .tflite file"));
  std::vector<uint8_t> bytes(64, 0xff);
  std::copy_n("TFL3", 4, bytes.begin() + 4);
  EXPECT_THAT(message(bytes), HasSubstr("is truncated or damaged"));
}

std::vector<std::vector<uint8_t>> Victims() {
  std::vector<std::vector<uint8_t>> victims = {
      WriteTflite(SmallNetwork()),
      WriteTflite(RandomQuantizedNetwork(EveryKind(), 1, RoundingMode::kTflite))};
  for (const FormModel& model : FormModels()) victims.push_back(model.bytes);
  return victims;
}

TEST(ReadTfliteErrors, EveryTruncationIsAnError) {
  for (const std::vector<uint8_t>& whole : Victims()) {
    for (size_t length = 0; length < whole.size(); length += length < 400 ? 1 : 13) {
      const auto cut = std::span<const uint8_t>(whole).first(length);
      const auto result = ReadTflite(cut, "cut");
      // The builder writes from the back: the last bytes may be padding or names of no weight.
      if (result.ok()) {
        EXPECT_GT(length + 64, whole.size());
      }
    }
  }
}

// Whatever is flipped: an error with words, or a network that keeps every law.
TEST(ReadTfliteErrors, BrokenBytesNeverGiveAnUnverifiedNetwork) {
  RandomStream random(7, "broken tflite");
  int accepted = 0, refused = 0;
  for (const std::vector<uint8_t>& good : Victims()) {
    for (int i = 0; i < 3000; ++i) {
      std::vector<uint8_t> bytes = good;
      for (int64_t edits = random.Between(1, 4); edits > 0; --edits) {
        uint8_t& byte = bytes[random.Below(bytes.size())];
        byte = random.Chance(0.5) ? static_cast<uint8_t>(byte ^ (1u << random.Below(8)))
                                  : static_cast<uint8_t>(random.Between(0, 255));
      }
      const auto result = ReadTflite(bytes, "broken");
      if (result.ok()) {
        ++accepted;
        ASSERT_TRUE(VerifyNetwork(result->network).ok());
        ASSERT_EQ(result->parameters.size(), result->network.operators.size());
      } else {
        ++refused;
        ASSERT_GT(result.error().message.size(), std::string("broken: ").size());
      }
    }
  }
  EXPECT_GT(accepted, 1000);  // most bytes are weights
  EXPECT_GT(refused, 1000);
}

// Whole words at aligned places: offsets, lengths, sizes and indices at their extremes.
TEST(ReadTfliteErrors, ExtremeWordsNeverCrash) {
  const uint32_t words[] = {0, 1, 0x7fffffff, 0x80000000, 0xffffffff, 0x00010000};
  for (const std::vector<uint8_t>& good : Victims()) {
    for (size_t at = 0; at + 4 <= good.size(); at += 4) {
      for (uint32_t word : words) {
        std::vector<uint8_t> bytes = good;
        std::memcpy(&bytes[at], &word, 4);
        const auto result = ReadTflite(bytes, "word");
        if (result.ok()) {
          ASSERT_TRUE(VerifyNetwork(result->network).ok()) << at;
        }
      }
    }
  }
}

}  // namespace
}  // namespace mcunas
