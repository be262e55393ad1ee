#include "nas/report/verdict.h"

#include <fmt/format.h>

#include <algorithm>

#include "common/names.h"
#include "nas/evaluate/statistics.h"
#include "nas/report/format_internal.h"
#include "nas/report/sections_internal.h"

namespace mcunas {
namespace {

std::optional<Interval> IntervalOf(const CandidateRecord& record, const std::string& name) {
  const Metric* metric = FindMetric(record, name);
  const auto count = MetricValue(record, Score::count_name(name));
  if (metric == nullptr || metric->unit != "ratio" || !count || *count < 1) return std::nullopt;
  if (metric->value < 0 || metric->value > 1) return std::nullopt;
  return ShareInterval(metric->value, static_cast<int64_t>(*count));
}

bool Apart(const std::optional<Interval>& a, const std::optional<Interval>& b) {
  return a && b && (a->low > b->high || b->low > a->high);
}

const char* Meaning(BaselineKind kind) {
  switch (kind) {
    case BaselineKind::kLargest:
      return "largest network within the limits";
    case BaselineKind::kUniform:
      return "largest width x resolution within the limits";
    case BaselineKind::kRandom:
      return "best of as many random networks";
  }
  return "";
}

std::string FormatWork(double work) { return fmt::format("{:.1f} G", work / 1e9); }

std::string Against(const Comparison& comparison, const std::string& name) {
  return fmt::format("{} ({})", FormatMetric(FindMetric(comparison.baseline->network.record, name)),
                     DescribeBaseline(*comparison.baseline));
}

}  // namespace

std::vector<Comparison> CompareWithBaselines(const ReportInput& input) {
  std::vector<Comparison> comparisons;
  const FinalNetwork* winner = Winner(input);
  const std::string name = input.score.test_name();
  const auto own = winner == nullptr ? std::nullopt : MetricValue(winner->record, name);
  if (!own) return comparisons;
  for (const BaselineNetwork& baseline : input.baselines) {
    const CandidateRecord& record = baseline.network.record;
    const auto other = MetricValue(record, name);
    if (!other) continue;
    const double difference = *own - *other;
    comparisons.push_back({&baseline,
                           input.score.direction() == Direction::kMax ? difference : -difference,
                           Apart(IntervalOf(winner->record, name), IntervalOf(record, name))});
  }
  return comparisons;
}

std::string DescribeBaseline(const BaselineNetwork& baseline) {
  const int64_t epochs = baseline.network.recipe.epochs;
  if (baseline.network.recipe.start == WeightsRecipe::Start::kRandom)
    return fmt::format("{}, alone for {} epochs", Meaning(baseline.kind), epochs);
  return Meaning(baseline.kind);
}

std::string Verdict(const ReportInput& input) {
  if (Winner(input) == nullptr) return "No network reached the final ranking.\n";
  if (input.baselines.empty())
    return "No baseline was evaluated: nothing says whether the search was worth its cost.\n";
  const std::vector<Comparison> comparisons = CompareWithBaselines(input);
  if (comparisons.empty()) return "The winner or its baselines were not tested.\n";
  const auto worst = std::min_element(
      comparisons.begin(), comparisons.end(),
      [](const Comparison& a, const Comparison& b) { return a.advantage < b.advantage; });
  const std::string name = input.score.test_name();
  const char* says = worst->advantage > 0    ? "The winner beats every baseline"
                     : worst->advantage == 0 ? "The winner is no better than a baseline"
                                             : "The winner LOSES to a baseline";
  return fmt::format("{}: int8 {} on the test set {} against {}{}.\n", says, input.score.name,
                     FormatMetric(FindMetric(Winner(input)->record, name)), Against(*worst, name),
                     worst->certain ? "" : "; within the 95 % intervals");
}

std::string FormatScore(const CandidateRecord& record, const std::string& name) {
  const std::string value = FormatMetric(FindMetric(record, name));
  const auto interval = IntervalOf(record, name);
  if (!interval) return value;
  return fmt::format("{} ({:.1f} to {:.1f})", value, 100 * interval->low, 100 * interval->high);
}

std::string FormatBaselines(const ReportInput& input) {
  if (input.baselines.empty()) return "";
  std::string text = "\nbaselines, none of which took a search:\n";
  for (const BaselineNetwork& baseline : input.baselines) {
    const CandidateRecord& record = baseline.network.record;
    const auto metric = [&](const char* name) { return FormatMetric(FindMetric(record, name)); };
    text += fmt::format("  {:<8} {}  test {}, SRAM {}, flash {}, {} MACs: {}\n",
                        NameOf(kBaselineKinds, baseline.kind), record.hash.Short(),
                        FormatScore(record, input.score.test_name()), metric(metric::kSram),
                        metric(metric::kFlash), metric(metric::kMacs), DescribeBaseline(baseline));
  }
  return text;
}

std::string BaselinesSection(const ReportInput& input) {
  if (input.baselines.empty()) return "";
  const Score& score = input.score;
  const std::string name = EscapeHtml(score.name);
  HtmlTable table;
  table.titles = {"baseline",
                  "network",
                  "int8 test " + name,
                  "float test " + name,
                  "int8 " + name,
                  "float " + name,
                  "SRAM",
                  "flash",
                  "MACs",
                  "how"};
  table.styles = {"left", "left", "", "", "", "", "", "", "", "text"};
  for (const BaselineNetwork& baseline : input.baselines) {
    const CandidateRecord& record = baseline.network.record;
    const auto cell = [&](const std::string& metric) {
      return EscapeHtml(FormatScore(record, metric));
    };
    table.rows.push_back({NameOf(kBaselineKinds, baseline.kind),
                          "<code>" + record.hash.Short() + "</code>", cell(score.test_name()),
                          cell(score.float_test_name()), cell(score.int8_name()),
                          cell(score.float_name()), cell(metric::kSram), cell(metric::kFlash),
                          cell(metric::kMacs), EscapeHtml(DescribeBaseline(baseline))});
  }
  return "<h3>Baselines</h3>\n" + TableHtml(table) +
         fmt::format(
             "<p class=\"soft\">Networks that took no search, within the same limits. The "
             "search cost {} MACs x images: supernet {}, evaluations {}, final training "
             "{}; one training step counts three passes. Brackets: 95 % intervals.</p>\n",
             FormatWork(input.work.total()), FormatWork(input.work.training),
             FormatWork(input.work.evaluation), FormatWork(input.work.fine_tuning));
}

}  // namespace mcunas
