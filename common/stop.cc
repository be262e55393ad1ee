#include "common/stop.h"

#include <csignal>

#include "common/check.h"

namespace mcunas {
namespace {

// Signal handlers take no argument, so the token has to be reachable from here.
std::atomic<StopToken*> signal_token{nullptr};
static_assert(std::atomic<StopToken*>::is_always_lock_free);

extern "C" void RequestStopOnSignal(int signal_number) {
  StopToken* token = signal_token.load();
  if (token != nullptr) token->RequestStop();
  // Saving may hang on a dead disk: the next Ctrl-C ends the process in the system's own way.
  if (signal_number == SIGINT) std::signal(SIGINT, SIG_DFL);
}

}  // namespace

void StopOnSignals(StopToken* token) {
  signal_token.store(token);
  struct sigaction action = {};
  action.sa_handler = RequestStopOnSignal;
  action.sa_flags = SA_RESTART;
  sigemptyset(&action.sa_mask);
  for (const int signal_number : {SIGINT, SIGTERM}) {
    MCUNAS_CHECK(::sigaction(signal_number, &action, nullptr) == 0, "cannot catch signals");
  }
}

}  // namespace mcunas
