// Loads the LibTorch shared object and makes a SupernetService.
#pragma once

#include <memory>
#include <string>

#include "supernet/supernet_service.h"

namespace mcunas {

// kUnsupported with the install hint when mcunas was built without LibTorch or the object is
// missing; data errors as the datasets report them.
Expected<std::unique_ptr<SupernetService>> LoadSupernet(const SupernetRequest& request);

// Where the shared object lies: MCUNAS_SUPERNET_LIBRARY, else beside the program, else in its lib
// folder. Empty if nowhere.
std::string FindSupernetLibrary();

}  // namespace mcunas
