#include "nas/evaluate/memory_study.h"

namespace mcunas {
namespace {

template <typename Key, typename T>
std::vector<T> Values(const std::map<Key, T>& map) {
  std::vector<T> values;
  for (const auto& [key, value] : map) values.push_back(value);
  return values;
}

}  // namespace

Expected<std::optional<EvaluationResult>> MemoryStudy::Recall(const std::string& kind,
                                                              const Hash128& hash) {
  const auto found = results_.find({kind, hash});
  if (found == results_.end()) return std::optional<EvaluationResult>();
  return std::optional<EvaluationResult>(found->second);
}

Expected<std::optional<std::string>> MemoryStudy::RecallDecision(const std::string& name) {
  const auto found = decisions_.find(name);
  if (found == decisions_.end()) return std::optional<std::string>();
  return std::optional<std::string>(found->second);
}

Expected<std::map<std::string, std::string>> MemoryStudy::Decisions() { return decisions_; }

Expected<std::vector<CandidateRecord>> MemoryStudy::Candidates() { return Values(candidates_); }

Expected<std::vector<RoundRecord>> MemoryStudy::Rounds() { return Values(rounds_); }

Expected<std::vector<StoredMeasurement>> MemoryStudy::Measurements() { return measurements_; }

Expected<void> MemoryStudy::Remember(
    const std::string& kind, std::span<const std::pair<Hash128, EvaluationResult>> results) {
  for (const auto& [hash, result] : results) results_[{kind, hash}] = result;
  return {};
}

Expected<void> MemoryStudy::RecordDecision(const std::string& name, const std::string& value) {
  decisions_[name] = value;
  return {};
}

Expected<void> MemoryStudy::SaveCandidates(std::span<const CandidateRecord> candidates) {
  for (const CandidateRecord& candidate : candidates) candidates_[candidate.index] = candidate;
  return {};
}

Expected<void> MemoryStudy::SaveRound(const RoundRecord& round) {
  rounds_[round.round] = round;
  return {};
}

Expected<void> MemoryStudy::SaveMeasurement(const Hash128& hash, const Measurement& measurement) {
  measurements_.push_back({hash, measurement});
  return {};
}

}  // namespace mcunas
