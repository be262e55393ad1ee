// What the output of a group shares with tensors that die in it: the savings of group_scan.h.
#include <algorithm>

#include "common/index.h"
#include "memory_model/alignment.h"
#include "memory_model/planner/group_scan.h"

namespace mcunas {

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
    add(op, At(op).ring_pixels * facts_.network->op(op).out.channels);
  }
  std::stable_sort(rings.begin(), rings.end(),
                   [](const FreedRing& a, const FreedRing& b) { return a.row < b.row; });
  return rings;
}

Tail GroupScan::TailOver(int64_t input_ring) const {
  const TensorFacts& out = facts_.tensor(last_);
  Tail tail;
  tail.inner.assign(Index(last_ - first_), -1);
  int64_t end = 0;
  for (const FreedRing& ring : FreedRings(input_ring)) {
    const int64_t begin = std::max(end, RoundUp(ring.row * out.row_bytes, kTensorAlignment));
    end = begin + ring.size;
    tail.saved += ring.size;
    (ring.tensor == kNetworkInput ? tail.input : tail.inner[Index(ring.tensor - first_)]) = begin;
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

}  // namespace mcunas
