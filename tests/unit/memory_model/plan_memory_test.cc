// PlanMemory against hand-counted plans, random networks, brute force and the published networks.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <map>
#include <sstream>

#include "memory_model/layout.h"
#include "memory_model/live_bound.h"
#include "memory_model/memory_model.h"
#include "memory_model/overlap.h"
#include "memory_model/validate_plan.h"
#include "network/network_json.h"
#include "tests/unit/memory_model/random_network.h"

namespace mcunas {
namespace {

int64_t Align8(int64_t v) { return (v + 7) / 8 * 8; }

std::string FirstViolation(const Network& network, const ExecutionPlan& plan) {
  const std::vector<PlanViolation> violations = ValidatePlan(network, plan);
  return violations.empty() ? "" : violations[0].message;
}

TEST(Overlap, WindowDistanceIsTheMaximumOverRows) {
  for (int height = 1; height <= 12; ++height)
    for (int kernel : {1, 2, 3, 5, 7})
      for (int stride : {1, 2})
        for (int out_channels : {1, 3, 8}) {
          NetworkBuilder b("n", {height, 5, 3});
          if (height + 2 * ((kernel - 1) / 2) < kernel || 5 + 2 * ((kernel - 1) / 2) < kernel)
            continue;
          b.Conv(kNetworkInput, out_channels, kernel, stride, Activation::kNone);
          const Network n = std::move(b).Finish();
          const Operator& op = n.operators[0];
          int64_t expected = 0;
          for (int y = 0; y < op.out.height; ++y)
            expected =
                std::max(expected, (y + 1) * op.out.row_elements() -
                                       std::max(0, y * stride - op.padding) * op.in.row_elements());
          EXPECT_EQ(WindowDistance(op), expected) << PrintNetwork(n);
        }
}

TEST(PlanMemory, DepthwiseNeedsPaddingPlusOneRowsBeyondItsInput) {
  for (int kernel : {1, 3, 5, 7}) {
    NetworkBuilder b("n", {16, 16, 8});
    b.Depthwise(kNetworkInput, kernel, 1, Activation::kNone);
    const Network n = std::move(b).Finish();
    const int64_t row = 16 * 8;
    EXPECT_EQ(PlanMemory(n).arena.value, 16 * row + ((kernel - 1) / 2 + 1) * row);
  }
}

TEST(PlanMemory, PointwiseNeedsOneRowOfTheSmallerTensor) {
  for (int out : {4, 8, 32}) {
    NetworkBuilder b("n", {10, 6, 8});
    b.Pointwise(kNetworkInput, out, Activation::kNone);
    const int64_t big = 60 * std::max(out, 8);
    EXPECT_EQ(PlanMemory(std::move(b).Finish()).arena.value, big + 6 * std::min(out, 8));
  }
}

TEST(PlanMemory, AddTakesThePlaceOfADyingOperand) {
  NetworkBuilder b("n", {8, 8, 4});
  const int a = b.Pointwise(kNetworkInput, 4, Activation::kNone);
  const int sum = b.Add(a, kNetworkInput);
  const Network n = std::move(b).Finish();
  const ExecutionPlan plan = PlanMemory(n);
  EXPECT_EQ(plan.arena.value, 2 * 256);
  EXPECT_TRUE(plan.tensors[2].offset == plan.tensors[1].offset ||
              plan.tensors[2].offset == plan.tensors[0].offset);
  EXPECT_EQ(sum, 1);
}

TEST(PlanMemory, AddOfTwoLivingOperandsNeedsItsOwnPlace) {
  NetworkBuilder b("n", {8, 8, 4});
  const int a = b.Pointwise(kNetworkInput, 4, Activation::kNone);
  const int sum = b.Add(a, kNetworkInput);
  const int again = b.Add(sum, a);
  b.Add(again, kNetworkInput);
  EXPECT_EQ(PlanMemory(std::move(b).Finish()).arena.value, 3 * 256);
}

TEST(PlanMemory, BarriersKeepTheirWholeInput) {
  NetworkBuilder b("n", {5, 5, 8});
  b.FullyConnected(b.GlobalAveragePool(kNetworkInput), 12);
  const ExecutionPlan plan = PlanMemory(std::move(b).Finish());
  EXPECT_EQ(plan.arena.value, 200 + 8);
  EXPECT_GE(plan.scratch.value, 4 * 8);  // one 32-bit sum per channel
}

TEST(PlanMemory, InputThatNobodyReadsStillLiesInTheArena) {
  NetworkBuilder b("n", {4, 4, 4});
  const int first = b.Pointwise(kNetworkInput, 4, Activation::kNone);
  b.Pointwise(kNetworkInput, 4, Activation::kNone);  // dead
  b.Add(first, first);
  const Network n = std::move(b).Finish();
  EXPECT_EQ(FirstViolation(n, PlanMemory(n)), "");
}

// The smallest arena of a chain by dynamic programming over every multiple of 4: reachable offsets
// of each tensor, straight from the row law. Shares nothing with the planner's interval argument.
bool ChainFits(const Network& network, int64_t arena) {
  std::vector<char> reachable(static_cast<size_t>(arena / 4 + 1), 0);
  const auto fill = [&](const Shape& s) {
    for (int64_t x = 0; x + s.elements() <= arena; x += 4)
      reachable[static_cast<size_t>(x / 4)] = 1;
  };
  fill(network.input);
  for (const Operator& op : network.operators) {
    std::vector<char> next(reachable.size(), 0);
    const bool windowed = HasWindow(op.kind);
    for (int64_t in = 0; in <= arena; in += 4) {
      if (!reachable[static_cast<size_t>(in / 4)]) continue;
      for (int64_t out = 0; out + op.out.elements() <= arena; out += 4) {
        bool legal = out >= in + op.in.elements() || out + op.out.elements() <= in;
        if (op.kind == OpKind::kAdd && out == in) legal = true;
        if ((windowed || op.kind == OpKind::kAdd) && out < in) {
          legal = true;
          for (int y = 0; y < op.out.height; ++y) {
            const int64_t end = out + (y + 1) * op.out.row_elements();
            const int top = windowed ? std::max(0, y * op.stride - op.padding) : y;
            legal = legal && end <= in + top * op.in.row_elements();
          }
        }
        if (legal) next[static_cast<size_t>(out / 4)] = 1;
      }
    }
    reachable = next;
  }
  return std::find(reachable.begin(), reachable.end(), 1) != reachable.end();
}

TEST(PlanMemory, ChainsReachTheSmallestArenaThereIs) {
  RandomStream random(1, "chains");
  int compared = 0;
  for (int i = 0; i < 400; ++i) {
    const Network n = RandomNetwork(&random, {.max_operators = 7, .residual = 0, .side_read = 0});
    if (n.input.elements() > 600) continue;
    const int64_t arena = PlanMemory(n).arena.value;
    if (arena > 2000) continue;
    EXPECT_TRUE(ChainFits(n, arena)) << PrintNetwork(n);
    EXPECT_FALSE(ChainFits(n, arena - 8)) << arena << "\n" << PrintNetwork(n);
    ++compared;
  }
  EXPECT_GT(compared, 100);
}

TEST(PlanMemory, ChainsMeetTheBoundAndTheEstimate) {
  RandomStream random(2, "chains");
  for (int i = 0; i < 3000; ++i) {
    const Network n = RandomNetwork(&random, {.max_operators = 30, .residual = 0, .side_read = 0});
    const ExecutionPlan plan = PlanMemory(n);
    ASSERT_EQ(plan.arena, plan.live_bound) << PrintNetwork(n);
    ASSERT_EQ(plan.arena + plan.scratch, EstimatePeak(n));
  }
}

// Exhaustive layout of small networks: every multiple of 4 for every tensor, rules straight from
// the row law. Finds whether any layout fits an arena.
class BruteForce {
 public:
  BruteForce(const Network& network, int64_t arena) : network_(network), arena_(arena) {
    const int count = static_cast<int>(network.operators.size());
    last_use_.assign(static_cast<size_t>(count + 1), -1);
    for (int i = 0; i < count; ++i) {
      last_use_[static_cast<size_t>(i + 1)] = i;
      for (int t : network.operators[static_cast<size_t>(i)].inputs)
        last_use_[static_cast<size_t>(t + 1)] = i;
    }
    last_use_.back() = count;
    offsets_.assign(last_use_.size(), 0);
  }
  bool Fits() { return Place(kNetworkInput); }

