#include "supernet/internal/service.h"

#include <torch/cuda.h>

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <filesystem>
#include <optional>

#include "common/check.h"
#include "common/config_dump.h"
#include "common/log.h"
#include "common/progress.h"
#include "nas/evaluate/weights_source.h"
#include "nas/space/architecture.h"
#include "nas/space/enumerate.h"
#include "nas/space/space_config.h"
#include "network/image_batch.h"
#include "supernet/data/event_file.h"
#include "supernet/internal/kept_training.h"
#include "supernet/internal/train_alone.h"

namespace mcunas {
namespace {

// No network of the space sees more of an image.
Resolution LargestSize(const SpaceConfig& space) {
  Resolution size(1);
  for (const Resolution& one : space.resolution) {
    size = {std::max(size.height, one.height), std::max(size.width, one.width)};
  }
  return size;
}

// Everything that the trajectory depends on; not where data lie, how fast it runs, nor how its
// networks are judged.
Hash128 Fingerprint(SupernetRequest request) {
  request.data.root = "-";
  request.supernet = WithoutSpeed(request.supernet);
  request.supernet.bn_images = 0;
  const std::string text = DumpConfig([&](ConfigVisitor& v) {
    v.Section("data", {}, [&](ConfigVisitor& inner) { Describe(inner, request.data); });
    v.Section("space", {}, [&](ConfigVisitor& inner) { Describe(inner, request.space); });
    v.Section("supernet", {}, [&](ConfigVisitor& inner) { Describe(inner, request.supernet); });
  });
  const std::string limits = DependsOnLimits(request.supernet) ? request.limits.identity : "";
  return HashBytes(text + std::to_string(request.seed) + limits);
}

Expected<at::Device> ChooseDevice(TrainDevice wanted) {
  const bool cuda = torch::cuda::is_available();
  if (wanted == TrainDevice::kCuda && !cuda) {
    return Error{ErrorCode::kUnsupported,
                 "supernet.device: cuda, but this LibTorch finds no CUDA device"};
  }
  return cuda && wanted != TrainDevice::kCpu ? at::Device(at::kCUDA) : at::Device(at::kCPU);
}

// What a person watches while it trains: progress line and TensorBoard curves.
class TrainingDisplay {
 public:
  TrainingDisplay(const std::string& folder, int64_t total, int64_t resumed_from)
      : line_("training", total), resumed_from_(resumed_from) {
    if (folder.empty()) return;
    auto file = EventFile::Create(folder);
    if (file) events_ = std::move(*file);
    if (!file) LogWarning("no TensorBoard events: " + file.error().message);
  }

  void Show(const StepReport& report, int64_t epoch) {
    images_ += report.images;
    ++steps_;
    clipped_ += report.clipped;
    smooth_loss_ = smooth_loss_ == 0 ? report.loss : 0.95 * smooth_loss_ + 0.05 * report.loss;
    char note[96];
    std::snprintf(note, sizeof note, "epoch %lld, loss %.3f, %.0f images/s",
                  static_cast<long long>(epoch + 1), smooth_loss_, images_per_second());
    if (report.step - 1 == resumed_from_) line_.Update(resumed_from_, note);
    line_.Update(report.step, note);
    if (events_ && report.step % 10 == 0) {
      events_->Scalar("train/loss", report.step, report.loss);
      events_->Scalar("train/learning_rate", report.step, report.learning_rate);
      events_->Scalar("train/gradient_norm", report.step, report.gradient_norm);
      events_->Scalar("train/images_per_second", report.step, images_per_second());
    }
  }
  void Score(const std::string& name, int64_t step, double value) {
    if (events_) events_->Scalar("holdout/" + name, step, value);
  }
  double seconds() const {
    return std::chrono::duration<double>(std::chrono::steady_clock::now() - start_).count();
  }
  // How often the gradient was too large, of the steps shown.
  std::string Clipping() const {
    return "gradients were clipped in " + std::to_string(clipped_) + " of " +
           std::to_string(steps_) + " steps";
  }
  double images_per_second() const { return static_cast<double>(images_) / seconds(); }

