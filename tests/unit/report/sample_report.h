// A made-up study of any size for the tests of the report.
#pragma once

#include <cmath>
#include <string>
#include <vector>

#include "common/random.h"
#include "nas/report/report_input.h"

namespace mcunas {

// Owns what ReportInput only looks at.
struct SampleReport {
  std::vector<CandidateRecord> candidates;
  std::vector<size_t> front;
  std::vector<FinalNetwork> ranking;
  std::vector<RoundRecord> rounds;

  ReportInput input() const {
    ReportInput input;
    input.run_name = "sample-<run>";
    input.board = "nucleo-f746zg";
    input.measured_on = {"qemu-m7"};
    input.limits = {{KiB(64), KiB(256), Macs(0)}, 12.5};
    input.objectives = {{"accuracy", Direction::kMax},
                        {"latency_ms", Direction::kMin},
                        {"sram_bytes", Direction::kMin}};
    input.seed = 7;
    input.config_text = "name: a & b\nbench: {agents: [\"http://127.0.0.1:8801\"]}\n";
    input.environment_text = "{\"mcunas\": \"0.1.0\"}";
    input.candidates = candidates;
    input.front = front;
    input.ranking = ranking;
    input.rounds = rounds;
    input.next_commands = {"mcunas compile runs/x --name net -o net"};
    return input;
  }
};

inline CandidateRecord SampleCandidate(int64_t index, RandomStream* random) {
  CandidateRecord record;
  record.index = index;
  record.round = static_cast<int>(index / 40);
  record.hash = HashBytes("candidate " + std::to_string(index));
  record.architecture.stages = {{{3, 4}, {5, 3}}, {{7, 6}}};
  const double size = random->Unit();
  const double sram = std::round(20'000 + 70'000 * size + 3'000 * random->Normal());
  record.metrics[metric::kSram] = {sram, "bytes", Source::kAnalytic};
  record.metrics[metric::kMacs] = {std::round(1e6 + 2e7 * size), "MACs", Source::kAnalytic};
  record.metrics[metric::kFlash] = {std::round(60'000 + 2e5 * size), "bytes", Source::kAnalytic};
  if (sram > 65536) {
    record.failure = FailureClass::kInfeasible;
    record.failure_reason =
        "sram: needs " + std::to_string(static_cast<int64_t>(sram)) + " bytes, limit 65536";
    return record;
  }
  const double accuracy = 0.6 + 0.25 * std::sqrt(size) + 0.02 * random->Normal();
  record.metrics[metric::kAccuracy] = {accuracy, "ratio", Source::kAnalytic};
  const double latency = 5 + 90 * size + 4 * random->Unit();
  record.metrics[metric::kPredictedLatency] = {latency * (1 + 0.08 * random->Normal()), "ms",
                                               Source::kAnalytic};
  if (index % 9 == 0) {
    record.board = "qemu-m7";
    auto& board = record.boards[record.board].metrics;
    board[metric::kLatency] = {latency, "ms", Source::kEmulated};
    board[metric::kTicks] = {std::round(latency * 144'000), "instructions", Source::kEmulated};
  }
  return record;
}

inline FinalNetwork SampleRanked(const CandidateRecord& record, int n_operators) {
  FinalNetwork result;
  result.record = record;
  result.record.metrics["int8_accuracy"] = {result.record.metrics[metric::kAccuracy].value - 0.004,
                                            "ratio", Source::kMeasured};
  result.record.metrics["test_accuracy"] = {result.record.metrics[metric::kAccuracy].value - 0.01,
                                            "ratio", Source::kMeasured};
  for (int i = 0; i < n_operators; ++i) {
    Operator op;
    op.kind = i % 3 == 1 ? OpKind::kDepthwise : OpKind::kPointwise;
    op.kernel = Extent(i % 3 == 1 ? 3 : 1);
    op.out = {32 - i / 2, 32 - i / 2, 16 + 4 * i};
    result.network.operators.push_back(op);
    const int64_t live = 8'000 + (i * 7919 % 31) * 1'500;
    result.memory.operators.push_back(
        {Bytes(live), Bytes(i % 3 == 1 ? 1024 : 0), Bytes(500 * i), Bytes(40), Macs(100'000)});
  }
  result.memory.total = Bytes(60'000);
  result.memory.output = Bytes(10);
  result.memory.stack = Bytes(1024);
  result.memory.static_data = Bytes(256);
  result.memory.flash_total = Bytes(150'000);
  result.memory.peak_reason = "input & output of operator 4 <are> live";
  return result;
}

inline bool SampleDominates(const CandidateRecord& a, const CandidateRecord& b) {
  return a.metrics.at(metric::kAccuracy).value >= b.metrics.at(metric::kAccuracy).value &&
         a.metrics.at(metric::kSram).value < b.metrics.at(metric::kSram).value;
}

// The front is only meant to look like one: dominance in accuracy and SRAM among the first
// thousand.
inline SampleReport MakeSampleReport(int count) {
  SampleReport sample;
  RandomStream random(1, "sample report");
  for (int i = 0; i < count; ++i) sample.candidates.push_back(SampleCandidate(i, &random));
  const size_t judged = std::min<size_t>(sample.candidates.size(), 1000);
  for (size_t i = 0; i < judged; ++i) {
    if (sample.candidates[i].failure != FailureClass::kNone) continue;
    bool dominated = false;
    for (size_t j = 0; j < judged && !dominated; ++j) {
      dominated = sample.candidates[j].failure == FailureClass::kNone &&
                  SampleDominates(sample.candidates[j], sample.candidates[i]);
    }
    if (!dominated) sample.front.push_back(i);
  }
  for (size_t i = 0; i < sample.front.size() && i < 8; ++i) {
    sample.ranking.push_back(SampleRanked(sample.candidates[sample.front[i]], 24));
  }
  for (int round = 0; round * 40 < count && round < 300; ++round) {
    RoundRecord record;
    record.round = round;
    record.asked = (round + 1) * 40;
    record.evaluated = (round + 1) * 30;
    record.infeasible = record.asked - record.evaluated;
    record.measured = round * 2;
    record.best_score = 0.8;
    record.hypervolume = 0.7 - 0.4 / (round + 1);
    record.latency_error = round == 0 ? std::nan("") : 0.1;
    record.latency_tau = round == 0 ? std::nan("") : 0.9;
    sample.rounds.push_back(record);
  }
  return sample;
}

}  // namespace mcunas
