#include "engine/tflite/write_geometry_internal.h"

#include <utility>

#include "common/check.h"
#include "engine/tflite/write_context_internal.h"

namespace mcunas {
namespace {

namespace schema = tflite_schema;

template <typename Options>
void AddResize(WriteContext* to, schema::BuiltinOperator code, const Operator& op, int size,
               int output) {
  Options options;
  options.align_corners = op.sampling == Sampling::kCorners;
  options.half_pixel_centers = op.sampling == Sampling::kCentres;
  to->builder.AddOperator(code, {to->Operand(op, 0), size}, output, Union(std::move(options)));
}

int WriteResize(WriteContext* to, const Operator& op) {
  const int size = to->builder.AddIndices(to->Name("size"), {2}, {op.out.height, op.out.width});
  const int output = to->AddOutput(Dimensions(op.out));
  if (op.kind == OpKind::kResizeBilinear) {
    AddResize<schema::ResizeBilinearOptionsT>(to, schema::BuiltinOperator::RESIZE_BILINEAR, op,
                                              size, output);
  } else {
    AddResize<schema::ResizeNearestNeighborOptionsT>(
        to, schema::BuiltinOperator::RESIZE_NEAREST_NEIGHBOR, op, size, output);
  }
  return output;
}

int WriteSlice(WriteContext* to, const Operator& op) {
  const Corner& c = op.corner;
  const int output = to->AddOutput(Dimensions(op.out));
  if (op.stride != 1) {
    AddSlice(to, to->Operand(op, 0),
             {c.row, c.column, c.row + (op.out.height - 1) * op.stride.height + 1,
              c.column + (op.out.width - 1) * op.stride.width + 1, op.stride,
              c.channel + op.out.channels, c.channel},
             output);
    return output;
  }
  AddWholeSlice(to, to->Operand(op, 0), c, op.out, output);
  return output;
}

int WriteConcatenation(WriteContext* to, const Operator& op) {
  std::vector<int32_t> operands;
  for (size_t i = 0; i < op.inputs.size(); ++i) operands.push_back(to->Operand(op, i));
  const int output = to->AddOutput(Dimensions(op.out));
  AddConcatenation(to, operands, 3, output);
  return output;
}

int WritePad(WriteContext* to, const Operator& op) {
  const int output = to->AddOutput(Dimensions(op.out));
  AddPad(to, to->Operand(op, 0), op.padding, output);
  return output;
}

}  // namespace

int WriteGeometry(WriteContext* to, const Operator& op) {
  switch (op.kind) {
    case OpKind::kResizeNearest:
    case OpKind::kResizeBilinear:
      return WriteResize(to, op);
    case OpKind::kConcatenation:
      return WriteConcatenation(to, op);
    case OpKind::kReshape:
      return WriteReshape(to, op.out, to->Operand(op, 0), to->AddOutput(Dimensions(op.out)));
    case OpKind::kSlice:
      return WriteSlice(to, op);
    case OpKind::kPad:
      return WritePad(to, op);
    default:
      MCUNAS_CHECK(false, "an operator that the writer does not know");
  }
}

int WriteReshape(WriteContext* to, const Shape& shape, int from, int output) {
  schema::ReshapeOptionsT options;
  options.new_shape = Dimensions(shape);
  const int target = to->builder.AddIndices(to->Name("shape"), {4}, options.new_shape);
  to->builder.AddOperator(schema::BuiltinOperator::RESHAPE, {from, target}, output, Union(options));
  return output;
}

void AddPad(WriteContext* to, int operand, const Padding& p, int output) {
  const int amounts = to->builder.AddIndices(to->Name("paddings"), {4, 2},
                                             {0, 0, p.top, p.bottom, p.left, p.right, 0, 0});
  to->builder.AddOperator(schema::BuiltinOperator::PAD, {operand, amounts}, output,
                          Union(schema::PadOptionsT{}));
}

void AddConcatenation(WriteContext* to, const std::vector<int32_t>& parts, int axis, int output) {
  schema::ConcatenationOptionsT options;
  options.axis = axis;
  to->builder.AddOperator(schema::BuiltinOperator::CONCATENATION, parts, output, Union(options));
}

void AddWholeSlice(WriteContext* to, int operand, const Corner& c, const Shape& shape, int output) {
  const int begin = to->builder.AddIndices(to->Name("begin"), {4}, {0, c.row, c.column, c.channel});
  const int size = to->builder.AddIndices(to->Name("size"), {4}, Dimensions(shape));
  to->builder.AddOperator(schema::BuiltinOperator::SLICE, {operand, begin, size}, output,
                          Union(schema::SliceOptionsT{}));
}

void AddSlice(WriteContext* to, int operand, const StridedPart& s, int output) {
  const int begin = to->builder.AddIndices(to->Name("begin"), {4}, {0, s.row, s.column, s.channel});
  const int end =
      to->builder.AddIndices(to->Name("end"), {4}, {1, s.stop_row, s.stop_column, s.channels});
  const int strides =
      to->builder.AddIndices(to->Name("strides"), {4}, {1, s.stride.height, s.stride.width, 1});
  to->builder.AddOperator(schema::BuiltinOperator::STRIDED_SLICE, {operand, begin, end, strides},
                          output, Union(schema::StridedSliceOptionsT{}));
}

}  // namespace mcunas
