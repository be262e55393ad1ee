// Trainer: sandwich training of an elastic network with in-place distillation.
//
// Every step trains the largest network, the smallest and n random ones on one batch and updates
// the shared weights once with the sum of their gradients (Yu et al., "BigNAS", ECCV 2020). All but
// the largest learn from the largest network's soft output. Every random choice comes from a stream
// named by (seed, scope, epoch, step), so a resumed training takes the same trajectory.
#pragma once

#include <ATen/ATen.h>

#include <functional>
#include <string>
#include <vector>

#include "common/stop.h"
#include "nas/space/architecture.h"
#include "nas/space/space_config.h"
#include "supernet/config.h"
#include "supernet/data/batches.h"
#include "supernet/internal/elastic_layers.h"
#include "supernet/internal/sandwich.h"

namespace mcunas {

// Flat tensors of ElasticLayers::total() elements, on the training device.
struct TrainState {
  at::Tensor weights, momentum, average;
  int64_t step = 0;  // steps done
};

// Before the first step, from these weights, which are copied.
TrainState FreshState(const at::Tensor& weights);

struct TrainTask {
  const ElasticLayers* layers = nullptr;
  const TaskData* data = nullptr;
  const SpaceConfig* space = nullptr;
  SupernetConfig config;  // epochs, batch, learning_rate, ... of this training
  uint64_t seed = 0;
  std::string scope;               // names this training's random streams
  std::vector<Architecture> only;  // train these instead of sandwich samples (fine-tuning)
  NetworkLimits limits;            // of sandwich samples
  at::Device device = at::kCPU;
  bool bfloat16 = false;  // CUDA autocast
};

struct StepReport {
  int64_t step = 0;  // done, this one included
  double loss = 0;   // of the largest network
  double learning_rate = 0;
  int images = 0;
  double gradient_norm = 0;  // before clipping
  bool clipped = false;      // the norm was too large, the step went only so far
};

// Called on the training thread after every step; the weights must not be changed.
using StepObserver = std::function<Expected<void>(const StepReport&, const TrainState&)>;

class Trainer {
 public:
  explicit Trainer(TrainTask task);

  int64_t steps_per_epoch() const { return maker_.steps_per_epoch(); }
  int64_t total_steps() const { return task_.config.epochs * steps_per_epoch(); }
  int64_t images_per_epoch() const { return steps_per_epoch() * maker_.batch_size(); }
  // MACs x images of all steps (nas/evaluate/search_work.h). Cost: all steps' networks are drawn,
  // so that it is cheapest after Run, which has asked about their limits beside its steps.
  double Work() const;

  // From state->step to the last step. kInterrupted when `stop` strikes between two steps (the
  // state is then good to continue from), kUsage when the loss is no longer finite, errors of the
  // observer.
  Expected<void> Run(TrainState* state, const StopToken& stop, const StepObserver& observer);

  // The largest network that every step trains.
  Architecture Top() const { return task_.only.empty() ? sandwich_.Top() : task_.only.front(); }
  // What one step trains, the largest first; no architecture twice.
  std::vector<Architecture> NetworksOf(int64_t step) const;

 private:
  double LearningRate(int64_t step) const;
  // Loss of the first architecture; gradients of all are added up in `gradient_`.
  at::Tensor Accumulate(const TrainBatch& batch, const std::vector<Architecture>& architectures,
                        const std::vector<at::Tensor>& leaves);
  at::Tensor Forward(const TrainBatch& batch, const Architecture& architecture,
                     const std::vector<at::Tensor>& leaves);
  // By the teacher's output, where there is one and the networks learn from it; else by the labels.
  at::Tensor LossOf(const at::Tensor& outputs, const at::Tensor& labels,
                    const at::Tensor& teacher) const;
  // At the step where the warm-up ends, so that a resumed training does it as often as another.
  void SortWhereDue(TrainState* state) const;
  // One step of SGD by `gradient_`, which is then zero. The norm of the gradient as it was.
  double Update(TrainState* state, double learning_rate);
  std::vector<at::Tensor> MakeLeaves(const TrainState& state);

  TrainTask task_;
  BatchMaker maker_;
  Sandwich sandwich_;
  at::Tensor gradient_;  // flat
};

// Colour of padding and cutout: the mean of the training images.
AugmentOptions AugmentationOf(const SupernetConfig& config, const Normalisation& normalisation);

}  // namespace mcunas
