#include "common/random.h"

#include <cmath>
#include <string>

#include "common/check.h"
#include "common/hash.h"

namespace mcunas {
namespace {

uint64_t RotateLeft(uint64_t x, int k) { return x << k | x >> (64 - k); }

uint64_t SplitMix64(uint64_t* state) {
  uint64_t z = *state += 0x9e3779b97f4a7c15ULL;
  z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9ULL;
  z = (z ^ (z >> 27)) * 0x94d049bb133111ebULL;
  return z ^ (z >> 31);
}

}  // namespace

RandomStream::RandomStream(uint64_t run_seed, std::string_view purpose, std::string_view subject) {
  std::string name = std::to_string(run_seed);
  name.append("\x1f").append(purpose).append("\x1f").append(subject);
  const Hash128 hash = HashBytes(name);
  uint64_t seed = hash.high ^ RotateLeft(hash.low, 32);
  for (uint64_t& word : state_) word = SplitMix64(&seed);
}

uint64_t RandomStream::Next() {
  const uint64_t result = RotateLeft(state_[1] * 5, 7) * 9;
  const uint64_t t = state_[1] << 17;
  state_[2] ^= state_[0];
  state_[3] ^= state_[1];
  state_[1] ^= state_[2];
  state_[0] ^= state_[3];
  state_[2] ^= t;
  state_[3] = RotateLeft(state_[3], 45);
  return result;
}

uint64_t RandomStream::Below(uint64_t bound) {
  MCUNAS_CHECK(bound > 0, "a random number below zero does not exist");
  const uint64_t threshold = (0 - bound) % bound;
  while (true) {
    const unsigned __int128 product = static_cast<unsigned __int128>(Next()) * bound;
    if (static_cast<uint64_t>(product) >= threshold) return static_cast<uint64_t>(product >> 64);
  }
}

int64_t RandomStream::Between(int64_t low, int64_t high) {
  MCUNAS_CHECK(low <= high, "empty range");
  return low + static_cast<int64_t>(Below(static_cast<uint64_t>(high - low) + 1));
}

double RandomStream::Unit() { return static_cast<double>(Next() >> 11) * 0x1.0p-53; }

double RandomStream::Normal() {
  const double radius = std::sqrt(-2.0 * std::log(1.0 - Unit()));
  return radius * std::cos(2.0 * 3.14159265358979323846 * Unit());
}

}  // namespace mcunas
