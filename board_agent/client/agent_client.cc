#include "board_agent/client/agent_client.h"

#include <algorithm>
#include <thread>

#include "board_agent/client/agent_link.h"
#include "board_agent/protocol/api_error.h"
#include "board_agent/protocol/checksum.h"
#include "common/file.h"
#include "common/image_crc32.h"
#include "common/log.h"
#include "common/stop.h"

namespace mcunas {
namespace {

using std::chrono::milliseconds;
using std::chrono::steady_clock;

constexpr milliseconds kIdlePause{50};
constexpr milliseconds kResubmitPause{1'000};
constexpr size_t kReadableKey = 120;  // longer or odd keys are hashed

enum class Phase { kSubmit, kPoll, kDone };

// One request of the batch on its way.
struct Task {
  const MeasurementRequest* request = nullptr;
  JobRequest wire;
  std::string base_key;
  Phase phase = Phase::kSubmit;
  AgentLink* agent = nullptr;  // while kPoll
  std::string id;
  int resubmissions = 0;
  SteadyTime not_before{};
  MeasurementOutcome outcome;

  void Finish(MeasurementOutcome result) {
    outcome = std::move(result);
    Detach();
    phase = Phase::kDone;
  }
  void Detach() {
    if (agent != nullptr) --agent->in_flight;
    agent = nullptr;
    phase = Phase::kSubmit;
  }
};

std::string WireKey(const Task& task) {
  if (task.resubmissions == 0) return task.base_key;
  return task.base_key + ".again" + std::to_string(task.resubmissions);
}

// The caller's key, made unique to the content: a rebuilt image is another job, not a conflict.
std::string BaseKey(const MeasurementRequest& request, const JobRequest& wire) {
  const std::string content = Sha256Hex(request.idempotency_key + "\n" + JobRequestToJson(wire));
  const std::string& key = request.idempotency_key;
  const bool readable =
      key.size() <= kReadableKey &&
      std::all_of(key.begin(), key.end(), [](char c) { return c > ' ' && c < 127; });
  return (readable ? key : "") + "." + content.substr(0, 24);
}

Expected<Task> MakeTask(const MeasurementRequest& request, const BenchConfig& config) {
  const Expected<std::string> image = ReadFile(request.elf_path);
  if (!image.ok()) return image.error();
  Task task;
  task.request = &request;
  task.wire.blob = Sha256Hex(*image);
  task.wire.board = request.board;
  task.wire.repetitions = std::clamp(request.repetitions, 1, 64);
  task.wire.timeout_s = config.timeout_s;
  task.wire.network_hash = request.network_hash.Hex();
  if (!request.golden_output.empty()) {
    task.wire.kind = JobKind::kValidate;
    task.wire.golden_crc32 = ImageCrc32(request.golden_output);
  }
  task.base_key = BaseKey(request, task.wire);
  task.wire.idempotency_key = task.base_key;
  return task;
}

// The agent gave the job up for its own reasons: once more, under a new key, but not for ever.
void Resubmit(Task* task, const ClientPolicy& policy, const BoardFailure& why) {
  if (!IsWorthRetrying(why.kind) || task->resubmissions >= policy.resubmissions) {
    return task->Finish(why);
  }
  task->Detach();
  ++task->resubmissions;
  task->wire.idempotency_key = WireKey(*task);
  task->not_before = steady_clock::now() + kResubmitPause * task->resubmissions;
  LogWarning("measurement on " + task->wire.board + " is submitted again after " +
             FailureKindName(why.kind) + ": " + why.message);
}

void TakeStatus(Task* task, const JobStatus& status, const ClientPolicy& policy) {
  if (status.idempotency_key != task->wire.idempotency_key) return task->Detach();
  switch (status.state) {
    case JobState::kDone:
      return task->Finish(ToMeasurement(*status.result));
    case JobState::kFailed: {
      const BoardFailure failure =
          status.failure.value_or(BoardFailure{FailureKind::kTransferError, "no reason was given"});
      if (!BlamesCandidate(failure.kind)) return Resubmit(task, policy, failure);
      return task->Finish(failure);
    }
    case JobState::kCancelled:
      return Resubmit(task, policy, {FailureKind::kCancelled, "the job was ended on the agent"});
    case JobState::kExpired:
      return Resubmit(task, policy, {FailureKind::kExpired, "the job was ended on the agent"});
    case JobState::kQueued:
    case JobState::kLeased:
    case JobState::kFlashing:
    case JobState::kRunning:
    case JobState::kCollecting:
      return;  // still on its way
  }
}

}  // namespace

struct AgentClient::State {
  BenchConfig config;
  ClientPolicy policy;
  std::vector<std::unique_ptr<AgentLink>> agents;
  std::string last_refusal;

