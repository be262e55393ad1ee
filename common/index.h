// An index that is known to be >= 0, as containers of the standard library count.
#pragma once

#include <cassert>
#include <concepts>
#include <cstddef>

namespace mcunas {

constexpr size_t Index(std::signed_integral auto index) {
  assert(index >= 0);
  return static_cast<size_t>(index);
}

}  // namespace mcunas
