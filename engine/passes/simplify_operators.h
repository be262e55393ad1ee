// Operators that constants make simpler, and operators that change nothing.
#pragma once

#include "engine/passes/value_ranges.h"
#include "network/quantized_network.h"

namespace mcunas {

// A sum or product with a tensor that is constant becomes one with constants. Readers of an
// operator that only copies (a reshape to the same shape, an enlargement by one, a lookup that maps
// every possible value to itself) read what it copies; it stays, for nobody, unless it is an
// output. Bytes of all outputs are the same. Returns whether anything changed; `ranges` are those
// of the network and hold afterwards too.
bool SimplifyOperators(const ValueRanges& ranges, QuantizedNetwork* network);

}  // namespace mcunas
