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

const CpuKernels& Kernels() {
#ifdef MCUNAS_X86_KERNELS
  static const CpuKernels& best = []() -> const CpuKernels& {
    const char* chosen = std::getenv("MCUNAS_CPU_KERNELS");
    const std::string_view wish = chosen == nullptr ? "" : chosen;
    if (wish == "generic") return generic::kKernels;
    if (__builtin_cpu_supports("avx512f") && wish != "avx2") return avx512::kKernels;
    if (__builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma")) return avx2::kKernels;
    return generic::kKernels;
  }();
  return best;
#else
  return generic::kKernels;
#endif
}

}  // namespace mcunas
