// How numbers and texts look in the report. Private to nas/report.
#pragma once

#include <string>
#include <string_view>

#include "nas/report/report_input.h"

namespace mcunas {

// For element content and double-quoted attributes of HTML. Bytes that HTML forbids become '?'.
std::string EscapeHtml(std::string_view text);

// Latency as good as it is known: measured or emulated before predicted. nullptr: neither.
const Metric* BestLatency(const CandidateRecord& record);

// What a board said of a candidate, or nullptr where it was not asked.
const BoardResult* FindBoard(const CandidateRecord& record, const std::string& board);
// Of that board alone; nullptr: the board gave no such number.
const Metric* FindMetric(const BoardResult* result, const std::string& name);

// Values for people. "-" for NaN.
std::string FormatFixed(double value, int decimals);
std::string FormatCount(double value);      // "1 234 567"
std::string FormatPercent(double ratio);    // 0.9132 -> "91.32 %"
std::string FormatKilobytes(double bytes);  // 65536 -> "64.0 kB"
std::string FormatMillions(double count);   // 1234567 -> "1.23 M"
// As the metric's own unit asks: bytes in kB, ratios in percent, MACs and instructions in millions.
std::string FormatMetric(const Metric& metric);
// "-" for a missing metric.
std::string FormatMetric(const Metric* metric);

// "3 groups, 1.04 x MACs"; "-" for no plan.
std::string FormatPlan(const ExecutionPlan& plan);

// "3.24 ms emulated"; "-" for a missing metric.
std::string FormatSourced(const Metric* metric);

// "Accuracy" of "accuracy": a name at the beginning of a sentence.
std::string Capitalised(std::string name);

// "sram" of "sram: needs 81234 bytes, limit 65536"; the whole text where there is no colon.
std::string ReasonKind(const std::string& failure_reason);

}  // namespace mcunas
