// Screening: scores on few images first. Networks that these leave a chance are scored on all
// (racing: Maron and Moore 1994).
//
// Out is who is beaten by another network that costs no more, by more than some standard errors of
// their paired difference on the images that both saw. Whoever stands on the front by what is known
// is scored on all, so that no front rests on few images. A pure function of the results: a replay
// decides the same. Thread rule: one thread at a time.
#pragma once

#include <map>
#include <span>
#include <vector>

#include "nas/evaluate/cached_score.h"
#include "nas/evaluate/outcomes.h"
#include "nas/evaluate/task.h"
#include "nas/search/config.h"

namespace mcunas {

class Screening {
 public:
  // By config.screen and config.objectives; without screening, or with a score that is no share of
  // right answers, all networks are scored on all images. Borrows `scores`.
  Screening(const SearchConfig& config, const Score& score, CachedScore& scores)
      : config_(config), score_(score), scores_(scores) {}

  // Scores the candidates at `positions`, which have no score yet, and says on how many images.
  // Errors of the evaluator and the study.
  Expected<void> Enter(std::span<const size_t> positions, std::span<CandidateRecord> history);

  // Scores on all images those that are still in the race. `history` is the one that all of them
  // entered from, costs included. Returns whose scores changed.
  Expected<std::vector<size_t>> Promote(std::span<CandidateRecord> history);

 private:
  bool InTheRace(size_t candidate, std::span<const CandidateRecord> history) const;
  std::vector<size_t> StillRacing(std::span<const CandidateRecord> history) const;
  void Store(const ScoreResult& result, CandidateRecord* record) const;

  SearchConfig config_;
  Score score_;
  CachedScore& scores_;
  std::map<size_t, Outcomes> outcomes_;  // by position in the history
  std::vector<size_t> screened_;         // that saw few images only
};

}  // namespace mcunas
