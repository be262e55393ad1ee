#include "nas/report/result_table.h"

#include <algorithm>
#include <functional>

#include "common/text.h"
#include "nas/report/format_internal.h"
#include "nas/report/inherited_rank.h"
#include "nas/report/verdict.h"

namespace mcunas {
namespace {

struct Column {
  std::string title;
  int importance;  // the lowest is dropped first
  std::function<std::string(const FinalNetwork& result, size_t rank)> cell;
};

std::string Latency(const FinalNetwork& result, size_t) {
  const Metric* latency = BestLatency(result.record);
  if (latency == nullptr) return "-";
  const bool predicted = FindMetric(result.record, metric::kLatency) == nullptr;
  return predicted ? FormatMetric(*latency) + " predicted" : FormatSourced(latency);
}

std::string Ticks(const FinalNetwork& result, size_t) {
  const Metric* ticks = FindMetric(result.record, metric::kTicks);
  return ticks == nullptr ? "-" : FormatMetric(*ticks) + " " + ticks->unit;
}

// Alone, whatever the weights inherited.
std::string Trained(const FinalNetwork& result, size_t) {
  return result.recipe.epochs == 0 ? "-" : std::to_string(result.recipe.epochs) + " epochs";
}

Column MetricColumn(const std::string& title, int importance, const std::string& name) {
  return {title, importance, [name](const FinalNetwork& network, size_t) {
            return FormatMetric(FindMetric(network.record, name));
          }};
}

// With its interval.
Column ScoreColumn(const std::string& title, int importance, const std::string& name) {
  return {title, importance, [name](const FinalNetwork& network, size_t) {
            return FormatScore(network.record, name);
          }};
}

std::string Status(const FinalNetwork& result, size_t) {
  if (result.record.failure == FailureClass::kNone) return "ok";
  return std::string(FailureClassName(result.record.failure)) + ": " +
         ReasonKind(result.record.failure_reason);
}

// What one of several boards said: its latency, or why there is none.
Column BoardColumn(const std::string& board) {
  return {board, 93, [board](const FinalNetwork& network, size_t) {
            const BoardResult* result = FindBoard(network.record, board);
            if (result != nullptr && result->failure != FailureClass::kNone)
              return ReasonKind(result->failure_reason);
            return FormatSourced(FindMetric(result, metric::kLatency));
          }};
}

std::vector<Column> AllColumns(const ReportInput& input) {
  std::vector<Column> columns = {
      {"rank", 100, [](const FinalNetwork&, size_t rank) { return std::to_string(rank + 1); }},
      {"network", 99, [](const FinalNetwork& r, size_t) { return r.record.hash.Short(); }},
      MetricColumn(input.score.name, 40, input.score.name),
      {"trained", 36, Trained},
      MetricColumn("float", 35, input.score.float_name()),
      MetricColumn("int8", 90, input.score.int8_name()),
      MetricColumn("float test", 34, input.score.float_test_name()),
      ScoreColumn("int8 test", 60, input.score.test_name()),
      {"latency", 95, Latency},
      {"ticks", 30, Ticks},
      MetricColumn("SRAM", 94, metric::kSram),
      MetricColumn("flash", 70, metric::kFlash),
      MetricColumn("MACs", 50, metric::kMacs),
      {"plan", 25, [](const FinalNetwork& r, size_t) { return FormatPlan(r.plan); }},
      {"status", 20, Status},
  };
  if (input.measured_on.size() > 1) {
    for (const std::string& board : input.measured_on) columns.push_back(BoardColumn(board));
  }
  return columns;
}

using Cells = std::vector<std::vector<std::string>>;  // [column][row], row 0 = title

size_t ColumnWidth(const std::vector<std::string>& cells) {
  size_t width = 0;
  for (const std::string& cell : cells) width = std::max(width, cell.size());
  return width;
}

size_t TableWidth(const Cells& cells) {
  size_t width = 0;
  for (const auto& column : cells) width += ColumnWidth(column) + 2;
  return width == 0 ? 0 : width - 2;
}

// A column that says the same nothing in every row is not worth its width.
bool IsEmpty(const std::vector<std::string>& cells) {
  return std::all_of(cells.begin() + 1, cells.end(),
                     [](const std::string& cell) { return cell == "-" || cell == "ok"; });
}

Cells FillCells(const ReportInput& input, std::vector<Column>* columns) {
  Cells cells;
  for (auto column = columns->begin(); column != columns->end();) {
    std::vector<std::string> filled = {column->title};
    for (size_t i = 0; i < input.ranking.size(); ++i) {
      filled.push_back(column->cell(input.ranking[i], i));
    }
    if (IsEmpty(filled)) {
      column = columns->erase(column);
    } else {
      cells.push_back(std::move(filled));
      ++column;
    }
  }
  return cells;
}

void DropUntilItFits(size_t width, std::vector<Column>* columns, Cells* cells) {
  while (TableWidth(*cells) > width && columns->size() > 2) {
    const auto least = std::min_element(
        columns->begin(), columns->end(),
        [](const Column& a, const Column& b) { return a.importance < b.importance; });
    cells->erase(cells->begin() + (least - columns->begin()));
    columns->erase(least);
  }
}

// Texts stand left, numbers right.
std::string Line(const Cells& cells, size_t row) {
  std::string line;
  for (size_t c = 0; c < cells.size(); ++c) {
    const std::string& cell = cells[c][row];
    const std::string padding(ColumnWidth(cells[c]) - cell.size(), ' ');
    const bool left = cells[c][0] == "network" || cells[c][0] == "status";
    line += (c > 0 ? "  " : "") + (left ? cell + padding : padding + cell);
  }
  return line.substr(0, line.find_last_not_of(' ') + 1) + "\n";
}

// How the first of the ranking won where accuracy did not decide.
std::string Ties(const ReportInput& input) {
  std::vector<std::string> tied;
  for (const FinalNetwork& network : input.ranking) {
    if (network.tied) tied.push_back(network.record.hash.Short());
  }
  if (tied.empty()) return "";
  return "tied: " + Join(tied, ", ") +
         " (held-out images do not tell them apart, 95 %): by latency, else by MACs\n";
}

// Who cannot win, and why in full.
std::string OutsideTheLimits(const ReportInput& input) {
  std::string text;
  for (const FinalNetwork& network : input.ranking) {
    if (network.record.failure != FailureClass::kInfeasible) continue;
    text += "outside the limits: " + network.record.hash.Short() + ", " +
            network.record.failure_reason + "\n";
  }
  return text;
}

}  // namespace

std::string FormatResultTable(const ReportInput& input, int width) {
  std::string text = Verdict(input);
  if (!input.ranking.empty()) {
    text += "\n";
    std::vector<Column> columns = AllColumns(input);
    Cells cells = FillCells(input, &columns);
    if (width > 0) DropUntilItFits(static_cast<size_t>(width), &columns, &cells);
    for (size_t row = 0; row <= input.ranking.size(); ++row) text += Line(cells, row);
  }
  text +=
      Ties(input) + OutsideTheLimits(input) + FormatInheritedRank(input) + FormatBaselines(input);
  if (const FinalNetwork* winner = Winner(input)) {
    text += "\nwinner: " + winner->record.hash.Short() + " on " + input.board + "\n";
  }
  if (!input.next_commands.empty()) text += "\nnext:\n";
  for (const std::string& command : input.next_commands) text += "  " + command + "\n";
  return text;
}

}  // namespace mcunas
