// KeptTraining: the state of one training on disk, so that whatever ends the process costs an epoch
// at most.
#pragma once

#include <filesystem>

#include "supernet/internal/checkpoint.h"
#include "supernet/internal/trainer.h"

namespace mcunas {

class KeptTraining {
 public:
  // `folder` belongs to this training alone; `fingerprint` is of all that its trajectory depends on.
  KeptTraining(std::filesystem::path folder, const Hash128& fingerprint)
      : folder_(std::move(folder)), fingerprint_(fingerprint) {}

  // Reads the newest good state into `state`, whose tensors say size and device; false, and `state`
  // as it was, where there is none. Errors as NewestCheckpoint; kCorrupt for another size.
  Expected<bool> Restore(TrainState* state) const;
  Expected<void> Save(const TrainState& state) const;
  // Removes the folder, so that damaged states do not push out new ones.
  void Forget() const;

 private:
  std::filesystem::path folder_;
  Hash128 fingerprint_;
};

}  // namespace mcunas
