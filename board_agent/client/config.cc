#include "board_agent/client/config.h"

#include "board_agent/client/http_client.h"
#include "common/config.h"
#include "common/file.h"
#include "common/text.h"

namespace mcunas {

void Describe(ConfigVisitor& visitor, BenchConfig& bench) {
  visitor.Texts("agents", bench.agents, {}, {"board agents, e.g. http://127.0.0.1:8801", ""});
  for (const std::string& agent : bench.agents) {
    const Expected<AgentUrl> url = ParseAgentUrl(agent);
    visitor.Require(url.ok(), "agents", url.ok() ? "" : url.error().message);
  }
  visitor.Texts("boards", bench.boards, {},
                {"classes of boards that measure, as `mcunas boards` lists them", ""});
  visitor.Integer("repetitions", bench.repetitions, {1, 64},
                  {"timed inferences of one measurement", ""});
  visitor.Duration("timeout", bench.timeout_s, {0.1, 3600},
                   {"limit of one attempt on a board", "s"});
  visitor.Path("token_file", bench.token_file,
               {"file with the agents' Bearer token, relative to this file; empty = none", ""});
}

Expected<std::string> ReadTokenFile(const std::string& path) {
  if (path.empty()) return std::string();
  const Expected<std::string> text = ReadFile(path);
  if (!text.ok()) return text.error().WithContext("token file");
  std::string token = Trim(*text);
  if (token.empty()) return Error{ErrorCode::kUsage, "token file " + path + " is empty"};
  return token;
}

}  // namespace mcunas
