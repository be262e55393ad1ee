#include "tests/fuzz/check_network.h"

#include <algorithm>
#include <cstdio>
#include <cstdlib>

#include "memory_model/judge/validate_plan.h"
#include "memory_model/memory_model.h"
#include "memory_model/order/operator_order.h"
#include "memory_model/planner/estimate.h"
#include "memory_model/planner/plan_memory.h"
#include "memory_model/report/plan_format.h"
#include "memory_model/report/plan_json.h"
#include "network/hash_network.h"
#include "network/json_read.h"
#include "network/json_write.h"
#include "network/print.h"
#include "network/verify.h"

namespace mcunas {
namespace {

constexpr int64_t kPlanningSteps = 4'000'000;  // operators^2 * height: about the planner's cost
constexpr int64_t kJudgedBytes = 300'000;

int64_t PlanningSteps(const Network& network) {
  int64_t sides = std::max(network.input.height, network.input.width);
  for (const Operator& op : network.operators)
    sides = std::max<int64_t>(sides, std::max(op.out.height, op.out.width));
  const int64_t count = static_cast<int64_t>(network.operators.size());
  return sides * count * count;
}

// Pixels written and read by one execution, in bytes of output.
int64_t ExecutionBytes(const Network& network) {
  int64_t bytes = network.input.elements();
  for (const Operator& op : network.operators)
    bytes += op.out.elements() +
             op.out.elements() / op.out.channels * op.kernel.height * op.kernel.width;
  return bytes;
}

PlanOptions SomeOptions(uint64_t choice) {
  PlanOptions options;
  options.input_mode = static_cast<InputMode>(choice % 3);
  options.max_macs_factor = choice / 3 % 3 == 0 ? 1.0 : choice / 3 % 3 == 1 ? 1.25 : 0.0;
  options.modes.patches = choice / 9 % 4 == 0;
  options.modes.smallest_segment = choice / 36 % 2 == 0 ? 1 : 4;
  if (choice / 72 % 4 == 0) options.sram = Bytes(static_cast<int64_t>(choice / 288 % 65536));
  return options;
}

void CheckRoundTrip(const Network& network) {
  const std::string json = NetworkToJson(network);
  const Expected<Network> copy = NetworkFromJson(json, "copy");
  Require(copy.ok(), "a written network cannot be read: " + json);
  Require(NetworkHash(*copy) == NetworkHash(network), "a network changed on its way: " + json);
  Require(!PrintNetwork(network).empty(), "nothing printed");
}

void CheckPlan(const Network& network, const PlanOptions& options) {
  const ExecutionPlan plan = PlanMemory(network, options);
  const PlanJudgement judgement = JudgePlan(network, plan);
  const auto text = [&] { return judgement.violations[0].message + "\n" + NetworkToJson(network); };
  Require(judgement.violations.empty(), judgement.violations.empty() ? "" : text());
  const std::string json = PlanToJson(network, plan, ReportMemory(network, plan));
  const Expected<ExecutionPlan> copy = PlanFromJson(json, "copy");
  Require(copy.ok(), "a written plan cannot be read: " + json);
  Require(copy->groups == plan.groups && copy->tensors == plan.tensors &&
              copy->moves == plan.moves && copy->states == plan.states &&
              copy->arena == plan.arena && copy->scratch == plan.scratch,
          "a plan changed on its way: " + json);
}

}  // namespace

void Require(bool holds, const std::string& what) {
  if (holds) return;
  std::fprintf(stderr, "finding: %s\n", what.c_str());
  std::abort();
}

void CheckNetwork(const Network& network, uint64_t choice) {
  CheckRoundTrip(network);
  if (network.operators.empty() || PlanningSteps(network) > kPlanningSteps) return;
  const PlanOptions options = SomeOptions(choice);
  const bool small = ExecutionBytes(network) <= kJudgedBytes;
  if (!small) {
    SmallestArena(network, options);
    EstimatePeak(network);
    return;
  }
  CheckPlan(network, options);
  const std::vector<ParetoPoint> front = PlanPareto(network, options);
  Require(!front.empty(), "an empty front");
  if (choice % 5 == 0) {
    const OrderedNetwork ordered = OrderOperators(network);
    Require(VerifyNetwork(ordered.network).ok(), "a new order breaks the network");
    CheckPlan(ordered.network, options);
  }
}

}  // namespace mcunas
