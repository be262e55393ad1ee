#include "engine/codegen/geometry_kernels.h"

#include "common/check.h"
#include "engine/codegen/parameters_text.h"
#include "engine/codegen/text_format.h"
#include "network/resize.h"

namespace mcunas {
namespace {

std::string PlaceText(const ResizeAxis& axis) {
  const BilinearScale place = BilinearScaleOf(axis);
  return Format("{%d, %d}", place.scale, place.offset);
}

std::string ResizingText(const GenerationInput& input, const KernelParameters& p,
                         const ParameterNames& names) {
  const Operator& op = input.network.network.op(p.op);
  return Format("static const struct mcu_resizing %s = {%d, %d, %d};\n", names.own.c_str(),
                op.in.channels, op.out.height / op.in.height, op.out.width / op.in.width);
}

std::string PickingText(const GenerationInput& input, const KernelParameters& p,
                        const ParameterNames& names) {
  const size_t i = static_cast<size_t>(p.op);
  return Format("static const struct mcu_picking %s = {%d, %s, %s};\n", names.own.c_str(),
                input.network.network.op(p.op).in.channels, TableName(input, "rows", i).c_str(),
                TableName(input, "columns", i).c_str());
}

std::string BilinearText(const GenerationInput& input, const KernelParameters& p,
                         const ParameterNames& names) {
  const Operator& op = input.network.network.op(p.op);
  return Format("static const struct mcu_bilinear %s = {%d, %d, %s, %s};\n", names.own.c_str(),
                op.in.channels, op.in.width, PlaceText(ResizeRows(op)).c_str(),
                PlaceText(ResizeColumns(op)).c_str());
}

std::string ConcatenationText(const GenerationInput& input, const KernelParameters& p,
                              const ParameterNames& names) {
  return Format("static const struct mcu_concatenation %s = {%zu};\n", names.own.c_str(),
                input.network.network.op(p.op).inputs.size());
}

std::string ReshapingText(const GenerationInput& input, const KernelParameters& p,
                          const ParameterNames& names) {
  const Operator& op = input.network.network.op(p.op);
  return Format("static const struct mcu_reshaping %s = {%d, %d};\n", names.own.c_str(),
                op.out.channels, op.out.width);
}

std::string SlicingText(const GenerationInput& input, const KernelParameters& p,
                        const ParameterNames& names) {
  const Operator& op = input.network.network.op(p.op);
  return Format("static const struct mcu_slicing %s = {%d, %d, %d, %d, %d, %d};\n",
                names.own.c_str(), op.out.channels, op.corner.channel, op.corner.row,
                op.corner.column, op.stride.height, op.stride.width);
}

std::string FramingText(const GenerationInput& input, const KernelParameters& p,
                        const ParameterNames& names) {
  const Operator& op = input.network.network.op(p.op);
  return Format("static const struct mcu_framing %s = {%d, %d, %d, %d, %d};\n", names.own.c_str(),
                op.in.channels, op.in.width, op.padding.top, op.padding.left,
                input.network.tensor(op.inputs[0]).zero_point);
}

constexpr Kernel kResize = {"mcu_resize_nearest", {"mcu_copy.c"}, ResizingText};
constexpr Kernel kPick = {"mcu_resize_by_table", {"mcu_resize.c"}, PickingText};
constexpr Kernel kBilinear = {"mcu_resize_bilinear", {"mcu_resize.c"}, BilinearText};
constexpr Kernel kConcatenate = {"mcu_concatenate", {"mcu_copy.c"}, ConcatenationText};
constexpr Kernel kReshape = {"mcu_reshape", {"mcu_copy.c"}, ReshapingText};
constexpr Kernel kSlice = {"mcu_slice", {"mcu_slice.c"}, SlicingText};
constexpr Kernel kPad = {"mcu_pad", {"mcu_slice.c"}, FramingText};

const Kernel& GeometryKernel(const Operator& op) {
  if (op.kind == OpKind::kResizeNearest) return ResizesEvenly(op) ? kResize : kPick;
  if (op.kind == OpKind::kResizeBilinear) return kBilinear;
  if (op.kind == OpKind::kConcatenation) return kConcatenate;
  if (op.kind == OpKind::kReshape) return kReshape;
  if (op.kind == OpKind::kSlice) return kSlice;
  MCUNAS_CHECK(op.kind == OpKind::kPad, "an operator without a kernel");
  return kPad;
}

}  // namespace

KernelChoice ChooseGeometryKernel(const Operator& op) { return {&GeometryKernel(op)}; }

}  // namespace mcunas
