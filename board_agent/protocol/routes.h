// Every route of the agent, once: the server dispatches by this table and a test compares it with
// openapi.yaml.
#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace mcunas {

enum class RouteId {
  kHealth,
  kReady,
  kPutBlob,
  kHeadBlob,
  kSubmitJob,
  kListJobs,
  kGetJob,
  kGetLog,
  kCancelJob,
  kListBoards,
  kDrainBoard,
  kResumeBoard,
};

struct Route {
  RouteId id;
  std::string_view method;  // "GET"
  // "/v1/jobs/{id}"; a {parameter} stands for one or more characters but '/'.
  std::string_view pattern;
  bool needs_token;  // false: answered without a Bearer token, so it may not tell anything
};

std::span<const Route> Routes();

struct RouteMatch {
  const Route* route = nullptr;         // null: see below
  std::vector<std::string> parameters;  // values of the {parameters}, in order, percent-decoded
  std::string allowed;  // methods of this path when only the method is wrong: "GET, PUT"
};

// `path` without the query. route == null and allowed empty: no such path.
RouteMatch MatchRoute(std::string_view method, std::string_view path);

// "a%20b" -> "a b". A broken escape stays as written.
std::string PercentDecode(std::string_view text);

// Value of `name` in "a=1&b=2", percent-decoded; empty when absent.
std::string QueryValue(std::string_view query, std::string_view name);

}  // namespace mcunas
