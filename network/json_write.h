// Network -> JSON, in the format of json_read.h.
#pragma once

#include <string>

#include "network/network.h"

namespace mcunas {

// The key of the second operand of an operator on two tensors.
const char* SecondOperandKey(OpKind kind);

// One operator per line, keys in fixed order, only what differs from the defaults: the same network
// always gives the same bytes. Reading the result back gives an equal network.
std::string NetworkToJson(const Network& network);

}  // namespace mcunas
