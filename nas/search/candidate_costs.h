// CandidateCosts: what is known of an architecture before anybody evaluates it. The door through
// which strategies see the memory and the latency model.
#pragma once

#include <cmath>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "nas/evaluate/ports.h"
#include "nas/space/architecture.h"
#include "nas/space/space_config.h"
#include "nas/space/task_shape.h"

namespace mcunas {

class LatencyModel;  // nas/evaluate/latency_model.h

// NaN: a number that nobody knows ahead.
struct KnownCosts {
  bool feasible = true;  // keeps the limits of the memory evaluator and that of latency
  double violation = 0;  // CandidateRecord::violation
  double macs = std::nan("");
  double plan_macs = std::nan("");
  double macs_factor = 1;
  double sram_bytes = std::nan("");
  double arena_bytes = std::nan("");
  double flash_bytes = std::nan("");
  double latency_ms = std::nan("");  // predicted

  // By name of the objective; nothing for a score, and for what is not known.
  std::optional<double> Of(const std::string& objective) const;
};

// Asks the evaluators once per architecture and remembers. Borrows them. Cost: a memory evaluation
// for a new architecture, less than a microsecond for a known one. Thread rule: one thread at a
// time.
class CandidateCosts {
 public:
  // `latency` may be null: nothing is predicted. `limit_ms` > 0: the limit on latency
  // (latency_limit.h).
  CandidateCosts(const SpaceConfig& space, const TaskShape& task, const MemoryEvaluator& memory,
                 const LatencyModel* latency, double limit_ms = 0)
      : space_(space), task_(task), memory_(memory), latency_(latency), limit_ms_(limit_ms) {}

  // Pre-condition: Contains(space, architecture). The reference lives until the next call.
  const KnownCosts& Of(const Architecture& architecture);
  // The latency model has learned: its predictions, and verdicts that rest on them, are made anew
  // when they are asked for.
  void ForgetLatency() { ++model_version_; }

 private:
  struct Entry {
    KnownCosts costs, without_latency;
    int64_t predicted_by = -1;  // version of the model
  };

  KnownCosts FromMemory(const Architecture& architecture) const;
  void AddLatency(const Architecture& architecture, KnownCosts* costs) const;

  SpaceConfig space_;
  TaskShape task_;
  const MemoryEvaluator& memory_;
  const LatencyModel* latency_;
  double limit_ms_;
  int64_t model_version_ = 0;
  std::map<std::vector<uint8_t>, Entry> known_;  // by genes
};

}  // namespace mcunas
