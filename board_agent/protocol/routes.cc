#include "board_agent/protocol/routes.h"

#include <array>
#include <charconv>

namespace mcunas {
namespace {

constexpr std::array<Route, 12> kRoutes = {{
    {RouteId::kHealth, "GET", "/healthz", false},
    {RouteId::kReady, "GET", "/readyz", false},
    {RouteId::kPutBlob, "PUT", "/v1/blobs/{sha256}", true},
    {RouteId::kHeadBlob, "HEAD", "/v1/blobs/{sha256}", true},
    {RouteId::kSubmitJob, "POST", "/v1/jobs", true},
    {RouteId::kListJobs, "GET", "/v1/jobs", true},
    {RouteId::kGetJob, "GET", "/v1/jobs/{id}", true},
    {RouteId::kCancelJob, "DELETE", "/v1/jobs/{id}", true},
    {RouteId::kGetLog, "GET", "/v1/jobs/{id}/log", true},
    {RouteId::kListBoards, "GET", "/v1/boards", true},
    {RouteId::kDrainBoard, "POST", "/v1/boards/{name}:drain", true},
    {RouteId::kResumeBoard, "POST", "/v1/boards/{name}:resume", true},
}};

// One {parameter} per segment, with fixed text before and after it.
bool MatchSegment(std::string_view pattern, std::string_view text,
                  std::vector<std::string>* parameters) {
  const size_t open = pattern.find('{');
  if (open == std::string_view::npos) return pattern == text;
  const std::string_view before = pattern.substr(0, open);
  const std::string_view after = pattern.substr(pattern.find('}') + 1);
  if (text.size() <= before.size() + after.size()) return false;
  if (!text.starts_with(before) || !text.ends_with(after)) return false;
  parameters->push_back(
      PercentDecode(text.substr(before.size(), text.size() - before.size() - after.size())));
  return true;
}

std::string_view TakeSegment(std::string_view* path) {
  const size_t slash = path->find('/', 1);
  const std::string_view segment = path->substr(0, slash);
  *path = slash == std::string_view::npos ? std::string_view() : path->substr(slash);
  return segment;
}

bool MatchPath(std::string_view pattern, std::string_view path,
               std::vector<std::string>* parameters) {
  parameters->clear();
  while (!pattern.empty() && !path.empty()) {
    const std::string_view expected = TakeSegment(&pattern);
    if (!MatchSegment(expected, TakeSegment(&path), parameters)) return false;
  }
  return pattern.empty() && path.empty();
}

}  // namespace

std::span<const Route> Routes() { return kRoutes; }

RouteMatch MatchRoute(std::string_view method, std::string_view path) {
  RouteMatch match;
  std::vector<std::string> parameters;
  for (const Route& route : kRoutes) {
    if (!MatchPath(route.pattern, path, &parameters)) continue;
    if (route.method == method) return {&route, parameters, ""};
    if (!match.allowed.empty()) match.allowed += ", ";
    match.allowed += route.method;
  }
  return match;
}

std::string PercentDecode(std::string_view text) {
  std::string decoded;
  for (size_t i = 0; i < text.size(); ++i) {
    unsigned value = 0;
    if (text[i] == '%' && i + 2 < text.size()) {
      const char* end = text.data() + i + 3;
      if (std::from_chars(text.data() + i + 1, end, value, 16).ptr == end) {
        decoded += static_cast<char>(value);
        i += 2;
        continue;
      }
    }
    decoded += text[i];
  }
  return decoded;
}

std::string QueryValue(std::string_view query, std::string_view name) {
  while (!query.empty()) {
    const size_t end = query.find('&');
    const std::string_view pair = query.substr(0, end);
    const size_t equals = pair.find('=');
    if (pair.substr(0, equals) == name && equals != std::string_view::npos) {
      return PercentDecode(pair.substr(equals + 1));
    }
    if (end == std::string_view::npos) break;
    query.remove_prefix(end + 1);
  }
  return "";
}

}  // namespace mcunas
