#include "board_agent/protocol/api_error.h"

#include "board_agent/protocol/field_reader.h"

namespace mcunas {

std::string ApiErrorToJson(const ApiError& error) {
  return DumpJson({{"error", {{"code", error.code}, {"message", error.message}}}});
}

Expected<ApiError> ApiErrorFromJson(std::string_view text) {
  return ParseAs<ApiError>(text, [](const nlohmann::json& object) -> Expected<ApiError> {
    FieldReader outer(object, "reply");
    const nlohmann::json* inner = outer.Find("error", true);
    if (inner == nullptr) return outer.Finish().error();
    ApiError error;
    FieldReader reader(*inner, "error");
    reader.Text("code", error.code);
    reader.Text("message", error.message);
    if (auto done = reader.Finish(); !done.ok()) return done.error();
    return error;
  });
}

std::string SimpleStateToJson(std::string_view state) { return DumpJson({{"state", state}}); }

}  // namespace mcunas
