// Named random streams: results depend on (run seed, purpose, subject), never on worker order.
//
// xoshiro256** (Blackman, Vigna 2018) seeded through SplitMix64 from a hash of the names. All
// distributions are our own, so the numbers are the same on every platform and standard library.
// Thread rule: one stream per thread; a stream is a value and may be copied to fork a replay.
#pragma once

#include <array>
#include <cstdint>
#include <string_view>
#include <utility>
#include <vector>

namespace mcunas {

class RandomStream {
 public:
  // The stream for `purpose` ("mutation", "augmentation", ...) about `subject` (a candidate hash,
  // an epoch number, ...) in the run with this seed.
  RandomStream(uint64_t run_seed, std::string_view purpose, std::string_view subject = "");

  uint64_t Next();
  // Uniform in [0, bound); bound > 0. Unbiased (Lemire's rejection).
  uint64_t Below(uint64_t bound);
  // Uniform in [low, high], both included.
  int64_t Between(int64_t low, int64_t high);
  // Uniform in [0, 1), 53 bits.
  double Unit();
  bool Chance(double probability) { return Unit() < probability; }
  // Standard normal (Box-Muller, one value per call).
  double Normal();

  template <typename T>
  const T& Pick(const std::vector<T>& items) {
    return items[Below(items.size())];
  }
  template <typename T>
  void Shuffle(std::vector<T>* items) {
    for (size_t i = items->size(); i > 1; --i) std::swap((*items)[i - 1], (*items)[Below(i)]);
  }

  // The whole state, for checkpoints.
  const std::array<uint64_t, 4>& state() const { return state_; }
  void set_state(const std::array<uint64_t, 4>& state) { state_ = state; }

 private:
  std::array<uint64_t, 4> state_;
};

}  // namespace mcunas
