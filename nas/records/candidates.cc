// Candidates and the history in a StudyDatabase.
#include <cmath>
#include <cstdio>

#include "nas/records/record_json_internal.h"
#include "nas/records/study_database.h"

namespace mcunas {
namespace {

// Shortest text that reads back to the same number.
std::string Number(double value) {
  if (std::isnan(value)) return "-";
  char text[40];
  for (const int digits : {15, 16, 17}) {
    std::snprintf(text, sizeof text, "%.*g", digits, value);
    if (std::strtod(text, nullptr) == value) break;
  }
  return text;
}

Expected<void> InsertCandidate(SqliteStatement& insert, const CandidateRecord& c) {
  insert.Bind(c.index).Bind(c.round).Bind(c.hash.Hex()).Bind(ArchitectureToJson(c.architecture));
  insert.Bind(FailureClassName(c.failure)).Bind(c.failure_reason).Bind(c.violation);
  insert.Bind(TicksToJson(c.ticks)).Bind(TicksToJson(c.operator_ticks));
  return insert.Bind(c.seconds).Run();
}

Expected<void> InsertMetrics(SqliteStatement& insert, const CandidateRecord& c) {
  for (const auto& [name, m] : c.metrics) {
    insert.Bind(c.index).Bind(name).Bind(m.value).Bind(m.unit);
    if (auto done = insert.Bind(SourceName(m.source)).Run(); !done) return done;
  }
  return {};
}

Expected<CandidateRecord> ReadCandidate(const SqliteStatement& row) {
  CandidateRecord c;
  c.index = row.Integer(0);
  c.round = static_cast<int>(row.Integer(1));
  auto architecture = ArchitectureFromJson(row.Text(3));
  if (!architecture) return architecture.error();
  c.architecture = std::move(*architecture);
  const auto failure = FailureClassFromName(row.Text(4));
  if (!failure) return failure.error();
  c.failure = *failure;
  c.failure_reason = row.Text(5);
  c.violation = row.Real(6);
  auto ticks = TicksFromJson(row.Text(7));
  if (!ticks) return ticks.error();
  c.ticks = std::move(*ticks);
  auto operator_ticks = TicksFromJson(row.Text(8));
  if (!operator_ticks) return operator_ticks.error();
  c.operator_ticks = std::move(*operator_ticks);
  c.seconds = row.Real(9);
  if (!ParseHash(row.Text(2), &c.hash)) {
    return Error{ErrorCode::kCorrupt,
                 "candidate " + std::to_string(c.index) + " has no valid hash"};
  }
  return c;
}

std::string CandidateLine(const CandidateRecord& c) {
  std::string line = "candidate " + std::to_string(c.index) + " round " + std::to_string(c.round) +
                     " " + c.hash.Hex() + " " + ArchitectureToJson(c.architecture) + " " +
                     FailureClassName(c.failure) + " '" + c.failure_reason + "' " +
                     Number(c.violation) + " " + TicksToJson(c.ticks) + " " +
                     TicksToJson(c.operator_ticks) + "\n";
  for (const auto& [name, m] : c.metrics) {
    line +=
        "  " + name + " = " + Number(m.value) + " " + m.unit + " " + SourceName(m.source) + "\n";
  }
  return line;
}

std::string RoundLine(const RoundRecord& r) {
  return "round " + std::to_string(r.round) + " asked " + std::to_string(r.asked) + " evaluated " +
         std::to_string(r.evaluated) + " infeasible " + std::to_string(r.infeasible) +
         " measured " + std::to_string(r.measured) + " best " + Number(r.best_accuracy) +
         " hypervolume " + Number(r.hypervolume) + " error " + Number(r.latency_error) + " tau " +
         Number(r.latency_tau) + " " + r.predictor_json + "\n";
}

}  // namespace

Expected<void> StudyDatabase::SaveCandidates(std::span<const CandidateRecord> candidates) {
  auto transaction = database_->Begin();
  if (!transaction) return transaction.error();
  auto clear = database_->Prepare("DELETE FROM metrics WHERE candidate = ?");
  auto insert = database_->Prepare(
      "INSERT INTO candidates VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10) "
      "ON CONFLICT (id) DO UPDATE SET round = ?2, hash = ?3, architecture = ?4, failure = ?5, "
      "failure_reason = ?6, violation = ?7, ticks = ?8, operator_ticks = ?9, seconds = ?10");
  auto metrics = database_->Prepare("INSERT INTO metrics VALUES (?, ?, ?, ?, ?)");
  for (const CandidateRecord& candidate : candidates) {
    if (auto done = clear.Bind(candidate.index).Run(); !done) return done;
    if (auto done = InsertCandidate(insert, candidate); !done) return done;
    if (auto done = InsertMetrics(metrics, candidate); !done) return done;
  }
  return transaction->Commit();
}

Expected<std::vector<CandidateRecord>> StudyDatabase::Candidates() {
  auto query = database_->Prepare(
      "SELECT id, round, hash, architecture, failure, failure_reason, violation, ticks, "
      "operator_ticks, seconds FROM candidates ORDER BY id");
  auto metrics = database_->Prepare(
      "SELECT candidate, name, value, unit, source FROM metrics "
      "ORDER BY candidate, name");
  auto metric_row = metrics.Step();
  std::vector<CandidateRecord> all;
  while (true) {
    const auto row = query.Step();
    if (!row) return row.error();
    if (!*row) return all;
    auto candidate = ReadCandidate(query);
    if (!candidate) return candidate.error().WithContext(database_->path());
    while (metric_row && *metric_row && metrics.Integer(0) == candidate->index) {
      const auto source = SourceFromName(metrics.Text(4));
      if (!source) return source.error().WithContext(database_->path());
      candidate->metrics[metrics.Text(1)] = {metrics.Real(2), metrics.Text(3), *source};
      metric_row = metrics.Step();
    }
    if (!metric_row) return metric_row.error();
    all.push_back(std::move(*candidate));
  }
}

Expected<std::string> StudyDatabase::DumpHistory() {
  const auto candidates = Candidates();
  if (!candidates) return candidates.error();
  const auto rounds = Rounds();
  if (!rounds) return rounds.error();
  std::string text;
  for (const CandidateRecord& candidate : *candidates) text += CandidateLine(candidate);
  for (const RoundRecord& round : *rounds) text += RoundLine(round);
  auto decisions = database_->Prepare("SELECT name, value FROM decisions ORDER BY name");
  while (true) {
    const auto row = decisions.Step();
    if (!row) return row.error();
    if (!*row) return text;
    const std::string value = decisions.Text(1);  // only the first word: a clock says the rest
    text += "decision " + decisions.Text(0) + " " + value.substr(0, value.find(' ')) + "\n";
  }
}

}  // namespace mcunas
