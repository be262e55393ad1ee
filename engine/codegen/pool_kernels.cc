#include "engine/codegen/pool_kernels.h"

#include "common/check.h"
#include "engine/codegen/parameters_text.h"
#include "engine/codegen/text_format.h"

namespace mcunas {
namespace {

std::string PoolingText(const GenerationInput& input, const KernelParameters& p,
                        const ParameterNames& names) {
  const auto [op, parameters, clamp] = ClampedOperatorOf(input, p);
  const FoldedProduct mean = parameters.mean ? FoldMean(input.network, p.op) : FoldedProduct{};
  const char* arithmetic = !parameters.mean                         ? "MCU_DIVIDE"
                           : mean.rounding == MCU_ROUND_DOUBLE_FAST ? "MCU_MEAN_FAST"
                                                                    : "MCU_MEAN";
  return Format("static const struct mcu_pooling %s = {\n    %s, %d, %d, %s, %d, %d, %s};\n",
                names.own.c_str(), WindowText(op, p).c_str(), clamp.low, clamp.high, arithmetic,
                input.network.tensor(op.inputs[0]).zero_point, parameters.output.zero_point,
                FactorText(mean.factor).c_str());
}

constexpr Kernel kAveragePool = {"mcu_average_pool", {"mcu_pool.c", "mcu_pool.h"}, PoolingText};
constexpr Kernel kGlobalAveragePool = {
    "mcu_global_average_pool", {"mcu_pool.c", "mcu_pool.h"}, PoolingText};
constexpr Kernel kMaxPool = {"mcu_max_pool", {"mcu_max_pool.c", "mcu_pool.h"}, PoolingText};
const Kernel& PoolKernel(OpKind kind) {
  if (kind == OpKind::kAveragePool) return kAveragePool;
  if (kind == OpKind::kGlobalAveragePool) return kGlobalAveragePool;
  MCUNAS_CHECK(kind == OpKind::kMaxPool, "an operator without a kernel");
  return kMaxPool;
}

}  // namespace

KernelChoice ChoosePoolKernel(const Operator& op) { return {&PoolKernel(op.kind)}; }

}  // namespace mcunas
