// A request to stop that long work polls between steps. Ctrl-C and SIGTERM set it.
#pragma once

#include <atomic>

namespace mcunas {

class StopToken {
 public:
  void RequestStop() { requested_.store(true, std::memory_order_relaxed); }
  bool stop_requested() const { return requested_.load(std::memory_order_relaxed); }

 private:
  std::atomic<bool> requested_{false};
};

// Routes SIGINT and SIGTERM to `token`, which must live until the process ends. A second SIGINT
// kills.
void StopOnSignals(StopToken* token);

}  // namespace mcunas
