#include "board_agent/server/dispatcher_state.h"

#include "common/log.h"

namespace mcunas {

void ApplyBoardEvent(DispatcherState& state, BoardSlot& slot, BoardEvent event,
                     const std::string& reason) {
  const BoardState before = slot.health.state;
  slot.health = Next(slot.health, event, reason, state.options.health);
  slot.last_event = std::chrono::steady_clock::now();
  const BoardState after = slot.health.state;
  const bool job_event = before == BoardState::kBusy || after == BoardState::kBusy;
  if (before == after ||
      (job_event && (after == BoardState::kIdle || after == BoardState::kBusy))) {
    return;
  }
  const bool bad = after == BoardState::kMissing || after == BoardState::kQuarantined ||
                   after == BoardState::kSuspect;
  const std::string why = slot.health.reason.empty() ? "" : ": " + slot.health.reason;
  Log(bad ? LogLevel::kWarning : LogLevel::kInfo,
      "board " + slot.config.name + " is " + BoardStateName(after) + why);
}

void AnnounceFinal(DispatcherState& state, const std::string& id) {
  std::vector<std::function<void()>> calls;
  {
    const std::lock_guard lock(state.mutex);
    for (auto it = state.watches.begin(); it != state.watches.end();) {
      if (!it->second.ids.contains(id)) {
        ++it;
        continue;
      }
      calls.push_back(std::move(it->second.changed));
      it = state.watches.erase(it);
    }
  }
  for (const auto& call : calls) call();
}

QueueEntry MakeQueueEntry(const JobStatus& status, const JobRequest& request) {
  const double expires = request.expires_s > 0 ? status.created + request.expires_s : 0;
  return {status.id, request.board, expires};
}

std::filesystem::path LogPath(const DispatcherState& state, const std::string& id) {
  return state.options.logs_folder / (id + ".log");
}

}  // namespace mcunas
