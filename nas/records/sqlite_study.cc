#include "nas/records/sqlite_study_internal.h"

#include "nas/records/record_json_internal.h"
#include "nas/records/schema_internal.h"
#include "nas/records/sqlite_candidates_internal.h"

namespace mcunas {
namespace {

// For a lock of another process: the disk of a busy machine may take seconds for one commit.
constexpr std::chrono::seconds kPatience{20};

class SqliteStudy : public Study {
 public:
  explicit SqliteStudy(std::unique_ptr<SqliteDatabase> database) : database_(std::move(database)) {}

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
  std::unique_ptr<SqliteDatabase> database_;
};

Expected<std::optional<EvaluationResult>> SqliteStudy::Recall(const std::string& kind,
                                                              const Hash128& hash) {
  auto query =
      database_->Prepare("SELECT result, seconds FROM evaluations WHERE kind = ? AND hash = ?");
  const auto row = query.Bind(kind).Bind(hash.Hex()).Step();
  if (!row) return row.error();
  if (!*row) return std::optional<EvaluationResult>();
  auto result = EvaluationFromJson(query.Text(0));
  if (!result) return result.error().WithContext(database_->path());
  result->seconds = query.Real(1);
  return std::optional<EvaluationResult>(std::move(*result));
}

Expected<void> SqliteStudy::Remember(
    const std::string& kind, std::span<const std::pair<Hash128, EvaluationResult>> results) {
  auto transaction = database_->Begin();
  if (!transaction) return transaction.error();
  auto insert = database_->Prepare("INSERT OR REPLACE INTO evaluations VALUES (?, ?, ?, ?)");
  for (const auto& [hash, result] : results) {
    insert.Bind(kind).Bind(hash.Hex()).Bind(EvaluationToJson(result));
    auto done = insert.Bind(result.seconds).Run();
    if (!done) return done;
  }
  return transaction->Commit();
}

Expected<std::optional<std::string>> SqliteStudy::RecallDecision(const std::string& name) {
  auto query = database_->Prepare("SELECT value FROM decisions WHERE name = ?");
  const auto row = query.Bind(name).Step();
  if (!row) return row.error();
  return *row ? std::optional<std::string>(query.Text(0)) : std::nullopt;
}

Expected<std::map<std::string, std::string>> SqliteStudy::Decisions() {
  auto query = database_->Prepare("SELECT name, value FROM decisions");
  std::map<std::string, std::string> all;
  while (true) {
    const auto row = query.Step();
    if (!row) return row.error();
    if (!*row) return all;
    all[query.Text(0)] = query.Text(1);
  }
}

Expected<void> SqliteStudy::RecordDecision(const std::string& name, const std::string& value) {
  return database_->Prepare("INSERT OR REPLACE INTO decisions VALUES (?, ?)")
      .Bind(name)
      .Bind(value)
      .Run();
}

Expected<void> SqliteStudy::SaveCandidates(std::span<const CandidateRecord> candidates) {
  return WriteCandidates(candidates, database_.get());
}

Expected<std::vector<CandidateRecord>> SqliteStudy::Candidates() {
  return ReadCandidates(database_.get());
}

Expected<void> SqliteStudy::SaveRound(const RoundRecord& r) {
  auto insert =
      database_->Prepare("INSERT OR REPLACE INTO rounds VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)");
  insert.Bind(r.round).Bind(r.asked).Bind(r.evaluated).Bind(r.infeasible);
  insert.Bind(r.measured).Bind(r.best_score).Bind(r.hypervolume);
  return insert.Bind(r.latency_error).Bind(r.latency_tau).Bind(r.predictor_json).Run();
}

Expected<std::vector<RoundRecord>> SqliteStudy::Rounds() {
  auto query = database_->Prepare(
      "SELECT round, asked, evaluated, infeasible, measured, best_score, hypervolume, "
      "latency_error, latency_tau, predictor FROM rounds ORDER BY round");
  std::vector<RoundRecord> rounds;
  while (true) {
    const auto row = query.Step();
    if (!row) return row.error();
    if (!*row) return rounds;
    RoundRecord r;
    r.round = static_cast<int>(query.Integer(0));
    r.asked = query.Integer(1);
    r.evaluated = query.Integer(2);
    r.infeasible = query.Integer(3);
    r.measured = query.Integer(4);
    r.best_score = query.Real(5);
    r.hypervolume = query.Real(6);
    r.latency_error = query.Real(7);
    r.latency_tau = query.Real(8);
    r.predictor_json = query.Text(9);
    rounds.push_back(std::move(r));
  }
}

Expected<void> SqliteStudy::SaveMeasurement(const Hash128& hash, const Measurement& m) {
  return database_->Prepare("INSERT INTO measurements (hash, board, result) VALUES (?, ?, ?)")
      .Bind(hash.Hex())
      .Bind(m.board)
      .Bind(MeasurementToJson(m))
      .Run();
}

Expected<std::vector<StoredMeasurement>> SqliteStudy::Measurements() {
  auto query = database_->Prepare("SELECT hash, result FROM measurements ORDER BY id");
  std::vector<StoredMeasurement> all;
  while (true) {
    const auto row = query.Step();
    if (!row) return row.error();
    if (!*row) return all;
    auto measurement = MeasurementFromJson(query.Text(1));
    if (!measurement) return measurement.error().WithContext(database_->path());
    StoredMeasurement stored{{}, std::move(*measurement)};
    if (!ParseHash(query.Text(0), &stored.hash)) {
      return Error{ErrorCode::kCorrupt, database_->path() + ": a measurement has no valid hash"};
    }
    all.push_back(std::move(stored));
  }
}

}  // namespace

Expected<std::unique_ptr<Study>> OpenSqliteStudy(const std::string& path, SqliteAccess access) {
  auto database = SqliteDatabase::Open(path, {access, "study", kPatience});
  if (!database) return database.error();
  const auto ready =
      access == SqliteAccess::kRead ? PrepareToRead(&*database) : PrepareStudyTables(**database);
  if (!ready) return ready.error();
  return std::unique_ptr<Study>(new SqliteStudy(std::move(*database)));
}

}  // namespace mcunas
