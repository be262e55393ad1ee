// PixelMemory: which pixels are intact in the arena, and who destroyed the others.
//
// Every unit of memory has at most one owner, the pixel that was written there last. Flat arrays:
// 4 bytes per unit (the greatest common divisor of all offsets and pixel sizes) and per pixel.
#pragma once

#include <cstdint>
#include <vector>

#include "common/index.h"
#include "memory_model/execution_plan.h"
#include "network/network.h"

namespace mcunas {

class PixelMemory {
 public:
  // What became of a pixel: kNeverWritten, kIntact or the id (>= 0) of the pixel written over it.
  static constexpr int32_t kNeverWritten = -1;
  static constexpr int32_t kIntact = -2;

  // Pre-condition: placements, states and moves lie inside their regions, fewer than 2^31 pixels
  // and units.
  PixelMemory(const Network& network, const ExecutionPlan& plan);

  // Pixels [column, end) of one row now own their bytes; whatever lay there is destroyed.
  void Write(int tensor, int row, int column, int end);
  // Writes the sums `state` (index into plan.states) or asks whether they are intact.
  void WriteState(int state);
  bool StateIntact(int state) const { return fates_[state_ids_[Index(state)]] == kIntact; }

  int32_t fate(int tensor, int row, int column) const {
    return fates_[PixelId(tensor, row, column)];
  }
  // First byte of a pixel, counted through all regions.
  int64_t address(int tensor, int row, int column) const;

  // All pixels are as if never written, and rows begin at column `first_column` from now on.
  void Forget(int tensor, int first_column);
  // memmove of the whole ring.
  void Move(const TensorMove& move);

  // The pixel behind an id >= 0; a state has row and column -1.
  struct Pixel {
    int tensor = 0;
    int row = 0;
    int column = 0;
  };
  Pixel PixelOf(int32_t id) const;

  // Highest byte ever written plus one, per region.
  const std::vector<int64_t>& touched() const { return touched_; }

 private:
  struct Ring {
    int64_t begin = 0;  // in units through all regions, like every length here
    int64_t pixels = 0;
    int64_t pixel_units = 0;
    int64_t region_begin = 0;
    int region = 0;
    int row_pixels = 0;
    int first_column = 0;
    int map_width = 0;
    size_t first_id = 0;
    size_t id_count = 0;
  };
  const Ring& ring(int tensor) const { return rings_[tensor]; }
  size_t PixelId(int tensor, int row, int column) const {
    const Ring& r = ring(tensor);
    return r.first_id + Index(row) * Index(r.map_width) + Index(column);
  }
  int64_t Slot(const Ring& r, int row, int column) const {
    return (int64_t{row} * r.row_pixels + column - r.first_column) % r.pixels;
  }
  void Place(Ring* ring, int region, int64_t offset) const;
  void Claim(size_t id, int64_t begin, int64_t units);
  void Touch(int region, int64_t end_unit);
  void Disown(const Ring& r);

  PerTensor<Ring> rings_;
  int64_t unit_ = 1;  // bytes
  std::vector<int64_t> region_begin_;
  std::vector<size_t> state_ids_;
  std::vector<StatePlacement> states_;
  std::vector<int32_t> owners_;  // per unit, -1 = nobody
  std::vector<int32_t> fates_;   // per pixel, then per state
  std::vector<int64_t> touched_;
};

}  // namespace mcunas
