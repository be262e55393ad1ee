// The tables of report.html.
#include <fmt/format.h>

#include <algorithm>
#include <map>

#include "nas/report/format_internal.h"
#include "nas/report/inherited_rank.h"
#include "nas/report/sections_internal.h"
#include "nas/report/verdict.h"
#include "nas/space/architecture.h"
#include "nas/space/block_word.h"

namespace mcunas {
namespace {

constexpr size_t kMaxFrontRows = 50;
constexpr size_t kMaxReasonRows = 30;

std::string MetricCell(const Metric* metric) {
  if (metric == nullptr) return "-";
  return EscapeHtml(FormatMetric(*metric)) + " <span class=\"source\">" +
         SourceName(metric->source) + "</span>";
}

std::string LatencyCell(const CandidateRecord& record) {
  const bool predicted = FindMetric(record, metric::kLatency) == nullptr;
  const Metric* latency = BestLatency(record);
  if (latency == nullptr || !predicted) return MetricCell(latency);
  return EscapeHtml(FormatMetric(*latency)) + " <span class=\"source\">predicted</span>";
}

std::string WorkCell(const Metric* ticks) {
  return ticks == nullptr ? "-"
                          : EscapeHtml(FormatMetric(*ticks)) + " <span class=\"source\">" +
                                EscapeHtml(ticks->unit) + "</span>";
}

// Where kernel and expansion say all, these.
std::string BlockText(const BlockChoice& block) {
  if (block != BlockChoice{.kernel = block.kernel, .expansion = block.expansion}) {
    return BlockWord(block);
  }
  return fmt::format("k{}e{}", block.kernel, block.expansion);
}

std::string ArchitectureText(const Architecture& architecture) {
  std::string text =
      fmt::format("{} px, width {}:", ResolutionText(architecture.resolution), architecture.width);
  for (size_t s = 0; s < architecture.stages.size(); ++s) {
    const auto& stage = architecture.stages[s];
    const int channels = architecture.channels.empty() ? 0 : architecture.channels[s];
    text += channels > 0 ? fmt::format(" {}[", channels) : " [";
    for (size_t b = 0; b < stage.size(); ++b) {
      text += (b > 0 ? " " : "") + BlockText(stage[b]);
    }
    text += "]";
  }
  return text;
}

std::string StatusText(const CandidateRecord& record) {
  if (record.failure == FailureClass::kNone) return "ok";
  return std::string(FailureClassName(record.failure)) + ": " + record.failure_reason;
}

std::string BoardStatus(const BoardResult* result) {
  if (result == nullptr) return "not asked";
  return result->failure == FailureClass::kNone ? "ok" : result->failure_reason;
}

// How often each (class, kind of reason) stopped a network, with one reason in full.
struct Rejection {
  size_t count = 0;
  std::string example;
};
using Rejections = std::map<std::pair<std::string, std::string>, Rejection>;

Rejections CountRejections(const ReportInput& input) {
  Rejections rejections;
  for (const CandidateRecord& record : input.candidates) {
    if (record.failure == FailureClass::kNone) continue;
    Rejection& entry =
        rejections[{FailureClassName(record.failure), ReasonKind(record.failure_reason)}];
    if (entry.count++ == 0) entry.example = record.hash.Short() + ": " + record.failure_reason;
  }
  return rejections;
}

std::string ShareBar(size_t count, size_t most) {
  constexpr double kWidest = 140;
  const double width = kWidest * static_cast<double>(count) / static_cast<double>(most);
  return fmt::format("<span class=\"share\" style=\"width:{:.0f}px\"></span> {}",
                     std::max(2.0, width), FormatCount(static_cast<double>(count)));
}

}  // namespace

std::string TableHtml(const HtmlTable& table) {
  std::string html = "<div class=\"wide\"><table><thead><tr>";
  const auto style_of = [&](size_t c) {
    return c < table.styles.size() && !table.styles[c].empty()
               ? " class=\"" + table.styles[c] + "\""
               : std::string();
  };
  for (size_t c = 0; c < table.titles.size(); ++c) {
    const bool left = c < table.styles.size() && !table.styles[c].empty();
    html += std::string("<th") + (left ? " class=\"left\"" : "") + ">" + table.titles[c] + "</th>";
  }
  html += "</tr></thead><tbody>\n";
  for (size_t r = 0; r < table.rows.size(); ++r) {
    html += static_cast<int>(r) == table.marked_row ? "<tr class=\"winner\">" : "<tr>";
    for (size_t c = 0; c < table.rows[r].size(); ++c) {
      html += "<td" + style_of(c) + ">" + table.rows[r][c] + "</td>";
    }
    html += "</tr>\n";
  }
  return html + "</tbody></table></div>\n";
}

std::string RankingSection(const ReportInput& input) {
  std::string html = "<h2>Ranking</h2>\n";
  if (input.ranking.empty()) return html + "<p>No network reached the final ranking.</p>\n";
  HtmlTable table;
  const Score& score = input.score;
  table.titles = {"rank",
                  "network",
                  "int8 test " + EscapeHtml(score.name),
                  "float test " + EscapeHtml(score.name),
                  "int8 " + EscapeHtml(score.name),
                  "float " + EscapeHtml(score.name),
                  "supernet " + EscapeHtml(score.name),
                  "latency",
                  "work",
                  "SRAM",
                  "flash",
                  "MACs",
                  "plan",
                  "status"};
  table.styles = {"", "left", "", "", "", "", "", "", "", "", "", "", "left", "text"};
  for (size_t i = 0; i < input.ranking.size(); ++i) {
    const CandidateRecord& record = input.ranking[i].record;
    const auto cell = [&](const std::string& name) { return MetricCell(FindMetric(record, name)); };
    const auto scored = [&](const std::string& name) {
      return EscapeHtml(FormatScore(record, name));
    };
    table.rows.push_back({std::to_string(i + 1), "<code>" + record.hash.Short() + "</code>",
                          scored(score.test_name()), scored(score.float_test_name()),
                          scored(score.int8_name()), scored(score.float_name()), cell(score.name),
                          LatencyCell(record), WorkCell(FindMetric(record, metric::kTicks)),
                          cell(metric::kSram), cell(metric::kFlash), cell(metric::kMacs),
                          FormatPlan(input.ranking[i].plan), EscapeHtml(StatusText(record))});
  }
  table.marked_row = Winner(input) == nullptr ? -1 : 0;
  const std::string rank = FormatInheritedRank(input);
  return html + TableHtml(table) + "<p class=\"soft\">Ranked by int8 " + EscapeHtml(score.name) +
         " on held-out images; those that these do not tell apart (McNemar's test, 95 %) by "
         "latency, else by MACs, unless they lost the race of the training. "
         "The test set was used once, after the ranking. Int8 numbers come "
         "from the generated C code, float ones from the same "
         "weights before they were quantised; brackets: 95 % intervals. Plan: groups of "
         "operators that run row by row together, and what their MACs are, recomputation included, "
         "to those of the network." +
         (rank.empty() ? "" : " R" + EscapeHtml(rank.substr(1))) + "</p>\n";
}

std::string BoardsSection(const ReportInput& input) {
  if (input.measured_on.size() < 2 || input.ranking.empty()) return "";
  HtmlTable table;
  table.titles = {"network", "board", "latency", "work", "stack", "measuring image", "status"};
  table.styles = {"left", "left", "", "", "", "", "text"};
  for (const FinalNetwork& network : input.ranking) {
    for (const std::string& board : input.measured_on) {
      const BoardResult* result = FindBoard(network.record, board);
      const Metric* ticks = FindMetric(result, metric::kTicks);
      table.rows.push_back({"<code>" + network.record.hash.Short() + "</code>", EscapeHtml(board),
                            MetricCell(FindMetric(result, metric::kLatency)), WorkCell(ticks),
                            MetricCell(FindMetric(result, metric::kStack)),
                            MetricCell(FindMetric(result, metric::kImageFlash)),
                            EscapeHtml(BoardStatus(result))});
    }
  }
  return "<h3>Board by board</h3>\n" + TableHtml(table);
}

std::string RoundsSection(const ReportInput& input) {
  if (input.rounds.empty()) return "";
  HtmlTable table;
  table.titles = {"round",        "asked",
                  "evaluated",    "infeasible",
                  "measured",     "best " + EscapeHtml(input.score.name),
                  "hypervolume",  "prediction error (MAPE)",
                  "Kendall's tau"};
  for (const RoundRecord& round : input.rounds) {
    table.rows.push_back({std::to_string(round.round), std::to_string(round.asked),
                          std::to_string(round.evaluated), std::to_string(round.infeasible),
                          std::to_string(round.measured),
                          FormatMetric({round.best_score, input.score.unit, Source::kMeasured}),
                          FormatFixed(round.hypervolume, 4), FormatPercent(round.latency_error),
                          FormatFixed(round.latency_tau, 3)});
  }
  return "<h3>Rounds</h3>\n" + TableHtml(table) +
         "<p class=\"soft\">The error is that of predictions made before the network was measured."
         "</p>\n";
}

std::string RejectionsSection(const ReportInput& input) {
  const Rejections rejections = CountRejections(input);
  std::string html = "<h2>Rejections and failures</h2>\n";
  if (rejections.empty()) return html + "<p>Every network that was asked for worked.</p>\n";
  std::vector<std::pair<std::pair<std::string, std::string>, Rejection>> sorted(rejections.begin(),
                                                                                rejections.end());
  std::stable_sort(sorted.begin(), sorted.end(),
                   [](const auto& a, const auto& b) { return a.second.count > b.second.count; });
  HtmlTable table;
  table.titles = {"class", "reason", "networks", "first one"};
  table.styles = {"left", "left", "left", "text"};
  for (const auto& [kind, rejection] : sorted) {
    if (table.rows.size() == kMaxReasonRows) break;
    table.rows.push_back({EscapeHtml(kind.first), EscapeHtml(kind.second),
                          ShareBar(rejection.count, sorted[0].second.count),
                          EscapeHtml(rejection.example)});
  }
  html += TableHtml(table);
  if (sorted.size() > kMaxReasonRows) {
    html += fmt::format("<p class=\"soft\">{} rarer reasons are left out.</p>\n",
                        sorted.size() - kMaxReasonRows);
  }
  return html +
         "<p class=\"soft\">infeasible: over a limit, never trained or measured. candidate: a fact "
         "about the network. infrastructure: trouble with a board; not held against the network."
         "</p>\n";
}

std::string FrontSection(const ReportInput& input) {
  std::string html = "<h2>Pareto front</h2>\n";
  if (input.front.empty()) return html + "<p>No feasible network was evaluated.</p>\n";
  HtmlTable table;
  table.titles = {"network",     EscapeHtml(input.score.name), "latency", "SRAM", "flash", "MACs",
                  "architecture"};
  table.styles = {"left", "", "", "", "", "", "left"};
  for (const size_t position : input.front) {
    if (table.rows.size() == kMaxFrontRows) break;
    const CandidateRecord& record = input.candidates[position];
    const auto cell = [&](const std::string& name) { return MetricCell(FindMetric(record, name)); };
    table.rows.push_back(
        {"<code>" + record.hash.Short() + "</code>", cell(input.score.name), LatencyCell(record),
         cell(metric::kSram), cell(metric::kFlash), cell(metric::kMacs),
         "<code>" + EscapeHtml(ArchitectureText(record.architecture)) + "</code>"});
  }
  html += TableHtml(table);
  return html + fmt::format(
                    "<p class=\"soft\">{} of {} networks of the front; all of them, with full "
                    "precision, are in pareto.csv.</p>\n",
                    table.rows.size(), input.front.size());
}

}  // namespace mcunas
