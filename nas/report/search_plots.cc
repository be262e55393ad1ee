#include "nas/report/search_plots_internal.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "nas/evaluate/statistics.h"
#include "nas/report/figure_internal.h"
#include "nas/report/format_internal.h"
#include "nas/report/svg_internal.h"

namespace mcunas {
namespace {

struct Pairs {
  std::vector<double> predicted, measured;
  std::vector<PlotPoint> points;  // x measured, y predicted
};

// Kendall's tau is quadratic: of more pairs than this only the latest count.
constexpr size_t kMaxPairs = 5000;

Pairs CollectPairs(const ReportInput& input) {
  Pairs pairs;
  for (size_t i = input.candidates.size(); i-- > 0 && pairs.points.size() < kMaxPairs;) {
    const CandidateRecord& record = input.candidates[i];
    const Metric* measured = FindMetric(record, metric::kLatency);
    const Metric* predicted = FindMetric(record, metric::kPredictedLatency);
    if (measured == nullptr || predicted == nullptr || measured->value <= 0) continue;
    pairs.predicted.push_back(predicted->value);
    pairs.measured.push_back(measured->value);
    pairs.points.push_back({measured->value, predicted->value,
                            record.hash.Short() + "\npredicted " + FormatMetric(*predicted) + ", " +
                                SourceName(measured->source) + " " + FormatMetric(*measured)});
  }
  return pairs;
}

std::string PredictorNote(const Pairs& pairs) {
  const double error = MeanRelativeError(pairs.predicted, pairs.measured);
  const double tau = KendallTau(pairs.predicted, pairs.measured);
  return fmt::format(
      "{} networks, mean absolute error (MAPE) {}, rank correlation (Kendall's tau) {}.",
      pairs.points.size(), FormatPercent(error), FormatFixed(tau, 3));
}

}  // namespace

std::string PredictorFigure(const ReportInput& input) {
  const std::string title = "Predicted against measured latency";
  const Pairs pairs = CollectPairs(input);
  if (pairs.points.empty()) {
    return Figure(title, "", "", "No network has both a prediction and a measurement.");
  }
  const auto [low_m, high_m] = std::minmax_element(pairs.measured.begin(), pairs.measured.end());
  const auto [low_p, high_p] = std::minmax_element(pairs.predicted.begin(), pairs.predicted.end());
  const double low = std::min(*low_m, *low_p), high = std::max(*high_m, *high_p);
  const PlotFrame frame{MakeAxis(low, high, "latency on the board in ms"),
                        MakeAxis(low, high, "predicted latency in ms")};
  const std::vector<PlotPoint> diagonal = {{frame.x.low, frame.y.low, ""},
                                           {frame.x.high, frame.y.high, ""}};
  const std::string svg = OpenPlot(frame, title) + Polyline(frame, diagonal, "diagonal") +
                          Circles(frame, pairs.points, "board", 4) + ClosePlot();
  return Figure(title, svg, LegendEntry("board", "one network") + LegendEntry("diagonal", "equal"),
                PredictorNote(pairs));
}

std::string HypervolumeFigure(const ReportInput& input) {
  const std::string title = "Hypervolume against evaluations";
  std::vector<PlotPoint> points;
  double most = 0, best = 0, least = 1;
  for (const RoundRecord& round : input.rounds) {
    if (!std::isfinite(round.hypervolume)) continue;
    const auto evaluated = static_cast<double>(round.evaluated);
    points.push_back({evaluated, round.hypervolume,
                      fmt::format("round {}: {} evaluated, hypervolume {}", round.round,
                                  round.evaluated, FormatFixed(round.hypervolume, 4))});
    most = std::max(most, evaluated);
    best = std::max(best, round.hypervolume);
    least = std::min(least, round.hypervolume);
  }
  if (points.empty()) return Figure(title, "", "", "No round was completed.");
  const PlotFrame frame{MakeAxisFromZero(most, "networks evaluated"),
                        MakeAxis(least, best, "hypervolume (share of the box)")};
  const std::string svg = OpenPlot(frame, title) + Polyline(frame, points, "frontline") +
                          Circles(frame, points, "front", 3.5) + ClosePlot();
  return Figure(title, svg, LegendEntry("front", "after each round"), "");
}

}  // namespace mcunas
