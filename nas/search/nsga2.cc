#include "nas/search/nsga2.h"

#include <map>
#include <string>

#include "common/random.h"
#include "nas/search/fitness.h"
#include "nas/space/enumerate.h"
#include "nas/space/space_config.h"
#include "nas/space/variation.h"

namespace mcunas {
namespace {

// Candidates kept between selections, in populations.
constexpr size_t kKept = 4;

class Nsga2 : public SearchStrategy {
 public:
  Nsga2(const SpaceConfig& space, const SearchConfig& config)
      : space_(space),
        config_(config),
        population_(static_cast<size_t>(config.population)),
        contestants_(config.evolution.tournament > 0 ? config.evolution.tournament : 2) {}

  int batch() const override { return static_cast<int>(population_); }

  std::vector<Architecture> Ask(int n) override {
    std::vector<Architecture> result;
    for (int i = 0; i < n; ++i) result.push_back(AskOne());
    return result;
  }

  void Tell(std::span<const CandidateRecord> records) override {
    for (const CandidateRecord& record : records) {
      known_[record.index] = {record.architecture, FitnessOf(record, config_)};
    }
    stale_ = true;
  }

 private:
  struct Individual {
    Architecture architecture;
    Fitness fitness;
  };

  Architecture AskOne() {
    const int64_t number = asked_++;
    RandomStream random(static_cast<uint64_t>(config_.seed), "ask", std::to_string(number));
    // The smallest network first: the one most likely to keep the limits, and an end of the front.
    if (number == 0) return Smallest(space_);
    if (number < config_.population || known_.empty()) return Sample(space_, &random);
    if (stale_) SelectParents();
    const Architecture& first = PickParent(&random);
    if (!random.Chance(config_.evolution.crossover)) {
      return Mutate(space_, first, config_.evolution.mutation, &random);
    }
    const Architecture child = Crossover(space_, first, PickParent(&random), &random);
    return Mutate(space_, child, config_.evolution.mutation, &random);
  }

  // Environmental selection. What narrowly fails now may succeed later, when better predictions of
  // latency arrive, so some more than the parents are kept; infeasible ones only while there are
  // too few feasible ones.
  void SelectParents() {
    std::vector<int64_t> indices;
    std::vector<Fitness> fitness;
    for (const auto& [index, individual] : known_) {
      indices.push_back(index);
      fitness.push_back(individual.fitness);
    }
    const std::vector<size_t> order = OrderByFitness(fitness);
    parents_.clear();
    for (size_t place = 0; place < order.size(); ++place) {
      const int64_t index = indices[order[place]];
      const bool feasible = known_[index].fitness.tier == Fitness::Tier::kFeasible;
      if (place < population_) {
        parents_.push_back(known_[index].architecture);
      } else if (!feasible || place >= kKept * population_) {
        known_.erase(index);
      }
    }
    stale_ = false;
  }

  // Parents stand in order of rank and crowding: the winner of a tournament is the first of them.
  const Architecture& PickParent(RandomStream* random) const {
    uint64_t best = random->Below(parents_.size());
    for (int64_t i = 1; i < contestants_; ++i) {
      best = std::min(best, random->Below(parents_.size()));
    }
    return parents_[best];
  }

  SpaceConfig space_;
  SearchConfig config_;
  size_t population_;
  int64_t contestants_;
  int64_t asked_ = 0;
  std::map<int64_t, Individual> known_;
  std::vector<Architecture> parents_;
  bool stale_ = true;
};

}  // namespace

std::unique_ptr<SearchStrategy> MakeNsga2(const StrategySetup& setup) {
  return std::make_unique<Nsga2>(setup.space, setup.config);
}

}  // namespace mcunas
