#include "engine/codegen/weighted_kernels.h"

#include "common/check.h"
#include "engine/codegen/pack_weights.h"
#include "engine/codegen/parameters_text.h"
#include "engine/codegen/text_format.h"
#include "memory_model/scratch.h"

namespace mcunas {
namespace {

// The fields of struct mcu_weighted.
std::string WeightedFields(const GenerationInput& input, const KernelParameters& p) {
  const auto [op, parameters, clamp] = ClampedOperatorOf(input, p);
  const size_t i = static_cast<size_t>(p.op);
  // The tables of a run begin at its first output channel.
  const auto table = [&](const char* what) {
    const std::string name = TableName(input, what, i);
    const int begin = p.tile < 0 ? 0 : p.slice.out_begin;
    return begin == 0 ? name : name + " + " + std::to_string(begin);
  };
  return Format("{\n    %s, %d, %s,\n    {%s, %s, %s, %d, %d, %d, %s}}", WindowText(op, p).c_str(),
                input.network.tensor(op.inputs[0]).zero_point, WeightsName(input, p).c_str(),
                p.adds_bias ? table("bias").c_str() : "NULL", table("multiplier").c_str(),
                table("shift").c_str(), parameters.output.zero_point, clamp.low, clamp.high,
                RoundingText(input.constants[i].rounding));
}

std::string WeightedText(const GenerationInput& input, const KernelParameters& p,
                         const ParameterNames& names) {
  return Format("static const struct mcu_weighted %s = %s;\n", names.own.c_str(),
                WeightedFields(input, p).c_str());
}

std::string PackedText(const GenerationInput& input, const KernelParameters& p,
                       const ParameterNames& names) {
  const Operator& op = input.network.network.op(p.op);
  const PackedBlock block = PackedBlockOf(op);
  return Format("static const struct mcu_packed %s = {%s,\n    %s, %d, %d, %d};\n",
                names.own.c_str(), WeightedFields(input, p).c_str(), names.inner_kernel,
                block.channels, block.values,
                op.kind == OpKind::kDepthwise ? op.out.channels / op.in.channels : 0);
}

constexpr Kernel kConv = {
    "mcu_conv", {"mcu_conv.c", "mcu_column.c", "mcu_matrix.c", "mcu_matrix.h"}, WeightedText};
constexpr Kernel kPointwise = {"mcu_pointwise",
                               {"mcu_pointwise.c", "mcu_column.c", "mcu_matrix.c", "mcu_matrix.h"},
                               WeightedText};
constexpr Kernel kConnected = {"mcu_fully_connected", {"mcu_fully_connected.c"}, WeightedText};
constexpr Kernel kConnected4Bit = {
    "mcu_fully_connected_4bit", {"mcu_fully_connected_4bit.c"}, WeightedText};
constexpr Kernel kTransposeConv = {"mcu_transpose_conv", {"mcu_transpose_conv.c"}, WeightedText};
constexpr Kernel kUnpack = {"mcu_unpack", {"mcu_unpack.c"}, PackedText};

constexpr Kernel kDepthwiseAny = {"mcu_depthwise_any", {"mcu_depthwise_any.c"}, WeightedText};

constexpr Kernel FastDepthwise(const char* name, const char* file) {
  return {name, {"mcu_depthwise.c", "mcu_depthwise.h", "mcu_depthwise_dsp.h", file}, WeightedText};
}
// By side (3, 5, 7) and column stride (1, 2).
constexpr Kernel kDepthwise[3][2] = {{FastDepthwise("mcu_depthwise_3_1", "mcu_depthwise_3.c"),
                                      FastDepthwise("mcu_depthwise_3_2", "mcu_depthwise_3.c")},
                                     {FastDepthwise("mcu_depthwise_5_1", "mcu_depthwise_5.c"),
                                      FastDepthwise("mcu_depthwise_5_2", "mcu_depthwise_5.c")},
                                     {FastDepthwise("mcu_depthwise_7_1", "mcu_depthwise_7.c"),
                                      FastDepthwise("mcu_depthwise_7_2", "mcu_depthwise_7.c")}};

const Kernel& DepthwiseKernel(const Operator& op) {
  const int side = DepthwiseSide(op);
  if (side == 0) return kDepthwiseAny;
  MCUNAS_CHECK(side == 3 || side == 5 || side == 7, "a depthwise kernel of another side");
  return kDepthwise[side / 2 - 1][op.stride.width == 1 ? 0 : 1];
}

// Of 8 bits.
const Kernel& WeightedKernel(const Operator& op) {
  if (op.kind == OpKind::kConv) return kConv;
  if (op.kind == OpKind::kPointwise) return kPointwise;
  if (op.kind == OpKind::kDepthwise) return DepthwiseKernel(op);
  if (op.kind == OpKind::kFullyConnected) return kConnected;
  MCUNAS_CHECK(op.kind == OpKind::kTransposeConv, "an operator without a kernel");
  return kTransposeConv;
}

}  // namespace

KernelChoice ChooseWeightedKernel(const Operator& op) {
  if (op.weight_bits == 8) return {&WeightedKernel(op)};
  if (op.kind == OpKind::kFullyConnected) return {&kConnected4Bit};
  return {&kUnpack, &WeightedKernel(op)};
}

}  // namespace mcunas
