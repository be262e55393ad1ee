#include "engine/tflite/write_pools_internal.h"

#include <optional>
#include <utility>

#include "common/check.h"
#include "engine/tflite/operator_codes_internal.h"
#include "engine/tflite/write_context_internal.h"
#include "engine/tflite/write_geometry_internal.h"
#include "engine/tflite/write_windows_internal.h"

namespace mcunas {
namespace {

namespace schema = tflite_schema;

struct Pool {
  schema::BuiltinOperator code;
  Extent window;
  Extent stride;
  schema::Padding padding = schema::Padding::VALID;
  Activation activation = Activation::kNone;
};

void AddPool(WriteContext* to, const Pool& pool, int operand, int output) {
  schema::Pool2DOptionsT options;
  options.padding = pool.padding;
  options.stride_h = pool.stride.height;
  options.stride_w = pool.stride.width;
  options.filter_height = pool.window.height;
  options.filter_width = pool.window.width;
  options.fused_activation_function = ActivationCode(pool.activation);
  to->builder.AddOperator(pool.code, {operand}, output, Union(options));
}

schema::BuiltinOperator PoolCode(const Operator& op) {
  return op.kind == OpKind::kMaxPool ? schema::BuiltinOperator::MAX_POOL_2D
                                     : schema::BuiltinOperator::AVERAGE_POOL_2D;
}

int WriteGlobalAveragePool(WriteContext* to, const Operator& op) {
  const int output = to->AddOutput(Dimensions(op.out));
  AddPool(to, {schema::BuiltinOperator::AVERAGE_POOL_2D, {op.in.height, op.in.width}},
          to->Operand(op, 0), output);
  return output;
}

// Over the whole map, or over all rows or all columns.
int WriteMean(WriteContext* to, const Operator& op) {
  std::vector<int32_t> axes;
  if (op.out.height == 1) axes.push_back(1);
  if (op.out.width == 1) axes.push_back(2);
  MCUNAS_CHECK(op.out.height == 1 || op.kernel.height == 1, "MEAN takes whole columns");
  MCUNAS_CHECK(op.out.width == 1 || op.kernel.width == 1, "MEAN takes whole rows");
  const int indices =
      to->builder.AddIndices(to->Name("axes"), {static_cast<int32_t>(axes.size())}, axes);
  schema::ReducerOptionsT options;
  options.keep_dims = true;
  const int output = to->AddOutput(Dimensions(op.out));
  to->builder.AddOperator(schema::BuiltinOperator::MEAN, {to->Operand(op, 0), indices}, output,
                          Union(options));
  return output;
}

// At stride 1 SAME pads as we do: every stride-th window of that is ours.
int WriteSlicedPool(WriteContext* to, const Operator& op, Pool pool) {
  pool.stride = {};
  pool.padding = schema::Padding::SAME;
  const int dense =
      to->builder.AddActivation(to->Name("pool"), Dimensions(op.in), to->Parameters().output);
  AddPool(to, pool, to->Operand(op, 0), dense);
  const int output = to->AddOutput(Dimensions(op.out));
  const int stop_row = (op.out.height - 1) * op.stride.height + 1;
  const int stop_column = (op.out.width - 1) * op.stride.width + 1;
  AddSlice(to, dense, {0, 0, stop_row, stop_column, op.stride, op.in.channels}, output);
  return output;
}

int WritePooledWindow(WriteContext* to, const Operator& op, int y, int x) {
  const auto [top, bottom] = Rows(op).Window(y);
  const auto [left, right] = Columns(op).Window(x);
  const Shape shape{bottom - top, right - left, op.in.channels};
  const int window =
      to->builder.AddActivation(to->Name("window"), Dimensions(shape), to->Parameters().output);
  AddSlice(to, to->Operand(op, 0), {top, left, bottom, right, {}, op.in.channels}, window);
  const int pixel = to->builder.AddActivation(to->Name("pixel"), {1, 1, 1, op.in.channels},
                                              to->Parameters().output);
  Pool pool{PoolCode(op), {shape.height, shape.width}};
  pool.activation = op.activation;
  AddPool(to, pool, window, pixel);
  return pixel;
}

// Padding that no TFLite pool has: every window is cut out, pooled as a whole, and put in its
// place.
int WritePoolByPixel(WriteContext* to, const Operator& op) {
  std::vector<int32_t> rows;
  for (int y = 0; y < op.out.height; ++y) {
    std::vector<int32_t> pixels;
    for (int x = 0; x < op.out.width; ++x) pixels.push_back(WritePooledWindow(to, op, y, x));
    const Shape row{1, op.out.width, op.out.channels};
    rows.push_back(
        to->builder.AddActivation(to->Name("row"), Dimensions(row), to->Parameters().output));
    AddConcatenation(to, pixels, 2, rows.back());
  }
  const int output = to->AddOutput(Dimensions(op.out));
  AddConcatenation(to, rows, 1, output);
  return output;
}

int WritePool(WriteContext* to, const Operator& op) {
  Pool pool{PoolCode(op), op.kernel, op.stride, schema::Padding::VALID, op.activation};
  if (const std::optional<schema::Padding> builtin = BuiltinPadding(op)) {
    pool.padding = *builtin;
    const int output = to->AddOutput(Dimensions(op.out));
    AddPool(to, pool, to->Operand(op, 0), output);
    return output;
  }
  if (op.padding == CentredPadding(op.kernel)) return WriteSlicedPool(to, op, pool);
  return WritePoolByPixel(to, op);
}

}  // namespace

int WritePools(WriteContext* to, const Operator& op) {
  if (to->Parameters().mean) return WriteMean(to, op);
  return op.kind == OpKind::kGlobalAveragePool ? WriteGlobalAveragePool(to, op) : WritePool(to, op);
}

}  // namespace mcunas
