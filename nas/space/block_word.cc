#include "nas/space/block_word.h"

#include <fmt/format.h>
#include <charconv>

namespace mcunas {
namespace {

bool Take(std::string_view prefix, std::string_view* text) {
  if (!text->starts_with(prefix)) return false;
  text->remove_prefix(prefix.size());
  return true;
}

template <typename T>
bool TakeNumber(std::string_view* text, T* value) {
  const auto [end, error] = std::from_chars(text->data(), text->data() + text->size(), *value);
  if (error != std::errc()) return false;
  text->remove_prefix(static_cast<size_t>(end - text->data()));
  return true;
}

bool TakeKernel(std::string_view* text, int* kernel) {
  return Take("k", text) && TakeNumber(text, kernel) &&
         (*kernel == 3 || *kernel == 5 || *kernel == 7);
}

bool TakeWidth(std::string_view* text, double* width) {
  return TakeNumber(text, width) && *width >= kLeastBlockWidth && *width <= kMostBlockWidth;
}

bool TakeRatio(std::string_view* text, double* ratio) {
  return TakeNumber(text, ratio) && *ratio > 0 && *ratio <= 1;
}

bool TakeKind(std::string_view* text, BlockChoice* block) {
  if (Take("identity", text)) {
    block->kind = BlockKind::kSkip;
    return true;
  }
  if (Take("plain_", text)) {
    block->kind = BlockKind::kPlain;
    return TakeKernel(text, &block->kernel);
  }
  block->kind = text->starts_with("mb") ? BlockKind::kMbconv : BlockKind::kFused;
  if (!Take("mb", text) && !Take("fused", text)) return false;
  return TakeNumber(text, &block->expansion) && block->expansion >= 1 &&
         block->expansion <= kMostExpansion && TakeKernel(text, &block->kernel);
}

// One suffix, which must not have been there before.
bool TakeSuffix(std::string_view* text, BlockChoice* block) {
  const BlockChoice fresh;
  if (Take("_w", text)) return block->width == fresh.width && TakeWidth(text, &block->width);
  if (Take("_se", text)) return block->se == fresh.se && TakeRatio(text, &block->se);
  if (Take("_hswish", text)) {
    const bool first = block->act == fresh.act;
    block->act = BlockActivation::kHardSwish;
    return first;
  }
  if (Take("_4bit", text)) {
    const bool first = block->bits == fresh.bits;
    block->bits = 4;
    return first;
  }
  return false;
}

}  // namespace

std::optional<BlockChoice> ParseBlockWord(std::string_view word) {
  BlockChoice block;
  if (!TakeKind(&word, &block)) return std::nullopt;
  while (!word.empty()) {
    if (!TakeSuffix(&word, &block)) return std::nullopt;
  }
  return Canonical(block);
}

std::string BlockWord(const BlockChoice& block) {
  std::string word;
  switch (block.kind) {
    case BlockKind::kSkip:
      word = "identity";
      break;
    case BlockKind::kPlain:
      word = fmt::format("plain_k{}", block.kernel);
      break;
    case BlockKind::kFused:
      word = fmt::format("fused{}k{}", block.expansion, block.kernel);
      break;
    case BlockKind::kMbconv:
      word = fmt::format("mb{}k{}", block.expansion, block.kernel);
      break;
  }
  if (block.width != 1) word += fmt::format("_w{}", block.width);
  if (block.se != 0) word += fmt::format("_se{}", block.se);
  if (block.act == BlockActivation::kHardSwish) word += "_hswish";
  if (block.bits == 4) word += "_4bit";
  return word;
}

}  // namespace mcunas
