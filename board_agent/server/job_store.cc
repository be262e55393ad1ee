#include "board_agent/server/job_store.h"

#include <chrono>

#include "board_agent/protocol/checksum.h"

namespace mcunas {
namespace {

constexpr int64_t kSchemaVersion = 1;

constexpr const char* kSchema = R"sql(
CREATE TABLE IF NOT EXISTS jobs(
  sequence INTEGER PRIMARY KEY AUTOINCREMENT,
  id TEXT NOT NULL UNIQUE,
  key TEXT NOT NULL UNIQUE,
  request TEXT NOT NULL,
  blob TEXT NOT NULL,
  state TEXT NOT NULL,
  attempt INTEGER NOT NULL DEFAULT 0,
  nonce INTEGER NOT NULL DEFAULT 0,
  board TEXT NOT NULL DEFAULT '',
  infra_failures INTEGER NOT NULL DEFAULT 0,
  restarts INTEGER NOT NULL DEFAULT 0,
  created REAL NOT NULL,
  finished REAL NOT NULL DEFAULT 0,
  failure TEXT,
  result TEXT);
CREATE INDEX IF NOT EXISTS jobs_by_state ON jobs(state, sequence);
PRAGMA user_version = 1;
)sql";

constexpr const char* kColumns =
    "SELECT id, key, request, state, attempt, nonce, board, infra_failures, restarts, created, "
    "finished, failure, result FROM jobs ";
constexpr const char* kActive = "state IN ('leased', 'flashing', 'running', 'collecting')";

std::string NewJobId() {
  static constexpr char kDigits[] = "0123456789abcdef";
  std::string id = "j";
  uint64_t random = SecureRandom();
  for (int i = 0; i < 16; ++i, random >>= 4) id += kDigits[random & 15];
  return id;
}

Error Damaged(const Error& error) {
  return {ErrorCode::kCorrupt, "job database: damaged row: " + error.message};
}

Expected<JobRecord> ReadRow(const SqliteStatement& row) {
  JobRecord record;
  JobStatus& status = record.status;
  status.id = row.Text(0);
  status.idempotency_key = row.Text(1);
  Expected<JobRequest> request = JobRequestFromJson(row.Text(2));
  if (!request.ok()) return Damaged(request.error());
  record.request = *std::move(request);
  status.state = JobStateFromName(row.Text(3)).value_or(JobState::kFailed);
  status.attempt = static_cast<int>(row.Integer(4));
  record.nonce = static_cast<uint32_t>(row.Integer(5));
  status.board = row.Text(6);
  record.infra_failures = static_cast<int>(row.Integer(7));
  record.restarts = static_cast<int>(row.Integer(8));
  status.created = row.Real(9);
  status.finished = row.Real(10);
  if (!row.IsNull(11)) {
    Expected<BoardFailure> failure = FailureFromJson(row.Text(11));
    if (!failure.ok()) return Damaged(failure.error());
    status.failure = *std::move(failure);
  }
  if (!row.IsNull(12)) {
    Expected<JobResult> result = JobResultFromJson(row.Text(12));
    if (!result.ok()) return Damaged(result.error());
    status.result = *std::move(result);
  }
  return record;
}

}  // namespace

double UnixTime() {
  const auto now = std::chrono::system_clock::now().time_since_epoch();
  return std::chrono::duration<double>(now).count();
}

Expected<std::unique_ptr<JobStore>> JobStore::Open(const std::filesystem::path& file) {
  auto database = SqliteDatabase::Open(file.string(), {.what = "job database"});
  if (!database.ok()) return database.error();
  SqliteStatement version = (*database)->Prepare("PRAGMA user_version");
  Expected<bool> row = version.Step();
  if (!row.ok()) return row.error();
  const int64_t found = version.Integer(0);
  if (found != 0 && found != kSchemaVersion) {
    return Error{ErrorCode::kUnsupported,
                 file.string() + ": job database of version " + std::to_string(found) +
                     ", this agent reads version " + std::to_string(kSchemaVersion)};
  }
  if (auto made = (*database)->Execute(kSchema); !made.ok()) return made.error();
  return std::unique_ptr<JobStore>(new JobStore(*std::move(database)));
}

