// What planning asks of a network again and again, computed once: who reads what, how long tensors
// live, and how many rows of a tensor a reader keeps alive while operators advance together.
#pragma once

#include <cstdint>
#include <vector>

#include "network/network.h"
#include "network/window.h"

namespace mcunas {

// Rows of a tensor between the first that a reader still needs and the last that is there when it
// computes a row, at most.
struct RowsAlive {
  int growing = 0;   // of which the last is made while the reader advances along its row
  int complete = 0;  // all made before: at the bottom of the map, or of enlarged rows
};

// One operand of one operator, seen from the tensor that it reads.
struct TensorReader {
  int op = 0;
  AxisWindow rows, columns;
  // Alone: nobody else asks for rows of the tensor. In a chain: all operators between tensor and
  // reader advance together, so a reader far down (a residual) keeps the rows that the chain asked
  // for meanwhile.
  RowsAlive alone;
  RowsAlive in_chain;
};

struct TensorFacts {
  int64_t size = 0;  // bytes, rounded to kTensorAlignment
  int64_t row_bytes = 0;
  int last_use = -1;                  // last reader; number of operators for outputs of the network
  std::vector<TensorReader> readers;  // in order of operators
};

struct OperatorFacts {
  // The map that the operator computes pixel by pixel: its output, or the input of a global pool.
  int height = 1;
  int width = 1;
  int64_t macs_per_pixel = 0;
  int64_t state_bytes = 0;   // int32 sums while its group runs
  bool follows = false;      // reads the tensor of the operator before it, row by row: a chain link
  bool alone = false;        // reads its whole input: only in a group of its own
  bool last_only = false;    // global pool
  bool elementwise = false;  // may write exactly over the pixel of operand 0 that it reads
};

struct StreamFacts {
  const Network* network = nullptr;
  PerTensor<TensorFacts> tensors;
  PerOperator<OperatorFacts> operators;
  PerOperator<int64_t> live_before;  // bytes of tensors that exist before operator i and are read
                                     // by operator i or later; the last: of the outputs

  int count() const { return operators.end_number(); }
  const TensorFacts& tensor(int t) const { return tensors[t]; }
  const OperatorFacts& op(int i) const { return operators[i]; }
  int tensor_height(int t) const { return network->tensor_shape(t).height; }
  int tensor_width(int t) const { return network->tensor_shape(t).width; }
};

// Pre-condition: VerifyNetwork holds; `network` outlives the result. Cost: O(operators * rows).
StreamFacts ComputeStreamFacts(const Network& network);

// The same for columns, while the reader computes `limit` columns at a time; at most the width.
int ColumnsAlive(const StreamFacts& facts, int tensor, const TensorReader& reader, int limit,
                 bool alone);

}  // namespace mcunas
