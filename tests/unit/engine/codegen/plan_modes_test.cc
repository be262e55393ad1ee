// Plans of every mode give the bytes of the reference.
#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>

#include "engine/quantize/random_network.h"
#include "engine/reference/interpreter.h"
#include "engine/toolchain/host_library.h"
#include "memory_model/judge/validate_plan.h"
#include "network/network_builder.h"
#include "network/print.h"
#include "tests/unit/engine/codegen/random_networks.h"
#include "tests/unit/memory_model/stacked_plan.h"

namespace mcunas {
namespace {

HostNetwork Build(const QuantizedNetwork& network, const ExecutionPlan& plan) {
  const auto sources = EmitC(network, plan);
  EXPECT_TRUE(sources.ok()) << sources.error().message;
  const std::string folder = FreshFolder("stream");
  auto host = HostNetwork::Build(*sources, folder, "-O1");
  EXPECT_TRUE(host.ok()) << host.error().message;
  std::filesystem::remove_all(folder);
  return *std::move(host);
}

bool Equal(const QuantizedNetwork& network, const ExecutionPlan& plan) {
  const HostNetwork host = Build(network, plan);
  const std::vector<int8_t> input = RandomBytes(network.network.input.elements(), 4);
  return host.Run(input) == RunReference(network, input);
}

// Shortens every ring as far as the judge allows, one after the other.
void Tighten(const Network& network, ExecutionPlan* plan) {
  for (int t = kNetworkInput; t < plan->tensors.end_number(); ++t) {
    int64_t low = 0, high = plan->tensors[t].ring_pixels;
    const int64_t step = t == kNetworkInput ? plan->tensors[t].width : 1;
    while (high - low > step) {
      ExecutionPlan shorter = *plan;
      const int64_t middle = low + std::max(step, (high - low) / 2 / step * step);
      shorter.tensors[t].ring_pixels = middle;
      StackAgain(&shorter);
      (ValidatePlan(network, shorter).empty() ? high : low) = middle;
    }
    plan->tensors[t].ring_pixels = high;
    StackAgain(plan);
  }
}

class PlanModes : public testing::TestWithParam<int> {
 protected:
  void SetUp() override {
    const Network network = RandomNetwork(5000 + GetParam());
    const RoundingMode mode = GetParam() % 2 ? RoundingMode::kTflm : RoundingMode::kTflite;
    network_ = RandomQuantizedNetwork(network, GetParam(), mode);
    plan_ = GroupPlan(network, RandomGroups(network, GetParam()));
  }

  void ExpectEqual() {
    const auto violations = ValidatePlan(network_.network, plan_);
    ASSERT_TRUE(violations.empty()) << violations[0].message;
    EXPECT_TRUE(Equal(network_, plan_)) << PrintNetwork(network_.network);
  }

