// Plans over several regions: judged, compared with brute force, and in the worst case refused with
// the size that would do.
#include "memory_model/regions/regions.h"
#include "memory_model/regions/board_plan.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <limits>
#include <optional>
#include <string>
#include <vector>

#include "common/random.h"
#include "memory_model/judge/validate_plan.h"
#include "memory_model/memory_model.h"
#include "memory_model/regions/region_assignment.h"
#include "memory_model/regions/region_problem.h"
#include "network/network_builder.h"
#include "network/print.h"
#include "tests/unit/memory_model/branching_network.h"
#include "tests/unit/memory_model/random_network.h"

namespace mcunas {
namespace {

using ::testing::HasSubstr;

std::string Judge(const Network& network, const ExecutionPlan& plan) {
  std::string text;
  for (const PlanViolation& violation : ValidatePlan(network, plan))
    text += violation.message + "\n";
  return text;
}

PlanOptions RandomOptions(RandomStream* random) {
  PlanOptions options;
  const InputMode modes[] = {InputMode::kResident, InputMode::kStreamed, InputMode::kRereadable};
  options.input_mode = modes[random->Below(3)];
  if (random->Chance(0.4)) options.modes = PlanModes::LayerwiseOnly();
  if (random->Chance(0.3)) options.max_macs_factor = 1.5;
  return options;
}

Network AnyNetwork(RandomStream* random) {
  switch (random->Below(4)) {
    case 0:
      return RandomDag(random, static_cast<int>(random->Between(2, 14)));
    case 1:
      return RandomCells(random, 1, 4);
    default:
      return RandomNetwork(random, {14, 0.3, 0.1});
  }
}

// Regions whose sizes add up to about what the plan needs, seldom much more.
std::vector<PlanRegion> RandomRegions(RandomStream* random, int64_t bytes, int most) {
  std::vector<PlanRegion> regions(static_cast<size_t>(random->Between(1, most)));
  for (size_t r = 0; r < regions.size(); ++r) {
    const auto share = bytes / static_cast<int64_t>(regions.size());
    regions[r].name = "r" + std::to_string(r);
    regions[r].size = Bytes(random->Between(share / 2, share * 2 + 16));
    regions[r].access_cost = static_cast<int>(random->Between(1, 5));
  }
  return regions;
}

void ExpectInsideRegions(const ExecutionPlan& plan, const std::vector<PlanRegion>& regions,
                         Bytes reserve) {
  EXPECT_LE(plan.arena + plan.scratch + reserve, regions[0].size);
  ASSERT_EQ(plan.more_regions.size(), regions.size() - 1);
  for (size_t r = 1; r < regions.size(); ++r) EXPECT_LE(plan.more_regions[r - 1], regions[r].size);
}

TEST(RegionsTest, RandomPlansInRandomRegionsAreValid) {
  int placed_in_several = 0, moved = 0, refused = 0;
  for (int seed = 0; seed < 600; ++seed) {
    RandomStream random(static_cast<uint64_t>(seed), "regions");
    const Network network = AnyNetwork(&random);
    const ExecutionPlan plan = PlanMemory(network, RandomOptions(&random));
    ASSERT_EQ(Judge(network, plan), "") << "one region, seed " << seed;
    const Bytes reserve(random.Between(0, 40));
    std::vector<PlanRegion> regions =
        RandomRegions(&random, plan.arena.value + plan.scratch.value + reserve.value, 4);
    const Expected<RegionPlan> placed = PlaceInRegions(network, plan, regions, reserve);
    if (!placed.ok()) {
      EXPECT_EQ(placed.error().code, ErrorCode::kInfeasible);
      ++refused;
      continue;
    }
    ASSERT_EQ(Judge(network, placed->plan), "") << "seed " << seed << "\n" << PrintNetwork(network);
    ExpectInsideRegions(placed->plan, regions, reserve);
    EXPECT_EQ(RegionAccessCost(network, placed->plan, regions), placed->access_cost);
    int64_t cost = 0;
    for (size_t r = 0; r < regions.size(); ++r)
      cost += placed->traffic[r].value * regions[r].access_cost;
    EXPECT_EQ(cost, placed->access_cost);
    placed_in_several += regions.size() > 1 ? 1 : 0;
    for (const TensorMove& move : placed->plan.moves) moved += move.region != 0 ? 1 : 0;
  }
  EXPECT_GT(placed_in_several, 120);
  EXPECT_GT(moved, 10);
  EXPECT_GT(refused, 40);
}

// Tries every region for every object of every group.
class BruteForceRegions {
 public:
  BruteForceRegions(const RegionProblem& problem, const std::vector<RegionSpec>& regions)
      : problem_(problem), regions_(regions) {}

