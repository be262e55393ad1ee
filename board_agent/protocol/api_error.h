// ApiError: the body of replies that are not a success; and that of replies that say one word.
#pragma once

#include <string>
#include <string_view>

#include "common/expected.h"

namespace mcunas {

// Body of every reply that is not a success.
struct ApiError {
  std::string code;     // stable: "unknown_board", "queue_full", ...
  std::string message;  // one sentence for a person

  bool operator==(const ApiError&) const = default;
};

// {"error": {"code", "message"}}
std::string ApiErrorToJson(const ApiError& error);
Expected<ApiError> ApiErrorFromJson(std::string_view text);

// {"state": state}: the body of /healthz and of an accepted blob.
std::string SimpleStateToJson(std::string_view state);

}  // namespace mcunas