// One changing statement; true when it touched a row. Callers hold mutex_.
Expected<bool> JobStore::Run(SqliteStatement& statement) {
  if (auto done = statement.Run(); !done.ok()) return done.error();
  return database_->Changes() > 0;
}

Expected<std::vector<JobRecord>> JobStore::Select(SqliteStatement& statement) {
  std::vector<JobRecord> records;
  for (;;) {
    Expected<bool> row = statement.Step();
    if (!row.ok()) return row.error();
    if (!*row) return records;
    Expected<JobRecord> record = ReadRow(statement);
    if (!record.ok()) return record.error();
    records.push_back(*std::move(record));
  }
}

Expected<int64_t> JobStore::RecoverActive(int max_restarts) {
  const std::lock_guard lock(mutex_);
  const BoardFailure failure{FailureKind::kAgentRestarted,
                             "the agent ended while the job was running"};
  const std::string text = FailureToJson(failure);
  auto given_up = Run(database_
                          ->Prepare(std::string("UPDATE jobs SET state='failed', "
                                                "restarts=restarts+1, failure=?1, "
                                                "finished=?2 WHERE restarts+1>=?3 AND ") +
                                    kActive)
                          .Bind(text)
                          .Bind(UnixTime())
                          .Bind(int64_t{max_restarts}));
  if (!given_up.ok()) return given_up.error();
  const int64_t failed = *given_up ? database_->Changes() : 0;
  auto queued = Run(database_
                        ->Prepare(std::string("UPDATE jobs SET state='queued', nonce=0, "
                                              "restarts=restarts+1, failure=?1 WHERE ") +
                                  kActive)
                        .Bind(text));
  if (!queued.ok()) return queued.error();
  return failed + (*queued ? database_->Changes() : 0);
}

Expected<Accepted> JobStore::Accept(const JobRequest& request, int64_t queue_limit) {
  const std::lock_guard lock(mutex_);
  auto known = Select(
      database_->Prepare(std::string(kColumns) + "WHERE key=?1").Bind(request.idempotency_key));
  if (!known.ok()) return known.error();
  if (!known->empty()) {
    const bool same = known->front().request == request;
    return Accepted{same ? AcceptOutcome::kSame : AcceptOutcome::kConflict, known->front().status};
  }
  SqliteStatement count = database_->Prepare("SELECT count(*) FROM jobs WHERE state='queued'");
  Expected<bool> counted = count.Step();
  if (!counted.ok()) return counted.error();
  if (count.Integer(0) >= queue_limit) return Accepted{AcceptOutcome::kFull, {}};

  Accepted accepted;
  accepted.status.id = NewJobId();
  accepted.status.idempotency_key = request.idempotency_key;
  accepted.status.created = UnixTime();
  auto inserted = Run(database_
                          ->Prepare("INSERT INTO jobs(id, key, request, blob, state, created) "
                                    "VALUES(?1, ?2, ?3, ?4, 'queued', ?5)")
                          .Bind(accepted.status.id)
                          .Bind(request.idempotency_key)
                          .Bind(JobRequestToJson(request))
                          .Bind(request.blob)
                          .Bind(accepted.status.created));
  if (!inserted.ok()) return inserted.error();
  return accepted;
}

Expected<std::optional<JobRecord>> JobStore::Find(const std::string& id) {
  const std::lock_guard lock(mutex_);
  auto found = Select(database_->Prepare(std::string(kColumns) + "WHERE id=?1").Bind(id));
  if (!found.ok()) return found.error();
  if (found->empty()) return std::optional<JobRecord>();
  return std::optional<JobRecord>(std::move(found->front()));
}

Expected<std::vector<JobRecord>> JobStore::Queued() {
  const std::lock_guard lock(mutex_);
  SqliteStatement statement =
      database_->Prepare(std::string(kColumns) + "WHERE state='queued' ORDER BY sequence");
  return Select(statement);
}

Expected<std::vector<std::string>> JobStore::BlobsInUse() {
  const std::lock_guard lock(mutex_);
  SqliteStatement statement = database_->Prepare("SELECT DISTINCT blob FROM jobs");
  std::vector<std::string> blobs;
  for (;;) {
    Expected<bool> row = statement.Step();
    if (!row.ok()) return row.error();
    if (!*row) return blobs;
    blobs.push_back(statement.Text(0));
  }
}

