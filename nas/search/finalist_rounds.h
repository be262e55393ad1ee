// FinalistRounds: which candidates go to the board, and what comes back, kept in the study.
#pragma once

#include <map>
#include <span>
#include <vector>

#include "common/stop.h"
#include "nas/evaluate/ports.h"
#include "nas/evaluate/study.h"
#include "nas/search/config.h"

namespace mcunas {

class FinalistRounds {
 public:
  // Borrows evaluator and study. A null evaluator measures nothing.
  FinalistRounds(const SearchConfig& config, FinalistEvaluator* evaluator, Study& study)
      : config_(config), evaluator_(evaluator), study_(study) {}

  // The best candidates that no board has seen yet, by front and isolation. A candidate whose board
  // failed may be chosen again, kTries times in all.
  std::vector<size_t> Choose(std::span<const CandidateRecord> history) const;
  // Fills in the chosen candidates, from the study or from the evaluator.
  Expected<void> Evaluate(std::span<const size_t> chosen, int round, const StopToken& stop,
                          std::span<CandidateRecord> history);

  static constexpr int kTries = 3;

 private:
  SearchConfig config_;
  FinalistEvaluator* evaluator_;
  Study& study_;
  std::map<Hash128, int> tries_;
};

}  // namespace mcunas
