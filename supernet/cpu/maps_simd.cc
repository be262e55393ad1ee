// Whole maps, where no layer reads or writes them anyway. Compiled once per instruction set.
#include "supernet/cpu/maps_simd.h"

#include "supernet/cpu/lanes.h"

namespace mcunas {
namespace MCUNAS_SIMD_NAME {

void Materialise(MapRows size, const LazyMap& map, const LazyMap& addend, float* y) {
  for (int c = 0; c < size.channels; c += kLanes) {
    const MapLanes lanes(map, c);
    const MapLanes other(addend.x == nullptr ? map : addend, c);
    const int some = LanesFrom(c, size.channels);
    for (int64_t at = c; at < size.rows * size.channels; at += size.channels) {
      Vector value = lanes.Activate(LoadSome(map.x + at, some));
      if (addend.x != nullptr) value += other.Activate(LoadSome(addend.x + at, some));
      StoreSome(value, some, y + at);
    }
  }
}

void SumGradients(MapRows size, const LazyMap& map, const float* gradient,
                  const GradientSums& sums) {
  for (int c = 0; c < size.channels; c += kLanes) {
    const MapLanes lanes(map, c);
    const Vector mean = Load(sums.mean + c);
    GradientSumLanes totals(sums, c);
    const int some = LanesFrom(c, size.channels);
    for (int64_t at = c; at < size.rows * size.channels; at += size.channels) {
      const Vector x = LoadSome(map.x + at, some);
      totals.Add(x, lanes.Pass(x, LoadSome(gradient + at, some)), mean);
    }
    totals.Save(sums, c);
  }
}

}  // namespace MCUNAS_SIMD_NAME
}  // namespace mcunas
