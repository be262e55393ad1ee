#include "board_agent/server/api.h"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <cstdlib>

#include "board_agent/protocol/checksum.h"

namespace mcunas {
namespace {

template <typename T>
ApiReply Failed(const ApiOutcome<T>& outcome) {
  ApiReply reply = ErrorReply(outcome.http_status, outcome.error.code, outcome.error.message);
  if (outcome.http_status == 429 || outcome.http_status == 503) {
    reply.headers.emplace_back("Retry-After", "1");
  }
  return reply;
}

ApiReply JobReply(const ApiOutcome<JobStatus>& outcome) {
  if (!outcome.ok()) return Failed(outcome);
  ApiReply reply;
  reply.status = outcome.http_status;
  reply.body = JobStatusToJson(outcome.value);
  return reply;
}

ApiReply BoardReply(const ApiOutcome<BoardInfo>& outcome) {
  if (!outcome.ok()) return Failed(outcome);
  ApiReply reply;
  reply.body = BoardsToJson({outcome.value});
  return reply;
}

ApiReply StateReply(int status, std::string_view state) {
  ApiReply reply;
  reply.status = status;
  reply.body = SimpleStateToJson(state);
  return reply;
}

std::vector<std::string> SplitIds(const std::string& text) {
  std::vector<std::string> ids;
  size_t begin = 0;
  while (begin < text.size()) {
    const size_t end = std::min(text.find(',', begin), text.size());
    if (end > begin) ids.push_back(text.substr(begin, end - begin));
    begin = end + 1;
  }
  return ids;
}

double WaitSeconds(const std::string& query) {
  const std::string text = QueryValue(query, "wait");
  const double seconds = std::strtod(text.c_str(), nullptr);
  return std::isfinite(seconds) ? std::clamp(seconds, 0.0, kLongestPollSeconds) : 0;
}

}  // namespace

ApiReply ErrorReply(int status, const std::string& code, const std::string& message) {
  ApiReply reply;
  reply.status = status;
  reply.body = ApiErrorToJson({code, message});
  return reply;
}

std::optional<LongPoll> Api::LongPollOf(const ApiCall& call) const {
  LongPoll poll;
  poll.seconds = WaitSeconds(call.query);
  if (poll.seconds <= 0) return std::nullopt;
  if (call.route->id == RouteId::kGetJob) poll.ids = call.parameters;
  if (call.route->id == RouteId::kListJobs) poll.ids = SplitIds(QueryValue(call.query, "ids"));
  if (poll.ids.empty() || poll.ids.size() > kMostIds) return std::nullopt;
  return poll;
}

bool Api::AnyFinal(const std::vector<std::string>& ids) {
  return std::any_of(ids.begin(), ids.end(), [&](const std::string& id) {
    const ApiOutcome<JobStatus> job = dispatcher_->Find(id);
    return !job.ok() || IsFinal(job.value.state);
  });
}

ApiReply Api::Submit(const ApiCall& call) {
  const Expected<JobRequest> request = JobRequestFromJson(call.body);
  if (!request.ok()) return ErrorReply(400, "bad_request", request.error().message);
  const ApiOutcome<JobStatus> outcome = dispatcher_->Submit(*request);
  ApiReply reply = JobReply(outcome);
  if (outcome.ok()) reply.headers.emplace_back("Location", "/v1/jobs/" + outcome.value.id);
  return reply;
}

ApiReply Api::List(const ApiCall& call) {
  const std::vector<std::string> ids = SplitIds(QueryValue(call.query, "ids"));
  if (ids.empty()) return ErrorReply(400, "bad_request", "the query needs ids=ID,ID,...");
  if (ids.size() > kMostIds) {
    return ErrorReply(400, "bad_request",
                      "at most " + std::to_string(kMostIds) + " ids in one request");
  }
  JobList list;
  for (const std::string& id : ids) {
    const ApiOutcome<JobStatus> job = dispatcher_->Find(id);
    if (job.ok()) {
      list.jobs.push_back(job.value);
    } else if (job.http_status == 404) {
      list.unknown.push_back(id);
    } else {
      return Failed(job);  // "unknown" would make the client submit it again
    }
  }
  ApiReply reply;
  reply.body = JobListToJson(list);
  return reply;
}

ApiReply Api::Log(const ApiCall& call) {
  int64_t from = 0;
  const std::string text = QueryValue(call.query, "from");
  const char* end = text.data() + text.size();
  if (!text.empty() && (std::from_chars(text.data(), end, from).ptr != end || from < 0)) {
    return ErrorReply(400, "bad_request", "from must be a byte offset");
  }
  const ApiOutcome<std::string> log = dispatcher_->Log(call.parameters[0], from);
  if (!log.ok()) return Failed(log);
  ApiReply reply;
  reply.body = log.value;
  reply.content_type = "text/plain; charset=utf-8";
  reply.headers.emplace_back("X-Next-Offset",
                             std::to_string(from + static_cast<int64_t>(log.value.size())));
  return reply;
}

ApiReply Api::Handle(const ApiCall& call) {
  switch (call.route->id) {
    case RouteId::kHealth:
      return StateReply(200, "ok");
    case RouteId::kReady:
      return dispatcher_->Ready() ? StateReply(200, "ready")
                                  : StateReply(503, "no board is usable");
    case RouteId::kHeadBlob:
      return blobs_->Has(call.parameters[0])
                 ? StateReply(200, "stored")
                 : ErrorReply(404, "unknown_blob", "no blob " + call.parameters[0]);
    case RouteId::kSubmitJob:
      return Submit(call);
    case RouteId::kListJobs:
      return List(call);
    case RouteId::kGetJob:
      return JobReply(dispatcher_->Find(call.parameters[0]));
    case RouteId::kGetLog:
      return Log(call);
    case RouteId::kCancelJob:
      return JobReply(dispatcher_->Cancel(call.parameters[0]));
    case RouteId::kListBoards: {
      ApiReply reply;
      reply.body = BoardsToJson(dispatcher_->Boards());
      return reply;
    }
    case RouteId::kDrainBoard:
      return BoardReply(dispatcher_->Drain(call.parameters[0]));
    case RouteId::kResumeBoard:
      return BoardReply(dispatcher_->Resume(call.parameters[0]));
    case RouteId::kPutBlob:
      break;
  }
  return ErrorReply(500, "internal", "uploads do not come here");
}

}  // namespace mcunas
