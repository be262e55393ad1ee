#include "nas/search/round_keeper.h"

namespace mcunas {

Expected<void> RoundKeeper::Load() {
  auto rounds = study_.Rounds();
  if (!rounds) return rounds.error();
  for (RoundRecord& round : *rounds) recorded_[round.round] = std::move(round);
  return {};
}

Expected<bool> RoundKeeper::Save(const RoundRecord& round, std::span<const CandidateRecord> history,
                                 size_t first, std::span<const size_t> changed) {
  if (const auto known = recorded_.find(round.round); known != recorded_.end()) {
    if (SameRecord(known->second, round)) return false;
    recorded_.clear();
    first = 0;
  }
  std::vector<CandidateRecord> records(history.begin() + static_cast<std::ptrdiff_t>(first),
                                       history.end());
  for (const size_t i : changed) {
    if (i < first) records.push_back(history[i]);
  }
  if (auto saved = study_.SaveCandidates(records); !saved) return saved.error();
  if (auto saved = study_.SaveRound(round); !saved) return saved.error();
  return true;
}

}  // namespace mcunas
