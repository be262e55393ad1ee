// The two C files of a network's tables of constants.
#pragma once

#include <string>

namespace mcunas {

struct GenerationInput;  // engine/codegen/generation_input.h

std::string WeightsHeaderText(const GenerationInput& input);
std::string WeightsSourceText(const GenerationInput& input);

}  // namespace mcunas
