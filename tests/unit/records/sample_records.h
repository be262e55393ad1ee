// Records with every field away from its default, and their comparison field by field.
#pragma once

#include <gtest/gtest.h>

#include "nas/evaluate/study.h"

namespace mcunas {

inline BoardResult SomeBoard() {
  BoardResult board;
  board.metrics["latency_ms"] = {1.0 / 3, "ms", Source::kEmulated};
  board.ticks = {100, 101, 99};
  board.operator_ticks = {40, 60};
  return board;
}

inline CandidateRecord SomeCandidate(int64_t index) {
  CandidateRecord c;
  c.index = index;
  c.round = 2;
  c.hash = HashBytes("network " + std::to_string(index));
  c.architecture = {24, 0.35, {{{3, 4}, {7, 6}}, {{5, 1}}}};
  c.metrics["accuracy"] = {1.0 / 3, "ratio", Source::kMeasured};
  c.metrics["sram_bytes"] = {1024, "bytes", Source::kAnalytic};
  c.failure = FailureClass::kInfrastructure;
  c.failure_reason = "probe_missing: 'unplugged' \xc2\xb5";
  c.violation = 0.25;
  c.board = "qemu-m4";
  c.boards["qemu-m4"] = SomeBoard();
  c.boards["bench-m4"] = {{}, FailureClass::kCandidate, "hard_fault: at '0'", {}, {}};
  c.seconds = 1.5;
  return c;
}

inline EvaluationResult SomeResult() {
  EvaluationResult result;
  result.metrics["accuracy"] = {0.1 + 0.2, "ratio", Source::kMeasured};
  result.failure = FailureClass::kCandidate;
  result.failure_reason = "hard_fault";
  result.board = "qemu-m4";
  result.boards["qemu-m4"] = SomeBoard();
  result.seconds = 4;
  return result;
}

inline Measurement SomeMeasurement() {
  Measurement m;
  m.board = "qemu-m7";
  m.source = Source::kEmulated;
  m.unit = "instructions";
  m.ticks = {7, 8};
  m.operator_ticks = {3, 4};
  m.profiled_ticks = 9;
  m.clock_hz = 216'000'000;
  m.stack_peak_bytes = 600;
  m.arena_peak_bytes = 7000;
  m.output_crc32 = 0xffffffff;
  m.warmup = 2;
  m.tool = "qemu-system-arm";
  return m;
}

inline void ExpectEqual(const CandidateRecord& a, const CandidateRecord& b) {
  EXPECT_EQ(a.index, b.index);
  EXPECT_EQ(a.round, b.round);
  EXPECT_EQ(a.hash, b.hash);
  EXPECT_EQ(a.architecture, b.architecture);
  EXPECT_EQ(a.metrics, b.metrics);
  EXPECT_EQ(a.failure, b.failure);
  EXPECT_EQ(a.failure_reason, b.failure_reason);
  EXPECT_EQ(a.violation, b.violation);
  EXPECT_EQ(a.board, b.board);
  EXPECT_EQ(a.boards, b.boards) << "to the last bit";
  EXPECT_EQ(a.seconds, b.seconds);
}

inline void ExpectEqual(const EvaluationResult& a, const EvaluationResult& b) {
  EXPECT_EQ(a.outcomes, b.outcomes);
  EXPECT_EQ(a.metrics, b.metrics) << "to the last bit";
  EXPECT_EQ(a.failure, b.failure);
  EXPECT_EQ(a.failure_reason, b.failure_reason);
  EXPECT_EQ(a.board, b.board);
  EXPECT_EQ(a.boards, b.boards) << "to the last bit";
  EXPECT_EQ(a.seconds, b.seconds);
}

inline void ExpectEqual(const Measurement& a, const Measurement& b) {
  EXPECT_EQ(a.board, b.board);
  EXPECT_EQ(a.source, b.source);
  EXPECT_EQ(a.unit, b.unit);
  EXPECT_EQ(a.ticks, b.ticks);
  EXPECT_EQ(a.operator_ticks, b.operator_ticks);
  EXPECT_EQ(a.profiled_ticks, b.profiled_ticks);
  EXPECT_EQ(a.clock_hz, b.clock_hz);
  EXPECT_EQ(a.stack_peak_bytes, b.stack_peak_bytes);
  EXPECT_EQ(a.arena_peak_bytes, b.arena_peak_bytes);
  EXPECT_EQ(a.output_crc32, b.output_crc32);
  EXPECT_EQ(a.warmup, b.warmup);
  EXPECT_EQ(a.tool, b.tool);
}

}  // namespace mcunas
