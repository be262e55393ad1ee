#include "nas/space/lower.h"

#include <utility>

#include "nas/space/tagged_network.h"

namespace mcunas {

Network Lower(const SpaceConfig& space, const TaskShape& task, const Architecture& architecture) {
  return std::move(LowerTagged(space, task, architecture).network);
}

}  // namespace mcunas
