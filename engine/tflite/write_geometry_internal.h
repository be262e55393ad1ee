// Writers of operators that move bytes, and the pieces other writers are made of.
#pragma once

#include <cstdint>
#include <vector>

#include "network/network.h"

namespace mcunas {

struct WriteContext;  // engine/tflite/write_context_internal.h

// Writes the operator at hand and returns the tensor that later operators read.
int WriteGeometry(WriteContext* to, const Operator& op);

// Pieces that several families are made of.
int WriteReshape(WriteContext* to, const Shape& shape, int from, int output);
void AddPad(WriteContext* to, int operand, const Padding& p, int output);
void AddConcatenation(WriteContext* to, const std::vector<int32_t>& parts, int axis, int output);
// A part of a map: SLICE.
void AddWholeSlice(WriteContext* to, int operand, const Corner& c, const Shape& shape, int output);
// Every stride-th row and column of one: STRIDED_SLICE.
struct StridedPart {
  int row, column, stop_row, stop_column;
  Extent stride;
  int channels;  // the last one plus one
  int channel = 0;
};
void AddSlice(WriteContext* to, int operand, const StridedPart& s, int output);

}  // namespace mcunas
