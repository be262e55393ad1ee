#include "memory_model/judge/pixel_memory.h"

#include <algorithm>
#include <numeric>

#include "common/index.h"

namespace mcunas {
namespace {

int64_t GreatestUnit(const ExecutionPlan& plan) {
  int64_t unit = 0;
  for (const TensorPlacement& p : plan.tensors)
    unit = std::gcd(std::gcd(unit, p.offset), int64_t{p.pixel_bytes});
  for (const StatePlacement& s : plan.states) unit = std::gcd(std::gcd(unit, s.offset), s.bytes);
  for (const TensorMove& m : plan.moves) unit = std::gcd(unit, m.offset);
  return std::max<int64_t>(unit, 1);
}

// Bytes of every region that anything is placed in.
std::vector<int64_t> RegionSizes(const ExecutionPlan& plan) {
  std::vector<int64_t> sizes(plan.more_regions.size() + 1, 0);
  const auto cover = [&](int region, int64_t end) {
    int64_t& size = sizes[Index(region)];
    size = std::max(size, end);
  };
  for (const TensorPlacement& p : plan.tensors) cover(p.region, p.offset + p.size());
  for (const StatePlacement& s : plan.states) cover(s.region, s.offset + s.bytes);
  for (const TensorMove& m : plan.moves) cover(m.region, m.offset + plan.tensors[m.tensor].size());
  return sizes;
}

}  // namespace

PixelMemory::PixelMemory(const Network& network, const ExecutionPlan& plan)
    : unit_(GreatestUnit(plan)), states_(plan.states) {
  int64_t units = 0;
  for (int64_t size : RegionSizes(plan)) {
    region_begin_.push_back(units);
    units += (size + unit_ - 1) / unit_;
  }
  touched_.assign(region_begin_.size(), 0);
  owners_.assign(Index(units), -1);
  size_t ids = 0;
  for (int t = kNetworkInput; t < plan.tensors.end_number(); ++t) {
    const TensorPlacement& p = plan.tensors[t];
    const Shape map = network.tensor_shape(t);
    Ring r;
    r.pixels = p.ring_pixels;
    r.pixel_units = p.pixel_bytes / unit_;
    r.row_pixels = p.width;
    r.map_width = map.width;
    r.first_id = ids;
    r.id_count = Index(map.height) * Index(map.width);
    ids += r.id_count;
    Place(&r, p.region, p.offset);
    rings_.push_back(r);
  }
  for (size_t i = 0; i < states_.size(); ++i) state_ids_.push_back(ids++);
  fates_.assign(ids, kNeverWritten);
}

void PixelMemory::Place(Ring* ring, int region, int64_t offset) const {
  ring->region = region;
  ring->begin = region_begin_[Index(region)] + offset / unit_;
}

int64_t PixelMemory::address(int tensor, int row, int column) const {
  const Ring& r = ring(tensor);
  return (r.begin + Slot(r, row, column) * r.pixel_units) * unit_;
}

void PixelMemory::Claim(size_t id, int64_t begin, int64_t units) {
  const int32_t self = static_cast<int32_t>(id);
  for (int64_t unit = begin; unit < begin + units; ++unit) {
    int32_t& owner = owners_[Index(unit)];
    if (owner >= 0 && fates_[Index(owner)] == kIntact) fates_[Index(owner)] = self;
    owner = self;
  }
  fates_[id] = kIntact;
}

void PixelMemory::Touch(int region, int64_t end_unit) {
  int64_t& touched = touched_[Index(region)];
  touched = std::max(touched, (end_unit - region_begin_[Index(region)]) * unit_);
}

void PixelMemory::Write(int tensor, int row, int column, int end) {
  const Ring& r = ring(tensor);
  int64_t slot = Slot(r, row, column);
  int64_t last = slot;
  for (int x = column; x < end; ++x) {
    Claim(PixelId(tensor, row, x), r.begin + slot * r.pixel_units, r.pixel_units);
    last = std::max(last, slot);
    if (++slot == r.pixels) slot = 0;
  }
  Touch(r.region, r.begin + (last + 1) * r.pixel_units);
}

void PixelMemory::WriteState(int state) {
  const StatePlacement& s = states_[Index(state)];
  const int64_t begin = region_begin_[Index(s.region)] + s.offset / unit_;
  Claim(state_ids_[Index(state)], begin, s.bytes / unit_);
  Touch(s.region, begin + s.bytes / unit_);
}

void PixelMemory::Disown(const Ring& r) {
  const int32_t from = static_cast<int32_t>(r.first_id);
  const int32_t to = static_cast<int32_t>(r.first_id + r.id_count);
  const auto begin = owners_.begin() + r.begin;
  std::replace_if(
      begin, begin + r.pixels * r.pixel_units,
      [&](int32_t owner) { return owner >= from && owner < to; }, -1);
}

void PixelMemory::Forget(int tensor, int first_column) {
  Ring& r = rings_[tensor];
  Disown(r);
  const auto begin = fates_.begin() + static_cast<int64_t>(r.first_id);
  std::fill(begin, begin + static_cast<int64_t>(r.id_count), kNeverWritten);
  r.first_column = first_column;
}

void PixelMemory::Move(const TensorMove& move) {
  Ring& r = rings_[move.tensor];
  std::vector<size_t> carried;
  for (size_t i = 0; i < r.id_count; ++i)
    if (fates_[r.first_id + i] == kIntact) carried.push_back(i);
  Disown(r);
  Place(&r, move.region, move.offset);
  // All bytes of the ring are copied, also those of pixels that are lost.
  for (int64_t slot = 0; slot < r.pixels; ++slot) {
    const size_t id = r.first_id + Index(slot) % r.id_count;
    const int32_t fate = fates_[id];
    Claim(id, r.begin + slot * r.pixel_units, r.pixel_units);
    fates_[id] = fate;
  }
  for (size_t i : carried) {
    const int row = static_cast<int>(i / Index(r.map_width));
    const int column = static_cast<int>(i % Index(r.map_width));
    Claim(r.first_id + i, r.begin + Slot(r, row, column) * r.pixel_units, r.pixel_units);
  }
  Touch(r.region, r.begin + r.pixels * r.pixel_units);
}

PixelMemory::Pixel PixelMemory::PixelOf(int32_t id) const {
  const size_t wanted = Index(id);
  for (int t = kNetworkInput; t < rings_.end_number(); ++t) {
    const Ring& r = ring(t);
    if (wanted < r.first_id || wanted >= r.first_id + r.id_count) continue;
    const int pixel = static_cast<int>(wanted - r.first_id);
    return {t, pixel / r.map_width, pixel % r.map_width};
  }
  for (size_t s = 0; s < state_ids_.size(); ++s)
    if (state_ids_[s] == wanted) return {states_[s].op, -1, -1};
  return {};
}

}  // namespace mcunas
