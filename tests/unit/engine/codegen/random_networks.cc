#include "tests/unit/engine/codegen/random_networks.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>

#include "common/random.h"
#include "memory_model/scratch.h"
#include "network/network_builder.h"
#include "network/window.h"
#include "tests/unit/memory_model/stacked_plan.h"

namespace mcunas {
namespace {

constexpr Activation kActivations[] = {Activation::kNone, Activation::kRelu, Activation::kRelu6};

// A residual block of two operators that keep the shape.
void AddResidual(RandomStream* random, NetworkBuilder* builder) {
  const int start = builder->last();
  const int channels = builder->shape(start).channels;
  int tensor =
      builder->Pointwise(start, static_cast<int>(random->Between(1, 12)), Activation::kRelu6);
  tensor = builder->Depthwise(tensor, Extent(static_cast<int>(1 + 2 * random->Between(1, 3))),
                              {1, 1}, Activation::kRelu);
  tensor = builder->Pointwise(tensor, channels, Activation::kNone);
  if (random->Chance(0.5)) {
    builder->Add(start, tensor, kActivations[random->Below(3)]);
  } else {
    builder->Add(tensor, start);
  }
}

void AddOperator(RandomStream* random, NetworkBuilder* builder) {
  const int last = builder->last();
  const Activation activation = kActivations[random->Below(3)];
  const int channels = static_cast<int>(random->Between(1, 17));
  const int kernel = static_cast<int>(1 + 2 * random->Between(0, 3));
  const int stride = static_cast<int>(random->Between(1, 2));
  switch (random->Below(6)) {
    case 0:
      builder->Conv(last, channels, Extent(kernel), Extent(stride), activation);
      break;
    case 1:
      builder->Pointwise(last, channels, activation);
      break;
    case 2:
    case 3:
      builder->Depthwise(last, Extent(kernel), Extent(stride), activation);
      break;
    case 4:
      builder->AveragePool(last,
                           Extent(std::min({std::max(2, kernel - 1), builder->shape(last).height,
                                            builder->shape(last).width})),
                           Extent(stride));
      break;
    default:
      AddResidual(random, builder);
  }
}

}  // namespace

Network RandomNetwork(uint64_t seed) {
  RandomStream random(seed, "random test network");
  const auto side = [&] { return static_cast<int>(random.Between(5, 23)); };
  NetworkBuilder builder("random " + std::to_string(seed),
                         {side(), side(), static_cast<int>(random.Between(1, 9))});
  builder.Conv(kNetworkInput, static_cast<int>(random.Between(2, 16)), {3, 3}, {1, 1},
               Activation::kRelu6);
  for (int64_t n = random.Between(1, 6); n > 0; --n) AddOperator(&random, &builder);
  if (random.Chance(0.7)) builder.GlobalAveragePool(builder.last());
  if (random.Chance(0.8))
    builder.FullyConnected(builder.last(), static_cast<int>(random.Between(1, 11)));
  return std::move(builder).Finish();
}

std::vector<int8_t> RandomBytes(int64_t count, uint64_t seed) {
  RandomStream random(seed, "test input");
  std::vector<int8_t> bytes(static_cast<size_t>(count));
  for (int8_t& b : bytes) b = static_cast<int8_t>(random.Between(-128, 127));
  return bytes;
}

ExecutionPlan SeparatePlan(const Network& network) {
  return GroupPlan(network, LayerwiseGroups(network));
}

ExecutionPlan GroupPlan(const Network& network, std::vector<PlanGroup> groups, InputMode mode) {
  ExecutionPlan plan = StackedPlan(network, std::move(groups), mode);
  plan.scratch = Bytes(NetworkScratchBytes(network));
  return plan;
}

std::vector<PlanGroup> RandomGroups(const Network& network, uint64_t seed) {
  RandomStream random(seed, "random test groups");
  const int count = network.operator_count();
  std::vector<int> last_use(static_cast<size_t>(count), 0);
  for (int i = 0; i < count; ++i)
    for (int t : network.op(i).inputs)
      if (t >= 0) last_use[static_cast<size_t>(t)] = i;
  std::vector<PlanGroup> groups;
  for (int first = 0; first < count;) {
    int last = first + static_cast<int>(random.Between(1, 8));
    last = std::min(last, count);
    for (int i = first; i < last; ++i) {
      const Operator& op = network.op(i);
      // Sums end a group; who needs a whole map stays alone.
      if (op.kind == OpKind::kGlobalAveragePool) last = i + 1;
      if (ReadsWholeInput(op)) last = std::max(i, first + 1);
    }
    PlanGroup group = {first, last, GroupMode::kRowStream};
    bool closed = true;
    for (int i = first; i + 1 < last; ++i) closed &= last_use[static_cast<size_t>(i)] < last;
    const Operator& end = network.op(last - 1);
    if (random.Chance(0.6)) group.segment = static_cast<int>(random.Between(1, 9));
    if (last == first + 1) {
      group.mode = GroupMode::kLayerwise;
      group.segment = 0;
    } else if (closed && end.kind != OpKind::kGlobalAveragePool && random.Chance(0.6)) {
      group.mode = random.Chance(0.5) ? GroupMode::kStrips : GroupMode::kPatches;
      group.strips = static_cast<int>(random.Between(1, std::min(3, end.out.width)));
      if (group.mode == GroupMode::kPatches)
        group.bands = static_cast<int>(random.Between(1, std::min(3, end.out.height)));
    }
    groups.push_back(group);
    first = last;
  }
  return groups;
}

std::string FreshFolder(const std::string& name) {
  static std::atomic<int> counter{0};
  return testing::TempDir() + "mcunas-" + name + "." + std::to_string(getpid()) + "." +
         std::to_string(counter++);
}

}  // namespace mcunas
