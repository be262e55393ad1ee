// Training gives the same on every processor, but for rounding: sets of kernels side by side, on
// numbers whose products are not exact.
#include <algorithm>
#include <cmath>

#include "tests/unit/supernet/kernel_operands.h"

namespace mcunas {
namespace {

std::vector<float> Inexact(std::vector<float> values) {
  for (float& value : values) value *= 0.3f;
  return values;
}

MapOperand InexactMap(MapRows size, Numbers* numbers) {
  MapOperand map = RandomMap(size, AllBounds()[2], numbers);
  map.x = Inexact(map.x);
  map.bias = Inexact(map.bias);
  return map;
}

std::vector<double> Values(const std::vector<const Guarded*>& results) {
  std::vector<double> values;
  for (const Guarded* result : results) {
    for (int64_t i = 0; i < result->size(); ++i) values.push_back(double{(*result)[i]});
  }
  return values;
}

// run(set) gives what a set computes; the generic one is the measure of the others.
template <typename Run>
void ExpectAgreement(const Run& run) {
  const std::vector<double> generic = run(*FindKernels("generic"));
  for (const CpuKernels* set : RunnableSets()) {
    const std::vector<double> values = run(*set);
    ASSERT_EQ(values.size(), generic.size()) << set->name;
    for (size_t i = 0; i < values.size(); ++i) {
      ASSERT_NEAR(values[i], generic[i], 1e-5 * std::max(1.0, std::abs(generic[i])))
          << set->name << " at " << i;
    }
  }
}

TEST(KernelSetsAgree, OnProductsAndTheirMoments) {
  constexpr int kInputs = 21, kOutputs = 19, kRows = 53;
  Numbers numbers(11);
  const MapOperand in = InexactMap({kRows, kInputs}, &numbers);
  const std::vector<float> weights = Inexact(numbers.Some(kInputs * kOutputs));
  ExpectAgreement([&](const CpuKernels& set) {
    std::vector<float> panels(kInputs * PaddedChannels(kOutputs));
    PackPanels({weights.data(), kInputs, kOutputs, kOutputs, 1}, set.lanes, panels.data());
    ProductForward call;
    call.shape.rows = kRows;
    call.shape.inputs = kInputs;
    call.shape.outputs = kOutputs;
    call.in = in.Lazy();
    call.panels = panels.data();
    Guarded out = NotANumber(kRows * kOutputs),
            scratch = NotANumber(set.product_scratch(call.shape));
    MomentMemory moments(kOutputs);
    call.out = out.data();
    call.moments = moments.Begin();
    call.scratch = scratch.data();
    set.product_forward(call);
    return Values({&out, &moments.squares});
  });
}

TEST(KernelSetsAgree, OnDepthwiseGradients) {
  constexpr int kChannels = 21, kHeight = 9, kWidth = 11, kOutPixels = 5 * 6;
  Numbers numbers(12);
  const MapOperand in = InexactMap({kHeight * kWidth, kChannels}, &numbers);
  GradientOperand out = RandomGradient({kOutPixels, kChannels}, AllBounds()[0], &numbers);
  out.gradient = Inexact(out.gradient);
  const std::vector<float> weight = Inexact(numbers.Some(5 * 5 * kChannels));
  ExpectAgreement([&](const CpuKernels& set) {
    Guarded din = NotANumber(kHeight * kWidth * kChannels), dweight(5 * 5 * kMaxLanes, 0);
    DepthwiseBackward call;
    call.shape = {kHeight, kWidth, 5, 6, kChannels, 5, 2, 2};
    Guarded scratch = NotANumber(set.depthwise_scratch(call.shape));
    call.in = in.Lazy();
    call.dout = out.Lazy();
    call.weight = weight.data();
    call.dweight = dweight.data();
    call.din = din.data();
    call.scratch = scratch.data();
    for (; call.channel < kChannels; call.channel += set.lanes) set.depthwise_backward(call);
    return Values({&din});
  });
}

// The map is exact: on a bound, a fused multiply-add that rounds once would decide otherwise.
TEST(KernelSetsAgree, OnGradientSums) {
  constexpr int kChannels = 37, kRows = 200;
  Numbers numbers(13);
  const MapOperand map = RandomMap({kRows, kChannels}, AllBounds()[2], &numbers);
  const std::vector<float> gradient(kRows * kChannels, 0.3f);
  ExpectAgreement([&](const CpuKernels& set) {
    Numbers means(14);
    GradientSumMemory sums(kChannels, &means);
    set.gradient_sums({kRows, kChannels}, map.Lazy(), gradient.data(), sums.Get());
    std::vector<double> values;
    for (int c = 0; c < kChannels; ++c) values.push_back(double{sums.sums[c]});
    return values;
  });
}

}  // namespace
}  // namespace mcunas
