// ConnectionTable: who holds the server's seats, and who has to leave when they run out.
//
// A crowd that connects and says nothing may not shut out those who do: a full table gives the seat
// of whoever has kept the server waiting longest to the newcomer, and no peer keeps more silent
// connections than its share. What a complete, permitted request asks for comes before silence, and
// a long poll is never dropped; their number is bounded instead, so that there is always a seat
// to give. Thread rule: every function may be called from any thread.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <mutex>
#include <string>

namespace mcunas {

// What a connection is doing. Those who do less leave first.
enum class ConnectionPhase {
  kSilent,    // no complete request: half open, between two requests, or about to be closed
  kTransfer,  // a permitted request: its body or its reply is on the way
  kHeld,      // a long poll: the reply is held back
};
inline constexpr int kConnectionPhases = 3;

struct ConnectionLimits {
  int total = 1000;
  int held = 900;             // long polls; fewer than all
  int silent_per_peer = 250;  // of one address
};

class ConnectionTable {
 public:
  using Id = uint64_t;

  explicit ConnectionTable(const ConnectionLimits& limits) : limits_(limits) {}

  // Seats a connection, silent. `drop` closes it and is called at most once, from any thread and
  // while the table is locked: it may not call the table. Whoever loses the seat for this is
  // dropped; 0: nobody could be, the newcomer stays outside.
  Id Admit(const std::string& peer, std::function<void()> drop);
  // It goes on with something else; false: too many are held already, and it stays what it was.
  // Ids that were dropped are taken and ignored.
  bool Enter(Id id, ConnectionPhase phase);
  void Leave(Id id);
  // Drops the silent connection that waited longest; false: there is none.
  bool DropSilent();

  int size() const;

 private:
  struct Entry {
    std::string peer;
    std::function<void()> drop;
    ConnectionPhase phase = ConnectionPhase::kSilent;
    uint64_t since = 0;  // order in which connections came to their phases
  };
  using Queue = std::map<uint64_t, Id>;  // Entry::since -> connection, the oldest first

  Queue& QueueOf(ConnectionPhase phase) { return queues_[static_cast<size_t>(phase)]; }
  void Join(Id id, Entry* entry, ConnectionPhase phase);
  void Part(const Entry& entry);
  void Drop(Id id);
  bool DropOldest(ConnectionPhase phase);
  void DropOldestOf(const std::string& peer);

  const ConnectionLimits limits_;
  mutable std::mutex mutex_;
  std::map<Id, Entry> entries_;
  std::array<Queue, kConnectionPhases> queues_;
  std::map<std::string, Queue> silent_of_;  // the silent ones again, by peer
  uint64_t next_ = 1;
};

}  // namespace mcunas
