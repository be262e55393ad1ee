#include "tests/unit/engine/codegen/random_networks.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>

#include "common/random.h"
#include "engine/kernels/scratch_size.h"
#include "memory_model/live_bound.h"
#include "network/network_builder.h"

namespace mcunas {
namespace {

constexpr Activation kActivations[] = {Activation::kNone, Activation::kRelu, Activation::kRelu6};

// A residual block of two operators that keep the shape.
void AddResidual(RandomStream* random, NetworkBuilder* builder) {
  const int start = builder->last();
  const int channels = builder->shape(start).channels;
  int tensor =
      builder->Pointwise(start, static_cast<int>(random->Between(1, 12)), Activation::kRelu6);
  tensor = builder->Depthwise(tensor, static_cast<int>(1 + 2 * random->Between(1, 3)), 1,
                              Activation::kRelu);
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
      builder->Conv(last, channels, kernel, stride, activation);
      break;
    case 1:
      builder->Pointwise(last, channels, activation);
      break;
    case 2:
    case 3:
      builder->Depthwise(last, kernel, stride, activation);
      break;
    case 4:
      builder->AveragePool(last, std::max(2, kernel - 1), stride);
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
  builder.Conv(kNetworkInput, static_cast<int>(random.Between(2, 16)), 3, 1, Activation::kRelu6);
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
  ExecutionPlan plan;
  int64_t next = 0;
  for (int t = -1; t < static_cast<int>(network.operators.size()); ++t) {
    const Shape shape = network.tensor_shape(t);
    plan.tensors.push_back({next, shape.height, shape.row_elements(), 0});
    next += (shape.elements() + 3) / 4 * 4;
    if (t >= 0) plan.groups.push_back({t, t + 1, GroupMode::kLayerwise, 1});
  }
  plan.arena = Bytes((next + 7) / 8 * 8);
  plan.scratch = Bytes(NetworkScratchBytes(network));
  return plan;
}

std::string FreshFolder(const std::string& name) {
  static std::atomic<int> counter{0};
  return testing::TempDir() + "mcunas-" + name + "." + std::to_string(getpid()) + "." +
         std::to_string(counter++);
}

}  // namespace mcunas
