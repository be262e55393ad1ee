// The operators beyond plain chains: shapes, laws, windows, print and hash.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <functional>

#include "every_kind.h"
#include "network/hash_network.h"
#include "network/json_read.h"
#include "network/json_write.h"
#include "network/network.h"
#include "network/network_builder.h"
#include "network/operator_counts.h"
#include "network/print.h"
#include "network/resize.h"
#include "network/verify.h"
#include "network/window.h"

namespace mcunas {
namespace {

using ::testing::HasSubstr;

int Find(const Network& network, OpKind kind) {
  for (size_t i = 0; i < network.operators.size(); ++i)
    if (network.operators[i].kind == kind) return static_cast<int>(i);
  return -1;
}

TEST(EveryKind, IsLegalAndCounts) {
  const Network n = EveryKind();
  const Expected<void> verified = VerifyNetwork(n);
  ASSERT_TRUE(verified.ok()) << verified.error().message;
  EXPECT_EQ(n.operators[0].out, (Shape{10, 6, 3}));
  EXPECT_EQ(n.operators[1].out, (Shape{10, 6, 6}));
  EXPECT_EQ(OperatorWeights(n.operators[0]), 10 * 4 * 2 * 3);
  EXPECT_EQ(OperatorWeights(n.operators[1]), 9 * 6);
  EXPECT_EQ(OperatorMacs(n.operators[1]).value, 60 * 54);
  const Operator& constant = n.op(Find(n, OpKind::kMultiplyConstant));
  EXPECT_EQ(OperatorWeights(constant), 6);
  EXPECT_EQ(OperatorBiases(constant), 0);
  EXPECT_EQ(OperatorMacs(constant).value, 0);
  EXPECT_EQ(OutputTensors(n).size(), 2u);
  EXPECT_EQ(n.output(), (Shape{1, 1, 5}));
}

TEST(EveryKind, PrintsWindowsAndOutputs) {
  const std::string text = PrintNetwork(EveryKind());
  EXPECT_THAT(text, HasSubstr("%0 = conv(input) 20x19x2 -> 10x6x3 k10x4 s2x3 p4,1,5,1 relu6"));
  EXPECT_THAT(text, HasSubstr("k3 s1 p2 d2 macs="));
  EXPECT_THAT(text, HasSubstr("= concatenation(%13, %10, %0) 10x6x6 -> 10x6x15"));
  EXPECT_THAT(text, HasSubstr("outputs %36 1x1x5 %16 10x6x4 macs="));
}

TEST(EveryKind, CountsAndPrintsWeightsOfFourBits) {
  Network n = EveryKind();
  EXPECT_EQ(OperatorWeightBytes(n.operators[1]), 54);
  n.operators[1].weight_bits = 4;
  EXPECT_TRUE(VerifyNetwork(n).ok());
  EXPECT_EQ(OperatorWeights(n.operators[1]), 54);
  EXPECT_EQ(OperatorWeightBytes(n.operators[1]), 27);
  EXPECT_THAT(PrintNetwork(n), HasSubstr(" weights=54 bits=4\n"));
  n.operators[1].out.channels = 3;  // 27 weights
  EXPECT_EQ(OperatorWeightBytes(n.operators[1]), 14);
}

TEST(EveryKind, HashSeesEveryField) {
  const Network base = EveryKind();
  const auto differs = [&](const std::function<void(Network&)>& change) {
    Network changed = base;
    change(changed);
    return NetworkHash(changed) != NetworkHash(base);
  };
  EXPECT_TRUE(differs([](Network& n) { n.operators[0].kernel.width = 5; }));
  EXPECT_TRUE(differs(
      [](Network& n) { std::swap(n.operators[0].stride.height, n.operators[0].stride.width); }));
  EXPECT_TRUE(differs([](Network& n) { n.operators[0].padding.bottom = 4; }));
  EXPECT_TRUE(differs([](Network& n) { n.operators[0].padding.right = 0; }));
  EXPECT_TRUE(differs([](Network& n) { n.operators[2].dilation = {1, 1}; }));
  EXPECT_TRUE(differs([](Network& n) { n.operators[2].dilation.width = 1; }));
  EXPECT_TRUE(differs([](Network& n) { n.op(Find(n, OpKind::kMultiplyConstant)).constants = 1; }));
  EXPECT_TRUE(differs([](Network& n) { n.op(Find(n, OpKind::kSubtract)).reversed = true; }));
  const auto change = [](OpKind kind, const std::function<void(Operator&)>& edit) {
    return [kind, edit](Network& n) { edit(n.op(Find(n, kind))); };
  };
  EXPECT_TRUE(differs(change(OpKind::kSlice, [](Operator& op) { op.corner.row = 0; })));
  EXPECT_TRUE(differs(change(OpKind::kSlice, [](Operator& op) { op.corner.channel = 0; })));
  EXPECT_TRUE(differs(
      change(OpKind::kResizeBilinear, [](Operator& op) { op.sampling = Sampling::kCorners; })));
  EXPECT_TRUE(differs([](Network& n) { n.operators[0].weight_bits = 4; }));
  EXPECT_TRUE(differs([](Network& n) { n.outputs.clear(); }));
  EXPECT_TRUE(differs([](Network& n) { std::swap(n.outputs[0], n.outputs[1]); }));
}

// Inputs of 2 x 3 x 2 and 4 elements in one vector.
Network TwoInputs() {
  NetworkBuilder b("two", {1, 1, 16});
  const int first = b.Reshape(b.Slice(kNetworkInput, {}, {1, 1, 12}), {2, 3, 2});
  const int second = b.Slice(kNetworkInput, {0, 0, 12}, {1, 1, 4});
  b.FullyConnected(first, 4);
  b.Add(b.last(), second);
  b.SetInputs({first, second});
  return std::move(b).Finish();
}

TEST(Inputs, AreNamedAndHashed) {
  const Network n = TwoInputs();
  ASSERT_TRUE(VerifyNetwork(n).ok()) << VerifyNetwork(n).error().message;
  EXPECT_THAT(PrintNetwork(n), HasSubstr("input 1x1x16 %1 2x3x2 %2 1x1x4\n"));
  const std::vector<InputPart> parts = InputParts(n);
  ASSERT_EQ(parts.size(), 2u);
  EXPECT_EQ(parts[0].slice, 0);
  EXPECT_EQ(parts[1].slice, 2);
  EXPECT_EQ(parts[1].offset, 12);
  EXPECT_EQ(parts[0].shape, (Shape{2, 3, 2}));
  const Expected<Network> copy = NetworkFromJson(NetworkToJson(n), "copy");
  ASSERT_TRUE(copy.ok()) << copy.error().message;
  EXPECT_EQ(copy->inputs, n.inputs);
  EXPECT_EQ(NetworkHash(*copy), NetworkHash(n));
  Network one = n;
  one.inputs.clear();
  EXPECT_NE(NetworkHash(one), NetworkHash(n));
  EXPECT_EQ(InputParts(one)[0].tensor, kNetworkInput);
}

TEST(Inputs, FollowOneAnother) {
  struct Breakage {
    std::function<void(Network&)> apply;
    const char* message;
  };
  const std::vector<Breakage> cases = {
      {[](Network& n) {
         n.inputs = {1, 9};
       },
       "input 9 is not one of its 5 operators"},
      {[](Network& n) {
         n.inputs = {2, 1};
       },
       "input 2 begins at element 12, expected 0"},
      {[](Network& n) {
         n.inputs = {1, 3};
       },
       "input 3 is no slice of the network's input"},
      {[](Network& n) { n.inputs = {1}; }, "has 2 operators that read the vector of its 1 inputs"},
      {[](Network& n) {
         n.outputs = {0, 4};
       },
       "has a slice that is not read by its reshape alone"},
      {[](Network& n) { n.operators[4].inputs[0] = 2; }, ""},
  };
  for (const Breakage& c : cases) {
    Network n = TwoInputs();
    c.apply(n);
    const Expected<void> result = VerifyNetwork(n);
    EXPECT_EQ(result.ok(), c.message[0] == '\0') << c.message;
    if (!result.ok()) {
      EXPECT_THAT(result.error().message, HasSubstr(c.message));
    }
  }
}

TEST(EveryKind, NamingTheLastOperatorAsOutputChangesNothing) {
  NetworkBuilder b("n", {4, 4, 2});
  b.Logistic(kNetworkInput);
  const Network base = std::move(b).Finish();
  Network named = base;
  named.outputs = {0};
  EXPECT_EQ(NetworkHash(named), NetworkHash(base));
  EXPECT_EQ(PrintNetwork(named), PrintNetwork(base));
}

TEST(VerifyNetwork, NamesBrokenLawsOfEveryKind) {
  struct Breakage {
    OpKind kind;
    std::function<void(Operator&)> apply;
    const char* message;
  };
  const std::vector<Breakage> cases = {
      {OpKind::kMaxPool, [](Operator& op) { op.out.channels = 5; }, "(max_pool): output shape"},
      {OpKind::kMaxPool,
       [](Operator& op) {
         op.padding = {0, 0, 2, 0};
       },
       "padding 2 is outside"},
      {OpKind::kMultiply, [](Operator& op) { op.broadcast = false; },
       "does not broadcast [1, 1, 6]"},
      {OpKind::kMultiply, [](Operator& op) { op.inputs[1] = 0; }, "broadcasts [10, 6, 3]"},
      {OpKind::kMaximum, [](Operator& op) { op.inputs[1] = 0; }, "broadcasts [10, 6, 3]"},
      {OpKind::kSubtract, [](Operator& op) { op.broadcast = false; },
       "does not broadcast [1, 1, 6]"},
      {OpKind::kMinimum, [](Operator& op) { op.activation = Activation::kRelu; },
       "cannot have a fused activation"},
      {OpKind::kMultiply, [](Operator& op) { op.reversed = true; },
       "only differences are reversed"},
      {OpKind::kConv, [](Operator& op) { op.broadcast = true; },
       "only operators on two tensors broadcast"},
      {OpKind::kAddConstant, [](Operator& op) { op.constants = 4; }, "has 4 constants"},
      {OpKind::kAddConstant, [](Operator& op) { op.constants = 0; }, "has 0 constants"},
      {OpKind::kResizeNearest, [](Operator& op) { op.out.channels = 7; },
       "expected the 6 channels"},
      {OpKind::kResizeBilinear,
       [](Operator& op) {
         op.stride = {2, 2};
       },
       "has no window"},
      {OpKind::kResizeBilinear, [](Operator& op) { op.out.channels = 3; },
       "expected the 2 channels"},
      {OpKind::kSlice, [](Operator& op) { op.corner.row = 6; }, "on leaves its input"},
      {OpKind::kSlice, [](Operator& op) { op.corner.channel = -1; }, "on leaves its input"},
      {OpKind::kSlice, [](Operator& op) { op.padding = Padding(1); },
       "more of a window than its stride"},
      {OpKind::kSlice,
       [](Operator& op) {
         op.stride = {0, 0};
       },
       "stride 0 is outside"},
      {OpKind::kPad, [](Operator& op) { op.padding.top = 2; }, "(pad): output shape"},
      {OpKind::kPad, [](Operator& op) { op.padding.left = -1; }, "padding -1 is outside"},
      {OpKind::kPad, [](Operator& op) { op.corner.row = 1; }, "has a corner"},
      {OpKind::kPad, [](Operator& op) { op.sampling = Sampling::kCorners; }, "has a sampling"},
      {OpKind::kTransposeConv, [](Operator& op) { op.padding.top = 3; }, "padding 3 is outside"},
      {OpKind::kTransposeConv, [](Operator& op) { op.padding.bottom = 1; }, "padding 0 behind"},
      {OpKind::kTransposeConv, [](Operator& op) { op.out.height = 40; }, "a stride or more beyond"},
      {OpKind::kConcatenation, [](Operator& op) { op.out.channels = 14; }, "and 15 channels"},
      {OpKind::kConcatenation, [](Operator& op) { op.inputs.resize(1); }, "two operands or more"},
      {OpKind::kConcatenation, [](Operator& op) { op.inputs[1] = 12; },
       "differ in height or width"},
      {OpKind::kSoftmax, [](Operator& op) { op.activation = Activation::kRelu; },
       "fused activation"},
      {OpKind::kLogistic,
       [](Operator& op) {
         op.kernel = {3, 3};
       },
       "has no window"},
      {OpKind::kTanh, [](Operator& op) { op.activation = Activation::kRelu; }, "fused activation"},
      {OpKind::kRequantize, [](Operator& op) { op.out.width = 1; }, "(requantize): output shape"},
      {OpKind::kReshape, [](Operator& op) { op.out.channels = 2; }, "not as many elements"},
      {OpKind::kDepthwise, [](Operator& op) { op.out.channels = 7; }, "a multiple of 3 channels"},
      {OpKind::kConv, [](Operator& op) { op.weight_bits = 2; },
       "has weights of 2 bits, expected 8 or 4"},
      {OpKind::kAddConstant, [](Operator& op) { op.weight_bits = 4; },
       "has weights of 4 bits, but no weights"},
      {OpKind::kTransposeConv, [](Operator& op) { op.weight_bits = 4; },
       "has weights of 4 bits, expected 8"},
  };
  for (const Breakage& c : cases) {
    Network n = EveryKind();
    const int index = Find(n, c.kind);
    c.apply(n.op(index));
    const Expected<void> result = VerifyNetwork(n);
    ASSERT_FALSE(result.ok()) << c.message;
    EXPECT_THAT(result.error().message, HasSubstr(c.message));
    EXPECT_THAT(result.error().message, HasSubstr("operator " + std::to_string(index) + " ("));
  }
}

// What a window says is all that TFLite's rules read.
TEST(Window, HoldsEveryNeighbourOfAResize) {
  for (Sampling sampling : {Sampling::kPlain, Sampling::kCorners, Sampling::kCentres}) {
    for (int in : {1, 2, 7, 12, 64}) {
      for (int out : {in, in * 2, in * 3, in * 11, in % 4 == 0 ? in / 4 : in * 5}) {
        NetworkBuilder b("n", {in, in, 1});
        b.ResizeBilinear(kNetworkInput, {out, out}, sampling);
        const Network n = std::move(b).Finish();
        ASSERT_TRUE(VerifyNetwork(n).ok());
        Operator op = n.operators[0];
        const ResizeAxis axis = ResizeRows(op);
        const AxisWindow bilinear = RowWindow(op, 0);
        op.kind = OpKind::kResizeNearest;
        const AxisWindow nearest = RowWindow(op, 0);
        ASSERT_FALSE(bilinear.whole || nearest.whole);
        for (int o = 0; o < out; ++o) {
          const BilinearPair pair = BilinearNeighbours(axis, o);
          ASSERT_LE(bilinear.First(o), pair.lower);
          ASSERT_GT(bilinear.End(o), pair.upper);
          ASSERT_LE(nearest.First(o), NearestIndex(axis, o));
          ASSERT_GT(nearest.End(o), NearestIndex(axis, o));
        }
        ASSERT_LE(bilinear.kernel, 3 + in / out);
      }
    }
  }
}

TEST(Window, OfOtherFactorsIsWhole) {
  NetworkBuilder b("n", {4, 4, 1});
  b.ResizeBilinear(kNetworkInput, {8, 5});
  const Network n = std::move(b).Finish();
  EXPECT_TRUE(RowWindow(n.operators[0], 0).whole);
  EXPECT_TRUE(ColumnWindow(n.operators[0], 0).whole);
}

TEST(VerifyNetwork, LimitsSoftmax) {
  NetworkBuilder b("n", {1, 1, kMaxSoftmax + 1});
  b.Softmax(kNetworkInput);
  const Expected<void> result = VerifyNetwork(std::move(b).Finish());
  ASSERT_FALSE(result.ok());
  EXPECT_THAT(result.error().message, HasSubstr("operator 0 (softmax): has over 4095 channels"));
}

TEST(Window, CoversWhatAnOutputReads) {
  const Network n = EveryKind();
  const AxisWindow rows = RowWindow(n.operators[0], 0);
  EXPECT_EQ(rows, (AxisWindow{.kernel = 10, .stride = 2, .before = 4}));
  EXPECT_EQ(ColumnWindow(n.operators[0], 0), (AxisWindow{.kernel = 4, .stride = 3, .before = 1}));
  EXPECT_EQ(RowWindow(n.operators[2], 0), (AxisWindow{.kernel = 5, .stride = 1, .before = 2}));
  const auto of = [&](OpKind kind) { return n.op(Find(n, kind)); };
  const AxisWindow pixel;
  for (OpKind kind : {OpKind::kAdd, OpKind::kAddConstant, OpKind::kMultiplyConstant,
                      OpKind::kSoftmax, OpKind::kLogistic, OpKind::kTanh, OpKind::kHardSwish,
                      OpKind::kLeakyRelu, OpKind::kRequantize, OpKind::kConcatenation,
                      OpKind::kGlobalAveragePool, OpKind::kPointwise})
    EXPECT_EQ(RowWindow(of(kind), 0), pixel) << OpName(kind);
  const AxisWindow whole{.whole = true};
  EXPECT_EQ(RowWindow(of(OpKind::kMultiply), 0), pixel);
  EXPECT_EQ(RowWindow(of(OpKind::kMultiply), 1), whole);
  EXPECT_EQ(ColumnWindow(of(OpKind::kMultiply), 1), whole);
  EXPECT_EQ(RowWindow(of(OpKind::kSubtract), 1), whole);
  EXPECT_EQ(RowWindow(of(OpKind::kMinimum), 1), pixel);
  EXPECT_EQ(RowWindow(of(OpKind::kFullyConnected), 0), whole);
  EXPECT_EQ(RowWindow(of(OpKind::kReshape), 0), whole);
  EXPECT_EQ(RowWindow(of(OpKind::kSlice), 0), (AxisWindow{.stride = 2, .before = -1}));
  EXPECT_EQ(ColumnWindow(of(OpKind::kSlice), 0), (AxisWindow{.before = -2}));
  const AxisWindow padded = RowWindow(of(OpKind::kPad), 0);
  EXPECT_EQ(padded, (AxisWindow{.before = 1, .clamp = 5}));
  EXPECT_EQ(padded.First(0), 0);
  EXPECT_EQ(padded.End(0), 1);
  EXPECT_EQ(padded.First(7), 4);
  EXPECT_EQ(padded.End(7), 5);
  // Output y of a 3 x 4 window with stride 2 that is not cut reads rows (y - 2) / 2 to y / 2.
  EXPECT_EQ(RowWindow(of(OpKind::kTransposeConv), 0),
            (AxisWindow{.kernel = 2, .before = 1, .upscale = 2, .clamp = 8}));
  EXPECT_EQ(ColumnWindow(of(OpKind::kTransposeConv), 0),
            (AxisWindow{.kernel = 3, .before = 1, .upscale = 2, .clamp = 6}));
  EXPECT_EQ(RowWindow(of(OpKind::kResizeBilinear), 0),
            (AxisWindow{.kernel = 3, .before = 1, .upscale = 2}));
  const AxisWindow resize = RowWindow(of(OpKind::kResizeNearest), 0);
  EXPECT_EQ(resize, (AxisWindow{.upscale = 2}));
  EXPECT_EQ(resize.First(5), 2);
  EXPECT_EQ(resize.End(5), 3);
}

}  // namespace
}  // namespace mcunas
