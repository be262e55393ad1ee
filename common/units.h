// Integer quantities whose unit is part of the type: Bytes never adds to Cycles.
#pragma once

#include <compare>
#include <cstdint>

namespace mcunas {

template <typename Tag>
struct Quantity {
  int64_t value = 0;

  constexpr Quantity() = default;
  constexpr explicit Quantity(int64_t v) : value(v) {}
  constexpr auto operator<=>(const Quantity&) const = default;
  constexpr Quantity& operator+=(Quantity other) { return value += other.value, *this; }
  constexpr Quantity& operator-=(Quantity other) { return value -= other.value, *this; }
  friend constexpr Quantity operator+(Quantity a, Quantity b) {
    return Quantity(a.value + b.value);
  }
  friend constexpr Quantity operator-(Quantity a, Quantity b) {
    return Quantity(a.value - b.value);
  }
  friend constexpr Quantity operator*(Quantity a, int64_t n) { return Quantity(a.value * n); }
};

using Bytes = Quantity<struct BytesTag>;
// Multiply-accumulates of one inference.
using Macs = Quantity<struct MacsTag>;
// Executed instructions, as an emulator counts.
using Instructions = Quantity<struct InstructionsTag>;
// Core clock cycles, as DWT counts.
using Cycles = Quantity<struct CyclesTag>;
using Hertz = Quantity<struct HertzTag>;

// Sizes that people write: "64 kB" is 64 * 1024 bytes everywhere in mcunas, as board makers count.
constexpr Bytes KiB(int64_t n) { return Bytes(n * 1024); }

}  // namespace mcunas
