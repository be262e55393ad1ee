#include "cli/run/check_ahead.h"

#include <string>

#include "cli/model/board_choice.h"
#include "cli/run/start_networks.h"
#include "common/text.h"
#include "nas/evaluate/board_memory.h"
#include "nas/evaluate/latency_limit.h"
#include "nas/predictor/board_latency.h"
#include "nas/search/feasible.h"
#include "supernet/data/data_files.h"
#include "supernet/load_supernet.h"

namespace mcunas {
namespace {

Expected<void> CheckLimitsOf(const ExperimentConfig& config) {
  const auto task = TaskShapeOf(config.data);
  if (!task) return task.error();
  const auto target = LoadBoardProfile(config.target.board);
  if (!target) return target.error();
  const TargetLimits limits = LimitsOf(config, *target);
  const BoardMemoryEvaluator memory(config.space, *task, limits, config.plan);
  const BoardLatencyModel latency(*target);
  return CheckFeasible(
      config.space, LatencyGate(config.space, *task, limits.latency_ms, memory, &latency), limits);
}

void Keep(const Expected<void>& checked, std::vector<Error>* problems) {
  if (!checked) problems->push_back(checked.error());
}

}  // namespace

std::vector<Error> ProblemsAhead(const ExperimentConfig& config) {
  std::vector<Error> problems;
  Keep(CheckDataFiles(config.data), &problems);
  if (const auto start = StartNetworks(config); !start) problems.push_back(start.error());
  if (problems.empty()) Keep(CheckLimitsOf(config), &problems);
  if (config.evaluate.latency == LatencySource::kMeasured)
    Keep(CheckBench(config.bench), &problems);
  return problems;
}

Expected<void> CheckAhead(const ExperimentConfig& config) {
  std::vector<Error> problems = ProblemsAhead(config);
  if (const auto library = CheckSupernetLibrary(); !library)
    problems.insert(problems.begin(), library.error());
  if (problems.empty()) return {};
  std::vector<std::string> messages;
  for (const Error& problem : problems) messages.push_back(problem.message);
  return Error{problems.front().code, Join(messages, "\nerror: ")};
}

}  // namespace mcunas
