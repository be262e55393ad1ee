#include "nas/evaluate/weights_recipe.h"

#include <fmt/format.h>

namespace mcunas {

std::string RecipeName(const WeightsRecipe& recipe) {
  const bool inherited = recipe.start == WeightsRecipe::Start::kInherited;
  return fmt::format("{}/{}/{}/{}", inherited ? "inherited" : "random", recipe.epochs, recipe.rate,
                     recipe.decay);
}

}  // namespace mcunas
