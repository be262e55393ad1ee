#include "tests/unit/supernet/kernel_operands.h"

#include <algorithm>
#include <cmath>
#include <limits>

namespace mcunas {
namespace {

constexpr double kTolerance = 1e-5;
constexpr int64_t kGuard = 32;  // words on each side
constexpr float kGuardWord = -12345.0f;
constexpr uintptr_t kAlignment = 64;
constexpr float kBehindChannels = 7;  // whatever stands there must not show
constexpr float kInfinity = std::numeric_limits<float>::infinity();

std::vector<float> PerChannel(std::vector<float> values) {
  values.resize(static_cast<size_t>(PaddedChannels(static_cast<int>(values.size()))),
                kBehindChannels);
  return values;
}

}  // namespace

std::vector<float> Numbers::Some(int64_t count) {
  std::vector<float> values(static_cast<size_t>(count));
  for (float& value : values) value = Next();
  return values;
}

Guarded::Guarded(int64_t size, float fill)
    : memory_(static_cast<size_t>(size + 3 * kGuard), kGuardWord), first_(kGuard), size_(size) {
  while (reinterpret_cast<uintptr_t>(data()) % kAlignment != 0) ++first_;
  std::fill_n(data(), size, fill);
}

bool Guarded::intact() const {
  const auto whole = [](float word) { return word == kGuardWord; };
  return std::all_of(memory_.begin(), memory_.begin() + first_, whole) &&
         std::all_of(memory_.begin() + first_ + size_, memory_.end(), whole);
}

Guarded NotANumber(int64_t size) { return Guarded(size, std::numeric_limits<float>::quiet_NaN()); }

std::vector<Bounds> AllBounds() {
  return {{-kInfinity, kInfinity}, {0, kInfinity}, {0, 6}, {-kInfinity, kInfinity, true}};
}

LazyMap MapOperand::Lazy() const {
  return {x.data(), scale.data(), bias.data(), bounds.low, bounds.high, bounds.hard_swish};
}
double MapOperand::Normal(int64_t element) const {
  const auto c = static_cast<size_t>(element % channels);
  return double{x[static_cast<size_t>(element)]} * double{scale[c]} + double{bias[c]};
}
double MapOperand::Value(int64_t element) const {
  const double value = Normal(element);
  if (bounds.hard_swish) return value * std::clamp(value + 3, 0.0, 6.0) / 6;
  return std::clamp(value, double{bounds.low}, double{bounds.high});
}
double MapOperand::Slope(int64_t element) const {
  const double value = Normal(element);
  if (bounds.hard_swish) return value <= -3 ? 0 : value >= 3 ? 1 : value / 3 + 0.5;
  return value > double{bounds.low} && value < double{bounds.high} ? 1 : 0;
}

MapOperand RandomMap(MapRows size, Bounds bounds, Numbers* numbers) {
  MapOperand map;
  map.x = numbers->Some(size.rows * size.channels);
  map.scale = PerChannel(numbers->Some(size.channels));
  map.bias = PerChannel(numbers->Some(size.channels));
  map.channels = size.channels;
  map.bounds = bounds;
  return map;
}

MapOperand IdentityMap(std::vector<float> x, int channels) {
  const auto count = static_cast<size_t>(channels);
  return {std::move(x), PerChannel(std::vector<float>(count, 1)),
          PerChannel(std::vector<float>(count, 0)), channels, AllBounds()[0]};
}

LazyGradient GradientOperand::Lazy() const {
  return {gradient.data(), slope.data(), offset.data(), map.Lazy()};
}
double GradientOperand::Value(int64_t element) const {
  const auto at = static_cast<size_t>(element), c = static_cast<size_t>(element % map.channels);
  const double passed = map.Slope(element) * double{gradient[at]};
  return double{map.scale[c]} * passed + double{slope[c]} * double{map.x[at]} + double{offset[c]};
}

GradientOperand RandomGradient(MapRows size, Bounds bounds, Numbers* numbers) {
  GradientOperand operand;
  operand.map = RandomMap(size, bounds, numbers);
  operand.gradient = numbers->Some(size.rows * size.channels);
  operand.slope = PerChannel(numbers->Some(size.channels));
  operand.offset = PerChannel(numbers->Some(size.channels));
  return operand;
}

MomentMemory::MomentMemory(int channels)
    : shift(PaddedChannels(channels), 0),
      sums(PaddedChannels(channels), 0),
      squares(PaddedChannels(channels), 0) {}

GradientSumMemory::GradientSumMemory(int channels, Numbers* numbers)
    : mean(PerChannel(numbers->Some(channels))),
      sums(PaddedChannels(channels), 0),
      products(PaddedChannels(channels), 0) {}

void ExpectClose(const Guarded& actual, const std::vector<double>& expected, const char* what) {
  EXPECT_TRUE(actual.intact()) << what << ": written beyond its ends";
  ASSERT_LE(expected.size(), static_cast<size_t>(actual.size())) << what;
  double scale = 1;
  for (const double value : expected) scale = std::max(scale, std::abs(value));
  for (size_t i = 0; i < expected.size(); ++i) {
    const double value = actual[static_cast<int64_t>(i)];
    ASSERT_NEAR(value, expected[i], kTolerance * scale) << what << " " << i;
  }
}

void ExpectMoments(const MomentMemory& actual, int channels, const std::vector<double>& map,
                   int times) {
  const auto count = static_cast<size_t>(channels);
  std::vector<double> sums(count, 0), squares(count, 0);
  for (size_t i = 0; i < map.size(); ++i) {
    const double centred = map[i] - map[i % count];
    sums[i % count] += times * centred;
    squares[i % count] += times * centred * centred;
  }
  ExpectClose(actual.shift, {map.begin(), map.begin() + channels}, "shift");
  ExpectClose(actual.sums, sums, "sums");
  ExpectClose(actual.squares, squares, "squares");
}

void ExpectGradientSums(const GradientSumMemory& actual, const MapOperand& map,
                        const std::vector<double>& gradient) {
  const auto channels = static_cast<size_t>(map.channels);
  std::vector<double> sums(channels, 0), products(channels, 0);
  for (size_t i = 0; i < gradient.size(); ++i) {
    const double passed = gradient[i] * map.Slope(static_cast<int64_t>(i));
    const size_t c = i % channels;
    sums[c] += passed;
    products[c] += passed * (double{map.x[i]} - double{actual.mean[c]});
  }
  ExpectClose(actual.sums, sums, "gradient sums");
  ExpectClose(actual.products, products, "gradient products");
}

std::vector<const CpuKernels*> RunnableSets() {
  std::vector<const CpuKernels*> sets;
  for (const char* name : {"generic", "avx2", "avx512"}) {
    if (const CpuKernels* found = FindKernels(name)) sets.push_back(found);
  }
  return sets;
}

std::string SetName(const testing::TestParamInfo<const CpuKernels*>& info) {
  return info.param->name;
}

}  // namespace mcunas
