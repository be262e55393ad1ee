// The fields of a block, one by one.
#pragma once

#include <algorithm>
#include <vector>

#include "nas/space/block_choice.h"

namespace mcunas {

// visit(pointer to member) for every field, in the order of their genes.
template <typename Visit>
void ForEachBlockField(const Visit& visit) {
  visit(&BlockChoice::kernel);
  visit(&BlockChoice::expansion);
  visit(&BlockChoice::kind);
  visit(&BlockChoice::width);
  visit(&BlockChoice::se);
  visit(&BlockChoice::act);
  visit(&BlockChoice::bits);
}

// Values of a field among the options, each once, in their order.
template <typename Field>
std::vector<Field> ValuesOf(const std::vector<BlockChoice>& options, Field BlockChoice::*field) {
  std::vector<Field> values;
  for (const BlockChoice& option : options) {
    if (std::find(values.begin(), values.end(), option.*field) == values.end()) {
      values.push_back(option.*field);
    }
  }
  return values;
}

int DifferentFields(const BlockChoice& a, const BlockChoice& b);

// The options with this value of the field whose other fields are nearest to the block's: one where
// the options are a product of lists.
template <typename Field>
std::vector<BlockChoice> NearestWith(const std::vector<BlockChoice>& options,
                                     const BlockChoice& block, Field BlockChoice::*field,
                                     Field value) {
  std::vector<BlockChoice> nearest;
  BlockChoice wanted = block;
  wanted.*field = value;
  int fewest = 0;
  for (const BlockChoice& option : options) {
    if (option.*field != value) continue;
    const int different = DifferentFields(option, wanted);
    if (nearest.empty() || different < fewest) nearest.clear();
    if (nearest.empty()) fewest = different;
    if (different == fewest) nearest.push_back(option);
  }
  return nearest;
}

}  // namespace mcunas
