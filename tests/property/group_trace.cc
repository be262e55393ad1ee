#include "tests/property/group_trace.h"

#include <algorithm>

#include "common/index.h"
#include "network/operator_counts.h"
#include "network/window.h"

namespace mcunas {
namespace {

bool Pools(const Operator& op) { return op.kind == OpKind::kGlobalAveragePool; }

// Height and width of what an operator works through.
Shape Map(const Operator& op) { return Pools(op) ? op.in : op.out; }

int64_t PixelMacs(const Operator& op) {
  return OperatorMacs(op).value / (int64_t{Map(op).height} * Map(op).width);
}

AxisWindow Rows(const Operator& op) { return Pools(op) ? AxisWindow() : RowWindow(op, 0); }
AxisWindow Columns(const Operator& op) { return Pools(op) ? AxisWindow() : ColumnWindow(op, 0); }

// Columns that a whole segment of the operator reads, as if the map had no edges.
int WindowColumns(const Operator& op, int segment) {
  const AxisWindow window = Columns(op);
  const int widest = segment > 0 ? std::min(segment, Map(op).width) : Map(op).width;
  return window.End(widest - 1) - window.First(0);
}

struct Span {
  int from = 0;
  int to = 0;
};

Span Read(const AxisWindow& window, Span out, int size) {
  if (window.whole) return {0, size};
  return {std::max(0, window.First(out.from)), std::min(size, window.End(out.to - 1))};
}

class Tracer {
 public:
  Tracer(const Network& network, const PlanGroup& group, bool streamed)
      : network_(network),
        group_(group),
        streamed_(streamed),
        rows_(group.last),
        columns_(group.last),
        next_(group.last) {}

  // The steps of tile (band, strip).
  std::vector<TraceStep> Tile(int band, int strip) {
    const Shape map = Map(Op(group_.last - 1));
    rows_.back() = {map.height * band / group_.bands, map.height * (band + 1) / group_.bands};
    columns_.back() = {map.width * strip / group_.strips, map.width * (strip + 1) / group_.strips};
    for (int i = group_.last - 2; i >= group_.first; --i) {
      const Operator& reader = Op(i + 1);
      const Shape own = Map(Op(i));
      rows_[i] = Read(Rows(reader), rows_[i + 1], own.height);
      if (band == 0) rows_[i].from = 0;
      columns_[i] = Read(Columns(reader), columns_[i + 1], own.width);
      if (group_.strips == 1) columns_[i] = {0, own.width};
    }
    for (int i = group_.first; i < group_.last; ++i) next_[i] = {rows_[i].from, columns_[i].from};
    input_row_ = Read(Rows(Op(group_.first)), rows_[group_.first], network_.input.height).from;
    steps_.clear();
    Reach(group_.last - 1, rows_.back().to - 1, columns_.back().to - 1);
    executed_ = steps_.size();
    for (int i = group_.last - 2; band == group_.bands - 1 && i >= group_.first; --i)
      Reach(i, Map(Op(i)).height - 1, columns_[i].to - 1);
    return steps_;
  }

  // Steps of the last tile that are really computed; the others are of rows that nobody reads.
  size_t executed() const { return executed_; }
  Span columns(int op) const { return columns_[op]; }
  Span rows(int op) const { return rows_[op]; }

 private:
  const Operator& Op(int i) const { return network_.op(i); }

  void Reach(int i, int y, int x) {
    auto& [row, column] = next_[i];
    while (row < y || (row == y && column <= x)) {
      int end = row == y ? x + 1 : columns_[i].to;
      if (group_.segment > 0) end = std::min(end, column + group_.segment);
      Feed(i, row, column, end);
      steps_.push_back({i, row, column, end});
      column = end;
      if (column == columns_[i].to) ++row, column = columns_[i].from;
    }
  }

  void Feed(int i, int y, int x, int end) {
    const int tensor = Op(i).inputs[0];
    const Shape in = network_.tensor_shape(tensor);
    const Span rows = Read(Rows(Op(i)), {y, y + 1}, in.height);
    const Span columns = Read(Columns(Op(i)), {x, end}, in.width);
    if (i > group_.first) return Reach(i - 1, rows.to - 1, columns.to - 1);
    if (tensor != kNetworkInput || !streamed_) return;
    for (; input_row_ < rows.to; ++input_row_)
      steps_.push_back({kNetworkInput, input_row_, 0, in.width});
  }

