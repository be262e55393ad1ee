#include "nas/search/screening.h"

#include <algorithm>

#include "common/check.h"
#include "nas/search/fitness.h"
#include "nas/search/result.h"

namespace mcunas {
namespace {

std::vector<Architecture> ArchitecturesAt(std::span<const size_t> positions,
                                          std::span<const CandidateRecord> history) {
  std::vector<Architecture> architectures;
  for (const size_t i : positions) architectures.push_back(history[i].architecture);
  return architectures;
}

bool NoDearer(const CandidateRecord& a, const CandidateRecord& b, const Objectives& objectives,
              const std::string& score) {
  return std::all_of(objectives.begin(), objectives.end(), [&](const auto& objective) {
    const auto& [name, sense] = objective;
    if (name == score) return true;
    const auto of_a = ObjectiveValue(a, name), of_b = ObjectiveValue(b, name);
    MCUNAS_CHECK(of_a && of_b, "candidate without objective " + name);
    return sense == Direction::kMax ? *of_a >= *of_b : *of_a <= *of_b;
  });
}

}  // namespace

void Screening::Store(const ScoreResult& result, CandidateRecord* record) const {
  record->metrics[score_.name] = {result.score, score_.unit, Source::kMeasured};
  if (config_.screen.images == 0) return;
  record->metrics[Score::count_name(score_.name)] = {static_cast<double>(result.images), "images",
                                                     Source::kMeasured};
}

Expected<void> Screening::Enter(std::span<const size_t> positions,
                                std::span<CandidateRecord> history) {
  const auto results = scores_.EvaluateFirst(ArchitecturesAt(positions, history),
                                             static_cast<int>(config_.screen.images));
  if (!results) return results.error();
  for (size_t k = 0; k < positions.size(); ++k) {
    const ScoreResult& result = (*results)[k];
    Store(result, &history[positions[k]]);
    if (result.outcomes.empty()) continue;
    outcomes_[positions[k]] = result.outcomes;
    if (result.images == config_.screen.images) screened_.push_back(positions[k]);
  }
  return {};
}

bool Screening::InTheRace(size_t candidate, std::span<const CandidateRecord> history) const {
  return std::none_of(outcomes_.begin(), outcomes_.end(), [&](const auto& other) {
    const auto& [position, outcomes] = other;
    if (position == candidate || !history[position].usable()) return false;
    if (!NoDearer(history[position], history[candidate], config_.objectives, score_.name))
      return false;
    const PairedDifference ahead = ComparePaired(outcomes, outcomes_.at(candidate));
    return ahead.mean() > config_.screen.errors * ahead.error();
  });
}

std::vector<size_t> Screening::StillRacing(std::span<const CandidateRecord> history) const {
  const std::vector<size_t> front = ParetoFront(history, config_, score_);
  std::vector<size_t> racing;
  for (const size_t i : screened_) {
    if (!history[i].usable()) continue;
    const bool leads = std::find(front.begin(), front.end(), i) != front.end();
    if (leads || InTheRace(i, history)) racing.push_back(i);
  }
  return racing;
}

Expected<std::vector<size_t>> Screening::Promote(std::span<CandidateRecord> history) {
  std::vector<size_t> changed;
  // A score on all images may be worse, and bring another one to the front.
  while (!screened_.empty()) {
    const std::vector<size_t> racing = StillRacing(history);
    if (racing.empty()) break;
    const auto results = scores_.Evaluate(ArchitecturesAt(racing, history));
    if (!results) return results.error();
    for (size_t k = 0; k < racing.size(); ++k) {
      Store((*results)[k], &history[racing[k]]);
      outcomes_[racing[k]] = (*results)[k].outcomes;
      std::erase(screened_, racing[k]);
    }
    changed.insert(changed.end(), racing.begin(), racing.end());
  }
  return changed;
}

}  // namespace mcunas
