// Training of one network, interrupted: wherever it stops, and however, it ends as if it had not.
#include "supernet/internal/train_alone.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include <csignal>
#include <cstdlib>
#include <thread>

#include "common/file.h"
#include "common/log.h"
#include "nas/space/enumerate.h"
#include "supernet/internal/kept_training.h"
#include "tests/unit/supernet/small_supernet.h"

namespace mcunas {
namespace {

namespace fs = std::filesystem;

const Hash128 kFingerprint = HashBytes("one training");

class TrainAloneTest : public testing::Test {
 protected:
  TrainAloneTest() {
    SetLogLevel(LogLevel::kError);
    space_.resolution = {8};
    space_.stem_channels = 8;
    space_.stages = {{8, 1}};
    layers_ = std::make_unique<ElasticLayers>(space_, data_.task.shape, false);
    folder_ = fs::temp_directory_path() / ("mcunas-alone" + std::to_string(getpid()));
    fs::remove_all(folder_);
  }
  ~TrainAloneTest() override {
    fs::remove_all(folder_);
    SetLogLevel(LogLevel::kInfo);
  }

  TrainTask Task(int64_t epochs) const {
    TrainTask task;
    task.layers = layers_.get();
    task.data = &data_;
    task.space = &space_;
    task.config.epochs = epochs;  // of three steps
    task.config.batch = 16;
    task.only = {Smallest(space_)};
    return task;
  }
  at::Tensor Start() const { return layers_->Initial(9); }
  Expected<at::Tensor> Train(const fs::path& folder, int64_t epochs = 4,
                             const StopToken& stop = StopToken()) const {
    return TrainAlone({Task(epochs), Start(), folder, kFingerprint, "test"}, stop);
  }
  // The state after some steps, as an interrupted training leaves it.
  void Leave(int64_t steps) const {
    TrainState state = FreshState(Start());
    StopToken stop;
    (void)Trainer(Task(4)).Run(&state, stop, [&](const StepReport& r, const TrainState&) {
      if (r.step >= steps) stop.RequestStop();
      return Expected<void>();
    });
    ASSERT_EQ(state.step, steps);
    ASSERT_TRUE(KeptTraining(folder_, kFingerprint).Save(state));
  }
  // The newest state; the fresh one, and a step of -1, where there is none.
  TrainState Kept(const fs::path& folder) const {
    TrainState state = FreshState(Start());
    const auto restored = KeptTraining(folder, kFingerprint).Restore(&state);
    if (!restored || !*restored) state.step = -1;
    return state;
  }

  SpaceConfig space_;
  TaskData data_ = SmallData(68, 8);
  std::unique_ptr<ElasticLayers> layers_;
  fs::path folder_;
};

TEST_F(TrainAloneTest, EndsAsIfItHadNeverStopped) {
  const auto whole = Train("");
  ASSERT_TRUE(whole) << whole.error().message;
  EXPECT_FALSE(fs::exists(folder_)) << "nothing is kept without a folder";
  for (const int64_t steps : {1, 3, 7, 12}) {
    fs::remove_all(folder_);
    Leave(steps);
    const auto resumed = Train(folder_);
    ASSERT_TRUE(resumed) << resumed.error().message;
    EXPECT_TRUE(at::equal(*resumed, *whole)) << "stopped after step " << steps;
    EXPECT_EQ(Kept(folder_).step, 12);
  }
}

// What is there counts: a finished state is taken as it is, whatever it says.
TEST_F(TrainAloneTest, AFinishedTrainingIsOnlyRead) {
  Leave(12);
  TrainState state = Kept(folder_);
  state.average.fill_(7);
  ASSERT_TRUE(KeptTraining(folder_, kFingerprint).Save(state));
  EXPECT_TRUE(at::equal(*Train(folder_), state.average));
}

TEST_F(TrainAloneTest, DamagedStatesCostTimeOnly) {
  ASSERT_TRUE(WriteFileAtomically(folder_ / "step-0000000099.ckpt", "noise"));
  const auto trained = Train(folder_);
  ASSERT_TRUE(trained) << trained.error().message;
  EXPECT_TRUE(at::equal(*trained, *Train("")));
  EXPECT_EQ(Kept(folder_).step, 12);
}

TEST_F(TrainAloneTest, KeepsItsStateWhenAskedToStop) {
  Leave(2);
  StopToken stop;
  stop.RequestStop();
  const auto stopped = Train(folder_, 4, stop);
  ASSERT_FALSE(stopped);
  EXPECT_EQ(stopped.error().code, ErrorCode::kInterrupted);
  EXPECT_EQ(Kept(folder_).step, 2);
}

// The child of the death test runs this test anew up to the statement that dies; it finds the
// folder in the environment.
TEST_F(TrainAloneTest, AKilledOneGoesOn) {
  constexpr const char* kFolder = "MCUNAS_TEST_KILLED_FOLDER";
  constexpr int64_t kEpochs = 100;
  testing::GTEST_FLAG(death_test_style) = "threadsafe";
  setenv(kFolder, folder_.c_str(), /*overwrite=*/0);
  const fs::path folder = std::getenv(kFolder);
  EXPECT_EXIT(
      {
        std::thread killer([&] {
          while (Kept(folder).step < 15) std::this_thread::sleep_for(std::chrono::milliseconds(1));
          kill(getpid(), SIGKILL);
        });
        (void)Train(folder, kEpochs);
        killer.join();
      },
      testing::KilledBySignal(SIGKILL), "");
  unsetenv(kFolder);
  const int64_t left = Kept(folder).step;
  EXPECT_GE(left, 15);
  EXPECT_LT(left, 3 * kEpochs) << "killed too late to tell";
  const auto resumed = Train(folder, kEpochs);
  ASSERT_TRUE(resumed) << resumed.error().message;
  EXPECT_TRUE(at::equal(*resumed, *Train("", kEpochs)));
}

}  // namespace
}  // namespace mcunas
