#include "supernet/cpu/kernels.h"

#include <cstdlib>
#include <string_view>

namespace mcunas {

namespace generic {
extern const CpuKernels kKernels;
}
#ifdef MCUNAS_X86_KERNELS
namespace avx2 {
extern const CpuKernels kKernels;
}
namespace avx512 {
extern const CpuKernels kKernels;
}
#endif

void PackPanels(const Matrix& matrix, int lanes, float* panels) {
  for (int first = 0; first < matrix.outputs; first += 2 * lanes) {
    const int width = matrix.outputs - first > lanes ? 2 * lanes : lanes;
    for (int k = 0; k < matrix.depth; ++k) {
      for (int n = first; n < first + width; ++n) {
        *panels++ = n < matrix.outputs ? matrix.from[k * matrix.row + n * matrix.column] : 0.0f;
      }
    }
  }
}

const CpuKernels* FindKernels(const char* name) {
  const std::string_view wish = name;
  if (wish == "generic") return &generic::kKernels;
#ifdef MCUNAS_X86_KERNELS
  const bool fma = __builtin_cpu_supports("fma");
  if (wish == "avx2" && fma && __builtin_cpu_supports("avx2")) return &avx2::kKernels;
  if (wish == "avx512" && fma && __builtin_cpu_supports("avx512f")) return &avx512::kKernels;
#endif
  return nullptr;
}

const CpuKernels& Kernels() {
  static const CpuKernels& best = []() -> const CpuKernels& {
    const char* wish = std::getenv("MCUNAS_CPU_KERNELS");
    for (const char* name : {wish == nullptr ? "" : wish, "avx512", "avx2"}) {
      if (const CpuKernels* found = FindKernels(name)) return *found;
    }
    return generic::kKernels;
  }();
  return best;
}

}  // namespace mcunas
