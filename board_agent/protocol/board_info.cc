#include "board_agent/protocol/board_info.h"

#include "board_agent/protocol/field_reader.h"

namespace mcunas {
namespace {

using nlohmann::json;

Expected<BoardInfo> ReadBoard(const json& object) {
  BoardInfo b;
  FieldReader reader(object, "board");
  reader.Text("name", b.name);
  reader.Text("board_class", b.board_class);
  reader.Boolean("virtual", b.is_virtual);
  reader.Text("state", b.state);
  reader.Text("reason", b.reason);
  reader.Text("description", b.description);
  reader.Text("job", b.job);
  reader.Integer("jobs_done", b.jobs_done, 0, kMaxInteger);
  reader.Integer("infra_failures", b.infra_failures, 0, kMaxInteger);
  reader.Integer("queued", b.queued, 0, kMaxInteger);
  if (auto done = reader.Finish(); !done.ok()) return done.error();
  return b;
}

}  // namespace

std::string BoardsToJson(const std::vector<BoardInfo>& boards) {
  json list = json::array();
  for (const BoardInfo& b : boards) {
    list.push_back({{"name", b.name},
                    {"board_class", b.board_class},
                    {"virtual", b.is_virtual},
                    {"state", b.state},
                    {"reason", b.reason},
                    {"description", b.description},
                    {"job", b.job},
                    {"jobs_done", b.jobs_done},
                    {"infra_failures", b.infra_failures},
                    {"queued", b.queued}});
  }
  return DumpJson({{"boards", list}});
}

Expected<std::vector<BoardInfo>> BoardsFromJson(std::string_view text) {
  return ParseAs<std::vector<BoardInfo>>(
      text, [](const json& object) { return ReadList<BoardInfo>(object, "boards", ReadBoard); });
}

}  // namespace mcunas
