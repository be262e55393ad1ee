// What operators read of their inputs, against the definition of each kind, on random networks; and
// the laws of resizes along one axis.
#include <gtest/gtest.h>

#include <algorithm>
#include <string>
#include <vector>

#include "network/network_builder.h"
#include "network/resize.h"
#include "network/window.h"
#include "tests/property/random_networks.h"
#include "tests/unit/network/every_kind.h"

namespace mcunas {
namespace {

// One axis of an operator and of the operand in question.
struct Axis {
  const Operator& op;
  int in, out, kernel, stride, before, dilation, corner;
};

Axis Rows(const Operator& op, const Shape& operand) {
  return {op,
          operand.height,
          op.out.height,
          op.kernel.height,
          op.stride.height,
          op.padding.top,
          op.dilation.height,
          op.corner.row};
}

Axis Columns(const Operator& op, const Shape& operand) {
  return {op,
          operand.width,
          op.out.width,
          op.kernel.width,
          op.stride.width,
          op.padding.left,
          op.dilation.width,
          op.corner.column};
}

// The input indices that output index o reads, straight from what the kind does.
std::vector<int> IndicesRead(const Axis& a, int o) {
  std::vector<int> read;
  const auto add = [&](int index) {
    if (index >= 0 && index < a.in) read.push_back(index);
  };
  if (HasWindow(a.op.kind)) {
    for (int tap = 0; tap < a.kernel; ++tap) add(o * a.stride - a.before + tap * a.dilation);
  } else if (a.op.kind == OpKind::kTransposeConv) {
    for (int i = 0; i < a.in; ++i)
      if (const int tap = o + a.before - i * a.stride; tap >= 0 && tap < a.kernel) add(i);
  } else if (a.op.kind == OpKind::kSlice) {
    add(a.corner + o * a.stride);
  } else if (a.op.kind == OpKind::kPad) {
    add(o - a.before);
  } else if (a.op.kind == OpKind::kResizeNearest) {
    add(NearestIndex({a.in, a.out, a.op.sampling}, o));
  } else if (a.op.kind == OpKind::kResizeBilinear) {
    const BilinearPair pair = BilinearNeighbours({a.in, a.out, a.op.sampling}, o);
    add(pair.lower);
    add(pair.upper);
  } else {
    add(o);
  }
  return read;
}

void ExpectCovered(const AxisWindow& window, const Axis& a, const std::string& what) {
  if (window.whole) return;
  for (int o = 0; o < a.out; ++o) {
    const int first = std::clamp(window.First(o), 0, a.in);
    const int end = std::clamp(window.End(o), 0, a.in);
    if (a.op.kind == OpKind::kPad || a.op.kind == OpKind::kTransposeConv) {
      ASSERT_LT(first, end) << what << " " << o;
    }
    for (int index : IndicesRead(a, o)) {
      ASSERT_LE(first, index) << what << " " << o;
      ASSERT_GT(end, index) << what << " " << o;
    }
    if (o == 0) continue;
    ASSERT_GE(window.First(o), window.First(o - 1)) << what << " " << o;
    ASSERT_GE(window.End(o), window.End(o - 1)) << what << " " << o;
  }
}

TEST(WindowLaws, HoldWhateverTheDefinitionReads) {
  std::vector<Network> networks = {EveryKind()};
  for (int i = 0; i < 150; ++i) {
    RandomStream random(17, "window-laws", std::to_string(i));
    RandomNetworkKind kind;
    kind.all_kinds = true;
    networks.push_back(RandomPlanNetwork(&random, kind));
  }
  int windows = 0;
  for (const Network& network : networks) {
    for (const Operator& op : network.operators) {
      for (int k = 0; k < static_cast<int>(op.inputs.size()); ++k) {
        const Shape operand = network.tensor_shape(op.inputs[static_cast<size_t>(k)]);
        if (op.kind == OpKind::kGlobalAveragePool || op.kind == OpKind::kReshape) continue;
        ExpectCovered(RowWindow(op, k), Rows(op, operand), OpName(op.kind));
        ExpectCovered(ColumnWindow(op, k), Columns(op, operand), OpName(op.kind));
        ++windows;
      }
    }
  }
  EXPECT_GT(windows, 1000);
}

// An operator with one output pixel for each input pixel reads that pixel, and a window that is not
// dilated reads no more than its taps.
TEST(WindowLaws, HoldNoMoreThanTheKernel) {
  RandomStream random(19, "window-laws", "kernels");
  for (int i = 0; i < 500; ++i) {
    Operator op;
    op.kind = OpKind::kConv;
    op.kernel = {static_cast<int>(random.Between(1, 7)), static_cast<int>(random.Between(1, 7))};
    op.stride = {static_cast<int>(random.Between(1, 3)), static_cast<int>(random.Between(1, 3))};
    op.dilation = {static_cast<int>(random.Between(1, 3)), 1};
    op.padding = CentredPadding(op.kernel, op.dilation);
    const AxisWindow rows = RowWindow(op, 0), columns = ColumnWindow(op, 0);
    for (int o = 0; o < 20; ++o) {
      EXPECT_EQ(rows.End(o) - rows.First(o), (op.kernel.height - 1) * op.dilation.height + 1);
      EXPECT_EQ(columns.End(o) - columns.First(o), op.kernel.width);
      EXPECT_EQ(columns.First(o), o * op.stride.width - op.padding.left);
    }
  }
}

constexpr Sampling kAll[] = {Sampling::kPlain, Sampling::kCorners, Sampling::kCentres};

TEST(ResizeLaws, IndicesStayOnTheMapAndNeverGoBack) {
  for (Sampling sampling : kAll) {
    for (int in = 1; in <= 24; ++in) {
      for (int out = 1; out <= 48; ++out) {
        const ResizeAxis axis{in, out, sampling};
        int nearest = 0, lower = 0, upper = 0;
        for (int o = 0; o < out; ++o) {
          const int index = NearestIndex(axis, o);
          const BilinearPair pair = BilinearNeighbours(axis, o);
          ASSERT_TRUE(index >= nearest && index < in) << in << " -> " << out << " at " << o;
          ASSERT_TRUE(pair.lower >= lower && pair.upper >= upper && pair.upper < in);
          ASSERT_LE(pair.upper - pair.lower, 1);
          nearest = index;
          lower = pair.lower;
          upper = pair.upper;
        }
      }
    }
  }
}

TEST(ResizeLaws, TheSameSizeChangesNothing) {
  for (Sampling sampling : kAll) {
    for (int size = 1; size <= 300; ++size) {
      const ResizeAxis axis{size, size, sampling};
      EXPECT_TRUE(RepeatsEvenly(axis));
      for (int o = 0; o < size; ++o) {
        EXPECT_EQ(NearestIndex(axis, o), o);
        EXPECT_EQ(BilinearNeighbours(axis, o).lower, o);
      }
    }
  }
}

TEST(ResizeLaws, CornersMeetCorners) {
  for (int in = 2; in <= 40; ++in) {
    for (int out = 2; out <= 80; ++out) {
      const ResizeAxis axis{in, out, Sampling::kCorners};
      EXPECT_EQ(NearestIndex(axis, 0), 0);
      EXPECT_EQ(NearestIndex(axis, out - 1), in - 1) << in << " -> " << out;
    }
  }
}

TEST(ResizeLaws, WholeFactorsRepeatEveryPixelEquallyOften) {
  for (int in = 1; in <= 30; ++in) {
    for (int factor = 1; factor <= 6; ++factor) {
      const ResizeAxis axis{in, in * factor, Sampling::kPlain};
      std::vector<int> times(static_cast<size_t>(in), 0);
      for (int o = 0; o < axis.out; ++o) ++times[static_cast<size_t>(NearestIndex(axis, o))];
      EXPECT_EQ(times, std::vector<int>(static_cast<size_t>(in), factor));
    }
  }
}

}  // namespace
}  // namespace mcunas
