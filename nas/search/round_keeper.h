// RoundKeeper: brings a search into its study round by round, and a replay not a second time.
#pragma once

#include <map>
#include <span>

#include "nas/evaluate/study.h"

namespace mcunas {

class RoundKeeper {
 public:
  explicit RoundKeeper(Study& study) : study_(study) {}

  // Reads what the study knows. Before the first Save; its errors are the study's.
  Expected<void> Load();

  // Saves a round and its candidates: those from position `first` on, and those at `changed`, whose
  // numbers changed. A round that stands in the study as it is here is left alone, with the
  // candidates that came with it; after one that differs (a longer budget, another build) the whole
  // history is written. Returns whether anything was.
  Expected<bool> Save(const RoundRecord& round, std::span<const CandidateRecord> history,
                      size_t first, std::span<const size_t> changed);

 private:
  Study& study_;
  std::map<int, RoundRecord> recorded_;
};

}  // namespace mcunas
