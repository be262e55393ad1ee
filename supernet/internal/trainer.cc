#include "supernet/internal/trainer.h"

#include <ATen/autocast_mode.h>

#include <algorithm>
#include <cmath>

#include "nas/evaluate/search_work.h"
#include "nas/space/architecture.h"
#include "nas/space/lower.h"
#include "nas/space/tagged_network.h"
#include "network/operator_counts.h"
#include "supernet/internal/losses.h"
#include "supernet/internal/run_network.h"
#include "supernet/internal/sort_channels.h"

namespace mcunas {
namespace {

constexpr double kMaxGradientNorm = 10;
constexpr double kPi = 3.14159265358979323846;

BatchOptions BatchesOf(const TrainTask& task) {
  return {static_cast<int>(task.config.batch), task.seed, task.scope,
          AugmentationOf(task.config, task.data->normalisation)};
}

// bfloat16 autocast on CUDA for the lifetime of the object.
class Autocast {
 public:
  explicit Autocast(bool on) : on_(on) {
    if (!on_) return;
    at::autocast::set_autocast_dtype(at::kCUDA, at::kBFloat16);
    at::autocast::set_autocast_enabled(at::kCUDA, true);
  }
  ~Autocast() {
    if (!on_) return;
    at::autocast::set_autocast_enabled(at::kCUDA, false);
    at::autocast::clear_cache();
  }
  Autocast(const Autocast&) = delete;
  Autocast& operator=(const Autocast&) = delete;

