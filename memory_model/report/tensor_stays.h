// Where each tensor lies while, read off a plan: what pictures and tables of an arena need.
#pragma once

#include <cstdint>
#include <vector>

#include "memory_model/execution_plan.h"
#include "network/network.h"

namespace mcunas {

// A tensor at one place: while groups [first, last] run. A move ends one stay and begins the next.
struct TensorStay {
  int tensor = kNetworkInput;
  int first = 0;
  int last = 0;
  int region = 0;
  int64_t offset = 0;
  int64_t bytes = 0;

  bool operator==(const TensorStay&) const = default;
};

// By tensor, then by time. Outputs of the network and tensors that nobody reads stay to the last
// group. Pre-condition: the plan is one of this network (ValidatePlan).
std::vector<TensorStay> TensorStays(const Network& network, const ExecutionPlan& plan);

// The group that executes each operator.
PerOperator<int> GroupOfOperators(const Network& network, const ExecutionPlan& plan);

}  // namespace mcunas
