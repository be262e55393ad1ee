// Hash128: the identity of networks, candidates and configs. Not cryptographic.
//
// FNV-1a over 128 bits (Fowler, Noll, Vo), then one avalanche step, so that near-equal texts differ
// in every hexadecimal digit. Blobs that cross the network use SHA-256 instead (board_agent).
#pragma once

#include <compare>
#include <cstdint>
#include <string>
#include <string_view>

namespace mcunas {

struct Hash128 {
  uint64_t high = 0;
  uint64_t low = 0;

  auto operator<=>(const Hash128&) const = default;
  // 32 lower-case hexadecimal digits.
  std::string Hex() const;
  // The first 12 digits: what people read in tables and folder names.
  std::string Short() const { return Hex().substr(0, 12); }
};

Hash128 HashBytes(std::string_view bytes);

// Exactly 32 hexadecimal digits, otherwise false and *out stays untouched.
bool ParseHash(std::string_view hex, Hash128* out);

}  // namespace mcunas

template <>
struct std::hash<mcunas::Hash128> {
  size_t operator()(const mcunas::Hash128& h) const noexcept { return h.low; }
};
