// Products of the training kernels against plain loops in double: pointwise convolutions and
// others, forward and backward.
#include <algorithm>

#include "tests/unit/supernet/kernel_operands.h"

namespace mcunas {
namespace {

int64_t RoundUp(int64_t value, int64_t multiple) {
  return (value + multiple - 1) / multiple * multiple;
}

// Rows [rows][inputs] of a pointwise product are the map's, those of others its windows.
struct ProductOperands {
  ProductShape shape;
  MapOperand in;
  GradientOperand out;
  std::vector<float> weights;  // [inputs][outputs]
  std::vector<float> addend;

  // Where the map holds an input of a row; -1 beside it.
  int64_t Place(int64_t row, int input) const;
  double Row(int64_t row, int input) const {
    const int64_t place = Place(row, input);
    return place < 0 ? 0 : in.Value(place);
  }
  double Weight(int input, int output) const {
    return double{weights[static_cast<size_t>(input * shape.outputs + output)]};
  }
  double Gradient(int64_t row, int output) const { return out.Value(row * shape.outputs + output); }
};

int64_t ProductOperands::Place(int64_t row, int input) const {
  const ProductShape& s = shape;
  if (s.pointwise()) return row * s.inputs + input;
  const int64_t pixels = int64_t{s.out_height} * s.out_width;
  const int64_t image = row / pixels, place = row % pixels;
  const int tap = input / in.channels, channel = input % in.channels;
  const int64_t y = place / s.out_width * s.stride - s.padding + tap / s.kernel;
  const int64_t x = place % s.out_width * s.stride - s.padding + tap % s.kernel;
  if (y < 0 || y >= s.height || x < 0 || x >= s.width) return -1;
  return ((image * s.height + y) * s.width + x) * in.channels + channel;
}

ProductOperands Pointwise(int64_t rows, int inputs, int outputs, Bounds bounds) {
  Numbers numbers(static_cast<unsigned>(1000 * rows + 40 * inputs + outputs));
  ProductOperands p;
  p.shape.rows = rows;
  p.shape.inputs = inputs;
  p.shape.outputs = outputs;
  p.in = RandomMap({rows, inputs}, bounds, &numbers);
  p.out = RandomGradient({rows, outputs}, bounds, &numbers);
  p.weights = numbers.Some(int64_t{inputs} * outputs);
  p.addend = numbers.Some(rows * inputs);
  return p;
}

std::vector<float> Panels(const CpuKernels& kernels, const Matrix& matrix) {
  std::vector<float> panels(
      static_cast<size_t>(matrix.depth * RoundUp(matrix.outputs, kernels.lanes)));
  PackPanels(matrix, kernels.lanes, panels.data());
  return panels;
}

void ExpectForward(const CpuKernels& kernels, const ProductOperands& p) {
  const ProductShape& s = p.shape;
  const std::vector<float> panels =
      Panels(kernels, {p.weights.data(), s.inputs, s.outputs, s.outputs, 1});
  Guarded out = NotANumber(s.rows * s.outputs), scratch = NotANumber(kernels.product_scratch(s));
  MomentMemory moments(s.outputs);
  ProductForward call = {s,          p.in.Lazy(),     panels.data(),
                         out.data(), moments.Begin(), scratch.data()};
  kernels.product_forward(call);
  call.moments = moments.Continue();
  kernels.product_forward(call);
  std::vector<double> expected;
  for (int64_t row = 0; row < s.rows; ++row) {
    for (int output = 0; output < s.outputs; ++output) {
      double sum = 0;
      for (int i = 0; i < s.inputs; ++i) sum += p.Row(row, i) * p.Weight(i, output);
      expected.push_back(sum);
    }
  }
  ExpectClose(out, expected, "product");
  ExpectMoments(moments, s.outputs, expected, 2);
  EXPECT_TRUE(scratch.intact());
}

std::vector<double> WeightGradient(const ProductOperands& p) {
  std::vector<double> sums;
  for (int output = 0; output < p.shape.outputs; ++output) {
    for (int i = 0; i < p.shape.inputs; ++i) {
      double sum = 0;
      for (int64_t row = 0; row < p.shape.rows; ++row) {
        sum += p.Gradient(row, output) * p.Row(row, i);
      }
      sums.push_back(sum);
    }
  }
  return sums;
}

// dweight of a call without its padding, where each began as 1.
void ExpectWeightGradient(const CpuKernels& kernels, const ProductOperands& p,
                          const Guarded& dweight) {
  const int64_t inputs = p.shape.inputs, columns = RoundUp(inputs, kernels.lanes);
  const std::vector<double> expected = WeightGradient(p);
  Guarded dense(p.shape.outputs * inputs, 0);
  for (int64_t i = 0; i < dense.size(); ++i) {
    dense.data()[i] = dweight[i / inputs * columns + i % inputs] - 1;
  }
  EXPECT_TRUE(dweight.intact());
  ExpectClose(dense, expected, "gradient of weights");
}

struct BackwardMemory {
  Guarded dweight, scratch;
  std::vector<float> panels;
  BackwardMemory(const CpuKernels& kernels, const ProductOperands& p)
      : dweight(
            RoundUp(p.shape.outputs, kernels.tile_rows) * RoundUp(p.shape.inputs, kernels.lanes),
            1),
        scratch(NotANumber(kernels.product_scratch(p.shape))),
        panels(Panels(kernels,
                      {p.weights.data(), p.shape.outputs, p.shape.inputs, 1, p.shape.outputs})) {}
  ProductBackward Call(const ProductOperands& p) {
    ProductBackward call;
    call.shape = p.shape;
    call.in = p.in.Lazy();
    call.dout = p.out.Lazy();
    call.panels = panels.data();
    call.dweight = dweight.data();
    call.scratch = scratch.data();
    return call;
  }
};

// Through the layer, plus the addend's.
std::vector<double> InputGradient(const ProductOperands& p, bool add) {
  std::vector<double> sums(p.in.x.size(), 0);
  if (add) sums.assign(p.addend.begin(), p.addend.end());
  for (int64_t row = 0; row < p.shape.rows; ++row) {
    for (int i = 0; i < p.shape.inputs; ++i) {
      const int64_t place = p.Place(row, i);
      for (int output = 0; output < p.shape.outputs && place >= 0; ++output) {
        sums[static_cast<size_t>(place)] += p.Gradient(row, output) * p.Weight(i, output);
      }
    }
  }
  return sums;
}

enum class Addend { kNone, kInPlace, kElsewhere };

void ExpectBackward(const CpuKernels& kernels, const ProductOperands& p, Addend addend) {
  BackwardMemory memory(kernels, p);
  Guarded din = NotANumber(static_cast<int64_t>(p.in.x.size()));
  Numbers numbers(7);
  GradientSumMemory sums(p.in.channels, &numbers);
  ProductBackward call = memory.Call(p);
  call.din = din.data();
  if (addend == Addend::kInPlace) std::copy(p.addend.begin(), p.addend.end(), din.data());
  if (addend == Addend::kInPlace) call.addend = din.data();
  if (addend == Addend::kElsewhere) call.addend = p.addend.data();
  call.sums = sums.Get();
  kernels.product_backward(call);
  const std::vector<double> expected = InputGradient(p, addend != Addend::kNone);
  ExpectClose(din, expected, "gradient of input");
  ExpectGradientSums(sums, p.in, expected);
  ExpectWeightGradient(kernels, p, memory.dweight);
  EXPECT_TRUE(memory.scratch.intact());
}

class ProductKernels : public KernelSets {
 protected:
  // Below, at and above one register, a panel and several of them.
  std::vector<int> Widths() const {
    const int lanes = kernels_.lanes;
    return {1, lanes - 1, lanes, lanes + 1, 2 * lanes, 2 * lanes + 1, 5 * lanes - 1};
  }
};
INSTANTIATE_TEST_SUITE_P(Sets, ProductKernels, testing::ValuesIn(RunnableSets()), SetName);

TEST_P(ProductKernels, EqualLoopsAtEveryWidth) {
  int64_t rows = 0;
  for (const int inputs : Widths()) {
    for (const int outputs : Widths()) {
      SCOPED_TRACE(testing::Message() << inputs << " inputs, " << outputs << " outputs");
      rows = rows % 17 + 1;
      const ProductOperands p = Pointwise(rows, inputs, outputs, AllBounds()[rows % 4]);
      ExpectForward(kernels_, p);
      ExpectBackward(kernels_, p, outputs % 2 == 0 ? Addend::kInPlace : Addend::kNone);
    }
  }
}

// Parts of a tile, whole ones, and more than the block that is read at once.
TEST_P(ProductKernels, EqualLoopsAtEveryNumberOfRows) {
  for (const int64_t rows :
       {1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 47, 48, 49, 95, 96, 101}) {
    SCOPED_TRACE(testing::Message() << rows << " rows");
    const ProductOperands p = Pointwise(rows, 5, 19, AllBounds()[rows % 4]);
    ExpectForward(kernels_, p);
    ExpectBackward(kernels_, p, rows % 2 == 0 ? Addend::kElsewhere : Addend::kNone);
  }
}

TEST_P(ProductKernels, LeaveOutTheGradientThatNobodyWants) {
  const ProductOperands p = Pointwise(13, 9, 10, AllBounds()[1]);
  BackwardMemory memory(kernels_, p);
  kernels_.product_backward(memory.Call(p));
  ExpectWeightGradient(kernels_, p, memory.dweight);
}

struct Windows {
  int kernel, stride, side, channels, outputs, images;
};

std::ostream& operator<<(std::ostream& out, const Windows& w) {
  return out << w.kernel << " by " << w.stride << " on " << w.images << " maps of " << w.side
             << ", " << w.channels << " -> " << w.outputs;
}

ProductShape ShapeOf(const Windows& w) {
  ProductShape s;
  s.height = w.side;
  s.width = w.side + 1;
  s.kernel = w.kernel;
  s.stride = w.stride;
  s.padding = w.kernel / 2;
  s.out_height = (s.height - 1) / w.stride + 1;
  s.out_width = (s.width - 1) / w.stride + 1;
  s.rows = w.images * int64_t{s.out_height} * s.out_width;
  s.outputs = w.outputs;
  s.inputs = w.kernel * w.kernel * w.channels;
  return s;
}

ProductOperands Convolution(const Windows& w, Bounds bounds) {
  Numbers numbers(static_cast<unsigned>(w.kernel + 10 * w.side + 1000 * w.channels));
  ProductOperands p;
  p.shape = ShapeOf(w);
  const ProductShape& s = p.shape;
  p.in = RandomMap({w.images * int64_t{s.height} * s.width, w.channels}, bounds, &numbers);
  p.out = RandomGradient({s.rows, s.outputs}, AllBounds()[2], &numbers);
  p.weights = numbers.Some(int64_t{s.inputs} * s.outputs);
  p.addend = numbers.Some(static_cast<int64_t>(p.in.x.size()));
  return p;
}

// Windows over the edges, at odd sides and channels; 17 is more than a tile and than a register.
TEST_P(ProductKernels, EqualLoopsOverWindows) {
  size_t turn = 0;
  for (const int stride : {1, 2, 3}) {
    for (const int kernel : {1, 3, 5}) {
      for (const int side : {1, 2, 5, 8}) {
        for (const int channels : {3, 17}) {
          if (kernel * stride == 1) continue;
          const Windows w = {kernel, stride, side, channels, 20 - channels, 2};
          SCOPED_TRACE(testing::Message() << w);
          const ProductOperands p = Convolution(w, AllBounds()[++turn % 4]);
          ExpectForward(kernels_, p);
          ExpectBackward(kernels_, p, static_cast<Addend>(turn % 3));
        }
      }
    }
  }
}

// More rows than are worked on at a time, of many small maps and of a few large ones.
TEST_P(ProductKernels, EqualLoopsOverWindowsOfManyMaps) {
  for (const Windows& w : {Windows{3, 1, 3, 5, 9, 37}, Windows{3, 2, 4, 4, 3, 90},
                           Windows{3, 1, 15, 3, 4, 3}, Windows{5, 2, 21, 2, 5, 2}}) {
    SCOPED_TRACE(testing::Message() << w);
    const ProductOperands p = Convolution(w, AllBounds()[2]);
    ExpectForward(kernels_, p);
    ExpectBackward(kernels_, p, Addend::kElsewhere);
  }
}

// A map without a scale: the network's input.
TEST_P(ProductKernels, CutWindowsFromAMapAsItLies) {
  ProductOperands p = Convolution({3, 2, 9, 3, 7, 3}, AllBounds()[0]);
  p.in = IdentityMap(p.in.x, 3);
  ProductOperands as_it_is = p;
  as_it_is.in.scale = std::vector<float>();
  EXPECT_EQ(as_it_is.in.Lazy().scale, nullptr);
  as_it_is.in.bounds = {1, -1};  // whatever stands there
  const auto weight_gradient = [&](const ProductOperands& operands) {
    BackwardMemory memory(kernels_, operands);
    kernels_.product_backward(memory.Call(operands));
    ExpectWeightGradient(kernels_, p, memory.dweight);
  };
  weight_gradient(p);
  weight_gradient(as_it_is);
}

}  // namespace
}  // namespace mcunas
