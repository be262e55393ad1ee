// Depthwise convolutions of the training kernels against plain loops in double, forward and
// backward.
#include <algorithm>

#include "tests/unit/supernet/kernel_operands.h"

namespace mcunas {
namespace {

constexpr int kMaxChannels = 33;

DepthwiseShape Shape(int height, int width, int channels, int kernel, int stride) {
  DepthwiseShape s;
  s.height = height;
  s.width = width;
  s.channels = channels;
  s.kernel = kernel;
  s.stride = stride;
  s.padding = kernel / 2;
  s.out_height = (height - 1) / stride + 1;
  s.out_width = (width - 1) / stride + 1;
  return s;
}

struct DepthwiseOperands {
  DepthwiseShape shape;
  MapOperand in;
  GradientOperand out;
  std::vector<float> weight, addend;  // weight [k*k][channels]
};

DepthwiseOperands Operands(const DepthwiseShape& s, Bounds bounds) {
  Numbers numbers(static_cast<unsigned>(((s.height * 10 + s.width) * 40 + s.channels) * 10 +
                                        s.kernel + s.stride));
  DepthwiseOperands d;
  d.shape = s;
  d.in = RandomMap({int64_t{s.height} * s.width, s.channels}, bounds, &numbers);
  d.out = RandomGradient({int64_t{s.out_height} * s.out_width, s.channels}, bounds, &numbers);
  d.weight = numbers.Some(int64_t{s.kernel} * s.kernel * s.channels);
  d.addend = numbers.Some(int64_t{s.height} * s.width * s.channels);
  return d;
}

// visit(output element, input element, tap element) for every product of the layer.
template <typename Visit>
void ForEachProduct(const DepthwiseShape& s, const Visit& visit) {
  for (int pixel = 0; pixel < s.out_height * s.out_width; ++pixel) {
    for (int tap = 0; tap < s.kernel * s.kernel; ++tap) {
      const int y = pixel / s.out_width * s.stride - s.padding + tap / s.kernel;
      const int x = pixel % s.out_width * s.stride - s.padding + tap % s.kernel;
      if (y < 0 || y >= s.height || x < 0 || x >= s.width) continue;
      for (int c = 0; c < s.channels; ++c) {
        visit(static_cast<size_t>(pixel * s.channels + c),
              static_cast<size_t>((y * s.width + x) * s.channels + c),
              static_cast<size_t>(tap * s.channels + c));
      }
    }
  }
}

void ExpectForward(const CpuKernels& kernels, const DepthwiseOperands& d) {
  const DepthwiseShape& s = d.shape;
  const int64_t count = int64_t{s.out_height} * s.out_width * s.channels;
  Guarded out = NotANumber(count), scratch = NotANumber(kernels.depthwise_scratch(s));
  MomentMemory moments(s.channels);
  for (int channel = 0; channel < s.channels; channel += kernels.lanes) {
    DepthwiseForward call = {s,          channel,         d.in.Lazy(),   d.weight.data(),
                             out.data(), moments.Begin(), scratch.data()};
    kernels.depthwise_forward(call);
    call.moments = moments.Continue();
    kernels.depthwise_forward(call);
  }
  std::vector<double> expected(static_cast<size_t>(count), 0);
  ForEachProduct(s, [&](size_t to, size_t from, size_t tap) {
    expected[to] += d.in.Value(static_cast<int64_t>(from)) * double{d.weight[tap]};
  });
  ExpectClose(out, expected, "sums of windows");
  ExpectMoments(moments, s.channels, expected, 2);
  EXPECT_TRUE(scratch.intact());
}

// `dweights` [k*k][channels], where each began as 1, from what the calls of all blocks leave at
// [k*k][lanes].
void RunBackward(const CpuKernels& kernels, DepthwiseBackward call, Guarded* dweights) {
  const DepthwiseShape& s = call.shape;
  const int taps = s.kernel * s.kernel;
  Guarded scratch = NotANumber(kernels.depthwise_scratch(s));
  call.scratch = scratch.data();
  for (call.channel = 0; call.channel < s.channels; call.channel += kernels.lanes) {
    Guarded dweight(int64_t{taps} * kernels.lanes, 1);  // not 0: it is added to
    call.dweight = dweight.data();
    kernels.depthwise_backward(call);
    EXPECT_TRUE(dweight.intact());
    for (int c = call.channel; c < std::min(s.channels, call.channel + kernels.lanes); ++c) {
      for (int tap = 0; tap < taps; ++tap) {
        dweights->data()[tap * s.channels + c] = dweight[tap * kernels.lanes + c - call.channel];
      }
    }
  }
  EXPECT_TRUE(scratch.intact());
}

void ExpectBackward(const CpuKernels& kernels, const DepthwiseOperands& d, bool add) {
  const DepthwiseShape& s = d.shape;
  Guarded din = NotANumber(int64_t{s.height} * s.width * s.channels);
  if (add) std::copy(d.addend.begin(), d.addend.end(), din.data());
  Numbers numbers(9);
  GradientSumMemory sums(s.channels, &numbers);
  DepthwiseBackward call;
  call.shape = s;
  call.in = d.in.Lazy();
  call.dout = d.out.Lazy();
  call.weight = d.weight.data();
  call.din = din.data();
  call.addend = add ? din.data() : nullptr;
  call.sums = sums.Get();
  Guarded dweight = NotANumber(static_cast<int64_t>(d.weight.size()));
  RunBackward(kernels, call, &dweight);
  std::vector<double> inputs(d.addend.size(), 0), weights(d.weight.size(), 1);
  if (add) inputs.assign(d.addend.begin(), d.addend.end());
  ForEachProduct(s, [&](size_t to, size_t from, size_t tap) {
    const double gradient = d.out.Value(static_cast<int64_t>(to));
    inputs[from] += gradient * double{d.weight[tap]};
    weights[tap] += gradient * d.in.Value(static_cast<int64_t>(from));
  });
  ExpectClose(din, inputs, "gradient of input");
  ExpectClose(dweight, weights, "gradient of weights");
  ExpectGradientSums(sums, d.in, inputs);
}

void ExpectEqualsLoops(const CpuKernels& kernels, const DepthwiseShape& s, bool add) {
  SCOPED_TRACE(testing::Message() << s.height << " x " << s.width << " x " << s.channels
                                  << ", kernel " << s.kernel << ", stride " << s.stride
                                  << ", padding " << s.padding);
  const DepthwiseOperands d = Operands(s, AllBounds()[static_cast<size_t>(s.channels) % 4]);
  ExpectForward(kernels, d);
  ExpectBackward(kernels, d, add);
}

class DepthwiseKernels : public KernelSets {};
INSTANTIATE_TEST_SUITE_P(Sets, DepthwiseKernels, testing::ValuesIn(RunnableSets()), SetName);

// Maps smaller than the window among them.
TEST_P(DepthwiseKernels, EqualLoopsOnEverySide) {
  for (const int kernel : {3, 5, 7}) {
    for (const int stride : {1, 2}) {
      for (int height = 1; height <= 9; ++height) {
        for (const int width : {1, 2, height, 9}) {
          ExpectEqualsLoops(kernels_, Shape(height, width, 3, kernel, stride), width % 2 == 0);
        }
      }
    }
  }
}

TEST_P(DepthwiseKernels, EqualLoopsAtEveryNumberOfChannels) {
  for (int channels = 1; channels <= kMaxChannels; ++channels) {
    for (const int stride : {1, 2}) {
      ExpectEqualsLoops(kernels_, Shape(4, 5, channels, 3, stride), channels % 2 == 0);
    }
    ExpectEqualsLoops(kernels_, Shape(3, 2, channels, 5 + channels % 2 * 2, 1), true);
  }
}

// Rows of more than one group of eight neighbours, and one pixel beyond.
TEST_P(DepthwiseKernels, EqualLoopsOnLongRows) {
  for (const int width : {16, 17, 20, 21, 33}) {
    for (const int kernel : {3, 5, 7}) {
      for (const int stride : {1, 2}) {
        ExpectEqualsLoops(kernels_, Shape(2, width, 5, kernel, stride), true);
      }
    }
  }
}

// As kernels.h allows it: less than the window, not only its half.
TEST_P(DepthwiseKernels, EqualLoopsAtEveryPadding) {
  for (const int kernel : {3, 5, 7}) {
    for (const int stride : {1, 2}) {
      for (int padding = 0; padding < kernel; ++padding) {
        DepthwiseShape s = Shape(8, 9, 6, kernel, stride);
        s.padding = padding;
        s.out_height = (s.height + 2 * padding - kernel) / stride + 1;
        s.out_width = (s.width + 2 * padding - kernel) / stride + 1;
        ExpectEqualsLoops(kernels_, s, padding % 2 == 0);
      }
    }
  }
}

// Where nobody wants the sums, the gradients are the same.
TEST_P(DepthwiseKernels, LeaveOutSumsThatNobodyWants) {
  const DepthwiseOperands d = Operands(Shape(5, 6, 7, 3, 2), AllBounds()[2]);
  Guarded with = NotANumber(5 * 6 * 7), without = NotANumber(5 * 6 * 7);
  Guarded dweight = NotANumber(3 * 3 * 7);
  Numbers numbers(10);
  GradientSumMemory sums(7, &numbers);
  DepthwiseBackward call;
  call.shape = d.shape;
  call.in = d.in.Lazy();
  call.dout = d.out.Lazy();
  call.weight = d.weight.data();
  call.din = without.data();
  RunBackward(kernels_, call, &dweight);
  call.din = with.data();
  call.sums = sums.Get();
  RunBackward(kernels_, call, &dweight);
  ExpectClose(without, {with.data(), with.data() + with.size()}, "gradient of input");
}

}  // namespace
}  // namespace mcunas
