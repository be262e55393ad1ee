#include "nas/space/layer_tag.h"

#include "common/check.h"
#include "common/names.h"

namespace mcunas {
namespace {

constexpr Named<LayerRole> kLayerRoles[] = {
    {LayerRole::kStem, "stem"},       {LayerRole::kExpand, "expand"},
    {LayerRole::kConv, "conv"},       {LayerRole::kDepthwise, "depthwise"},
    {LayerRole::kSqueeze, "squeeze"}, {LayerRole::kExcite, "excite"},
    {LayerRole::kProject, "project"}, {LayerRole::kSkip, "conv"},
    {LayerRole::kHead, "head"},       {LayerRole::kClassifier, "classifier"}};

}  // namespace

std::string LayerName(const LayerTag& tag) {
  MCUNAS_CHECK(tag.role != LayerRole::kNone, "a layer without weights has no name");
  const std::string role = NameOf(kLayerRoles, tag.role);
  if (tag.stage < 0) return role;
  const std::string block = "s" + std::to_string(tag.stage) + ".b" + std::to_string(tag.block);
  const bool plain_name = tag.kind == BlockKind::kMbconv;
  return block + (plain_name ? "." : std::string(".") + NameOf(kBlockKinds, tag.kind) + ".") + role;
}

}  // namespace mcunas