  const Network& network_;
  const PlanGroup& group_;
  bool streamed_;
  PerOperator<Span> rows_, columns_;  // of the group's operators
  struct Next {
    int row = 0;
    int column = 0;
  };
  PerOperator<Next> next_;
  int input_row_ = 0;
  size_t executed_ = 0;
  std::vector<TraceStep> steps_;
};

// Pixels of a tensor from the first that a step reads to the last that is there.
class RingMeter {
 public:
  void Begin(int first_column) { first_column_ = first_column, row_ = 0, column_ = -1; }
  void Write(const TraceStep& step) {
    if (step.y > row_) row_ = step.y, column_ = -1;
    column_ = std::max(column_, step.end - 1 - first_column_);
  }
  // A step reads from (y, x) to `last_column` of the last row; `window_columns` as if the map had
  // no edges.
  void Read(int width, int y, int x, int last_column, int window_columns) {
    exact_ = std::max(exact_, int64_t{row_ - y} * width + column_ - (x - first_column_) + 1);
    rows_ = std::max(rows_, int64_t{row_ - y} + 1);
    if (column_ != last_column - first_column_) return;
    family_ = std::max(family_, int64_t{row_ - y} * width + std::min(window_columns, width));
  }
  int64_t exact() const { return exact_; }
  int64_t rows() const { return rows_; }
  // What the planner's family allows for: whole windows, also at the edges.
  int64_t family() const { return std::max(exact_, family_); }

