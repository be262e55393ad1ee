// The door to the supernet: everything the rest of mcunas may ask of LibTorch.
//
// Implemented in a shared object that is loaded on first use, so that commands without training
// start without LibTorch. Thread rule: one thread at a time.
#pragma once

#include <cstdint>
#include <memory>
#include <string>

#include "common/expected.h"
#include "common/log.h"
#include "common/stop.h"
#include "nas/evaluate/ports.h"
#include "nas/evaluate/task.h"
#include "nas/evaluate/weights_source.h"
#include "nas/space/space_config.h"
#include "supernet/config.h"
#include "supernet/network_limits.h"

namespace mcunas {

struct SupernetRequest {
  DataConfig data;
  SupernetConfig supernet;
  SpaceConfig space;
  uint64_t seed = 0;
  std::string run_folder;                // checkpoints/, trainings/, TensorBoard events go here
  LogLevel log_level = LogLevel::kInfo;  // what people are shown: the object has a log of its own
  NetworkLimits limits;                  // for trainings that ask (DependsOnLimits)
};

struct TrainSummary {
  int64_t epochs = 0;
  double seconds = 0;  // this process only
  double images_per_second = 0;
  double largest_score = 0;  // of the task, held-out
  double smallest_score = 0;
  double work = 0;  // MACs x images of all its epochs (nas/evaluate/search_work.h)
  bool resumed = false;
};

class SupernetService : public ScoreEvaluator, public WeightsSource {
 public:
  // What the data say about the task; known after creation.
  virtual Task task() const = 0;
  // Images of one epoch.
  virtual int64_t training_images() const = 0;

  // Trains from scratch or from the newest checkpoint in run_folder, to the last epoch. A killed
  // and resumed training takes the same trajectory. A damaged checkpoint is reported and the one
  // before it used; without any good one: kCorrupt. kInterrupted when `stop` strikes, after saving.
  virtual Expected<TrainSummary> Train(const StopToken& stop) = 0;

  // Training that Extract asks for is kept in run_folder too, in trainings/: after a kill it goes on
  // from there, and what was finished is not trained again. This removes what is kept: for when
  // nobody will ask any more.
  virtual void ForgetTrainings() = 0;

  // Evaluate() from ScoreEvaluator: held-out split, batch norm recalibrated for every candidate.
  // Evaluate() and Extract() before Train: kUsage.
};

// Exported by the shared object; LoadSupernet (supernet/load_supernet.h) resolves it.
using CreateSupernetFn = Expected<std::unique_ptr<SupernetService>> (*)(const SupernetRequest&);
inline constexpr const char* kCreateSupernetSymbol = "mcunas_create_supernet";

}  // namespace mcunas
