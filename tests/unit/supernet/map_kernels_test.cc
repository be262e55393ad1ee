// Sets of training kernels, and those that pass over whole maps.
#include <algorithm>
#include <cmath>
#include <limits>
#include <string_view>

#include "tests/unit/supernet/kernel_operands.h"

namespace mcunas {
namespace {

constexpr int kMaxChannels = 33;

TEST(FindKernels, KnowsItsSetsByName) {
  ASSERT_NE(FindKernels("generic"), nullptr);
  for (const char* name : {"", "aten", "AVX2", "generic "}) {
    EXPECT_EQ(FindKernels(name), nullptr) << name;
  }
  for (const CpuKernels* set : RunnableSets()) {
    EXPECT_EQ(FindKernels(set->name), set);
    EXPECT_EQ(kMaxLanes % set->lanes, 0) << set->name;
    EXPECT_GT(set->tile_rows, 0) << set->name;
  }
  EXPECT_EQ(FindKernels(Kernels().name), &Kernels());
}

TEST(PaddedChannels, FillsWholeRegistersOfEverySet) {
  EXPECT_EQ(PaddedChannels(1), kMaxLanes);
  EXPECT_EQ(PaddedChannels(kMaxLanes), kMaxLanes);
  EXPECT_EQ(PaddedChannels(kMaxLanes + 1), 2 * kMaxLanes);
}

// Panels of two registers; the last one is narrower where one is enough, zeros fill it up.
TEST(PackPanels, LaysColumnsOutPanelByPanel) {
  constexpr int kLanes = 4, kDepth = 3;
  for (int outputs = 1; outputs <= 17; ++outputs) {
    const std::vector<float> matrix = Numbers(1).Some(kDepth * outputs);
    const int columns = (outputs + kLanes - 1) / kLanes * kLanes;
    for (const bool transposed : {false, true}) {
      Guarded panels = NotANumber(kDepth * columns);
      const int64_t row = transposed ? 1 : outputs, column = transposed ? kDepth : 1;
      PackPanels({matrix.data(), kDepth, outputs, row, column}, kLanes, panels.data());
      std::vector<double> expected;
      for (int first = 0; first < columns; first += 2 * kLanes) {
        const int width = std::min(columns - first, 2 * kLanes);
        for (int i = 0; i < kDepth * width; ++i) {
          const int k = i / width, n = first + i % width;
          const auto at = static_cast<size_t>(k * row + n * column);
          expected.push_back(n < outputs ? double{matrix[at]} : 0);
        }
      }
      ASSERT_EQ(static_cast<int64_t>(expected.size()), panels.size());
      ExpectClose(panels, expected, "panels");
    }
  }
}

class MapKernels : public KernelSets {};
INSTANTIATE_TEST_SUITE_P(Sets, MapKernels, testing::ValuesIn(RunnableSets()), SetName);

TEST_P(MapKernels, MaterialisesOneMapAndTheSumOfTwo) {
  Numbers numbers(2);
  for (int channels = 1; channels <= kMaxChannels; ++channels) {
    for (const Bounds bounds : AllBounds()) {
      const MapRows size = {1 + channels % 5, channels};
      const MapOperand map = RandomMap(size, bounds, &numbers);
      const MapOperand addend = RandomMap(size, AllBounds()[channels % 4], &numbers);
      const int64_t count = size.rows * channels;
      std::vector<double> one, both;
      for (int64_t i = 0; i < count; ++i) {
        one.push_back(map.Value(i));
        both.push_back(map.Value(i) + addend.Value(i));
      }
      Guarded y = NotANumber(count), sum = NotANumber(count);
      kernels_.materialise(size, map.Lazy(), {}, y.data());
      kernels_.materialise(size, map.Lazy(), addend.Lazy(), sum.data());
      ExpectClose(y, one, "map");
      ExpectClose(sum, both, "sum of two maps");
    }
  }
}

TEST_P(MapKernels, SumsGradientsUpOnTopOfWhatStandsThere) {
  Numbers numbers(3);
  for (int channels = 1; channels <= kMaxChannels; ++channels) {
    for (const Bounds bounds : AllBounds()) {
      const MapRows size = {1 + channels % 7, channels};
      const MapOperand map = RandomMap(size, bounds, &numbers);
      const std::vector<float> gradient = numbers.Some(size.rows * channels);
      GradientSumMemory sums(channels, &numbers);
      kernels_.gradient_sums(size, map.Lazy(), gradient.data(), sums.Get());
      kernels_.gradient_sums(size, map.Lazy(), gradient.data(), sums.Get());
      std::vector<double> twice;
      for (const float value : gradient) twice.push_back(2 * double{value});
      ExpectGradientSums(sums, map, twice);
    }
  }
}

TEST_P(MapKernels, GatesOneImage) {
  Numbers numbers(6);
  for (int channels = 1; channels <= kMaxChannels; ++channels) {
    const MapRows size = {1 + channels % 5, channels};
    const MapOperand map = RandomMap(size, AllBounds()[channels % 4], &numbers);
    const std::vector<float> gate = numbers.Some(channels);
    const std::vector<float> gradient = numbers.Some(size.rows * channels);
    std::vector<double> gated, passed, slopes(gate.size(), 0);
    for (size_t i = 0; i < gradient.size(); ++i) {
      const size_t c = i % gate.size();
      const double value = map.Value(static_cast<int64_t>(i));
      gated.push_back(value * double{gate[c]});
      passed.push_back(double{gradient[i]} * double{gate[c]});
      slopes[c] += double{gradient[i]} * value;
    }
    Guarded y = NotANumber(size.rows * channels);
    Guarded din = NotANumber(size.rows * channels), dgate = NotANumber(channels);
    kernels_.gate_map(size, map.Lazy(), gate.data(), y.data());
    kernels_.gate_gradient(
        {size, map.Lazy(), gradient.data(), gate.data(), din.data(), dgate.data()});
    ExpectClose(y, gated, "gated map");
    ExpectClose(din, passed, "gradient of the map");
    ExpectClose(dgate, slopes, "gradient of the gate");
  }
}

TEST_P(MapKernels, TouchesNothingWithoutRows) {
  Numbers numbers(4);
  const MapOperand map = RandomMap({0, 5}, AllBounds()[0], &numbers);
  Guarded y = NotANumber(0);
  GradientSumMemory sums(5, &numbers);
  kernels_.materialise({0, 5}, map.Lazy(), {}, y.data());
  kernels_.gradient_sums({0, 5}, map.Lazy(), nullptr, sums.Get());
  EXPECT_TRUE(y.intact());
  ExpectGradientSums(sums, map, {});
}

// Each value in a channel of its own, scale 1 and bias 0.
std::vector<float> PassedBy(const CpuKernels& kernels, Bounds bounds, std::vector<float> values) {
  const int channels = static_cast<int>(values.size());
  MapOperand map = IdentityMap(values, channels);
  map.bounds = bounds;
  const std::vector<float> gradient(values.size(), 1);
  Numbers numbers(5);
  GradientSumMemory sums(channels, &numbers);
  kernels.gradient_sums({1, channels}, map.Lazy(), gradient.data(), sums.Get());
  Guarded y = NotANumber(channels);
  kernels.materialise({1, channels}, map.Lazy(), {}, y.data());
  for (int c = 0; c < channels; ++c) {
    EXPECT_EQ(y[c], std::clamp(values[static_cast<size_t>(c)], bounds.low, bounds.high)) << c;
  }
  return {sums.sums.data(), sums.sums.data() + channels};
}

// A bound itself lets nothing through, its next neighbour inside everything.
TEST_P(MapKernels, PassesGradientsStrictlyBetweenTheBounds) {
  const float under_six = std::nextafter(6.0f, 0.0f), over_zero = 1e-30f;
  const std::vector<float> values = {-1, 0, -0.0f, over_zero, 3, under_six, 6, 7, 1e30f};
  const std::vector<Bounds> bounds = AllBounds();
  EXPECT_EQ(PassedBy(kernels_, bounds[0], values), std::vector<float>(values.size(), 1));
  EXPECT_EQ(PassedBy(kernels_, bounds[1], values), (std::vector<float>{0, 0, 0, 1, 1, 1, 1, 1, 1}));
  EXPECT_EQ(PassedBy(kernels_, bounds[2], values), (std::vector<float>{0, 0, 0, 1, 1, 1, 0, 0, 0}));
}

}  // namespace
}  // namespace mcunas
