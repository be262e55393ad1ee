#include "engine/tflite/read_geometry_internal.h"

#include <algorithm>
#include <string>
#include <utility>

#include "common/index.h"
#include "engine/tflite/operator_fields_internal.h"
#include "engine/tflite/tflite_graph_internal.h"

namespace mcunas {
namespace {

namespace schema = tflite_schema;

// What is taken of one dimension of the file.
struct Range {
  int begin = 0, count = 1, stride = 1;
};

std::vector<Range> WholeRanges(const std::vector<int>& dims) {
  std::vector<Range> ranges;
  for (int size : dims) ranges.push_back({0, size, 1});
  return ranges;
}

// Of height, width or channels, `behind` dimensions before the last one.
Range RangeOf(const std::vector<Range>& ranges, size_t behind) {
  return behind < ranges.size() ? ranges[ranges.size() - 1 - behind] : Range{};
}

// The ranges of a value, as the file's tensor `index`.
void AppendSlice(const FileValue& value, const std::vector<Range>& ranges, int index,
                 TfliteGraph* graph) {
  const Range rows = RangeOf(ranges, 2), columns = RangeOf(ranges, 1),
              channels = RangeOf(ranges, 0);
  if (channels.stride != 1)
    FailTflite("takes channels " + std::to_string(channels.stride) +
                   " apart; nearest: channels side by side",
               ErrorCode::kUnsupported);
  const Shape in = ShapeOf(value.dims);
  Operator made;
  made.kind = OpKind::kSlice;
  made.corner = {rows.begin, columns.begin, channels.begin};
  made.stride = {rows.stride, columns.stride};
  made.out = {rows.count, columns.count, channels.count};
  if (graph->tensor(index).elements() != made.out.elements())
    FailTflite("has an output of another size than what it takes");
  QuantizedParameters p;
  p.output = QuantizationOf(graph->tensor(index));
  CheckCopies(graph->quantization(value.tensor), p.output);
  made.inputs = {graph->AsShape(value, in)};
  graph->Append(std::move(made), std::move(p), index);
}

std::vector<int32_t> IndicesOf(const FileOperator& op, size_t which, size_t count,
                               const TfliteGraph& graph) {
  std::vector<int32_t> indices = ReadIndices(op, which, graph);
  if (indices.size() != count)
    FailTflite("has " + std::to_string(indices.size()) + " indices for " + std::to_string(count) +
               " dimensions");
  return indices;
}

Range CheckedRange(int64_t begin, int64_t count, int size) {
  if (begin < 0 || count < 1 || begin + count > size)
    FailTflite("takes " + std::to_string(count) + " from " + std::to_string(begin) + " on of " +
               std::to_string(size));
  return {static_cast<int>(begin), static_cast<int>(count), 1};
}

std::vector<Range> SliceRanges(const FileOperator& op, const std::vector<int>& dims,
                               const TfliteGraph& graph) {
  const std::vector<int32_t> begins = IndicesOf(op, 1, dims.size(), graph);
  const std::vector<int32_t> sizes = IndicesOf(op, 2, dims.size(), graph);
  std::vector<Range> ranges;
  for (size_t i = 0; i < dims.size(); ++i) {
    const int64_t count = sizes[i] == -1 ? int64_t{dims[i]} - begins[i] : sizes[i];
    ranges.push_back(CheckedRange(begins[i], count, dims[i]));
  }
  return ranges;
}

bool Bit(int mask, size_t bit) { return (mask >> bit & 1) != 0; }

std::vector<Range> StridedRanges(const FileOperator& op, const std::vector<int>& dims,
                                 const TfliteGraph& graph) {
  const auto& options = OptionsOf<schema::StridedSliceOptions>(op);
  if (options.ellipsis_mask() != 0 || options.new_axis_mask() != 0)
    FailTflite("has an ellipsis or new axes; nearest: a begin, an end and a stride per dimension",
               ErrorCode::kUnsupported);
  const std::vector<int32_t> begins = ReadIndices(op, 1, graph);
  const std::vector<int32_t> ends = IndicesOf(op, 2, begins.size(), graph);
  const std::vector<int32_t> strides = IndicesOf(op, 3, begins.size(), graph);
  if (begins.size() > dims.size()) FailTflite("has more indices than dimensions");
  std::vector<Range> ranges = WholeRanges(dims);
  for (size_t i = 0; i < begins.size(); ++i) {
    const int64_t size = dims[i];
    if (strides[i] < 1)
      FailTflite("has stride " + std::to_string(strides[i]) + "; nearest: a positive one",
                 ErrorCode::kUnsupported);
    const auto place = [&](int64_t index) {
      return std::clamp<int64_t>(index < 0 ? index + size : index, 0, size);
    };
    const int64_t begin = Bit(options.begin_mask(), i) ? 0 : place(begins[i]);
    int64_t end = Bit(options.end_mask(), i) ? size : place(ends[i]);
    if (Bit(options.shrink_axis_mask(), i)) end = begin + 1;
    if (end <= begin || end > size) FailTflite("takes nothing of dimension " + std::to_string(i));
    const int count = static_cast<int>((end - begin - 1) / strides[i] + 1);
    ranges[i] = {static_cast<int>(begin), count, count == 1 ? 1 : strides[i]};
  }
  return ranges;
}

// How much of the dimension each output of SPLIT_V takes; one may be -1, the rest.
std::vector<int32_t> SplitSizes(const FileOperator& op, int size, const TfliteGraph& graph) {
  const size_t count = op.outputs.size();
  if (op.code == schema::BuiltinOperator::SPLIT) {
    if (count == 0 || static_cast<size_t>(size) % count != 0)
      FailTflite("splits " + std::to_string(size) + " into " + std::to_string(count) +
                 " equal parts");
    return std::vector<int32_t>(count, size / static_cast<int32_t>(count));
  }
  std::vector<int32_t> sizes = IndicesOf(op, 1, count, graph);
  int64_t rest = size;
  for (int32_t part : sizes) rest -= std::max(part, 0);
  for (int32_t& part : sizes)
    if (part == -1) part = static_cast<int32_t>(std::clamp<int64_t>(rest, 0, size));
  return sizes;
}

Sampling SamplingOf(bool corners, bool centres) {
  if (corners && centres)
    FailTflite("has align_corners and half_pixel_centers; nearest: one of them",
               ErrorCode::kUnsupported);
  return corners ? Sampling::kCorners : centres ? Sampling::kCentres : Sampling::kPlain;
}

// Files without options mean neither flag.
template <typename Options>
Sampling ReadSampling(const FileOperator& op) {
  const Options* options = op.table->builtin_options_as<Options>();
  if (options == nullptr) return Sampling::kPlain;
  return SamplingOf(options->align_corners(), options->half_pixel_centers());
}

}  // namespace

void ReadSlice(const FileOperator& op, TfliteGraph* graph) {
  const FileValue& value = graph->Operand(op, 0);
  const bool strided = op.code == schema::BuiltinOperator::STRIDED_SLICE;
  AppendSlice(value,
              strided ? StridedRanges(op, value.dims, *graph) : SliceRanges(op, value.dims, *graph),
              OnlyOutput(op), graph);
}

void ReadSplit(const FileOperator& op, TfliteGraph* graph) {
  const bool equal = op.code == schema::BuiltinOperator::SPLIT;
  const FileValue value = graph->Operand(op, equal ? 1 : 0);
  const std::vector<int32_t> axes = IndicesOf(op, equal ? 0 : 2, 1, *graph);
  const int rank = static_cast<int>(value.dims.size());
  const int axis = axes[0] < 0 ? axes[0] + rank : axes[0];
  if (axis < 0 || axis >= rank)
    FailTflite("splits along axis " + std::to_string(axes[0]) + " of " + std::to_string(rank));
  const int size = value.dims[Index(axis)];
  const std::vector<int32_t> sizes = SplitSizes(op, size, *graph);
  int64_t begin = 0;
  for (size_t i = 0; i < sizes.size(); ++i) {
    std::vector<Range> ranges = WholeRanges(value.dims);
    ranges[Index(axis)] = CheckedRange(begin, sizes[i], size);
    begin += sizes[i];
    if (graph->IsRead(op.outputs[i])) AppendSlice(value, ranges, op.outputs[i], graph);
  }
}

void ReadResize(const FileOperator& op, TfliteGraph* graph) {
  const FileValue& value = graph->Operand(op, 0);
  const bool bilinear = op.code == schema::BuiltinOperator::RESIZE_BILINEAR;
  const Shape in = ShapeOf(value.dims);
  Operator made;
  made.kind = bilinear ? OpKind::kResizeBilinear : OpKind::kResizeNearest;
  made.sampling = bilinear ? ReadSampling<schema::ResizeBilinearOptions>(op)
                           : ReadSampling<schema::ResizeNearestNeighborOptions>(op);
  made.out = ShapeOf(graph->tensor(OnlyOutput(op)).dims);
  QuantizedParameters p;
  p.output = QuantizationOf(graph->tensor(OnlyOutput(op)));
  CheckCopies(graph->quantization(value.tensor), p.output);
  made.inputs = {graph->AsShape(value, in)};
  graph->Append(std::move(made), std::move(p), OnlyOutput(op));
}

}  // namespace mcunas
