// Study: everything a search must not lose.
//
// The search loop is a pure function of its config and of the evaluation results. A study keeps
// those results; after a kill the loop starts over, recalls instead of evaluating, and arrives at
// the same history. nas/records opens studies by URL; MemoryStudy is the one for tests. Whoever
// only looks (report, ls) takes a StudyReader. tests/unit/records/study_suite_test.cc says what
// every backend must do.
// Thread rule: one thread at a time. Every call that returns without error has been committed.
#pragma once

#include <map>
#include <optional>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "common/expected.h"
#include "nas/evaluate/candidate.h"
#include "nas/evaluate/evaluation_result.h"
#include "nas/evaluate/measurement.h"

namespace mcunas {

// How the search stood after one round. NaN where a number does not exist (nothing measured yet).
struct RoundRecord {
  int round = 0;
  int64_t asked = 0;      // distinct networks so far
  int64_t evaluated = 0;  // of them, score known
  int64_t infeasible = 0;
  int64_t measured = 0;
  double best_score = 0;       // of the task
  double hypervolume = 0;      // normalised to the reference point, in [0, 1]
  double latency_error = 0;    // mean relative error of predictions made before measuring
  double latency_tau = 0;      // Kendall's tau-b of the same
  std::string predictor_json;  // after the refit of this round; empty without a predictor
};

// Equal in every field; a number that does not exist equals another that does not.
bool SameRecord(const RoundRecord& a, const RoundRecord& b);

// A raw result from a board, kept for the report.
struct StoredMeasurement {
  Hash128 hash;
  Measurement measurement;
};

// What can be asked of a study. Not const: a backend may have to talk to a server.
class StudyReader {
 public:
  virtual ~StudyReader() = default;

  // Evaluation results, by kind ("accuracy", "finalist/3", "final/<recipe>") and network.
  virtual Expected<std::optional<EvaluationResult>> Recall(const std::string& kind,
                                                           const Hash128& hash) = 0;
  // Decisions that depend on the clock or on the outside and must fall the same way in a replay.
  virtual Expected<std::optional<std::string>> RecallDecision(const std::string& name) = 0;
  virtual Expected<std::map<std::string, std::string>> Decisions() = 0;

  virtual Expected<std::vector<CandidateRecord>> Candidates() = 0;      // by index
  virtual Expected<std::vector<RoundRecord>> Rounds() = 0;              // by number
  virtual Expected<std::vector<StoredMeasurement>> Measurements() = 0;  // in order of arrival
};

// What a search adds to it. Each call is one transaction: done as a whole, or not at all.
class StudyWriter {
 public:
  virtual ~StudyWriter() = default;

  // Replaces results of the same kind and network.
  virtual Expected<void> Remember(
      const std::string& kind, std::span<const std::pair<Hash128, EvaluationResult>> results) = 0;
  virtual Expected<void> RecordDecision(const std::string& name, const std::string& value) = 0;
  // Inserts, or replaces those of the same index (number).
  virtual Expected<void> SaveCandidates(std::span<const CandidateRecord> candidates) = 0;
  virtual Expected<void> SaveRound(const RoundRecord& round) = 0;
  virtual Expected<void> SaveMeasurement(const Hash128& hash, const Measurement& measurement) = 0;
};

class Study : public StudyReader, public StudyWriter {};

// A study answers for one configuration. The first to claim decision `name` leaves the hash of
// `text` there; whoever comes with another text is refused: kUsage, `refusal`. Errors of the study.
Expected<void> Claim(Study& study, const std::string& name, const std::string& text,
                     const std::string& refusal);

}  // namespace mcunas