 private:
  bool Place(int tensor) {
    if (tensor == static_cast<int>(network_.operators.size())) return true;
    const int64_t size = network_.tensor_shape(tensor).elements();
    for (int64_t x = 0; x + size <= arena_; x += 4) {
      offsets_[static_cast<size_t>(tensor + 1)] = x;
      bool legal = true;
      for (int t = kNetworkInput; t < tensor && legal; ++t) legal = PairLegal(t, tensor);
      if (legal && Place(tensor + 1)) return true;
    }
    return false;
  }

  bool PairLegal(int earlier, int later) const {
    const int dies = last_use_[static_cast<size_t>(earlier + 1)];
    if (dies < later) return true;
    const int64_t in = offsets_[static_cast<size_t>(earlier + 1)];
    const int64_t out = offsets_[static_cast<size_t>(later + 1)];
    const Operator& op = network_.operators[static_cast<size_t>(later)];
    const int64_t in_end = in + network_.tensor_shape(earlier).elements();
    if (out >= in_end || out + op.out.elements() <= in) return true;
    const bool reads = std::find(op.inputs.begin(), op.inputs.end(), earlier) != op.inputs.end();
    const bool add = op.kind == OpKind::kAdd;
    if (dies != later || !reads || (!HasWindow(op.kind) && !add)) return false;
    return (add && in == out) || RowsKeepAhead(op, in, out);
  }

