// JSON in and out: published operator lists, round trips, and every way a file can be wrong.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "common/random.h"
#include "every_kind.h"
#include "network/hash_network.h"
#include "network/json_read.h"
#include "network/json_write.h"
#include "network/network_builder.h"
#include "network/operator_counts.h"
#include "network/verify.h"
#include "tests/benchmark/published_networks.h"
#include "tests/data/models.h"

namespace mcunas {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::Not;

Error FailureOf(const std::string& text) {
  const Expected<Network> result = NetworkFromJson(text, "net.json");
  return result.ok() ? Error{ErrorCode::kUsage, "no error"} : result.error();
}

// One 4x4x2 network whose second operator is `op`.
std::string WithOperator(const std::string& op) {
  return R"({"name": "n", "input": [4, 4, 2], "ops": [
 {"op": "pointwise", "in_shape": [4, 4, 2], "out_shape": [4, 4, 2]},
 )" + op +
         "]}";
}

TEST(NetworkJson, PublishedNetworksKeepTheirMacs) {
  for (const PublishedNetwork& published : PublishedNetworks()) {
    if (published.million_macs == 0) continue;
    const std::string& name = published.network.name;
    const Expected<Network> network = NetworkFromJson(NetworkToJson(published.network), name);
    ASSERT_TRUE(network.ok()) << network.error().message;
    EXPECT_EQ(NetworkHash(*network), NetworkHash(published.network)) << name;
    EXPECT_NEAR(static_cast<double>(NetworkMacs(*network).value) / 1e6, published.million_macs,
                0.06)
        << name;
  }
}

TEST(NetworkJson, RoundTripsFiles) {
  const auto files = NetworkFiles();
  EXPECT_GE(files.size(), OutsideData("networks") ? 8u : 2u);
  for (const auto& path : files) {
    const Expected<Network> first = NetworkFromJson(TextOf(path), path.string());
    ASSERT_TRUE(first.ok()) << first.error().message;
    const std::string text = NetworkToJson(*first);
    const Expected<Network> second = NetworkFromJson(text, "copy");
    ASSERT_TRUE(second.ok()) << second.error().message;
    EXPECT_EQ(first->operators, second->operators);
    EXPECT_EQ(first->name, second->name);
    EXPECT_EQ(NetworkToJson(*second), text);
  }
}

TEST(NetworkJson, RoundTripsEverythingTheFormatHas) {
  NetworkBuilder b("quoted \"name\" \\ \n", {9, 7, 3});
  const int stem = b.Conv(kNetworkInput, 8, {5, 5}, {2, 2}, Activation::kRelu);
  const int left = b.Depthwise(stem, {7, 7}, {1, 1}, Activation::kRelu6);
  const int right = b.Pointwise(stem, 8, Activation::kNone);  // needs input_from
  b.Add(right, left, Activation::kRelu);
  b.AveragePool(b.last(), {2, 2}, {2, 2});
  b.FullyConnected(b.GlobalAveragePool(b.last()), 3);
  Network network = std::move(b).Finish();
  network.operators[0].padding = Padding(1);  // not the default of a 5x5 window
  network.operators[0].out = {4, 3, 8};
  for (size_t i : {1, 2, 3}) network.operators[i].in = network.operators[i].out = {4, 3, 8};
  network.operators[4].in = {4, 3, 8};
  network.operators[4].out = {2, 1, 8};
  network.operators[5].in = {2, 1, 8};
  ASSERT_TRUE(VerifyNetwork(network).ok()) << VerifyNetwork(network).error().message;

  const std::string text = NetworkToJson(network);
  EXPECT_THAT(text, AllOf(HasSubstr("\"padding\": 1"), HasSubstr("\"input_from\": 0"),
                          HasSubstr("\"residual_from\": 1"), HasSubstr("\"relu6\"")));
  const Expected<Network> copy = NetworkFromJson(text, "copy");
  ASSERT_TRUE(copy.ok()) << copy.error().message;
  EXPECT_EQ(copy->name, network.name);
  EXPECT_EQ(copy->operators, network.operators);
  EXPECT_EQ(NetworkHash(*copy), NetworkHash(network));
}

