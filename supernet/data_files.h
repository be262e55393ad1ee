// What an experiment's data must have on disk, found out without reading an image.
#pragma once

#include "common/expected.h"
#include "nas/space/search_space.h"
#include "supernet/config.h"

namespace mcunas {

// What the data add to the search space, if all files and folders that their kind needs are there;
// else kNotFound, which names the first that is missing. Whether the files are whole shows when
// they are loaded. Cost: a few looks into folders.
Expected<TaskShape> FindData(const DataConfig& config);

}  // namespace mcunas
