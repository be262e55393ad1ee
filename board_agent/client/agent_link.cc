#include "board_agent/client/agent_link.h"

#include <algorithm>

#include "board_agent/protocol/api_error.h"
#include "common/file.h"
#include "common/log.h"
#include "common/progress.h"
#include "common/text.h"

namespace mcunas {
namespace {

using std::chrono::milliseconds;
using std::chrono::steady_clock;

constexpr milliseconds kUploadTime{60'000};
constexpr milliseconds kPollMargin{5'000};

ApiError ErrorOf(const HttpReply& reply) {
  const Expected<ApiError> error = ApiErrorFromJson(reply.body);
  if (error.ok()) return *error;
  return {"http_" + std::to_string(reply.status), "HTTP status " + std::to_string(reply.status)};
}

Error NotOurProtocol(const std::string& url, const HttpReply& reply) {
  return {ErrorCode::kUnsupported, "agent " + url + " answers " + std::to_string(reply.status) +
                                       ": " + ErrorOf(reply).message};
}

}  // namespace

AgentLink::AgentLink(AgentUrl url, std::string token, const ClientPolicy& policy)
    : url_(std::move(url)), token_(std::move(token)), policy_(policy) {}

bool AgentLink::Ready() const { return steady_clock::now() >= retry_at_; }

bool AgentLink::GivenUp() const {
  return down_ && steady_clock::now() - down_since_ >= policy_.failover;
}

void AgentLink::NoteDown(const std::string& why) {
  const SteadyTime now = steady_clock::now();
  if (!down_) {
    down_ = true;
    down_since_ = now;
    pause_ = policy_.first_pause;
    lacks_.clear();  // it may come back with another bench file
    last_warning_ = now;
    LogWarning(why + "; waiting for it");
  } else {
    pause_ = std::min(pause_ * 2, policy_.longest_pause);
    if (now - last_warning_ >= policy_.log_interval) {
      last_warning_ = now;
      const double seconds = std::chrono::duration<double>(now - down_since_).count();
      LogWarning(why + "; still waiting after " + FormatDuration(seconds));
    }
  }
  retry_at_ = now + pause_;
}

void AgentLink::NoteUp() {
  if (!down_) return;
  down_ = false;
  LogInfo("agent " + url_.text + " is back");
}

Expected<HttpReply> AgentLink::Call(const HttpRequest& request) {
  HttpRequest signed_request = request;
  signed_request.token = token_;
  Expected<HttpReply> reply = CallAgent(url_, signed_request);
  if (!reply.ok()) {
    NoteDown(reply.error().message);
    return reply;
  }
  if (reply->status >= 500) {
    const Error error{ErrorCode::kUnavailable,
                      "agent " + url_.text + " has trouble: " + ErrorOf(*reply).message};
    NoteDown(error.message);
    return error;
  }
  NoteUp();
  if (reply->status == 401 || reply->status == 403) {
    return Error{ErrorCode::kUsage, "agent " + url_.text + " refuses: " + ErrorOf(*reply).message +
                                        " (bench.token_file)"};
  }
  return reply;
}

Expected<SubmitReply> AgentLink::Upload(const std::string& sha256, const std::string& elf_path) {
  if (blobs_.contains(sha256)) return SubmitReply{SubmitOutcome::kAccepted, "", ""};
  const Expected<std::string> image = ReadFile(elf_path);
  if (!image.ok()) return image.error();
  HttpRequest put;
  put.method = "PUT";
  put.target = "/v1/blobs/" + sha256;
  put.body = *image;
  put.content_type = "application/octet-stream";
  put.total_time = kUploadTime;
  const Expected<HttpReply> reply = Call(put);
  if (!reply.ok()) {
    if (reply.error().code == ErrorCode::kUnavailable) return SubmitReply{};
    return reply.error();
  }
  if (reply->status == 413) {
    return SubmitReply{SubmitOutcome::kImageTooLarge, "", ErrorOf(*reply).message};
  }
  if (reply->status == 422) {
    return Error{ErrorCode::kCorrupt, elf_path + " changed while it was uploaded"};
  }
  if (reply->status != 201 && reply->status != 200) return NotOurProtocol(url_.text, *reply);
  blobs_.insert(sha256);
  return SubmitReply{SubmitOutcome::kAccepted, "", ""};
}

Expected<SubmitReply> AgentLink::Submit(const JobRequest& job, const std::string& elf_path) {
  Expected<SubmitReply> uploaded = Upload(job.blob, elf_path);
  if (!uploaded.ok() || uploaded->outcome != SubmitOutcome::kAccepted) return uploaded;
  const std::string body = JobRequestToJson(job);
  HttpRequest post;
  post.method = "POST";
  post.target = "/v1/jobs";
  post.body = body;
  const Expected<HttpReply> reply = Call(post);
  if (!reply.ok()) {
    if (reply.error().code == ErrorCode::kUnavailable) return SubmitReply{};
    return reply.error();
  }
  return JudgeSubmit(job, *reply);
}

Expected<SubmitReply> AgentLink::JudgeSubmit(const JobRequest& job, const HttpReply& reply) {
  if (reply.status == 200 || reply.status == 202) {
    const Expected<JobStatus> status = JobStatusFromJson(reply.body);
    if (!status.ok()) {
      return Error{ErrorCode::kUnsupported, "agent " + url_.text + ": " + status.error().message};
    }
    return SubmitReply{SubmitOutcome::kAccepted, status->id, ""};
  }
  const ApiError error = ErrorOf(reply);
  if (reply.status == 429) {
    const auto pause = milliseconds(static_cast<int64_t>(1000 * reply.retry_after_s));
    retry_at_ = steady_clock::now() + std::clamp(pause, policy_.first_pause, policy_.longest_pause);
    return SubmitReply{};
  }
  if (reply.status == 409) return SubmitReply{SubmitOutcome::kKeyTaken, "", error.message};
  if (error.code == "unknown_blob") {
    blobs_.erase(job.blob);
    return SubmitReply{};
  }
  if (error.code == "unknown_board") {
    lacks_.insert(job.board);
    return SubmitReply{SubmitOutcome::kUnknownBoard, "",
                       "agent " + url_.text + ": " + error.message};
  }
  return NotOurProtocol(url_.text, reply);
}

Expected<JobList> AgentLink::Poll(const std::vector<std::string>& ids, milliseconds wait) {
  HttpRequest get;
  get.target = "/v1/jobs?wait=" + std::to_string(static_cast<double>(wait.count()) / 1000.0) +
               "&ids=" + Join(ids, ",");
  get.total_time = wait + kPollMargin;
  const Expected<HttpReply> reply = Call(get);
  if (!reply.ok()) {
    if (reply.error().code == ErrorCode::kUnavailable) return JobList{};
    return reply.error();
  }
  if (reply->status != 200) return NotOurProtocol(url_.text, *reply);
  Expected<JobList> list = JobListFromJson(reply->body);
  if (!list.ok()) {
    return Error{ErrorCode::kUnsupported, "agent " + url_.text + ": " + list.error().message};
  }
  if (!list->unknown.empty()) blobs_.clear();  // its state was wiped
  return list;
}

}  // namespace mcunas