Expected<bool> JobStore::Lease(const std::string& id, const std::string& board, uint32_t nonce) {
  const std::lock_guard lock(mutex_);
  return Run(database_
                 ->Prepare("UPDATE jobs SET state='leased', attempt=attempt+1, board=?1, "
                           "nonce=?2 WHERE id=?3 AND state='queued'")
                 .Bind(board)
                 .Bind(int64_t{nonce})
                 .Bind(id));
}

Expected<bool> JobStore::Advance(const std::string& id, uint32_t nonce, JobState state) {
  const std::lock_guard lock(mutex_);
  return Run(database_
                 ->Prepare(std::string("UPDATE jobs SET state=?1 WHERE id=?2 AND nonce=?3 "
                                       "AND ") +
                           kActive)
                 .Bind(std::string_view(JobStateName(state)))
                 .Bind(id)
                 .Bind(int64_t{nonce}));
}

Expected<bool> JobStore::Finish(const std::string& id, uint32_t nonce, JobState state,
                                const BoardFailure* failure, const JobResult* result) {
  const std::lock_guard lock(mutex_);
  return Run(database_
                 ->Prepare(std::string("UPDATE jobs SET state=?1, finished=?2, "
                                       "failure=nullif(?3, ''), result=nullif(?4, '') "
                                       "WHERE id=?5 AND nonce=?6 AND ") +
                           kActive)
                 .Bind(std::string_view(JobStateName(state)))
                 .Bind(UnixTime())
                 .Bind(failure != nullptr ? FailureToJson(*failure) : std::string())
                 .Bind(result != nullptr ? JobResultToJson(*result) : std::string())
                 .Bind(id)
                 .Bind(int64_t{nonce}));
}

Expected<bool> JobStore::CompleteDone(const std::string& id, uint32_t nonce,
                                      const JobResult& result) {
  return Finish(id, nonce, JobState::kDone, nullptr, &result);
}

Expected<bool> JobStore::CompleteFailed(const std::string& id, uint32_t nonce,
                                        const BoardFailure& failure) {
  return Finish(id, nonce, JobState::kFailed, &failure, nullptr);
}

Expected<bool> JobStore::CompleteCancelled(const std::string& id, uint32_t nonce) {
  return Finish(id, nonce, JobState::kCancelled, nullptr, nullptr);
}

Expected<bool> JobStore::Requeue(const std::string& id, uint32_t nonce, const BoardFailure& failure,
                                 bool counts) {
  const std::lock_guard lock(mutex_);
  return Run(database_
                 ->Prepare(std::string("UPDATE jobs SET state='queued', nonce=0, failure=?1, "
                                       "infra_failures=infra_failures+?2 "
                                       "WHERE id=?3 AND nonce=?4 AND ") +
                           kActive)
                 .Bind(FailureToJson(failure))
                 .Bind(int64_t{counts ? 1 : 0})
                 .Bind(id)
                 .Bind(int64_t{nonce}));
}

Expected<bool> JobStore::EndQueued(const std::string& id, JobState state) {
  const std::lock_guard lock(mutex_);
  return Run(database_
                 ->Prepare("UPDATE jobs SET state=?1, finished=?2 WHERE id=?3 AND "
                           "state='queued'")
                 .Bind(std::string_view(JobStateName(state)))
                 .Bind(UnixTime())
                 .Bind(id));
}

Expected<bool> JobStore::CancelQueued(const std::string& id) {
  return EndQueued(id, JobState::kCancelled);
}

Expected<bool> JobStore::ExpireQueued(const std::string& id) {
  return EndQueued(id, JobState::kExpired);
}

Expected<std::vector<std::string>> JobStore::ForgetFinishedBefore(double time) {
  const std::lock_guard lock(mutex_);
  SqliteStatement statement = database_->Prepare(
      "DELETE FROM jobs WHERE finished>0 AND finished<?1 AND state IN "
      "('done', 'failed', 'cancelled', 'expired') RETURNING id");
  statement.Bind(time);
  std::vector<std::string> ids;
  for (;;) {
    Expected<bool> row = statement.Step();
    if (!row.ok()) return row.error();
    if (!*row) return ids;
    ids.push_back(statement.Text(0));
  }
}

}  // namespace mcunas
