// LibTorchSupernet: the SupernetService behind the door.
#pragma once

#include <filesystem>
#include <map>
#include <memory>
#include <string>

#include "nas/evaluate/weights_source.h"
#include "nas/space/architecture.h"
#include "network/image_batch.h"
#include "supernet/internal/evaluator.h"
#include "supernet/internal/kept_training.h"
#include "supernet/internal/trainer.h"
#include "supernet/supernet_service.h"

namespace mcunas {

class LibTorchSupernet final : public SupernetService {
 public:
  // Loads the data; errors as the loaders report them.
  static Expected<std::unique_ptr<SupernetService>> Create(const SupernetRequest& request);

  Task task() const override { return data_.task; }
  int64_t training_images() const override;
  Expected<TrainSummary> Train(const StopToken& stop) override;
  void ForgetTrainings() override;
  Expected<std::vector<ScoreResult>> Evaluate(std::span<const Architecture> batch) override {
    return EvaluateFirst(batch, data_.holdout.count());
  }
  Expected<std::vector<ScoreResult>> EvaluateFirst(std::span<const Architecture> batch,
                                                   int images) override;
  Expected<FloatNetwork> Extract(const Architecture& architecture, const WeightsRecipe& recipe,
                                 const StopToken& stop) override;
  Expected<ScoreResult> FloatScore(const FloatNetwork& network, DataSplit split) override;
  Expected<ImageBatch> CalibrationImages(const Resolution& resolution, int count) override;
  Expected<ImageBatch> Images(DataSplit split, const Resolution& resolution) override;

 private:
  LibTorchSupernet(SupernetRequest request, TaskData data, at::Device device);

  TrainTask MakeTask() const;
  // The weights that evaluation and extraction use; kUsage before Train.
  Expected<at::Tensor> Trained() const;
  KeptTraining Kept() const;
  // Of networks that train alone, a folder each. Pre-condition: there is a run folder.
  std::filesystem::path Trainings() const;
  Expected<TrainSummary> Summarise(TrainSummary summary, const Trainer& trainer);
  // The moving average after training alone from `start`.
  Expected<at::Tensor> TrainedAlone(const Architecture& architecture, const WeightsRecipe& recipe,
                                    const at::Tensor& start, const StopToken& stop);

  SupernetRequest request_;
  TaskData data_;
  at::Device device_;
  ElasticLayers layers_;
  SubnetEvaluator evaluator_;
  TrainState state_;
  bool trained_ = false;
  // What TrainedAlone gave, by its name: a finalist is asked for by the race, the build and the
  // test.
  std::map<std::string, at::Tensor> alone_;
};

}  // namespace mcunas
