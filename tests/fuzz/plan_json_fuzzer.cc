// Any text as a plan of one fixed network: an error, violations or a valid plan, never a crash of
// the judge.
#include <cstdint>
#include <string_view>

#include "memory_model/judge/validate_plan.h"
#include "memory_model/report/plan_format.h"
#include "memory_model/report/plan_json.h"
#include "network/network_builder.h"
#include "tests/fuzz/check_network.h"

namespace {

// A residual, channel tiles, a pool and a fully connected operator.
mcunas::Network FixedNetwork() {
  using mcunas::Activation;
  mcunas::NetworkBuilder b("fixed", {8, 7, 3});
  const int stem = b.Conv(mcunas::kNetworkInput, 4, {3, 3}, {1, 1}, Activation::kRelu6);
  b.Pointwise(stem, 12, Activation::kRelu6);
  b.Depthwise(b.last(), {3, 3}, {1, 1}, Activation::kRelu6);
  b.Pointwise(b.last(), 4, Activation::kNone);
  b.Add(b.last(), stem);
  b.GlobalAveragePool(b.last());
  b.FullyConnected(b.last(), 5);
  return std::move(b).Finish();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  static const mcunas::Network network = FixedNetwork();
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  const mcunas::Expected<mcunas::ExecutionPlan> plan = mcunas::PlanFromJson(text, "fuzz.json");
  if (plan.ok()) {
    const mcunas::PlanJudgement judgement = mcunas::JudgePlan(network, *plan);
    mcunas::Require(judgement.violations.size() <= mcunas::kMaxViolations, "too many violations");
  } else {
    mcunas::Require(!plan.error().message.empty(), "an error without a word");
  }
  return 0;
}
