// The steps of every candidate that leaves the supernet: weights, int8, plan, C, check on this
// machine, hold-out, boards. Search rounds and final ranking differ in the options of a stage only.
#pragma once

#include <cstdint>
#include <string>

#include "common/expected.h"
#include "common/stop.h"
#include "nas/evaluate/candidate.h"
#include "nas/finalists/candidate_build.h"
#include "nas/finalists/finalist_setup.h"

namespace mcunas {

// What differs between a search round and the final ranking. The score of a round has a name of its
// own, as it is that of other images and, with fine-tuning, of other weights: one name, one value.
struct FinalistStage {
  WeightsRecipe recipe;
  int holdout_images = 0;             // that the int8 code is judged by; 0 = all of the split
  std::string score_name;             // key of the metric; the number of images stands beside it
  std::string folder = "candidates";  // of the run folder; artefacts go to <folder>/<hash>/
};
FinalistStage RoundStage(const FinalistOptions& options);
// The recipe is the caller's to choose.
FinalistStage FinalStage(const FinalistOptions& options);

// Extracts the weights and builds everything up to the host code; writes the artefacts to
// <folder>/<hash>/ of the run folder. Deterministic: a second build of a record is the same code.
Expected<CandidateBuild> BuildFinalist(const FinalistOptions& options, const FinalistPorts& ports,
                                       const FinalistStage& stage, const CandidateRecord& record,
                                       const StopToken& stop);

// BuildFinalist, then what the int8 code reaches on the hold-out and what every board says, both
// into `record`. A fact about the network (does not link, faults, wrong output) becomes the
// record's failure. Errors: kInterrupted, or what the file system, the tools and the ports refuse.
Expected<CandidateBuild> EvaluateFinalist(const FinalistOptions& options,
                                          const FinalistPorts& ports, const FinalistStage& stage,
                                          CandidateRecord* record, const StopToken& stop);

}  // namespace mcunas
