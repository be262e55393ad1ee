#include "memory_model/execution_plan.h"

namespace mcunas {

const char* GroupModeName(GroupMode mode) {
  switch (mode) {
    case GroupMode::kLayerwise:
      return "layerwise";
    case GroupMode::kRowStream:
      return "row_stream";
    case GroupMode::kStrips:
      return "strips";
    case GroupMode::kPatches:
      return "patches";
    case GroupMode::kChannelTiles:
      return "channel_tiles";
  }
  return "unknown";
}

const char* InputModeName(InputMode mode) {
  switch (mode) {
    case InputMode::kResident:
      return "resident";
    case InputMode::kStreamed:
      return "streamed";
    case InputMode::kRereadable:
      return "rereadable";
  }
  return "unknown";
}

}  // namespace mcunas
