// Arithmetic, laws, printed form and identity of Network.
#include "network/network.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <functional>

#include "network/hash_network.h"
#include "network/network_builder.h"
#include "network/operator_counts.h"
#include "network/print.h"
#include "network/verify.h"

namespace mcunas {
namespace {

using ::testing::HasSubstr;

Network Residual() {
  NetworkBuilder b("small", {9, 7, 3});
  const int stem = b.Conv(kNetworkInput, 8, {3, 3}, {2, 2}, Activation::kRelu6);
  const int expand = b.Pointwise(stem, 24, Activation::kRelu6);
  const int depthwise = b.Depthwise(expand, {5, 5}, {1, 1}, Activation::kRelu6);
  const int project = b.Pointwise(depthwise, 8, Activation::kNone);
  const int sum = b.Add(project, stem);
  const int pool = b.AveragePool(sum, {3, 3}, {2, 2});
  b.FullyConnected(b.GlobalAveragePool(pool), 10);
  return std::move(b).Finish();
}

std::string VerifyError(const Network& network) {
  const Expected<void> result = VerifyNetwork(network);
  return result.ok() ? "" : result.error().message;
}

TEST(Network, BuilderDerivesShapes) {
  const Network n = Residual();
  EXPECT_TRUE(VerifyNetwork(n).ok());
  EXPECT_EQ(n.operators[0].out, (Shape{5, 4, 8}));
  EXPECT_EQ(n.operators[2].padding, 2);
  EXPECT_EQ(n.operators[4].inputs, (std::vector<int>{3, 0}));
  EXPECT_EQ(n.operators[5].out, (Shape{3, 2, 8}));
  EXPECT_EQ(n.output(), (Shape{1, 1, 10}));
}

TEST(Network, CountsMacsWeightsAndBiases) {
  const Network n = Residual();
  EXPECT_EQ(OperatorMacs(n.operators[0]).value, 5 * 4 * 8 * 27);
  EXPECT_EQ(OperatorMacs(n.operators[1]).value, 20 * 8 * 24);
  EXPECT_EQ(OperatorMacs(n.operators[2]).value, 20 * 24 * 25);
  EXPECT_EQ(OperatorMacs(n.operators[4]).value, 0);
  EXPECT_EQ(OperatorMacs(n.operators[7]).value, 80);
  EXPECT_EQ(OperatorWeights(n.operators[2]), 24 * 25);
  EXPECT_EQ(OperatorBiases(n.operators[1]), 24);
  EXPECT_EQ(OperatorBiases(n.operators[4]), 0);
  EXPECT_EQ(NetworkMacs(n).value, 4320 + 3840 + 12000 + 3840 + 80);
}

TEST(Network, PrintIsStable) {
  NetworkBuilder b("two", {4, 4, 3});
  b.Conv(kNetworkInput, 2, {3, 3}, {2, 2}, Activation::kRelu);
  b.Add(0, 0);
  EXPECT_EQ(PrintNetwork(std::move(b).Finish()),
            "network two\n"
            "input 4x4x3\n"
            "%0 = conv(input) 4x4x3 -> 2x2x2 k3 s2 p1 relu macs=216 weights=54\n"
            "%1 = add(%0, %0) 2x2x2 -> 2x2x2 macs=0 weights=0\n"
            "output 2x2x2 macs=216 weights=54\n");
}

TEST(Network, HashIsFrozen) {
  // This value is an identity in study files: it may never change.
  EXPECT_EQ(NetworkHash(Residual()).Hex(), "ca9cb2d1525b402da6aa4f3af85cf350");
}

TEST(Network, HashIgnoresTheNameOnly) {
  const Network base = Residual();
  Network other = base;
  other.name = "another";
  EXPECT_EQ(NetworkHash(base), NetworkHash(other));
  const auto differs = [&](auto change) {
    Network changed = base;
    change(changed);
    return NetworkHash(changed) != NetworkHash(base);
  };
  EXPECT_TRUE(differs([](Network& n) { n.input.channels = 4; }));
  EXPECT_TRUE(differs([](Network& n) { n.operators[0].activation = Activation::kRelu; }));
  EXPECT_TRUE(differs([](Network& n) { n.operators[0].kernel = {5, 5}; }));
  EXPECT_TRUE(differs([](Network& n) { n.operators[0].stride = {1, 1}; }));
  EXPECT_TRUE(differs([](Network& n) { n.operators[0].padding = {}; }));
  EXPECT_TRUE(differs([](Network& n) { n.operators[4].inputs = {0, 3}; }));
  EXPECT_TRUE(differs([](Network& n) { n.operators[1].kind = OpKind::kConv; }));
  EXPECT_TRUE(differs([](Network& n) { n.operators[1].out.width = 99; }));
  EXPECT_TRUE(differs([](Network& n) { n.operators.pop_back(); }));
}

struct Breakage {
  const char* what;
  std::function<void(Network&)> apply;
  const char* message;
};

TEST(VerifyNetwork, NamesTheFirstBrokenLaw) {
  const std::vector<Breakage> cases = {
      {"forward", [](Network& n) { n.operators[4].inputs[1] = 6; },
       "operator 4 (add): operand 6 is not an earlier operator"},
      {"self", [](Network& n) { n.operators[1].inputs[0] = 1; },
       "operator 1 (pointwise): operand 1"},
      {"negative", [](Network& n) { n.operators[1].inputs[0] = -2; }, "operand -2"},
      {"arity", [](Network& n) { n.operators[4].inputs.pop_back(); },
       "expected 2 operands, found 1"},
      {"zero input", [](Network& n) { n.input.width = 0; }, "input [9, 0, 3] has a size below 1"},
      {"zero output", [](Network& n) { n.operators[0].out.channels = 0; },
       "operator 0 (conv): output shape [5, 4, 0] has a size below 1"},
      {"operand shape", [](Network& n) { n.operators[1].in.height = 6; },
       "differs from its operand"},
      {"window", [](Network& n) { n.operators[2].out.height = 4; },
       "operator 2 (depthwise): output shape [4, 4, 24], expected [5, 4, 24]"},
      {"depthwise channels", [](Network& n) { n.operators[2].out.channels = 8; }, "(depthwise)"},
      {"stride",
       [](Network& n) {
         n.operators[0].stride = {3, 3};
       },
       "output shape [5, 4, 8], expected [3, 3, 8] from input [9, 7, 3], kernel 3, stride 3"},
      {"stride 0",
       [](Network& n) {
         n.operators[0].stride = {0, 0};
       },
       "stride 0 is outside 1..32767"},
      {"kernel",
       [](Network& n) {
         n.operators[0].kernel = {0, 0};
       },
       "kernel 0 is outside 1..255"},
      {"big kernel",
       [](Network& n) {
         n.operators[0].kernel = {13, 13};
       },
       "larger than the padded input"},
      {"padding", [](Network& n) { n.operators[0].padding = Padding(3); }, "padding 3 is outside"},
      {"pointwise kernel",
       [](Network& n) {
         n.operators[1].kernel = {3, 3};
       },
       "expected 1"},
      {"add shape", [](Network& n) { n.operators[4].inputs[1] = 1; }, "operands differ in shape"},
      {"pool", [](Network& n) { n.operators[6].out.channels = 9; }, "expected [1, 1, 8]"},
      {"pool activation", [](Network& n) { n.operators[6].activation = Activation::kRelu; },
       "cannot have a fused activation"},
      {"dense", [](Network& n) { n.operators[7].out.height = 2; }, "expected [1, 1, 10]"},
      {"dense stride",
       [](Network& n) {
         n.operators[7].stride = {2, 2};
       },
       "has no window"},
      {"dilated pool",
       [](Network& n) {
         n.operators[5].dilation = {2, 2};
       },
       "a pool has no dilation"},
      {"constants", [](Network& n) { n.operators[0].constants = 1; }, "has no constants"},
      {"broadcast", [](Network& n) { n.operators[4].broadcast = true; },
       "broadcasts [5, 4, 8] to [5, 4, 8]"},
      {"output", [](Network& n) { n.outputs = {8}; }, "output 8 is not one of its 8 operators"},
      {"input as output", [](Network& n) { n.outputs = {kNetworkInput}; }, "output -1 is not one"},
      {"same output",
       [](Network& n) {
         n.outputs = {7, 7};
       },
       "output 7 stands twice"},
      {"empty", [](Network& n) { n.operators.clear(); }, "has no operators"},
  };
  for (const Breakage& c : cases) {
    Network n = Residual();
    c.apply(n);
    EXPECT_THAT(VerifyError(n), HasSubstr(c.message)) << c.what;
    EXPECT_THAT(VerifyError(n), HasSubstr("network 'small'")) << c.what;
  }
}

TEST(VerifyNetwork, RefusesOverflowingSizes) {
  NetworkBuilder wide("wide", {32767, 32767, 3});
  wide.Pointwise(kNetworkInput, 4, Activation::kNone);
  EXPECT_THAT(VerifyError(std::move(wide).Finish()), HasSubstr("over 2^31 - 1 elements"));

  NetworkBuilder tall("tall", {32768, 1, 1});
  tall.Pointwise(kNetworkInput, 1, Activation::kNone);
  EXPECT_THAT(VerifyError(std::move(tall).Finish()), HasSubstr("side over 32767"));

  NetworkBuilder channels("channels", {1, 1, kMaxChannels + 1});
  channels.FullyConnected(kNetworkInput, 1);
  EXPECT_THAT(VerifyError(std::move(channels).Finish()), HasSubstr("over 16777216 channels"));

  NetworkBuilder dense("dense", {1, 1, kMaxChannels});
  dense.FullyConnected(kNetworkInput, kMaxChannels);
  EXPECT_THAT(VerifyError(std::move(dense).Finish()), HasSubstr("over 2^31 - 1 weights"));

  NetworkBuilder deep("deep", {3, 3, kMaxChannels});
  deep.Conv(kNetworkInput, 1, {3, 3}, {1, 1}, Activation::kNone);
  EXPECT_THAT(VerifyError(std::move(deep).Finish()), HasSubstr("values per output"));

  NetworkBuilder macs("macs", {30000, 30000, 1});
  for (int i = 0; i < 600; ++i) macs.Conv(macs.last(), 2, {255, 255}, {1, 1}, Activation::kNone);
  EXPECT_THAT(VerifyError(std::move(macs).Finish()), HasSubstr("over 2^56 MACs"));
}

}  // namespace
}  // namespace mcunas
