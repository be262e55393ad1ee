#include "supernet/internal/kept_training.h"

#include "supernet/internal/host_tensors.h"

namespace mcunas {

Expected<bool> KeptTraining::Restore(TrainState* state) const {
  const auto found = NewestCheckpoint(folder_, fingerprint_);
  if (!found) return found.error();
  if (!found->has_value()) return false;
  const Checkpoint& checkpoint = **found;
  if (checkpoint.weights.size() != static_cast<size_t>(state->weights.numel())) {
    return Error{ErrorCode::kCorrupt, "the checkpoint holds another number of weights"};
  }
  const auto restored = [fresh = state->weights](const std::vector<float>& values) {
    return ToTensor(values, fresh.sizes(), fresh.device());
  };
  state->weights = restored(checkpoint.weights);
  state->momentum = restored(checkpoint.momentum);
  state->average = restored(checkpoint.average);
  state->step = checkpoint.step;
  return true;
}

Expected<void> KeptTraining::Save(const TrainState& state) const {
  return SaveCheckpoint(folder_, {fingerprint_, state.step, ToVector(state.weights),
                                  ToVector(state.momentum), ToVector(state.average)});
}

void KeptTraining::Forget() const {
  std::error_code ignored;
  std::filesystem::remove_all(folder_, ignored);
}

}  // namespace mcunas