TEST(NetworkJson, RoundTripsEveryKindAndWindow) {
  Network network = EveryKind();
  for (Operator& op : network.operators)
    op.reversed = op.kind == OpKind::kSubtract || op.kind == OpKind::kSubtractConstant;
  const std::string text = NetworkToJson(network);
  EXPECT_THAT(text,
              AllOf(HasSubstr("\"kernel\": [10, 4], \"stride\": [2, 3], \"padding\": [4, 1, 5, 1]"),
                    HasSubstr("\"dilation\": 2"), HasSubstr("\"factor_from\": "),
                    HasSubstr("\"inputs_from\": ["), HasSubstr("\"constants\": 6"),
                    HasSubstr("], \"outputs\": [")));
  const Expected<Network> copy = NetworkFromJson(text, "copy");
  ASSERT_TRUE(copy.ok()) << copy.error().message;
  EXPECT_EQ(copy->operators, network.operators);
  EXPECT_EQ(copy->outputs, network.outputs);
  EXPECT_EQ(NetworkHash(*copy), NetworkHash(network));
  EXPECT_EQ(NetworkToJson(*copy), text);
}

TEST(NetworkJson, RoundTripsWeightsOfFourBits) {
  Network network = EveryKind();
  EXPECT_THAT(NetworkToJson(network), Not(HasSubstr("weight_bits")));
  network.operators[1].weight_bits = 4;
  const std::string text = NetworkToJson(network);
  EXPECT_THAT(text, HasSubstr(", \"weight_bits\": 4, \"activation\": \"relu\"}"));
  const Expected<Network> copy = NetworkFromJson(text, "copy");
  ASSERT_TRUE(copy.ok()) << copy.error().message;
  EXPECT_EQ(copy->operators, network.operators);
}

TEST(NetworkJson, WriterIsStable) {
  NetworkBuilder b("n", {4, 4, 3});
  b.Conv(kNetworkInput, 2, {3, 3}, {2, 2}, Activation::kRelu);
  b.Add(0, 0);
  EXPECT_EQ(NetworkToJson(std::move(b).Finish()),
            "{\"name\": \"n\", \"input\": [4, 4, 3], \"ops\": [\n"
            " {\"op\": \"conv\", \"in_shape\": [4, 4, 3], \"out_shape\": [2, 2, 2], \"kernel\": 3, "
            "\"stride\": 2, \"activation\": \"relu\"},\n"
            " {\"op\": \"add\", \"in_shape\": [2, 2, 2], \"out_shape\": [2, 2, 2], "
            "\"residual_from\": 0}\n"
            "]}\n");
}

TEST(NetworkJson, KernelAndStrideMayBeMissing) {
  const Expected<Network> n = NetworkFromJson(
      WithOperator(
          R"({"op": "add", "in_shape": [4,4,2], "out_shape": [4,4,2], "residual_from": -1})"),
      "n");
  ASSERT_TRUE(n.ok()) << n.error().message;
  EXPECT_EQ(n->operators[1].inputs, (std::vector<int>{0, kNetworkInput}));
}

TEST(NetworkJson, SyntaxErrorsHaveLineAndColumn) {
  const Error error = FailureOf("{\"name\": \"n\",\n \"input\": [4, 4,, 2]}");
  EXPECT_EQ(error.code, ErrorCode::kCorrupt);
  EXPECT_THAT(error.message, HasSubstr("net.json: line 2, column 17: not valid JSON"));
  EXPECT_THAT(FailureOf("").message, HasSubstr("line 1, column 1"));
}

