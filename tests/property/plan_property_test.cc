// Plans of random networks, all options: the judge finds nothing, the arena is tight.
// MCUNAS_PROPERTY_NETWORKS sets how many networks each test tries.
#include <gtest/gtest.h>

#include <algorithm>
#include <cstdlib>

#include "memory_model/judge/validate_plan.h"
#include "memory_model/planner/plan_memory.h"
#include "memory_model/regions/regions.h"
#include "network/print.h"
#include "network/verify.h"
#include "tests/benchmark/published_networks.h"
#include "tests/property/random_networks.h"
#include "tests/property/random_plan.h"

namespace mcunas {
namespace {

int Networks() {
  const char* wanted = std::getenv("MCUNAS_PROPERTY_NETWORKS");
  return wanted != nullptr ? std::atoi(wanted) : 300;
}

int64_t Up8(int64_t v) { return (v + 7) / 8 * 8; }

std::vector<PlanOptions> AllOptions() {
  std::vector<PlanOptions> all;
  for (InputMode input : {InputMode::kResident, InputMode::kStreamed, InputMode::kRereadable}) {
    for (double factor : {1.0, 1.2, 0.0}) {
      for (int variant = 0; variant < 5; ++variant) {
        PlanOptions options;
        options.input_mode = input;
        options.max_macs_factor = factor;
        if (variant == 1) options.modes = PlanModes::LayerwiseOnly();
        if (variant == 2) options.modes.smallest_segment = 1;
        if (variant == 3) options.modes.strips = false, options.modes.patches = true;
        if (variant == 4) options.modes.smallest_segment = 100, options.modes.channel_tiles = false;
        all.push_back(options);
      }
    }
  }
  return all;
}

std::string Describe(const Network& network, const PlanOptions& options) {
  return "input " + std::to_string(static_cast<int>(options.input_mode)) + " factor " +
         std::to_string(options.max_macs_factor) + " segment " +
         std::to_string(options.modes.smallest_segment) + "\n" + PrintNetwork(network);
}

std::string PrintGroups(const ExecutionPlan& plan) {
  std::string text;
  for (const PlanGroup& g : plan.groups)
    text += "[" + std::to_string(g.first) + ", " + std::to_string(g.last) + ") mode " +
            std::to_string(static_cast<int>(g.mode)) + " strips " + std::to_string(g.strips) +
            " bands " + std::to_string(g.bands) + " segment " + std::to_string(g.segment) + "\n";
  return text;
}

// The plan, judged.
struct Judged {
  ExecutionPlan plan;
  PlanJudgement judgement;
};

Judged PlanAndJudge(const Network& network, const PlanOptions& options) {
  Judged judged{PlanMemory(network, options), {}};
  judged.judgement = JudgePlan(network, judged.plan);
  const std::vector<PlanViolation>& violations = judged.judgement.violations;
  EXPECT_TRUE(violations.empty()) << PlanLawName(violations[0].law) << ": " << violations[0].message
                                  << "\n"
                                  << PrintGroups(judged.plan) << Describe(network, options);
  EXPECT_EQ(judged.plan.arena.value, Up8(judged.plan.live_bound.value))
      << Describe(network, options);
  return judged;
}

TEST(PlanProperty, ChainsAreLegalAndTight) {
  for (int i = 0; i < Networks() && !testing::Test::HasFailure(); ++i) {
    RandomStream random(1, "chains", std::to_string(i));
    const Network network = RandomChain(&random, 14, 21);
    ASSERT_TRUE(VerifyNetwork(network).ok());
    for (const PlanOptions& options : AllOptions()) {
      const Judged judged = PlanAndJudge(network, options);
      // Strips may have room for columns that nobody asks for (kernel 1, stride 2).
      const int64_t touched = Up8(judged.judgement.touched[0].value);
      EXPECT_LE(touched, judged.plan.arena.value) << Describe(network, options);
      const std::vector<PlanGroup>& groups = judged.plan.groups;
      const bool tiled = std::any_of(groups.begin(), groups.end(), [](const PlanGroup& g) {
        return g.strips > 1 || g.bands > 1;
      });
      if (!tiled) {
        EXPECT_EQ(touched, judged.plan.arena.value) << Describe(network, options);
      }
      EXPECT_EQ(SmallestArena(network, options), judged.plan.arena);
    }
  }
}

TEST(PlanProperty, BottlenecksAreLegal) {
  int tiled = 0;
  for (int i = 0; i < Networks() && !testing::Test::HasFailure(); ++i) {
    RandomStream random(2, "bottlenecks", std::to_string(i));
    const Network network = RandomBottlenecks(&random);
    for (const PlanOptions& options : AllOptions()) {
      const Judged judged = PlanAndJudge(network, options);
      for (const PlanGroup& group : judged.plan.groups)
        tiled += group.mode == GroupMode::kChannelTiles;
    }
  }
  EXPECT_GT(tiled, 0);  // otherwise nothing was learned about channel tiles
}

TEST(PlanProperty, BranchesOfEveryKindAreLegal) {
  for (int i = 0; i < Networks() && !testing::Test::HasFailure(); ++i) {
    RandomStream random(3, "branches", std::to_string(i));
    RandomNetworkKind kind;
    kind.all_kinds = i % 2 == 0;
    kind.residual = 0.2 + 0.3 * random.Unit();
    kind.side_read = 0.3 * random.Unit();
    kind.output = i % 3 == 0 ? 0.15 : 0.0;
    const Network network = RandomPlanNetwork(&random, kind);
    const Expected<void> verified = VerifyNetwork(network);
    ASSERT_TRUE(verified.ok()) << verified.error().message << PrintNetwork(network);
    for (const PlanOptions& options : AllOptions()) PlanAndJudge(network, options);
  }
}

TEST(PlanProperty, AnyGroupsAreLaidOutLegally) {
  int tiled = 0, strips = 0, patches = 0;
  for (int i = 0; i < 3 * Networks() && !testing::Test::HasFailure(); ++i) {
    RandomStream random(6, "random plans", std::to_string(i));
    RandomNetworkKind kind;
    kind.all_kinds = i % 3 == 0;
    kind.side_read = i % 3 == 0 ? 0.2 : 0.0;
    const Network network =
        i % 3 == 1 ? RandomBottlenecks(&random) : RandomPlanNetwork(&random, kind);
    for (InputMode input : {InputMode::kResident, InputMode::kStreamed, InputMode::kRereadable}) {
      const ExecutionPlan plan = RandomPlan(network, input, &random);
      const std::vector<PlanViolation> violations = ValidatePlan(network, plan);
      ASSERT_TRUE(violations.empty())
          << PlanLawName(violations[0].law) << ": " << violations[0].message << "\n"
          << PrintNetwork(network) << PrintGroups(plan);
      for (const PlanGroup& group : plan.groups) {
        tiled += group.mode == GroupMode::kChannelTiles;
        strips += group.mode == GroupMode::kStrips;
        patches += group.mode == GroupMode::kPatches;
      }
    }
  }
  EXPECT_GT(std::min({tiled, strips, patches}), 20);
}

TEST(PlanProperty, PublishedNetworksAreLegalAndTight) {
  for (const PublishedNetwork& published : PublishedNetworks()) {
    for (InputMode input : {InputMode::kResident, InputMode::kStreamed, InputMode::kRereadable}) {
      for (double factor : {1.0, 1.25}) {
        PlanOptions options;
        options.input_mode = input;
        options.max_macs_factor = factor;
        const Judged judged = PlanAndJudge(published.network, options);
        EXPECT_EQ(Up8(judged.judgement.touched[0].value), judged.plan.arena.value)
            << published.network.name;
        EXPECT_LE(judged.plan.macs_factor, factor) << published.network.name;
      }
    }
  }
}

TEST(PlanProperty, PlansInSeveralRegionsAreLegal) {
  int placed = 0;
  for (int i = 0; i < Networks() && !testing::Test::HasFailure(); ++i) {
    RandomStream random(7, "regions", std::to_string(i));
    RandomNetworkKind kind;
    kind.all_kinds = i % 2 == 0;
    const Network network =
        i % 3 == 0 ? RandomBottlenecks(&random) : RandomPlanNetwork(&random, kind);
    const ExecutionPlan plan =
        i % 4 == 0 ? RandomPlan(network, InputMode::kStreamed, &random) : PlanMemory(network);
    // Sizes around half of what one region would take.
    std::vector<PlanRegion> regions;
    for (int64_t count = random.Between(2, 3); count > 0; --count) {
      const int64_t most = plan.arena.value + plan.scratch.value;
      regions.push_back({"region", Bytes(random.Between(most / 3, most)),
                         static_cast<int>(random.Between(1, 4))});
    }
    const Expected<RegionPlan> several = PlaceInRegions(network, plan, regions, Bytes(0));
    if (!several.ok()) continue;
    ++placed;
    const std::vector<PlanViolation> violations = ValidatePlan(network, several->plan);
    ASSERT_TRUE(violations.empty())
        << PlanLawName(violations[0].law) << ": " << violations[0].message << "\n"
        << PrintNetwork(network) << PrintGroups(plan);
  }
  EXPECT_GT(placed * 4, Networks());
}

TEST(PlanProperty, FrontsAndLimitsAgree) {
  for (int i = 0; i < Networks() && !testing::Test::HasFailure(); ++i) {
    RandomStream random(4, "fronts", std::to_string(i));
    const Network network =
        i % 2 == 0 ? RandomBottlenecks(&random) : RandomPlanNetwork(&random, {});
    PlanOptions options;
    options.input_mode = static_cast<InputMode>(random.Below(3));
    options.max_macs_factor = 0;
    const std::vector<ParetoPoint> front = PlanPareto(network, options);
    ASSERT_FALSE(front.empty());
    for (size_t p = 1; p < front.size(); ++p) {
      EXPECT_LT(front[p].arena, front[p - 1].arena) << Describe(network, options);
      EXPECT_GT(front[p].macs_factor, front[p - 1].macs_factor) << Describe(network, options);
    }
    EXPECT_EQ(front.back().arena, SmallestArena(network, options));
    for (const ParetoPoint& point : front) {
      PlanOptions limited = options;
      const ExecutionPlan smallest = PlanMemory(network, options);
      limited.sram = point.arena + smallest.scratch;
      const Judged judged = PlanAndJudge(network, limited);
      EXPECT_LE(judged.plan.arena, point.arena) << Describe(network, options);
      EXPECT_NEAR(judged.plan.macs_factor, point.macs_factor, 1e-12) << Describe(network, options);
    }
  }
}

TEST(PlanProperty, TightPlansBreakWhenTensorsAreMoved) {
  // Chains at their optimum: moving one tensor by 4 bytes breaks a law wherever a pair was at its
  // legal distance.
  int caught = 0, tried = 0;
  for (int i = 0; i < Networks(); ++i) {
    RandomStream random(5, "mutations", std::to_string(i));
    const Network network = RandomChain(&random, 6, 12);
    const ExecutionPlan good = PlanMemory(network);
    for (int t = kNetworkInput; t < good.tensors.end_number(); ++t) {
      for (int64_t move : {-4, 4}) {
        ExecutionPlan bad = good;
        bad.tensors[t].offset += move;
        bad.arena += Bytes(8);
        ++tried;
        caught += !ValidatePlan(network, bad).empty();
      }
    }
  }
  // Off the peak there is slack; but tight pairs are everywhere.
  EXPECT_GT(caught * 4, tried) << caught << " of " << tried;
}

}  // namespace
}  // namespace mcunas
