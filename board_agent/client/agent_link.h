// AgentLink: one agent as the client sees it - is it up, when to try again, what it holds. Private
// to client/.
#pragma once

#include <chrono>
#include <set>
#include <string>
#include <vector>

#include "board_agent/client/agent_client.h"
#include "board_agent/client/http_client.h"
#include "board_agent/protocol/job_request.h"

namespace mcunas {

using SteadyTime = std::chrono::steady_clock::time_point;

// What became of one request to submit or upload.
enum class SubmitOutcome {
  kAccepted,      // `id` is set
  kLater,         // the agent is down, full or lost a blob: try again
  kUnknownBoard,  // this agent has no such board; `message` names the nearest
  kKeyTaken,      // the key belongs to another request
  kImageTooLarge,
};

struct SubmitReply {
  SubmitOutcome outcome = SubmitOutcome::kLater;
  std::string id;
  std::string message;
};

class AgentLink {
 public:
  AgentLink(AgentUrl url, std::string token, const ClientPolicy& policy);

  // May a call be made now? False while it is down and the pause has not ended.
  bool Ready() const;
  // Down for longer than the policy's failover.
  bool GivenUp() const;
  bool HasBoard(const std::string& board) const { return !lacks_.contains(board); }

  // Uploads the image if this agent is not known to hold it, then submits. Errors are those that
  // waiting does not heal (see AgentClient::Measure).
  Expected<SubmitReply> Submit(const JobRequest& job, const std::string& elf_path);

  // Waits up to the policy's poll_time for one of the jobs. An empty list: nothing can be said now.
  Expected<JobList> Poll(const std::vector<std::string>& ids, std::chrono::milliseconds wait);

  const std::string& url() const { return url_.text; }
  int in_flight = 0;

 private:
  // The reply, or kUnavailable after noting that the agent is down (no reply, or 5xx); kUsage when
  // the token is refused.
  Expected<HttpReply> Call(const HttpRequest& request);
  // kAccepted: the agent holds the image now.
  Expected<SubmitReply> Upload(const std::string& sha256, const std::string& elf_path);
  Expected<SubmitReply> JudgeSubmit(const JobRequest& job, const HttpReply& reply);
  void NoteDown(const std::string& why);
  void NoteUp();

  AgentUrl url_;
  std::string token_;
  ClientPolicy policy_;
  std::set<std::string> blobs_;
  std::set<std::string> lacks_;
  bool down_ = false;
  SteadyTime down_since_{};
  SteadyTime retry_at_{};
  SteadyTime last_warning_{};
  std::chrono::milliseconds pause_{0};
};

}  // namespace mcunas
