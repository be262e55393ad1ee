// Writers of pools and means.
#pragma once

namespace mcunas {

struct Operator;      // network/network.h
struct WriteContext;  // engine/tflite/write_context_internal.h

// Writes the operator at hand and returns the tensor that later operators read.
int WritePools(WriteContext* to, const Operator& op);

}  // namespace mcunas
