// NetworkLimits: what training knows of the limits that a search keeps. A value at the door, since
// memory models and strategies stand beside the supernet, not below it.
#pragma once

#include <functional>
#include <optional>
#include <string>

#include "nas/space/architecture.h"

namespace mcunas {

struct NetworkLimits {
  // Whether a network of the space keeps the limits. Pure. Called on any thread, by one at a time;
  // asked once per network. Empty: every network does.
  std::function<bool(const Architecture&)> fits;
  // The one with the most MACs that fits; nothing where nobody knows.
  std::optional<Architecture> largest;
  // Equal for equal limits: all that the two above depend on beside the space.
  std::string identity;
};

}  // namespace mcunas
