// What Quantize refuses, and that its message names the culprit.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>

#include "engine/quantize/quantize.h"
#include "float_fixture.h"
#include "network/image_batch.h"

namespace mcunas {
namespace {

using test::RandomFloatNetwork;
using test::RandomImages;
using testing::HasSubstr;

class QuantizeErrors : public testing::Test {
 protected:
  void ExpectError(ErrorCode code, const std::string& part) {
    const Expected<QuantizedNetwork> result = Quantize(network_, images_, options_);
    ASSERT_FALSE(result.ok()) << part;
    EXPECT_EQ(result.error().code, code) << result.error().message;
    EXPECT_THAT(result.error().message, HasSubstr(part));
  }

  FloatNetwork network_ = RandomFloatNetwork(test::EveryOperator(), 1);
  ImageBatch images_ = RandomImages({11, 9, 3}, 2, 2);
  QuantizeOptions options_;
};

TEST_F(QuantizeErrors, AcceptsTheNetworkItself) {
  EXPECT_TRUE(Quantize(network_, images_, options_).ok());
}

TEST_F(QuantizeErrors, WeightsThatAreNotFinite) {
  network_.parameters[2].weights[5] = NAN;
  ExpectError(ErrorCode::kCorrupt, "operator 2 (depthwise): entry 5 of its weights");
}

TEST_F(QuantizeErrors, BiasesThatAreNotFinite) {
  network_.parameters[8].bias[1] = INFINITY;
  ExpectError(ErrorCode::kCorrupt, "operator 8 (fully_connected): entry 1 of its biases");
}

TEST_F(QuantizeErrors, WrongCounts) {
  network_.parameters[3].weights.pop_back();
  ExpectError(ErrorCode::kCorrupt, "operator 3 (pointwise): expected 128 weights, found 127");
}

TEST_F(QuantizeErrors, WeightsWhereThereAreNone) {
  network_.parameters[4].weights = {1};
  ExpectError(ErrorCode::kCorrupt, "operator 4 (add): expected 0 weights, found 1");
}

// Float networks come from search spaces, which have none.
TEST_F(QuantizeErrors, TransposedConvolutions) {
  Operator& op = network_.network.operators[1];
  ASSERT_EQ(op.kind, OpKind::kPointwise);
  op.kind = OpKind::kTransposeConv;
  ExpectError(ErrorCode::kCorrupt, "operator 1 (transpose_conv): cannot be quantised from float");
}

TEST_F(QuantizeErrors, MissingParameters) {
  network_.parameters.pop_back();
  ExpectError(ErrorCode::kCorrupt, "9 operators, but parameters of 8");
}

TEST_F(QuantizeErrors, BatchNormOfTheWrongSize) {
  network_.parameters[0].batch_norm.mean.pop_back();
  ExpectError(ErrorCode::kCorrupt, "operator 0 (conv): expected 8 batch norm means, found 7");
}

TEST_F(QuantizeErrors, NegativeVariance) {
  network_.parameters[1].batch_norm.variance[3] = -1;
  ExpectError(ErrorCode::kCorrupt, "operator 1 (pointwise): a batch norm variance");
}

TEST_F(QuantizeErrors, FoldingThatOverflows) {
  network_.parameters[1].batch_norm.variance[3] = 0;
  network_.parameters[1].batch_norm.gamma[3] = 3e38f;
  ExpectError(ErrorCode::kCorrupt, "after folding batch norm");
}

TEST_F(QuantizeErrors, ActivationsThatOverflow) {
  for (float& w : network_.parameters[5].weights) w = 1e38f;
  ExpectError(ErrorCode::kCorrupt, "operator 5 (depthwise) produces values");
}

TEST_F(QuantizeErrors, NoImages) {
  images_ = {0, {11, 9, 3}, {}, {}};
  ExpectError(ErrorCode::kUsage, "no calibration images");
}

TEST_F(QuantizeErrors, ImagesOfAnotherShape) {
  images_ = RandomImages({9, 11, 3}, 2, 2);
  ExpectError(ErrorCode::kUsage, "shape");
  images_ = RandomImages({11, 9, 3}, 2, 2);
  images_.pixels.pop_back();
  ExpectError(ErrorCode::kUsage, "shape");
}

TEST_F(QuantizeErrors, ImagesThatAreNotFinite) {
  images_.pixels[100] = NAN;
  ExpectError(ErrorCode::kUsage, "calibration image");
}

TEST_F(QuantizeErrors, PercentileOutOfRange) {
  options_.range_percentile = 0.5;
  ExpectError(ErrorCode::kUsage, "range_percentile");
  options_.range_percentile = -0.1;
  ExpectError(ErrorCode::kUsage, "range_percentile");
}

TEST_F(QuantizeErrors, BrokenNetwork) {
  network_.network.operators[3].inputs = {7};
  ExpectError(ErrorCode::kCorrupt, "operator 3");
}

}  // namespace
}  // namespace mcunas
