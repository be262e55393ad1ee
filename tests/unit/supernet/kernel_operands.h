// Operands of the training kernels, and what kernels.h says of them in plain double arithmetic.
#pragma once

#include <gtest/gtest.h>

#include <cstdint>
#include <random>
#include <string>
#include <vector>

#include "supernet/cpu/kernels.h"

namespace mcunas {

// Multiples of 1/8 in [-4, 4]: products and short sums of them are exact in float, so that values
// fall on the bounds of activations and no rounding moves them across.
class Numbers {
 public:
  explicit Numbers(unsigned seed) : engine_(seed) {}
  float Next() { return (static_cast<float>(engine_() % 65) - 32) / 8; }
  std::vector<float> Some(int64_t count);

 private:
  std::mt19937 engine_;
};

// Floats aligned to 64 bytes between guard words that nobody may write.
class Guarded {
 public:
  Guarded(int64_t size, float fill);
  float* data() { return memory_.data() + first_; }
  float operator[](int64_t i) const { return memory_[static_cast<size_t>(first_ + i)]; }
  int64_t size() const { return size_; }
  bool intact() const;

  Guarded(const Guarded&) = delete;
  Guarded& operator=(const Guarded&) = delete;

 private:
  std::vector<float> memory_;
  int64_t first_, size_;
};

// As scratch comes to a kernel that reads only what it wrote.
Guarded NotANumber(int64_t size);

struct Bounds {
  float low, high;
  bool hard_swish = false;
};
std::vector<Bounds> AllBounds();  // of no activation, ReLU, ReLU6 and hard swish

struct MapOperand {
  std::vector<float> x, scale, bias;
  int channels = 0;
  Bounds bounds = {};

  LazyMap Lazy() const;
  double Normal(int64_t element) const;  // before the activation
  double Value(int64_t element) const;   // y
  double Slope(int64_t element) const;   // of the activation; 1 strictly between bounds, else 0
};
MapOperand RandomMap(MapRows size, Bounds bounds, Numbers* numbers);
// Scale 1, bias 0, no bounds.
MapOperand IdentityMap(std::vector<float> x, int channels);

struct GradientOperand {
  MapOperand map;
  std::vector<float> gradient, slope, offset;

  LazyGradient Lazy() const;
  double Value(int64_t element) const;  // dx
};
GradientOperand RandomGradient(MapRows size, Bounds bounds, Numbers* numbers);

// MomentSums and GradientSums with memory of their own.
struct MomentMemory {
  Guarded shift, sums, squares;
  explicit MomentMemory(int channels);
  MomentSums Begin() { return {shift.data(), sums.data(), squares.data(), true}; }
  MomentSums Continue() { return {shift.data(), sums.data(), squares.data(), false}; }
};
struct GradientSumMemory {
  std::vector<float> mean;
  Guarded sums, products;
  GradientSumMemory(int channels, Numbers* numbers);
  GradientSums Get() { return {mean.data(), sums.data(), products.data()}; }
};

// Within 1e-5 of the largest value, and nothing written around it.
void ExpectClose(const Guarded& actual, const std::vector<double>& expected, const char* what);
// `times` the moments of a map [rows][channels], about its first pixel.
void ExpectMoments(const MomentMemory& actual, int channels, const std::vector<double>& map,
                   int times);
// Of a gradient [rows][channels] of what `map` says.
void ExpectGradientSums(const GradientSumMemory& actual, const MapOperand& map,
                        const std::vector<double>& gradient);

// One instance for each set of kernels that this processor runs.
class KernelSets : public testing::TestWithParam<const CpuKernels*> {
 protected:
  const CpuKernels& kernels_ = *GetParam();
};
std::vector<const CpuKernels*> RunnableSets();
std::string SetName(const testing::TestParamInfo<const CpuKernels*>& info);

}  // namespace mcunas
