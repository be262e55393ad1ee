// SqliteStudy: a study in one SQLite file (WAL), the backend of sqlite:/// URLs.
//
// Tables: meta (schema version), candidates, metrics, evaluations, measurements, rounds, decisions.
// Thread rule: one thread at a time; other processes may read meanwhile.
#pragma once

#include <map>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "common/sqlite.h"
#include "nas/evaluate/study.h"

namespace mcunas {

class SqliteStudy : public Study {
 public:
  // Errors: kUnsupported for a study of another version (names both), kCorrupt for a file that is
  // no study or is damaged, kNotFound, kIo, kUnavailable.
  static Expected<std::unique_ptr<SqliteStudy>> Open(const std::string& path, SqliteAccess access);

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
  explicit SqliteStudy(std::unique_ptr<SqliteDatabase> database) : database_(std::move(database)) {}
  std::unique_ptr<SqliteDatabase> database_;
};

}  // namespace mcunas
