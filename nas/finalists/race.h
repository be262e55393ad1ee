// Race: successive halving (Jamieson and Talwalkar 2016) of the final training. All finalists train
// for a sixteenth of it, the better third anew for an eighth, the best one anew for all: of six,
// most of the work goes into the one that is shipped.
#pragma once

#include <span>
#include <vector>

#include "nas/finalists/finalist_setup.h"

namespace mcunas {

// How one finalist came through.
struct RaceEntry {
  WeightsRecipe recipe;  // of its last heat
  double training = 0;   // MACs x epochs of all its heats
  bool lost = false;     // it trained for a part only
};

// What `fraction` of the final training is for one network: at least an epoch, unless there is
// none.
WeightsRecipe FineTuneRecipe(const FinalistOptions& options, const Architecture& architecture,
                             double fraction);

// One entry per candidate, in order. A heat is won by the float score on the hold-out. Without
// options.fine_tune.race everybody trains for all of it and nobody is judged. Heats are kept in the
// study, kind "race/<recipe>". Errors: kInterrupted, or what the ports refuse.
Expected<std::vector<RaceEntry>> RunRace(const FinalistOptions& options, const FinalistPorts& ports,
                                         std::span<const CandidateRecord> candidates,
                                         const StopToken& stop);

}  // namespace mcunas