  QuantizedNetwork network_;
  ExecutionPlan plan_;
};

TEST_P(PlanModes, GroupsWithRoomForEverything) { ExpectEqual(); }

TEST_P(PlanModes, GroupsWithTheShortestRings) {
  Tighten(network_.network, &plan_);
  ExpectEqual();
}

TEST_P(PlanModes, InputRowByRow) {
  for (const InputMode mode : {InputMode::kStreamed, InputMode::kRereadable}) {
    plan_ = GroupPlan(network_.network, plan_.groups, mode);
    ExpectEqual();
  }
}

INSTANTIATE_TEST_SUITE_P(Seeds, PlanModes, testing::Range(0, 16));

// An inverted bottleneck with a residual around it, then a stride 2 block.
Network Streamable() {
  NetworkBuilder builder("streamable", {17, 13, 4});
  const int start = builder.Conv(kNetworkInput, 6, {3, 3}, {1, 1}, Activation::kRelu6);
  int t = builder.Pointwise(start, 10, Activation::kRelu6);
  t = builder.Depthwise(t, {5, 5}, {1, 1}, Activation::kRelu6);
  t = builder.Pointwise(t, 6, Activation::kNone);
  t = builder.Add(start, t);
  t = builder.Pointwise(t, 9, Activation::kRelu);
  t = builder.Depthwise(t, {3, 3}, {2, 2}, Activation::kRelu);
  builder.AveragePool(t, {2, 2}, {2, 2});
  return std::move(builder).Finish();
}

// The shortest rings are the shortest: one pixel less in any of them and the bytes are wrong.
TEST(RowStream, OnePixelLessInARingBreaksTheBytes) {
  const Network network = Streamable();
  const QuantizedNetwork quantized = RandomQuantizedNetwork(network, 2, RoundingMode::kTflm);
  for (const int segment : {0, 3}) {
    const PlanGroup all = {0, 8, GroupMode::kRowStream, 1, 1, segment};
    ExecutionPlan plan = GroupPlan(network, {all});
    Tighten(network, &plan);
    EXPECT_TRUE(Equal(quantized, plan));
    for (int t = 0; t + 1 < plan.tensors.end_number(); ++t) {
      ExecutionPlan shorter = plan;
      if (--shorter.tensors[t].ring_pixels == 0) continue;
      EXPECT_FALSE(Equal(quantized, shorter)) << "tensor " << t << " segment " << segment;
    }
  }
}

// 6 to 23 middle channels in runs of 4, 5 and 6, the last one shorter.
TEST(ChannelTiles, GiveTheBytesOfTheReference) {
  for (const int middle : {6, 16, 23}) {
    NetworkBuilder builder("bottleneck", {11, 9, 3});
    int t = builder.Conv(kNetworkInput, 5, {3, 3}, {1, 1}, Activation::kRelu6);
    t = builder.Pointwise(t, middle, Activation::kRelu6);
    t = builder.Depthwise(t, Extent(middle == 6 ? 5 : 3), Extent(1 + middle % 2),
                          Activation::kRelu6);
    t = builder.Pointwise(t, 7, Activation::kNone);
    builder.GlobalAveragePool(t);
    const Network network = std::move(builder).Finish();
    const QuantizedNetwork quantized = RandomQuantizedNetwork(network, 3, RoundingMode::kTflite);
    for (const int tile : {4, 5, 6}) {
      PlanGroup tiles = {1, 4, GroupMode::kChannelTiles};
      tiles.channel_tile = tile;
      ExecutionPlan plan =
          GroupPlan(network, {{0, 1, GroupMode::kLayerwise}, tiles, {4, 5, GroupMode::kLayerwise}});
      EXPECT_TRUE(Equal(quantized, plan)) << middle << " in runs of " << tile;
    }
  }
}

// The residual's start moves away, and back, between groups.
TEST(Moves, CarryTensorsThatLiveOn) {
  const Network network = Streamable();
  const QuantizedNetwork quantized = RandomQuantizedNetwork(network, 2, RoundingMode::kTflm);
  ExecutionPlan plan = GroupPlan(network, {{0, 1, GroupMode::kLayerwise},
                                           {1, 3, GroupMode::kRowStream},
                                           {3, 4, GroupMode::kLayerwise},
                                           {4, 8, GroupMode::kRowStream}});
  const TensorPlacement& start = plan.tensors[0];
  const int64_t behind = plan.arena.value;
  plan.moves = {{1, 0, behind, 0}, {2, 0, behind - 8, 0}, {3, 0, start.offset, 0}};
  plan.arena = Bytes(behind + (start.size() + 7) / 8 * 8);
  EXPECT_TRUE(ValidatePlan(network, plan).empty());
  EXPECT_TRUE(Equal(quantized, plan));
}

struct RowLog {
  std::span<const int8_t> input;
  int64_t row_bytes = 0;
  std::vector<int> rows;
  int fail_at = -1;
};

int ReadRow(void* user, int row, int8_t* destination) {
  auto* log = static_cast<RowLog*>(user);
  log->rows.push_back(row);
  if (row == log->fail_at) return 77;
  std::copy_n(log->input.begin() + row * log->row_bytes, log->row_bytes, destination);
  return 0;
}

TEST(StreamedInput, RowsComeOnceFromTopToBottom) {
  const Network network = Streamable();
  const QuantizedNetwork quantized = RandomQuantizedNetwork(network, 2, RoundingMode::kTflm);
  ExecutionPlan plan = GroupPlan(network, {{0, 8, GroupMode::kRowStream}}, InputMode::kStreamed);
  Tighten(network, &plan);
  EXPECT_LT(plan.tensors[kNetworkInput].ring_pixels, 17 * 13);
  const HostNetwork host = Build(quantized, plan);
  const std::vector<int8_t> input = RandomBytes(network.input.elements(), 4);
  const std::vector<int8_t> golden = RunReference(quantized, input);
  RowLog log = {input, 13 * 4, {}, -1};
  std::vector<int8_t> output(golden.size());
  EXPECT_EQ(host.RunRows(ReadRow, &log, output), 0);
  EXPECT_EQ(output, golden);
  std::vector<int> all(17);
  for (int i = 0; i < 17; ++i) all[static_cast<size_t>(i)] = i;
  EXPECT_EQ(log.rows, all);
  log.fail_at = 9;
  log.rows.clear();
  EXPECT_EQ(host.RunRows(ReadRow, &log, output), 77);
  EXPECT_EQ(log.rows.back(), 9);
}

// Two bands of two strips: four passes, the lower ones from the first row that they need.
TEST(RereadableInput, RowsComeAgainInEveryTile) {
  NetworkBuilder builder("patches", {12, 10, 2});
  const int t = builder.Conv(kNetworkInput, 4, {3, 3}, {1, 1}, Activation::kRelu6);
  builder.Depthwise(t, {3, 3}, {1, 1}, Activation::kRelu6);
  const Network network = std::move(builder).Finish();
  const QuantizedNetwork quantized = RandomQuantizedNetwork(network, 2, RoundingMode::kTflm);
  ExecutionPlan plan =
      GroupPlan(network, {{0, 2, GroupMode::kPatches, 2, 2}}, InputMode::kRereadable);
  Tighten(network, &plan);
  const HostNetwork host = Build(quantized, plan);
  const std::vector<int8_t> input = RandomBytes(network.input.elements(), 4);
  const std::vector<int8_t> golden = RunReference(quantized, input);
  RowLog log = {input, 10 * 2, {}, -1};
  std::vector<int8_t> output(golden.size());
  EXPECT_EQ(host.RunRows(ReadRow, &log, output), 0);
  EXPECT_EQ(output, golden);
  const std::vector<int> expected = {0, 1, 2, 3, 4, 5, 6,  7,  0, 1, 2, 3, 4, 5, 6,  7,
                                     4, 5, 6, 7, 8, 9, 10, 11, 4, 5, 6, 7, 8, 9, 10, 11};
  EXPECT_EQ(log.rows, expected);
}

}  // namespace
}  // namespace mcunas
