// What a group of operators costs: the edges (i, j, mode) of the planner's graph.
//
// The family of plans, in bytes of the arena while group [i, j) runs:
//   every tensor made before i and read in the group or later, whole
// + the output of operator j - 1 and every inner tensor that later groups read, whole
// + rings of the other inner tensors: (rows - 1) * width + columns pixels, which lie between the
//   first pixel that a reader still needs and the last that is there (stream_facts.h); a tensor
//   with several readers in a group that is no chain is kept whole
// + the ring of a streamed or re-readable network input that only this group reads: whole rows
//   (where that is less than the whole input, its overlap with the output counted)
// + int32 sums (global pool: 4 C; channel tiles: 4 * output)
// - the larger of two savings, neither with strips, bands, channel tiles, global pools or
//   whole-input readers:
//   - what the output shares with one dying tensor. It may begin `down` bytes below that tensor:
//     the least distance at which no row is written over before its last reader is through (rows
//     of the dying tensor, rows or segments of the output). Element-wise operators may write
//     exactly over an operand.
//   - what its last rows share with rings. Before they are begun the operators at the head of the
//     group are through, and the rings that these read are free (in the order in which they fall
//     free, each beyond the rows written before).
// Sizes and distances are rounded to kTensorAlignment.
//
// An example: conv 3x3 from 6x6x2 to 6x6x8, conv 3x3 to 6x6x2 together, whole rows, resident input.
//   the input, whole                                                  72
// + the output, whole                                                 72
// + the ring of tensor 0: a window of 3 rows, 2 * 6 + 6 pixels of 8  144
// - what the output shares with the input                             72
// = bytes of the arena (layer by layer: 312)                         216
// When row y of the output is written, operator 0 has made rows 0 .. y + 1 of its own and needs the
// input from row y + 1 on: from byte 12 (y + 1), where row y of the output ends. So `down` is 0,
// and the output lies exactly over the input. The arena row by row, a letter for 12 bytes: a..f
// rows of the input that are still needed, A..F rows in the ring, 0..5 rows of the output.
//             0           144   216
//   at first  ............ abcdef
//   row 0     AAAABBBB.... 0bcdef
//   row 1     AAAABBBBCCCC 01cdef
//   row 2     DDDDBBBBCCCC 012def
//   row 3     DDDDEEEECCCC 0123ef
//   row 4     DDDDEEEEFFFF 01234.
//   row 5     ....EEEEFFFF 012345
//
// Sources: row rings and in/out overlap as in vMCU (Zheng et al., MLSys 2024), pixel rings as in
// StreamNet (Zheng et al., NeurIPS 2023), strips and tiles as in MCUNetV2 (Lin et al., NeurIPS
// 2021), channel tiles as in Pex (Liu et al., 2022).
#pragma once

#include <algorithm>
#include <array>
#include <cstdint>
#include <optional>
#include <vector>

#include "common/index.h"
#include "memory_model/execution_plan.h"
#include "memory_model/planner/stream_facts.h"

namespace mcunas {

struct GroupCost {
  int64_t peak = 0;      // arena bytes, see above
  int64_t macs = 0;      // recomputed columns and rows included
  int64_t overhead = 0;  // estimated instructions beyond whole rows; orders plans that tie
};

// How the output of a group lies over a tensor that dies in it.
struct Overlap {
  int tensor = -2;  // the dying tensor; -2: none
  int64_t down = 0;
  int64_t saved = 0;
};

// Rings that lie over the end of the output; offsets from its beginning.
struct Tail {
  std::vector<int64_t> inner;  // of tensors first .. last - 2; -1: the ring lies elsewhere
  int64_t input = -1;          // of the ring of the network's input
  int64_t bytes = 0;           // of output and these rings together
  int64_t saved = 0;
};

// Everything that layout needs to know of one group.
struct GroupNeeds {
  GroupCost cost;
  Overlap overlap;  // at most one of overlap and tail saves anything
  Tail tail;
  std::vector<TensorPlacement> inner;  // tensors first .. last - 1, offsets unset
  TensorPlacement input;               // ring of the network input; ring_pixels 0: not here
  int64_t state_bytes = 0;
};

constexpr int kMostStrips = 8;  // per group, and bands
// In one group: each takes 16 bytes of stack while it runs, which kStackEstimate has for so many.
constexpr int kMostOperators = 30;

// Grows a group backwards from its last operator, one operator a step, in O(rows) each.
class GroupScan {
 public:
  GroupScan(const StreamFacts& facts, InputMode input_mode)
      : facts_(facts), input_mode_(input_mode) {}

