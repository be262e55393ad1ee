#include "engine/codegen/kernel_choice.h"

#include "common/check.h"
#include "engine/codegen/geometry_kernels.h"
#include "engine/codegen/pair_kernels.h"
#include "engine/codegen/parameters_text.h"
#include "engine/codegen/pool_kernels.h"
#include "engine/codegen/text_format.h"
#include "engine/codegen/weighted_kernels.h"

namespace mcunas {
namespace {

std::string LookupText(const GenerationInput& input, const KernelParameters& p,
                       const ParameterNames& names) {
  return Format("static const struct mcu_lookup %s = {%d, %s};\n", names.own.c_str(),
                input.network.network.op(p.op).in.channels,
                TableName(input, "lookup", static_cast<size_t>(p.op)).c_str());
}

std::string SoftmaxText(const GenerationInput& input, const KernelParameters& p,
                        const ParameterNames& names) {
  return Format("static const struct mcu_softmax_table %s = {%d, %s};\n", names.own.c_str(),
                input.network.network.op(p.op).in.channels,
                TableName(input, "exponentials", static_cast<size_t>(p.op)).c_str());
}

constexpr Kernel kLookup = {"mcu_lookup_bytes", {"mcu_lookup.c"}, LookupText};
constexpr Kernel kSoftmax = {"mcu_softmax", {"mcu_softmax.c"}, SoftmaxText};

constexpr const char* kFilesOfEveryProject[] = {
    "mcu_dsp.h", "mcu_kernels.h", "mcu_requantize.c", "mcu_requantize.h",
    "mcu_run.c", "mcu_run.h",     "scratch_size.h"};

// Calls visit(kernel) for every kernel of every operator.
template <typename Visit>
void ForEachKernel(const Network& network, Visit visit) {
  for (const Operator& op : network.operators) {
    const KernelChoice choice = ChooseKernel(op);
    visit(*choice.kernel);
    if (choice.inner != nullptr) visit(*choice.inner);
  }
}

}  // namespace

KernelChoice ChooseKernel(const Operator& op) {
  if (IsFunctionOfByte(op)) return {&kLookup};
  switch (FamilyOf(op.kind)) {
    case OpFamily::kWeighted:
      return ChooseWeightedKernel(op);
    case OpFamily::kPool:
      return ChoosePoolKernel(op);
    case OpFamily::kPairwise:
    case OpFamily::kConstants:
      return ChoosePairKernel(op);
    case OpFamily::kFunction:
      break;  // of a byte
    case OpFamily::kSoftmax:
      return {&kSoftmax};
    case OpFamily::kGeometry:
      return ChooseGeometryKernel(op);
  }
  MCUNAS_CHECK(false, "an operator without a kernel");
}

std::set<std::string> KernelFiles(const Network& network) {
  std::set<std::string> files(std::begin(kFilesOfEveryProject), std::end(kFilesOfEveryProject));
  ForEachKernel(network, [&](const Kernel& kernel) {
    for (const char* file : kernel.files)
      if (file != nullptr) files.insert(file);
  });
  return files;
}

std::set<std::string> KernelHeaders(const Network& network) {
  std::set<std::string> headers;
  ForEachKernel(network, [&](const Kernel& kernel) {
    if (kernel.header != nullptr) headers.insert(kernel.header);
  });
  return headers;
}

std::string ParametersText(const GenerationInput& input, const KernelParameters& p) {
  const KernelChoice choice = ChooseKernel(input.network.network.op(p.op));
  ParameterNames names{"op_" + ParameterLabel(p), nullptr, {}};
  if (choice.inner == nullptr) return choice.kernel->parameters(input, p, names);
  names.inner_kernel = choice.inner->name;
  if (!choice.inner_has_struct) return choice.kernel->parameters(input, p, names);
  names.inner = "inner_" + ParameterLabel(p);
  return choice.inner->parameters(input, p, {names.inner, nullptr, {}}) +
         choice.kernel->parameters(input, p, names);
}

}  // namespace mcunas
