#include "nas/search/bayes/score_model.h"

#include <gtest/gtest.h>

#include <cmath>

#include "../fakes.h"
#include "common/random.h"
#include "nas/space/enumerate.h"
#include "nas/space/genes.h"

namespace mcunas {
namespace {

using testing::FakeMemory;
using testing::SmallSpace;

TEST(GeneCoordinates, RunFromTheSmallestNetworkToTheLargest) {
  const FakeMemory memory;
  CandidateCosts costs(SmallSpace(), {}, memory, nullptr);
  const GeneCoordinates coordinates(SmallSpace(), costs);
  const auto of = [&](const Architecture& a) {
    return coordinates.Of(GeneLevels(SmallSpace(), a), costs.Of(a).macs);
  };
  const Eigen::VectorXd smallest = of(Smallest(SmallSpace())), largest = of(Largest(SmallSpace()));
  EXPECT_EQ(smallest.cwiseAbs().maxCoeff(), 0);
  EXPECT_EQ(largest.head(largest.size() - 1).minCoeff(), 1);
  EXPECT_NEAR(largest[largest.size() - 1], 2, 1e-12) << "the MACs count as two genes";
}

TEST(GeneCoordinates, DoWithoutMacs) {
  class Nothing : public MemoryEvaluator {
    void Evaluate(CandidateRecord*) const override {}
  } nothing;
  CandidateCosts costs(SmallSpace(), {}, nothing, nullptr);
  const GeneCoordinates coordinates(SmallSpace(), costs);
  const Architecture a = Largest(SmallSpace());
  const auto point = coordinates.Of(GeneLevels(SmallSpace(), a), costs.Of(a).macs);
  EXPECT_TRUE(point.allFinite());
}

class Model : public ::testing::Test {
 protected:
  // Observations on a line through the space of two coordinates.
  void Observe(const std::vector<double>& gains) {
    for (size_t i = gains_.size(); i < gains.size(); ++i) {
      model_.Observe(Eigen::Vector2d(static_cast<double>(i) / 10, 0.5));
    }
    gains_ = gains;
    changed_ = model_.Learn(gains_);
  }
  ScoreModel model_;
  std::vector<double> gains_;
  bool changed_ = false;
};

TEST_F(Model, ScalesGainsAndMovesOutliersToTheFence) {
  Observe({0.70, 0.71, 0.72, 0.73, 0.74, 0.10});
  EXPECT_TRUE(changed_) << "there was no process before";
  const double fence = model_.Scaled(0.10);
  EXPECT_EQ(model_.Scaled(0.3), fence) << "both lie below it";
  EXPECT_GT(model_.Scaled(0.70), fence);
  EXPECT_GT(model_.Scaled(0.74) - model_.Scaled(0.70), 0.8) << "differences at the top still count";
  EXPECT_GT(model_.Scaled(0.9), model_.Scaled(0.74)) << "no fence above";
}

TEST_F(Model, EqualGainsAreZero) {
  Observe({0.1, 0.1, 0.1});
  EXPECT_NEAR(model_.Scaled(0.1), 0, 1e-12);
  EXPECT_EQ(model_.process().variance(), GaussianProcess::kLeastVariance);
}

TEST_F(Model, OneObservationIsEnough) {
  Observe({0.4});
  EXPECT_EQ(model_.process().size(), 1);
  EXPECT_EQ(model_.Scaled(0.4), 0);
}

// A changed gain of a known observation counts, as when an accuracy is corrected.
TEST_F(Model, LearnsTheGainsItIsTold) {
  std::vector<double> gains;
  for (int i = 0; i < 30; ++i) gains.push_back(0.5 + 0.01 * i);
  Observe(gains);
  const Eigen::MatrixXd at = Eigen::Vector2d(2.0, 0.5);
  const double before = model_.process().Means(model_.process().Whiten(at))[0];
  gains[20] = 0.2;
  Observe(gains);
  EXPECT_LT(model_.process().Means(model_.process().Whiten(at))[0], before);
  EXPECT_EQ(model_.process().size(), 30);
}

TEST_F(Model, ChoosesTheKernelWhenThereIsATenthMore) {
  std::vector<double> gains;
  RandomStream random(1, "kernel");
  for (int i = 0; i < 40; ++i) gains.push_back(random.Normal());
  Observe(gains);
  const KernelParameters noise = model_.process().kernel();
  EXPECT_EQ(noise.noise, 0.08);
  for (int i = 0; i < 3; ++i) gains.push_back(random.Normal());
  Observe(gains);
  EXPECT_FALSE(changed_) << "43 are not yet a tenth more than 40";
  EXPECT_EQ(model_.process().kernel(), noise);
}

}  // namespace
}  // namespace mcunas