 private:
  ProgressLine line_;
  int64_t resumed_from_;
  std::optional<EventFile> events_;
  std::chrono::steady_clock::time_point start_ = std::chrono::steady_clock::now();
  int64_t images_ = 0, steps_ = 0, clipped_ = 0;
  double smooth_loss_ = 0;
};

}  // namespace

Expected<std::unique_ptr<SupernetService>> LibTorchSupernet::Create(
    const SupernetRequest& request) {
  const auto device = ChooseDevice(request.supernet.device);
  if (!device) return device.error();
  auto data = LoadTaskData(request.data, LargestSize(request.space), request.seed);
  if (!data) return data.error();
  return std::unique_ptr<SupernetService>(new LibTorchSupernet(request, std::move(*data), *device));
}

LibTorchSupernet::LibTorchSupernet(SupernetRequest request, TaskData data, at::Device device)
    : request_(std::move(request)),
      data_(std::move(data)),
      device_(device),
      layers_(request_.space, data_.task.shape, request_.supernet.kernel_transform),
      evaluator_(&layers_, &data_, &request_.space, request_.supernet.bn_images, request_.seed,
                 device) {}

int64_t LibTorchSupernet::training_images() const { return Trainer(MakeTask()).images_per_epoch(); }

TrainTask LibTorchSupernet::MakeTask() const {
  TrainTask task;
  task.layers = &layers_;
  task.data = &data_;
  task.space = &request_.space;
  task.config = request_.supernet;
  task.seed = request_.seed;
  task.limits = request_.limits;
  task.device = device_;
  task.bfloat16 = device_.is_cuda() && request_.supernet.precision == Precision::kAuto;
  return task;
}

Expected<at::Tensor> LibTorchSupernet::Trained() const {
  if (trained_) return state_.average;
  return Error{ErrorCode::kUsage, "the supernet is not trained yet"};
}

std::filesystem::path LibTorchSupernet::Trainings() const {
  return std::filesystem::path(request_.run_folder) / "trainings";
}

KeptTraining LibTorchSupernet::Kept() const {
  return {request_.run_folder + "/checkpoints", Fingerprint(request_)};
}

Expected<TrainSummary> LibTorchSupernet::Summarise(TrainSummary summary, const Trainer& trainer) {
  trained_ = true;
  summary.epochs = request_.supernet.epochs;
  summary.work = trainer.Work();
  summary.largest_score = evaluator_.Evaluate(state_.average, trainer.Top()).score;
  summary.smallest_score = evaluator_.Evaluate(state_.average, Smallest(request_.space)).score;
  return summary;
}

Expected<TrainSummary> LibTorchSupernet::Train(const StopToken& stop) {
  TrainSummary summary;
  const KeptTraining kept = Kept();
  state_ = FreshState(layers_.Initial(request_.seed).to(device_));
  const auto resumed = kept.Restore(&state_);
  if (!resumed) return resumed.error();
  summary.resumed = *resumed;
  Trainer trainer(MakeTask());
  const int64_t per_epoch = trainer.steps_per_epoch();
  if (state_.step >= trainer.total_steps()) return Summarise(summary, trainer);
  TrainingDisplay display(request_.run_folder, trainer.total_steps(), state_.step);
  const auto observe = [&](const StepReport& report, const TrainState&) -> Expected<void> {
    display.Show(report, (report.step - 1) / per_epoch);
    const int64_t epoch = report.step / per_epoch;
    const bool last = report.step == trainer.total_steps();
    if (report.step % per_epoch != 0) return {};
    if (!last && epoch % request_.supernet.checkpoint_every != 0) return {};
    const double score = evaluator_.Evaluate(state_.average, trainer.Top()).score;
    display.Score("largest", report.step, score);
    LogInfo("epoch " + std::to_string(epoch) + ": held-out " + data_.task.score.name +
            " of the largest network " + std::to_string(score));
    return kept.Save(state_);
  };
  const auto done = trainer.Run(&state_, stop, observe);
  if (!done && done.error().code == ErrorCode::kInterrupted) {
    if (auto saved = kept.Save(state_); !saved) return saved.error();
    return done.error().WithContext("state saved after step " + std::to_string(state_.step));
  }
  if (!done) return done.error();
  LogInfo(display.Clipping());
  summary.seconds = display.seconds();
  summary.images_per_second = display.images_per_second();
  return Summarise(summary, trainer);
}

Expected<std::vector<ScoreResult>> LibTorchSupernet::EvaluateFirst(
    std::span<const Architecture> batch, int images) {
  const auto weights = Trained();
  if (!weights) return weights.error();
  std::vector<ScoreResult> results;
  for (const Architecture& architecture : batch) {
    MCUNAS_CHECK(Contains(request_.space, architecture), "architecture outside the space");
    results.push_back(evaluator_.EvaluateFirst(*weights, architecture, images));
  }
  return results;
}

Expected<at::Tensor> LibTorchSupernet::TrainedAlone(const Architecture& architecture,
                                                    const WeightsRecipe& recipe,
                                                    const at::Tensor& start,
                                                    const StopToken& stop) {
  const bool inherited = recipe.start == WeightsRecipe::Start::kInherited;
  TrainTask task = MakeTask();
  task.config.epochs = recipe.epochs;
  task.config.warmup_epochs = 0;
  task.config.learning_rate *= recipe.rate;
  task.config.weight_decay *= recipe.decay;
  task.config.distill = Distillation::kNone;
  task.only = {architecture};
  task.scope = (inherited ? "fine-tune " : "alone ") +
               HashBytes(ArchitectureToJson(architecture)).Hex() + " ";
  const std::string name = task.scope + std::to_string(recipe.epochs) + " " +
                           std::to_string(recipe.rate) + " " + std::to_string(recipe.decay);
  if (const auto known = alone_.find(name); known != alone_.end()) return known->second;
  const Hash128 fingerprint = HashBytes(Fingerprint(request_).Hex() + name);
  std::filesystem::path folder;
  if (!request_.run_folder.empty()) folder = Trainings() / fingerprint.Short();
  const auto weights = TrainAlone(
      {std::move(task), start, folder, fingerprint, inherited ? "fine-tuning" : "training alone"},
      stop);
  if (weights) alone_[name] = *weights;
  return weights;
}

void LibTorchSupernet::ForgetTrainings() {
  std::error_code ignored;
  if (!request_.run_folder.empty()) std::filesystem::remove_all(Trainings(), ignored);
}

Expected<FloatNetwork> LibTorchSupernet::Extract(const Architecture& architecture,
                                                 const WeightsRecipe& recipe,
                                                 const StopToken& stop) {
  MCUNAS_CHECK(Contains(request_.space, architecture), "architecture outside the space");
  const bool inherited = recipe.start == WeightsRecipe::Start::kInherited;
  MCUNAS_CHECK(inherited || recipe.epochs > 0, "random weights that nobody trains");
  auto weights =
      inherited ? Trained() : Expected<at::Tensor>(layers_.Initial(request_.seed).to(device_));
  if (!weights) return weights.error();
  if (recipe.epochs > 0) weights = TrainedAlone(architecture, recipe, *weights, stop);
  if (!weights) return weights.error();
  return evaluator_.Extract(*weights, architecture);
}

Expected<ScoreResult> LibTorchSupernet::FloatScore(const FloatNetwork& network, DataSplit split) {
  return evaluator_.Score(network, split);
}

Expected<ImageBatch> LibTorchSupernet::CalibrationImages(const Resolution& resolution, int count) {
  return evaluator_.CalibrationImages(resolution, count);
}

Expected<ImageBatch> LibTorchSupernet::Images(DataSplit split, const Resolution& resolution) {
  const ImageSet& images = split == DataSplit::kTest ? data_.test : data_.holdout;
  ImageBatch batch;
  batch.count = images.count();
  batch.shape = {resolution.height, resolution.width, images.shape.channels};
  batch.pixels = NormalisedImages(data_, images, 0, batch.count, resolution);
  batch.labels = images.labels;
  return batch;
}

}  // namespace mcunas