  static bool RowsKeepAhead(const Operator& op, int64_t in, int64_t out) {
    for (int y = 0; y < op.out.height; ++y) {
      const int top = op.kind == OpKind::kAdd ? y : std::max(0, y * op.stride - op.padding);
      if (out + (y + 1) * op.out.row_elements() > in + top * op.in.row_elements()) return false;
    }
    return true;
  }

  const Network& network_;
  int64_t arena_;
  std::vector<int> last_use_;
  std::vector<int64_t> offsets_;
};

TEST(PlanMemory, BoundIsBelowEveryLayoutAndSmallPlansAreOptimal) {
  RandomStream random(8, "brute force");
  int compared = 0;
  int optimal = 0;
  for (int i = 0; i < 4000; ++i) {
    const Network n =
        RandomNetwork(&random, {.max_operators = 5, .residual = 0.5, .side_read = 0.2});
    const ExecutionPlan plan = PlanMemory(n);
    if (plan.arena.value > 120 || n.operators.size() > 7) continue;
    ++compared;
    EXPECT_FALSE(BruteForce(n, plan.live_bound.value - 8).Fits()) << PrintNetwork(n);
    optimal += !BruteForce(n, plan.arena.value - 8).Fits();
  }
  EXPECT_GT(compared, 200);
  EXPECT_EQ(optimal, compared);
}

// Inverted bottlenecks as the search space makes them.
Network RandomMobileNetwork(RandomStream* random) {
  const auto pick = [&](int low, int high) { return static_cast<int>(random->Between(low, high)); };
  const int side = 8 * pick(3, 20);
  NetworkBuilder b("mobile", {side, side, 3});
  int last = b.Conv(kNetworkInput, 8 * pick(1, 3), 3, 2, Activation::kRelu6);
  for (int stage = 0; stage < 5; ++stage) {
    const int channels = b.shape(last).channels + 4 * pick(1, 8);
    for (int block = pick(1, 4); block > 0; --block) {
      const int from = last;
      const bool shrinks = b.shape(from).channels != channels && stage != 0 && stage != 3;
      const int expand = pick(1, 6);
      if (expand > 1) last = b.Pointwise(from, b.shape(from).channels * expand, Activation::kRelu6);
      last = b.Depthwise(last, 2 * pick(1, 3) + 1, shrinks ? 2 : 1, Activation::kRelu6);
      last = b.Pointwise(last, channels, Activation::kNone);
      if (b.shape(last) == b.shape(from)) last = b.Add(last, from);
    }
  }
  b.FullyConnected(b.GlobalAveragePool(last), 10);
  return std::move(b).Finish();
}

TEST(PlanMemory, MobileNetworksStayAtTheBound) {
  RandomStream random(9, "mobile");
  int at_bound = 0;
  for (int i = 0; i < 1000; ++i) {
    const Network n = RandomMobileNetwork(&random);
    const ExecutionPlan plan = PlanMemory(n);
    at_bound += plan.arena == plan.live_bound;
    EXPECT_LE(plan.arena.value * 100, plan.live_bound.value * 104);
    if (i % 20 == 0) {
      EXPECT_EQ(FirstViolation(n, plan), "");
    }
  }
  EXPECT_GE(at_bound, 990);
}

TEST(PlanMemory, RandomNetworksGiveValidPlans) {
  RandomStream random(3, "networks");
  int above = 0;
  const int kNetworks = 6000;
  for (int i = 0; i < kNetworks; ++i) {
    const Network n = RandomNetwork(&random, {.max_operators = 14});
    ASSERT_TRUE(VerifyNetwork(n).ok()) << PrintNetwork(n);
    const ExecutionPlan plan = PlanMemory(n);
    ASSERT_EQ(FirstViolation(n, plan), "") << PrintNetwork(n);
    ASSERT_GE(plan.arena, plan.live_bound) << PrintNetwork(n);
    ASSERT_EQ(plan.live_bound + plan.scratch, EstimatePeak(n));
    above += plan.arena.value * 100 > plan.live_bound.value * 101;
  }
  // Where an operator reads a tensor from far back, the bound is weak; elsewhere the layouts are
  // tight.
  EXPECT_LT(above, kNetworks / 33);
}

TEST(PlanMemory, IsDeterministic) {
  RandomStream random(4, "networks");
  for (int i = 0; i < 50; ++i) {
    const Network n = RandomNetwork(&random, {});
    const ExecutionPlan a = PlanMemory(n);
    const ExecutionPlan b = PlanMemory(n);
    for (size_t t = 0; t < a.tensors.size(); ++t)
      EXPECT_EQ(a.tensors[t].offset, b.tensors[t].offset);
  }
}

TEST(EstimatePeak, WorksBeyondItsStackBuffer) {
  NetworkBuilder b("deep", {9, 9, 4});
  for (int i = 0; i < 500; ++i) b.Depthwise(b.last(), 3, 1, Activation::kNone);
  const Network n = std::move(b).Finish();
  const ExecutionPlan plan = PlanMemory(n);
  EXPECT_EQ(plan.arena + plan.scratch, EstimatePeak(n));
  EXPECT_EQ(FirstViolation(n, plan), "");
}

TEST(LiveBound, CountsTheRunOfOneWayOverlaps) {
  // Three pointwise operators of one shape: each step alone needs one row beyond the tensor, but
  // every output lies a row below its input, and there is no room to go back up.
  NetworkBuilder b("n", {10, 4, 4});
  for (int i = 0; i < 3; ++i) b.Pointwise(b.last(), 4, Activation::kNone);
  const Network n = std::move(b).Finish();
  std::vector<TensorFacts> facts(4);
  const LiveBound bound = ComputeLiveBound(n, facts);
  EXPECT_EQ(bound.live_peak, 160 + 16);
  EXPECT_EQ(bound.bytes, 160 + 3 * 16);
}

TEST(SolveLayout, FindsTheGapBetweenLivingNeighbours) {
  // Items 0 and 1 live together, 2 replaces 0, 3 replaces 1: 20 bytes suffice.
  std::vector<LayoutItem> items(4);
  items[0].size = 12;
  items[1] = {8, {{0, 8, false}}};
  items[2] = {12, {{1, 12, false}}};
  items[3] = {8, {{2, 8, false}}};
  EXPECT_EQ(SolveLayout(items, 20, 4).arena, 20);
  EXPECT_EQ(SolveLayout({}, 0, 4).arena, 0);
}

TEST(SolveLayout, FallsBackAboveAnUnreachableBound) {
  std::vector<LayoutItem> items(3);
  items[0].size = 8;
  items[1] = {8, {{0, 8, false}}};
  items[2] = {8, {{0, 8, false}, {1, 8, false}}};
  EXPECT_EQ(SolveLayout(items, 16, 4).arena, 24);
}

TEST(PlanMemory, PublishedNetworksStayWithinOnePercentOfTheBound) {
  const char* data = std::getenv("MCUNAS_DATA");
  const char* home = std::getenv("MCUNAS_HOME");
  const std::filesystem::path root =
      data ? std::filesystem::path(data)
           : std::filesystem::path(home ? home : ".") / ".." / "shared" / "data";
  if (!std::filesystem::exists(root / "networks")) GTEST_SKIP() << "no " << root / "networks";
  // TinyEngine's layer-wise arena on the same networks, its scheduler re-run: ours must be smaller.
  const std::map<std::string, int64_t> tinyengine = {
      {"mbv2-w0.35_r144.json", 290304}, {"mcunet-in0_r48.json", 46080},
      {"mcunet-in1_r96.json", 92160},   {"mcunet-in3_r176.json", 247808},
      {"mcunet-vww1_r80.json", 89600},  {"proxyless-w0.3_r176.json", 247808}};
  for (const auto& [file, bytes] : tinyengine) {
    std::ifstream stream(root / "networks" / file);
    std::ostringstream text;
    text << stream.rdbuf();
    const Expected<Network> n = NetworkFromJson(text.str(), file);
    ASSERT_TRUE(n.ok()) << n.error().message;
    const ExecutionPlan plan = PlanMemory(*n);
    EXPECT_EQ(FirstViolation(*n, plan), "") << file;
    EXPECT_LE(plan.arena.value * 100, plan.live_bound.value * 101) << file;
    EXPECT_LT(plan.arena.value, bytes) << file;
    EXPECT_EQ(plan.arena.value, Align8(plan.arena.value));
  }
}

}  // namespace
}  // namespace mcunas
