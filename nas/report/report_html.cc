#include "nas/report/report_html.h"

#include <fmt/format.h>

#include <algorithm>

#include "common/names.h"
#include "common/text.h"
#include "nas/report/format_internal.h"
#include "nas/report/memory_bars_internal.h"
#include "nas/report/pareto_plots_internal.h"
#include "nas/report/search_plots_internal.h"
#include "nas/report/sections_internal.h"
#include "nas/report/style_internal.h"
#include "nas/report/verdict.h"

namespace mcunas {
namespace {

// Longer texts would only hide the report; the files themselves lie beside it.
constexpr size_t kMaxText = 200'000;
// Networks of the ranking whose memory is drawn.
constexpr size_t kMaxMemoryFigures = 20;

std::string Card(const std::string& value, const std::string& meaning, const std::string& source) {
  return "<div class=\"card\"><b>" + EscapeHtml(value) + "</b><span>" + EscapeHtml(meaning) +
         "</span><span>" + EscapeHtml(source) + "</span></div>";
}

std::string MetricCard(const CandidateRecord& record, const std::string& name,
                       const std::string& meaning) {
  const Metric* metric = FindMetric(record, name);
  return metric == nullptr ? "" : Card(FormatMetric(*metric), meaning, SourceName(metric->source));
}

std::string WinnerCards(const ReportInput& input) {
  const FinalNetwork* winner = Winner(input);
  if (winner == nullptr)
    return "<p><b>No network won.</b> The tables below say what stopped them.</p>\n";
  const CandidateRecord& record = winner->record;
  std::string html = "<div class=\"cards\">" + Card(record.hash.Short(), "winner", "network hash");
  html += MetricCard(record, input.score.test_name(), input.score.name + ", int8, test set");
  html += MetricCard(record, input.score.int8_name(), input.score.name + ", int8, held-out");
  if (const Metric* latency = BestLatency(record)) {
    const bool predicted = FindMetric(record, metric::kLatency) == nullptr;
    html += Card(FormatMetric(*latency), "latency",
                 predicted ? "predicted" : SourceName(latency->source));
  }
  html += MetricCard(record, metric::kSram, "SRAM");
  html += MetricCard(record, metric::kFlash, "flash");
  html += MetricCard(record, metric::kMacs, "multiply-accumulates");
  return html + "</div>\n";
}

std::string Limits(const TargetLimits& limits) {
  std::vector<std::string> parts;
  const auto kb = [](Bytes bytes) {
    return FormatFixed(static_cast<double>(bytes.value) / 1024, 0);
  };
  if (limits.sram.value > 0) parts.push_back("SRAM " + kb(limits.sram) + " kB");
  if (limits.flash.value > 0) parts.push_back("flash " + kb(limits.flash) + " kB");
  if (limits.macs.value > 0) {
    parts.push_back("MACs " + FormatMillions(static_cast<double>(limits.macs.value)));
  }
  if (limits.latency_ms > 0) {
    parts.push_back("latency " + FormatMetric(Metric{limits.latency_ms, "ms", Source::kAnalytic}));
  }
  return parts.empty() ? "none" : Join(parts, ", ");
}

std::string Header(const ReportInput& input) {
  const auto evaluated = std::count_if(
      input.candidates.begin(), input.candidates.end(),
      [&](const CandidateRecord& r) { return FindMetric(r, input.score.name) != nullptr; });
  const auto infeasible = std::count_if(
      input.candidates.begin(), input.candidates.end(),
      [](const CandidateRecord& r) { return r.failure == FailureClass::kInfeasible; });
  const std::string boards = input.measured_on.empty() ? "no board" : Join(input.measured_on, ", ");
  std::vector<std::string> objectives;
  for (const auto& [name, direction] : input.objectives)
    objectives.push_back(name + " " + NameOf(kDirections, direction));
  return fmt::format(
      "<h1>{}</h1>\n<p class=\"soft\">For {} within limits: {}. Run on {}. {} networks asked for, "
      "{} "
      "evaluated, {} infeasible. Objectives: {}. Seed {}.</p>\n",
      EscapeHtml(input.run_name), EscapeHtml(input.board), EscapeHtml(Limits(input.limits)),
      EscapeHtml(boards), FormatCount(static_cast<double>(input.candidates.size())),
      FormatCount(static_cast<double>(evaluated)), FormatCount(static_cast<double>(infeasible)),
      EscapeHtml(Join(objectives, ", ")), input.seed);
}

std::string MemorySection(const ReportInput& input) {
  if (input.ranking.empty()) return "";
  std::string html =
      "<h2>Memory of the ranked networks, operator by operator</h2>\n<div class=\"plots\">";
  const size_t shown = std::min(input.ranking.size(), kMaxMemoryFigures);
  for (size_t i = 0; i < shown; ++i) html += MemoryFigure(input.ranking[i], i, input.limits);
  html += "</div>\n";
  if (shown < input.ranking.size()) {
    html +=
        fmt::format("<p class=\"soft\">The first {} of {}; the others are in result.json.</p>\n",
                    shown, input.ranking.size());
  }
  return html;
}

std::string TextSection(const std::string& title, const std::string& text) {
  if (text.empty()) return "";
  std::string html =
      "<h2>" + title + "</h2>\n<pre>" + EscapeHtml(text.substr(0, kMaxText)) + "</pre>\n";
  if (text.size() > kMaxText) html += "<p class=\"soft\">Cut here; see the run folder.</p>\n";
  return html;
}

}  // namespace

Expected<std::string> ReportHtml(const ReportInput& input) {
  if (auto checked = CheckReportInput(input); !checked) return checked.error();
  std::string html =
      "<!DOCTYPE html>\n<html lang=\"en\"><head><meta charset=\"utf-8\"/>\n"
      "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\"/>\n<title>" +
      EscapeHtml(input.run_name) + "</title>\n<style>" + kReportStyle +
      "</style></head>\n<body><main>\n";
  html += Header(input) + "<p><b>" + EscapeHtml(Verdict(input)) + "</b></p>\n" +
          WinnerCards(input) + RankingSection(input) + BaselinesSection(input) +
          BoardsSection(input);
  html += "<h2>What was found</h2>\n<div class=\"plots\">" + ScoreSramFigure(input) +
          ScoreLatencyFigure(input) + "</div>\n";
  html += MemorySection(input);
  html += "<h2>How the search went</h2>\n<div class=\"plots\">" + HypervolumeFigure(input) +
          PredictorFigure(input) + "</div>\n" + RoundsSection(input);
  html += RejectionsSection(input) + FrontSection(input);
  html += TextSection("Next", Join(input.next_commands, "\n"));
  html += TextSection("Configuration", input.config_text);
  html += TextSection("Environment", input.environment_text);
  return html + "</main></body></html>\n";
}

}  // namespace mcunas