  // Nothing where no assignment fits.
  std::optional<int64_t> LeastCost() {
    const std::vector<RegionObject>& alive = problem_.groups[0].alive;
    if (alive.empty()) Continue(0, {}, 0);
    for (size_t r = 0; r < regions_.size() && !alive.empty(); ++r)
      Continue(0, {{alive[0].id, static_cast<int>(r)}}, problem_.input_traffic * regions_[r].cost);
    return best_;
  }

 private:
  struct Where {
    int tensor = 0;
    int region = 0;
  };
  static int Find(const std::vector<Where>& places, int tensor) {
    for (const Where& place : places)
      if (place.tensor == tensor) return place.region;
    return -1;
  }

  void Continue(size_t g, const std::vector<Where>& before, int64_t cost) {
    if (g == problem_.groups.size()) {
      if (!best_ || cost < *best_) best_ = cost;
      return;
    }
    const RegionGroup& group = problem_.groups[g];
    std::vector<RegionObject> objects = group.alive;
    objects.insert(objects.end(), group.made.begin(), group.made.end());
    objects.insert(objects.end(), group.rings.begin(), group.rings.end());
    objects.insert(objects.end(), group.sums.begin(), group.sums.end());
    std::vector<int> in(objects.size(), 0);
    while (true) {
      if (const std::optional<int64_t> own = Evaluate(group, objects, in, before)) {
        std::vector<Where> after;
        for (size_t k = 0; k < group.alive.size() + group.made.size(); ++k)
          after.push_back({objects[k].id, in[k]});
        Continue(g + 1, after, cost + *own);
      }
      size_t k = 0;
      while (k < in.size() && in[k] + 1 == static_cast<int>(regions_.size())) in[k++] = 0;
      if (k == in.size()) return;
      ++in[k];
    }
  }

  std::optional<int64_t> Evaluate(const RegionGroup& group,
                                  const std::vector<RegionObject>& objects,
                                  const std::vector<int>& in, const std::vector<Where>& before) {
    std::vector<int64_t> used(regions_.size(), 0), moving(regions_.size(), 0);
    int64_t cost = 0;
    bool moves = false;
    int dying = -1;
    for (size_t k = 0; k < objects.size(); ++k) {
      const auto region = static_cast<size_t>(in[k]);
      used[region] += objects[k].size;
      cost += objects[k].traffic * regions_[region].cost;
      if (k >= group.alive.size()) continue;
      if (objects[k].id == group.needs.overlap.tensor) dying = in[k];
      const auto from = static_cast<size_t>(Find(before, objects[k].id));
      moving[from] += objects[k].size;
      if (from == region) continue;
      moves = true;
      moving[region] += objects[k].size;
      cost += objects[k].size * (regions_[from].cost + regions_[region].cost);
    }
    const int output = in[group.alive.size() + group.made.size() - 1];
    if (group.needs.overlap.saved > 0 && dying == output)
      used[static_cast<size_t>(output)] -= group.needs.overlap.saved;
    for (size_t r = 0; r < regions_.size(); ++r)
      if (used[r] > regions_[r].capacity || (moves && moving[r] > regions_[r].capacity))
        return std::nullopt;
    return cost;
  }

