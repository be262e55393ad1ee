// Groups whose operators advance together, with rings of rows inside, give the same bytes.
#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>

#include "engine/quantize/quantize.h"
#include "engine/reference/interpreter.h"
#include "engine/toolchain/host_library.h"
#include "network/network_builder.h"
#include "tests/unit/engine/codegen/random_networks.h"

namespace mcunas {
namespace {

// An inverted bottleneck with a residual around it, then a stride 2 block: inner maps wanted in
// rings.
Network Streamable() {
  NetworkBuilder builder("streamable", {17, 13, 4});
  const int start = builder.Conv(kNetworkInput, 6, 3, 1, Activation::kRelu6);
  int t = builder.Pointwise(start, 10, Activation::kRelu6);
  t = builder.Depthwise(t, 5, 1, Activation::kRelu6);
  t = builder.Pointwise(t, 6, Activation::kNone);
  t = builder.Add(start, t);
  t = builder.Pointwise(t, 9, Activation::kRelu);
  t = builder.Depthwise(t, 3, 2, Activation::kRelu);
  builder.AveragePool(t, 2, 2);
  return std::move(builder).Finish();
}

// One group over everything; tensor t gets rows[t] rows.
ExecutionPlan StreamPlan(const Network& network, const std::vector<int>& rows) {
  ExecutionPlan plan = SeparatePlan(network);
  int64_t next = plan.tensors[1].offset;
  for (size_t t = 0; t < rows.size(); ++t) {
    TensorPlacement& p = plan.tensors[t + 1];
    p.ring_rows = std::min(rows[t], network.operators[t].out.height);
    p.offset = next;
    next += (p.size() + 3) / 4 * 4;
  }
  plan.arena = Bytes((next + 7) / 8 * 8);
  plan.groups = {{0, static_cast<int>(rows.size()), GroupMode::kRowStream, 1}};
  return plan;
}

void Check(const std::vector<int>& rows, bool equal) {
  const Network network = Streamable();
  const QuantizedNetwork quantized = RandomQuantizedNetwork(network, 2, RoundingMode::kTflm);
  const auto sources = EmitC(quantized, StreamPlan(network, rows));
  ASSERT_TRUE(sources.ok()) << sources.error().message;
  const std::string folder = FreshFolder("stream");
  const auto host = HostNetwork::Build(*sources, folder);
  std::filesystem::remove_all(folder);
  ASSERT_TRUE(host.ok()) << host.error().message;
  const std::vector<int8_t> input = RandomBytes(network.input.elements(), 4);
  EXPECT_EQ(host->Run(input) == RunReference(quantized, input), equal);
}

// conv is read by the add two rows later than by the pointwise: 3 rows stay. The 5x5 depthwise
// needs 5.
TEST(RowStream, SmallestRingsGiveTheBytesOfTheReference) { Check({3, 5, 1, 1, 1, 3, 2, 99}, true); }

TEST(RowStream, OneRowLessInARingDoesNot) {
  Check({3, 4, 1, 1, 1, 3, 2, 99}, false);
  Check({2, 5, 1, 1, 1, 3, 2, 99}, false);
}

TEST(RowStream, InnerTensorsReadLaterAreRefused) {
  const Network network = Streamable();
  ExecutionPlan plan = SeparatePlan(network);
  plan.groups = {{0, 4, GroupMode::kRowStream, 1}, {4, 8, GroupMode::kRowStream, 1}};
  const auto sources = EmitC(RandomQuantizedNetwork(network, 2, RoundingMode::kTflm), plan);
  ASSERT_FALSE(sources.ok());
  EXPECT_NE(sources.error().message.find("operator 4 (add)"), std::string::npos);
}

}  // namespace
}  // namespace mcunas
