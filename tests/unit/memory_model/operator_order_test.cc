#include "memory_model/order/operator_order.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <ctime>
#include <limits>
#include <numeric>
#include <string>
#include <vector>

#include "common/random.h"
#include "memory_model/order/order_beam.h"
#include "memory_model/order/order_bound.h"
#include "memory_model/order/order_problem.h"
#include "memory_model/order/order_search.h"
#include "network/hash_network.h"
#include "network/network_builder.h"
#include "network/operator_counts.h"
#include "network/print.h"
#include "network/verify.h"
#include "tests/unit/memory_model/branching_network.h"
#include "tests/unit/memory_model/random_network.h"

namespace mcunas {
namespace {

int64_t Rounded(const Shape& shape) { return (shape.elements() + 3) / 4 * 4; }

// All topological orders by recursion, the objective written down once more. Only orders that are
// already as bad as the best known one are given up.
class BruteForce {
 public:
  explicit BruteForce(const Network& network)
      : network_(network), done_(network.operators.size(), false) {}

  int64_t SmallestPeak() {
    best_ = std::numeric_limits<int64_t>::max();
    Continue(0, Live());
    return best_;
  }

 private:
  int Count() const { return static_cast<int>(done_.size()); }
  bool Made(int tensor) const {
    return tensor == kNetworkInput || done_[static_cast<size_t>(tensor)];
  }
  bool Wanted(int tensor) const {
    const std::vector<int>& outputs = network_.outputs;
    if (outputs.empty() && tensor == Count() - 1) return true;
    if (std::find(outputs.begin(), outputs.end(), tensor) != outputs.end()) return true;
    for (int i = 0; i < Count(); ++i) {
      const auto& inputs = network_.op(i).inputs;
      if (!done_[static_cast<size_t>(i)] &&
          std::find(inputs.begin(), inputs.end(), tensor) != inputs.end())
        return true;
    }
    return false;
  }
  int64_t Live() const {
    int64_t live = 0;
    for (int t = kNetworkInput; t < Count(); ++t)
      if (Made(t) && Wanted(t)) live += Rounded(network_.tensor_shape(t));
    return live;
  }
  void Continue(int steps, int64_t peak) {
    if (peak >= best_) return;
    if (steps == Count()) best_ = peak;
    for (int i = 0; i < Count(); ++i) {
      const Operator& op = network_.op(i);
      const bool ready =
          std::all_of(op.inputs.begin(), op.inputs.end(), [&](int tensor) { return Made(tensor); });
      const bool too_early = network_.outputs.empty() && i == Count() - 1 && steps < Count() - 1;
      if (done_[static_cast<size_t>(i)] || !ready || too_early) continue;
      const int64_t live = Live();
      done_[static_cast<size_t>(i)] = true;
      bool in_place = false;
      for (int tensor : op.inputs)
        in_place = in_place ||
                   ((op.kind == OpKind::kAdd || op.kind == OpKind::kLogistic) && !Wanted(tensor));
      Continue(steps + 1, std::max(peak, live + (in_place ? 0 : Rounded(op.out))));
      done_[static_cast<size_t>(i)] = false;
    }
  }

