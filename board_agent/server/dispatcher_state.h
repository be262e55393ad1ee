// What the parts of the dispatcher share: the queue, the boards and who waits for which job.
// Private to server/. Everything but the constants is guarded by `mutex`.
#pragma once

#include <chrono>
#include <condition_variable>
#include <deque>
#include <map>
#include <mutex>
#include <set>
#include <thread>

#include "board_agent/server/dispatcher.h"
#include "common/stop.h"

namespace mcunas {

struct QueueEntry {
  std::string id;
  std::string board;      // name or class
  double expires_at = 0;  // seconds since 1970; 0 = never
};

struct RunningJob {
  std::string id;
  StopToken stop;
  bool cancelled = false;
};

struct BoardSlot {
  BoardConfig config;              // constant
  std::unique_ptr<Runner> runner;  // used by the board's worker only
  BoardHealth health;
  std::chrono::steady_clock::time_point last_event = std::chrono::steady_clock::now();
  std::shared_ptr<RunningJob> running;
  StopToken canary_stop;
  int64_t jobs_done = 0;
  int64_t infra_failures = 0;
  std::thread worker;

  bool Serves(const std::string& board) const {
    return board == config.name || board == config.board_class;
  }
};

struct JobWatch {
  std::set<std::string> ids;
  std::function<void()> changed;
};

struct DispatcherState {
  DispatcherOptions options;         // constant
  JobStore* store = nullptr;         // locks itself
  const BlobStore* blobs = nullptr;  // constant

  std::mutex mutex;
  std::condition_variable changed;  // queue, boards or stopping
  std::deque<QueueEntry> queue;
  std::vector<std::unique_ptr<BoardSlot>> slots;  // the list is constant, its elements are guarded
  bool stopping = false;
  std::map<uint64_t, JobWatch> watches;
  uint64_t next_watch = 1;
};

// Applies the event, logs a change of state and restarts the waits. The caller holds the mutex.
void ApplyBoardEvent(DispatcherState& state, BoardSlot& slot, BoardEvent event,
                     const std::string& reason);

// Tells everybody who watches this job. The caller does not hold the mutex.
void AnnounceFinal(DispatcherState& state, const std::string& id);

QueueEntry MakeQueueEntry(const JobStatus& status, const JobRequest& request);

std::filesystem::path LogPath(const DispatcherState& state, const std::string& id);

}  // namespace mcunas
