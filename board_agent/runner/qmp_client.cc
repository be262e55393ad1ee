#include "board_agent/runner/qmp_client.h"

#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <nlohmann/json.hpp>

namespace mcunas {
namespace {

using nlohmann::json;
using Clock = std::chrono::steady_clock;

constexpr size_t kLongestLine = 1 << 20;

Error Gone(const std::string& what) { return {ErrorCode::kUnavailable, "QEMU's monitor " + what}; }

}  // namespace

QmpClient::~QmpClient() { close(descriptor_); }

Expected<std::string> QmpClient::ReadLine(Clock::time_point deadline) {
  for (;;) {
    if (const size_t end = pending_.find('\n'); end != std::string::npos) {
      std::string line = pending_.substr(0, end);
      pending_.erase(0, end + 1);
      return line;
    }
    const auto left =
        std::chrono::duration_cast<std::chrono::milliseconds>(deadline - Clock::now());
    pollfd look{descriptor_, POLLIN, 0};
    if (left.count() <= 0 || poll(&look, 1, static_cast<int>(left.count())) <= 0) {
      return Gone("does not answer");
    }
    char buffer[4096];
    const ssize_t got = recv(descriptor_, buffer, sizeof buffer, 0);
    if (got <= 0) return Gone("closed the connection");
    pending_.append(buffer, got);
    if (pending_.size() > kLongestLine) return Gone("sent a line without end");
  }
}

Expected<void> QmpClient::Execute(const std::string& command, std::chrono::milliseconds limit) {
  const std::string line = command + "\n";
  if (send(descriptor_, line.data(), line.size(), MSG_NOSIGNAL) !=
      static_cast<ssize_t>(line.size())) {
    return Gone("closed the connection");
  }
  const auto deadline = Clock::now() + limit;
  for (;;) {
    const Expected<std::string> answer = ReadLine(deadline);
    if (!answer.ok()) return answer.error();
    const json parsed = json::parse(*answer, nullptr, false);
    if (parsed.is_discarded() || !parsed.is_object()) return Gone("sent something unreadable");
    if (parsed.contains("return")) return {};
    if (parsed.contains("error")) return Gone("refused: " + parsed["error"].dump());
  }
}

Expected<void> QmpClient::Connect(std::chrono::milliseconds limit) {
  const Expected<std::string> greeting = ReadLine(Clock::now() + limit);
  if (!greeting.ok()) return greeting.error();
  return Execute(R"({"execute": "qmp_capabilities"})", limit);
}

Expected<void> QmpClient::SaveMemory(uint32_t address, size_t size,
                                     const std::filesystem::path& file,
                                     std::chrono::milliseconds limit) {
  const json command = {
      {"execute", "memsave"},
      {"arguments", {{"val", address}, {"size", size}, {"filename", file.string()}}}};
  return Execute(command.dump(-1, ' ', false, json::error_handler_t::replace), limit);
}

}  // namespace mcunas