TEST(NetworkJson, ErrorsNameTheOperator) {
  struct Case {
    const char* op;
    ErrorCode code;
    const char* message;
  };
  const Case cases[] = {
      {R"({"op": "depthwize", "in_shape": [4,4,2], "out_shape": [4,4,2]})", ErrorCode::kUnsupported,
       "operator 1 (depthwize): unknown operator \"depthwize\"; did you mean \"depthwise\"?"},
      {R"({"op": "lstm"})", ErrorCode::kUnsupported, "(known: conv, pointwise, depthwise, add,"},
      {R"({"op": "conv", "out_shape": [4,4,2]})", ErrorCode::kCorrupt,
       "operator 1 (conv): misses \"in_shape\""},
      {R"({"in_shape": [4,4,2]})", ErrorCode::kCorrupt, "operator 1: misses \"op\""},
      {R"({"op": "add", "in_shape": [4,4,2], "out_shape": [4,4,2]})", ErrorCode::kCorrupt,
       "operator 1 (add): misses \"residual_from\""},
      {R"({"op": "add", "in_shape": [4,4,2], "out_shape": [4,4,2], "residual_from": 1})",
       ErrorCode::kCorrupt, "operator 1 (add): \"residual_from\" 1 is not an earlier operator"},
      {R"({"op": "conv", "in_shape": [4,4,2], "out_shape": [4,4,2], "residual_from": 0})",
       ErrorCode::kCorrupt, "conv has no"},
      {R"({"op": "conv", "in_shape": [4,4], "out_shape": [4,4,2]})", ErrorCode::kCorrupt,
       "must be [height, width, channels]"},
      {R"({"op": "conv", "in_shape": [4,4,2.5], "out_shape": [4,4,2]})", ErrorCode::kCorrupt,
       "must be an integer, found 2.5"},
      {R"({"op": "conv", "in_shape": [4,4,4294967298], "out_shape": [4,4,2]})", ErrorCode::kCorrupt,
       "does not fit 32 bits"},
      {R"({"op": "conv", "in_shape": [4,4,-9223372036854775808], "out_shape": [4,4,2]})",
       ErrorCode::kCorrupt, "does not fit 32 bits"},
      {R"({"op": "conv", "in_shape": [4,4,2], "out_shape": [4,4,0]})", ErrorCode::kCorrupt,
       "operator 1 (conv): output shape [4, 4, 0] has a size below 1"},
      {R"({"op": "conv", "in_shape": [4,4,3], "out_shape": [4,4,2]})", ErrorCode::kCorrupt,
       "operator 1 (conv): input shape [4, 4, 3] differs"},
      {R"({"op": "conv", "in_shape": [4,4,2], "out_shape": [4,4,2], "stride": 4})",
       ErrorCode::kCorrupt, "expected [1, 1, 2] from input [4, 4, 2], kernel 1, stride 4"},
      {R"({"op": "conv", "in_shape": [4,4,2], "out_shape": [4,4,2], "activation": "gelu"})",
       ErrorCode::kUnsupported, "unknown activation \"gelu\""},
      {R"({"op": "conv", "in_shape": [4,4,2], "out_shape": [4,4,2], "activaton": "relu"})",
       ErrorCode::kCorrupt, "unknown key \"activaton\"; did you mean \"activation\"?"},
      {R"({"op": "conv", "op": "add"})", ErrorCode::kCorrupt, "the key \"op\" stands twice"},
      {R"({"op": "conv", "in_shape": [4,4,2], "out_shape": [4,4,2], "kernel": [1, 2, 3]})",
       ErrorCode::kCorrupt, "\"kernel\" must be a number or [height, width]"},
      {R"({"op": "conv", "in_shape": [4,4,2], "out_shape": [4,4,2], "padding": [1, 1]})",
       ErrorCode::kCorrupt, "\"padding\" must be a number or [top, left, bottom, right]"},
      {R"({"op": "multiply", "in_shape": [4,4,2], "out_shape": [4,4,2]})", ErrorCode::kCorrupt,
       "operator 1 (multiply): misses \"factor_from\""},
      {R"({"op": "concatenation", "in_shape": [4,4,2], "out_shape": [4,4,2], "inputs_from": [0]})",
       ErrorCode::kCorrupt, "must name two operators or more"},
      {R"({"op": "add_constant", "in_shape": [4,4,2], "out_shape": [4,4,2], "constants": 3})",
       ErrorCode::kCorrupt, "has 3 constants, expected one, one per channel or one per element"},
      {R"({"op": "maximum", "in_shape": [4,4,2], "out_shape": [4,4,2]})", ErrorCode::kCorrupt,
       "operator 1 (maximum): misses \"other_from\""},
      {R"({"op": "subtract", "in_shape": [4,4,2], "out_shape": [4,4,2], "other_from": -1,
           "reversed": 1})",
       ErrorCode::kCorrupt, "\"reversed\" must be true or false, found 1"},
      {R"([1, 2])", ErrorCode::kCorrupt, "operator 1: must be an object"},
      {R"({"op": [[[[[[[[[[[[[[[[[[[[[[1]]]]]]]]]]]]]]]]]]]]]]})", ErrorCode::kCorrupt,
       "nested too deeply"},
  };
  for (const Case& c : cases) {
    const Error error = FailureOf(WithOperator(c.op));
    EXPECT_THAT(error.message, AllOf(HasSubstr("net.json: "), HasSubstr(c.message))) << c.op;
    EXPECT_EQ(error.code, c.code) << c.op;
  }
}

