// Planner against brute force on random chains. Usage: chain_brute_force [CHAINS [SEED]]
//
// Every group of every chain: the planner's cost against the measured one. Every chain: the
// smallest arena over all groupings. Every chain of up to 6 operators: the whole Pareto front.
// Prints one JSON object; the exit status is 1 where anything differs.
#include <cstdio>
#include <cstdlib>
#include <string>

#include "memory_model/planner/group_scan.h"
#include "network/print.h"
#include "tests/property/chain_brute_force.h"
#include "tests/property/group_trace.h"
#include "tests/property/random_networks.h"

namespace mcunas {
namespace {

struct Counts {
  long chains = 0, groups = 0, fronts = 0;
  long group_mismatches = 0, arena_mismatches = 0, front_mismatches = 0;
  // Rings of segments: bytes that the family allows for, and bytes that would do.
  int64_t ring_bytes = 0, exact_ring_bytes = 0;
};

PlanOptions SomeOptions(RandomStream* random) {
  PlanOptions options;
  options.input_mode = static_cast<InputMode>(random->Below(3));
  options.modes.smallest_segment = random->Pick(std::vector<int>{1, 4, 100});
  options.modes.row_stream = random->Chance(0.9);
  options.modes.strips = random->Chance(0.9);
  options.modes.channel_tiles = random->Chance(0.9);
  return options;
}

// The first few differences, for people.
void Explain(const Network& chain, const std::string& what, long so_far) {
  if (so_far > 3) return;
  std::fprintf(stderr, "%s\n%s", what.c_str(), PrintNetwork(chain).c_str());
}

void CompareGroups(const Network& chain, const PlanOptions& options, Counts* counts) {
  const StreamFacts facts = ComputeStreamFacts(chain);
  for (const BruteGroup& brute : AllGroups(chain, options)) {
    const GroupCost cost = DescribeGroup(facts, options.input_mode, brute.group).cost;
    ++counts->groups;
    counts->ring_bytes += brute.ring_bytes;
    counts->exact_ring_bytes += brute.exact_ring_bytes;
    if (cost.peak == brute.bytes && cost.macs == brute.macs) continue;
    ++counts->group_mismatches;
    Explain(chain,
            "group [" + std::to_string(brute.group.first) + ", " +
                std::to_string(brute.group.last) + ") mode " +
                std::to_string(static_cast<int>(brute.group.mode)) + " strips " +
                std::to_string(brute.group.strips) + " segment " +
                std::to_string(brute.group.segment) + ": planner " + std::to_string(cost.peak) +
                " bytes " + std::to_string(cost.macs) + " MACs, measured " +
                std::to_string(brute.bytes) + " bytes " + std::to_string(brute.macs) + " MACs",
            counts->group_mismatches);
  }
}

void CompareArena(const Network& chain, const PlanOptions& options, Counts* counts) {
  const Bytes brute = BruteSmallestArena(chain, options);
  const Bytes planner = SmallestArena(chain, options);
  if (brute == planner) return;
  ++counts->arena_mismatches;
  Explain(chain,
          "arena: planner " + std::to_string(planner.value) + ", brute force " +
              std::to_string(brute.value),
          counts->arena_mismatches);
}

void CompareFront(const Network& chain, const PlanOptions& options, Counts* counts) {
  const std::vector<ParetoPoint> brute = BrutePareto(chain, options);
  const std::vector<ParetoPoint> planner = PlanPareto(chain, options);
  ++counts->fronts;
  bool same = brute.size() == planner.size();
  for (size_t i = 0; same && i < brute.size(); ++i)
    same = brute[i].arena == planner[i].arena && brute[i].macs_factor == planner[i].macs_factor;
  if (same) return;
  ++counts->front_mismatches;
  Explain(chain,
          "front: planner has " + std::to_string(planner.size()) + " points, brute force " +
              std::to_string(brute.size()),
          counts->front_mismatches);
}

Counts Compare(long chains, uint64_t seed) {
  Counts counts;
  for (long i = 0; i < chains; ++i, ++counts.chains) {
    RandomStream random(seed, "chain brute force", std::to_string(i));
    const bool with_front = i % 2 == 0;
    const Network chain =
        i % 8 == 7 ? RandomBottleneckChain(&random) : RandomChain(&random, with_front ? 6 : 12, 21);
    PlanOptions options = SomeOptions(&random);
    CompareArena(chain, options, &counts);
    options.max_macs_factor = random.Chance(0.5) ? 0.0 : 1.3;
    CompareGroups(chain, options, &counts);
    if (with_front) CompareFront(chain, options, &counts);
  }
  return counts;
}

}  // namespace
}  // namespace mcunas

int main(int argc, char** argv) {
  const long chains = argc > 1 ? std::atol(argv[1]) : 10000;
  const uint64_t seed = argc > 2 ? std::strtoull(argv[2], nullptr, 10) : 1;
  const mcunas::Counts c = mcunas::Compare(chains, seed);
  std::printf(
      "{\"chains\": %ld, \"groups\": %ld, \"fronts\": %ld, \"group_mismatches\": %ld, "
      "\"arena_mismatches\": %ld, \"front_mismatches\": %ld, \"ring_bytes\": %lld, "
      "\"exact_ring_bytes\": %lld}\n",
      c.chains, c.groups, c.fronts, c.group_mismatches, c.arena_mismatches, c.front_mismatches,
      static_cast<long long>(c.ring_bytes), static_cast<long long>(c.exact_ring_bytes));
  return c.group_mismatches + c.arena_mismatches + c.front_mismatches == 0 ? 0 : 1;
}
