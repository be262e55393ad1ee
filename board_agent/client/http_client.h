// One HTTP/1.1 request over one connection, with a limit on everything. Boost stays in the .cc.
// Thread rule: free functions without shared state.
#pragma once

#include <chrono>
#include <cstdint>
#include <string>
#include <string_view>

#include "common/expected.h"

namespace mcunas {

struct AgentUrl {
  std::string text;  // as given
  std::string host;
  uint16_t port = 80;
};

// "http://HOST[:PORT][/]", IPv6 in brackets; kUsage otherwise ("https" is not spoken).
Expected<AgentUrl> ParseAgentUrl(const std::string& text);

struct HttpRequest {
  std::string method = "GET";
  std::string target = "/";
  std::string_view body = {};  // must live until the call returns
  std::string content_type = "application/json";
  std::string token = {};  // Bearer; empty: none
  std::chrono::milliseconds connect_time{2000};
  std::chrono::milliseconds total_time{10'000};
};

struct HttpReply {
  int status = 0;
  std::string body;
  double retry_after_s = 0;
};

// Whatever the status: it is data. kUnavailable when there was no complete reply in time; the
// message names the agent and the system's reason.
Expected<HttpReply> CallAgent(const AgentUrl& agent, const HttpRequest& request);

}  // namespace mcunas
