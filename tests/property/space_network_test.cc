// Whatever a space with every kind of block lowers to goes all the way: planned, quantised,
// compiled to the bytes of the interpreter, written as .tflite and read back.
#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>

#include "common/random.h"
#include "engine/codegen/emit_c.h"
#include "engine/quantize/quantize.h"
#include "engine/quantize/run_float.h"
#include "engine/reference/interpreter.h"
#include "engine/tflite/read_tflite.h"
#include "engine/tflite/write_tflite.h"
#include "engine/toolchain/host_library.h"
#include "memory_model/judge/validate_plan.h"
#include "memory_model/planner/plan_memory.h"
#include "nas/space/architecture.h"
#include "nas/space/enumerate.h"
#include "nas/space/lower.h"
#include "nas/space/variation.h"
#include "tests/unit/engine/codegen/random_networks.h"
#include "tests/unit/engine/quantize/float_fixture.h"
#include "tests/unit/space/mixed_space.h"

namespace mcunas {
namespace {

// The stages of the mixed space with all their choices, on small maps.
class SpaceNetworks : public testing::TestWithParam<int> {
 protected:
  SpaceNetworks() {
    RandomStream random(1, "space networks", std::to_string(GetParam()));
    architecture_ = GetParam() == 0 ? Largest(space_) : Sample(space_, &random);
    network_ = Lower(space_, {3, 5}, architecture_);
    images_ = test::RandomImages(network_.input, 4, 1);
    float_ = test::RandomFloatNetwork(network_, 1);
  }

  SpaceConfig space_ = MixedSpace();
  Architecture architecture_;
  Network network_;
  ImageBatch images_;
  FloatNetwork float_;
};

TEST_P(SpaceNetworks, CompileToTheBytesOfTheInterpreter) {
  const auto quantized = Quantize(float_, images_);
  ASSERT_TRUE(quantized.ok()) << quantized.error().message << ArchitectureToJson(architecture_);
  const ExecutionPlan plan = PlanMemory(network_);
  ASSERT_TRUE(ValidatePlan(network_, plan).empty());
  const auto sources = EmitC(*quantized, plan);
  ASSERT_TRUE(sources.ok()) << sources.error().message;
  const std::string folder = FreshFolder("space-network");
  const auto host = HostNetwork::Build(*sources, folder, "-O1");
  std::filesystem::remove_all(folder);
  ASSERT_TRUE(host.ok()) << host.error().message;
  for (int i = 0; i < 3; ++i) {
    const auto input = RandomBytes(network_.input.elements(), static_cast<uint64_t>(i));
    EXPECT_EQ(host->Run(input), RunReference(*quantized, input))
        << ArchitectureToJson(architecture_);
  }
}

TEST_P(SpaceNetworks, ReadBackFromTflite) {
  const auto quantized = Quantize(float_, images_);
  ASSERT_TRUE(quantized.ok()) << quantized.error().message;
  const auto back = ReadTflite(WriteTflite(*quantized), "test");
  ASSERT_TRUE(back.ok()) << back.error().message << ArchitectureToJson(architecture_);
  for (int i = 0; i < 3; ++i) {
    const auto input = RandomBytes(network_.input.elements(), static_cast<uint64_t>(i));
    EXPECT_EQ(RunReference(*back, input), RunReference(*quantized, input))
        << ArchitectureToJson(architecture_);
  }
}

// Quantised logits follow the float ones: every tensor got a sensible range. Four bits round a
// weight by up to a fourteenth of the largest of its channel; the most of forty networks is 0.037
// with and 0.003 without them.
TEST_P(SpaceNetworks, FollowTheFloatNetwork) {
  const bool four_bits = std::any_of(network_.operators.begin(), network_.operators.end(),
                                     [](const Operator& op) { return op.weight_bits == 4; });
  const auto quantized = Quantize(float_, images_);
  ASSERT_TRUE(quantized.ok()) << quantized.error().message;
  const std::vector<float> wanted = RunFloat(float_, images_).back();
  const std::vector<int8_t> bytes = QuantizeImages(images_, quantized->input);
  const TensorQuantization& out = quantized->parameters.back().output;
  const auto size = static_cast<size_t>(network_.input.elements());
  double error = 0, power = 0;
  for (size_t i = 0; i < 4; ++i) {
    const auto logits = RunReference(
        *quantized, std::vector<int8_t>(bytes.begin() + static_cast<int64_t>(i * size),
                                        bytes.begin() + static_cast<int64_t>((i + 1) * size)));
    for (size_t c = 0; c < logits.size(); ++c) {
      const double real = out.scale * (logits[c] - out.zero_point);
      const double float_logit = wanted[i * logits.size() + c];
      error += (real - float_logit) * (real - float_logit);
      power += float_logit * float_logit;
    }
  }
  EXPECT_LT(error, (four_bits ? 0.15 : 0.02) * power) << ArchitectureToJson(architecture_);
}

INSTANTIATE_TEST_SUITE_P(Seeds, SpaceNetworks, testing::Range(0, 6));

}  // namespace
}  // namespace mcunas