  const Network& network_;
  std::vector<bool> done_;
  int64_t best_ = 0;
};

void ExpectSound(const Network& network, const OrderedNetwork& ordered) {
  const std::vector<int>& permutation = ordered.order.permutation;
  std::vector<int> sorted = permutation;
  std::sort(sorted.begin(), sorted.end());
  std::vector<int> identity(network.operators.size());
  std::iota(identity.begin(), identity.end(), 0);
  ASSERT_EQ(sorted, identity);
  EXPECT_EQ(ordered.order.changed, permutation != identity);
  EXPECT_EQ(ordered.order.peak_before, LayerwiseLivePeak(network));
  EXPECT_EQ(ordered.order.peak_after, LayerwiseLivePeak(ordered.network));
  EXPECT_LE(ordered.order.peak_after, ordered.order.peak_before);
  if (ordered.order.changed) {
    EXPECT_LT(ordered.order.peak_after, ordered.order.peak_before);
  }
  const Expected<void> verified = VerifyNetwork(ordered.network);
  ASSERT_TRUE(verified.ok()) << verified.error().message;
  EXPECT_EQ(ordered.network.output(), network.output());
  ASSERT_EQ(ordered.network.outputs.size(), network.outputs.size());
  for (size_t k = 0; k < network.outputs.size(); ++k)
    EXPECT_EQ(permutation[static_cast<size_t>(ordered.network.outputs[k])], network.outputs[k]);
  EXPECT_EQ(NetworkMacs(ordered.network), NetworkMacs(network));
}

TEST(OperatorOrderTest, EqualsBruteForceOnSmallDags) {
  int improved = 0;
  for (int seed = 0; seed < 3000; ++seed) {
    RandomStream random(static_cast<uint64_t>(seed), "dag");
    const Network network = RandomDag(&random, static_cast<int>(random.Between(2, 9)));
    const OrderedNetwork ordered = OrderOperators(network);
    ExpectSound(network, ordered);
    ASSERT_EQ(ordered.order.peak_after.value, BruteForce(network).SmallestPeak())
        << "seed " << seed << "\n"
        << PrintNetwork(network);
    EXPECT_NE(ordered.order.method, OrderMethod::kHeuristic);
    improved += ordered.order.changed ? 1 : 0;
  }
  EXPECT_GT(improved, 300);
}

// The search proper, without bounds and heuristics, from the beginning and from the end.
TEST(OperatorOrderTest, BothSearchesEqualBruteForce) {
  for (int seed = 0; seed < 3000; ++seed) {
    RandomStream random(static_cast<uint64_t>(seed), "sides");
    const Network network = RandomDag(&random, static_cast<int>(random.Between(2, 9)));
    const OrderProblem problem = BuildOrderProblem(network);
    for (const bool from_end : {false, true}) {
      int64_t peak = problem.fixed_peak;
      for (const OrderSegment& segment : problem.segments) {
        const int64_t ceiling = segment.given_peak + 1;
        const ExactOrder exact = SearchExact(segment, 0, ceiling, kOrderStates, from_end);
        ASSERT_TRUE(exact.proven);
        ASSERT_EQ(exact.order.items.size(), segment.items.size());
        EXPECT_EQ(PeakOfItems(segment, exact.order.items), exact.order.peak);
        EXPECT_GE(exact.order.peak, LeastPeakOf(segment));
        peak = std::max(peak, exact.order.peak);
      }
      ASSERT_EQ(peak, BruteForce(network).SmallestPeak())
          << "seed " << seed << (from_end ? " from the end\n" : "\n") << PrintNetwork(network);
    }
  }
}

TEST(OperatorOrderTest, EqualsBruteForceOnSmallPyramidsAndCells) {
  int compared = 0;
  for (int seed = 0; seed < 200; ++seed) {
    RandomStream random(static_cast<uint64_t>(seed), "structured");
    const Network network = seed % 2 == 0 ? RandomPyramid(&random, 2) : RandomCells(&random, 1, 3);
    if (network.operators.size() > 22) continue;
    ++compared;
    const OrderedNetwork ordered = OrderOperators(network);
    ExpectSound(network, ordered);
    ASSERT_EQ(ordered.order.peak_after.value, BruteForce(network).SmallestPeak())
        << "seed " << seed << "\n"
        << PrintNetwork(network);
  }
  EXPECT_GT(compared, 50);
}

TEST(OperatorOrderTest, ChainsWithResidualsStay) {
  for (int seed = 0; seed < 200; ++seed) {
    RandomStream random(static_cast<uint64_t>(seed), "chain");
    const Network network = RandomNetwork(&random, {30, 0.4, 0.0});
    const OrderedNetwork ordered = OrderOperators(network);
    ExpectSound(network, ordered);
    EXPECT_EQ(ordered.order.method, OrderMethod::kOnlyOrder);
    EXPECT_EQ(NetworkHash(ordered.network), NetworkHash(network));
  }
}

// Two branches: the one with the high hill and the small result has to come first.
TEST(OperatorOrderTest, HighHillsComeFirst) {
  NetworkBuilder b("hills", {4, 4, 4});
  const int source = b.Pointwise(kNetworkInput, 4, Activation::kNone);
  const int low = b.Pointwise(source, 8, Activation::kNone);
  const int high = b.Pointwise(b.Pointwise(source, 100, Activation::kNone), 8, Activation::kNone);
  b.Add(low, high);
  const OrderedNetwork ordered = OrderOperators(std::move(b).Finish());
  EXPECT_EQ(ordered.order.permutation, (std::vector<int>{0, 2, 3, 1, 4}));
  EXPECT_EQ(ordered.order.method, OrderMethod::kExact);
  EXPECT_EQ(ordered.order.peak_before.value, 16 * (4 + 8 + 100 + 8) - 16 * 4);
  EXPECT_EQ(ordered.order.peak_after.value, 16 * (4 + 100 + 8));
}

// Nothing to gain: even where other orders are as good, the reader's order stays.
TEST(OperatorOrderTest, KeepsTheGivenOrderWhereNothingIsGained) {
  int kept = 0;
  for (int seed = 0; seed < 400; ++seed) {
    RandomStream random(static_cast<uint64_t>(seed), "again");
    const OrderedNetwork once = OrderOperators(RandomDag(&random, 12));
    const OrderedNetwork twice = OrderOperators(once.network);
    if (once.order.method == OrderMethod::kExact) {
      EXPECT_FALSE(twice.order.changed) << "seed " << seed;
      ++kept;
    }
  }
  EXPECT_GT(kept, 200);
}

TEST(OperatorOrderTest, IsDeterministic) {
  RandomStream random(7, "cells");
  const Network network = RandomCells(&random, 3, 8);
  const OperatorOrder first = FindOperatorOrder(network);
  for (int i = 0; i < 3; ++i) EXPECT_EQ(FindOperatorOrder(network).permutation, first.permutation);
}

TEST(OperatorOrderTest, UpToTwentyFiveBranchingOperatorsAreExactInBoundedTime) {
  int solved = 0;
  int most_branching = 0;
  int improved = 0;
  double worst_seconds = 0;
  for (int seed = 0; seed < 150; ++seed) {
    RandomStream random(static_cast<uint64_t>(seed), "large");
    const Network network =
        seed % 10 == 0  ? RandomFan(&random, static_cast<int>(random.Between(4, 26)))
        : seed % 3 == 0 ? RandomPyramid(&random, static_cast<int>(random.Between(3, 8)))
        : seed % 3 == 1 ? RandomCells(&random, 2, static_cast<int>(random.Between(8, 15)))
                        : RandomDag(&random, static_cast<int>(random.Between(30, 55)));
    const std::clock_t start = std::clock();
    const OrderedNetwork ordered = OrderOperators(network);
    const double seconds = static_cast<double>(std::clock() - start) / CLOCKS_PER_SEC;
    ExpectSound(network, ordered);
    if (ordered.order.branching_operators > kExactBranching) continue;
    EXPECT_NE(ordered.order.method, OrderMethod::kHeuristic) << "seed " << seed;
    ++solved;
    improved += ordered.order.changed ? 1 : 0;
    most_branching = std::max(most_branching, ordered.order.branching_operators);
    worst_seconds = std::max(worst_seconds, seconds);
  }
  EXPECT_GT(solved, 100);
  EXPECT_EQ(most_branching, kExactBranching);
  EXPECT_LT(worst_seconds, 20);  // of processor time
  RecordProperty("solved", solved);
  RecordProperty("improved", improved);
  RecordProperty("worst_seconds", std::to_string(worst_seconds));
}

TEST(OperatorOrderTest, LargerOnesSayWhichHeuristicOrdersThem) {
  int heuristic = 0;
  for (int seed = 0; seed < 12; ++seed) {
    RandomStream random(static_cast<uint64_t>(seed), "beyond");
    const Network network = RandomDag(&random, 150);
    const OrderedNetwork ordered = OrderOperators(network);
    ExpectSound(network, ordered);
    EXPECT_GT(ordered.order.branching_operators, kExactBranching);
    if (ordered.order.method == OrderMethod::kHeuristic) ++heuristic;
  }
  EXPECT_GT(heuristic, 0);
  EXPECT_STREQ(OrderMethodName(OrderMethod::kHeuristic), "beam search and execution on demand");
}

}  // namespace
}  // namespace mcunas
