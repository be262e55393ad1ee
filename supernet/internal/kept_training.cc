#include "supernet/internal/kept_training.h"

#include <optional>
#include <vector>

namespace mcunas {
namespace {

std::vector<float> ToVector(const at::Tensor& tensor) {
  const at::Tensor host = tensor.to(at::kCPU).contiguous();
  return {host.data_ptr<float>(), host.data_ptr<float>() + host.numel()};
}

at::Tensor ToTensor(const std::vector<float>& values, at::Device device) {
  return at::from_blob(const_cast<float*>(values.data()), {static_cast<int64_t>(values.size())},
                       at::kFloat)
      .clone()
      .to(device);
}

}  // namespace

Expected<bool> KeptTraining::Restore(TrainState* state) const {
  const auto found = NewestCheckpoint(folder_, fingerprint_);
  if (!found) return found.error();
  if (!found->has_value()) return false;
  const Checkpoint& checkpoint = **found;
  if (checkpoint.weights.size() != static_cast<size_t>(state->weights.numel())) {
    return Error{ErrorCode::kCorrupt, "the checkpoint holds another number of weights"};
  }
  const at::Device device = state->weights.device();
  state->weights = ToTensor(checkpoint.weights, device);
  state->momentum = ToTensor(checkpoint.momentum, device);
  state->average = ToTensor(checkpoint.average, device);
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
