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

void GateMap(MapRows size, const LazyMap& map, const float* gate, float* y) {
  const float* x = map.x;
  for (int64_t row = 0; row < size.rows; ++row, x += size.channels, y += size.channels) {
    for (int c = 0; c < size.channels; c += kLanes) {
      const int some = LanesFrom(c, size.channels);
      const Vector seen = MapLanes(map, c).Activate(LoadSome(x + c, some));
      StoreSome(seen * LoadSome(gate + c, some), some, y + c);
    }
  }
}

void GateGradient(const GateBackward& call) {
  const MapRows& size = call.size;
  for (int c = 0; c < size.channels; c += kLanes) {
    const MapLanes lanes(call.map, c);
    const int some = LanesFrom(c, size.channels);
    const Vector gate = LoadSome(call.gate + c, some);
    Vector total = {};
    for (int64_t at = c; at < size.rows * size.channels; at += size.channels) {
      const Vector gradient = LoadSome(call.gradient + at, some);
      total += gradient * lanes.Activate(LoadSome(call.map.x + at, some));
      StoreSome(gradient * gate, some, call.din + at);
    }
    StoreSome(total, some, call.dgate + c);
  }
}

}  // namespace MCUNAS_SIMD_NAME
}  // namespace mcunas
