#include "tests/property/group_trace.h"

#include <algorithm>

#include "network/window.h"

namespace mcunas {
namespace {

size_t At(int i) { return static_cast<size_t>(i); }

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
      : network_(network), group_(group), streamed_(streamed) {
    const size_t count = At(group.last - group.first);
    rows_.resize(count);
    columns_.resize(count);
    next_.resize(count);
  }

  // The steps of tile (band, strip).
  std::vector<TraceStep> Tile(int band, int strip) {
    const Shape map = Map(Op(group_.last - 1));
    rows_.back() = {map.height * band / group_.bands, map.height * (band + 1) / group_.bands};
    columns_.back() = {map.width * strip / group_.strips, map.width * (strip + 1) / group_.strips};
    for (int i = group_.last - 2; i >= group_.first; --i) {
      const Operator& reader = Op(i + 1);
      const Shape own = Map(Op(i));
      rows_[In(i)] = Read(Rows(reader), rows_[In(i + 1)], own.height);
      if (band == 0) rows_[In(i)].from = 0;
      columns_[In(i)] = Read(Columns(reader), columns_[In(i + 1)], own.width);
      if (group_.strips == 1) columns_[In(i)] = {0, own.width};
    }
    for (size_t i = 0; i < next_.size(); ++i) next_[i] = {rows_[i].from, columns_[i].from};
    input_row_ = Read(Rows(Op(group_.first)), rows_.front(), network_.input.height).from;
    steps_.clear();
    Reach(group_.last - 1, rows_.back().to - 1, columns_.back().to - 1);
    executed_ = steps_.size();
    for (int i = group_.last - 2; band == group_.bands - 1 && i >= group_.first; --i)
      Reach(i, Map(Op(i)).height - 1, columns_[In(i)].to - 1);
    return steps_;
  }

  // Steps of the last tile that are really computed; the others are of rows that nobody reads.
  size_t executed() const { return executed_; }
  Span columns(int op) const { return columns_[At(op - group_.first)]; }
  Span rows(int op) const { return rows_[At(op - group_.first)]; }

 private:
  size_t In(int op) const { return At(op - group_.first); }
  const Operator& Op(int i) const { return network_.operators[At(i)]; }

