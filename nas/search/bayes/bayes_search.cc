#include "nas/search/bayes/bayes_search.h"

#include <algorithm>
#include <cmath>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "common/random.h"
#include "nas/search/bayes/acquisition.h"
#include "nas/search/bayes/candidate_pool.h"
#include "nas/search/bayes/goals.h"
#include "nas/search/bayes/observations.h"
#include "nas/search/bayes/posterior.h"
#include "nas/search/bayes/score_model.h"
#include "nas/space/enumerate.h"
#include "nas/space/genes.h"
#include "nas/space/variation.h"

namespace mcunas {
namespace {

using Eigen::Index;
using Eigen::MatrixXd;

// Samples per starter.
constexpr size_t kStarterSamples = 16;
// Architectures whose neighbours join the pool: the best, or some of the front.
constexpr size_t kBest = 10, kOfFront = 20;
// Of the pool that may be new in every generation: one in so many.
constexpr size_t kNewNeighbours = 10, kNewSamples = 32;

// One per quantile of the MACs, or of their upper half, where accuracy is.
std::vector<Architecture> SpreadOverMacs(std::span<const PoolCandidate> candidates, size_t wanted,
                                         bool upper_half) {
  std::vector<const PoolCandidate*> sorted;
  for (const PoolCandidate& candidate : candidates) sorted.push_back(&candidate);
  std::stable_sort(sorted.begin(), sorted.end(),
                   [](const auto* a, const auto* b) { return a->costs.macs < b->costs.macs; });
  if (upper_half) sorted.erase(sorted.begin(), sorted.begin() + std::ssize(sorted) / 2);
  const size_t most = std::min(wanted, sorted.size());
  std::vector<Architecture> spread;
  for (size_t k = 0; k < most; ++k) {
    const size_t place = most > 1 ? k * (sorted.size() - 1) / (most - 1) : 0;
    spread.push_back(sorted[place]->architecture);
  }
  return spread;
}

class BayesSearch : public SearchStrategy {
 public:
  explicit BayesSearch(const StrategySetup& setup)
      : space_(setup.space),
        costs_(setup.costs),
        seed_(static_cast<uint64_t>(setup.config.seed)),
        options_(setup.config.bayes),
        batch_(std::min(setup.config.bayes.batch, setup.config.population)),
        goals_(setup.config.objectives, setup.score),
        coordinates_(setup.space, setup.costs),
        pool_(setup.space, setup.costs, static_cast<size_t>(setup.config.bayes.pool)) {}

  int batch() const override { return static_cast<int>(batch_); }

  std::vector<Architecture> Ask(int n) override {
    std::vector<Architecture> result;
    for (int i = 0; i < n; ++i) {
      result.push_back(AskOne());
      pool_.Exclude(result.back());
    }
    return result;
  }

  // Limits are known ahead, so those outside teach nothing.
  void Tell(std::span<const CandidateRecord> records) override {
    for (const CandidateRecord& record : records) {
      if (record.failure == FailureClass::kInfeasible) {
        Forget(record.index);
        continue;
      }
      const auto gain = goals_.GainOf(record);
      if (!gain) continue;
      Observation told{record.architecture, *gain, {}, record.usable()};
      if (told.usable) told.costs = goals_.CostsOf(record);
      const auto [known, added] = places_.try_emplace(record.index, observations_.size());
      if (added) {
        model_.Observe(PointOf(told.architecture));
        observations_.push_back(std::move(told));
      } else {
        observations_[known->second] = std::move(told);
      }
      generation_open_ = false;
    }
  }

 private:
  RandomStream Random(const char* purpose, int64_t number) const {
    return RandomStream(seed_, purpose, std::to_string(number));
  }

  // A limit that one knows better now has put it outside; its score still teaches.
  void Forget(int64_t index) {
    const auto known = places_.find(index);
    if (known == places_.end()) return;
    observations_[known->second].usable = false;
    generation_open_ = false;
  }

  Eigen::VectorXd PointOf(const Architecture& architecture) {
    return coordinates_.Of(GeneLevels(space_, architecture), costs_.Of(architecture).macs);
  }

  Architecture AskOne() {
    const int64_t number = asked_++;
    if (number == 0) ChooseStarters();
    if (number < std::ssize(starters_)) return starters_[static_cast<size_t>(number)];
    if (!generation_open_) OpenGeneration();
    if (const auto chosen = MostPromising()) {
      Believe(*chosen);
      return pool_.candidates()[*chosen].architecture;
    }
    // Nothing within the limits is left to propose, as far as one sees.
    RandomStream random = Random("ask", number);
    return number % 2 == 0 ? Sample(space_, &random) : pool_.NearTheLimits(&random);
  }

