// Api: what each route answers, apart from HTTP itself. Blob uploads stream and are the server's.
// Thread rule: every function may be called from any thread. Nothing here waits.
#pragma once

#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "board_agent/protocol/routes.h"
#include "board_agent/server/dispatcher.h"

namespace mcunas {

struct ApiCall {
  const Route* route = nullptr;
  std::vector<std::string> parameters;  // of the path
  std::string query;                    // without '?', still encoded
  std::string body;
};

struct ApiReply {
  int status = 200;
  std::string body;
  std::string content_type = "application/json";
  std::vector<std::pair<std::string, std::string>> headers;
};

// A call that wants to be answered only once one of these jobs is final, or after `seconds`.
struct LongPoll {
  std::vector<std::string> ids;
  double seconds = 0;
};

class Api {
 public:
  // Both must outlive the Api.
  Api(Dispatcher* dispatcher, const BlobStore* blobs) : dispatcher_(dispatcher), blobs_(blobs) {}

  ApiReply Handle(const ApiCall& call);

  // Empty when the call is to be answered at once.
  std::optional<LongPoll> LongPollOf(const ApiCall& call) const;
  // Is there any reason to answer now: a final, unknown or unreadable job?
  bool AnyFinal(const std::vector<std::string>& ids);

  Dispatcher& dispatcher() { return *dispatcher_; }

 private:
  ApiReply Submit(const ApiCall& call);
  ApiReply List(const ApiCall& call);
  ApiReply Log(const ApiCall& call);

  Dispatcher* dispatcher_;
  const BlobStore* blobs_;
};

ApiReply ErrorReply(int status, const std::string& code, const std::string& message);

inline constexpr double kLongestPollSeconds = 30;
inline constexpr size_t kMostIds = 256;  // in one GET /v1/jobs?ids=

}  // namespace mcunas
