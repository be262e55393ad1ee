// Writers of operators that work element by element, and over channels.
#pragma once

namespace mcunas {

struct Operator;      // network/network.h
struct WriteContext;  // engine/tflite/write_context_internal.h

// Each writes the operator at hand and returns the tensor that later operators read.
int WriteElementwise(WriteContext* to, const Operator& op);
int WriteSoftmax(WriteContext* to, const Operator& op);

}  // namespace mcunas
