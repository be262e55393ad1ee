#include "nas/search/finalist_rounds.h"

#include <chrono>

#include "nas/search/fitness.h"

namespace mcunas {
std::vector<size_t> FinalistRounds::Choose(std::span<const CandidateRecord> history) const {
  std::vector<size_t> chosen;
  if (evaluator_ == nullptr || config_.finalists_per_round == 0) return chosen;
  std::vector<Fitness> fitness;
  for (const CandidateRecord& record : history) fitness.push_back(FitnessOf(record, config_));
  for (const size_t i : OrderByFitness(fitness)) {
    if (chosen.size() == static_cast<size_t>(config_.finalists_per_round)) break;
    if (fitness[i].tier != Fitness::Tier::kFeasible) break;
    const auto tried = tries_.find(history[i].hash);
    const bool again = history[i].failure == FailureClass::kInfrastructure;
    if (tried == tries_.end() || (again && tried->second < kTries)) chosen.push_back(i);
  }
  return chosen;
}

Expected<void> FinalistRounds::Evaluate(std::span<const size_t> chosen, int round,
                                        const StopToken& stop, std::span<CandidateRecord> history) {
  const std::string kind = "finalist/" + std::to_string(round);
  std::vector<CandidateRecord> fresh;
  std::vector<size_t> fresh_at;
  for (const size_t i : chosen) {
    ++tries_[history[i].hash];
    const auto known = study_.Recall(kind, history[i].hash);
    if (!known) return known.error();
    if (known->has_value()) {
      Apply(**known, &history[i]);
    } else {
      fresh.push_back(history[i]);
      fresh.back().failure = FailureClass::kNone;  // of an earlier try
      fresh.back().failure_reason.clear();
      fresh_at.push_back(i);
    }
  }
  if (fresh.empty()) return {};
  std::vector<CandidateRecord*> pointers;
  for (CandidateRecord& record : fresh) pointers.push_back(&record);
  const auto start = std::chrono::steady_clock::now();
  if (auto done = evaluator_->Evaluate(pointers, round, stop); !done) return done;
  const std::chrono::duration<double> spent = std::chrono::steady_clock::now() - start;
  std::vector<std::pair<Hash128, EvaluationResult>> results;
  for (size_t k = 0; k < fresh.size(); ++k) {
    EvaluationResult result = Difference(history[fresh_at[k]], fresh[k]);
    result.seconds = spent.count() / static_cast<double>(fresh.size());
    Apply(result, &history[fresh_at[k]]);
    results.emplace_back(fresh[k].hash, std::move(result));
  }
  return study_.Remember(kind, results);
}

}  // namespace mcunas
