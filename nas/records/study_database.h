// StudyDatabase: a study in one SQLite file (study.db, WAL).
//
// Tables: meta (schema version), candidates, metrics, evaluations, measurements, rounds, decisions.
// Thread rule: one thread at a time; other processes may read meanwhile.
#pragma once

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "common/sqlite.h"
#include "nas/evaluate/study.h"

namespace mcunas {

struct StoredMeasurement {
  Hash128 hash;
  Measurement measurement;
};

class StudyDatabase : public Study {
 public:
  // Opens for writing; creates the file where there is none. Errors: kUnsupported for a study of
  // another version (names both), kCorrupt for a file that is no study or is damaged, kIo,
  // kUnavailable.
  static Expected<std::unique_ptr<StudyDatabase>> Open(const std::string& path);
  // As Open, but kNotFound where there is no file.
  static Expected<std::unique_ptr<StudyDatabase>> OpenExisting(const std::string& path);

  Expected<std::optional<EvaluationResult>> Recall(const std::string& kind,
                                                   const Hash128& hash) override;
  Expected<void> Remember(const std::string& kind,
                          std::span<const std::pair<Hash128, EvaluationResult>> results) override;
  Expected<std::optional<std::string>> RecallDecision(const std::string& name) override;
  Expected<void> RecordDecision(const std::string& name, const std::string& value) override;
  Expected<void> SaveCandidates(std::span<const CandidateRecord> candidates) override;
  Expected<void> SaveRound(const RoundRecord& round) override;
  Expected<void> SaveMeasurement(const Hash128& hash, const Measurement& measurement) override;

  // All candidates in order of asking, all rounds, all measurements in order of arrival.
  Expected<std::vector<CandidateRecord>> Candidates();
  Expected<std::vector<RoundRecord>> Rounds();
  Expected<std::vector<StoredMeasurement>> Measurements();

  // Candidates, metrics, rounds and decisions as text, without anything that a clock said: equal
  // for equal searches, byte by byte.
  Expected<std::string> DumpHistory();

 private:
  static Expected<std::unique_ptr<StudyDatabase>> Open(const std::string& path,
                                                       SqliteAccess access);
  explicit StudyDatabase(std::unique_ptr<SqliteDatabase> database)
      : database_(std::move(database)) {}
  std::unique_ptr<SqliteDatabase> database_;
};

}  // namespace mcunas
