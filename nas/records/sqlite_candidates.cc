#include "nas/records/sqlite_candidates_internal.h"

#include "common/sqlite.h"
#include "nas/records/record_json_internal.h"

namespace mcunas {
namespace {

Expected<void> InsertCandidate(SqliteStatement& insert, const CandidateRecord& c) {
  insert.Bind(c.index).Bind(c.round).Bind(c.hash.Hex()).Bind(ArchitectureToJson(c.architecture));
  insert.Bind(FailureClassName(c.failure)).Bind(c.failure_reason).Bind(c.violation);
  return insert.Bind(c.seconds).Bind(c.board).Bind(BoardsToJson(c.boards)).Run();
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
  c.seconds = row.Real(7);
  c.board = row.Text(8);
  auto boards = BoardsFromJson(row.Text(9));
  if (!boards) return boards.error();
  c.boards = std::move(*boards);
  if (!ParseHash(row.Text(2), &c.hash)) {
    return Error{ErrorCode::kCorrupt,
                 "candidate " + std::to_string(c.index) + " has no valid hash"};
  }
  return c;
}

}  // namespace

Expected<void> WriteCandidates(std::span<const CandidateRecord> candidates,
                               SqliteDatabase* database) {
  auto transaction = database->Begin();
  if (!transaction) return transaction.error();
  auto clear = database->Prepare("DELETE FROM metrics WHERE candidate = ?");
  auto insert = database->Prepare(
      "INSERT INTO candidates VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10) "
      "ON CONFLICT (id) DO UPDATE SET round = ?2, hash = ?3, architecture = ?4, failure = ?5, "
      "failure_reason = ?6, violation = ?7, seconds = ?8, board = ?9, boards = ?10");
  auto metrics = database->Prepare("INSERT INTO metrics VALUES (?, ?, ?, ?, ?)");
  for (const CandidateRecord& candidate : candidates) {
    if (auto done = clear.Bind(candidate.index).Run(); !done) return done;
    if (auto done = InsertCandidate(insert, candidate); !done) return done;
    if (auto done = InsertMetrics(metrics, candidate); !done) return done;
  }
  return transaction->Commit();
}

Expected<std::vector<CandidateRecord>> ReadCandidates(SqliteDatabase* database) {
  auto query = database->Prepare(
      "SELECT id, round, hash, architecture, failure, failure_reason, violation, "
      "seconds, board, boards FROM candidates ORDER BY id");
  auto metrics = database->Prepare(
      "SELECT candidate, name, value, unit, source FROM metrics "
      "ORDER BY candidate, name");
  auto metric_row = metrics.Step();
  std::vector<CandidateRecord> all;
  while (true) {
    const auto row = query.Step();
    if (!row) return row.error();
    if (!*row) return all;
    auto candidate = ReadCandidate(query);
    if (!candidate) return candidate.error().WithContext(database->path());
    while (metric_row && *metric_row && metrics.Integer(0) == candidate->index) {
      const auto source = SourceFromName(metrics.Text(4));
      if (!source) return source.error().WithContext(database->path());
      candidate->metrics[metrics.Text(1)] = {metrics.Real(2), metrics.Text(3), *source};
      metric_row = metrics.Step();
    }
    if (!metric_row) return metric_row.error();
    all.push_back(std::move(*candidate));
  }
}

}  // namespace mcunas