TEST(NetworkJson, RefusesOtherDocuments) {
  EXPECT_THAT(FailureOf("[]").message, HasSubstr("must hold one object"));
  EXPECT_THAT(FailureOf("{\"input\": [1,1,1]}").message, HasSubstr("misses \"ops\""));
  EXPECT_THAT(FailureOf("{\"input\": [1,1,1], \"ops\": []}").message, HasSubstr("no operators"));
  EXPECT_THAT(FailureOf("{\"input\": [1,1,1], \"ops\": 3}").message, HasSubstr("must be a list"));
  EXPECT_THAT(FailureOf("{\"input\": 3, \"ops\": []}").message, HasSubstr("\"input\" must be"));
  EXPECT_THAT(FailureOf("\xff\xfe{}").message, HasSubstr("not valid JSON"));
}

TEST(NetworkJson, EveryTruncationIsAnError) {
  NetworkBuilder b("n", {8, 8, 3});
  b.Depthwise(b.Conv(kNetworkInput, 4, {3, 3}, {2, 2}, Activation::kRelu), {3, 3}, {1, 1},
              Activation::kNone);
  b.FullyConnected(b.GlobalAveragePool(b.last()), 3);
  const std::string text = NetworkToJson(std::move(b).Finish());
  for (size_t length = 0; length + 2 < text.size(); ++length)
    ASSERT_FALSE(NetworkFromJson(text.substr(0, length), "cut").ok()) << length;
}

TEST(NetworkJson, BrokenBytesNeverGiveAnUnverifiedNetwork) {
  NetworkBuilder b("n", {8, 8, 3});
  const int stem = b.Conv(kNetworkInput, 4, {3, 3}, {2, 2}, Activation::kRelu);
  b.Add(b.Depthwise(stem, {3, 3}, {1, 1}, Activation::kNone), stem);
  b.FullyConnected(b.GlobalAveragePool(b.last()), 3);
  const std::string good = NetworkToJson(std::move(b).Finish());
  const std::string alphabet = "0123456789-{}[]\",:.eE \n\xff";
  RandomStream random(1, "broken bytes");
  int accepted = 0;
  for (int i = 0; i < 20000; ++i) {
    std::string text = good;
    for (int64_t edits = random.Between(1, 3); edits > 0; --edits)
      text[random.Below(text.size())] = alphabet[random.Below(alphabet.size())];
    const Expected<Network> network = NetworkFromJson(text, "broken");
    if (!network.ok()) {
      EXPECT_FALSE(network.error().message.empty());
      continue;
    }
    ++accepted;  // the edit hit a name, a space or a number that still fits
    ASSERT_TRUE(VerifyNetwork(*network).ok());
  }
  EXPECT_LT(accepted, 15000);
}

}  // namespace
}  // namespace mcunas
