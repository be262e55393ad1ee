#include "nas/search/bayes/observations.h"

#include <algorithm>

#include "nas/search/pareto.h"

namespace mcunas {
namespace {

using Members = std::vector<const Observation*>;

Members FrontOf(const Members& all) {
  std::vector<Costs> points;
  for (const Observation* told : all) {
    points.push_back(told->costs);
    points.back().push_back(-told->gain);
  }
  Members front;
  for (const size_t i : NonDominated(points)) front.push_back(all[i]);
  return front;
}

}  // namespace

std::vector<Architecture> Elite(std::span<const Observation> observations, bool single_goal,
                                size_t most, RandomStream* random) {
  Members members;
  for (const Observation& told : observations) {
    if (told.usable) members.push_back(&told);
  }
  if (single_goal) {
    std::stable_sort(members.begin(), members.end(),
                     [](const auto* a, const auto* b) { return a->gain > b->gain; });
  } else {
    members = FrontOf(members);
    random->Shuffle(&members);
  }
  members.resize(std::min(members.size(), most));
  std::vector<Architecture> elite;
  for (const Observation* told : members) elite.push_back(told->architecture);
  return elite;
}

}  // namespace mcunas