 private:
  bool on_;
};

}  // namespace

TrainState FreshState(const at::Tensor& weights) {
  return {weights.clone(), at::zeros_like(weights), weights.clone(), 0};
}

AugmentOptions AugmentationOf(const SupernetConfig& config, const Normalisation& normalisation) {
  AugmentOptions options;
  options.flip = config.augment_flip;
  options.crop = static_cast<int>(config.augment_crop);
  options.cutout = static_cast<int>(config.augment_cutout);
  for (const float mean : normalisation.mean) {
    options.fill.push_back(static_cast<uint8_t>(std::lround(mean)));
  }
  return options;
}

Trainer::Trainer(TrainTask task)
    : task_(std::move(task)),
      maker_(task_.data, BatchesOf(task_)),
      sandwich_({task_.space, task_.data->task.shape, task_.config, maker_.steps_per_epoch(),
                 task_.seed, task_.scope, task_.limits}) {}

std::vector<Architecture> Trainer::NetworksOf(int64_t step) const {
  return task_.only.empty() ? sandwich_.Of(step) : task_.only;
}

double Trainer::Work() const {
  double macs = 0;
  for (int64_t step = 0; step < total_steps(); ++step) {
    for (const Architecture& architecture : NetworksOf(step)) {
      const Network network = Lower(*task_.space, task_.data->task.shape, architecture);
      macs += static_cast<double>(NetworkMacs(network).value);
    }
  }
  return TrainingWork(macs, maker_.batch_size());
}

double Trainer::LearningRate(int64_t step) const {
  const auto total = static_cast<double>(total_steps());
  const double rise = std::max(1.0, std::min(static_cast<double>(steps_per_epoch()), total / 20));
  const double base = task_.config.learning_rate * maker_.batch_size() / 256.0;
  const double cosine = 0.5 * (1 + std::cos(kPi * static_cast<double>(step) / total));
  return base * cosine * std::min(1.0, static_cast<double>(step + 1) / rise);
}

std::vector<at::Tensor> Trainer::MakeLeaves(const TrainState& state) {
  gradient_ = at::zeros_like(state.weights);
  std::vector<at::Tensor> leaves = task_.layers->Views(state.weights);
  const std::vector<at::Tensor> gradients = task_.layers->Views(gradient_);
  for (size_t i = 0; i < leaves.size(); ++i) {
    leaves[i] = leaves[i].detach().requires_grad_(true);
    leaves[i].mutable_grad() = gradients[i];  // autograd adds in place into the flat buffer
  }
  return leaves;
}

at::Tensor Trainer::Forward(const TrainBatch& batch, const Architecture& architecture,
                            const std::vector<at::Tensor>& leaves) {
  const TaggedNetwork tagged = LowerTagged(*task_.space, task_.data->task.shape, architecture);
  const auto& pixels = batch.pixels.at(architecture.resolution);
  const Shape in = tagged.network.input;
  const at::Tensor images =
      at::from_blob(const_cast<float*>(pixels.data()),
                    {static_cast<int64_t>(batch.labels.size()), in.height, in.width, in.channels},
                    at::kFloat)
          .to(task_.device);
  const Autocast autocast(task_.bfloat16);
  return TrainForward(tagged.network, task_.layers->Slices(tagged, leaves), images).to(at::kFloat);
}

at::Tensor Trainer::LossOf(const at::Tensor& outputs, const at::Tensor& labels,
                           const at::Tensor& teacher) const {
  const SupernetConfig& config = task_.config;
  if (teacher.defined() && config.distill != Distillation::kNone)
    return DistillationLoss(config.distill, config.distill_temperature, outputs, teacher);
  return LabelLoss(task_.data->task.loss, outputs, labels, config.label_smoothing);
}

at::Tensor Trainer::Accumulate(const TrainBatch& batch,
                               const std::vector<Architecture>& architectures,
                               const std::vector<at::Tensor>& leaves) {
  const at::Tensor labels = at::from_blob(const_cast<int64_t*>(batch.labels.data()),
                                          {static_cast<int64_t>(batch.labels.size())}, at::kLong)
                                .to(task_.device);
  at::Tensor teacher, first_loss;
  for (const Architecture& architecture : architectures) {
    const at::Tensor logits = Forward(batch, architecture, leaves);
    const at::Tensor loss = LossOf(logits, labels, teacher);
    loss.backward();
    if (!first_loss.defined()) {
      first_loss = loss.detach();
      teacher = logits.detach();
    }
  }
  return first_loss;
}

void Trainer::SortWhereDue(TrainState* state) const {
  const bool due = state->step == task_.config.warmup_epochs * steps_per_epoch();
  if (!due || !task_.config.sort_channels || !task_.only.empty()) return;
  SortChannels(*task_.layers, LowerTagged(*task_.space, task_.data->task.shape, Top()),
               {state->weights, state->momentum, state->average});
}

double Trainer::Update(TrainState* state, double learning_rate) {
  const at::NoGradGuard no_grad;
  const at::Tensor norm = gradient_.norm();
  gradient_.mul_((kMaxGradientNorm / (norm + 1e-6)).clamp_max(1.0));
  const int64_t decayed = task_.layers->decayed();
  gradient_.narrow(0, 0, decayed)
      .add_(state->weights.narrow(0, 0, decayed), task_.config.weight_decay);
  state->momentum.mul_(task_.config.momentum).add_(gradient_);
  state->weights.add_(gradient_, -learning_rate)
      .add_(state->momentum, -learning_rate * task_.config.momentum);
  gradient_.zero_();
  ++state->step;
  // A young average forgets faster, or the random start would stay in it.
  const auto steps = static_cast<double>(state->step);
  const double decay = std::min(task_.config.ema_decay, (1 + steps) / (10 + steps));
  state->average.lerp_(state->weights, task_.config.ema_decay > 0 ? 1 - decay : 1.0);
  return norm.item<double>();
}

Expected<void> Trainer::Run(TrainState* state, const StopToken& stop,
                            const StepObserver& observer) {
  const std::vector<at::Tensor> leaves = MakeLeaves(*state);
  const int64_t per_epoch = steps_per_epoch();
  Prefetcher batches(state->step, total_steps(), [this, per_epoch](int64_t step) {
    std::set<Resolution> resolutions;
    for (const Architecture& a : NetworksOf(step)) resolutions.insert(a.resolution);
    return maker_.Make(step / per_epoch, step % per_epoch, resolutions);
  });
  while (state->step < total_steps()) {
    if (stop.stop_requested()) return Error{ErrorCode::kInterrupted, "training was stopped"};
    SortWhereDue(state);
    const TrainBatch batch = batches.Next();
    const at::Tensor loss = Accumulate(batch, NetworksOf(state->step), leaves);
    const double learning_rate = LearningRate(state->step);
    const double norm = Update(state, learning_rate);
    const StepReport report{state->step,   loss.item<double>(),
                            learning_rate, static_cast<int>(batch.labels.size()),
                            norm,          norm > kMaxGradientNorm};
    if (!std::isfinite(report.loss)) {
      return Error{ErrorCode::kUsage, "training diverged at step " + std::to_string(report.step) +
                                          ": the loss is no longer a number; lower "
                                          "supernet.learning_rate"};
    }
    if (auto observed = observer(report, *state); !observed) return observed.error();
  }
  return {};
}

}  // namespace mcunas
