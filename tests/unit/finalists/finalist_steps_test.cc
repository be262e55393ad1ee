// One candidate on its way: the artefacts, the int8 score, the stages.
#include "nas/finalists/finalist_steps.h"

#include <gmock/gmock.h>

#include "common/process.h"
#include "engine/quantize/quantize.h"
#include "engine/reference/interpreter.h"
#include "fakes.h"
#include "nas/evaluate/weights_source.h"
#include "nas/finalists/finalist_evaluator.h"
#include "network/image_batch.h"

namespace mcunas {
namespace {

using ::testing::Each;
using ::testing::ElementsAre;

constexpr WeightsRecipe kTuned = {WeightsRecipe::Start::kInherited, 2};

class FinalistSteps : public testing::Workshop {
 protected:
  CandidateRecord record_ = testing::Candidates(1)[0];
};

// Accuracy as the reference interpreter sees it, the first of equal outputs winning.
double ReferenceAccuracy(const QuantizedNetwork& network, const ImageBatch& images, int count) {
  const std::vector<int8_t> inputs = QuantizeImages(images, network.input);
  const auto size = static_cast<size_t>(images.shape.elements());
  int right = 0;
  for (int i = 0; i < count; ++i) {
    const auto output =
        RunReference(network, std::span(inputs).subspan(static_cast<size_t>(i) * size, size));
    const auto best = std::max_element(output.begin(), output.end()) - output.begin();
    right += best == images.labels[static_cast<size_t>(i)];
  }
  return static_cast<double>(right) / count;
}

TEST_F(FinalistSteps, TheScoreIsThatOfTheInt8CodeOnTheHoldOut) {
  for (const int count : {0, 25}) {
    const auto build = EvaluateFinalist(options_, ports_, {{}, count, "some"}, &record_, stop_);
    ASSERT_TRUE(build) << build.error().message;
    const ImageBatch holdout = *weights_.Images(DataSplit::kHoldout, 8);
    EXPECT_EQ(MetricValue(record_, "some"),
              ReferenceAccuracy(build->quantized, holdout, count == 0 ? 60 : count));
    EXPECT_EQ(MetricValue(record_, "some_images"), count == 0 ? 60 : count);
  }
}

TEST_F(FinalistSteps, LeavesTheArtefactsInTheRunFolder) {
  ASSERT_TRUE(EvaluateFinalist(options_, ports_, FinalStage(options_), &record_, stop_));
  const auto folder = folder_ / "candidates" / record_.hash.Short();
  for (const char* file : {"architecture.json", "network.json", "plan.json", "model.tflite", "c"})
    EXPECT_TRUE(std::filesystem::exists(folder / file)) << file;
}

// A round looks at other images and other weights than the final ranking: their scores must not
// share a name.
TEST_F(FinalistSteps, OneNameStandsForOneScore) {
  weights_.holdout_ = 520;
  ASSERT_TRUE(EvaluateFinalist(options_, ports_, RoundStage(options_), &record_, stop_));
  const std::map<std::string, Metric> of_round = AllMetrics(record_);
  ASSERT_TRUE(EvaluateFinalist(options_, ports_, FinalStage(options_), &record_, stop_));
  for (const auto& [name, metric] : of_round) EXPECT_EQ(*FindMetric(record_, name), metric) << name;
  EXPECT_EQ(MetricValue(record_, "round_int8_accuracy_images"), 500);
  EXPECT_EQ(MetricValue(record_, "int8_accuracy_images"), 520);
}

TEST_F(FinalistSteps, ASecondBuildIsTheSameCode) {
  const auto first = BuildFinalist(options_, ports_, {}, record_, stop_);
  const auto second = BuildFinalist(options_, ports_, {}, record_, stop_);
  const auto tuned = BuildFinalist(options_, ports_, {.recipe = kTuned}, record_, stop_);
  ASSERT_TRUE(first && second && tuned);
  EXPECT_EQ(first->sources.files, second->sources.files);
  EXPECT_NE(first->sources.files, tuned->sources.files);
  EXPECT_THAT(weights_.recipes_, ElementsAre(WeightsRecipe(), WeightsRecipe(), kTuned));
}

TEST_F(FinalistSteps, MeasuresWithTheRealToolchainToo) {
  if (FindProgram("arm-none-eabi-gcc").empty()) GTEST_SKIP() << "no cross compiler";
  options_.boards = {*LoadBoardProfile("qemu-m4")};
  ports_.build_firmware = BuildFirmware;
  ASSERT_TRUE(EvaluateFinalist(options_, ports_, FinalStage(options_), &record_, stop_));
  ASSERT_EQ(boards_.requests_.size(), 1u);
  EXPECT_TRUE(std::filesystem::exists(boards_.requests_[0].elf_path));
  EXPECT_GT(MetricValue(record_, metric::kImageFlash), 1000);
}

TEST_F(FinalistSteps, ARoundEvaluatesAllAndStopsBetweenThem) {
  std::vector<CandidateRecord> records = testing::Candidates(2);
  const auto evaluator = MakeFinalistEvaluator(options_, ports_);
  CandidateRecord* all[] = {&records[0], &records[1]};
  ASSERT_TRUE(evaluator->Evaluate(all, 0, stop_));
  for (const CandidateRecord& record : records) EXPECT_EQ(record.boards.count("virtual"), 1u);
  EXPECT_THAT(weights_.recipes_, Each(WeightsRecipe())) << "rounds never fine-tune";
  stop_.RequestStop();
  EXPECT_EQ(evaluator->Evaluate(all, 1, stop_).error().code, ErrorCode::kInterrupted);
  EXPECT_EQ(weights_.recipes_.size(), 2u) << "nothing was begun";
}

}  // namespace
}  // namespace mcunas
