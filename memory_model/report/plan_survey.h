// What people want to know beside a plan: the other way to feed the input, the trade of MACs for
// SRAM, and the boards that hold it.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "memory_model/board_profile.h"
#include "memory_model/execution_plan.h"
#include "memory_model/limits.h"
#include "memory_model/memory_model.h"
#include "memory_model/order/operator_order.h"
#include "memory_model/planner/plan_memory.h"
#include "network/network.h"

namespace mcunas {

// The best plan for one way to feed the input.
struct InputFigures {
  InputMode mode = InputMode::kResident;
  double macs_factor = 1.0;
  MemoryReport memory;
};

// How a network relates to one board: by the plan with the fewest MACs whose SRAM fits the board's
// first region, else by one that uses all of its regions or, where that does not fit either, by the
// smallest there is.
struct BoardFit {
  std::string board;
  double macs_factor = 1.0;
  Bytes sram, sram_limit;
  Bytes flash, flash_limit;
  bool several_regions = false;  // `sram` is what lies in the first

  bool fits() const { return sram <= sram_limit && flash <= flash_limit; }
};

struct PlanSurvey {
  const Network* given = nullptr;        // as the file has it, where the order was changed
  std::optional<Macs> macs_unfolded;     // of the file's network, where channels were folded since
  const OperatorOrder* order = nullptr;  // how the operators got their order; may be null
  const BoardProfile* board = nullptr;   // the one asked for; may be null
  MemoryLimits limits;                   // asked for beside the board's, or instead of them
  std::vector<InputFigures> inputs;
  std::vector<ParetoPoint> pareto;  // empty: the plan is the only point known
  std::vector<BoardFit> boards;
};

// All of it for the plan that `options` gave. Pre-condition: VerifyNetwork holds. Cost: two plans
// and one front. The front and the boards are of the plan's own input mode and modes, with as many
// MACs as it takes.
PlanSurvey SurveyPlan(const Network& network, const ExecutionPlan& plan, const MemoryReport& report,
                      const PlanOptions& options, const std::vector<BoardProfile>& boards);

// The point of the front with the fewest MACs whose arena leaves `rest` within `limit`, else the
// one with the smallest arena. Pre-condition: the front is not empty and sorted by MACs.
ParetoPoint BestPoint(const std::vector<ParetoPoint>& front, Bytes rest, Bytes limit);

}  // namespace mcunas