  // Begins anew before `last_operator`. `variant`: strips, bands (at most kMostStrips) and segment
  // of PlanGroup; first and last are ignored.
  void Restart(int last_operator, const PlanGroup& variant);

  // Takes in the operator before the first (at the beginning: the last operator). False: no group
  // of this variant begins there or earlier.
  bool Extend();
  int first() const { return first_; }
  // Of [first(), last operator]; nothing where the peak is above `bound`. Pre-condition: Extend()
  // returned true.
  std::optional<GroupCost> CostWithin(int64_t bound) const;
  GroupNeeds Needs() const;
  int widest() const { return widest_; }  // columns of its widest operator
  // No group with the same end that begins here or earlier needs less.
  int64_t least_peak() const {
    const int64_t tail = one_tile_ ? std::min(ring_bytes_, facts_.tensor(last_).size) : 0;
    return whole_bytes_ + ring_bytes_ + state_bytes_ - tail;
  }

 private:
  struct Range {
    int from = 0, to = 0;
  };
  // The cheaper of the network's input as a ring and whole.
  struct Sharing {
    int64_t input_ring = 0;  // bytes; 0: the input, if read here, lies whole in the arena
    Overlap overlap;
    Tail tail;
    int64_t saved = 0;
  };
  struct FreedRing {
    int row = 0;  // of the output, before which nobody reads the ring any more
    int tensor = 0;
    int64_t size = 0;
  };
  using Ranges = std::array<Range, kMostStrips>;
  struct Inner {  // per operator of the group, from the last backwards
    int64_t ring_pixels = 0;
    int width = 0;
    int reach = 0;  // columns asked for in a row; the rest of it is made with the next row
    int64_t columns = 0, rows = 0;  // computed in all strips, in all bands
    Ranges strips, bands;           // columns and rows of each; unused where there is one
  };

  const Inner& At(int op) const { return inner_[Index(last_ - op)]; }
  int Limit(int op) const;  // columns that it computes at a time
  int RowsAsked(int op, int y) const;
  int RowsThrough(int op, int y, bool row_end) const;
  bool Joins(int op) const;
  static void Divide(int size, int parts, Ranges* ranges);
  int64_t MostSaved() const;
  int64_t BytesApart() const;
  void AddLast(Inner* inner);
  void AddInner(int op, Inner* inner);
  void ReachReader(const TensorReader& reader, int op, Inner* inner) const;
  void CountTiles(int op, Inner* inner) const;
  void PlaceRing(int op, Inner* inner) const;
  void FillRowsAsked(int op);
  void NoteBoundary(int op);
  int64_t InputRing() const;
  int64_t FirstByteNeeded(int tensor, int y, bool row_end) const;
  int64_t LeastDistance(int tensor) const;
  Overlap OverlapWith(int tensor) const;
  Overlap BestOverlap(bool with_input) const;
  int FreedBefore(int tensor) const;
  std::vector<FreedRing> FreedRings(int64_t input_ring) const;
  Tail TailOver(int64_t input_ring) const;
  Sharing Share(int64_t input_ring) const;
  Sharing BestSharing() const;

  const StreamFacts& facts_;
  InputMode input_mode_;
  PlanGroup variant_;
  int last_ = 0;
  int first_ = 0;
  bool one_tile_ = true;
  bool linked_ = true;    // a chain so far
  bool escapes_ = false;  // later groups read a tensor other than the last
  int widest_ = 0;
  int64_t ring_bytes_ = 0;
  int64_t whole_bytes_ = 0;  // output and inner tensors that later groups read
  int64_t state_bytes_ = 0;
  int64_t macs_ = 0;
  int64_t overhead_ = 0;
  std::vector<Inner> inner_;
  // [last - op][y]: rows of op begun when the last operator has computed row y
  std::vector<int> rows_asked_;
  std::vector<int> boundary_;  // tensors made before the group and read in it
};

// Cost and layout needs of one group of any mode. Pre-condition: the group is legal.
GroupNeeds DescribeGroup(const StreamFacts& facts, InputMode input_mode, const PlanGroup& group);

}  // namespace mcunas
