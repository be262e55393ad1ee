// ExecutionPlan: in which order rows are computed and where every byte lives.
//
// The language between planner, validator and code generator. Everything is a row: a tensor is a
// ring of pixels in raster order, a whole tensor is a ring with H * W pixels.
//
// How a plan is executed (the contract of all three):
//  1. Groups run in order. Before group g its moves are carried out, in order (memmove).
//  2. A group computes the output of its last operator tile by tile: bands from top to bottom, in
//     each band strips from left to right. Tile (b, s) covers rows [H * b / bands, H * (b + 1) /
//     bands) and columns [W * s / strips, W * (s + 1) / strips) of that output. At the beginning of
//     a tile nothing inside the group is computed.
//  3. In a tile, operator i covers columns [lo_i, hi_i): all of them if strips = 1, otherwise what
//     its readers in the group need, clipped to the map; its rows begin at 0 if the band is the
//     first, otherwise at the first row that a reader in the group needs.
//  4. Operators advance by segments: row y, columns [x, e). The last operator is asked for the last
//     pixel of the tile. Before an operator computes a segment, each operand that the group
//     computes is asked, in the order of the operands, for the last pixel that the segment reads;
//     it computes segments of its own until it has reached that pixel and never goes beyond. A
//     segment of any operator ends at the end of the row (hi_i), at the pixel asked for, or after
//     `segment` columns (0 = no limit), whichever comes first.
//  5. Rows that nobody reads are not computed, except for tensors that later groups read: when the
//     last operator is done, those that lack rows compute the rest, in order of the operators.
//  6. A streamed or re-readable input arrives row by row, whole rows, when a row is asked for; with
//     kRereadable it starts over in every tile (at the first row the tile needs).
//  7. Global average pooling takes part as if it had one output pixel per input pixel: it adds the
//     input to int32 sums (`states`) and writes its output after the last one. It can only be the
//     last operator of a group.
//  8. kChannelTiles: pointwise (expand), depthwise, pointwise (project). For each run of
//     `channel_tile` middle channels the three advance row by row, and project adds to int32 sums
//     (`states`) of its whole output; after the last run the sums become int8, in raster order,
//     exactly where the sums begin. Inner tensors have `channel_tile` bytes a pixel.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "common/named.h"
#include "common/units.h"
#include "network/per_tensor.h"

namespace mcunas {

enum class GroupMode {
  kLayerwise,     // one operator, whole output; output may overlap the dying input
  kRowStream,     // operators advance together, inner tensors are rings
  kStrips,        // the same in vertical strips: narrower rings, columns between strips recomputed
  kPatches,       // strips x bands tiles (MCUNetV2): rows between bands recomputed as well
  kChannelTiles,  // expand, depthwise, project, a few channels at a time
};

inline constexpr Named<GroupMode> kGroupModes[] = {{GroupMode::kLayerwise, "layerwise"},
                                                   {GroupMode::kRowStream, "row_stream"},
                                                   {GroupMode::kStrips, "strips"},
                                                   {GroupMode::kPatches, "patches"},
                                                   {GroupMode::kChannelTiles, "channel_tiles"}};
const char* GroupModeName(GroupMode mode);

struct PlanGroup {
  int first = 0;  // operators [first, last)
  int last = 0;
  GroupMode mode = GroupMode::kLayerwise;
  int strips = 1;  // > 1: no tensor inside the group is read later
  int bands = 1;
  int segment = 0;       // most columns that an operator computes at a time; 0 = whole rows
  int channel_tile = 0;  // of kChannelTiles

  bool operator==(const PlanGroup&) const = default;
};

enum class InputMode {
  kResident,    // the caller's image lies in the arena
  kStreamed,    // rows come once, top to bottom
  kRereadable,  // rows may be asked for again
};

inline constexpr Named<InputMode> kInputModes[] = {{InputMode::kResident, "resident"},
                                                   {InputMode::kStreamed, "streamed"},
                                                   {InputMode::kRereadable, "rereadable"}};
const char* InputModeName(InputMode mode);

// Pixel (y, x) lies at offset + ((y * width + x - lo) % ring_pixels) * pixel_bytes, where lo is the
// first column of the tile for tensors inside a group with strips, 0 otherwise.
struct TensorPlacement {
  int64_t offset = 0;  // where the tensor is made; moves may change it
  int64_t ring_pixels = 0;
  int width = 0;        // pixels from one row to the next: the map's width or the widest strip's
  int pixel_bytes = 0;  // channels (of the tile)
  int region = 0;       // index into the board's SRAM regions

  int64_t size() const { return ring_pixels * pixel_bytes; }
  bool operator==(const TensorPlacement&) const = default;
};

// Before group `group` the whole tensor `tensor` goes to `offset` of `region`.
struct TensorMove {
  int group = 0;
  int tensor = 0;
  int64_t offset = 0;
  int region = 0;

  bool operator==(const TensorMove&) const = default;
};

// int32 sums of operator `op` while its group runs.
struct StatePlacement {
  int op = 0;
  int64_t offset = 0;
  int64_t bytes = 0;
  int region = 0;

  bool operator==(const StatePlacement&) const = default;
};

struct ExecutionPlan {
  std::vector<PlanGroup> groups;  // cover the operators in order, without gaps
  PerTensor<TensorPlacement> tensors;
  std::vector<TensorMove> moves;       // sorted by group
  std::vector<StatePlacement> states;  // sorted by op
  InputMode input_mode = InputMode::kResident;
  Bytes arena;                      // activations, in region 0
  std::vector<Bytes> more_regions;  // activations in regions 1, 2, ...
  Bytes scratch;  // largest kernel scratch; lies behind the activations of region 0
  // No layout of these groups uses less: the max over groups of what must be there at once.
  Bytes live_bound;
  double macs_factor = 1.0;  // MACs of this plan / layer-by-layer MACs
  int peak_operator = 0;     // in the group where the arena is fullest: its largest tensor's maker
};

}  // namespace mcunas
