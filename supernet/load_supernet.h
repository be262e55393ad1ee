// Loads the LibTorch shared object and makes a SupernetService.
#pragma once

#include <memory>
#include <string>

#include "supernet/supernet_service.h"

namespace mcunas {

// kUnsupported with the install hint when mcunas was built without LibTorch, the object is missing
// or does not load (the message is the loader's); data errors as the datasets report them.
Expected<std::unique_ptr<SupernetService>> LoadSupernet(const SupernetRequest& request);

// Loads the shared object as LoadSupernet does, LibTorch with it, and makes nothing: a second or
// two. Where it lies (MCUNAS_SUPERNET_LIBRARY, else beside the program, else in its lib folder) or
// the error of LoadSupernet.
Expected<std::string> CheckSupernetLibrary();

}  // namespace mcunas