 private:
  int first_column_ = 0;
  int row_ = 0;
  int column_ = -1;
  int64_t exact_ = 1;
  int64_t rows_ = 1;
  int64_t family_ = 1;
};

// How far the output must begin below the dying input: from the last step back to the first.
int64_t LeastDown(const Network& network, const PlanGroup& group, bool streamed,
                  const std::vector<TraceStep>& steps) {
  const Operator& first = network.op(group.first);
  const Operator& last = network.op(group.last - 1);
  if (Pools(last)) return 0;
  const auto reads_from = [&](int y) {
    return Read(Rows(first), {y, y + 1}, first.in.height).from;
  };
  const auto arrived_before = [&](int y) {
    const int arrived = y == 0 ? 0 : Read(Rows(first), {y - 1, y}, first.in.height).to;
    return std::min(reads_from(y), arrived);
  };
  // The row of the first operator that is under way when a row of the output ends.
  std::vector<int> under_way(Index(last.out.height), -1);
  int row = 0;
  for (const TraceStep& step : steps) {
    if (step.op == group.last - 1) row = step.end == last.out.width ? step.y + 1 : step.y;
    if (step.op == group.first && row < last.out.height) under_way[Index(row)] = step.y;
  }
  int needed = first.in.height;  // rows of the input before this one are not read any more
  int64_t down = 0;
  for (auto step = steps.rbegin(); step != steps.rend(); ++step) {
    if (step->op == group.first) needed = std::min(needed, reads_from(step->y));
    if (step->op == kNetworkInput) needed = std::min(needed, step->y);  // arrives, read or not
    if (step->op != group.last - 1) continue;
    int rows = needed;
    if (step->end < last.out.width && under_way[Index(step->y)] >= 0)
      rows = std::min(rows, streamed ? arrived_before(under_way[Index(step->y)])
                                     : reads_from(under_way[Index(step->y)]));
    const int64_t end = (int64_t{step->y} * last.out.width + step->end) * last.out.channels;
    down = std::max(down, end - rows * first.in.row_elements());
  }
  return down;
}

}  // namespace

GroupTrace TraceGroup(const Network& network, const PlanGroup& group, bool streamed) {
  GroupTrace trace;
  trace.widest.assign(group.last, 0);
  Tracer tracer(network, group, streamed);
  PerOperator<int64_t> rows(group.last);
  PerOperator<int64_t> total = rows;  // columns
  for (int band = 0; band < group.bands; ++band) {
    for (int strip = 0; strip < group.strips; ++strip) {
      trace.tiles.push_back(tracer.Tile(band, strip));
      trace.executed.push_back(tracer.executed());
      trace.first_column.emplace_back(group.last);
      for (int i = group.first; i < group.last; ++i) {
        if (strip == 0) rows[i] += tracer.rows(i).to - tracer.rows(i).from;
        const Span columns = tracer.columns(i);
        trace.first_column.back()[i] = columns.from;
        trace.widest[i] = std::max(trace.widest[i], columns.to - columns.from);
        if (band == 0) total[i] += columns.to - columns.from;
      }
    }
  }
  for (int i = group.first; i < group.last; ++i) {
    const Operator& op = network.op(i);
    trace.counted_macs += PixelMacs(op) * std::max<int64_t>(rows[i], Map(op).height) *
                          std::max<int64_t>(total[i], Map(op).width);
  }
  return trace;
}

// See MeasuredGroup::freed_before; `height` of the output.
std::vector<int> FreedBefore(const PlanGroup& group, int height,
                             const std::vector<TraceStep>& executed) {
  PerOperator<size_t> last_step(group.last);
  std::vector<size_t> row_end(Index(height), 0);
  for (size_t s = 0; s < executed.size(); ++s) {
    if (executed[s].op < group.first) continue;
    last_step[executed[s].op] = s;
    if (executed[s].op == group.last - 1) row_end[Index(executed[s].y)] = s;
  }
  std::vector<int> freed;
  for (int reader = group.first; reader < group.last; ++reader) {
    int row = 1;
    while (row < height && row_end[Index(row - 1)] < last_step[reader]) ++row;
    freed.push_back(reader + 1 == group.last ? height : row);
  }
  return freed;
}

MeasuredGroup MeasureGroup(const Network& network, const PlanGroup& group, bool streamed) {
  MeasuredGroup measured;
  const GroupTrace trace = TraceGroup(network, group, streamed);
  measured.counted_macs = trace.counted_macs;
  const int input = group.first - 1;  // of the group, a chain's
  PerTensor<RingMeter> meters(group.last);
  const int input_width = network.op(group.first).in.width;
  const auto width = [&](int tensor) {
    return tensor == input ? input_width : trace.widest[tensor];
  };
  for (size_t tile = 0; tile < trace.tiles.size(); ++tile) {
    meters[input].Begin(0);
    for (int i = group.first; i < group.last; ++i) meters[i].Begin(trace.first_column[tile][i]);
    for (size_t s = 0; s < trace.tiles[tile].size(); ++s) {
      const TraceStep& step = trace.tiles[tile][s];
      if (step.op != kNetworkInput) {
        const Operator& op = network.op(step.op);
        const Span rows = Read(Rows(op), {step.y, step.y + 1}, op.in.height);
        const Span columns = Read(Columns(op), {step.x, step.end}, op.in.width);
        if (step.op > group.first || (streamed && group.first == 0))
          meters[step.op - 1].Read(width(step.op - 1), rows.from, columns.from, columns.to - 1,
                                   WindowColumns(op, group.segment));
        if (s < trace.executed[tile]) measured.executed_macs += PixelMacs(op) * (step.end - step.x);
      }
      meters[step.op].Write(step);
    }
  }
  for (int i = group.first; i + 1 < group.last; ++i) {
    measured.exact_pixels.push_back(meters[i].exact());
    const int reader_width = Map(network.op(i + 1)).width;
    const bool whole_rows = group.segment == 0 || group.segment >= reader_width;
    measured.ring_pixels.push_back(whole_rows ? meters[i].rows() * width(i) : meters[i].family());
  }
  measured.widest = *std::max_element(trace.widest.begin(), trace.widest.end());
  measured.input_ring_pixels = meters[input].rows() * input_width;
  if (trace.tiles.size() == 1) {
    std::vector<TraceStep> executed = trace.tiles[0];
    executed.resize(trace.executed[0]);
    const Operator& last = network.op(group.last - 1);
    if (!Pools(last)) measured.freed_before = FreedBefore(group, last.out.height, executed);
    measured.down = LeastDown(network, group, streamed && group.first == 0, executed);
  }
  return measured;
}

}  // namespace mcunas