  const RegionProblem& problem_;
  const std::vector<RegionSpec>& regions_;
  std::optional<int64_t> best_;
};

TEST(RegionsTest, EqualsBruteForceOnSmallNetworks) {
  int fits = 0, refused = 0;
  for (int seed = 0; seed < 600; ++seed) {
    RandomStream random(static_cast<uint64_t>(seed), "brute force");
    const int size = static_cast<int>(random.Between(2, 4));
    const Network network =
        seed % 2 == 0 ? RandomNetwork(&random, {size, 0.3, 0.2}) : RandomDag(&random, size);
    const ExecutionPlan plan = PlanMemory(network, RandomOptions(&random));
    const RegionProblem problem = BuildRegionProblem(network, plan);
    std::vector<RegionSpec> regions;
    for (const PlanRegion& region : RandomRegions(&random, plan.arena.value, 2))
      regions.push_back({region.size.value / 8 * 8, region.access_cost});
    const std::optional<int64_t> least = BruteForceRegions(problem, regions).LeastCost();
    const std::optional<RegionAssignment> assignment = AssignRegions(problem, regions);
    ASSERT_EQ(assignment.has_value(), least.has_value()) << "seed " << seed;
    if (!least) {
      ++refused;
      continue;
    }
    ++fits;
    EXPECT_EQ(assignment->cost, *least) << "seed " << seed;
    EXPECT_TRUE(assignment->exact);
  }
  EXPECT_GT(fits, 100);
  EXPECT_GT(refused, 50);
}

TEST(RegionsTest, LocalsEqualBruteForce) {
  for (int seed = 0; seed < 500; ++seed) {
    RandomStream random(static_cast<uint64_t>(seed), "locals");
    const std::vector<RegionSpec> regions = {{0, random.Between(1, 4)}, {0, random.Between(1, 4)}};
    const std::vector<int64_t> room = {random.Between(0, 60), random.Between(0, 60)};
    std::vector<LocalObject> objects(random.Below(9));
    for (LocalObject& object : objects) object = {random.Between(1, 30), random.Between(0, 99)};
    int64_t least = std::numeric_limits<int64_t>::max();
    for (unsigned chosen = 0; chosen < 1u << objects.size(); ++chosen) {
      int64_t used[2] = {0, 0};
      int64_t cost = 0;
      for (size_t k = 0; k < objects.size(); ++k) {
        const unsigned region = chosen >> k & 1u;
        used[region] += objects[k].size;
        cost += objects[k].traffic * regions[region].cost;
      }
      if (used[0] <= room[0] && used[1] <= room[1]) least = std::min(least, cost);
    }
    const LocalAssignment found = AssignLocals(objects, room, regions, 1 << 20);
    ASSERT_EQ(found.fits, least != std::numeric_limits<int64_t>::max()) << "seed " << seed;
    if (found.fits) {
      EXPECT_EQ(found.cost, least) << "seed " << seed;
    }
  }
}

// The smallest size that the error names is enough, and 8 bytes less are not.
TEST(RegionsTest, RefusesWithTheSmallestSizeThatWouldDo) {
  int checked = 0;
  for (int seed = 0; seed < 200; ++seed) {
    RandomStream random(static_cast<uint64_t>(seed), "refused");
    const Network network = RandomNetwork(&random, {10, 0.3, 0.1});
    const ExecutionPlan plan = PlanMemory(network);
    std::vector<PlanRegion> regions = RandomRegions(&random, plan.arena.value * 2 / 3, 3);
    const Bytes reserve(100);
    const Expected<RegionPlan> placed = PlaceInRegions(network, plan, regions, reserve);
    if (placed.ok()) continue;
    const std::string& message = placed.error().message;
    EXPECT_THAT(message, HasSubstr("bytes in all would do"));
    const int64_t growth = std::stoll(message.substr(message.find("do, ") + 4));
    regions[0].size += Bytes(growth);
    EXPECT_TRUE(PlaceInRegions(network, plan, regions, reserve).ok()) << message;
    regions[0].size = regions[0].size - Bytes(16);
    EXPECT_FALSE(PlaceInRegions(network, plan, regions, reserve).ok()) << message;
    ++checked;
  }
  EXPECT_GT(checked, 50);
}

// What is used most lies in the fast region; what does not fit there goes to the slow one.
TEST(RegionsTest, BusyTensorsGoToTheFastRegion) {
  NetworkBuilder b("two", {8, 8, 4});
  const int wide = b.Pointwise(kNetworkInput, 16, Activation::kRelu);
  b.Depthwise(wide, {3, 3}, {1, 1}, Activation::kRelu);
  const Network network = std::move(b).Finish();
  PlanOptions options;
  options.modes = PlanModes::LayerwiseOnly();
  const ExecutionPlan plan = PlanMemory(network, options);
  // The wide tensor (1024 bytes) is written once and read 9 times, its result written once.
  const std::vector<PlanRegion> regions = {{"slow", Bytes(8192), 3}, {"fast", Bytes(1024), 1}};
  const Expected<RegionPlan> placed = PlaceInRegions(network, plan, regions, Bytes(0));
  ASSERT_TRUE(placed.ok());
  EXPECT_EQ(placed->plan.tensors[0].region, 1);
  EXPECT_EQ(placed->plan.tensors[1].region, 0);
  EXPECT_EQ(placed->method, RegionMethod::kExact);
  EXPECT_EQ(placed->traffic[1].value, 256 * 0 + 1024 + 9 * 1024);
  EXPECT_EQ(placed->traffic[0].value, 256 + 256 + 1024);
  EXPECT_EQ(placed->access_cost, 10 * 1024 + 3 * 1536);
  EXPECT_EQ(Judge(network, placed->plan), "");
}

// 497 664 bytes of middle tensor beside 82 944 bytes that a residual keeps: more than the AXI SRAM.
Network LargerThanOneRegion() {
  NetworkBuilder b("wide", {144, 144, 3});
  const int stem = b.Conv(kNetworkInput, 16, {3, 3}, {2, 2}, Activation::kRelu6);
  const int expand = b.Pointwise(stem, 96, Activation::kRelu6);
  const int project =
      b.Pointwise(b.Depthwise(expand, {3, 3}, {1, 1}, Activation::kRelu6), 16, Activation::kNone);
  b.FullyConnected(b.GlobalAveragePool(b.Add(project, stem)), 10);
  return std::move(b).Finish();
}

TEST(RegionsTest, H743UsesTwoRegionsWhereOneIsNotEnough) {
  const Expected<BoardProfile> board = LoadBoardProfile("nucleo-h743zi2");
  ASSERT_TRUE(board.ok()) << board.error().message;
  const Network network = LargerThanOneRegion();
  PlanOptions options;
  options.modes = PlanModes::LayerwiseOnly();
  EXPECT_GT(PlanMemory(network, options).arena, Bytes(512 * 1024));
  const Expected<RegionPlan> placed = PlanInBoardRegions(network, *board, options);
  ASSERT_TRUE(placed.ok()) << placed.error().message;
  EXPECT_EQ(placed->method, RegionMethod::kExact);
  EXPECT_GT(placed->plan.more_regions.at(0), Bytes(0));  // dtcm
  EXPECT_EQ(placed->plan.more_regions.at(1), Bytes(0));  // sram123: four times as slow
  EXPECT_EQ(Judge(network, placed->plan), "");
  ExpectInsideRegions(placed->plan, BoardRegions(*board), kStaticDataEstimate + kStackEstimate);

  options.modes = PlanModes();
  const Expected<RegionPlan> streamed = PlanInBoardRegions(network, *board, options);
  ASSERT_TRUE(streamed.ok());
  EXPECT_EQ(streamed->method, RegionMethod::kOneRegion);
  EXPECT_TRUE(streamed->plan.more_regions.empty());
}

TEST(RegionsTest, OnlyWhatTheFirstRegionDoesNotHoldIsSpread) {
  const Expected<BoardProfile> board = LoadBoardProfile("nucleo-h743zi2");
  ASSERT_TRUE(board.ok()) << board.error().message;
  const Network network = LargerThanOneRegion();
  PlanOptions options;
  const ExecutionPlan small = PlanMemory(network, options);
  EXPECT_EQ(SpreadOverRegions(network, small, *board, options).tensors, small.tensors);
  options.modes = PlanModes::LayerwiseOnly();
  const ExecutionPlan large = PlanMemory(network, options);
  const ExecutionPlan spread = SpreadOverRegions(network, large, *board, options);
  EXPECT_GT(spread.more_regions.at(0), Bytes(0));
  EXPECT_EQ(Judge(network, spread), "");
  // Where several regions do not hold it either, the plan stays as it was.
  const Expected<BoardProfile> one = LoadBoardProfile("qemu-m4");
  ASSERT_TRUE(one.ok()) << one.error().message;
  EXPECT_EQ(SpreadOverRegions(network, large, *one, options).tensors, large.tensors);
}

TEST(RegionsTest, BoardsThatAreTooSmallSayHowMuchIsNeeded) {
  const Expected<BoardProfile> board = LoadBoardProfile("qemu-m4");
  ASSERT_TRUE(board.ok()) << board.error().message;
  PlanOptions options;
  options.modes = PlanModes::LayerwiseOnly();
  const Expected<RegionPlan> plan = PlanInBoardRegions(LargerThanOneRegion(), *board, options);
  ASSERT_FALSE(plan.ok());
  EXPECT_EQ(plan.error().code, ErrorCode::kInfeasible);
  EXPECT_THAT(plan.error().message, HasSubstr("has 262144 bytes of SRAM in all"));
}

TEST(RegionsTest, AccessCostDefaultsToOneForTheFirstRegion) {
  BoardProfile board;
  board.sram = {{"a", 0, 1024}, {"b", 4096, 1024}, {"c", 8192, 1024, 7}};
  const std::vector<PlanRegion> regions = BoardRegions(board);
  EXPECT_EQ(regions[0].access_cost, 1);
  EXPECT_EQ(regions[1].access_cost, 2);
  EXPECT_EQ(regions[2].access_cost, 7);
}

}  // namespace
}  // namespace mcunas
