// Operator orders of branching models, ours and published ones: exact, sound, and the same outputs.
#include <gtest/gtest.h>

#include <filesystem>
#include <string>
#include <vector>

#include "common/random.h"
#include "engine/reference/interpreter.h"
#include "engine/tflite/read_tflite.h"
#include "memory_model/judge/validate_plan.h"
#include "memory_model/order/operator_order.h"
#include "memory_model/planner/plan_memory.h"
#include "network/verify.h"
#include "tests/data/models.h"

namespace mcunas {
namespace {

void ExpectOrderedExactly(const std::filesystem::path& path) {
  const Expected<QuantizedNetwork> model = ReadTflite(BytesOf(path), path.string());
  ASSERT_TRUE(model.ok()) << model.error().message;
  const OperatorOrder order = FindOperatorOrder(model->network);
  EXPECT_NE(order.method, OrderMethod::kHeuristic);
  EXPECT_LE(order.branching_operators, kExactBranching);
  EXPECT_LE(order.peak_after, order.peak_before);

  const QuantizedNetwork ordered = ApplyOrder(*model, order.permutation);
  const Expected<void> verified = VerifyNetwork(ordered.network);
  ASSERT_TRUE(verified.ok()) << verified.error().message;
  EXPECT_EQ(LayerwiseLivePeak(ordered.network), order.peak_after);
  const std::vector<PlanViolation> violations =
      ValidatePlan(ordered.network, PlanMemory(ordered.network));
  EXPECT_TRUE(violations.empty()) << violations[0].message;
  RandomStream random(1, "image");
  std::vector<int8_t> input(static_cast<size_t>(ordered.network.input.elements()));
  for (int8_t& value : input) value = static_cast<int8_t>(random.Between(-128, 127));
  EXPECT_EQ(RunReference(ordered, input), RunReference(*model, input));
}

TEST(OperatorOrderOfFiles, IsExact) {
  for (const char* name : {"pyramid.tflite", "pairs.tflite", "bottlenecks.tflite"})
    ExpectOrderedExactly(SourceRoot() / "tests/data" / name);
  for (const char* name :
       {"person_detection_fpn.tflite", "mcunetv2_large.tflite", "converter/conv_fpn_64x96.tflite"})
    if (const auto file = OutsideData(std::string("tflite/") + name)) ExpectOrderedExactly(*file);
}

}  // namespace
}  // namespace mcunas
