// The example that group_scan.h draws, number by number.
#include "memory_model/planner/group_scan.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <string>

#include "common/index.h"
#include "memory_model/judge/validate_plan.h"
#include "memory_model/planner/group_layout.h"
#include "memory_model/planner/plan_memory.h"
#include "memory_model/scratch.h"
#include "network/network_builder.h"

namespace mcunas {
namespace {

constexpr int kRows = 6;

Network TwoWindows() {
  NetworkBuilder b("two windows", {kRows, 6, 2});
  b.Conv(kNetworkInput, 8, {3, 3}, {1, 1}, Activation::kRelu);
  b.Conv(0, 2, {3, 3}, {1, 1}, Activation::kRelu);
  return std::move(b).Finish();
}

const PlanGroup kBoth = {0, 2, GroupMode::kRowStream};

ExecutionPlan PlanOf(const Network& network) {
  ExecutionPlan plan = LayOut(ComputeStreamFacts(network), InputMode::kResident, std::array{kBoth});
  plan.scratch = Bytes(NetworkScratchBytes(network));
  return plan;
}

// One line of the drawing: the arena, a letter for 12 bytes, when row `y` of the output is written.
class Drawing {
 public:
  explicit Drawing(const ExecutionPlan& plan)
      : plan_(plan), text_(Index(plan.arena.value) / 12, '.') {}

  // Rows [from, to) of a tensor, as letters from `first` on.
  void Paint(int tensor, int from, int to, char first) {
    const TensorPlacement& p = plan_.tensors[tensor];
    for (int row = from; row < to; ++row) {
      const int64_t begin =
          p.offset + int64_t{row} * p.width % p.ring_pixels * int64_t{p.pixel_bytes};
      const int64_t size = int64_t{p.width} * p.pixel_bytes;
      std::fill_n(text_.begin() + begin / 12, size / 12, static_cast<char>(first + row));
    }
  }

  std::string text() const { return text_.substr(0, 12) + " " + text_.substr(12); }

 private:
  const ExecutionPlan& plan_;
  std::string text_;
};

std::string LineOf(const ExecutionPlan& plan, int y) {
  const int made = y < 0 ? 0 : std::min(y + 2, kRows);  // rows of the ring's tensor so far
  Drawing drawing(plan);
  drawing.Paint(kNetworkInput, made == kRows ? kRows : std::max(made - 1, 0), kRows, 'a');
  drawing.Paint(0, std::max(y - 1, 0), made, 'A');
  drawing.Paint(1, 0, y + 1, '0');
  return drawing.text();
}

TEST(GroupScan, CostsWhatTheDrawnExampleSays) {
  const Network network = TwoWindows();
  const GroupNeeds needs = DescribeGroup(ComputeStreamFacts(network), InputMode::kResident, kBoth);
  EXPECT_EQ(needs.inner[0], (TensorPlacement{0, 2 * 6 + 6, 6, 8, 0}));  // 144 bytes
  EXPECT_EQ(needs.inner[1], (TensorPlacement{0, 6 * 6, 6, 2, 0}));      // 72 bytes
  EXPECT_EQ(needs.overlap.tensor, kNetworkInput);
  EXPECT_EQ(needs.overlap.down, 0);
  EXPECT_EQ(needs.overlap.saved, 72);
  EXPECT_EQ(needs.tail.saved, 0);
  EXPECT_EQ(needs.cost.peak, 72 + 72 + 144 - 72);
  PlanOptions layerwise;
  layerwise.modes = PlanModes::LayerwiseOnly();
  EXPECT_EQ(PlanMemory(network, layerwise).arena.value, 312);
}

TEST(GroupScan, LiesAsTheDrawnExampleShows) {
  const Network network = TwoWindows();
  const ExecutionPlan plan = PlanOf(network);
  EXPECT_TRUE(ValidatePlan(network, plan).empty());
  EXPECT_EQ(plan.arena.value, 216);
  EXPECT_EQ(plan.tensors[0].offset, 0);
  EXPECT_EQ(plan.tensors[1].offset, 144);
  EXPECT_EQ(plan.tensors[kNetworkInput].offset, 144);
  EXPECT_EQ(LineOf(plan, -1), "............ abcdef");
  EXPECT_EQ(LineOf(plan, 0), "AAAABBBB.... 0bcdef");
  EXPECT_EQ(LineOf(plan, 1), "AAAABBBBCCCC 01cdef");
  EXPECT_EQ(LineOf(plan, 2), "DDDDBBBBCCCC 012def");
  EXPECT_EQ(LineOf(plan, 3), "DDDDEEEECCCC 0123ef");
  EXPECT_EQ(LineOf(plan, 4), "DDDDEEEEFFFF 01234.");
  EXPECT_EQ(LineOf(plan, 5), "....EEEEFFFF 012345");
}

// Neither a pixel less in the ring nor the output four bytes further up.
TEST(GroupScan, HasNoByteToSpareInTheDrawnExample) {
  const Network network = TwoWindows();
  const ExecutionPlan plan = PlanOf(network);
  ExecutionPlan shorter = plan;
  --shorter.tensors[0].ring_pixels;
  EXPECT_FALSE(ValidatePlan(network, shorter).empty());
  ExecutionPlan higher = plan;
  higher.arena += Bytes(8);
  higher.tensors[1].offset += 4;
  EXPECT_FALSE(ValidatePlan(network, higher).empty());
}

}  // namespace
}  // namespace mcunas
