#include "memory_model/planner/group_scan.h"

#include <algorithm>
#include <cstdint>

#include "common/check.h"
#include "common/index.h"
#include "memory_model/alignment.h"
#include "memory_model/planner/channel_tiles.h"

namespace mcunas {
namespace {

// Measured with tests/benchmark/streaming_instructions.py on a virtual Cortex-M4, rounded.
constexpr int64_t kRowOverhead = 60;       // of a row in a group of several operators
constexpr int64_t kSegmentOverhead = 450;  // of each segment of a row beyond the first

}  // namespace

void GroupScan::Restart(int last_operator, const PlanGroup& variant) {
  MCUNAS_CHECK(std::max(variant.strips, variant.bands) <= kMostStrips, "too many strips");
  variant_ = variant;
  last_ = last_operator;
  first_ = last_operator + 1;
  one_tile_ = variant.strips == 1 && variant.bands == 1;
  linked_ = true;
  escapes_ = false;
  widest_ = 0;
  ring_bytes_ = whole_bytes_ = state_bytes_ = macs_ = overhead_ = 0;
  inner_.clear();
  rows_asked_.clear();
  boundary_.clear();
}

bool GroupScan::Extend() {
  const int op = first_ - 1;
  if (op < 0 || last_ - op >= kMostOperators || !Joins(op)) return false;
  Inner inner;
  if (op == last_) {
    AddLast(&inner);
  } else {
    AddInner(op, &inner);
  }
  // Rows and columns that nobody reads count, so that no plan has fewer MACs than layer by layer.
  macs_ += facts_.op(op).macs_per_pixel * std::max<int64_t>(inner.rows, facts_.op(op).height) *
           std::max<int64_t>(inner.columns, facts_.op(op).width);
  overhead_ +=
      kRowOverhead * inner.rows + kSegmentOverhead * ((inner.width - 1) / Limit(op)) * inner.rows;
  inner_.push_back(inner);
  first_ = op;
  widest_ = std::max(widest_, facts_.op(op).width);
  linked_ = linked_ && facts_.op(op).follows;
  if (one_tile_) FillRowsAsked(op);
  NoteBoundary(op);
  return true;
}

bool GroupScan::Joins(int op) const {
  const OperatorFacts& facts = facts_.op(op);
  if (op == last_) return one_tile_ || (!facts.alone && !facts.last_only);
  if (facts.alone || facts.last_only || facts_.op(last_).alone) return false;
  const TensorFacts& tensor = facts_.tensor(op);
  bool read = false;
  for (const TensorReader& reader : tensor.readers) {
    if (reader.op > last_) continue;
    if (reader.rows.whole) return false;
    read = true;
  }
  return read && (one_tile_ || tensor.last_use <= last_);
}

// Even shares of [0, size).
void GroupScan::Divide(int size, int parts, Ranges* ranges) {
  for (int p = 0; p < parts; ++p)
    (*ranges)[Index(p)] = {static_cast<int>(int64_t{size} * p / parts),
                           static_cast<int>(int64_t{size} * (p + 1) / parts)};
}

void GroupScan::AddLast(Inner* inner) {
  const OperatorFacts& op = facts_.op(last_);
  Divide(op.width, variant_.strips, &inner->strips);
  Divide(op.height, variant_.bands, &inner->bands);
  inner->rows = op.height;
  inner->columns = op.width;
  inner->width = facts_.tensor_width(last_);
  inner->reach = op.width;
  inner->ring_pixels = int64_t{inner->width} * facts_.tensor_height(last_);
  whole_bytes_ += facts_.tensor(last_).size;
  state_bytes_ += op.state_bytes;
}

// What one reader asks of operator `op`, taken together with what the others ask.
void GroupScan::ReachReader(const TensorReader& reader, int op, Inner* inner) const {
  const int width = facts_.op(op).width, height = facts_.op(op).height;
  const Inner& r = At(reader.op);
  inner->reach = std::max(inner->reach, std::min(width, reader.columns.End(r.reach - 1)));
  if (one_tile_) return;
  for (size_t s = 0; s < Index(variant_.strips); ++s) {
    Range& c = inner->strips[s];
    c.from = std::min(c.from, std::max(0, reader.columns.First(r.strips[s].from)));
    c.to = std::max(c.to, std::min(width, reader.columns.End(r.strips[s].to - 1)));
  }
  for (size_t b = 0; b < Index(variant_.bands); ++b) {
    Range& rows = inner->bands[b];
    const int from = b == 0 ? 0 : std::max(0, reader.rows.First(r.bands[b].from));
    rows.from = std::min(rows.from, from);
    rows.to = std::max(rows.to, std::min(height, reader.rows.End(r.bands[b].to - 1)));
  }
}

void GroupScan::CountTiles(int op, Inner* inner) const {
  const int width = facts_.op(op).width, height = facts_.op(op).height;
  inner->columns = inner->width = width;
  inner->rows = height;
  if (variant_.strips > 1) {
    inner->columns = inner->width = 0;
    for (size_t s = 0; s < Index(variant_.strips); ++s) {
      const int columns = std::max(0, inner->strips[s].to - inner->strips[s].from);
      inner->columns += columns;
      inner->width = std::max(inner->width, columns);
    }
  }
  if (variant_.bands > 1) {
    inner->rows = 0;
    inner->bands[Index(variant_.bands) - 1].to = height;  // unread rows count as well
    for (size_t b = 0; b < Index(variant_.bands); ++b)
      inner->rows += std::max(0, inner->bands[b].to - inner->bands[b].from);
  }
}

void GroupScan::AddInner(int op, Inner* inner) {
  inner->strips.fill({facts_.op(op).width, 0});
  inner->bands.fill({facts_.op(op).height, 0});
  for (const TensorReader& reader : facts_.tensor(op).readers)
    if (reader.op <= last_) ReachReader(reader, op, inner);
  CountTiles(op, inner);
  PlaceRing(op, inner);
  const TensorFacts& tensor = facts_.tensor(op);
  if (tensor.last_use > last_) {
    whole_bytes_ += tensor.size;
    escapes_ = true;
  } else {
    const Shape& shape = facts_.network->op(op).out;
    ring_bytes_ += RoundUp(inner->ring_pixels * shape.channels, kTensorAlignment);
  }
}

void GroupScan::PlaceRing(int op, Inner* inner) const {
  const TensorFacts& tensor = facts_.tensor(op);
  const int height = facts_.tensor_height(op);
  inner->ring_pixels = int64_t{height} * inner->width;
  if (tensor.last_use > last_) return;
  const auto readers = std::count_if(tensor.readers.begin(), tensor.readers.end(),
                                     [&](const TensorReader& r) { return r.op <= last_; });
  const bool alone = readers == 1;
  if (!alone && !linked_) return;
  if (!alone && variant_.bands > 1) {
    // At the beginning of a band the readers do not start side by side: the whole band stays.
    int rows = 0;
    for (const Range& b : inner->bands) rows = std::max(rows, b.to - b.from);
    inner->ring_pixels = int64_t{rows} * inner->width;
    return;
  }
  int64_t pixels = 0;
  for (const TensorReader& reader : tensor.readers) {
    const RowsAlive& rows = alone ? reader.alone : reader.in_chain;
    // The readers' strips do not begin at the same column.
    const int columns =
        !alone && variant_.strips > 1
            ? inner->width
            : std::min(inner->width, ColumnsAlive(facts_, op, reader, Limit(reader.op), alone));
    pixels = std::max({pixels, int64_t{std::max(1, rows.growing) - 1} * inner->width + columns,
                       int64_t{rows.complete} * inner->width});
  }
  inner->ring_pixels = std::min(inner->ring_pixels, pixels);
}

void GroupScan::FillRowsAsked(int op) {
  const int rows = facts_.op(last_).height;
  const size_t at = rows_asked_.size();
  rows_asked_.resize(at + Index(rows));
  int* const done = rows_asked_.data() + at;
  if (op == last_) {
    for (int y = 0; y < rows; ++y) done[y] = y + 1;
    return;
  }
  const int height = facts_.op(op).height;
  std::fill(done, done + rows, 0);
  for (const TensorReader& reader : facts_.tensor(op).readers) {
    if (reader.op > last_) continue;
    const int* const reader_done = rows_asked_.data() + Index(last_ - reader.op) * Index(rows);
    for (int y = 0; y < rows; ++y) {
      if (reader_done[y] == 0) continue;
      done[y] = std::max(done[y], std::min(height, reader.rows.End(reader_done[y] - 1)));
    }
  }
}

void GroupScan::NoteBoundary(int op) {
  std::erase(boundary_, op);
  for (int t : facts_.network->op(op).inputs)
    if (t < op && std::find(boundary_.begin(), boundary_.end(), t) == boundary_.end())
      boundary_.push_back(t);
}

int GroupScan::Limit(int op) const {
  const int width = facts_.op(op).width;
  return variant_.segment > 0 ? std::min(variant_.segment, width) : width;
}

int GroupScan::RowsAsked(int op, int y) const {
  if (y < 0) return 0;
  const size_t rows = Index(facts_.op(last_).height);
  return rows_asked_[Index(last_ - op) * rows + Index(y)];
}

// Everything side by side, the input whole.
int64_t GroupScan::BytesApart() const {
  return facts_.live_before[first_] + whole_bytes_ + ring_bytes_ + state_bytes_;
}

std::optional<GroupCost> GroupScan::CostWithin(int64_t bound) const {
  const int64_t apart = BytesApart();
  if (apart - MostSaved() > bound) return std::nullopt;
  GroupCost cost{apart - BestSharing().saved, macs_, overhead_};
  if (cost.peak > bound) return std::nullopt;
  return cost;
}

GroupNeeds DescribeGroup(const StreamFacts& facts, InputMode input_mode, const PlanGroup& group) {
  if (group.mode == GroupMode::kChannelTiles) return DescribeChannelTiles(facts, group);
  GroupScan scan(facts, input_mode);
  scan.Restart(group.last - 1, group);
  while (scan.first() > group.first) MCUNAS_CHECK(scan.Extend(), "the group is not legal");
  return scan.Needs();
}

GroupNeeds GroupScan::Needs() const {
  GroupNeeds needs;
  const Sharing sharing = BestSharing();
  needs.cost = {BytesApart() - sharing.saved, macs_, overhead_};
  needs.overlap = sharing.overlap;
  needs.tail = sharing.tail;
  needs.state_bytes = state_bytes_;
  for (int op = first_; op <= last_; ++op) {
    TensorPlacement placement;
    placement.ring_pixels = At(op).ring_pixels;
    placement.width = At(op).width;
    placement.pixel_bytes = facts_.network->op(op).out.channels;
    needs.inner.push_back(placement);
  }
  if (sharing.input_ring > 0) {
    const Shape& input = facts_.network->input;
    needs.input.width = input.width;
    needs.input.pixel_bytes = input.channels;
    needs.input.ring_pixels = sharing.input_ring / input.channels;
  }
  return needs;
}

}  // namespace mcunas
