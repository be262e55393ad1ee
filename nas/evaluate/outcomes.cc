#include "nas/evaluate/outcomes.h"

#include <algorithm>
#include <bit>
#include <cmath>

#include "common/check.h"

namespace mcunas {

Outcomes::Outcomes(std::span<const uint8_t> right)
    : count_(static_cast<int>(right.size())), words_((right.size() + 63) / 64, 0) {
  for (int i = 0; i < count_; ++i) {
    if (right[static_cast<size_t>(i)] != 0) words_[Word(i)] |= uint64_t{1} << (i % 64);
  }
}

double Outcomes::share() const {
  MCUNAS_CHECK(count_ > 0, "a share of nothing");
  int64_t right = 0;
  for (const uint64_t word : words_) right += std::popcount(word);
  return static_cast<double>(right) / count_;
}

std::string Outcomes::ToText() const {
  std::string text;
  for (int i = 0; i < count_; ++i) text += right(i) ? '1' : '0';
  return text;
}

Outcomes Outcomes::FromText(const std::string& text) {
  std::vector<uint8_t> right;
  for (const char c : text) right.push_back(c == '1');
  return Outcomes(right);
}

double PairedDifference::mean() const {
  return static_cast<double>(only_a - only_b) / static_cast<double>(count);
}

double PairedDifference::error() const {
  const double square = static_cast<double>(only_a + only_b) / static_cast<double>(count);
  return std::sqrt(std::max(0.0, square - mean() * mean()) / static_cast<double>(count));
}

PairedDifference ComparePaired(const Outcomes& a, const Outcomes& b) {
  PairedDifference difference;
  const int common = std::min(a.count(), b.count());
  MCUNAS_CHECK(common > 0, "networks without a common input");
  difference.count = common;
  for (int first = 0; first < common; first += 64) {
    const int left = common - first;
    const uint64_t mask = left >= 64 ? ~uint64_t{0} : (uint64_t{1} << left) - 1;
    const uint64_t in_a = a.words_[Outcomes::Word(first)], in_b = b.words_[Outcomes::Word(first)];
    difference.only_a += std::popcount(in_a & ~in_b & mask);
    difference.only_b += std::popcount(in_b & ~in_a & mask);
  }
  return difference;
}

double McNemar(const PairedDifference& difference) {
  const int64_t n = difference.only_a + difference.only_b;
  const int64_t fewer = std::min(difference.only_a, difference.only_b);
  // The tail of the binomial distribution of n fair coins, in logarithms.
  double tail = 0;
  for (int64_t k = 0; k <= fewer; ++k) {
    tail += std::exp(
        std::lgamma(static_cast<double>(n + 1)) - std::lgamma(static_cast<double>(k + 1)) -
        std::lgamma(static_cast<double>(n - k + 1)) - static_cast<double>(n) * std::log(2.0));
  }
  return std::min(1.0, 2 * tail);
}

}  // namespace mcunas
