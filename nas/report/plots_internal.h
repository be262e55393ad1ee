// The figures of report.html, each a <figure> with its legend and caption. Private to nas/report.
#pragma once

#include <string>

#include "nas/report/report.h"

namespace mcunas {

// Dots drawn per plot at most; beyond that an even sample (and the page says so).
constexpr size_t kMaxDots = 20'000;
// Up to here every dot has its tip.
constexpr size_t kMaxTips = 1500;
// Networks of the ranking whose memory is drawn.
constexpr size_t kMaxMemoryFigures = 20;

std::string ScoreSramFigure(const ReportInput& input);
std::string ScoreLatencyFigure(const ReportInput& input);
// Predicted against measured latency with mean error and rank correlation.
std::string PredictorFigure(const ReportInput& input);
std::string HypervolumeFigure(const ReportInput& input);
// Live bytes and scratch of each operator, the peak marked, and what the limit leaves for them.
std::string MemoryFigure(const FinalNetwork& result, size_t rank, const MemoryLimits& limits);

// <figure><figcaption>title</figcaption>svg legend note</figure>; note and legend are HTML already.
std::string Figure(const std::string& title, const std::string& svg, const std::string& legend,
                   const std::string& note);
// One legend entry: a mark of this CSS class and its meaning.
std::string LegendEntry(const std::string& style, const std::string& meaning);

}  // namespace mcunas
