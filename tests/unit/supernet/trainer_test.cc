// One training step by step: what it trains, how its learning rate goes, and that its trajectory is
// a function of seed, scope and step alone.
#include "supernet/internal/trainer.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>

#include "nas/space/architecture.h"
#include "nas/space/enumerate.h"
#include "nas/space/space_config.h"
#include "tests/unit/supernet/small_space.h"
#include "tests/unit/supernet/small_supernet.h"

namespace mcunas {
namespace {

SpaceConfig Space() {
  SpaceConfig space = SmallSpace();
  space.resolution = {8, 12};
  space.expand = {1, 2};
  space.head_channels = 16;
  return space;
}

class TrainerTest : public testing::Test {
 protected:
  TrainerTest() {
    layers_ = std::make_unique<ElasticLayers>(space_, data_.task.shape, false);
    task_.layers = layers_.get();
    task_.data = &data_;
    task_.space = &space_;
    task_.config.epochs = 3;
    task_.config.batch = 16;
    task_.config.learning_rate = 0.2;
    task_.seed = 4;
  }

  TrainState Start() const { return FreshState(layers_->Initial(9)); }
  // Runs until `steps` are done; what was reported.
  std::vector<StepReport> Run(const TrainTask& task, TrainState* state, int64_t steps = 1000) {
    StopToken stop;
    std::vector<StepReport> reports;
    const auto done = Trainer(task).Run(state, stop, [&](const StepReport& r, const TrainState&) {
      reports.push_back(r);
      if (r.step >= steps) stop.RequestStop();
      return Expected<void>();
    });
    EXPECT_TRUE(done.ok() || done.error().code == ErrorCode::kInterrupted) << done.error().message;
    return reports;
  }

