// Ports without training and without boards: every number is a function of the architecture.
#pragma once

#include <cmath>
#include <map>
#include <set>
#include <string>
#include <vector>

#include "nas/evaluate/latency_model.h"
#include "nas/evaluate/memory_study.h"
#include "nas/evaluate/ports.h"
#include "nas/search/search_loop.h"
#include "nas/space/architecture.h"
#include "nas/space/lower.h"
#include "nas/space/space_config.h"
#include "network/operator_counts.h"

namespace mcunas::testing {

// 2 resolutions x 3 widths x (4 + 16)^2 stages = 2400 architectures.
inline SpaceConfig SmallSpace() {
  SpaceConfig space;
  space.width = {0.5, 0.75, 1.0};
  space.resolution = {16, 24};
  space.kernel = {3, 5};
  space.expand = {2, 4};
  space.depth = {1, 2};
  space.stem_channels = 8;
  space.stages = {{16, 2}, {24, 2}};
  return space;
}

inline double FakeMacs(const Architecture& a) {
  return static_cast<double>(NetworkMacs(Lower(SmallSpace(), {}, a)).value);
}

// Grows with the MACs, with a bump per architecture that no smooth model foresees.
inline double FakeScore(const Architecture& a) {
  const Hash128 hash = HashBytes(ArchitectureToJson(a));
  const double bump = static_cast<double>(hash.low % 1000) / 1000;
  return 0.5 + 0.04 * std::log10(FakeMacs(a)) + 0.02 * bump;
}

class FakeAccuracy : public ScoreEvaluator {
 public:
  Expected<std::vector<ScoreResult>> Evaluate(std::span<const Architecture> batch) override {
    std::vector<ScoreResult> results;
    for (const Architecture& a : batch) {
      ++asked_[ArchitectureToJson(a)];
      results.push_back({FakeScore(a), 100});
    }
    return results;
  }
  std::map<std::string, int> asked_;
};

class FakeMemory : public MemoryEvaluator {
 public:
  explicit FakeMemory(double sram_limit = 1e18) : limit_(sram_limit) {}
  void Evaluate(CandidateRecord* record) const override {
    const double sram = record->architecture.width * record->architecture.resolution.height * 1000;
    record->metrics[metric::kSram] = {sram, "bytes", Source::kAnalytic};
    record->metrics[metric::kMacs] = {FakeMacs(record->architecture), "MACs", Source::kAnalytic};
    if (sram <= limit_) return;
    record->failure = FailureClass::kInfeasible;
    record->failure_reason = "sram: needs " + std::to_string(static_cast<int64_t>(sram)) +
                             " bytes, limit " + std::to_string(static_cast<int64_t>(limit_));
    record->violation = sram / limit_ - 1;
  }
  double limit_;
};

// Latency = factor x MACs; learns the factor.
class FakeLatency : public LatencyModel {
 public:
  // Measurements lie within a factor of 1.25 once it has learned, of 4 before.
  LatencyPrediction Predict(const Network& network, double macs_factor) const override {
    const double ms = factor_ * macs_factor * static_cast<double>(NetworkMacs(network).value);
    const double factor = fits_ > 0 ? 1.25 : 4;
    return {ms, ms / factor, ms * factor};
  }
  void Fit(std::span<const LatencySample> samples) override {
    double sum = 0;
    for (const LatencySample& s : samples) {
      sum += s.milliseconds / static_cast<double>(NetworkMacs(s.network).value);
    }
    factor_ = sum / static_cast<double>(samples.size());
    ++fits_;
  }
  std::string ToJson() const override { return "{\"factor\":" + std::to_string(factor_) + "}"; }
  double factor_ = 1e-5;
  int fits_ = 0;
};

// Boards on which latency is 3e-5 ms per MAC, give or take 5 %.
class FakeFinalists : public FinalistEvaluator {
 public:
  Expected<void> Evaluate(std::span<CandidateRecord* const> finalists, int round,
                          const StopToken&) override {
    for (CandidateRecord* record : finalists) {
      measured_.push_back(record->hash);
      rounds_.push_back(round);
      if (failures_.count(record->hash) > 0 || fail_all_ != FailureClass::kNone) {
        record->failure = FailureClass::kInfrastructure;
        if (fail_all_ != FailureClass::kNone) record->failure = fail_all_;
        record->failure_reason = "probe_missing: unplugged";
        continue;
      }
      const double noise = 0.95 + 0.1 * static_cast<double>(record->hash.low % 100) / 100;
      const double ms = 3e-5 * FakeMacs(record->architecture) * noise;
      record->board = "qemu-m4";
      BoardResult& board = record->boards[record->board];
      board.metrics[metric::kLatency] = {ms, "ms", Source::kEmulated};
      board.metrics[metric::kTicks] = {std::round(ms * 1e5), "instructions", Source::kEmulated};
      board.ticks = {static_cast<int64_t>(ms * 1e5)};
      record->metrics["round_int8_accuracy"] = {FakeScore(record->architecture) - 0.01, "ratio",
                                                Source::kMeasured};
    }
    return {};
  }
  std::vector<Hash128> measured_;
  std::vector<int> rounds_;
  std::set<Hash128> failures_;
  FailureClass fail_all_ = FailureClass::kNone;
};

// A whole search with fakes behind every port.
struct FakeSearch {
  SearchSetup setup;
  FakeAccuracy accuracy;
  FakeMemory memory;
  FakeLatency latency;
  FakeFinalists finalists;
  MemoryStudy study;
  StopToken stop;

  FakeSearch() {
    setup.space = SmallSpace();
    setup.search.population = 10;
    setup.search.budget.evaluations = 60;
    setup.search.seed = 7;
    setup.top_k = 6;
  }
  SearchPorts ports() { return {&accuracy, &memory, &latency, &finalists, &study}; }
  Expected<SearchResult> Run() { return RunSearch(setup, ports(), stop); }
};

}  // namespace mcunas::testing
