// FinalNetwork: one network of the final ranking, with all that a report says about it.
#pragma once

#include "memory_model/execution_plan.h"
#include "memory_model/memory_model.h"
#include "nas/evaluate/candidate.h"
#include "nas/evaluate/outcomes.h"
#include "nas/evaluate/weights_recipe.h"
#include "network/network.h"

namespace mcunas {

struct FinalNetwork {
  CandidateRecord record;  // with the int8 scores and what the boards said
  WeightsRecipe recipe;    // of the weights that became int8
  Outcomes outcomes;       // of the int8 code on the held-out images; empty: nobody knows them
  bool lost_race = false;  // trained for a part of the epochs only (race.h)
  bool tied = false;       // with others in accuracy, so that cost decided (tie_rule.h)
  double training = 0;     // MACs x epochs spent on it alone, lost heats included
  Network network;
  ExecutionPlan plan;   // of the network; no groups: nothing is said of it
  MemoryReport memory;  // operators.size() == network.operators.size(), or empty: no bars
};

}  // namespace mcunas
