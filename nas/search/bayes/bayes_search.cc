#include "nas/search/bayes/bayes_search.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <map>
#include <optional>
#include <string>

#include "common/random.h"
#include "nas/search/bayes/candidate_pool.h"
#include "nas/search/bayes/expected_improvement.h"
#include "nas/search/bayes/goals.h"
#include "nas/search/bayes/hypervolume_improvement.h"
#include "nas/search/bayes/posterior.h"
#include "nas/search/bayes/score_model.h"
#include "nas/search/pareto.h"
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

// What was told of an architecture.
struct Observation {
  Architecture architecture;
  double gain = 0;
  std::vector<double> costs;
  bool usable = true;  // false: the score counts for the model, the network for nothing
};

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
      const auto gain = goals_.GainOf(record);
      if (!gain || record.failure == FailureClass::kInfeasible) continue;
      Observation told{record.architecture, *gain, goals_.CostsOf(record), record.usable()};
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

  // One per quantile of the MACs. With one goal only of the upper half, where accuracy is.
  void ChooseStarters() {
    RandomStream random = Random("starters", 0);
    const auto wanted = static_cast<size_t>(options_.starters);
    const Architecture extremes[] = {Smallest(space_), Largest(space_)};
    for (const Architecture& extreme : extremes) pool_.Add(extreme);
    pool_.AddRandom(kStarterSamples * wanted, &random);
    std::vector<const PoolCandidate*> sorted;
    for (const PoolCandidate& candidate : pool_.candidates()) sorted.push_back(&candidate);
    std::stable_sort(sorted.begin(), sorted.end(),
                     [](const auto* a, const auto* b) { return a->costs.macs < b->costs.macs; });
    if (goals_.single()) sorted.erase(sorted.begin(), sorted.begin() + std::ssize(sorted) / 2);
    const size_t most = std::min(wanted, sorted.size());
    for (size_t k = 0; k < most; ++k) {
      const size_t place = most > 1 ? k * (sorted.size() - 1) / (most - 1) : 0;
      starters_.push_back(sorted[place]->architecture);
    }
  }

  // New candidates, new observations; beliefs are gone.
  void OpenGeneration() {
    generation_open_ = true;
    RandomStream random = Random("generation", ++generation_);
    Renew(&random);
    taken_.assign(pool_.candidates().size(), false);
    if (observations_.empty()) return;
    Learn();
    SetGoals(&random);
  }

  void Renew(RandomStream* random) {
    std::vector<Index> kept;
    for (const int64_t i : pool_.EndGeneration()) {
      if (i < posterior_.size()) kept.push_back(i);
    }
    if (posterior_.size() > 0) posterior_.Keep(kept);
    const auto capacity = static_cast<size_t>(options_.pool);
    const auto room = [&] { return capacity - std::min(capacity, pool_.candidates().size()); };
    pool_.AddNeighbours(Elite(random), std::max(capacity / kNewNeighbours, room() / 2));
    pool_.AddRandom(std::max(capacity / kNewSamples, room()), random);
  }

  // Best first; of a front some, in random order.
  std::vector<Architecture> Elite(RandomStream* random) const {
    std::vector<const Observation*> usable;
    for (const Observation& told : observations_) {
      if (told.usable) usable.push_back(&told);
    }
    if (goals_.single()) {
      std::stable_sort(usable.begin(), usable.end(),
                       [](const auto* a, const auto* b) { return a->gain > b->gain; });
    } else {
      std::vector<Costs> points;
      for (const Observation* told : usable) {
        points.push_back(told->costs);
        points.back().push_back(-told->gain);
      }
      std::vector<const Observation*> front;
      for (const size_t i : NonDominated(points)) front.push_back(usable[i]);
      random->Shuffle(&front);
      usable = std::move(front);
    }
    usable.resize(std::min(usable.size(), goals_.single() ? kBest : kOfFront));
    std::vector<Architecture> elite;
    for (const Observation* told : usable) elite.push_back(told->architecture);
    return elite;
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

  // What there is to improve.
  void SetGoals(RandomStream* random) {
    best_ = -std::numeric_limits<double>::infinity();
    double worst = std::numeric_limits<double>::infinity();
    for (const Observation& told : observations_) {
      worst = std::min(worst, model_.Scaled(told.gain));
      if (told.usable) best_ = std::max(best_, model_.Scaled(told.gain));
    }
    best_ = std::max(best_, worst);
    if (goals_.single()) return;
    std::vector<std::vector<double>> seen;
    for (const Observation& told : observations_) seen.push_back(told.costs);
    for (const PoolCandidate& c : pool_.candidates()) seen.push_back(goals_.CostsOf(c.costs));
    const CostScale scale(seen, random);
    volume_ = HypervolumeImprovement(worst);
    for (const Observation& told : observations_) {
      if (told.usable) volume_.Add({model_.Scaled(told.gain), scale.Scaled(told.costs)});
    }
    scaled_costs_.clear();
    for (const PoolCandidate& c : pool_.candidates()) {
      scaled_costs_.push_back(scale.Scaled(goals_.CostsOf(c.costs)));
    }
  }

  double Improvement(size_t i) const {
    const double mean = posterior_.means()[static_cast<Index>(i)];
    const double deviation = std::sqrt(posterior_.variances()[static_cast<Index>(i)]);
    if (goals_.single()) return ExpectedImprovement(mean, deviation, best_);
    return volume_.Expected(mean, deviation, scaled_costs_[i]);
  }

  // Position in the pool; nothing when all are taken. Without a model the first one.
  std::optional<size_t> MostPromising() const {
    std::optional<size_t> best;
    double most = 0, highest = 0;
    for (size_t i = 0; i < taken_.size(); ++i) {
      if (taken_[i]) continue;
      if (observations_.empty()) return i;
      const double improvement = Improvement(i);
      // Where nothing promises anything, the most uncertain one.
      const double variance = posterior_.variances()[static_cast<Index>(i)];
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
    const double mean = posterior_.means()[static_cast<Index>(chosen)];
    best_ = std::max(best_, mean);
    if (!goals_.single()) volume_.Add({mean, scaled_costs_[chosen]});
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
  double best_ = 0;          // gain known or believed, scaled
  HypervolumeImprovement volume_{0};
  std::vector<std::array<double, 2>> scaled_costs_;  // of the pool
};

}  // namespace

std::unique_ptr<SearchStrategy> MakeBayesSearch(const StrategySetup& setup) {
  return std::make_unique<BayesSearch>(setup);
}

}  // namespace mcunas
