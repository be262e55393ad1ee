#include "cli/run/start_networks.h"

#include "common/file.h"
#include "nas/space/enumerate.h"

namespace mcunas {

Expected<std::vector<Architecture>> StartNetworks(const ExperimentConfig& config) {
  std::vector<Architecture> networks;
  for (const std::string& file : config.search.start) {
    const auto text = ReadFile(file);
    if (!text) return text.error().WithContext("search.start");
    auto architecture = ArchitectureFromJson(*text);
    if (!architecture) return architecture.error().WithContext("search.start: " + file);
    if (!Contains(config.space, *architecture)) {
      return Error{ErrorCode::kUsage, "search.start: " + file +
                                          " holds a network that the space does not; add its "
                                          "choices to space or leave the file out"};
    }
    networks.push_back(std::move(*architecture));
  }
  return networks;
}

}  // namespace mcunas