  void ChooseStarters() {
    RandomStream random = Random("starters", 0);
    const auto wanted = static_cast<size_t>(options_.starters);
    pool_.Add(Smallest(space_));
    pool_.Add(Largest(space_));
    pool_.AddRandom(kStarterSamples * wanted, &random);
    starters_ = SpreadOverMacs(pool_.candidates(), wanted, goals_.single());
  }

  // New candidates, new observations; beliefs are gone.
  void OpenGeneration() {
    generation_open_ = true;
    RandomStream random = Random("generation", ++generation_);
    Renew(&random);
    taken_.assign(pool_.candidates().size(), false);
    if (observations_.empty()) return;
    Learn();
    acquisition_.Aim(goals_, model_, observations_, pool_.candidates(), &random);
  }

  void Renew(RandomStream* random) {
    std::vector<Index> kept;
    for (const int64_t i : pool_.EndGeneration()) {
      if (i < posterior_.size()) kept.push_back(i);
    }
    if (posterior_.size() > 0) posterior_.Keep(kept);
    const auto capacity = static_cast<size_t>(options_.pool);
    const auto room = [&] { return capacity - std::min(capacity, pool_.candidates().size()); };
    const auto elite =
        Elite(observations_, goals_.single(), goals_.single() ? kBest : kOfFront, random);
    pool_.AddNeighbours(elite, std::max(capacity / kNewNeighbours, room() / 2), random);
    pool_.AddRandom(std::max(capacity / kNewSamples, room()), random);
  }

  void Learn() {
    std::vector<double> gains;
    for (const Observation& told : observations_) gains.push_back(told.gain);
    const bool other = model_.Learn(gains);
    if (posterior_.size() > 0 && other) posterior_.Restart(model_.process());
    if (posterior_.size() > 0 && !other) posterior_.Update(model_.process());
    const auto& candidates = pool_.candidates();
    const auto first = static_cast<size_t>(posterior_.size());
    if (first == candidates.size()) return;
    std::vector<Eigen::VectorXd> points;
    for (size_t i = first; i < candidates.size(); ++i) {
      points.push_back(coordinates_.Of(candidates[i].genes, candidates[i].costs.macs));
    }
    MatrixXd columns(points[0].size(), std::ssize(points));
    for (size_t i = 0; i < points.size(); ++i) columns.col(static_cast<Index>(i)) = points[i];
    posterior_.Append(model_.process(), columns);
  }

  // Position in the pool; nothing when all are taken. Without a model the first one.
  std::optional<size_t> MostPromising() const {
    std::optional<size_t> best;
    double most = 0, highest = 0;
    for (size_t i = 0; i < taken_.size(); ++i) {
      if (taken_[i]) continue;
      if (observations_.empty()) return i;
      const double variance = posterior_.variances()[static_cast<Index>(i)];
      const double improvement =
          acquisition_.Of(i, posterior_.means()[static_cast<Index>(i)], std::sqrt(variance));
      // Where nothing promises anything, the most uncertain one.
      if (best && (improvement < most || (improvement == most && variance <= highest))) continue;
      best = i;
      most = improvement;
      highest = variance;
    }
    return best;
  }

  void Believe(size_t chosen) {
    taken_[chosen] = true;
    if (observations_.empty()) return;
    acquisition_.Believe(chosen, posterior_.means()[static_cast<Index>(chosen)]);
    posterior_.Believe(model_.process(), static_cast<Index>(chosen));
  }

  SpaceConfig space_;
  CandidateCosts& costs_;
  uint64_t seed_;
  BayesConfig options_;
  int64_t batch_;
  Goals goals_;
  GeneCoordinates coordinates_;
  CandidatePool pool_;
  int64_t asked_ = 0;
  std::vector<Architecture> starters_;
  std::vector<Observation> observations_;
  std::map<int64_t, size_t> places_;  // by index of the candidate
  ScoreModel model_;
  Posterior posterior_;  // of the pool, in its order
  // A generation: from the first proposal after Tell to the next Tell.
  bool generation_open_ = false;
  int64_t generation_ = 0;
  std::vector<bool> taken_;  // of the pool
  Acquisition acquisition_;
};

}  // namespace

std::unique_ptr<SearchStrategy> MakeBayesSearch(const StrategySetup& setup) {
  return std::make_unique<BayesSearch>(setup);
}

}  // namespace mcunas
