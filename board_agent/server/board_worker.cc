#include "board_agent/server/board_worker.h"

#include <fstream>
#include <optional>

#include "board_agent/server/job_result.h"
#include "common/log.h"
#include "common/names.h"
#include "common/stop.h"

namespace mcunas {
namespace {

using std::chrono::steady_clock;
using Lock = std::unique_lock<std::mutex>;

constexpr std::chrono::milliseconds kLongestSleep{1000};  // bounds how late an expiry is noticed
constexpr std::chrono::milliseconds kDiskRetry{500};
constexpr std::chrono::milliseconds kCanaryLimit{60'000};

uint32_t FreshNonce() {
  for (;;) {
    const auto nonce = static_cast<uint32_t>(SecureRandom());
    if (nonce != 0) return nonce;
  }
}

// A folder of its own for one attempt, removed with everything in it.
class WorkFolder {
 public:
  explicit WorkFolder(std::filesystem::path path) : path_(std::move(path)) {
    std::error_code failed;
    std::filesystem::create_directories(path_, failed);
  }
  ~WorkFolder() {
    std::error_code failed;
    std::filesystem::remove_all(path_, failed);
  }
  WorkFolder(const WorkFolder&) = delete;
  WorkFolder& operator=(const WorkFolder&) = delete;
  const std::filesystem::path& path() const { return path_; }

 private:
  std::filesystem::path path_;
};

// One attempt, as the worker sees it while it does not hold the mutex.
struct Attempt {
  JobRecord job;
  uint32_t nonce = 0;
  std::shared_ptr<RunningJob> running;
  std::string absent;  // why the board is not there any more; empty while it is
};

enum class Ending { kDone, kCandidateFailed, kGivenUp, kBadImage, kCancelled, kRequeued };

// Repeats a change until the disk takes it: a result must not be lost to a full disk. false: it was
// not this attempt's to make, or the agent stops (then the job runs again after the restart).
bool Persist(DispatcherState& state, const std::function<Expected<bool>()>& change) {
  for (;;) {
    const Expected<bool> changed = change();
    if (changed.ok()) return *changed;
    LogError(changed.error().message);
    Lock lock(state.mutex);
    if (state.changed.wait_for(lock, kDiskRetry, [&] { return state.stopping; })) return false;
  }
}

void AppendLog(const DispatcherState& state, const Attempt& attempt, const RunReport& report,
               const std::string& verdict) {
  std::ofstream log(LogPath(state, attempt.job.status.id), std::ios::app | std::ios::binary);
  log << "== attempt " << attempt.job.status.attempt << " on " << attempt.job.status.board << ": "
      << verdict << "\n";
  if (!report.tool.empty()) log << "tool: " << report.tool << "\n";
  log << report.log;
  if (!report.log.empty() && report.log.back() != '\n') log << "\n";
}

using Verdict = std::variant<JobResult, BoardFailure>;

Verdict VerdictOf(const RunReport& report, const JobRequest& request, const BoardConfig& board) {
  if (const auto* failure = std::get_if<BoardFailure>(&report.result)) return *failure;
  JobResult result = JobResultOf(std::get<mcu_result_block>(report.result), request, board);
  result.tool = report.tool;
  return result;
}

std::string Describe(const Verdict& verdict) {
  if (std::holds_alternative<JobResult>(verdict)) return "done";
  const auto& failure = std::get<BoardFailure>(verdict);
  return FailureSideName(failure.kind) + (" failure " + TextOf(failure));
}

RunReport RunOnBoard(DispatcherState& state, BoardSlot& slot, const Attempt& attempt) {
  const JobStatus& status = attempt.job.status;
  const WorkFolder folder(state.options.work_folder /
                          (status.id + "-" + std::to_string(status.attempt)));
  RunRequest request;
  request.elf = state.blobs->PathOf(attempt.job.request.blob);
  request.expected = ExpectationOf(attempt.job.request, attempt.nonce);
  request.time_limit = std::chrono::milliseconds(
      std::max<int64_t>(1, static_cast<int64_t>(attempt.job.request.timeout_s * 1000)));
  request.work_folder = folder.path();
  return slot.runner->Run(request, attempt.running->stop);
}

Ending SettleTrouble(DispatcherState& state, const Attempt& attempt, const BoardFailure& failure) {
  JobStore& store = *state.store;
  const std::string& id = attempt.job.status.id;
  const auto fail = [&] { return store.CompleteFailed(id, attempt.nonce, failure); };
  switch (RowOf(kFailures, failure.kind).blame) {
    case FailureBlame::kCandidate:
      Persist(state, fail);
      return Ending::kCandidateFailed;
    case FailureBlame::kImage:  // no board is marked
      Persist(state, fail);
      return Ending::kBadImage;
    case FailureBlame::kBench:
      break;
  }
  const bool counts = attempt.absent.empty() && !attempt.running->stop.stop_requested();
  if (counts && attempt.job.infra_failures + 1 >= state.options.attempts) {
    Persist(state, fail);
    return Ending::kGivenUp;
  }
  Persist(state, [&] { return store.Requeue(id, attempt.nonce, failure, counts); });
  return Ending::kRequeued;
}

Ending Settle(DispatcherState& state, const Attempt& attempt, const Verdict& verdict,
              bool cancelled) {
  const std::string& id = attempt.job.status.id;
  if (cancelled) {
    Persist(state, [&] { return state.store->CompleteCancelled(id, attempt.nonce); });
    return Ending::kCancelled;
  }
  if (const auto* result = std::get_if<JobResult>(&verdict)) {
    Persist(state, [&] { return state.store->CompleteDone(id, attempt.nonce, *result); });
    return Ending::kDone;
  }
  return SettleTrouble(state, attempt, std::get<BoardFailure>(verdict));
}

// What the ending says about the board. The caller holds the mutex.
void MarkBoard(DispatcherState& state, BoardSlot& slot, const Attempt& attempt, Ending ending,
               const Verdict& verdict) {
  slot.running.reset();
  if (ending == Ending::kDone || ending == Ending::kCandidateFailed) {
    ++slot.jobs_done;
    return ApplyBoardEvent(state, slot, BoardEvent::kJobSucceeded, "");
  }
  const bool released = ending == Ending::kCancelled || ending == Ending::kBadImage ||
                        attempt.running->stop.stop_requested();
  if (released) return ApplyBoardEvent(state, slot, BoardEvent::kJobReleased, "");
  ++slot.infra_failures;
  if (!attempt.absent.empty()) {
    return ApplyBoardEvent(state, slot, BoardEvent::kAbsent, attempt.absent);
  }
  const auto& failure = std::get<BoardFailure>(verdict);
  ApplyBoardEvent(state, slot, BoardEvent::kJobInfraFailed, TextOf(failure));
}

// Leases the job; empty when somebody else ended it first or the disk refuses.
std::optional<Attempt> Lease(DispatcherState& state, BoardSlot& slot, const QueueEntry& entry,
                             std::shared_ptr<RunningJob> running) {
  Attempt attempt;
  attempt.nonce = FreshNonce();
  attempt.running = std::move(running);
  const bool leased =
      Persist(state, [&] { return state.store->Lease(entry.id, slot.config.name, attempt.nonce); });
  if (!leased) return std::nullopt;
  const Expected<std::optional<JobRecord>> record = state.store->Find(entry.id);
  if (!record.ok() || !record->has_value()) return std::nullopt;
  attempt.job = **record;
  const JobState begun = slot.config.is_virtual() ? JobState::kRunning : JobState::kFlashing;
  Persist(state, [&] { return state.store->Advance(entry.id, attempt.nonce, begun); });
  return attempt;
}

void RunJob(DispatcherState& state, BoardSlot& slot, const QueueEntry& entry, Lock& lock) {
  auto running = std::make_shared<RunningJob>();
  running->id = entry.id;
  slot.running = running;
  ApplyBoardEvent(state, slot, BoardEvent::kLeased, "");
  lock.unlock();
  std::optional<Attempt> attempt = Lease(state, slot, entry, running);
  if (!attempt) {
    lock.lock();
    slot.running.reset();
    return ApplyBoardEvent(state, slot, BoardEvent::kJobReleased, "");
  }
  const RunReport report = RunOnBoard(state, slot, *attempt);
  Persist(state,
          [&] { return state.store->Advance(entry.id, attempt->nonce, JobState::kCollecting); });
  const Verdict verdict = VerdictOf(report, attempt->job.request, slot.config);
  const auto* failure = std::get_if<BoardFailure>(&verdict);
  if (failure != nullptr && !BlamesCandidate(failure->kind) && !running->stop.stop_requested()) {
    attempt->absent = slot.runner->Probe();
  }
  AppendLog(state, *attempt, report, Describe(verdict));
  lock.lock();
  const bool cancelled = running->cancelled;
  lock.unlock();
  const Ending ending = Settle(state, *attempt, verdict, cancelled);
  if (ending != Ending::kRequeued) AnnounceFinal(state, entry.id);
  lock.lock();
  MarkBoard(state, slot, *attempt, ending, verdict);
  if (ending == Ending::kRequeued) state.queue.push_front(entry);
  state.changed.notify_all();
}

// Runs the known-good image; empty when it passed.
std::string RunCanary(DispatcherState& state, BoardSlot& slot) {
  const WorkFolder folder(state.options.work_folder / ("canary-" + slot.config.name));
  RunRequest request;
  request.elf = slot.config.canary;
  request.expected.nonce = FreshNonce();
  request.time_limit = kCanaryLimit;
  request.work_folder = folder.path();
  const RunReport report = slot.runner->Run(request, slot.canary_stop);
  const auto* failure = std::get_if<BoardFailure>(&report.result);
  return failure == nullptr ? "" : "canary: " + TextOf(*failure);
}

void LookAtBoard(DispatcherState& state, BoardSlot& slot, Lock& lock) {
  const bool trial = NeedsTrial(slot.health);
  lock.unlock();
  std::string absent = slot.runner->Probe();
  std::string trouble;
  if (absent.empty() && trial && !slot.config.canary.empty()) trouble = RunCanary(state, slot);
  lock.lock();
  if (!absent.empty()) return ApplyBoardEvent(state, slot, BoardEvent::kAbsent, absent);
  if (!trial) return ApplyBoardEvent(state, slot, BoardEvent::kPresent, "");
  ApplyBoardEvent(state, slot,
                  trouble.empty() ? BoardEvent::kTrialPassed : BoardEvent::kTrialFailed, trouble);
}

void ExpireDue(DispatcherState& state, Lock& lock) {
  const double now = UnixTime();
  for (size_t i = 0; i < state.queue.size();) {
    const QueueEntry entry = state.queue[i];
    if (entry.expires_at == 0 || entry.expires_at > now) {
      ++i;
      continue;
    }
    state.queue.erase(state.queue.begin() + static_cast<ptrdiff_t>(i));
    lock.unlock();
    Persist(state, [&] { return state.store->ExpireQueued(entry.id); });
    AnnounceFinal(state, entry.id);
    lock.lock();
    i = 0;
  }
}

std::optional<QueueEntry> TakeJob(DispatcherState& state, const BoardSlot& slot) {
  for (auto it = state.queue.begin(); it != state.queue.end(); ++it) {
    if (!slot.Serves(it->board)) continue;
    QueueEntry entry = std::move(*it);
    state.queue.erase(it);
    return entry;
  }
  return std::nullopt;
}

}  // namespace

void WorkOnBoard(DispatcherState& state, BoardSlot& slot) {
  Lock lock(state.mutex);
  LookAtBoard(state, slot, lock);
  while (!state.stopping) {
    ExpireDue(state, lock);
    if (state.stopping) return;
    const auto wait = WaitBeforeProbe(slot.health, state.options.health);
    const auto since = steady_clock::now() - slot.last_event;
    if (since >= wait) {
      LookAtBoard(state, slot, lock);
      continue;
    }
    if (CanLease(slot.health)) {
      if (std::optional<QueueEntry> entry = TakeJob(state, slot)) {
        RunJob(state, slot, *entry, lock);
        continue;
      }
    }
    state.changed.wait_for(lock, std::min<steady_clock::duration>(kLongestSleep, wait - since));
  }
}

}  // namespace mcunas
