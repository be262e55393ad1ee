// A small search with fake ports into a study file; the kill test runs it, kills it and runs it
// again. Usage: killed_search STUDY. Prints nothing; exit 0 when the search has come to its end.
#include <chrono>
#include <cstdio>
#include <thread>

#include "../search/fakes.h"
#include "common/log.h"
#include "nas/records/open_study.h"
#include "nas/space/architecture.h"

namespace mcunas {
namespace {

// Long enough that kills strike inside evaluations too.
void PretendToWork() { std::this_thread::sleep_for(std::chrono::microseconds(1500)); }

class SlowAccuracy : public testing::FakeAccuracy {
 public:
  Expected<std::vector<ScoreResult>> Evaluate(std::span<const Architecture> batch) override {
    for (size_t i = 0; i < batch.size(); ++i) PretendToWork();
    return FakeAccuracy::Evaluate(batch);
  }
};

// Trouble with boards that depends on the network only, so that all runs see the same.
class SlowFinalists : public testing::FakeFinalists {
 public:
  Expected<void> Evaluate(std::span<CandidateRecord* const> finalists, int round,
                          const StopToken& stop) override {
    for (CandidateRecord* record : finalists) {
      PretendToWork();
      if (record->hash.low % 5 == 0) failures_.insert(record->hash);
    }
    return FakeFinalists::Evaluate(finalists, round, stop);
  }
};

int Main(const char* path) {
  SetLogLevel(LogLevel::kError);
  auto study = OpenStudy(SqliteUrl(path));
  if (!study) {
    std::fprintf(stderr, "%s\n", study.error().message.c_str());
    return 1;
  }
  testing::FakeSearch search;
  search.memory.limit_ = 13000;
  search.setup.search.budget = {80, 3600};
  SlowAccuracy accuracy;
  SlowFinalists finalists;
  const auto result = RunSearch(
      search.setup, {&accuracy, &search.memory, &search.latency, &finalists, study->get()},
      search.stop);
  if (!result) std::fprintf(stderr, "%s\n", result.error().message.c_str());
  return result.ok() ? 0 : 1;
}

}  // namespace
}  // namespace mcunas

int main(int argc, char** argv) { return argc == 2 ? mcunas::Main(argv[1]) : 2; }
