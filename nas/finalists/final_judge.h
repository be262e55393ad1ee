// FinalJudge: what becomes of one network at the end of a search: weights, int8, boards, hold-out,
// and only when all are ranked the test set.
#pragma once

#include <map>
#include <string>

#include "common/stop.h"
#include "nas/evaluate/final_network.h"
#include "nas/finalists/finalist_setup.h"
#include "nas/finalists/finalist_steps.h"

namespace mcunas {

// Keeps what it learns in the study, kind "<kind>/<recipe>" (RecipeName): a network that is done is not done again after a
// kill. Borrows options, ports and stop. Thread rule: one thread at a time.
class FinalJudge {
 public:
  FinalJudge(const FinalistOptions& options, const FinalistPorts& ports, const StopToken& stop,
             std::string kind)
      : options_(options), ports_(ports), stop_(stop), kind_(std::move(kind)) {}

  // From the study where it is known there, else all steps up to the boards; float and int8 score
  // of the same weights on the hold-out. Errors as EvaluateFinalist.
  Expected<FinalNetwork> Prepare(const CandidateRecord& candidate, const FinalistStage& stage);

  // Float and int8 score on the test set, once. `stage` is that of Prepare. Nothing for a network
  // that failed.
  Expected<void> Test(FinalNetwork* network, const FinalistStage& stage);

 private:
  std::string KindOf(const WeightsRecipe& recipe) const { return kind_ + "/" + RecipeName(recipe); }
  // Kept from Prepare. After a resume it is built again: training and compilation are
  // deterministic, so the code that is tested is the code that was measured.
  Expected<const CandidateBuild*> BuildOf(const CandidateRecord& record,
                                          const FinalistStage& stage);
  Expected<void> AddFloatScore(const CandidateBuild& build, DataSplit split,
                               const std::string& name, CandidateRecord* record);
  Expected<void> Keep(const FinalNetwork& network);

  const FinalistOptions& options_;
  const FinalistPorts& ports_;
  const StopToken& stop_;
  std::string kind_;
  std::map<Hash128, CandidateBuild> builds_;
};

}  // namespace mcunas