  // Null: none can take it now. kNotFound: no agent has the board.
  Expected<AgentLink*> Pick(const Task& task);
  Expected<void> Submit(Task* task);
  void TakeSubmitReply(Task* task, AgentLink* agent, const SubmitReply& reply);
  Expected<bool> PollAgent(AgentLink* agent, std::vector<Task>* tasks);
  void LeaveDeadAgents(std::vector<Task>* tasks);
  // One round over all tasks; true when it waited for somebody.
  Expected<bool> Advance(std::vector<Task>* tasks, const StopToken& stop);
};

Expected<AgentLink*> AgentClient::State::Pick(const Task& task) {
  AgentLink* best = nullptr;
  bool anybody = false;
  for (const auto& agent : agents) {
    if (!agent->HasBoard(task.wire.board)) continue;
    anybody = true;
    if (!agent->Ready() || agent->in_flight >= policy.jobs_per_agent) continue;
    if (best == nullptr || agent->in_flight < best->in_flight) best = agent.get();
  }
  if (!anybody) return Error{ErrorCode::kNotFound, last_refusal};
  return best;
}

Expected<void> AgentClient::State::Submit(Task* task) {
  if (steady_clock::now() < task->not_before) return {};
  // An agent that turns out to be away must not keep the job from the next one.
  for (size_t i = 0; i < agents.size() && task->phase == Phase::kSubmit; ++i) {
    const Expected<AgentLink*> agent = Pick(*task);
    if (!agent.ok()) return agent.error();
    if (*agent == nullptr) return {};
    const Expected<SubmitReply> reply = (*agent)->Submit(task->wire, task->request->elf_path);
    if (!reply.ok()) return reply.error();
    TakeSubmitReply(task, *agent, *reply);
  }
  return {};
}

void AgentClient::State::TakeSubmitReply(Task* task, AgentLink* agent, const SubmitReply& reply) {
  switch (reply.outcome) {
    case SubmitOutcome::kAccepted:
      task->phase = Phase::kPoll;
      task->id = reply.id;
      task->agent = agent;
      ++agent->in_flight;
      break;
    case SubmitOutcome::kUnknownBoard:
      last_refusal = reply.message;
      break;
    case SubmitOutcome::kKeyTaken:
      Resubmit(task, policy, {FailureKind::kKeyConflict, reply.message});
      break;
    case SubmitOutcome::kImageTooLarge:
      task->Finish(BoardFailure{FailureKind::kBadImage, reply.message});
      break;
    case SubmitOutcome::kLater:
      break;
  }
}

Expected<bool> AgentClient::State::PollAgent(AgentLink* agent, std::vector<Task>* tasks) {
  std::vector<std::string> ids;
  for (const Task& task : *tasks) {
    if (task.phase == Phase::kPoll && task.agent == agent) ids.push_back(task.id);
  }
  if (ids.empty() || !agent->Ready()) return false;
  const auto wait = policy.poll_time / static_cast<int64_t>(agents.size());
  const Expected<JobList> list = agent->Poll(ids, wait);
  if (!list.ok()) return list.error();
  for (Task& task : *tasks) {
    if (task.phase != Phase::kPoll || task.agent != agent) continue;
    for (const JobStatus& status : list->jobs) {
      if (status.id != task.id) continue;
      TakeStatus(&task, status, policy);
      break;
    }
    const auto& unknown = list->unknown;
    const bool lost = std::find(unknown.begin(), unknown.end(), task.id) != unknown.end();
    if (lost && task.phase == Phase::kPoll) task.Detach();  // submitted again with the same key
  }
  return !list->jobs.empty();
}

void AgentClient::State::LeaveDeadAgents(std::vector<Task>* tasks) {
  const bool others_live = std::any_of(agents.begin(), agents.end(),
                                       [](const auto& agent) { return !agent->GivenUp(); });
  if (!others_live) return;
  for (Task& task : *tasks) {
    if (task.phase == Phase::kPoll && task.agent->GivenUp()) task.Detach();
  }
}

Expected<bool> AgentClient::State::Advance(std::vector<Task>* tasks, const StopToken& stop) {
  LeaveDeadAgents(tasks);
  for (Task& task : *tasks) {
    if (stop.stop_requested()) return true;
    if (task.phase != Phase::kSubmit) continue;
    if (auto submitted = Submit(&task); !submitted.ok()) return submitted.error();
  }
  bool waited = false;
  for (const auto& agent : agents) {
    if (stop.stop_requested()) return true;
    const Expected<bool> polled = PollAgent(agent.get(), tasks);
    if (!polled.ok()) return polled.error();
    waited = waited || *polled;
  }
  return waited;
}

AgentClient::AgentClient(std::unique_ptr<State> state) : state_(std::move(state)) {}
AgentClient::~AgentClient() = default;

Expected<std::unique_ptr<AgentClient>> AgentClient::Create(const BenchConfig& config,
                                                           const ClientPolicy& policy) {
  auto state = std::make_unique<State>();
  state->config = config;
  state->policy = policy;
  const Expected<std::string> token = ReadTokenFile(config.token_file);
  if (!token.ok()) return token.error();
  for (const std::string& agent : config.agents) {
    Expected<AgentUrl> url = ParseAgentUrl(agent);
    if (!url.ok()) return url.error();
    state->agents.push_back(std::make_unique<AgentLink>(*std::move(url), *token, policy));
  }
  if (state->agents.empty()) {
    return Error{ErrorCode::kUsage, "bench.agents names no agent"};
  }
  return std::unique_ptr<AgentClient>(new AgentClient(std::move(state)));
}

Expected<std::vector<MeasurementOutcome>> AgentClient::Measure(
    std::span<const MeasurementRequest> batch, const StopToken& stop) {
  std::vector<Task> tasks;
  for (const MeasurementRequest& request : batch) {
    Expected<Task> task = MakeTask(request, state_->config);
    if (!task.ok()) return task.error();
    tasks.push_back(*std::move(task));
  }
  for (const auto& agent : state_->agents) agent->in_flight = 0;
  const auto done = [](const Task& task) { return task.phase == Phase::kDone; };
  while (!std::all_of(tasks.begin(), tasks.end(), done)) {
    if (stop.stop_requested()) {
      return Error{ErrorCode::kInterrupted,
                   "measuring was interrupted; the jobs stay on the agents"};
    }
    const Expected<bool> waited = state_->Advance(&tasks, stop);
    if (!waited.ok()) return waited.error();
    if (!*waited) std::this_thread::sleep_for(kIdlePause);
  }
  std::vector<MeasurementOutcome> outcomes;
  for (Task& task : tasks) outcomes.push_back(std::move(task.outcome));
  return outcomes;
}

Expected<std::vector<BoardInfo>> ListBoards(const std::string& url, const std::string& token) {
  const Expected<AgentUrl> agent = ParseAgentUrl(url);
  if (!agent.ok()) return agent.error();
  HttpRequest request;
  request.target = "/v1/boards";
  request.token = token;
  request.connect_time = milliseconds(1000);
  request.total_time = milliseconds(2000);
  const Expected<HttpReply> reply = CallAgent(*agent, request);
  if (!reply.ok()) {
    return Error{ErrorCode::kUnavailable,
                 "agent " + url +
                     " is not reachable: start it with: mcunas-agent --bench "
                     "configs/benches/local-virtual.yaml"};
  }
  if (reply->status == 200) return BoardsFromJson(reply->body);
  const Expected<ApiError> error = ApiErrorFromJson(reply->body);
  const std::string why =
      error.ok() ? error->message : "HTTP status " + std::to_string(reply->status);
  return Error{reply->status == 401 ? ErrorCode::kUsage : ErrorCode::kUnavailable,
               "agent " + url + " refuses: " + why};
}

Measurement ToMeasurement(const JobResult& result) {
  return {BoardCounts(result), result.board_class,
          result.is_virtual ? Source::kEmulated : Source::kMeasured};
}

}  // namespace mcunas
