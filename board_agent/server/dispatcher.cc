#include "board_agent/server/dispatcher.h"

#include <algorithm>
#include <fstream>
#include <system_error>

#include "board_agent/server/board_worker.h"
#include "common/log.h"
#include "common/stop.h"
#include "common/text.h"

namespace mcunas {
namespace {

constexpr int64_t kLogChunk = 1 << 20;

template <typename T>
ApiOutcome<T> Refuse(int status, const std::string& code, const std::string& message) {
  ApiOutcome<T> outcome;
  outcome.http_status = status;
  outcome.error = {code, message};
  return outcome;
}

template <typename T>
ApiOutcome<T> RefuseForStorage(const Error& error) {
  LogError(error.message);
  return Refuse<T>(503, "storage_failed", error.message);
}

template <typename T>
ApiOutcome<T> UnknownJob(const std::string& id) {
  return Refuse<T>(404, "unknown_job", "no job '" + id + "' on this agent");
}

std::string WithNearest(const std::string& message, const std::string& word,
                        const std::vector<std::string>& names) {
  const std::string nearest = NearestName(word, names);
  if (!nearest.empty()) return message + "; did you mean '" + nearest + "'?";
  return message + "; this agent has: " + Join(names, ", ");
}

// Everything a job may ask for: names and classes of boards, each once.
std::vector<std::string> BoardTargets(const DispatcherState& state) {
  std::set<std::string> names;
  for (const auto& slot : state.slots) {
    names.insert(slot->config.name);
    names.insert(slot->config.board_class);
  }
  return {names.begin(), names.end()};
}

BoardSlot* FindSlot(DispatcherState& state, const std::string& name) {
  for (const auto& slot : state.slots) {
    if (slot->config.name == name) return slot.get();
  }
  return nullptr;
}

BoardInfo InfoOf(const DispatcherState& state, const BoardSlot& slot) {
  BoardInfo info;
  info.name = slot.config.name;
  info.board_class = slot.config.board_class;
  info.is_virtual = slot.config.is_virtual();
  info.state = BoardStateName(slot.health.state);
  info.reason = slot.health.reason;
  info.description = slot.config.description;
  info.job = slot.running ? slot.running->id : "";
  info.jobs_done = slot.jobs_done;
  info.infra_failures = slot.infra_failures;
  info.queued = std::count_if(state.queue.begin(), state.queue.end(),
                              [&](const QueueEntry& entry) { return slot.Serves(entry.board); });
  return info;
}

bool CreateFolder(const std::filesystem::path& folder, std::string* why) {
  std::error_code failed;
  std::filesystem::create_directories(folder, failed);
  if (failed) *why = folder.string() + ": " + failed.message();
  return !failed;
}

// Stops the attempt of a job that is on a board; false when it is on none.
bool StopRunning(DispatcherState& state, const std::string& id) {
  const std::lock_guard lock(state.mutex);
  for (const auto& slot : state.slots) {
    if (!slot->running || slot->running->id != id) continue;
    slot->running->cancelled = true;
    slot->running->stop.RequestStop();
    return true;
  }
  return false;
}

ApiOutcome<BoardInfo> OperateBoard(DispatcherState& state, const std::string& name,
                                   BoardEvent event) {
  const std::lock_guard lock(state.mutex);
  BoardSlot* slot = FindSlot(state, name);
  if (slot == nullptr) {
    std::vector<std::string> names;
    for (const auto& other : state.slots) names.push_back(other->config.name);
    return Refuse<BoardInfo>(404, "unknown_board",
                             WithNearest("no board '" + name + "'", name, names));
  }
  ApplyBoardEvent(state, *slot, event, "");
  state.changed.notify_all();
  return {200, InfoOf(state, *slot), {}};
}

void Unqueue(DispatcherState& state, const std::string& id) {
  const std::lock_guard lock(state.mutex);
  std::erase_if(state.queue, [&](const QueueEntry& entry) { return entry.id == id; });
}

}  // namespace

Dispatcher::Dispatcher(std::unique_ptr<DispatcherState> state) : state_(std::move(state)) {}
Dispatcher::~Dispatcher() { Stop(); }

Expected<std::unique_ptr<Dispatcher>> Dispatcher::Create(DispatcherOptions options, JobStore* store,
                                                         const BlobStore* blobs,
                                                         std::vector<BenchBoard> boards) {
  auto state = std::make_unique<DispatcherState>();
  state->options = std::move(options);
  state->store = store;
  state->blobs = blobs;
  std::error_code failed;
  std::filesystem::remove_all(state->options.work_folder, failed);  // of an agent that was killed
  std::string why;
  if (!CreateFolder(state->options.work_folder, &why) ||
      !CreateFolder(state->options.logs_folder, &why)) {
    return Error{ErrorCode::kIo, why};
  }
  auto queued = store->Queued();
  if (!queued.ok()) return queued.error();
  for (const JobRecord& job : *queued) {
    state->queue.push_back(MakeQueueEntry(job.status, job.request));
  }
  for (BenchBoard& board : boards) {
    state->slots.push_back(std::make_unique<BoardSlot>());
    state->slots.back()->config = std::move(board.config);
    state->slots.back()->runner = std::move(board.runner);
  }
  return std::unique_ptr<Dispatcher>(new Dispatcher(std::move(state)));
}

void Dispatcher::Start() {
  for (const auto& slot : state_->slots) {
    slot->worker = std::thread([this, board = slot.get()] { WorkOnBoard(*state_, *board); });
  }
}

void Dispatcher::Stop() {
  std::map<uint64_t, JobWatch> watches;
  {
    const std::lock_guard lock(state_->mutex);
    state_->stopping = true;
    for (const auto& slot : state_->slots) {
      slot->canary_stop.RequestStop();
      if (slot->running) slot->running->stop.RequestStop();
    }
    watches.swap(state_->watches);
    state_->changed.notify_all();
  }
  for (const auto& [id, watch] : watches) watch.changed();
  for (const auto& slot : state_->slots) {
    if (slot->worker.joinable()) slot->worker.join();
  }
}

ApiOutcome<JobStatus> Dispatcher::Submit(const JobRequest& request) {
  const std::vector<std::string> targets = BoardTargets(*state_);
  if (std::find(targets.begin(), targets.end(), request.board) == targets.end()) {
    return Refuse<JobStatus>(
        422, "unknown_board",
        WithNearest("no board '" + request.board + "'", request.board, targets));
  }
  if (!state_->blobs->Has(request.blob)) {
    return Refuse<JobStatus>(422, "unknown_blob",
                             "blob " + request.blob + " is not here: PUT /v1/blobs/ it first");
  }
  const Expected<Accepted> accepted = state_->store->Accept(request, state_->options.queue_limit);
  if (!accepted.ok()) return RefuseForStorage<JobStatus>(accepted.error());
  switch (accepted->outcome) {
    case AcceptOutcome::kConflict:
      return Refuse<JobStatus>(409, "key_conflict",
                               "idempotency key '" + request.idempotency_key +
                                   "' belongs to another request (job " + accepted->status.id +
                                   ")");
    case AcceptOutcome::kFull:
      return Refuse<JobStatus>(
          429, "queue_full",
          std::to_string(state_->options.queue_limit) + " jobs are waiting already; try again");
    case AcceptOutcome::kSame:
      return {200, accepted->status, {}};
    case AcceptOutcome::kCreated:
      break;
  }
  const std::lock_guard lock(state_->mutex);
  state_->queue.push_back(MakeQueueEntry(accepted->status, request));
  state_->changed.notify_all();
  return {202, accepted->status, {}};
}

ApiOutcome<JobStatus> Dispatcher::Find(const std::string& id) {
  const auto found = state_->store->Find(id);
  if (!found.ok()) return RefuseForStorage<JobStatus>(found.error());
  if (!found->has_value()) return UnknownJob<JobStatus>(id);
  return {200, (*found)->status, {}};
}

ApiOutcome<JobStatus> Dispatcher::Cancel(const std::string& id) {
  for (int round = 0; round < 3; ++round) {  // the job may change between the two looks
    const Expected<bool> cancelled = state_->store->CancelQueued(id);
    if (!cancelled.ok()) return RefuseForStorage<JobStatus>(cancelled.error());
    if (*cancelled) {
      Unqueue(*state_, id);
      AnnounceFinal(*state_, id);
      return Find(id);
    }
    const bool stopped = StopRunning(*state_, id);
    ApiOutcome<JobStatus> now = Find(id);
    if (!now.ok() || IsFinal(now.value.state)) return now;
    if (stopped) {
      now.http_status = 202;
      return now;
    }
  }
  return Find(id);
}

ApiOutcome<std::string> Dispatcher::Log(const std::string& id, int64_t from) {
  const ApiOutcome<JobStatus> job = Find(id);
  if (!job.ok()) return Refuse<std::string>(job.http_status, job.error.code, job.error.message);
  std::ifstream file(LogPath(*state_, id), std::ios::binary);
  std::string text;
  if (file && file.seekg(from)) {
    text.resize(kLogChunk);
    file.read(text.data(), kLogChunk);
    text.resize(static_cast<size_t>(std::max<std::streamsize>(0, file.gcount())));
  }
  return {200, text, {}};
}

std::vector<BoardInfo> Dispatcher::Boards() {
  const std::lock_guard lock(state_->mutex);
  std::vector<BoardInfo> boards;
  for (const auto& slot : state_->slots) boards.push_back(InfoOf(*state_, *slot));
  return boards;
}

ApiOutcome<BoardInfo> Dispatcher::Drain(const std::string& board) {
  return OperateBoard(*state_, board, BoardEvent::kDrain);
}

ApiOutcome<BoardInfo> Dispatcher::Resume(const std::string& board) {
  return OperateBoard(*state_, board, BoardEvent::kResume);
}

bool Dispatcher::Ready() {
  const std::lock_guard lock(state_->mutex);
  return std::any_of(state_->slots.begin(), state_->slots.end(), [](const auto& slot) {
    const BoardHealth& health = slot->health;
    return !health.drain_requested &&
           (health.state == BoardState::kIdle || health.state == BoardState::kBusy);
  });
}

uint64_t Dispatcher::Watch(const std::vector<std::string>& ids, std::function<void()> changed) {
  std::unique_lock lock(state_->mutex);
  if (state_->stopping) {
    lock.unlock();
    changed();
    return 0;
  }
  const uint64_t watch = state_->next_watch++;
  state_->watches[watch] = {{ids.begin(), ids.end()}, std::move(changed)};
  return watch;
}

void Dispatcher::Unwatch(uint64_t watch) {
  const std::lock_guard lock(state_->mutex);
  state_->watches.erase(watch);
}

}  // namespace mcunas
