#include <CLI/CLI.hpp>
#include <algorithm>
#include <cstdio>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "cli/model/fold_model.h"
#include "cli/model/named_option.h"
#include "cli/model/plan_request.h"
#include "cli/model/read_model.h"
#include "cli/verbs.h"
#include "common/file.h"
#include "common/text.h"
#include "memory_model/foreign/foreign_format.h"
#include "memory_model/limits.h"
#include "memory_model/memory_model.h"
#include "memory_model/order/operator_order.h"
#include "memory_model/planner/plan_memory.h"
#include "memory_model/report/plan_format.h"
#include "memory_model/report/plan_json.h"
#include "memory_model/report/plan_survey.h"
#include "memory_model/report/plan_svg.h"

namespace mcunas {
namespace {

constexpr Named<std::optional<ForeignSystem>> kCounts[] = {
    {std::nullopt, "mcunas"},
    {ForeignSystem::kTinyEngine, "tinyengine"},
    {ForeignSystem::kTflm, "tflm"}};

struct Options {
  std::string model;
  std::string board;
  std::optional<ForeignSystem> count;  // by whose rules; absent: our own
  std::string svg;
  PlanRequest plan;
  FoldFlags folding;
  bool json = false;
};

int Print(const std::string& text) {
  std::fputs(text.c_str(), stdout);
  return 0;
}

Expected<std::vector<BoardProfile>> AllBoards() {
  std::vector<BoardProfile> boards;
  for (const std::string& name : BoardNames()) {
    auto board = LoadBoardProfile(name);
    if (!board) return board.error();
    boards.push_back(std::move(*board));
  }
  return boards;
}

int CountAsOthers(const Network& network, ForeignSystem system, bool json) {
  return Print(json ? ForeignCountToJson(network, system) : FormatForeignCount(network, system));
}

// The limit on everything in SRAM, and what people call it.
struct SramLimit {
  Bytes bytes;  // 0: none
  std::string name;
};

SramLimit LimitOf(const Options& options, const BoardProfile* board) {
  if (options.plan.sram > 0) return {Bytes(options.plan.sram), "--sram"};
  if (board) return {BoardLimits(*board).sram, "board " + board->name};
  return {};
}

std::string TimesText(double factor) { return FixedPoint(factor, 3) + " times the MACs"; }

// Where the image lies in SRAM: what it would take if its rows came one by one.
std::string StreamedText(const Network& network, const ExecutionPlan& smallest,
                         PlanOptions options) {
  if (smallest.input_mode != InputMode::kResident) return "";
  options.input_mode = InputMode::kStreamed;
  const MemoryReport report = ReportMemory(network, PlanMemory(network, options));
  return "; with --input streamed " + std::to_string(report.total.value);
}

struct Result {
  std::optional<FoldReport> folding;
  OrderedNetwork ordered;
  ExecutionPlan plan;
  MemoryReport report;
};

// One sentence: what was asked for, the smallest there is and what it costs.
Error DoesNotFit(const Network& network, const Result& smallest, const SramLimit& limit,
                 const Options& options) {
  const ExecutionPlan& plan = smallest.plan;
  std::string text = network.name + " does not fit " + std::to_string(limit.bytes.value) +
                     " bytes of SRAM (" + limit.name + "): the smallest plan with the input " +
                     InputModeName(plan.input_mode) + " needs " +
                     std::to_string(smallest.report.total.value) + ", an arena of " +
                     std::to_string(plan.arena.value) + " at " + TimesText(plan.macs_factor);
  if (options.plan.max_macs_factor)
    text += ", within --max-macs-factor " + FixedPoint(*options.plan.max_macs_factor, 3);
  text += StreamedText(network, plan, OptionsOf(ConfigOf(options.plan, limit.bytes)));
  return {ErrorCode::kInfeasible, text};
}

// Flash does not depend on the plan.
Error DoesNotFitFlash(const Network& network, const MemoryReport& report,
                      const BoardProfile& board) {
  return {ErrorCode::kInfeasible, network.name + " does not fit the flash of board " + board.name +
                                      ": it needs " + std::to_string(report.flash_total.value) +
                                      " bytes of " +
                                      std::to_string(BoardLimits(board).flash.value)};
}

// What was asked for; 0 = no limit.
MemoryLimits AskedLimits(const SramLimit& sram, const BoardProfile* board) {
  return {sram.bytes, board ? BoardLimits(*board).flash : Bytes(), {}};
}

int Show(const Network& given, const Result& result, const Options& options,
         const BoardProfile* board) {
  const auto boards = AllBoards();
  if (!boards) return ReportError(boards.error());
  const Network& network = result.ordered.network;
  PlanSurvey survey =
      SurveyPlan(network, result.plan, result.report, OptionsOf(options.plan.config), *boards);
  survey.board = board;
  survey.limits = AskedLimits(LimitOf(options, board), board);
  survey.given = &given;
  if (result.folding && result.folding->changed())
    survey.macs_unfolded = result.folding->macs_before;
  survey.order = &result.ordered.order;
  if (!options.svg.empty()) {
    const auto written =
        WriteFileAtomically(options.svg, PlanToSvg(network, result.plan, result.report));
    if (!written) return ReportError(written.error());
  }
  return Print(options.json ? PlanToJson(network, result.plan, result.report, survey)
                            : FormatPlanTable(network, result.plan, result.report, survey));
}

// A plan that does not fit is shown like any other: the way to one that does begins there.
int PlanModel(Model model, const Options& options, const BoardProfile* board) {
  Result result;
  result.folding = FoldModel(options.folding, &model);
  const Network& given = model.network;
  result.ordered = OrderOperators(given);
  const Network& network = result.ordered.network;
  const SramLimit limit = LimitOf(options, board);
  result.plan =
      PlanFor(network, options.plan, limit.bytes, options.plan.sram == 0 ? board : nullptr);
  result.report = ReportMemory(network, result.plan);
  if (const int failed = Show(given, result, options, board)) return failed;
  if (limit.bytes.value > 0 && result.report.total > limit.bytes)
    return ReportError(DoesNotFit(network, result, limit, options));
  if (board && result.report.flash_total > BoardLimits(*board).flash)
    return ReportError(DoesNotFitFlash(network, result.report, *board));
  return 0;
}

int Plan(const Options& options) {
  const auto model = ReadModel(options.model);
  if (!model) return ReportError(model.error());
  if (options.count) return CountAsOthers(model->network, *options.count, options.json);
  if (options.board.empty()) return PlanModel(*model, options, nullptr);
  const auto board = LoadBoardProfile(options.board);
  if (!board) return ReportError(board.error());
  return PlanModel(*model, options, &*board);
}

constexpr const char* kExamples =
    "MODEL is a network description (JSON), a .tflite file, or six or more digits of the hash of a "
    "candidate under runs/. Where no plan keeps a limit, the smallest there is is shown and the "
    "exit code is 3.\n\n"
    "Example: mcunas plan network.json\n"
    "         mcunas plan model.tflite --input streamed --svg arena.svg\n"
    "         mcunas plan network.json --board nucleo-f446re --json\n"
    "         mcunas plan network.json --sram 48kB --input rereadable\n"
    "         mcunas plan 333fddaae9c3 --count tinyengine";

}  // namespace

void AddPlanVerb(CLI::App& app, Invocation& invocation) {
  auto options = std::make_shared<Options>();
  CLI::App* verb = app.add_subcommand("plan", "how much SRAM and flash a network needs, and why");
  verb->footer(kExamples);
  verb->add_option("model", options->model, "network JSON, .tflite or hash of a candidate")
      ->required();
  verb->add_option("--board", options->board,
                   "limits of a board (mcunas ls boards); without it none");
  AddPlanOptions(verb, &options->plan);
  AddNamedOption(verb, "--prefer", &options->plan.config.prefer, kPlanPreferences,
                 "of plans with equal MACs the smallest (sram) or the fastest that fits (speed)");
  AddNamedOption(verb, "--count", &options->count, kCounts, "by whose rules to count SRAM");
  AddFoldFlags(verb, &options->folding);
  verb->add_option("--svg", options->svg, "write a picture of the arena over time");
  verb->add_flag("--json", options->json, "machine-readable");
  verb->callback(
      [&invocation, options] { invocation.action = [options] { return Plan(*options); }; });
}

}  // namespace mcunas
