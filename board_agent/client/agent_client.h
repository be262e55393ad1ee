// AgentClient: measures firmware on the boards of one or more agents (LatencyEvaluator over HTTP).
//
// Delays, never fails: an agent that is down, restarts or lost its state is waited for, with
// growing pauses and a warning at once and every 30 s, for as long as `stop` allows. Keys make that
// safe: a job that was accepted once is found again and not run twice. Only facts about a
// candidate, or an image that no bench can run, come back as failures. Thread rule: one thread at a
// time per AgentClient.
#pragma once

#include <chrono>
#include <memory>
#include <string>
#include <vector>

#include "board_agent/client/config.h"
#include "board_agent/protocol/board_info.h"
#include "board_agent/protocol/job_status.h"
#include "common/expected.h"
#include "nas/evaluate/ports.h"

namespace mcunas {

struct ClientPolicy {
  std::chrono::milliseconds first_pause{200};  // after a failed call to an agent; doubles
  std::chrono::milliseconds longest_pause{5'000};
  std::chrono::milliseconds log_interval{30'000};  // between warnings about the same agent
  std::chrono::milliseconds failover{30'000};      // an agent down for longer gives up its jobs
  std::chrono::milliseconds poll_time{1'000};      // one long poll; bounds how late `stop` is seen
  int jobs_per_agent = 64;                         // submitted and unfinished
  // Of a job that an agent gave up for its own reasons; then it is a failure.
  int resubmissions = 3;
};

class AgentClient : public LatencyEvaluator {
 public:
  // kUsage: an address is wrong or the token file is unreadable. Contacts nobody yet.
  static Expected<std::unique_ptr<AgentClient>> Create(const BenchConfig& config,
                                                       const ClientPolicy& policy = {});
  ~AgentClient() override;

  // As the port says. Also kNotFound when every agent that answers says that it has no such board
  // (the message names the nearest), kUsage when the token is refused, kIo or kNotFound when an ELF
  // cannot be read.
  Expected<std::vector<MeasurementOutcome>> Measure(std::span<const MeasurementRequest> batch,
                                                    const StopToken& stop) override;

 private:
  struct State;
  explicit AgentClient(std::unique_ptr<State> state);
  std::unique_ptr<State> state_;
};

// The boards of one agent, for `mcunas boards` and `measure`. Answers within about three seconds;
// kUnavailable says how to start an agent, kUsage that it refuses the token. `token` empty: none is
// sent.
Expected<std::vector<BoardInfo>> ListBoards(const std::string& url, const std::string& token);

// A finished result as the search sees it.
Measurement ToMeasurement(const JobResult& result);

}  // namespace mcunas
