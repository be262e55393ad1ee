#include "nas/report/pareto_plots_internal.h"

#include <fmt/format.h>

#include <algorithm>
#include <limits>
#include <unordered_set>

#include "nas/report/figure_internal.h"
#include "nas/report/format_internal.h"
#include "nas/report/svg_internal.h"

namespace mcunas {
namespace {

// Dots drawn per plot at most; beyond that an even sample (and the page says so).
constexpr size_t kMaxDots = 20'000;
// Up to here every dot has its tip.
constexpr size_t kMaxTips = 1500;

// Candidates of one plot, apart by how they are drawn.
struct Cloud {
  std::vector<PlotPoint> plain;    // evaluated; latency predicted
  std::vector<PlotPoint> board;    // ran on a board
  std::vector<PlotPoint> front;    // non-dominated in all objectives
  std::vector<double> infeasible;  // x only: their score was never asked for
  size_t left_out = 0;             // plain ones not drawn

  bool empty() const { return plain.empty() && board.empty() && front.empty(); }
};

std::string Tip(const CandidateRecord& record, const Score& score) {
  std::string tip = record.hash.Short() + "\n" + score.name + " " +
                    FormatMetric(FindMetric(record, score.name)) + ", SRAM " +
                    FormatMetric(FindMetric(record, metric::kSram));
  if (const Metric* latency = BestLatency(record)) {
    const bool predicted = FindMetric(record, metric::kLatency) == nullptr;
    tip += "\nlatency " + FormatMetric(*latency) + " " +
           (predicted ? "predicted" : SourceName(latency->source));
  }
  return tip;
}

// Ratios are drawn in percent.
double ScaleOf(const Score& score) { return score.unit == "ratio" ? 100 : 1; }

std::string AxisTitle(const Score& score) {
  const std::string unit = score.unit == "ratio" ? "%" : score.unit;
  return score.name + (unit.empty() ? "" : " in " + unit) + " (held-out images)";
}

// The x coordinate of a candidate, or NaN.
using XOf = double (*)(const CandidateRecord& record);

double SramKb(const CandidateRecord& record) {
  const Metric* sram = FindMetric(record, metric::kSram);
  return sram == nullptr ? std::numeric_limits<double>::quiet_NaN() : sram->value / 1024;
}

double LatencyOf(const CandidateRecord& record) {
  const Metric* latency = BestLatency(record);
  return latency == nullptr ? std::numeric_limits<double>::quiet_NaN() : latency->value;
}

// Every k-th of them, so that no more than kMaxDots remain.
void Thin(Cloud* cloud) {
  const size_t before = cloud->plain.size();
  const size_t step = (before + kMaxDots - 1) / kMaxDots;
  if (step <= 1) return;
  size_t kept = 0;
  for (size_t i = 0; i < before; i += step) std::swap(cloud->plain[kept++], cloud->plain[i]);
  cloud->plain.resize(kept);
  cloud->left_out = before - kept;
}

Cloud CollectCloud(const ReportInput& input, XOf x_of) {
  const std::unordered_set<size_t> front(input.front.begin(), input.front.end());
  const bool tips = input.candidates.size() <= kMaxTips;
  Cloud cloud;
  for (size_t i = 0; i < input.candidates.size(); ++i) {
    const CandidateRecord& record = input.candidates[i];
    const double x = x_of(record);
    if (!(x >= 0)) continue;
    const Metric* reached = FindMetric(record, input.score.name);
    if (reached == nullptr) {
      if (record.failure == FailureClass::kInfeasible) cloud.infeasible.push_back(x);
      continue;
    }
    const bool on_front = front.contains(i);
    const bool on_board = FindMetric(record, metric::kLatency) != nullptr;
    PlotPoint point{x, ScaleOf(input.score) * reached->value, ""};
    if (tips || ((on_front || on_board) && cloud.front.size() + cloud.board.size() < kMaxTips)) {
      point.tip = Tip(record, input.score);
    }
    if (on_front) cloud.front.push_back(point);
    (on_board ? cloud.board : cloud.plain).push_back(point);
  }
  Thin(&cloud);
  return cloud;
}

std::pair<double, double> RangeOf(const Cloud& cloud, double PlotPoint::*coordinate) {
  double low = std::numeric_limits<double>::infinity(), high = -low;
  for (const auto* points : {&cloud.plain, &cloud.board, &cloud.front}) {
    for (const PlotPoint& point : *points) {
      low = std::min(low, point.*coordinate);
      high = std::max(high, point.*coordinate);
    }
  }
  return {low, high};
}

// Of the front, those that are also best in just these two: the visible edge of the cloud.
std::vector<PlotPoint> Staircase(std::vector<PlotPoint> front, const Score& score) {
  std::sort(front.begin(), front.end(), [&](const PlotPoint& a, const PlotPoint& b) {
    return a.x < b.x || (a.x == b.x && score.IsBetter(a.y, b.y));
  });
  std::vector<PlotPoint> stairs;
  for (const PlotPoint& point : front) {
    if (!stairs.empty() && !score.IsBetter(point.y, stairs.back().y)) continue;
    if (!stairs.empty()) stairs.push_back({point.x, stairs.back().y, ""});
    stairs.push_back(point);
  }
  return stairs;
}

std::string DrawCloud(const PlotFrame& frame, const Cloud& cloud, const Score& score) {
  const bool with_tips = cloud.plain.size() <= kMaxTips;
  std::string svg =
      with_tips ? Circles(frame, cloud.plain, "dot", 3) : DotPath(frame, cloud.plain, "dots");
  svg += Polyline(frame, Staircase(cloud.front, score), "frontline");
  svg += cloud.board.size() <= kMaxTips ? Circles(frame, cloud.board, "board", 3.5)
                                        : DotPath(frame, cloud.board, "boards");
  svg += cloud.front.size() <= kMaxTips ? Circles(frame, cloud.front, "front", 5)
                                        : DotPath(frame, cloud.front, "fronts");
  return svg;
}

// Short strokes on the floor of the plot, one per distinct place.
std::string DrawRug(const PlotFrame& frame, const std::vector<double>& xs) {
  std::unordered_set<long> places;
  std::string path;
  for (const double x : xs) {
    if (x < frame.x.low || x > frame.x.high) continue;
    const long place = std::lround(frame.X(x));
    if (places.insert(place).second) {
      path += "M" + std::to_string(place) + " " + Pixel(frame.height - frame.bottom) + "v-7";
    }
  }
  return path.empty() ? "" : "<path class=\"rug\" d=\"" + path + "\"/>";
}

std::string Legend(const Cloud& cloud, const Score& score, const char* board_meaning) {
  std::string legend;
  if (!cloud.plain.empty()) legend += LegendEntry("dot", "evaluated");
  if (!cloud.board.empty()) legend += LegendEntry("board", board_meaning);
  if (!cloud.front.empty()) legend += LegendEntry("front", "Pareto front of all objectives");
  if (!cloud.infeasible.empty())
    legend += LegendEntry("rug", "infeasible (" + score.name + " not evaluated)");
  return legend;
}

std::string Note(const PlotFrame& frame, const Cloud& cloud) {
  std::string note;
  const auto beyond = std::count_if(cloud.infeasible.begin(), cloud.infeasible.end(),
                                    [&](double x) { return x > frame.x.high; });
  if (beyond > 0) {
    note += FormatCount(static_cast<double>(beyond)) +
            " infeasible networks lie beyond the right edge. ";
  }
  if (cloud.left_out > 0) {
    note += fmt::format("Of {} evaluated networks {} are drawn, an even sample; ",
                        FormatCount(static_cast<double>(cloud.plain.size() + cloud.left_out)),
                        FormatCount(static_cast<double>(cloud.plain.size())));
    note += "those on the front or on a board are all there.";
  }
  return note;
}

std::string EmptyFigure(const std::string& title) {
  return Figure(title, "", "", "Nothing to draw: no network has both numbers.");
}

}  // namespace

std::string ScoreSramFigure(const ReportInput& input) {
  const std::string title = Capitalised(input.score.name) + " against SRAM";
  const Cloud cloud = CollectCloud(input, SramKb);
  if (cloud.empty()) return EmptyFigure(title);
  auto [low, high] = RangeOf(cloud, &PlotPoint::x);
  const auto [worst, best] = RangeOf(cloud, &PlotPoint::y);
  const double limit = static_cast<double>(input.limits.sram.value) / 1024;
  const bool draw_limit = limit > 0 && limit < 2 * high;
  if (draw_limit) high = std::max(high, 1.05 * limit);
  const PlotFrame frame{MakeAxis(low, high, "SRAM in kB"),
                        MakeAxis(worst, best, AxisTitle(input.score))};
  std::string svg = OpenPlot(frame, title) + DrawRug(frame, cloud.infeasible) +
                    DrawCloud(frame, cloud, input.score);
  if (draw_limit) svg += VerticalLimit(frame, limit, "limit " + FormatFixed(limit, 0) + " kB");
  std::string note = Note(frame, cloud);
  if (limit > 0 && !draw_limit) {
    note += " The limit of " + FormatFixed(limit, 0) + " kB lies far to the right.";
  }
  return Figure(title, svg + ClosePlot(), Legend(cloud, input.score, "ran on a board"), note);
}

std::string ScoreLatencyFigure(const ReportInput& input) {
  const std::string title = Capitalised(input.score.name) + " against latency";
  Cloud cloud = CollectCloud(input, LatencyOf);
  cloud.infeasible.clear();
  if (cloud.empty()) return EmptyFigure(title);
  const auto [low, high] = RangeOf(cloud, &PlotPoint::x);
  const auto [worst, best] = RangeOf(cloud, &PlotPoint::y);
  const PlotFrame frame{MakeAxis(low, high, "latency in ms"),
                        MakeAxis(worst, best, AxisTitle(input.score))};
  const std::string svg =
      OpenPlot(frame, title) + DrawCloud(frame, cloud, input.score) + ClosePlot();
  std::string note = Note(frame, cloud);
  if (!cloud.plain.empty()) note += " Latency of networks that ran on no board is predicted.";
  return Figure(title, svg, Legend(cloud, input.score, "latency from a board"), note);
}

}  // namespace mcunas
