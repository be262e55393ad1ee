// BoardMemoryEvaluator: the memory model and a board's limits behind the MemoryEvaluator port.
#pragma once

#include <string>

#include "memory_model/limits.h"
#include "memory_model/planner/plan_choice.h"
#include "nas/evaluate/ports.h"
#include "nas/space/space_config.h"
#include "nas/space/task_shape.h"

namespace mcunas {

// "sram: needs 81234 bytes, limit 65536"; several joined by "; ". Empty for no violations.
std::string DescribeViolations(const std::vector<LimitViolation>& violations);

// Sum of needed / limit - 1 (Deb's normalised constraint violation).
double TotalViolation(const std::vector<LimitViolation>& violations);

// Weights, constants and code: MemoryReport::flash_total without a report.
Bytes FlashBytes(const Network& network);

// Judges every candidate by its best plan (plan_choice.h). The MACs limit counts what the plan
// computes, recomputation included. Copies what it is given. Thread rule: immutable.
class BoardMemoryEvaluator : public MemoryEvaluator {
 public:
  BoardMemoryEvaluator(const SpaceConfig& space, const TaskShape& task, const MemoryLimits& limits,
                       const PlanConfig& plan = {})
      : space_(space), task_(task), limits_(limits), plan_(plan) {}

  void Evaluate(CandidateRecord* record) const override;

 private:
  SpaceConfig space_;
  TaskShape task_;
  MemoryLimits limits_;
  PlanConfig plan_;
};

}  // namespace mcunas
