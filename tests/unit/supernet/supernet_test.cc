// The supernet through its door: training, resume, evaluation, extraction.
#include <gtest/gtest.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <filesystem>
#include <fstream>
#include <thread>

#include "nas/evaluate/weights_source.h"
#include "nas/space/architecture.h"
#include "nas/space/enumerate.h"
#include "nas/space/lower.h"
#include "nas/space/space_config.h"
#include "network/hash_network.h"
#include "network/operator_counts.h"
#include "network/verify.h"
#include "supernet/internal/checkpoint.h"
#include "supernet/internal/service.h"
#include "tests/unit/supernet/plain_forward.h"
#include "tests/unit/supernet/small_space.h"

namespace mcunas {
namespace {

namespace fs = std::filesystem;

SpaceConfig Space() {
  SpaceConfig space = SmallSpace();
  space.resolution = {12, 16};
  space.expand = {1, 2, 3};
  space.head_channels = 24;
  return space;
}

SupernetRequest SmallRequest(const fs::path& folder, int64_t epochs) {
  SupernetRequest request;
  request.data.synthetic_train = 1700;
  request.data.synthetic_test = 60;
  request.data.synthetic_size = 16;
  request.data.holdout = 200;
  request.space = Space();
  request.supernet.epochs = epochs;
  request.supernet.batch = 50;
  request.supernet.learning_rate = 0.3;
  request.supernet.ema_decay = 0.9;
  request.supernet.bn_images = 200;
  request.supernet.kernel_transform = true;
  request.supernet.threads = 2;
  request.seed = 11;
  request.run_folder = folder;
  return request;
}

std::unique_ptr<SupernetService> Make(const SupernetRequest& request) {
  auto service = LibTorchSupernet::Create(request);
  EXPECT_TRUE(service) << service.error().message;
  return std::move(*service);
}

constexpr WeightsRecipe kTuned = {WeightsRecipe::Start::kInherited, 2};
constexpr WeightsRecipe kAlone = {WeightsRecipe::Start::kRandom, 6};

Architecture Middle() { return {12, 0.5, {{{5, 2}}, {{3, 1}, {5, 3}}}}; }

std::vector<fs::path> CheckpointFiles(const fs::path& folder) {
  std::vector<fs::path> files;
  for (const auto& entry : fs::directory_iterator(folder / "checkpoints")) files.push_back(entry);
  std::sort(files.begin(), files.end());
  return files;
}

Checkpoint Newest(const fs::path& folder) {
  auto checkpoint = ReadCheckpoint(CheckpointFiles(folder).back());
  EXPECT_TRUE(checkpoint);
  return *checkpoint;
}

void ExpectSameState(const Checkpoint& a, const Checkpoint& b) {
  EXPECT_EQ(a.step, b.step);
  EXPECT_TRUE(a.weights == b.weights);
  EXPECT_TRUE(a.momentum == b.momentum);
  EXPECT_TRUE(a.average == b.average);
}

class TempFolder {
 public:
  explicit TempFolder(const std::string& name)
      : path_(fs::temp_directory_path() / ("mcunas-" + name + std::to_string(getpid()))) {
    fs::remove_all(path_);
    fs::create_directories(path_);
  }
  ~TempFolder() { fs::remove_all(path_); }
  TempFolder(const TempFolder&) = delete;
  TempFolder& operator=(const TempFolder&) = delete;
  const fs::path& path() const { return path_; }

 private:
  fs::path path_;
};

// One training of six epochs that several tests look at.
class Trained : public testing::Test {
 protected:
  static void SetUpTestSuite() {
    folder_ = new TempFolder("trained");
    service_ = Make(SmallRequest(folder_->path(), 6)).release();
    const auto summary = service_->Train(StopToken());
    ASSERT_TRUE(summary) << summary.error().message;
    EXPECT_EQ(summary->epochs, 6);
    EXPECT_FALSE(summary->resumed);
    EXPECT_GT(summary->images_per_second, 0);
  }
  static void TearDownTestSuite() {
    delete service_;
    delete folder_;
  }
  static double PlainAccuracy(const FloatNetwork& network) {
    const auto images = service_->Images(DataSplit::kHoldout, network.network.input.height);
    const auto size = images->shape.elements();
    int right = 0;
    for (int i = 0; i < images->count; ++i) {
      const PlainTensor logits = PlainForward(network, images->pixels.data() + i * size);
      right += PlainArgmax(logits) == images->labels[static_cast<size_t>(i)];
    }
    return right / static_cast<double>(images->count);
  }

