#include "nas/predictor/latency_predictor.h"

#include <gtest/gtest.h>

#include <cmath>

#include "common/random.h"
#include "nas/evaluate/latency_model.h"
#include "nas/evaluate/statistics.h"
#include "nas/predictor/board_latency.h"
#include "nas/predictor/predictor_json.h"
#include "nas/space/lower.h"
#include "nas/space/space_config.h"
#include "nas/space/variation.h"
#include "network/network_builder.h"

namespace mcunas {
namespace {

// A board of another kind than the prior thinks: depthwise is dear, outputs are cheap.
constexpr Features kTruth = {1.5, 2.0, 6.0, 12.0, 9.0, 8.0, 1.0, 12.0, 9.0, 0.0, 900.0};

double TrueTicks(const Features& f) {
  double sum = 0;
  for (size_t i = 0; i < f.size(); ++i) sum += f[i] * kTruth[i];
  return sum;
}

std::vector<TickSample> Measured(int count, double noise, const char* purpose) {
  RandomStream random(1, purpose);
  std::vector<TickSample> samples;
  for (int i = 0; i < count; ++i) {
    TickSample& s = samples.emplace_back();
    s.network = Lower(SpaceConfig{}, {}, Sample(SpaceConfig{}, &random));
    s.ticks = TrueTicks(NetworkFeatures(s.network)) * (1 + noise * random.Normal());
  }
  return samples;
}

void AddProfiles(std::vector<TickSample>* samples) {
  for (TickSample& s : *samples) {
    for (const Operator& op : s.network.operators) {
      s.operator_ticks.push_back(TrueTicks(OperatorFeatures(op)));
    }
  }
}

struct Agreement {
  double error, tau;
};
Agreement Judge(const LatencyPredictor& predictor) {
  std::vector<double> predicted, measured;
  for (const TickSample& s : Measured(200, 0, "test")) {
    predicted.push_back(PredictTicks(predictor, s.network).ticks);
    measured.push_back(s.ticks);
  }
  return {MeanRelativeError(predicted, measured), KendallTau(predicted, measured)};
}

TEST(Features, CountByKind) {
  NetworkBuilder builder("n", {8, 8, 3});
  int t = builder.Conv(kNetworkInput, 4, {3, 3}, {1, 1}, Activation::kRelu6);
  const int first = t;
  t = builder.Pointwise(t, 8, Activation::kRelu6);
  t = builder.Depthwise(t, {5, 5}, {2, 2}, Activation::kRelu6);
  t = builder.Conv(t, 4, {3, 3}, {1, 1}, Activation::kNone);
  t = builder.GlobalAveragePool(t);
  builder.FullyConnected(t, 10);
  const Features f = NetworkFeatures(std::move(builder).Finish());
  EXPECT_EQ(first, 0);
  EXPECT_EQ(f[kFirstConvMacs], 8 * 8 * 4 * 27);
  EXPECT_EQ(f[kPointwiseMacs], 8 * 8 * 8 * 4);
  EXPECT_EQ(f[kDepthwise5Macs], 4 * 4 * 8 * 25);
  EXPECT_EQ(f[kDepthwise3Macs], 0);
  EXPECT_EQ(f[kConvMacs], 4 * 4 * 4 * 72);
  EXPECT_EQ(f[kFullyConnectedMacs], 40);
  EXPECT_EQ(f[kOutputs], 8 * 8 * 4 + 8 * 8 * 8 + 4 * 4 * 8 + 4 * 4 * 4 + 10);
  EXPECT_EQ(f[kSimpleElements], 4 * 4 * 4);
  EXPECT_EQ(f[kWeightBytes], 4 * 27 + 32 + 200 + 4 * 72 + 40);
  EXPECT_EQ(f[kOperators], 6);
}

TEST(Features, TakeTheLongerSideOfAWindow) {
  NetworkBuilder builder("n", {8, 8, 3});
  const int first = builder.Conv(kNetworkInput, 4, {3, 5}, {1, 2}, Activation::kRelu6);
  builder.Depthwise(first, {3, 5}, {1, 1}, Activation::kNone);
  builder.Depthwise(builder.last(), {7, 3}, {1, 1}, Activation::kNone);
  const Features f = NetworkFeatures(std::move(builder).Finish());
  EXPECT_EQ(f[kFirstConvMacs], 8 * 4 * 4 * 45);
  EXPECT_EQ(f[kDepthwise3Macs], 0);
  EXPECT_EQ(f[kDepthwise5Macs], 8 * 4 * 4 * 15);
  EXPECT_EQ(f[kDepthwise7Macs], 8 * 4 * 4 * 21);
}

TEST(Predictor, PriorRanksBeforeAnyMeasurement) {
  const Agreement prior = Judge(PriorPredictor());
  EXPECT_GT(prior.tau, 0.8);
  EXPECT_GT(prior.error, 0.05) << "the truth of this test differs from the prior";
}

TEST(Predictor, TwoMeasurementsAlreadyHelp) {
  EXPECT_LT(Judge(FitPredictor(Measured(2, 0, "two"))).error, 0.5 * Judge(PriorPredictor()).error);
}

TEST(Predictor, LearnsALinearBoard) {
  const LatencyPredictor predictor = FitPredictor(Measured(60, 0, "fit"));
  const Agreement after = Judge(predictor);
  EXPECT_LT(after.error, 0.01);
  EXPECT_GT(after.tau, 0.98);
  EXPECT_EQ(predictor.samples, 60);
  EXPECT_LT(predictor.spread, 0.06);
  for (const double c : predictor.coefficients) EXPECT_GE(c, 0);
}

TEST(Predictor, ProfilesTeachSinglesCoefficientsFromFewNetworks) {
  auto samples = Measured(4, 0, "profiled");
  const double without = Judge(FitPredictor(samples)).error;
  AddProfiles(&samples);
  const LatencyPredictor predictor = FitPredictor(samples);
  EXPECT_LT(Judge(predictor).error, 0.7 * without);
  EXPECT_NEAR(predictor.coefficients[kPointwiseMacs], kTruth[kPointwiseMacs], 0.15);
  EXPECT_NEAR(predictor.coefficients[kDepthwise5Macs], kTruth[kDepthwise5Macs], 0.5);
}

TEST(Predictor, AProfileOfTheWrongLengthIsIgnored) {
  auto samples = Measured(4, 0, "broken profile");
  const LatencyPredictor plain = FitPredictor(samples);
  samples[0].operator_ticks = {1, 2, 3};
  EXPECT_EQ(FitPredictor(samples).coefficients, plain.coefficients);
}

TEST(Predictor, SpreadTellsTheNoise) {
  const double quiet = FitPredictor(Measured(80, 0.01, "quiet")).spread;
  const double noisy = FitPredictor(Measured(80, 0.10, "noisy")).spread;
  EXPECT_LT(quiet, 0.06);
  EXPECT_NEAR(noisy, 0.10, 0.04);
  EXPECT_DOUBLE_EQ(PriorPredictor().spread, 0.3);
}

TEST(Predictor, JsonGoesBackAndForth) {
  const LatencyPredictor predictor = FitPredictor(Measured(10, 0.02, "json"));
  const auto back = PredictorFromJson(PredictorToJson(predictor));
  ASSERT_TRUE(back.ok()) << back.error().message;
  EXPECT_EQ(back->coefficients, predictor.coefficients);
  EXPECT_EQ(back->spread, predictor.spread);
  EXPECT_EQ(back->samples, predictor.samples);
}

TEST(Predictor, BrokenJsonIsNamed) {
  const auto message = [](const std::string& text) {
    const auto parsed = PredictorFromJson(text);
    return parsed.ok() ? "accepted" : parsed.error().message;
  };
  EXPECT_EQ(message("nonsense"), "latency predictor: not a JSON object");
  EXPECT_NE(message("{}").find("'samples'"), std::string::npos);
  std::string negative = PredictorToJson(PriorPredictor());
  negative.replace(negative.find("2.2"), 3, "-2.2");
  EXPECT_EQ(message(negative),
            "latency predictor: coefficient 'pointwise_macs' must be a number of at least 0");
}

TEST(BoardLatency, SpeaksMilliseconds) {
  BoardProfile board;
  board.clock_hz = 100'000'000;
  board.cycles_per_instruction = 1.5;
  BoardLatencyModel model(board);
  const auto samples = Measured(40, 0, "board");
  const double ms_per_tick = 1.5 / 1e5;
  EXPECT_NEAR(model.Predict(samples[0].network, 1.0).milliseconds,
              PredictTicks(PriorPredictor(), samples[0].network).ticks * ms_per_tick, 1e-9);
  std::vector<LatencySample> latencies;
  for (const TickSample& s : samples) latencies.push_back({s.network, s.ticks * ms_per_tick, {}});
  model.Fit(latencies);
  for (const LatencySample& s : latencies) {
    EXPECT_NEAR(model.Predict(s.network, 1.0).milliseconds, s.milliseconds, 0.03 * s.milliseconds);
  }
  EXPECT_EQ(PredictorFromJson(model.ToJson())->samples, 40);
  model.Fit({});
  EXPECT_EQ(model.predictor().samples, 0) << "back to the prior";
}

}  // namespace
}  // namespace mcunas
