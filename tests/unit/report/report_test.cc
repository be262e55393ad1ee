// Values in the table, CSV and JSON equal the input; bad input is refused.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdlib>
#include <nlohmann/json.hpp>
#include <sstream>

#include "common/file.h"
#include "nas/report/pareto_csv.h"
#include "nas/report/report.h"
#include "nas/report/report_html.h"
#include "nas/report/report_input.h"
#include "nas/report/result_json.h"
#include "nas/report/result_table.h"
#include "sample_report.h"

namespace mcunas {
namespace {

using nlohmann::json;
using ::testing::HasSubstr;
using ::testing::Not;

std::vector<std::string> Lines(const std::string& text) {
  std::vector<std::string> lines;
  std::istringstream stream(text);
  for (std::string line; std::getline(stream, line);) lines.push_back(line);
  return lines;
}

// Below the verdict and the empty line that follows it.
std::vector<std::string> TableLines(const std::string& text) {
  std::vector<std::string> lines = Lines(text);
  EXPECT_EQ(lines[1], "");
  lines.erase(lines.begin(), lines.begin() + 2);
  return lines;
}

// Splits one CSV line; quoted fields may hold commas and doubled quotes.
std::vector<std::string> Fields(const std::string& line) {
  std::vector<std::string> fields(1);
  bool quoted = false;
  for (size_t i = 0; i < line.size(); ++i) {
    if (line[i] == '"' && quoted && i + 1 < line.size() && line[i + 1] == '"') {
      fields.back() += line[++i];
    } else if (line[i] == '"') {
      quoted = !quoted;
    } else if (line[i] == ',' && !quoted) {
      fields.emplace_back();
    } else {
      fields.back() += line[i];
    }
  }
  return fields;
}

TEST(ParetoCsv, HoldsTheFrontWithFullPrecision) {
  const SampleReport sample = MakeSampleReport(300);
  const auto csv = ParetoCsv(sample.input());
  ASSERT_TRUE(csv);
  const auto lines = Lines(*csv);
  ASSERT_EQ(lines.size(), sample.front.size() + 1);
  const auto titles = Fields(lines[0]);
  for (size_t row = 0; row < sample.front.size(); ++row) {
    const CandidateRecord& record = sample.candidates[sample.front[row]];
    const auto fields = Fields(lines[row + 1]);
    ASSERT_EQ(fields.size(), titles.size());
    EXPECT_EQ(fields[0], record.hash.Hex());
    EXPECT_EQ(fields[1], std::to_string(record.index));
    EXPECT_EQ(fields.back(), ArchitectureToJson(record.architecture));
    for (size_t c = 3; c + 1 < titles.size(); c += 3) {
      const Metric* metric = FindMetric(record, titles[c]);
      if (metric == nullptr) {
        EXPECT_EQ(fields[c] + fields[c + 1] + fields[c + 2], "");
        continue;
      }
      EXPECT_EQ(std::strtod(fields[c].c_str(), nullptr), metric->value);  // to the last bit
      EXPECT_EQ(fields[c + 1], metric->unit);
      EXPECT_EQ(fields[c + 2], SourceName(metric->source));
    }
  }
}

void ExpectQuantity(const json& quantity, const Metric& metric) {
  EXPECT_EQ(quantity.at("value").get<double>(), metric.value);
  EXPECT_EQ(quantity.at("unit"), metric.unit);
  EXPECT_EQ(quantity.at("source"), SourceName(metric.source));
  EXPECT_EQ(quantity.size(), 3u);
}

TEST(ResultJson, GivesEveryMetricWithUnitAndSource) {
  const SampleReport sample = MakeSampleReport(300);
  const json result = json::parse(ResultJson(sample.input()).value());
  ASSERT_EQ(result["pareto"].size(), sample.front.size());
  for (size_t i = 0; i < sample.front.size(); ++i) {
    const CandidateRecord& record = sample.candidates[sample.front[i]];
    EXPECT_EQ(result["pareto"][i]["network"], record.hash.Hex());
    const auto metrics = AllMetrics(record);
    ASSERT_EQ(result["pareto"][i]["metrics"].size(), metrics.size());
    for (const auto& [name, metric] : metrics) {
      ExpectQuantity(result["pareto"][i]["metrics"][name], metric);
    }
  }
  EXPECT_EQ(result["schema_version"], kResultSchemaVersion);
  EXPECT_EQ(result["seed"], 7);
  EXPECT_EQ(result["config_hash"], HashBytes(sample.input().config_text).Hex());
  EXPECT_EQ(result["limits"]["sram"]["value"], 65536);
  EXPECT_TRUE(result["limits"]["macs"].is_null());
  EXPECT_EQ(result["limits"]["latency"]["value"], 12.5);
  EXPECT_EQ(result["environment"]["mcunas"], "0.1.0");
}

TEST(ResultJson, TellsWinnerFinalistsAndTheirMemory) {
  const SampleReport sample = MakeSampleReport(300);
  const json result = json::parse(ResultJson(sample.input()).value());
  EXPECT_EQ(result["winner"]["network"], sample.ranking[0].record.hash.Hex());
  ASSERT_EQ(result["finalists"].size(), sample.ranking.size());
  const json& first = result["finalists"][0];
  EXPECT_EQ(first["rank"], 1);
  EXPECT_EQ(first["memory"]["total"]["value"], 60'000);
  EXPECT_EQ(first["memory"]["peak_reason"], sample.ranking[0].memory.peak_reason);
  ASSERT_EQ(first["operators"].size(), 24u);
  EXPECT_EQ(first["operators"][1]["operator"], "depthwise");
  EXPECT_EQ(first["operators"][1]["scratch"]["value"], 1024);
  EXPECT_EQ(first["operators"][2]["live"]["value"],
            sample.ranking[0].memory.operators[2].live.value);
}

// Every number that is not an identifier stands in an object with its unit and source.
void ExpectProvenance(const json& node, const std::string& path) {
  if (node.is_object() && node.contains("value")) return;
  if (node.is_object()) {
    for (const auto& [key, value] : node.items()) {
      const bool identifier = key == "rank" || key == "index" || key == "round" || key == "seed" ||
                              key == "schema_version" || key == "architecture" ||
                              key == "environment";
      if (!identifier) ExpectProvenance(value, path + "." + key);
    }
  } else if (node.is_array()) {
    for (const json& item : node) ExpectProvenance(item, path + "[]");
  } else {
    EXPECT_FALSE(node.is_number()) << path;
  }
}

TEST(ResultJson, NoNumberStandsAlone) {
  ExpectProvenance(json::parse(ResultJson(MakeSampleReport(300).input()).value()), "");
}

TEST(ResultJson, ThePlanTravelsWithItsNetwork) {
  SampleReport sample = MakeSampleReport(100);
  EXPECT_FALSE(json::parse(ResultJson(sample.input()).value())["winner"].contains("plan"));
  EXPECT_THAT(FormatResultTable(sample.input(), 0), Not(HasSubstr("plan")));
  ExecutionPlan& plan = sample.ranking[0].plan;
  plan.groups = {{0, 20, GroupMode::kStrips, 3, 1, 4, 0}, {20, 24}};
  plan.input_mode = InputMode::kStreamed;
  plan.macs_factor = 1.0625;
  plan.peak_operator = 7;
  const json written = json::parse(ResultJson(sample.input()).value())["winner"]["plan"];
  EXPECT_EQ(written["macs_factor"]["value"], 1.0625);
  EXPECT_EQ(written["input"], "streamed");
  EXPECT_EQ(written["peak_operator"], 7);
  ASSERT_EQ(written["groups"].size(), 2u);
  EXPECT_EQ(written["groups"][0]["mode"], "strips");
  EXPECT_EQ(written["groups"][0]["last"], 20);
  EXPECT_EQ(written["groups"][0]["strips"], 3);
  EXPECT_EQ(written["groups"][1]["mode"], "layerwise");
  EXPECT_THAT(FormatResultTable(sample.input(), 0), HasSubstr("2 groups, 1.06 x MACs"));
  EXPECT_THAT(ReportHtml(sample.input()).value(), HasSubstr("2 groups, 1.06 x MACs"));
}

TEST(ResultJson, CountsFailuresByReason) {
  SampleReport sample = MakeSampleReport(300);
  sample.candidates[0].failure = FailureClass::kCandidate;
  sample.candidates[0].failure_reason = "hard_fault: at 0x08001234";
  const json counts = json::parse(ResultJson(sample.input()).value())["counts"];
  int64_t infeasible = 0;
  for (const CandidateRecord& r : sample.candidates) {
    infeasible += r.failure == FailureClass::kInfeasible ? 1 : 0;
  }
  EXPECT_EQ(counts["candidates"]["value"], 300);
  EXPECT_EQ(counts["by_failure"]["infeasible"]["value"], infeasible);
  EXPECT_EQ(counts["by_reason"]["sram"]["value"], infeasible);
  EXPECT_EQ(counts["by_reason"]["hard_fault"]["value"], 1);
}

TEST(ResultJson, MissingNumbersOfARoundAreNull) {
  const json result = json::parse(ResultJson(MakeSampleReport(100).input()).value());
  EXPECT_TRUE(result["rounds"][0]["latency_tau"].is_null());
  EXPECT_EQ(result["rounds"][1]["latency_tau"]["value"], 0.9);
}

TEST(Report, RefusesNumbersThatAreNone) {
  for (const double bad : {std::nan(""), std::numeric_limits<double>::infinity()}) {
    SampleReport sample = MakeSampleReport(50);
    sample.candidates[3].metrics[metric::kSram].value = bad;
    for (const auto& written :
         {ParetoCsv(sample.input()), ResultJson(sample.input()), ReportHtml(sample.input())}) {
      ASSERT_FALSE(written);
      EXPECT_EQ(written.error().code, ErrorCode::kCorrupt);
      EXPECT_THAT(written.error().message, HasSubstr(sample.candidates[3].hash.Short()));
      EXPECT_THAT(written.error().message, HasSubstr("sram_bytes"));
    }
  }
  SampleReport ranked = MakeSampleReport(50);
  ranked.ranking[0].record.metrics[metric::kLatency] = {std::nan(""), "ms", Source::kMeasured};
  EXPECT_FALSE(ResultJson(ranked.input()));
}

// A sample whose winner was measured on two boards, and whose second failed on one of them.
SampleReport SampleOfTwoBoards() {
  SampleReport sample = MakeSampleReport(300);
  for (size_t i = 0; i < 2; ++i) {
    for (CandidateRecord* record :
         {&sample.ranking[i].record, &sample.candidates[sample.front[i]]}) {
      record->board = "qemu-m7";
      record->boards["qemu-m7"].metrics[metric::kLatency] = {3.25, "ms", Source::kEmulated};
      record->boards["bench-m4"].metrics[metric::kLatency] = {9.5, "ms", Source::kMeasured};
    }
  }
  CandidateRecord& failed = sample.ranking[1].record;
  failed.boards["bench-m4"] = {{}, FailureClass::kCandidate, "hard_fault: at 0x0", {}, {}};
  failed.failure = FailureClass::kCandidate;
  failed.failure_reason = "hard_fault: on bench-m4: at 0x0";
  return sample;
}

TEST(SeveralBoards, EachHasItsNumbersInEveryForm) {
  const SampleReport sample = SampleOfTwoBoards();
  ReportInput input = sample.input();
  input.measured_on = {"qemu-m7", "bench-m4"};
  const json result = json::parse(ResultJson(input).value());
  const json& winner = result["winner"];
  EXPECT_EQ(winner["board"], "qemu-m7");
  EXPECT_EQ(winner["metrics"]["latency_ms"]["value"], 3.25);
  EXPECT_EQ(winner["boards"]["qemu-m7"]["metrics"]["latency_ms"]["value"], 3.25);
  EXPECT_EQ(winner["boards"]["bench-m4"]["metrics"]["latency_ms"]["value"], 9.5);
  EXPECT_EQ(result["finalists"][1]["boards"]["bench-m4"]["failure"], "candidate");
  EXPECT_EQ(result["finalists"][1]["boards"]["qemu-m7"]["failure"], "none");

  const std::string csv = ParetoCsv(input).value();
  EXPECT_THAT(Fields(Lines(csv)[0]), ::testing::IsSupersetOf({"latency_ms", "latency_ms@qemu-m7",
                                                              "latency_ms@bench-m4_unit"}));
  const auto table = TableLines(FormatResultTable(input, 0));
  EXPECT_THAT(table[0], ::testing::MatchesRegex(".* qemu-m7 +bench-m4"));
  EXPECT_THAT(table[1], ::testing::MatchesRegex(".* 3.25 ms emulated +9.50 ms measured"));
  EXPECT_THAT(table[2], ::testing::MatchesRegex(".* 3.25 ms emulated +hard_fault"));
  EXPECT_THAT(ReportHtml(input).value(), HasSubstr("<td class=\"left\">bench-m4</td><td>9.50 ms"));
}

TEST(SeveralBoards, OneBoardAloneAddsNoColumns) {
  const SampleReport sample = MakeSampleReport(300);
  EXPECT_THAT(ParetoCsv(sample.input()).value(), Not(HasSubstr("@")));
  EXPECT_THAT(FormatResultTable(sample.input(), 0), Not(HasSubstr("qemu-m7")));
  EXPECT_THAT(ReportHtml(sample.input()).value(), Not(HasSubstr("Board by board")));
}

TEST(SeveralBoards, NoBoardMayGiveANumberThatIsNone) {
  SampleReport sample = SampleOfTwoBoards();
  sample.ranking[0].record.boards["bench-m4"].metrics[metric::kStack] = {std::nan(""), "bytes",
                                                                         Source::kMeasured};
  EXPECT_FALSE(ResultJson(sample.input()));
}

TEST(Report, RefusesWhatDoesNotBelongTogether) {
  SampleReport sample = MakeSampleReport(50);
  sample.front.push_back(50);
  EXPECT_EQ(CheckReportInput(sample.input()).error().code, ErrorCode::kCorrupt);
  sample = MakeSampleReport(50);
  sample.ranking[1].memory.operators.pop_back();
  EXPECT_THAT(CheckReportInput(sample.input()).error().message, HasSubstr("another network"));
}

TEST(Report, WinnerMustNotHaveFailed) {
  SampleReport sample = MakeSampleReport(50);
  EXPECT_EQ(Winner(sample.input()), &sample.ranking[0]);
  sample.ranking[0].record.failure = FailureClass::kCandidate;
  EXPECT_EQ(Winner(sample.input()), nullptr);
  EXPECT_TRUE(json::parse(ResultJson(sample.input()).value())["winner"].is_null());
}

TEST(ResultTable, ShowsRankHashAndNumbers) {
  SampleReport sample = MakeSampleReport(200);
  sample.ranking[0].record.metrics["int8_accuracy"] = {0.91234, "ratio", Source::kMeasured};
  sample.ranking[0].record.metrics[metric::kLatency] = {12.345, "ms", Source::kEmulated};
  sample.ranking[0].record.metrics[metric::kTicks] = {3'456'789, "instructions", Source::kEmulated};
  const auto lines = TableLines(FormatResultTable(sample.input(), 0));
  EXPECT_THAT(lines[0], ::testing::MatchesRegex("rank  network .*int8.*latency.*SRAM.*MACs.*"));
  EXPECT_THAT(lines[1], HasSubstr(" 1  " + sample.ranking[0].record.hash.Short()));
  EXPECT_THAT(lines[1], HasSubstr(" 91.23 %"));
  EXPECT_THAT(lines[1], HasSubstr("12.35 ms emulated"));
  EXPECT_THAT(lines[1], HasSubstr("3.46 M instructions"));
  EXPECT_THAT(lines.back(), HasSubstr("  mcunas compile runs/x --name net -o net"));
}

TEST(ResultTable, DropsTheLeastImportantColumnsInNarrowTerminals) {
  const SampleReport sample = MakeSampleReport(200);
  const ReportInput input = sample.input();
  for (const int width : {120, 100, 80, 60}) {
    const auto lines = TableLines(FormatResultTable(input, width));
    for (size_t i = 0; i <= sample.ranking.size(); ++i) {
      EXPECT_LE(lines[i].size(), static_cast<size_t>(width)) << lines[i];
    }
    EXPECT_THAT(lines[0], HasSubstr("latency"));
  }
  EXPECT_THAT(FormatResultTable(input, 60), Not(HasSubstr("MACs")));
}

TEST(ResultTable, SaysWhatFailed) {
  SampleReport sample = MakeSampleReport(200);
  sample.ranking[1].record.failure = FailureClass::kCandidate;
  sample.ranking[1].record.failure_reason = "wrong_output: 3 of 10 bytes differ";
  EXPECT_THAT(FormatResultTable(sample.input(), 0), HasSubstr("candidate: wrong_output"));
}

TEST(Report, EmptyStudyIsReportedAsSuch) {
  const SampleReport sample = MakeSampleReport(0);
  EXPECT_THAT(FormatResultTable(sample.input(), 80), HasSubstr("No network reached"));
  EXPECT_EQ(ParetoCsv(sample.input()).value(), "network,index,round,architecture\n");
  const json result = json::parse(ResultJson(sample.input()).value());
  EXPECT_TRUE(result["winner"].is_null());
  EXPECT_TRUE(result["pareto"].empty());
}

TEST(Report, WritesItsThreeFiles) {
  std::string name = (std::filesystem::temp_directory_path() / "mcunas-report-XXXXXX").string();
  const std::filesystem::path folder = ::mkdtemp(name.data());
  const SampleReport sample = MakeSampleReport(100);
  ASSERT_TRUE(WriteReportFiles(sample.input(), folder / "run"));
  EXPECT_EQ(ReadFile(folder / "run/pareto.csv").value(), ParetoCsv(sample.input()).value());
  EXPECT_EQ(ReadFile(folder / "run/result.json").value(), ResultJson(sample.input()).value());
  EXPECT_EQ(ReadFile(folder / "run/report.html").value(), ReportHtml(sample.input()).value());
  std::filesystem::remove_all(folder);
}

}  // namespace
}  // namespace mcunas
