// RowMemory: which rows are intact in the arena. The byte-ownership map of the plan validator.
#pragma once

#include <cstdint>
#include <map>
#include <vector>

#include "memory_model/execution_plan.h"

namespace mcunas {

// Who destroyed a row.
struct RowFate {
  enum State { kNeverWritten, kIntact, kDestroyed };
  State state = kNeverWritten;
  int by_tensor = 0;  // kDestroyed: the tensor and row written over it
  int by_row = 0;
};

// Class invariant: the byte ranges of intact rows never overlap.
class RowMemory {
 public:
  // heights[t + 1] is the height of tensor t. Rows of tensor t live where placements[t + 1] says.
  RowMemory(const std::vector<TensorPlacement>& placements, const std::vector<int>& heights);

  // Row `row` of `tensor` now owns its bytes; every intact row that shares a byte with it is
  // destroyed.
  void Write(int tensor, int row);
  const RowFate& fate(int tensor, int row) const;
  // First byte of the row.
  int64_t address(int tensor, int row) const;

 private:
  struct Owner {
    int64_t end = 0;
    int tensor = 0;
    int row = 0;
  };
  const std::vector<TensorPlacement>& placements_;
  std::vector<std::vector<RowFate>> fates_;  // [tensor + 1][row]
  std::map<int64_t, Owner> owners_;          // by first byte
};

}  // namespace mcunas
