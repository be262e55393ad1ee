// Networks and plans with everything that a plan can hold: for tests of what is printed and drawn.
#pragma once

#include "common/units.h"
#include "memory_model/execution_plan.h"
#include "network/network_builder.h"

namespace mcunas {

// Inverted bottleneck with a residual, between a stem and a classifier.
inline Network BottleneckNetwork(const std::string& name = "small") {
  NetworkBuilder b(name, {16, 16, 3});
  const int stem = b.Conv(kNetworkInput, 8, {3, 3}, {2, 2}, Activation::kRelu6);
  const int expand = b.Pointwise(stem, 24, Activation::kRelu6);
  const int depthwise = b.Depthwise(expand, {3, 3}, {1, 1}, Activation::kRelu6);
  const int project = b.Pointwise(depthwise, 8, Activation::kNone);
  b.FullyConnected(b.GlobalAveragePool(b.Add(project, stem)), 10);
  return std::move(b).Finish();
}

// A made-up plan for BottleneckNetwork, not a legal one: every kind of group, a move, sums, a
// second region.
inline ExecutionPlan PlanWithEverything() {
  ExecutionPlan plan;
  plan.groups = {{0, 1, GroupMode::kStrips, 3, 1, 4, 0},
                 {1, 4, GroupMode::kChannelTiles, 1, 1, 0, 8},
                 {4, 5, GroupMode::kLayerwise, 1, 1, 0, 0},
                 {5, 6, GroupMode::kRowStream, 1, 1, 2, 0},
                 {6, 7, GroupMode::kPatches, 2, 2, 0, 0}};
  plan.tensors = {{0, 48, 16, 3, 0},   {512, 64, 8, 8, 0}, {144, 24, 8, 8, 0}, {336, 8, 8, 8, 0},
                  {1024, 64, 8, 8, 0}, {0, 64, 8, 8, 1},   {64, 1, 1, 8, 0},   {72, 1, 1, 10, 0}};
  plan.moves = {{2, 0, 0, 0}, {3, 4, 512, 1}};
  plan.states = {{3, 1024, 2048, 0}, {5, 128, 32, 0}};
  plan.input_mode = InputMode::kRereadable;
  plan.arena = Bytes(3072);
  plan.more_regions = {Bytes(1024)};
  plan.scratch = Bytes(96);
  plan.live_bound = Bytes(3000);
  plan.macs_factor = 1.25;
  plan.peak_operator = 3;
  return plan;
}

}  // namespace mcunas
