#include "nas/evaluate/cycle_estimate.h"
#include "network/network.h"

#include <gtest/gtest.h>

#include <vector>

namespace mcunas {
namespace {

BoardProfile Board() {
  BoardProfile board;
  board.clock_hz = 100'000'000;
  board.cycles_per_instruction = 2;
  board.cycles_per_instruction_dense = 3;
  board.cycles_error = 0.25;
  return board;
}

Operator Op(OpKind kind, Shape in, Shape out) {
  Operator op;
  op.kind = kind;
  op.in = in;
  op.out = out;
  return op;
}

Network Small() {
  Network network;
  network.input = {4, 4, 8};
  network.operators = {Op(OpKind::kPointwise, {4, 4, 8}, {4, 4, 16}),
                       Op(OpKind::kGlobalAveragePool, {4, 4, 16}, {1, 1, 16}),
                       Op(OpKind::kFullyConnected, {1, 1, 16}, {1, 1, 10})};
  return network;
}

TEST(CycleEstimate, DenseOperatorsAndTheRestHaveTheirOwnConstants) {
  const std::vector<int64_t> instructions = {1000, 100, 10};
  const CycleEstimate estimate = EstimateCycles(Small(), {1110, instructions}, Board());
  EXPECT_EQ(estimate.operator_cycles, (std::vector<double>{2000, 200, 30}));
  EXPECT_DOUBLE_EQ(estimate.cycles, 2230);
  EXPECT_DOUBLE_EQ(estimate.milliseconds, 0.0223);
  EXPECT_DOUBLE_EQ(estimate.error, 0.25);
}

TEST(CycleEstimate, WhatLiesBetweenOperatorsCountsToo) {
  const std::vector<int64_t> instructions = {1000, 100, 10};
  EXPECT_DOUBLE_EQ(EstimateCycles(Small(), {1210, instructions}, Board()).cycles, 2430);
}

TEST(CycleEstimate, OneOutputPixelUsesEveryWeightOnce) {
  EXPECT_DOUBLE_EQ(CyclesPerInstruction(Board(), Op(OpKind::kPointwise, {1, 1, 8}, {1, 1, 4})), 3);
  EXPECT_DOUBLE_EQ(CyclesPerInstruction(Board(), Op(OpKind::kPointwise, {2, 1, 8}, {2, 1, 4})), 2);
  // No weights: nothing is read from flash.
  EXPECT_DOUBLE_EQ(
      CyclesPerInstruction(Board(), Op(OpKind::kGlobalAveragePool, {4, 4, 8}, {1, 1, 8})), 2);
}

Measurement Emulated() {
  Measurement m;
  m.ticks = {1210, 1210, 1250};
  m.operator_ticks = {1000, 100, 10};
  return m;
}

TEST(LatencyMs, EqualCountsAreEqualMillisecondsWhoeverAsks) {
  const Measurement m = Emulated();
  const double profile =
      EstimateCycles(Small(), {m.median_ticks(), m.operator_ticks}, Board()).milliseconds;
  EXPECT_DOUBLE_EQ(LatencyMs(Small(), m, Board()), profile);
  EXPECT_DOUBLE_EQ(profile, 0.0243);
}

TEST(LatencyMs, WithoutAProfileEverythingCostsWhatOperatorsCostInGeneral) {
  Measurement m = Emulated();
  m.operator_ticks.clear();
  EXPECT_DOUBLE_EQ(LatencyMs(Small(), m, Board()), EstimateMs(1210, Board()));
  EXPECT_DOUBLE_EQ(EstimateMs(1210, Board()), 0.0242);
  m.operator_ticks = {1000, 100};
  EXPECT_DOUBLE_EQ(LatencyMs(Small(), m, Board()), EstimateMs(1210, Board()));
}

TEST(LatencyMs, MeasuredCyclesNeedNoModel) {
  Measurement m = Emulated();
  m.source = Source::kMeasured;
  m.clock_hz = 1'000'000;
  EXPECT_DOUBLE_EQ(LatencyMs(Small(), m, Board()), 1.21);
}

TEST(CycleEstimateDeathTest, OneCountPerOperator) {
  const std::vector<int64_t> two = {1, 2};
  EXPECT_DEATH(EstimateCycles(Small(), InstructionCounts{3, two}, Board()),
               "one count per operator");
}

}  // namespace
}  // namespace mcunas
