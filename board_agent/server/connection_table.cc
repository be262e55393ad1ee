#include "board_agent/server/connection_table.h"

#include <utility>

namespace mcunas {

void ConnectionTable::Join(Id id, Entry* entry, ConnectionPhase phase) {
  entry->phase = phase;
  entry->since = next_++;
  QueueOf(phase).emplace(entry->since, id);
  if (phase == ConnectionPhase::kSilent) silent_of_[entry->peer].emplace(entry->since, id);
}

void ConnectionTable::Part(const Entry& entry) {
  QueueOf(entry.phase).erase(entry.since);
  if (entry.phase != ConnectionPhase::kSilent) return;
  const auto of_peer = silent_of_.find(entry.peer);
  of_peer->second.erase(entry.since);
  if (of_peer->second.empty()) silent_of_.erase(of_peer);
}

void ConnectionTable::Drop(Id id) {
  const auto entry = entries_.find(id);
  entry->second.drop();
  Part(entry->second);
  entries_.erase(entry);
}

bool ConnectionTable::DropOldest(ConnectionPhase phase) {
  if (QueueOf(phase).empty()) return false;
  Drop(QueueOf(phase).begin()->second);
  return true;
}

void ConnectionTable::DropOldestOf(const std::string& peer) {
  const auto silent = silent_of_.find(peer);
  if (silent == silent_of_.end()) return;
  if (silent->second.size() < static_cast<size_t>(limits_.silent_per_peer)) return;
  Drop(silent->second.begin()->second);
}

ConnectionTable::Id ConnectionTable::Admit(const std::string& peer, std::function<void()> drop) {
  const std::lock_guard lock(mutex_);
  DropOldestOf(peer);
  const bool full = entries_.size() >= static_cast<size_t>(limits_.total);
  if (full && !DropOldest(ConnectionPhase::kSilent) && !DropOldest(ConnectionPhase::kTransfer)) {
    return 0;
  }
  const Id id = next_++;
  Entry& entry = entries_[id];
  entry.peer = peer;
  entry.drop = std::move(drop);
  Join(id, &entry, ConnectionPhase::kSilent);
  return id;
}

bool ConnectionTable::Enter(Id id, ConnectionPhase phase) {
  const std::lock_guard lock(mutex_);
  const auto entry = entries_.find(id);
  if (entry == entries_.end()) return true;
  const size_t held = QueueOf(ConnectionPhase::kHeld).size();
  if (phase == ConnectionPhase::kHeld && held >= static_cast<size_t>(limits_.held)) return false;
  Part(entry->second);
  Join(id, &entry->second, phase);
  return true;
}

void ConnectionTable::Leave(Id id) {
  const std::lock_guard lock(mutex_);
  const auto entry = entries_.find(id);
  if (entry == entries_.end()) return;
  Part(entry->second);
  entries_.erase(entry);
}

bool ConnectionTable::DropSilent() {
  const std::lock_guard lock(mutex_);
  return DropOldest(ConnectionPhase::kSilent);
}

int ConnectionTable::size() const {
  const std::lock_guard lock(mutex_);
  return static_cast<int>(entries_.size());
}

}  // namespace mcunas
