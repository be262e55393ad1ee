#include <CLI/CLI.hpp>
#include <algorithm>
#include <cstdio>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "cli/model/fold_model.h"
#include "cli/model/named_option.h"
#include "cli/model/read_model.h"
#include "cli/verbs.h"
#include "common/file.h"
#include "common/text.h"
#include "memory_model/foreign/foreign_format.h"
#include "memory_model/limits.h"
#include "memory_model/memory_model.h"
#include "memory_model/order/operator_order.h"
#include "memory_model/planner/plan_choice.h"
#include "memory_model/planner/plan_memory.h"
#include "memory_model/regions/regions.h"
#include "memory_model/report/plan_format.h"
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
  PlanConfig plan;
  FoldFlags folding;
  std::optional<double> max_macs_factor;
  int64_t sram = 0;
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
  if (options.sram > 0) return {Bytes(options.sram), "--sram"};
  if (board) return {BoardLimits(*board).sram, "board " + board->name};
  return {};
}

PlanConfig ConfigOf(const Options& options, const SramLimit& limit) {
  PlanConfig config = options.plan;
  const double any = limit.bytes.value > 0 ? kAnyMacsFactor : 1.0;
  config.max_macs_factor = options.max_macs_factor.value_or(any);
  return config;
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

// One sentence: what was asked for, the smallest there is and what it costs.
Error DoesNotFit(const Network& network, const ExecutionPlan& smallest, const SramLimit& limit,
                 const Options& options) {
  const MemoryReport report = ReportMemory(network, smallest);
  std::string text =
      network.name + " does not fit " + std::to_string(limit.bytes.value) + " bytes of SRAM (" +
      limit.name + "): the smallest plan with the input " + InputModeName(smallest.input_mode) +
      " needs " + std::to_string(report.total.value) + ", an arena of " +
      std::to_string(smallest.arena.value) + " at " + TimesText(smallest.macs_factor);
  if (options.max_macs_factor)
    text += ", within --max-macs-factor " + FixedPoint(*options.max_macs_factor, 3);
  text += StreamedText(network, smallest, OptionsOf(ConfigOf(options, limit)));
  return {ErrorCode::kInfeasible, text};
}

// Flash does not depend on the plan.
Expected<void> CheckFlash(const Network& network, const MemoryReport& report,
                          const BoardProfile* board) {
  if (!board || report.flash_total <= BoardLimits(*board).flash) return {};
  return Error{ErrorCode::kInfeasible, network.name + " does not fit the flash of board " +
                                           board->name + ": it needs " +
                                           std::to_string(report.flash_total.value) + " bytes of " +
                                           std::to_string(BoardLimits(*board).flash.value)};
}

struct Result {
  std::optional<FoldReport> folding;
  OrderedNetwork ordered;
  ExecutionPlan plan;
  MemoryReport report;
};

int Show(const Network& given, const Result& result, const Options& options,
         const BoardProfile* board) {
  const auto boards = AllBoards();
  if (!boards) return ReportError(boards.error());
  const Network& network = result.ordered.network;
  PlanSurvey survey =
      SurveyPlan(network, result.plan, result.report, OptionsOf(options.plan), *boards);
  survey.board = board;
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

int PlanModel(Model model, const Options& options, const BoardProfile* board) {
  Result result;
  result.folding = FoldModel(options.folding, &model);
  const Network& given = model.network;
  result.ordered = OrderOperators(given);
  const Network& network = result.ordered.network;
  const SramLimit limit = LimitOf(options, board);
  const PlanConfig config = ConfigOf(options, limit);
  result.plan = ChoosePlan(network, config, {limit.bytes, {}, {}});
  if (board && options.sram == 0)
    result.plan = SpreadOverRegions(network, std::move(result.plan), *board, OptionsOf(config));
  result.report = ReportMemory(network, result.plan);
  if (limit.bytes.value > 0 && result.report.total > limit.bytes)
    return ReportError(DoesNotFit(network, result.plan, limit, options));
  const auto flash = CheckFlash(network, result.report, board);
  if (!flash) return ReportError(flash.error());
  return Show(given, result, options, board);
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
    "candidate under runs/. A limit that no plan keeps ends with exit code 3 and the smallest that "
    "one does.\n\n"
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
  AddNamedOption(verb, "--input", &options->plan.input, kInputModes,
                 "the image lies in SRAM (resident), its rows come once (streamed), or may be "
                 "asked for again (rereadable)");
  verb->add_option("--max-macs-factor", options->max_macs_factor,
                   "recomputation allowed to save SRAM: MACs with / MACs without; without it 1, or "
                   "what a limit takes")
      ->check(CLI::Range(1.0, kAnyMacsFactor));
  verb->add_option("--sram", options->sram,
                   "limit in bytes for arena, scratch, data, stack and output (also 48kB)")
      ->transform(CLI::AsSizeValue(false))
      ->check(CLI::PositiveNumber);
  AddNamedOption(verb, "--modes", &options->plan.modes, kGroupModes,
                 "kinds of groups to use beside layerwise, e.g. row_stream,patches");
  verb->add_option("--smallest-segment", options->plan.smallest_segment,
                   "columns that operators compute at a time, at least; 1 = single pixels: the "
                   "smallest arena, but slower")
      ->check(CLI::Range(1, kMaxSide))
      ->capture_default_str();
  AddNamedOption(verb, "--prefer", &options->plan.prefer, kPlanPreferences,
                 "of plans with equal MACs the smallest (sram) or the fastest that fits (speed)");
  AddNamedOption(verb, "--count", &options->count, kCounts, "by whose rules to count SRAM");
  AddFoldFlags(verb, &options->folding);
  verb->add_option("--svg", options->svg, "write a picture of the arena over time");
  verb->add_flag("--json", options->json, "machine-readable");
  verb->callback(
      [&invocation, options] { invocation.action = [options] { return Plan(*options); }; });
}

}  // namespace mcunas
