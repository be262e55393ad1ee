// The laws of one operator by itself: what verify.h demands of its kind, given that its operands
// exist.
#pragma once

#include <optional>
#include <string>

#include "network/network.h"

namespace mcunas {

// What is wrong, in the words of the message; mostly nothing.
using Problem = std::optional<std::string>;

// Window, output shape, activation, constants, corner and sampling. Shapes must have legal sizes.
Problem CheckLawsOfKind(const Operator& op);

std::string ListText(const Shape& shape);  // "[40, 40, 16]", as in the JSON

}  // namespace mcunas