  void Reach(int i, int y, int x) {
    auto& [row, column] = next_[In(i)];
    while (row < y || (row == y && column <= x)) {
      int end = row == y ? x + 1 : columns_[In(i)].to;
      if (group_.segment > 0) end = std::min(end, column + group_.segment);
      Feed(i, row, column, end);
      steps_.push_back({i, row, column, end});
      column = end;
      if (column == columns_[In(i)].to) ++row, column = columns_[In(i)].from;
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
  std::vector<Span> rows_, columns_;
  struct Next {
    int row = 0;
    int column = 0;
  };
  std::vector<Next> next_;
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
  const Operator& first = network.operators[At(group.first)];
  const Operator& last = network.operators[At(group.last - 1)];
  if (Pools(last)) return 0;
  const auto reads_from = [&](int y) {
    return Read(Rows(first), {y, y + 1}, first.in.height).from;
  };
  const auto arrived_before = [&](int y) {
    const int arrived = y == 0 ? 0 : Read(Rows(first), {y - 1, y}, first.in.height).to;
    return std::min(reads_from(y), arrived);
  };
  // The row of the first operator that is under way when a row of the output ends.
  std::vector<int> under_way(At(last.out.height), -1);
  int row = 0;
  for (const TraceStep& step : steps) {
    if (step.op == group.last - 1) row = step.end == last.out.width ? step.y + 1 : step.y;
    if (step.op == group.first && row < last.out.height) under_way[At(row)] = step.y;
  }
  int needed = first.in.height;  // rows of the input before this one are not read any more
  int64_t down = 0;
  for (auto step = steps.rbegin(); step != steps.rend(); ++step) {
    if (step->op == group.first) needed = std::min(needed, reads_from(step->y));
    if (step->op == kNetworkInput) needed = std::min(needed, step->y);  // arrives, read or not
    if (step->op != group.last - 1) continue;
    int rows = needed;
    if (step->end < last.out.width && under_way[At(step->y)] >= 0)
      rows = std::min(rows, streamed ? arrived_before(under_way[At(step->y)])
                                     : reads_from(under_way[At(step->y)]));
    const int64_t end = (int64_t{step->y} * last.out.width + step->end) * last.out.channels;
    down = std::max(down, end - rows * first.in.row_elements());
  }
  return down;
}

}  // namespace

GroupTrace TraceGroup(const Network& network, const PlanGroup& group, bool streamed) {
  GroupTrace trace;
  trace.widest.assign(At(group.last - group.first), 0);
  Tracer tracer(network, group, streamed);
  std::vector<int64_t> rows(trace.widest.size(), 0);
  std::vector<int64_t> total = rows;  // columns
  for (int band = 0; band < group.bands; ++band) {
    for (int strip = 0; strip < group.strips; ++strip) {
      trace.tiles.push_back(tracer.Tile(band, strip));
      trace.executed.push_back(tracer.executed());
      trace.first_column.emplace_back();
      for (int i = group.first; i < group.last; ++i) {
        if (strip == 0) rows[At(i - group.first)] += tracer.rows(i).to - tracer.rows(i).from;
        const Span columns = tracer.columns(i);
        trace.first_column.back().push_back(columns.from);
        int& widest = trace.widest[At(i - group.first)];
        widest = std::max(widest, columns.to - columns.from);
        if (band == 0) total[At(i - group.first)] += columns.to - columns.from;
      }
    }
  }
  for (int i = group.first; i < group.last; ++i) {
    const Operator& op = network.operators[At(i)];
    trace.counted_macs += PixelMacs(op) *
                          std::max<int64_t>(rows[At(i - group.first)], Map(op).height) *
                          std::max<int64_t>(total[At(i - group.first)], Map(op).width);
  }
  return trace;
}

// See MeasuredGroup::freed_before; `height` of the output.
std::vector<int> FreedBefore(const PlanGroup& group, int height,
                             const std::vector<TraceStep>& executed) {
  const size_t count = At(group.last - group.first);
  std::vector<size_t> last_step(count, 0);
  std::vector<size_t> row_end(At(height), 0);
  for (size_t s = 0; s < executed.size(); ++s) {
    if (executed[s].op < group.first) continue;
    last_step[At(executed[s].op - group.first)] = s;
    if (executed[s].op == group.last - 1) row_end[At(executed[s].y)] = s;
  }
  std::vector<int> freed;
  for (size_t reader = 0; reader < count; ++reader) {
    int row = 1;
    while (row < height && row_end[At(row - 1)] < last_step[reader]) ++row;
    freed.push_back(reader + 1 == count ? height : row);
  }
  return freed;
}

MeasuredGroup MeasureGroup(const Network& network, const PlanGroup& group, bool streamed) {
  MeasuredGroup measured;
  const GroupTrace trace = TraceGroup(network, group, streamed);
  measured.counted_macs = trace.counted_macs;
  const size_t count = trace.widest.size();
  std::vector<RingMeter> meters(count + 1);  // [0] of the input, then of the operators
  const int input_width = network.operators[At(group.first)].in.width;
  const auto width = [&](size_t meter) {
    return meter == 0 ? input_width : trace.widest[meter - 1];
  };
  for (size_t tile = 0; tile < trace.tiles.size(); ++tile) {
    for (size_t i = 0; i <= count; ++i)
      meters[i].Begin(i == 0 ? 0 : trace.first_column[tile][i - 1]);
    for (size_t s = 0; s < trace.tiles[tile].size(); ++s) {
      const TraceStep& step = trace.tiles[tile][s];
      const size_t meter = step.op == kNetworkInput ? 0 : At(step.op - group.first) + 1;
      if (meter > 0) {
        const Operator& op = network.operators[At(step.op)];
        const Span rows = Read(Rows(op), {step.y, step.y + 1}, op.in.height);
        const Span columns = Read(Columns(op), {step.x, step.end}, op.in.width);
        if (meter > 1 || (streamed && group.first == 0))
          meters[meter - 1].Read(width(meter - 1), rows.from, columns.from, columns.to - 1,
                                 WindowColumns(op, group.segment));
        if (s < trace.executed[tile]) measured.executed_macs += PixelMacs(op) * (step.end - step.x);
      }
      meters[meter].Write(step);
    }
  }
  for (size_t i = 1; i < count; ++i) {
    measured.exact_pixels.push_back(meters[i].exact());
    const int reader_width = Map(network.operators[At(group.first) + i]).width;
    const bool whole_rows = group.segment == 0 || group.segment >= reader_width;
    measured.ring_pixels.push_back(whole_rows ? meters[i].rows() * width(i) : meters[i].family());
  }
  measured.widest = *std::max_element(trace.widest.begin(), trace.widest.end());
  measured.input_ring_pixels = meters[0].rows() * input_width;
  if (trace.tiles.size() == 1) {
    std::vector<TraceStep> executed = trace.tiles[0];
    executed.resize(trace.executed[0]);
    const Operator& last = network.operators[At(group.last - 1)];
    if (!Pools(last)) measured.freed_before = FreedBefore(group, last.out.height, executed);
    measured.down = LeastDown(network, group, streamed && group.first == 0, executed);
  }
  return measured;
}

}  // namespace mcunas