  static TempFolder* folder_;
  static SupernetService* service_;
};
TempFolder* Trained::folder_ = nullptr;
SupernetService* Trained::service_ = nullptr;

TEST_F(Trained, EvaluationIsRepeatableAndIndependentOfTheBatch) {
  const std::vector<Architecture> all = {Middle(), Largest(Space()), Smallest(Space())};
  const auto together = service_->Evaluate(all);
  const auto alone = service_->Evaluate(std::vector<Architecture>{all[0]});
  ASSERT_TRUE(together && alone);
  EXPECT_EQ((*together)[0].score, (*alone)[0].score);
  EXPECT_EQ((*together)[0].images, 200);
  EXPECT_GT((*together)[1].score, 0.2);  // chance is 0.1
}

TEST_F(Trained, ExtractedNetworksComputeWhatWasEvaluated) {
  for (const Architecture& a : {Middle(), Largest(Space()), Smallest(Space())}) {
    const auto network = service_->Extract(a, {}, StopToken());
    ASSERT_TRUE(network);
    ASSERT_TRUE(VerifyNetwork(network->network));
    EXPECT_EQ(NetworkHash(network->network),
              NetworkHash(Lower(Space(), service_->task().shape, a)));
    for (size_t i = 0; i < network->parameters.size(); ++i) {
      const Operator& op = network->network.operators[i];
      EXPECT_EQ(static_cast<int64_t>(network->parameters[i].weights.size()), OperatorWeights(op));
    }
    const auto evaluated = service_->Evaluate(std::vector<Architecture>{a});
    EXPECT_NEAR(PlainAccuracy(*network), (*evaluated)[0].score, 0.005 + 1e-9);
  }
}

// With the statistics of the largest network, as running averages would give them, a small one
// fails.
TEST_F(Trained, RecalibrationIsWhatMakesSmallNetworksWork) {
  Architecture large = Middle(), small = Middle();
  large.width = 1.0;
  auto recalibrated = service_->Extract(small, {}, StopToken());
  const auto donor = service_->Extract(large, {}, StopToken());
  ASSERT_TRUE(recalibrated && donor);
  const double with = PlainAccuracy(*recalibrated);
  for (size_t i = 0; i < recalibrated->parameters.size(); ++i) {
    BatchNorm& norm = recalibrated->parameters[i].batch_norm;
    const BatchNorm& other = donor->parameters[i].batch_norm;
    for (size_t c = 0; c < norm.mean.size(); ++c) {
      norm.mean[c] = other.mean[c];
      norm.variance[c] = other.variance[c];
    }
  }
  EXPECT_GT(with, PlainAccuracy(*recalibrated) + 0.03);
}

TEST_F(Trained, FineTuningChangesACopyOnly) {
  const auto before = service_->Evaluate(std::vector<Architecture>{Middle()});
  const auto inherited = service_->Extract(Middle(), {}, StopToken());
  const auto tuned = service_->Extract(Middle(), kTuned, StopToken());
  const auto again = service_->Extract(Middle(), kTuned, StopToken());
  const auto after = service_->Evaluate(std::vector<Architecture>{Middle()});
  ASSERT_TRUE(inherited && tuned && again);
  EXPECT_NE(tuned->parameters[0].weights, inherited->parameters[0].weights);
  EXPECT_EQ(tuned->parameters[0].weights, again->parameters[0].weights);
  EXPECT_GE(PlainAccuracy(*tuned), PlainAccuracy(*inherited) - 0.03);
  EXPECT_EQ((*before)[0].score, (*after)[0].score);
}

TEST_F(Trained, EveryPartOfARecipeMakesOtherWeights) {
  const auto first = [](const WeightsRecipe& recipe) {
    return service_->Extract(Middle(), recipe, StopToken())->parameters[0].weights;
  };
  const auto plain = first(kTuned);
  EXPECT_NE(first({WeightsRecipe::Start::kInherited, 2, 0.5}), plain);
  EXPECT_NE(first({WeightsRecipe::Start::kInherited, 2, 1, 100}), plain);
  EXPECT_NE(first({WeightsRecipe::Start::kInherited, 1}), plain);
}

// A yardstick for the supernet must owe it nothing.
TEST_F(Trained, TrainingAloneDoesNotKnowTheSupernet) {
  const auto alone = service_->Extract(Middle(), kAlone, StopToken());
  ASSERT_TRUE(alone) << alone.error().message;
  EXPECT_GT(PlainAccuracy(*alone), 0.2) << "chance is 0.1";
  TempFolder folder("beside");
  const auto untrained = Make(SmallRequest(folder.path(), 1));
  const auto again = untrained->Extract(Middle(), kAlone, StopToken());
  ASSERT_TRUE(again) << again.error().message;
  EXPECT_EQ(alone->parameters[0].weights, again->parameters[0].weights);
}

TEST_F(Trained, TheFloatScoreIsThatOfPlainLoops) {
  for (const Architecture& a : {Middle(), Largest(Space())}) {
    const auto network = service_->Extract(a, {}, StopToken());
    ASSERT_TRUE(network);
    const auto score = service_->FloatScore(*network, DataSplit::kHoldout);
    ASSERT_TRUE(score) << score.error().message;
    EXPECT_EQ(score->images, 200);
    EXPECT_NEAR(score->score, PlainAccuracy(*network), 0.005 + 1e-9);
    EXPECT_EQ(service_->FloatScore(*network, DataSplit::kTest)->images, 60);
  }
}

TEST_F(Trained, FineTuningStopsWhenAsked) {
  StopToken stop;
  stop.RequestStop();
  const auto tuned = service_->Extract(Middle(), {WeightsRecipe::Start::kInherited, 3}, stop);
  ASSERT_FALSE(tuned);
  EXPECT_EQ(tuned.error().code, ErrorCode::kInterrupted);
}

TEST_F(Trained, ImagesAreNormalisedAndSplitsDiffer) {
  const auto holdout = service_->Images(DataSplit::kHoldout, 12);
  const auto test = service_->Images(DataSplit::kTest, 12);
  const auto calibration = service_->CalibrationImages(12, 32);
  ASSERT_TRUE(holdout && test && calibration);
  EXPECT_EQ(test->count, 60);
  EXPECT_EQ(test->labels.size(), 60u);
  EXPECT_EQ(calibration->pixels.size(), 32u * 12 * 12 * 3);
  EXPECT_NE(std::vector<float>(holdout->pixels.begin(), holdout->pixels.begin() + 432),
            std::vector<float>(test->pixels.begin(), test->pixels.begin() + 432));
  EXPECT_EQ(calibration->pixels, service_->CalibrationImages(12, 32)->pixels);
}

TEST_F(Trained, LosingTheNewestCheckpointCostsNothingButTime) {
  TempFolder copy("lost");
  fs::copy(folder_->path(), copy.path(), fs::copy_options::recursive);
  ASSERT_EQ(CheckpointFiles(copy.path()).size(), 2u);  // the last two are kept
  fs::resize_file(CheckpointFiles(copy.path()).back(), 1000);
  const auto summary = Make(SmallRequest(copy.path(), 6))->Train(StopToken());
  ASSERT_TRUE(summary) << summary.error().message;
  EXPECT_TRUE(summary->resumed);
  ExpectSameState(Newest(copy.path()), Newest(folder_->path()));
}

TEST_F(Trained, OneFlippedBitIsNoticed) {
  TempFolder copy("flipped");
  fs::copy(folder_->path(), copy.path(), fs::copy_options::recursive);
  for (const fs::path& file : CheckpointFiles(copy.path())) {
    std::fstream stream(file, std::ios::in | std::ios::out | std::ios::binary);
    stream.seekp(200);
    stream.put('x');
  }
  const auto summary = Make(SmallRequest(copy.path(), 6))->Train(StopToken());
  ASSERT_FALSE(summary);
  EXPECT_EQ(summary.error().code, ErrorCode::kCorrupt);
}

TEST_F(Trained, AnotherConfigurationIsRefused) {
  TempFolder copy("other");
  fs::copy(folder_->path(), copy.path(), fs::copy_options::recursive);
  SupernetRequest request = SmallRequest(copy.path(), 6);
  request.supernet.learning_rate = 0.1;
  const auto summary = Make(request)->Train(StopToken());
  ASSERT_FALSE(summary);
  EXPECT_EQ(summary.error().code, ErrorCode::kUsage);
}

// Other limits are another training, but only for one that looks at them.
TEST(Supernet, LimitsArePartOfWhatACheckpointBelongsTo) {
  for (const NetworkSample sample : {NetworkSample::kUniform, NetworkSample::kFeasible}) {
    TempFolder folder("limits");
    SupernetRequest request = SmallRequest(folder.path(), 1);
    request.supernet.sample = sample;
    request.limits.fits = [](const Architecture&) { return true; };
    request.limits.identity = "48 kB";
    const auto whole = Make(request)->Train(StopToken());
    const auto again = Make(request)->Train(StopToken());
    ASSERT_TRUE(whole && again);
    EXPECT_GT(whole->work, 0);
    EXPECT_EQ(again->work, whole->work) << "of all epochs, whoever trained them";
    request.limits.identity = "64 kB";
    const auto other = Make(request)->Train(StopToken());
    EXPECT_EQ(other.ok(), sample == NetworkSample::kUniform);
    EXPECT_TRUE(other.ok() || other.error().code == ErrorCode::kUsage);
  }
}

// Steps begin before all their networks are known to fit.
TEST(Supernet, AsksAboutLimitsBesideItsSteps) {
  TempFolder folder("questions");
  SupernetRequest request = SmallRequest(folder.path(), 6);
  request.supernet.sample = NetworkSample::kFeasible;
  std::atomic<int> questions = 0;
  request.limits.fits = [&](const Architecture&) { return ++questions > 0; };
  StopToken stop;
  stop.RequestStop();
  const auto stopped = Make(request)->Train(stop);
  ASSERT_FALSE(stopped);
  EXPECT_EQ(stopped.error().code, ErrorCode::kInterrupted);
  EXPECT_LT(questions, 60) << "of two random networks in each of 180 steps";
}

// Stopped in the middle of an epoch and continued by a new object: the same weights to the last
// bit.
TEST_F(Trained, StopAndResumeTakeTheSameTrajectory) {
  TempFolder folder("stopped");
  StopToken stop;
  std::atomic<bool> done = false;
  std::thread watcher([&] {
    while (!done && !fs::exists(folder.path() / "checkpoints" / "step-0000000060.ckpt")) {
      std::this_thread::sleep_for(std::chrono::milliseconds(1));
    }
    stop.RequestStop();
  });
  const auto first = Make(SmallRequest(folder.path(), 6))->Train(stop);
  done = true;
  watcher.join();
  ASSERT_FALSE(first);
  EXPECT_EQ(first.error().code, ErrorCode::kInterrupted);
  EXPECT_LT(Newest(folder.path()).step, 180);
  const auto second = Make(SmallRequest(folder.path(), 6))->Train(StopToken());
  ASSERT_TRUE(second) << second.error().message;
  EXPECT_TRUE(second->resumed);
  ExpectSameState(Newest(folder.path()), Newest(folder_->path()));
}

TEST(Supernet, DoesNotEvaluateBeforeTraining) {
  TempFolder folder("untrained");
  const auto result = Make(SmallRequest(folder.path(), 1))->Evaluate(std::vector{Middle()});
  ASSERT_FALSE(result);
  EXPECT_EQ(result.error().code, ErrorCode::kUsage);
}

TEST(Supernet, TrainingAloneIsKeptUntilNobodyAsks) {
  TempFolder folder("kept");
  const SupernetRequest request = SmallRequest(folder.path(), 1);
  const WeightsRecipe recipe = {WeightsRecipe::Start::kRandom, 1};
  StopToken stopped;
  stopped.RequestStop();  // nobody trains a step
  const auto first = Make(request)->Extract(Middle(), recipe, StopToken());
  const auto restarted = Make(request);
  const auto again = restarted->Extract(Middle(), recipe, stopped);
  ASSERT_TRUE(first && again);
  EXPECT_EQ(again->parameters[0].weights, first->parameters[0].weights);
  const WeightsRecipe other = {WeightsRecipe::Start::kRandom, 1, 0.5};
  EXPECT_FALSE(restarted->Extract(Middle(), other, stopped)) << "another training";
  EXPECT_FALSE(restarted->Extract(Smallest(request.space), recipe, stopped)) << "another network";
  restarted->ForgetTrainings();
  EXPECT_FALSE(fs::exists(folder.path() / "trainings"));
  EXPECT_FALSE(Make(request)->Extract(Middle(), recipe, stopped));
}

TEST(Supernet, ReportsMissingData) {
  SupernetRequest request = SmallRequest("", 1);
  request.data.kind = DataKind::kCifar10;
  request.data.root = "no-such-folder";
  const auto service = LibTorchSupernet::Create(request);
  ASSERT_FALSE(service);
  EXPECT_EQ(service.error().code, ErrorCode::kNotFound);
}

// The synthetic task needs real features (data_test.cc) but a small network learns it.
TEST(Supernet, ASmallNetworkLearnsTheSyntheticTask) {
  TempFolder folder("learns");
  SupernetRequest request = SmallRequest(folder.path(), 14);
  request.data.synthetic_train = 3300;
  request.data.synthetic_size = 20;
  request.data.holdout = 500;
  request.space.width = {1.0};
  request.space.resolution = {20};
  request.space.kernel = {5};
  request.space.expand = {3};
  request.space.depth = {1};
  request.space.stem_channels = 12;
  request.space.stages = {{16, 2}, {32, 2}};
  request.supernet.augment_cutout = 0;
  request.supernet.augment_crop = 2;
  const auto summary = Make(request)->Train(StopToken());
  ASSERT_TRUE(summary);
  EXPECT_GT(summary->largest_score, 0.70);
}

}  // namespace
}  // namespace mcunas
