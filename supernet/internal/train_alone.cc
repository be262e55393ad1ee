#include "supernet/internal/train_alone.h"

#include <optional>

#include "common/log.h"
#include "common/progress.h"
#include "supernet/internal/kept_training.h"

namespace mcunas {

Expected<at::Tensor> TrainAlone(AloneTraining training, const StopToken& stop) {
  TrainState state = FreshState(training.start);
  std::optional<KeptTraining> kept;
  if (!training.folder.empty()) {
    kept.emplace(training.folder, training.fingerprint);
    const auto restored = kept->Restore(&state);
    if (!restored) {
      LogWarning(restored.error().message + "; training begins anew");
      kept->Forget();
    }
    if (restored && *restored)
      LogInfo(training.label + " goes on after step " + std::to_string(state.step));
  }
  const int64_t every = training.task.config.checkpoint_every;
  Trainer trainer(std::move(training.task));
  ProgressLine line(training.label, trainer.total_steps());
  const auto observe = [&](const StepReport& report, const TrainState& now) -> Expected<void> {
    line.Update(report.step, "loss " + std::to_string(report.loss).substr(0, 5));
    const bool due = report.step % (every * trainer.steps_per_epoch()) == 0;
    if (!kept || !(due || report.step == trainer.total_steps())) return {};
    return kept->Save(now);
  };
  const auto done = trainer.Run(&state, stop, observe);
  if (!done && done.error().code == ErrorCode::kInterrupted && kept) {
    if (auto saved = kept->Save(state); !saved) return saved.error();
  }
  if (!done) return done.error();
  return state.average;
}

}  // namespace mcunas
