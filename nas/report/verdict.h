// What a search must beat, for people: the verdict, and the baselines as a table.
#pragma once

#include <string>
#include <vector>

#include "nas/report/report_input.h"

namespace mcunas {

// The winner against one baseline by the int8 score on the test set.
struct Comparison {
  const BaselineNetwork* baseline = nullptr;
  double advantage = 0;  // of the winner in the score's unit; below 0 it loses
  bool certain = false;  // the 95 % intervals do not touch (shares only)
};

// One per baseline that was tested, in order; empty without a tested winner.
std::vector<Comparison> CompareWithBaselines(const ReportInput& input);

// The first line of a result, with its line end: "The winner beats every baseline: ...", "The
// winner LOSES to a baseline: ...", or why nothing can be said. Never empty.
std::string Verdict(const ReportInput& input);

// "largest network within the limits, alone for 16 epochs".
std::string DescribeBaseline(const BaselineNetwork& baseline);

// "72.10 % (69.2 to 74.8)": a score with its 95 % interval where it is a share of counted images;
// "-" where the record has no such score.
std::string FormatScore(const CandidateRecord& record, const std::string& name);

// Lines for the terminal; empty without baselines.
std::string FormatBaselines(const ReportInput& input);
// The section of report.html; empty without baselines.
std::string BaselinesSection(const ReportInput& input);

}  // namespace mcunas