  SpaceConfig space_ = Space();
  TaskData data_ = SmallData(68);
  std::unique_ptr<ElasticLayers> layers_;
  TrainTask task_;
};

TEST_F(TrainerTest, CountsItsSteps) {
  const Trainer trainer(task_);
  EXPECT_EQ(trainer.steps_per_epoch(), 3);  // 48 images in batches of 16
  EXPECT_EQ(trainer.total_steps(), 9);
}

TEST_F(TrainerTest, TheLargestWithinTheLimitsMayLead) {
  task_.config.sandwich_top = SandwichTop::kLimits;
  EXPECT_EQ(Trainer(task_).Top(), Largest(space_)) << "where nobody knows it";
  Architecture within = Largest(space_);
  within.width = 0.5;
  task_.limits.largest = within;
  task_.config.warmup_epochs = 1;
  const Trainer trainer(task_);
  EXPECT_EQ(trainer.Top(), within);
  EXPECT_EQ(trainer.NetworksOf(0), std::vector{within});
  EXPECT_EQ(trainer.NetworksOf(5)[0], within);
}

TEST_F(TrainerTest, WorkIsThatOfTheNetworksDrawn) {
  task_.config.sandwich_random = 1;
  const double plain = Trainer(task_).Work();
  TrainTask filled = task_, narrow = task_;
  filled.config.sandwich_fill = SandwichFill::kWork;
  EXPECT_GT(Trainer(filled).Work(), 1.2 * plain) << "baselines are compared by what was done";
  narrow.config.sample = NetworkSample::kFeasible;
  narrow.limits.fits = [](const Architecture& a) { return a.width < 1; };
  EXPECT_LT(Trainer(narrow).Work(), plain);
}

TEST_F(TrainerTest, FineTuningTrainsWhatItIsGiven) {
  task_.only = {Smallest(space_)};
  EXPECT_EQ(Trainer(task_).NetworksOf(5), task_.only);
}

TEST_F(TrainerTest, LearningRateRisesThenFallsToNothing) {
  TrainState state = Start();
  task_.config.epochs = 8;
  const std::vector<StepReport> reports = Run(task_, &state);
  ASSERT_EQ(reports.size(), 24u);
  double largest = 0;
  for (size_t i = 0; i < reports.size(); ++i) {
    EXPECT_EQ(reports[i].step, static_cast<int64_t>(i) + 1);
    EXPECT_EQ(reports[i].images, 16);
    EXPECT_TRUE(std::isfinite(reports[i].loss));
    largest = std::max(largest, reports[i].learning_rate);
    if (i >= 4) {
      EXPECT_LT(reports[i].learning_rate, reports[i - 1].learning_rate);
    }
  }
  EXPECT_LE(largest, 0.2 * 16 / 256);
  EXPECT_LT(reports.back().learning_rate, 0.01 * largest);
}

TEST_F(TrainerTest, TheSameSeedTakesTheSameTrajectory) {
  TrainState first = Start(), second = Start();
  Run(task_, &first);
  Run(task_, &second);
  EXPECT_TRUE(at::equal(first.weights, second.weights));
  EXPECT_TRUE(at::equal(first.momentum, second.momentum));
  EXPECT_TRUE(at::equal(first.average, second.average));
}

TEST_F(TrainerTest, AnotherSeedOrScopeTakesAnother) {
  TrainState first = Start(), second = Start(), third = Start();
  Run(task_, &first, 2);
  TrainTask other = task_;
  other.seed = 5;
  Run(other, &second, 2);
  other = task_;
  other.scope = "fine-tuning";
  Run(other, &third, 2);
  EXPECT_FALSE(at::equal(first.weights, second.weights));
  EXPECT_FALSE(at::equal(first.weights, third.weights));
}

TEST_F(TrainerTest, ChannelsAreSortedOnceAfterTheWarmUp) {
  task_.config.warmup_epochs = 1;
  TrainState plain = Start(), sorted = Start();
  Run(task_, &plain, 3);
  TrainTask sorting = task_;
  sorting.config.sort_channels = true;
  Run(sorting, &sorted, 3);
  EXPECT_TRUE(at::equal(plain.weights, sorted.weights)) << "not before the first step beyond";
  const at::Tensor before = sorted.weights.clone();
  Run(sorting, &sorted, 4);
  Run(task_, &plain, 4);
  EXPECT_FALSE(at::equal(plain.weights, sorted.weights));
  EXPECT_GT((sorted.weights - before).norm().item<double>(),
            10 * (plain.weights - before).norm().item<double>())
      << "far more than a step moves";
}

// At every step: stopped there and continued by a new trainer, the end is the same to the bit. The
// channels are sorted before step 3.
TEST_F(TrainerTest, StoppingAnywhereChangesNothing) {
  task_.config.warmup_epochs = 1;
  task_.config.sort_channels = true;
  TrainState whole = Start();
  Run(task_, &whole);
  for (const int64_t at : {1, 3, 5, 8}) {
    TrainState state = Start();
    Run(task_, &state, at);
    ASSERT_EQ(state.step, at);
    Run(task_, &state);
    EXPECT_EQ(state.step, 9);
    EXPECT_TRUE(at::equal(state.weights, whole.weights)) << at;
    EXPECT_TRUE(at::equal(state.momentum, whole.momentum)) << at;
    EXPECT_TRUE(at::equal(state.average, whole.average)) << at;
  }
}

TEST_F(TrainerTest, EveryWayToLearnFromTheTeacherIsATrajectoryOfItsOwn) {
  std::vector<at::Tensor> ends;
  for (const Distillation distill :
       {Distillation::kInplace, Distillation::kAlpha, Distillation::kNone}) {
    for (const double temperature : {1.0, 3.0}) {
      task_.config.distill = distill;
      task_.config.distill_temperature = temperature;
      TrainState state = Start();
      Run(task_, &state, 2);
      ends.push_back(state.weights);
    }
  }
  for (size_t i = 0; i < ends.size(); ++i) {
    for (size_t j = 0; j < i; ++j) {
      const bool unheated = j == 4 && i == 5;  // labels know no temperature
      EXPECT_EQ(at::equal(ends[i], ends[j]), unheated) << i << " and " << j;
    }
  }
}

TEST_F(TrainerTest, DecayLeavesBatchNormAndBiasesAlone) {
  TrainState state = Start();
  task_.config.learning_rate = 0;
  task_.config.weight_decay = 0.5;
  const at::Tensor before = state.weights.clone();
  Run(task_, &state, 3);
  EXPECT_TRUE(at::equal(state.weights, before));  // no step is taken without a learning rate
  const int64_t decayed = layers_->decayed();
  EXPECT_GT(decayed, 0);
  EXPECT_LT(decayed, layers_->total());
}

TEST_F(TrainerTest, WithoutAveragingTheAverageIsTheWeights) {
  TrainState state = Start();
  task_.config.ema_decay = 0;
  Run(task_, &state, 3);
  EXPECT_TRUE(at::allclose(state.average, state.weights));
}

// Weights before a batch norm that are much smaller have a gradient that is much larger.
TEST_F(TrainerTest, ReportsTheGradientAndWhetherItWasClipped) {
  TrainState state = Start();
  for (const StepReport& report : Run(task_, &state, 3)) {
    EXPECT_GT(report.gradient_norm, 0);
    EXPECT_LT(report.gradient_norm, 10);
    EXPECT_FALSE(report.clipped);
  }
  state = Start();
  layers_->Views(state.weights)[0].mul_(1e-4);
  const StepReport steep = Run(task_, &state, 1).front();
  EXPECT_GT(steep.gradient_norm, 10);
  EXPECT_TRUE(steep.clipped);
}

TEST_F(TrainerTest, AnErrorOfTheObserverEndsIt) {
  TrainState state = Start();
  const auto done = Trainer(task_).Run(&state, StopToken(), [](const auto&, const auto&) {
    return Expected<void>(Error{ErrorCode::kIo, "disk full"});
  });
  ASSERT_FALSE(done.ok());
  EXPECT_EQ(done.error().code, ErrorCode::kIo);
  EXPECT_EQ(state.step, 1);
}

TEST_F(TrainerTest, ALossThatIsNoNumberIsTheUsersToMend) {
  TrainState state = Start();
  state.weights.fill_(std::nanf(""));
  const auto done = Trainer(task_).Run(&state, StopToken(),
                                       [](const auto&, const auto&) { return Expected<void>(); });
  ASSERT_FALSE(done.ok());
  EXPECT_EQ(done.error().code, ErrorCode::kUsage);
  EXPECT_NE(done.error().message.find("supernet.learning_rate"), std::string::npos);
}

TEST(AugmentationOf, FillsWithTheMeanColour) {
  SupernetConfig config;
  config.augment_flip = false;
  config.augment_crop = 3;
  config.augment_cutout = 5;
  const AugmentOptions options = AugmentationOf(config, {{12.4f, 200.5f, 0}, {1, 1, 1}});
  EXPECT_FALSE(options.flip);
  EXPECT_EQ(options.crop, 3);
  EXPECT_EQ(options.cutout, 5);
  EXPECT_EQ(options.fill, (std::vector<uint8_t>{12, 201, 0}));
}

}  // namespace
}  // namespace mcunas
