// What the way of a candidate to the board needs: plain options, and the ports behind which
// training and boards lie.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "memory_model/board_profile.h"
#include "memory_model/planner/plan_choice.h"
#include "nas/evaluate/ports.h"
#include "nas/evaluate/study.h"
#include "nas/evaluate/target_limits.h"
#include "nas/evaluate/task.h"
#include "nas/evaluate/weights_source.h"
#include "nas/finalists/candidate_build.h"
#include "nas/finalists/fine_tune.h"
#include "nas/space/space_config.h"
#include "network/rounding.h"

namespace mcunas {

struct FinalistOptions {
  SpaceConfig space;
  Task task;
  RoundingMode rounding = RoundingMode::kTflite;
  PlanConfig plan;  // with the limits: the plan that the search chose
  TargetLimits limits;
  int calibration_images = 256;
  FineTuneConfig fine_tune;          // of networks of the final ranking
  BoardProfile target;               // what is searched for; see ClockOf for its milliseconds
  std::vector<BoardProfile> boards;  // that measure, in this order
  int repetitions = 20;
  int threads = 1;         // of this machine; no result depends on it
  std::string run_folder;  // artefacts go to candidates/<hash>/
  std::string run_key;     // prefix of idempotency keys, unique per run
};

// Borrowed; must outlive their users.
struct FinalistPorts {
  WeightsSource* weights = nullptr;
  LatencyEvaluator* boards = nullptr;  // nullptr: nothing is measured, latency stays predicted
  Study* study = nullptr;              // keeps raw measurements and final results
  BuildFirmwareFn build_firmware = BuildFirmware;
};

}  // namespace mcunas
