// Dispatcher: decides which job runs where and when. One worker thread per board, one queue for
// all.
//
// Infrastructure failures put the job back at the head of the queue, for the same or another board
// of its class, up to `attempts` times; a board that vanished does not count against the job, which
// waits until a board of its class is back. Candidate failures end the job and leave the board in
// good standing. Thread rule: every function may be called from any thread.
#pragma once

#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "board_agent/bench/bench_config.h"
#include "board_agent/protocol/api_error.h"
#include "board_agent/protocol/board_info.h"
#include "board_agent/protocol/job_request.h"
#include "board_agent/protocol/job_status.h"
#include "board_agent/runner/runner.h"
#include "board_agent/server/blob_store.h"
#include "board_agent/server/job_store.h"

namespace mcunas {

struct DispatcherOptions {
  HealthPolicy health;
  int64_t queue_limit = 1024;
  int attempts = 5;
  std::filesystem::path logs_folder;  // one text file per job
  std::filesystem::path work_folder;  // one private folder per attempt
};

// A board with what drives it.
struct BenchBoard {
  BoardConfig config;
  std::unique_ptr<Runner> runner;
};

// What an HTTP handler answers with: a status and, where it is not a success, an error.
template <typename T>
struct ApiOutcome {
  int http_status = 200;
  T value{};
  ApiError error;  // code empty on success

  bool ok() const { return error.code.empty(); }
};

struct DispatcherState;  // dispatcher_state.h

class Dispatcher {
 public:
  // `store` and `blobs` must outlive the dispatcher. Loads the queue; runs nothing yet.
  static Expected<std::unique_ptr<Dispatcher>> Create(DispatcherOptions options, JobStore* store,
                                                      const BlobStore* blobs,
                                                      std::vector<BenchBoard> boards);
  ~Dispatcher();  // as Stop()

  void Start();
  // Stops the running attempts (their jobs become queued again, uncounted) and joins the workers.
  void Stop();

  // 202 new job, 200 known job, 409 key of another job, 422 unknown board or blob, 429 queue full,
  // 503 the disk refuses.
  ApiOutcome<JobStatus> Submit(const JobRequest& request);
  // 200, 404.
  ApiOutcome<JobStatus> Find(const std::string& id);
  // 200 cancelled or already final, 202 the attempt is being stopped, 404.
  ApiOutcome<JobStatus> Cancel(const std::string& id);
  // The job's log from byte `from` on, at most 1 MiB; 404.
  ApiOutcome<std::string> Log(const std::string& id, int64_t from);

  std::vector<BoardInfo> Boards();
  // 200, 404 with the nearest name.
  ApiOutcome<BoardInfo> Drain(const std::string& board);
  ApiOutcome<BoardInfo> Resume(const std::string& board);
  // Can at least one board take jobs, now or after the current one?
  bool Ready();

  // `changed` is called once, from some thread, when one of the jobs becomes final or the
  // dispatcher stops. Jobs that are final already do not fire: look at them after Watch.
  uint64_t Watch(const std::vector<std::string>& ids, std::function<void()> changed);
  void Unwatch(uint64_t watch);

 private:
  explicit Dispatcher(std::unique_ptr<DispatcherState> state);
  std::unique_ptr<DispatcherState> state_;
};

}  // namespace mcunas
