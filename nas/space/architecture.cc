#include "nas/space/architecture.h"

#include <cmath>
#include <nlohmann/json.hpp>

#include "common/names.h"

namespace mcunas {
namespace {

using nlohmann::ordered_json;

// Bounds of what a stored genotype may hold; the space itself is checked by Contains.
constexpr int kMaxResolution = 4096;
constexpr int kMaxChoice = 255;
constexpr int kMaxStageChannels = 1 << 20;
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

// One number, or [height, width].
bool ReadResolution(const ordered_json& json, Resolution* out) {
  const auto found = json.find("resolution");
  if (found == json.end()) return false;
  const bool pair = found->is_array() && found->size() == 2;
  const ordered_json sides = {{"height", pair ? (*found)[0] : *found},
                              {"width", pair ? (*found)[1] : *found}};
  return ReadInt(sides, "height", kMaxResolution, &out->height) &&
         ReadInt(sides, "width", kMaxResolution, &out->width);
}

ordered_json ResolutionJson(const Resolution& resolution) {
  if (resolution.square()) return resolution.height;
  return ordered_json::array({resolution.height, resolution.width});
}

// Absent: the default.
bool ReadReal(const ordered_json& json, const char* key, double least, double* out) {
  const auto found = json.find(key);
  if (found == json.end()) return true;
  if (!found->is_number()) return false;
  *out = found->get<double>();
  return std::isfinite(*out) && *out >= least;
}

template <typename T, size_t N>
bool ReadWord(const ordered_json& json, const char* key, const Named<T> (&table)[N], T* out) {
  const auto found = json.find(key);
  if (found == json.end()) return true;
  const auto value = found->is_string() ? ValueOf(table, found->get<std::string>()) : std::nullopt;
  if (value) *out = *value;
  return value.has_value();
}

bool ReadBlock(const ordered_json& json, BlockChoice* block) {
  return json.is_object() && ReadInt(json, "kernel", kMaxChoice, &block->kernel) &&
         ReadInt(json, "expansion", kMaxChoice, &block->expansion) &&
         ReadWord(json, "kind", kBlockKinds, &block->kind) &&
         ReadReal(json, "width", kLeastBlockWidth, &block->width) &&
         ReadReal(json, "se", 0, &block->se) &&
         ReadWord(json, "act", kBlockActivations, &block->act) &&
         (!json.contains("bits") || ReadInt(json, "bits", 8, &block->bits)) &&
         *block == Canonical(*block);
}

ordered_json BlockJson(const BlockChoice& block) {
  const BlockChoice usual;
  ordered_json json = {{"kernel", block.kernel}, {"expansion", block.expansion}};
  if (block.kind != usual.kind) json["kind"] = NameOf(kBlockKinds, block.kind);
  if (block.width != usual.width) json["width"] = block.width;
  if (block.se != usual.se) json["se"] = block.se;
  if (block.act != usual.act) json["act"] = NameOf(kBlockActivations, block.act);
  if (block.bits != usual.bits) json["bits"] = block.bits;
  return json;
}

// Absent: none.
bool ReadChannels(const ordered_json& json, size_t stages, std::vector<int>* channels) {
  const auto found = json.find("channels");
  if (found == json.end()) return true;
  if (!found->is_array() || found->size() != stages) return false;
  for (const ordered_json& count : *found) {
    if (!count.is_number_integer() || count < 0 || count > kMaxStageChannels) return false;
    channels->push_back(count.get<int>());
  }
  return true;
}

bool ReadStage(const ordered_json& json, std::vector<BlockChoice>* stage) {
  if (!json.is_array() || json.size() > kMaxDepth) return false;
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
      blocks.push_back(BlockJson(block));
    }
    stages.push_back(std::move(blocks));
  }
  ordered_json json = {{"resolution", ResolutionJson(architecture.resolution)},
                       {"width", architecture.width},
                       {"stages", std::move(stages)}};
  if (!architecture.channels.empty()) json["channels"] = architecture.channels;
  return json.dump();
}

Expected<Architecture> ArchitectureFromJson(std::string_view text) {
  const auto json = ordered_json::parse(text, nullptr, /*allow_exceptions=*/false);
  if (json.is_discarded()) return Corrupt("not JSON");
  if (!json.is_object()) return Corrupt("must be a JSON object");
  Architecture result;
  if (!ReadResolution(json, &result.resolution)) {
    return Corrupt("'resolution' must be a whole number from 1 to 4096, or two of them");
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
  if (!ReadChannels(json, result.stages.size(), &result.channels)) {
    return Corrupt("'channels' must hold a whole number of at least 0 for every stage");
  }
  return result;
}

}  // namespace mcunas
