// Folding of a model that has weights, as verbs offer it: on unless people switch it off.
#pragma once

#include <optional>
#include <string>

#include "cli/model/read_model.h"
#include "engine/passes/fold_channels.h"

namespace CLI {
class App;
}

namespace mcunas {

struct FoldFlags {
  bool off = false;
  FoldOptions options;
};

// --no-folding and --channel-multiple.
void AddFoldFlags(CLI::App* verb, FoldFlags* flags);

// Folds a model with weights; nothing where it has none or folding is off.
std::optional<FoldReport> FoldModel(const FoldFlags& flags, Model* model);

// "folded: 3 766 476 of 7 489 664 MACs left, 1 042 of 2 738 channels, 30 of 30 operators".
std::string FoldText(const FoldReport& report);

}  // namespace mcunas
