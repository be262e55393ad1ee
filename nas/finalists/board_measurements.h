// One build on every board of a search.
#pragma once

#include <span>
#include <string>

#include "common/expected.h"
#include "common/stop.h"
#include "nas/evaluate/candidate.h"
#include "nas/finalists/candidate_build.h"
#include "nas/finalists/finalist_setup.h"

namespace mcunas {

// The board whose numbers speak for a candidate: the target where it is among `boards`, else its
// virtual equivalent, else the first with the target's core, else the first. Depends on no outcome,
// so that all candidates of a search are compared by one board. Pre-condition: there is a board.
std::string HeadlineBoard(const BoardProfile& target, std::span<const BoardProfile> boards);

// Whose clock and constants turn what `board` counted into milliseconds: the target's where both
// have the same core, as a virtual board stands in for it; else the board's own.
const BoardProfile& ClockOf(const BoardProfile& board, const BoardProfile& target);

// Links one image per board of the options, runs them and writes what each board said into the
// record, raw measurements into the study. The record fails if it fails on one board, whatever the
// others say; a fact about the network outweighs trouble with a board. The reason names the board.
// Without a boards port or boards: nothing.
Expected<void> MeasureOnBoards(const FinalistOptions& options, const FinalistPorts& ports,
                               const CandidateBuild& build, CandidateRecord* record,
                               const StopToken& stop);

}  // namespace mcunas
