#include <fmt/format.h>

#include <cctype>
#include <cmath>

#include "nas/report/format_internal.h"

namespace mcunas {
namespace {

constexpr double kBytesPerKb = 1024;

}  // namespace

std::string EscapeHtml(std::string_view text) {
  std::string escaped;
  escaped.reserve(text.size() + text.size() / 8);
  for (const char c : text) {
    switch (c) {
      case '&':
        escaped += "&amp;";
        break;
      case '<':
        escaped += "&lt;";
        break;
      case '>':
        escaped += "&gt;";
        break;
      case '"':
        escaped += "&quot;";
        break;
      case '\'':
        escaped += "&#39;";
        break;
      case '/':  // no text of ours may look like an address to fetch
        escaped += escaped.ends_with(':') ? "&#47;" : "/";
        break;
      default: {
        const bool allowed = static_cast<unsigned char>(c) >= 0x20 || c == '\n' || c == '\t';
        escaped += allowed && c != 0x7f ? c : '?';
      }
    }
  }
  return escaped;
}

const Metric* BestLatency(const CandidateRecord& record) {
  const Metric* latency = FindMetric(record, metric::kLatency);
  return latency != nullptr ? latency : FindMetric(record, metric::kPredictedLatency);
}

const BoardResult* FindBoard(const CandidateRecord& record, const std::string& board) {
  const auto found = record.boards.find(board);
  return found == record.boards.end() ? nullptr : &found->second;
}

const Metric* FindMetric(const BoardResult* result, const std::string& name) {
  if (result == nullptr) return nullptr;
  const auto found = result->metrics.find(name);
  return found == result->metrics.end() ? nullptr : &found->second;
}

std::string FormatFixed(double value, int decimals) {
  return std::isfinite(value) ? fmt::format("{:.{}f}", value, decimals) : "-";
}

std::string FormatCount(double value) {
  if (!std::isfinite(value)) return "-";
  std::string digits = fmt::format("{:.0f}", value);
  const size_t first = digits.starts_with('-') ? 1 : 0;
  for (size_t i = digits.size(); i > first + 3;) digits.insert(i -= 3, " ");
  return digits;
}

std::string FormatPercent(double ratio) {
  return std::isfinite(ratio) ? FormatFixed(100 * ratio, 2) + " %" : "-";
}

std::string FormatKilobytes(double bytes) {
  return std::isfinite(bytes) ? FormatFixed(bytes / kBytesPerKb, 1) + " kB" : "-";
}

std::string FormatMillions(double count) {
  return std::isfinite(count) ? FormatFixed(count / 1e6, 2) + " M" : "-";
}

std::string FormatMetric(const Metric& metric) {
  if (metric.unit == "bytes") return FormatKilobytes(metric.value);
  if (metric.unit == "ratio") return FormatPercent(metric.value);
  if (metric.unit == "x") return FormatFixed(metric.value, 3) + " x";
  if (metric.unit == "MACs" || metric.unit == "instructions" || metric.unit == "cycles") {
    return FormatMillions(metric.value);
  }
  return FormatFixed(metric.value, 2) + (metric.unit.empty() ? "" : " " + metric.unit);
}

std::string FormatMetric(const Metric* metric) {
  return metric == nullptr ? "-" : FormatMetric(*metric);
}

std::string Capitalised(std::string name) {
  if (!name.empty()) name[0] = static_cast<char>(std::toupper(static_cast<unsigned char>(name[0])));
  return name;
}

std::string FormatSourced(const Metric* metric) {
  return metric == nullptr ? "-" : FormatMetric(*metric) + " " + SourceName(metric->source);
}

std::string FormatPlan(const ExecutionPlan& plan) {
  if (plan.groups.empty()) return "-";
  return fmt::format("{} group{}, {} x MACs", plan.groups.size(),
                     plan.groups.size() == 1 ? "" : "s", FormatFixed(plan.macs_factor, 2));
}

std::string ReasonKind(const std::string& failure_reason) {
  const std::string kind = failure_reason.substr(0, failure_reason.find(':'));
  return kind.empty() ? "unknown" : kind;
}

}  // namespace mcunas
