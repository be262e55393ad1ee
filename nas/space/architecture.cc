#include "nas/space/architecture.h"

#include <cmath>
#include <nlohmann/json.hpp>

namespace mcunas {
namespace {

using nlohmann::ordered_json;

// Bounds of what a stored genotype may hold; the space itself is checked by Contains.
constexpr int kMaxResolution = 4096;
constexpr int kMaxChoice = 255;
constexpr size_t kMaxStages = 64;
constexpr size_t kMaxDepth = 64;

Error Corrupt(const std::string& what) { return {ErrorCode::kCorrupt, "architecture: " + what}; }

bool ReadInt(const ordered_json& json, const char* key, int max, int* out) {
  const auto found = json.find(key);
  if (found == json.end() || !found->is_number_integer()) return false;
  const auto value = found->get<int64_t>();
  if (value < 1 || value > max) return false;
  *out = static_cast<int>(value);
  return true;
}

bool ReadBlock(const ordered_json& json, BlockChoice* block) {
  return json.is_object() && ReadInt(json, "kernel", kMaxChoice, &block->kernel) &&
         ReadInt(json, "expansion", kMaxChoice, &block->expansion);
}

bool ReadStage(const ordered_json& json, std::vector<BlockChoice>* stage) {
  if (!json.is_array() || json.empty() || json.size() > kMaxDepth) return false;
  stage->resize(json.size());
  for (size_t i = 0; i < json.size(); ++i) {
    if (!ReadBlock(json[i], &(*stage)[i])) return false;
  }
  return true;
}

bool ReadWidth(const ordered_json& json, double* width) {
  const auto found = json.find("width");
  if (found == json.end() || !found->is_number()) return false;
  *width = found->get<double>();
  return std::isfinite(*width) && *width > 0;
}

}  // namespace

std::string ArchitectureToJson(const Architecture& architecture) {
  ordered_json stages = ordered_json::array();
  for (const auto& stage : architecture.stages) {
    ordered_json blocks = ordered_json::array();
    for (const BlockChoice& block : stage) {
      blocks.push_back({{"kernel", block.kernel}, {"expansion", block.expansion}});
    }
    stages.push_back(std::move(blocks));
  }
  return ordered_json{{"resolution", architecture.resolution},
                      {"width", architecture.width},
                      {"stages", std::move(stages)}}
      .dump();
}

Expected<Architecture> ArchitectureFromJson(std::string_view text) {
  const auto json = ordered_json::parse(text, nullptr, /*allow_exceptions=*/false);
  if (json.is_discarded()) return Corrupt("not JSON");
  if (!json.is_object()) return Corrupt("must be a JSON object");
  Architecture result;
  if (!ReadInt(json, "resolution", kMaxResolution, &result.resolution)) {
    return Corrupt("'resolution' must be a whole number from 1 to 4096");
  }
  if (!ReadWidth(json, &result.width)) return Corrupt("'width' must be a number above 0");
  const auto stages = json.find("stages");
  if (stages == json.end() || !stages->is_array() || stages->size() > kMaxStages) {
    return Corrupt("'stages' must be a list of lists of blocks");
  }
  result.stages.resize(stages->size());
  for (size_t s = 0; s < stages->size(); ++s) {
    if (!ReadStage((*stages)[s], &result.stages[s])) {
      return Corrupt("stage " + std::to_string(s) +
                     " must be a list of {\"kernel\": k, \"expansion\": e}");
    }
  }
  return result;
}

}  // namespace mcunas
