// Writers of operators with weights.
#pragma once

namespace mcunas {

struct Operator;      // network/network.h
struct WriteContext;  // engine/tflite/write_context_internal.h

// Writes the operator at hand and returns the tensor that later operators read.
int WriteWeighted(WriteContext* to, const Operator& op);

}  // namespace mcunas
