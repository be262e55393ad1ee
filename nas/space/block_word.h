// Blocks in words: "mb6k5", "fused3k3_hswish", "plain_k3_4bit", "identity".
//
//   block    = "identity" | "mb" E "k" K | "fused" E "k" K | "plain_k" K, followed by suffixes
//   suffixes = "_w" WIDTH | "_se" RATIO | "_hswish" | "_4bit", each at most once
//
// E: expansion, 1 to 16; K: kernel, 3, 5 or 7; WIDTH: of the block, 0.05 to 4; RATIO: above 0, at
// most 1.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "nas/space/block_choice.h"

namespace mcunas {

// `identity` reads as kind skip. Nothing where the word is none.
std::optional<BlockChoice> ParseBlockWord(std::string_view word);

// Reads back as an equal block.
std::string BlockWord(const BlockChoice& block);

inline constexpr const char* kBlockWordHelp =
    "words like identity, mb6k5, fused4k3, plain_k3, with suffixes _w0.5, _se0.25, _hswish, _4bit";

}  // namespace mcunas
