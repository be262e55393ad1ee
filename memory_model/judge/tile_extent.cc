#include "memory_model/judge/tile_extent.h"

#include <algorithm>

#include "common/index.h"
#include "network/window.h"

namespace mcunas {
namespace {

// Grows by the needs of readers, then is clipped to the map.
struct Needs {
  bool any = false;
  int first_column = 0;
  int end_column = 0;
  int first_row = 0;
  int end_row = 0;

  void Add(const AxisWindow& rows, const AxisWindow& columns, const TileExtent& reader) {
    const int row_from = rows.First(reader.first_row);
    const int row_to = rows.End(reader.end_row - 1);
    const int column_from = columns.First(reader.first_column);
    const int column_to = columns.End(reader.end_column - 1);
    first_row = any ? std::min(first_row, row_from) : row_from;
    end_row = any ? std::max(end_row, row_to) : row_to;
    first_column = any ? std::min(first_column, column_from) : column_from;
    end_column = any ? std::max(end_column, column_to) : column_to;
    any = true;
  }
};

TileExtent Clip(const Needs& needs, const Shape& map, const PlanGroup& group, int band) {
  TileExtent extent;
  extent.end_column = group.strips == 1 ? map.width : 0;
  extent.end_row = group.bands == 1 ? map.height : 0;
  if (!needs.any) return extent;
  if (group.strips > 1) {
    extent.first_column = std::clamp(needs.first_column, 0, map.width);
    extent.end_column = std::clamp(needs.end_column, extent.first_column, map.width);
  }
  extent.first_row = band == 0 ? 0 : std::clamp(needs.first_row, 0, map.height);
  extent.end_row = std::clamp(needs.end_row, extent.first_row, map.height);
  if (band == group.bands - 1) extent.end_row = map.height;
  return extent;
}

int Part(int total, int index, int parts) {
  return static_cast<int>(int64_t{total} * index / parts);
}

}  // namespace

Shape WorkShape(const Operator& op) {
  if (op.kind != OpKind::kGlobalAveragePool) return op.out;
  return {op.in.height, op.in.width, op.out.channels};
}

bool IsReadAfter(const Network& network, int op, int from) {
  for (size_t i = Index(from); i < network.operators.size(); ++i)
    for (int tensor : network.operators[i].inputs)
      if (tensor == op) return true;
  const std::vector<int> outputs = OutputTensors(network);
  return std::find(outputs.begin(), outputs.end(), op) != outputs.end();
}

std::vector<TileExtent> TileExtents(const Network& network, const PlanGroup& group, int band,
                                    int strip) {
  const size_t count = Index(group.last - group.first);
  std::vector<TileExtent> extents(count);
  std::vector<Needs> needs(count);
  for (int i = group.last - 1; i >= group.first; --i) {
    const Operator& op = network.op(i);
    TileExtent& extent = extents[Index(i - group.first)];
    const Shape map = WorkShape(op);
    if (i == group.last - 1) {
      extent = {Part(map.width, strip, group.strips), Part(map.width, strip + 1, group.strips),
                Part(map.height, band, group.bands), Part(map.height, band + 1, group.bands)};
    } else {
      extent = Clip(needs[Index(i - group.first)], map, group, band);
    }
    if (extent.pixels() == 0) continue;
    for (size_t operand = 0; operand < op.inputs.size(); ++operand) {
      const int tensor = op.inputs[operand];
      if (tensor < group.first || tensor >= i) continue;
      const int index = static_cast<int>(operand);
      needs[Index(tensor - group.first)].Add(RowWindow(op, index), ColumnWindow(op, index), extent);
    }
  }
  return extents;
}

}  // namespace mcunas
