#include "memory_model/execution_plan.h"

#include "common/names.h"

namespace mcunas {

const char* GroupModeName(GroupMode mode) { return NameOf(kGroupModes, mode); }

const char* InputModeName(InputMode mode) { return NameOf(kInputModes, mode); }

}  // namespace mcunas
