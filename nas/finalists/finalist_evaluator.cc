#include "nas/finalists/finalist_evaluator.h"

#include <fmt/format.h>

#include "common/log.h"
#include "nas/finalists/finalist_steps.h"

namespace mcunas {
namespace {

class RoundFinalists : public FinalistEvaluator {
 public:
  RoundFinalists(const FinalistOptions& options, const FinalistPorts& ports)
      : options_(options), ports_(ports) {}

  Expected<void> Evaluate(std::span<CandidateRecord* const> finalists, int round,
                          const StopToken& stop) override {
    const FinalistStage stage = RoundStage(options_);
    for (CandidateRecord* record : finalists) {
      if (stop.stop_requested()) return Error{ErrorCode::kInterrupted, "stopped between finalists"};
      const auto done = EvaluateFinalist(options_, ports_, stage, record, stop);
      if (!done) return done.error();
      LogInfo(fmt::format("round {}: {} measured", round, record->hash.Short()),
              {{"candidate", record->hash.Hex()}});
    }
    return {};
  }

 private:
  FinalistOptions options_;
  FinalistPorts ports_;
};

}  // namespace

std::unique_ptr<FinalistEvaluator> MakeFinalistEvaluator(const FinalistOptions& options,
                                                         const FinalistPorts& ports) {
  return std::make_unique<RoundFinalists>(options, ports);
}

}  // namespace mcunas
