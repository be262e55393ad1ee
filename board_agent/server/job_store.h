// JobStore: every job of one agent, on disk before anybody is told about it (SQLite, WAL, FULL).
//
// Exactly-once results: each lease has a fresh random nonce; a result is written only where the row
// still carries that nonce and an active state, in one statement, so a late or repeated report
// changes nothing. Thread rule: every function may be called from any thread. Cost: one fsync per
// change, milliseconds. Failures of the disk are kIo; the change has then not happened.
#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "board_agent/protocol/job_request.h"
#include "board_agent/protocol/job_status.h"
#include "common/expected.h"
#include "common/sqlite.h"

namespace mcunas {

// A job with what only the agent needs to know.
struct JobRecord {
  JobStatus status;
  JobRequest request;
  uint32_t nonce = 0;      // of the current lease
  int infra_failures = 0;  // attempts that the bench spoiled
  int restarts = 0;        // agent deaths while it was on a board
};

enum class AcceptOutcome { kCreated, kSame, kConflict, kFull };
struct Accepted {
  AcceptOutcome outcome = AcceptOutcome::kCreated;
  JobStatus status;  // of the new or the known job; empty when kFull
};

class JobStore {
 public:
  // kCorrupt: not a database; kUnsupported: written by another version.
  static Expected<std::unique_ptr<JobStore>> Open(const std::filesystem::path& file);

  // Start-up: active jobs become queued again with one more restart; those that reached
  // `max_restarts` fail as agent_restarted. Returns how many were touched.
  Expected<int64_t> RecoverActive(int max_restarts);

  // A new job, unless the key is known (same request: the known job; other request: kConflict) or
  // `queue_limit` jobs are queued already.
  Expected<Accepted> Accept(const JobRequest& request, int64_t queue_limit);

  Expected<std::optional<JobRecord>> Find(const std::string& id);
  // Queued jobs, oldest first.
  Expected<std::vector<JobRecord>> Queued();
  // Blobs named by jobs that are kept.
  Expected<std::vector<std::string>> BlobsInUse();

  // Each returns false, and changes nothing, where the job is not in the state the call is about.
  Expected<bool> Lease(const std::string& id, const std::string& board, uint32_t nonce);
  Expected<bool> Advance(const std::string& id, uint32_t nonce, JobState state);
  Expected<bool> CompleteDone(const std::string& id, uint32_t nonce, const JobResult& result);
  Expected<bool> CompleteFailed(const std::string& id, uint32_t nonce, const BoardFailure& failure);
  Expected<bool> CompleteCancelled(const std::string& id, uint32_t nonce);
  // Back to the queue after trouble that is not the job's; `counts` adds to infra_failures.
  Expected<bool> Requeue(const std::string& id, uint32_t nonce, const BoardFailure& failure,
                         bool counts);
  Expected<bool> CancelQueued(const std::string& id);
  Expected<bool> ExpireQueued(const std::string& id);

  // Forgets final jobs that ended before `time` (seconds since 1970); returns their ids.
  Expected<std::vector<std::string>> ForgetFinishedBefore(double time);

 private:
  explicit JobStore(std::unique_ptr<SqliteDatabase> database) : database_(std::move(database)) {}
  Expected<bool> Run(SqliteStatement& statement);
  Expected<std::vector<JobRecord>> Select(SqliteStatement& statement);
  Expected<bool> Finish(const std::string& id, uint32_t nonce, JobState state,
                        const BoardFailure* failure, const JobResult* result);
  Expected<bool> EndQueued(const std::string& id, JobState state);

  std::mutex mutex_;
  std::unique_ptr<SqliteDatabase> database_;
};

// Seconds since 1970.
double UnixTime();

}  // namespace mcunas
