#include "nas/search/aging.h"

#include <algorithm>
#include <deque>
#include <string>

#include "common/random.h"
#include "nas/search/fitness.h"
#include "nas/space/enumerate.h"
#include "nas/space/space_config.h"
#include "nas/space/variation.h"

namespace mcunas {
namespace {

class Aging : public SearchStrategy {
 public:
  Aging(const SpaceConfig& space, const SearchConfig& config, const Score& score)
      : space_(space), config_(SingleGoal(config, score)) {
    const int64_t wanted = config.evolution.tournament;
    contestants_ = wanted > 0 ? wanted : std::max<int64_t>(2, config.population / 5);
  }

  int batch() const override {
    return static_cast<int>(std::max<int64_t>(1, config_.population / 10));
  }

  std::vector<Architecture> Ask(int n) override {
    std::vector<Architecture> result;
    for (int i = 0; i < n; ++i) {
      const int64_t number = asked_++;
      RandomStream random(static_cast<uint64_t>(config_.seed), "ask", std::to_string(number));
      if (number == 0) {
        result.push_back(Smallest(space_));
      } else if (number < config_.population || members_.empty()) {
        result.push_back(Sample(space_, &random));
      } else {
        result.push_back(Mutate(space_, PickParent(&random), config_.evolution.mutation, &random));
      }
    }
    return result;
  }

  void Tell(std::span<const CandidateRecord> records) override {
    for (const CandidateRecord& record : records) {
      const Member member{record.index, record.architecture, FitnessOf(record, config_)};
      const auto known = std::find_if(members_.begin(), members_.end(),
                                      [&](const Member& m) { return m.index == record.index; });
      if (known != members_.end()) {
        *known = member;
      } else if (record.index > newest_) {  // the dead do not return
        newest_ = record.index;
        members_.push_back(member);
        Bury();
      }
    }
  }

 private:
  struct Member {
    int64_t index;
    Architecture architecture;
    Fitness fitness;
  };

  static SearchConfig SingleGoal(SearchConfig config, const Score& score) {
    const auto scored = config.objectives.find(score.name);
    const auto goal = scored != config.objectives.end() ? scored : config.objectives.begin();
    config.objectives = {*goal};
    return config;
  }

  // The oldest dies; among them, those outside the limits first.
  void Bury() {
    if (members_.size() <= static_cast<size_t>(config_.population)) return;
    const auto outside = std::find_if(members_.begin(), members_.end(), [](const Member& m) {
      return m.fitness.tier != Fitness::Tier::kFeasible;
    });
    members_.erase(outside != members_.end() ? outside : members_.begin());
  }

  const Architecture& PickParent(RandomStream* random) const {
    const Member* best = &members_[random->Below(members_.size())];
    for (int64_t i = 1; i < contestants_; ++i) {
      const Member* other = &members_[random->Below(members_.size())];
      if (ConstrainedDominates(other->fitness, best->fitness)) best = other;
    }
    return best->architecture;
  }

  SpaceConfig space_;
  SearchConfig config_;
  int64_t contestants_ = 2;
  int64_t asked_ = 0;
  int64_t newest_ = -1;
  std::deque<Member> members_;  // oldest first
};

}  // namespace

std::unique_ptr<SearchStrategy> MakeAging(const StrategySetup& setup) {
  return std::make_unique<Aging>(setup.space, setup.config, setup.score);
}

}  // namespace mcunas
