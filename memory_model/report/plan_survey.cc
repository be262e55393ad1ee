#include "memory_model/report/plan_survey.h"

#include <algorithm>

#include "common/check.h"
#include "memory_model/limits.h"
#include "memory_model/planner/plan_memory.h"
#include "memory_model/regions/board_plan.h"
#include "memory_model/report/plan_format.h"

namespace mcunas {
namespace {

InputFigures FiguresFor(const Network& network, PlanOptions options, InputMode mode) {
  options.input_mode = mode;
  const ExecutionPlan plan = PlanMemory(network, options);
  return {mode, plan.macs_factor, ReportMemory(network, plan)};
}

// By one region, the first, or, where that does not do and there are more, by all.
BoardFit Fit(const Network& network, const PlanOptions& options, const BoardProfile& board,
             const MemoryReport& report, const std::vector<ParetoPoint>& front) {
  const MemoryLimits limits = BoardLimits(board);
  const Bytes rest = report.total - report.arena;
  const ParetoPoint point = BestPoint(front, rest, limits.sram);
  BoardFit fit{board.name,  point.macs_factor,  point.arena + rest,
               limits.sram, report.flash_total, limits.flash};
  if (fit.sram <= fit.sram_limit || board.sram.size() < 2) return fit;
  const auto spread = PlanInBoardRegions(network, board, options);
  if (!spread || spread->plan.arena + rest > fit.sram_limit) return fit;
  fit.several_regions = true;
  fit.macs_factor = spread->plan.macs_factor;
  fit.sram = spread->plan.arena + rest;
  return fit;
}

}  // namespace

ParetoPoint BestPoint(const std::vector<ParetoPoint>& front, Bytes rest, Bytes limit) {
  MCUNAS_CHECK(!front.empty(), "a front has at least one point");
  const auto fits = std::find_if(front.begin(), front.end(), [&](const ParetoPoint& point) {
    return point.arena + rest <= limit;
  });
  if (fits != front.end()) return *fits;
  return *std::min_element(front.begin(), front.end(),
                           [](const auto& a, const auto& b) { return a.arena < b.arena; });
}

PlanSurvey SurveyPlan(const Network& network, const ExecutionPlan& plan, const MemoryReport& report,
                      const PlanOptions& options, const std::vector<BoardProfile>& boards) {
  PlanSurvey survey;
  PlanOptions other = options;
  other.max_macs_factor = std::max(options.max_macs_factor, plan.macs_factor);
  other.sram = Bytes(0);
  for (InputMode mode : {InputMode::kResident, InputMode::kStreamed}) {
    if (mode == plan.input_mode)
      survey.inputs.push_back({mode, plan.macs_factor, report});
    else
      survey.inputs.push_back(FiguresFor(network, other, mode));
  }
  if (plan.input_mode == InputMode::kRereadable)
    survey.inputs.push_back({plan.input_mode, plan.macs_factor, report});
  PlanOptions any = options;
  any.max_macs_factor = 0;
  any.sram = Bytes(0);
  survey.pareto = PlanPareto(network, any);
  for (const BoardProfile& board : boards)
    survey.boards.push_back(Fit(network, any, board, report, survey.pareto));
  return survey;
}

}  // namespace mcunas
