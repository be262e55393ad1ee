// Loads the LibTorch shared object and makes a SupernetService.
#pragma once

#include <memory>
#include <string>

#include "supernet/supernet_service.h"

namespace mcunas {

// kUnsupported with the install hint when mcunas was built without LibTorch, the object is missing
// or does not load (the message is the loader's); data errors as the datasets report them.
Expected<std::unique_ptr<SupernetService>> LoadSupernet(const SupernetRequest& request);

// Where the shared object lies: MCUNAS_SUPERNET_LIBRARY, else beside the program, else in its lib
// folder. kUnsupported, with the install hint and all places, where it is not.
Expected<std::string> FindSupernetLibrary();

// The same, and loads it as LoadSupernet does, LibTorch with it: a second or two. kUnsupported also
// where it does not load.
Expected<std::string> CheckSupernetLibrary();

}  // namespace mcunas
