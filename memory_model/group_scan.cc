#include "memory_model/group_scan.h"

#include <algorithm>
#include <cstdint>

#include "common/check.h"
#include "memory_model/alignment.h"
#include "memory_model/channel_tiles.h"

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
  inner_.push_back(std::move(inner));
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
    (*ranges)[static_cast<size_t>(p)] = {static_cast<int>(int64_t{size} * p / parts),
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
  for (size_t s = 0; s < static_cast<size_t>(variant_.strips); ++s) {
    Range& c = inner->strips[s];
    c.from = std::min(c.from, std::max(0, reader.columns.First(r.strips[s].from)));
    c.to = std::max(c.to, std::min(width, reader.columns.End(r.strips[s].to - 1)));
  }
  for (size_t b = 0; b < static_cast<size_t>(variant_.bands); ++b) {
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
    for (size_t s = 0; s < static_cast<size_t>(variant_.strips); ++s) {
      const int columns = std::max(0, inner->strips[s].to - inner->strips[s].from);
      inner->columns += columns;
      inner->width = std::max(inner->width, columns);
    }
  }
  if (variant_.bands > 1) {
    inner->rows = 0;
    inner->bands[static_cast<size_t>(variant_.bands) - 1].to = height;  // unread rows count as well
    for (size_t b = 0; b < static_cast<size_t>(variant_.bands); ++b)
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
    const Shape& shape = facts_.network->operators[static_cast<size_t>(op)].out;
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
  rows_asked_.resize(at + static_cast<size_t>(rows));
  int* const done = rows_asked_.data() + at;
  if (op == last_) {
    for (int y = 0; y < rows; ++y) done[y] = y + 1;
    return;
  }
  const int height = facts_.op(op).height;
  std::fill(done, done + rows, 0);
  for (const TensorReader& reader : facts_.tensor(op).readers) {
    if (reader.op > last_) continue;
    const int* const reader_done =
        rows_asked_.data() + static_cast<size_t>(last_ - reader.op) * static_cast<size_t>(rows);
    for (int y = 0; y < rows; ++y) {
      if (reader_done[y] == 0) continue;
      done[y] = std::max(done[y], std::min(height, reader.rows.End(reader_done[y] - 1)));
    }
  }
}

void GroupScan::NoteBoundary(int op) {
  std::erase(boundary_, op);
  for (int t : facts_.network->operators[static_cast<size_t>(op)].inputs)
    if (t < op && std::find(boundary_.begin(), boundary_.end(), t) == boundary_.end())
      boundary_.push_back(t);
}

int GroupScan::Limit(int op) const {
  const int width = facts_.op(op).width;
  return variant_.segment > 0 ? std::min(variant_.segment, width) : width;
}

int GroupScan::RowsAsked(int op, int y) const {
  if (y < 0) return 0;
  const size_t rows = static_cast<size_t>(facts_.op(last_).height);
  return rows_asked_[static_cast<size_t>(last_ - op) * rows + static_cast<size_t>(y)];
}

// Rows that operator `op` is through with while the last operator writes its row y: the end of the
// row, or a segment before the end. All of them once nobody will ask for more.
int GroupScan::RowsThrough(int op, int y, bool row_end) const {
  const int height = facts_.op(op).height;
  const int asked = RowsAsked(op, row_end ? y : y - 1);
  const int most = escapes_ ? height : RowsAsked(op, facts_.op(last_).height - 1);
  const bool whole_rows = At(op).reach >= facts_.op(op).width;
  if (asked >= most && (whole_rows || !escapes_)) return height;
  const int through = whole_rows ? asked : asked - 1;
  return row_end ? through : std::max(through, RowsAsked(op, y) - 1);
}

// Bytes of the ring of the network's input; 0 where the input lies whole in the arena.
int64_t GroupScan::InputRing() const {
  const TensorFacts& input = facts_.tensor(kNetworkInput);
  if (first_ != 0 || input_mode_ == InputMode::kResident || input.last_use > last_) return 0;
  if (!one_tile_ && input_mode_ == InputMode::kStreamed) return 0;
  if (input.readers.size() > 1 && (!linked_ || variant_.bands > 1)) return 0;
  int rows = 1;
  for (const TensorReader& reader : input.readers) {
    if (reader.rows.whole) return 0;
    const RowsAlive& alive = input.readers.size() > 1 ? reader.in_chain : reader.alone;
    rows = std::max({rows, alive.growing, alive.complete});
  }
  return rows * input.row_bytes;
}

// Bytes at the beginning of `tensor` that readers before the last operator are through with then.
int64_t GroupScan::FirstByteNeeded(int tensor, int y, bool row_end) const {
  const TensorFacts& facts = facts_.tensor(tensor);
  const int height = facts_.tensor_height(tensor);
  int first = height;
  for (const TensorReader& reader : facts.readers) {
    if (reader.op >= last_) break;
    if (reader.op < first_) continue;
    const int done = RowsThrough(reader.op, y, row_end);
    if (done >= facts_.op(reader.op).height) continue;
    first = std::min(first, std::clamp(reader.rows.First(done), 0, height));
    // Rows of a streamed input that nobody reads arrive all the same.
    if (tensor == kNetworkInput && input_mode_ != InputMode::kResident)
      first = std::min(first, done == 0 ? 0 : std::clamp(reader.rows.End(done - 1), 0, height));
  }
  return first * facts.row_bytes;
}

// How far below `tensor` the output must begin; see "The family of plans".
int64_t GroupScan::LeastDistance(int tensor) const {
  const TensorFacts& dying = facts_.tensor(tensor);
  const OperatorFacts& op = facts_.op(last_);
  const TensorFacts& out = facts_.tensor(last_);
  bool same_pixel = false, last_reads = false;
  AxisWindow own;
  for (const TensorReader& reader : dying.readers) {
    if (reader.op != last_) continue;
    last_reads = true;
    own = reader.rows;
    same_pixel = op.elementwise && dying.row_bytes == out.row_bytes;
  }
  const int limit = Limit(last_);
  const int64_t part = (op.width - 1) / limit * int64_t{limit} * (out.row_bytes / op.width);
  int64_t down = 0, down_for_last = 0;
  for (int y = 0; y < op.height; ++y) {
    const int64_t begin = y * out.row_bytes, end = begin + out.row_bytes;
    down = std::max(down, end - FirstByteNeeded(tensor, y, true));
    if (part > 0) down = std::max(down, begin + part - FirstByteNeeded(tensor, y, false));
    if (!last_reads) continue;
    const int first = std::clamp(own.First(y), 0, facts_.tensor_height(tensor));
    down_for_last = std::max(down_for_last, end - first * dying.row_bytes);
  }
  return same_pixel && down == 0 ? 0 : std::max(down, down_for_last);
}

Overlap GroupScan::OverlapWith(int tensor) const {
  const TensorFacts& dying = facts_.tensor(tensor);
  for (const TensorReader& reader : dying.readers)
    if (reader.op >= first_ && reader.rows.whole) return {};
  const int64_t down = RoundUp(LeastDistance(tensor), kTensorAlignment);
  const int64_t out = facts_.tensor(last_).size;
  const int64_t saved = dying.size + out - std::max(down + dying.size, out);
  return saved > 0 ? Overlap{tensor, down, saved} : Overlap{};
}

Overlap GroupScan::BestOverlap(bool with_input) const {
  Overlap best;
  const OperatorFacts& op = facts_.op(last_);
  if (!one_tile_ || op.alone || op.last_only) return best;
  for (int tensor : boundary_) {
    if (facts_.tensor(tensor).last_use > last_ || (tensor == kNetworkInput && !with_input))
      continue;
    const Overlap overlap = OverlapWith(tensor);
    if (overlap.saved > best.saved) best = overlap;
  }
  return best;
}

// The first row of the output that begins when all readers of an inner tensor or of the input are
// through with it; the output's height where there is none.
int GroupScan::FreedBefore(int tensor) const {
  const std::vector<TensorReader>& readers = facts_.tensor(tensor).readers;
  const auto through = [&](int y) {
    return std::all_of(readers.begin(), readers.end(), [&](const TensorReader& reader) {
      return reader.op > last_ ||
             (reader.op < last_ && RowsThrough(reader.op, y, true) >= facts_.op(reader.op).height);
    });
  };
  int row = facts_.op(last_).height;
  while (row > 1 && through(row - 2)) --row;
  return row;
}

std::vector<GroupScan::FreedRing> GroupScan::FreedRings(int64_t input_ring) const {
  std::vector<FreedRing> rings;
  const int height = facts_.op(last_).height;
  const auto add = [&](int tensor, int64_t bytes) {
    const int row = FreedBefore(tensor);
    if (row < height) rings.push_back({row, tensor, RoundUp(bytes, kTensorAlignment)});
  };
  if (input_ring > 0) add(kNetworkInput, input_ring);
  for (int op = first_; op < last_; ++op) {
    if (facts_.tensor(op).last_use > last_) continue;
    add(op, At(op).ring_pixels * facts_.network->operators[static_cast<size_t>(op)].out.channels);
  }
  std::stable_sort(rings.begin(), rings.end(),
                   [](const FreedRing& a, const FreedRing& b) { return a.row < b.row; });
  return rings;
}

Tail GroupScan::TailOver(int64_t input_ring) const {
  const TensorFacts& out = facts_.tensor(last_);
  Tail tail;
  tail.inner.assign(static_cast<size_t>(last_ - first_), -1);
  int64_t end = 0;
  for (const FreedRing& ring : FreedRings(input_ring)) {
    const int64_t begin = std::max(end, RoundUp(ring.row * out.row_bytes, kTensorAlignment));
    end = begin + ring.size;
    tail.saved += ring.size;
    (ring.tensor == kNetworkInput ? tail.input
                                  : tail.inner[static_cast<size_t>(ring.tensor - first_)]) = begin;
  }
  tail.bytes = std::max(end, out.size);
  tail.saved += out.size - tail.bytes;
  return tail;
}

// What can be saved when the input is a ring of so many bytes; 0: where it lies whole.
GroupScan::Sharing GroupScan::Share(int64_t input_ring) const {
  Sharing sharing;
  sharing.input_ring = input_ring;
  sharing.overlap = BestOverlap(input_ring == 0);
  const OperatorFacts& op = facts_.op(last_);
  const int64_t most = std::min(ring_bytes_ + input_ring, facts_.tensor(last_).size);
  if (one_tile_ && !op.alone && !op.last_only && most > sharing.overlap.saved)
    sharing.tail = TailOver(input_ring);
  if (sharing.tail.saved > sharing.overlap.saved) {
    sharing.overlap = {};
  } else {
    sharing.tail = {};
  }
  sharing.saved = std::max(sharing.overlap.saved, sharing.tail.saved);
  if (input_ring > 0)
    sharing.saved += facts_.tensor(kNetworkInput).size - RoundUp(input_ring, kTensorAlignment);
  return sharing;
}

GroupScan::Sharing GroupScan::BestSharing() const {
  Sharing whole = Share(0);
  const int64_t ring = InputRing();
  if (ring == 0) return whole;
  Sharing with_ring = Share(ring);
  return with_ring.saved >= whole.saved ? with_ring : whole;
}

// Nothing that the output shares and no ring of the input saves more.
int64_t GroupScan::MostSaved() const {
  int64_t most = ring_bytes_ + InputRing();
  for (int tensor : boundary_)
    if (facts_.tensor(tensor).last_use <= last_) most = std::max(most, facts_.tensor(tensor).size);
  most = std::min(most, facts_.tensor(last_).size);
  const bool input = first_ == 0 && input_mode_ != InputMode::kResident;
  return most + (input ? facts_.tensor(kNetworkInput).size : 0);
}

std::optional<GroupCost> GroupScan::CostWithin(int64_t bound) const {
  const int64_t apart =
      facts_.live_before[static_cast<size_t>(first_)] + whole_bytes_ + ring_bytes_ + state_bytes_;
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
  needs.cost = *CostWithin(INT64_MAX);
  const Sharing sharing = BestSharing();
  needs.overlap = sharing.overlap;
  needs.tail = sharing.tail;
  needs.state_bytes = state_bytes_;
  for (int op = first_; op <= last_; ++op) {
    TensorPlacement placement;
    placement.ring_pixels = At(op).ring_pixels;
    placement.width = At(op).width;
    placement.pixel_bytes = facts_.network->operators[static_cast<size_t>(op)].out.channels;
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
