#include "nas/search/strategy.h"

#include <algorithm>
#include <iterator>

#include "common/check.h"
#include "common/config.h"
#include "common/text.h"
#include "nas/search/aging.h"
#include "nas/search/bayes/bayes_search.h"
#include "nas/search/nsga2.h"
#include "nas/search/random_search.h"
#include "nas/space/space_config.h"

namespace mcunas {
namespace {

using DescribeOptions = void (*)(ConfigVisitor&, SearchConfig&);

struct Strategy {
  const char* name;
  DescribeOptions describe;  // its own keys of `search:`; strategies may share them
  std::unique_ptr<SearchStrategy> (*make)(const StrategySetup&);
};

void DescribeEvolution(ConfigVisitor& v, SearchConfig& c) { Describe(v, c.evolution); }
void DescribeBayes(ConfigVisitor& v, SearchConfig& c) {
  v.Section("bayes", {"options of Bayesian optimisation", ""},
            [&](ConfigVisitor& inner) { Describe(inner, c.bayes); });
}
void DescribeNothing(ConfigVisitor&, SearchConfig&) {}

// A new strategy is a file of its own and a row here; options that no other has are a struct beside
// it and a member of SearchConfig.
constexpr Strategy kStrategies[] = {
    {"nsga2", DescribeEvolution, MakeNsga2},
    {"aging", DescribeEvolution, MakeAging},
    {"bayes", DescribeBayes, MakeBayesSearch},
    {"random", DescribeNothing, MakeRandomSearch},
};

}  // namespace

std::vector<std::string> StrategyNames() {
  std::vector<std::string> names;
  for (const Strategy& strategy : kStrategies) names.emplace_back(strategy.name);
  return names;
}

void DescribeStrategyOptions(ConfigVisitor& visitor, SearchConfig& config) {
  std::vector<DescribeOptions> done;
  for (const Strategy& strategy : kStrategies) {
    if (std::find(done.begin(), done.end(), strategy.describe) != done.end()) continue;
    done.push_back(strategy.describe);
    strategy.describe(visitor, config);
  }
}

std::unique_ptr<SearchStrategy> MakeStrategy(const StrategySetup& setup) {
  const auto* strategy =
      std::find_if(std::begin(kStrategies), std::end(kStrategies),
                   [&](const Strategy& s) { return setup.config.algorithm == s.name; });
  MCUNAS_CHECK(strategy != std::end(kStrategies), "unknown algorithm " + setup.config.algorithm);
  return strategy->make(setup);
}

}  // namespace mcunas
