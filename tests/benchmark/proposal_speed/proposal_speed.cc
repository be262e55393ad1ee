// Milliseconds of one proposal of Bayesian optimisation while the observations grow, on one thread,
// and how many of them the memory model takes for its answers about new candidates; batches of the
// default size. Usage: proposal_speed [OBSERVATIONS]. Prints JSON. Not a test: build with
// optimisation.
#include <cmath>
#include <cstdlib>
#include <ctime>
#include <iostream>
#include <nlohmann/json.hpp>

#include "common/hash.h"
#include "nas/evaluate/board_memory.h"
#include "nas/search/strategy.h"
#include "nas/space/enumerate.h"

namespace mcunas {
namespace {

using nlohmann::ordered_json;

// Observations between two lines of the result.
constexpr int64_t kStep = 100;

// MCUNet-like: three kernels, three expansions, depth 2 to 4.
SpaceConfig Space() {
  SpaceConfig space;
  space.width = {0.5, 0.75, 1.0};
  space.resolution = {32, 48, 64};
  space.depth = {2, 3, 4};
  return space;
}

// Saturates with the MACs; no model foresees the rest.
double Score(const CandidateRecord& record) {
  const double macs = *MetricValue(record, metric::kMacs);
  const Hash128 hash = HashBytes(ArchitectureToJson(record.architecture));
  return 0.5 + 0.05 * std::log10(macs) + 0.01 * static_cast<double>(hash.low % 1000) / 1000;
}

// Processor time: other processes do not count.
class Stopwatch {
 public:
  explicit Stopwatch(double* seconds) : seconds_(seconds) {}
  Stopwatch(const Stopwatch&) = delete;
  Stopwatch& operator=(const Stopwatch&) = delete;
  ~Stopwatch() { *seconds_ += static_cast<double>(std::clock() - start_) / CLOCKS_PER_SEC; }

 private:
  double* seconds_;
  std::clock_t start_ = std::clock();
};

class TimedMemory : public BoardMemoryEvaluator {
 public:
  using BoardMemoryEvaluator::BoardMemoryEvaluator;
  void Evaluate(CandidateRecord* record) const override {
    const Stopwatch watch(&seconds_);
    BoardMemoryEvaluator::Evaluate(record);
  }
  mutable double seconds_ = 0;
};

class Conversation {
 public:
  explicit Conversation(const Objectives& objectives)
      : memory_(Space(), {}, {KiB(64), KiB(256), {}}), costs_(Space(), {}, memory_, nullptr) {
    SearchConfig config;
    config.algorithm = "bayes";
    config.objectives = objectives;
    strategy_ = MakeStrategy({Space(), config, {}, costs_});
  }

  // Mean milliseconds of a proposal until there are so many observations. Telling counts too.
  ordered_json GrowTo(int64_t observations) {
    const int64_t before = told_;
    double seconds = 0, memory_seconds = 0;
    while (told_ < observations) {
      std::vector<Architecture> proposals;
      {
        memory_.seconds_ = 0;
        const Stopwatch watch(&seconds);
        proposals = strategy_->Ask(strategy_->batch());
        memory_seconds += memory_.seconds_;
      }
      std::vector<CandidateRecord> records;
      for (const Architecture& a : proposals) records.push_back(Evaluated(a));
      const Stopwatch watch(&seconds);
      strategy_->Tell(records);
    }
    const double proposals = static_cast<double>(told_ - before);
    return {{"ms", 1000 * seconds / proposals},
            {"memory_model_ms", 1000 * memory_seconds / proposals}};
  }

 private:
  CandidateRecord Evaluated(const Architecture& architecture) {
    CandidateRecord record;
    record.index = told_++;
    record.architecture = architecture;
    memory_.Evaluate(&record);
    record.metrics[metric::kAccuracy].value = Score(record);
    return record;
  }

  TimedMemory memory_;
  CandidateCosts costs_;
  std::unique_ptr<SearchStrategy> strategy_;
  int64_t told_ = 0;
};

int Main(int64_t observations) {
  const std::pair<const char*, Objectives> all[] = {
      {"one goal", {{"accuracy", Direction::kMax}}},
      {"two goals", {{"accuracy", Direction::kMax}, {"sram_bytes", Direction::kMin}}},
      {"three goals",
       {{"accuracy", Direction::kMax}, {"sram_bytes", Direction::kMin}, {"macs", Direction::kMin}}},
  };
  ordered_json json = {{"benchmark", "proposal_speed"},
                       {"unit", "ms per proposal, mean of the last 100"},
                       {"space_size", SpaceSize(Space())},
                       {"threads", 1},
                       {"time", "processor"}};
  for (const auto& [name, objectives] : all) {
    Conversation conversation(objectives);
    for (int64_t n = kStep; n <= observations; n += kStep) {
      json["results"][name][std::to_string(n)] = conversation.GrowTo(n);
    }
  }
  std::cout << json.dump(2) << "\n";
  return 0;
}

}  // namespace
}  // namespace mcunas

int main(int argc, char** argv) {
  const int64_t observations = argc > 1 ? std::atoll(argv[1]) : 1000;
  return mcunas::Main(observations > 0 ? observations : 1000);
}
