// MemoryStudy: a study that ends with the process. For tests, benchmarks and dry runs.
#pragma once

#include <map>
#include <string>
#include <utility>
#include <vector>

#include "nas/evaluate/study.h"

namespace mcunas {

class MemoryStudy : public Study {
 public:
  Expected<std::optional<EvaluationResult>> Recall(const std::string& kind,
                                                   const Hash128& hash) override;
  Expected<std::optional<std::string>> RecallDecision(const std::string& name) override;
  Expected<std::map<std::string, std::string>> Decisions() override;
  Expected<std::vector<CandidateRecord>> Candidates() override;
  Expected<std::vector<RoundRecord>> Rounds() override;
  Expected<std::vector<StoredMeasurement>> Measurements() override;

  Expected<void> Remember(const std::string& kind,
                          std::span<const std::pair<Hash128, EvaluationResult>> results) override;
  Expected<void> RecordDecision(const std::string& name, const std::string& value) override;
  Expected<void> SaveCandidates(std::span<const CandidateRecord> candidates) override;
  Expected<void> SaveRound(const RoundRecord& round) override;
  Expected<void> SaveMeasurement(const Hash128& hash, const Measurement& measurement) override;

 private:
  std::map<std::pair<std::string, Hash128>, EvaluationResult> results_;
  std::map<std::string, std::string> decisions_;
  std::map<int64_t, CandidateRecord> candidates_;
  std::map<int, RoundRecord> rounds_;
  std::vector<StoredMeasurement> measurements_;
};

}  // namespace mcunas
