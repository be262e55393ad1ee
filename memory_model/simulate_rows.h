// The row-level simulation behind ValidatePlan.
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "memory_model/validate_plan.h"

namespace mcunas {

// Collects the first 20 violations.
class ViolationList {
 public:
  void Add(PlanLaw law, int op, std::string message) {
    if (list_.size() < 20) list_.push_back({law, op, std::move(message)});
  }
  bool Has(PlanLaw law) const {
    for (const PlanViolation& v : list_)
      if (v.law == law) return true;
    return false;
  }
  bool full() const { return list_.size() >= 20; }
  const std::vector<PlanViolation>& list() const { return list_; }

 private:
  std::vector<PlanViolation> list_;
};

// Pre-condition: groups cover the operators, every placement lies inside the arena with rows of the
// right size.
void SimulateRows(const Network& network, const ExecutionPlan& plan, ViolationList* violations);

}  // namespace mcunas
