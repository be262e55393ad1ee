#include "nas/records/study_database.h"

#include "nas/records/connection_internal.h"
#include "nas/records/record_json_internal.h"

namespace mcunas {

StudyDatabase::StudyDatabase(std::unique_ptr<Connection> connection)
    : connection_(std::move(connection)) {}
StudyDatabase::~StudyDatabase() = default;

Expected<std::unique_ptr<StudyDatabase>> StudyDatabase::Open(const std::string& path) {
  auto connection = Connection::Open(path, /*create=*/true);
  if (!connection) return connection.error();
  return std::unique_ptr<StudyDatabase>(new StudyDatabase(std::move(*connection)));
}

Expected<std::unique_ptr<StudyDatabase>> StudyDatabase::OpenExisting(const std::string& path) {
  auto connection = Connection::Open(path, /*create=*/false);
  if (!connection) return connection.error();
  return std::unique_ptr<StudyDatabase>(new StudyDatabase(std::move(*connection)));
}

Expected<std::optional<EvaluationResult>> StudyDatabase::Recall(const std::string& kind,
                                                                const Hash128& hash) {
  auto query =
      connection_->Prepare("SELECT result, seconds FROM evaluations WHERE kind = ? AND hash = ?");
  if (!query) return query.error();
  const auto row = query->Bind(1, kind).Bind(2, hash.Hex()).Step();
  if (!row) return row.error();
  if (!*row) return std::optional<EvaluationResult>();
  auto result = EvaluationFromJson(query->Text(0));
  if (!result) return result.error().WithContext(connection_->path());
  result->seconds = query->Real(1);
  return std::optional<EvaluationResult>(std::move(*result));
}

Expected<void> StudyDatabase::Remember(
    const std::string& kind, std::span<const std::pair<Hash128, EvaluationResult>> results) {
  auto transaction = connection_->Begin();
  if (!transaction) return transaction.error();
  auto insert = connection_->Prepare("INSERT OR REPLACE INTO evaluations VALUES (?, ?, ?, ?)");
  if (!insert) return insert.error();
  for (const auto& [hash, result] : results) {
    insert->Bind(1, kind).Bind(2, hash.Hex()).Bind(3, EvaluationToJson(result));
    auto done = insert->Bind(4, result.seconds).Run();
    if (!done) return done;
  }
  return transaction->Commit();
}

Expected<std::optional<std::string>> StudyDatabase::RecallDecision(const std::string& name) {
  auto query = connection_->Prepare("SELECT value FROM decisions WHERE name = ?");
  if (!query) return query.error();
  const auto row = query->Bind(1, name).Step();
  if (!row) return row.error();
  return *row ? std::optional<std::string>(query->Text(0)) : std::nullopt;
}

Expected<void> StudyDatabase::RecordDecision(const std::string& name, const std::string& value) {
  auto insert = connection_->Prepare("INSERT OR REPLACE INTO decisions VALUES (?, ?)");
  if (!insert) return insert.error();
  return insert->Bind(1, name).Bind(2, value).Run();
}

Expected<void> StudyDatabase::SaveRound(const RoundRecord& r) {
  auto insert =
      connection_->Prepare("INSERT OR REPLACE INTO rounds VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)");
  if (!insert) return insert.error();
  insert->Bind(1, int64_t{r.round}).Bind(2, r.asked).Bind(3, r.evaluated).Bind(4, r.infeasible);
  insert->Bind(5, r.measured).Bind(6, r.best_accuracy).Bind(7, r.hypervolume);
  return insert->Bind(8, r.latency_error).Bind(9, r.latency_tau).Bind(10, r.predictor_json).Run();
}

Expected<std::vector<RoundRecord>> StudyDatabase::Rounds() {
  auto query = connection_->Prepare(
      "SELECT round, asked, evaluated, infeasible, measured, best_accuracy, hypervolume, "
      "latency_error, latency_tau, predictor FROM rounds ORDER BY round");
  if (!query) return query.error();
  std::vector<RoundRecord> rounds;
  while (true) {
    const auto row = query->Step();
    if (!row) return row.error();
    if (!*row) return rounds;
    RoundRecord r;
    r.round = static_cast<int>(query->Int(0));
    r.asked = query->Int(1);
    r.evaluated = query->Int(2);
    r.infeasible = query->Int(3);
    r.measured = query->Int(4);
    r.best_accuracy = query->Real(5);
    r.hypervolume = query->Real(6);
    r.latency_error = query->Real(7);
    r.latency_tau = query->Real(8);
    r.predictor_json = query->Text(9);
    rounds.push_back(std::move(r));
  }
}

Expected<void> StudyDatabase::SaveMeasurement(const Hash128& hash, const Measurement& m) {
  auto insert =
      connection_->Prepare("INSERT INTO measurements (hash, board, result) VALUES (?, ?, ?)");
  if (!insert) return insert.error();
  return insert->Bind(1, hash.Hex()).Bind(2, m.board).Bind(3, MeasurementToJson(m)).Run();
}

Expected<std::vector<StoredMeasurement>> StudyDatabase::Measurements() {
  auto query = connection_->Prepare("SELECT hash, result FROM measurements ORDER BY id");
  if (!query) return query.error();
  std::vector<StoredMeasurement> all;
  while (true) {
    const auto row = query->Step();
    if (!row) return row.error();
    if (!*row) return all;
    auto measurement = MeasurementFromJson(query->Text(1));
    if (!measurement) return measurement.error().WithContext(connection_->path());
    StoredMeasurement stored{{}, std::move(*measurement)};
    if (!ParseHash(query->Text(0), &stored.hash)) {
      return Error{ErrorCode::kCorrupt, connection_->path() + ": a measurement has no valid hash"};
    }
    all.push_back(std::move(stored));
  }
}

}  // namespace mcunas
