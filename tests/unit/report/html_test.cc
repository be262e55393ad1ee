// report.html: well-formed, self-contained, honest, small.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <regex>

#include "nas/report/report_html.h"
#include "nas/report/report_input.h"
#include "nas/report/svg_internal.h"
#include "sample_report.h"

namespace mcunas {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

std::string Page(const SampleReport& sample) { return ReportHtml(sample.input()).value(); }

// Every opened tag is closed in order; attributes are quoted; no bare '<' or '&' in text.
// Returns what is wrong, or nothing.
std::string Malformed(const std::string& html) {
  std::vector<std::string> open;
  size_t i = std::string("<!DOCTYPE html>").size();
  while ((i = html.find_first_of("<&", i)) != std::string::npos) {
    const std::string here = html.substr(i, 60);
    if (html[i] == '&') {
      static const std::regex entity("&(amp|lt|gt|quot|#39|#47);.*");
      const std::string line = here.substr(0, here.find('\n'));
      if (!std::regex_match(line, entity)) return "entity: " + here;
      ++i;
      continue;
    }
    const size_t end = html.find('>', i);
    if (end == std::string::npos) return "open tag: " + here;
    const std::string tag = html.substr(i + 1, end - i - 1);
    const std::string name = tag.substr(0, tag.find_first_of(" /", 1));
    if (tag[0] == '/') {
      if (open.empty() || open.back() != tag.substr(1)) return "closes nothing: " + here;
      open.pop_back();
    } else if (tag.back() != '/') {
      open.push_back(name);
    }
    if (std::count(tag.begin(), tag.end(), '"') % 2 != 0) return "attribute: " + here;
    i = end + 1;
  }
  return open.empty() ? "" : "never closed: " + open.back();
}

size_t CountOf(const std::string& text, const std::string& part) {
  size_t count = 0;
  for (size_t i = text.find(part); i != std::string::npos; i = text.find(part, i + 1)) ++count;
  return count;
}

TEST(Malformed, FindsWhatItLooksFor) {
  const std::string head = "<!DOCTYPE html>";
  EXPECT_EQ(Malformed(head + "<a><b x=\"1\"/>t &amp; &lt;</a>"), "");
  EXPECT_NE(Malformed(head + "<a><b></a></b>"), "");
  EXPECT_NE(Malformed(head + "<a>"), "");
  EXPECT_NE(Malformed(head + "<a>a & b</a>"), "");
  EXPECT_NE(Malformed(head + "<a x=\"1></a>"), "");
}

TEST(ReportHtml, IsWellFormedAtAnySize) {
  for (const int count : {0, 1, 2, 50, 400, 3000}) {
    EXPECT_EQ(Malformed(Page(MakeSampleReport(count))), "") << count;
  }
}

TEST(ReportHtml, FetchesNothingAndRunsNothing) {
  const std::string page = Page(MakeSampleReport(400));
  for (const char* forbidden : {"http://", "https://", "<script", "src=", "href=", "url(",
                                "@import", "<link", "<iframe", "onload", "//cdn"}) {
    EXPECT_THAT(page, Not(HasSubstr(forbidden)));
  }
  EXPECT_THAT(page, HasSubstr("prefers-color-scheme: dark"));
}

TEST(ReportHtml, EscapesWhateverItIsGiven) {
  SampleReport sample = MakeSampleReport(60);
  const std::string poison = "<script>alert(\"x\")</script> & 'y' \x01";
  ReportInput input = sample.input();
  input.run_name = input.board = poison;
  input.config_text = input.environment_text = poison;
  input.measured_on = {poison};
  input.objectives = {{poison, Direction::kMin}};
  input.next_commands = {poison};
  sample.candidates[0].failure = FailureClass::kCandidate;
  sample.candidates[0].failure_reason = poison + ": " + poison;
  sample.candidates[1].metrics[metric::kLatency] = {1, poison, Source::kMeasured};
  sample.ranking[0].record.metrics[metric::kTicks] = {1, poison, Source::kMeasured};
  sample.ranking[0].memory.peak_reason = poison;
  const std::string page = ReportHtml(input).value();
  EXPECT_THAT(page, Not(HasSubstr("<script")));
  EXPECT_THAT(page,
              HasSubstr("&lt;script&gt;alert(&quot;x&quot;)&lt;/script&gt; &amp; &#39;y&#39; ?"));
  EXPECT_EQ(Malformed(page), "");
}

TEST(ReportHtml, ShowsTheNumbersOfTheInput) {
  SampleReport sample = MakeSampleReport(400);
  CandidateRecord& winner = sample.ranking[0].record;
  winner.metrics["test_accuracy"] = {0.87654, "ratio", Source::kMeasured};
  winner.metrics[metric::kLatency] = {12.344, "ms", Source::kEmulated};
  winner.metrics[metric::kSram] = {51'200, "bytes", Source::kAnalytic};
  const std::string page = Page(sample);
  EXPECT_THAT(page, HasSubstr("<b>" + winner.hash.Short() + "</b>"));
  EXPECT_THAT(page, HasSubstr("<b>87.65 %</b>"));
  EXPECT_THAT(page, HasSubstr("<b>12.34 ms</b><span>latency</span><span>emulated</span>"));
  EXPECT_THAT(page, HasSubstr("<b>50.0 kB</b>"));
  EXPECT_THAT(page, HasSubstr("sample-&lt;run&gt;"));
  EXPECT_THAT(page, HasSubstr("limit 64 kB"));
  EXPECT_THAT(page, HasSubstr("Seed 7."));
  EXPECT_THAT(page, HasSubstr("name: a &amp; b"));
  for (const size_t position : sample.front) {
    EXPECT_THAT(page, HasSubstr("<code>" + sample.candidates[position].hash.Short() + "</code>"));
  }
}

TEST(ReportHtml, DrawsEveryCandidateOnce) {
  const SampleReport sample = MakeSampleReport(400);
  size_t evaluated = 0, on_board = 0;
  for (const CandidateRecord& r : sample.candidates) {
    if (!r.metrics.contains(metric::kAccuracy)) continue;
    ++evaluated;
    on_board += FindMetric(r, metric::kLatency) != nullptr ? 1 : 0;
  }
  const std::string page = Page(sample);
  const size_t begin = page.find("<figcaption>Accuracy against SRAM");
  const std::string figure = page.substr(begin, page.find("</svg>", begin) - begin);
  EXPECT_EQ(CountOf(figure, "<circle"), evaluated + sample.front.size());
  const size_t boards = figure.find("<g class=\"board\">");
  EXPECT_EQ(CountOf(figure.substr(boards, figure.find("</g>", boards) - boards), "<circle"),
            on_board);
  EXPECT_EQ(CountOf(page, "<rect class=\"bar peak\" x=\"4\""), sample.ranking.size());  // legends
  EXPECT_EQ(CountOf(page, "peak 51.8 kB at operator"), sample.ranking.size());
}

TEST(ReportHtml, TellsHowWellLatencyWasPredicted) {
  SampleReport sample = MakeSampleReport(0);
  for (int i = 0; i < 4; ++i) {
    CandidateRecord record;
    record.hash = HashBytes(std::to_string(i));
    record.metrics[metric::kLatency] = {10.0 * (i + 1), "ms", Source::kMeasured};
    record.metrics[metric::kPredictedLatency] = {11.0 * (i + 1), "ms", Source::kAnalytic};
    sample.candidates.push_back(record);
  }
  EXPECT_THAT(Page(sample), HasSubstr("4 networks, mean absolute error (MAPE) 10.00 %, rank "
                                      "correlation (Kendall's tau) 1.000."));
}

TEST(ReportHtml, NamesRejectionsWithCounts) {
  SampleReport sample = MakeSampleReport(200);
  sample.candidates[0].failure = FailureClass::kCandidate;
  sample.candidates[0].failure_reason = "hard_fault: at 0x08001234";
  const std::string page = Page(sample);
  EXPECT_THAT(page,
              HasSubstr("<td class=\"left\">candidate</td><td class=\"left\">hard_fault</td>"));
  EXPECT_THAT(page, HasSubstr("hard_fault: at 0x08001234"));
}

TEST(ReportHtml, HoldsAHundredThousandCandidatesInFourMegabytes) {
  const SampleReport sample = MakeSampleReport(100'000);
  const std::string page = Page(sample);
  EXPECT_LT(page.size(), 4'000'000u);
  EXPECT_THAT(page, HasSubstr("an even sample"));
  EXPECT_EQ(Malformed(page), "");
}

TEST(ReportHtml, NothingToDrawIsSaid) {
  const std::string page = Page(MakeSampleReport(0));
  EXPECT_THAT(page, HasSubstr("No network won."));
  EXPECT_THAT(page, HasSubstr("Nothing to draw"));
  EXPECT_THAT(page, HasSubstr("No round was completed."));
}

TEST(Axis, HasSensibleTicks) {
  const Axis percent = MakeAxis(61.2, 84.9, "x");
  EXPECT_EQ(percent.ticks, (std::vector<double>{65, 70, 75, 80, 85}));
  EXPECT_EQ(percent.decimals, 0);
  EXPECT_LE(percent.low, 61.2);
  EXPECT_GE(percent.high, 84.9);
  const Axis fine = MakeAxis(0.700, 0.712, "x");
  EXPECT_EQ(fine.decimals, 3);
  EXPECT_GE(fine.ticks.size(), 4u);
  EXPECT_EQ(MakeAxis(0, 5, "x").low, 0);  // never below zero for what cannot be negative
}

TEST(Axis, SurvivesOddRanges) {
  const double infinity = std::numeric_limits<double>::infinity();
  for (const auto& [low, high] : std::vector<std::pair<double, double>>{{5, 5},
                                                                        {0, 0},
                                                                        {1e-9, 1e-9},
                                                                        {1e12, 1e12},
                                                                        {3, 1},
                                                                        {infinity, -infinity},
                                                                        {std::nan(""), 1},
                                                                        {-2, -1}}) {
    const Axis axis = MakeAxis(low, high, "x");
    EXPECT_LT(axis.low, axis.high);
    EXPECT_GE(axis.ticks.size(), 2u) << low << " " << high;
    EXPECT_LE(axis.ticks.size(), 20u);
  }
}

TEST(DotPath, DrawsEachSpotOnce) {
  PlotFrame frame{MakeAxis(0, 10, "x"), MakeAxis(0, 10, "y")};
  const std::string path =
      DotPath(frame, {{1, 1, ""}, {1, 1, ""}, {1.0001, 1, ""}, {5, 5, ""}}, "dots");
  EXPECT_EQ(CountOf(path, "h0"), 2u);
  EXPECT_EQ(DotPath(frame, {{99, 99, ""}}, "dots"), "");
}

}  // namespace
}  // namespace mcunas
