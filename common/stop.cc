#include "common/stop.h"

#include <csignal>

namespace mcunas {
namespace {

// A signal handler has no other way to reach its token.
std::atomic<StopToken*> g_token{nullptr};

void HandleSignal(int number) {
  StopToken* token = g_token.load();
  if (token == nullptr) return;
  if (number == SIGINT && token->stop_requested()) {
    std::signal(SIGINT, SIG_DFL);
    std::raise(SIGINT);
  }
  token->RequestStop();
}

}  // namespace

void StopOnSignals(StopToken* token) {
  g_token.store(token);
  std::signal(SIGINT, HandleSignal);
  std::signal(SIGTERM, HandleSignal);
}

}  // namespace mcunas
