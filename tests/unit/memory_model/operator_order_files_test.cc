// Operator orders of published branching models: exact, sound, and the same outputs.
#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>
#include <vector>

#include "common/random.h"
#include "engine/reference/interpreter.h"
#include "engine/tflite/read_tflite.h"
#include "memory_model/judge/validate_plan.h"
#include "memory_model/order/operator_order.h"
#include "memory_model/planner/plan_memory.h"

namespace mcunas {
namespace {

std::filesystem::path DataFolder() {
  if (const char* data = std::getenv("MCUNAS_DATA")) return data;
  const char* home = std::getenv("MCUNAS_HOME");
  return std::filesystem::path(home ? home : ".") / ".." / "shared" / "data";
}

class PublishedDags : public ::testing::TestWithParam<const char*> {};

TEST_P(PublishedDags, AreOrderedExactly) {
  const std::filesystem::path path = DataFolder() / "tflite" / GetParam();
  if (!std::filesystem::exists(path)) GTEST_SKIP() << "no " << path;
  std::ifstream file(path, std::ios::binary);
  const std::vector<uint8_t> bytes((std::istreambuf_iterator<char>(file)), {});
  const Expected<QuantizedNetwork> model = ReadTflite(bytes, path.string());
  ASSERT_TRUE(model.ok()) << model.error().message;
  const OperatorOrder order = FindOperatorOrder(model->network);
  EXPECT_NE(order.method, OrderMethod::kHeuristic);
  EXPECT_LE(order.branching_operators, kExactBranching);
  EXPECT_LE(order.peak_after, order.peak_before);
  RecordProperty("branching_operators", order.branching_operators);
  RecordProperty("peak_before", std::to_string(order.peak_before.value));
  RecordProperty("peak_after", std::to_string(order.peak_after.value));

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

INSTANTIATE_TEST_SUITE_P(Files, PublishedDags,
                         ::testing::Values("person_detection_fpn.tflite", "mcunetv2_large.tflite",
                                           "converter/conv_fpn_64x96.tflite"));

}  // namespace
}  // namespace mcunas
