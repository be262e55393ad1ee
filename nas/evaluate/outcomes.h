// Outcomes: which of the judged inputs a network got right, and how two networks compare on the
// same inputs. Paired, a difference is told from fewer inputs: what both got right cancels.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <vector>

namespace mcunas {

class Outcomes {
 public:
  Outcomes() = default;
  // One value per input, in the order of the split; not 0: right.
  explicit Outcomes(std::span<const uint8_t> right);

  int count() const { return count_; }
  bool empty() const { return count_ == 0; }
  bool right(int input) const { return (words_[Word(input)] >> (input % 64) & 1) != 0; }

  double share() const;  // of right ones; there are some

  // "0" and "1", one per input; reads back to the same. Nothing else may stand in it.
  std::string ToText() const;
  static Outcomes FromText(const std::string& text);

  bool operator==(const Outcomes&) const = default;

 private:
  friend struct PairedDifference ComparePaired(const Outcomes& a, const Outcomes& b);
  static size_t Word(int input) { return static_cast<size_t>(input / 64); }

  int count_ = 0;
  std::vector<uint64_t> words_;  // bits behind the last input are 0
};

// Share of right answers of `a` less that of `b`.
struct PairedDifference {
  int64_t only_a = 0, only_b = 0;  // inputs that only one of them got right
  int64_t count = 0;

  double mean() const;
  double error() const;  // standard error of the mean
};

// On the inputs that both were judged by, the first of the split. Some of them.
PairedDifference ComparePaired(const Outcomes& a, const Outcomes& b);

// Probability of a difference as large as this between equally good networks, both sides: McNemar's
// exact test (McNemar 1947). 1 where nothing differs.
double McNemar(const PairedDifference& difference);

}  // namespace mcunas
