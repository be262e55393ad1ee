// ExperimentConfig: the whole YAML file, assembled from the structs of the rooms it configures.
#pragma once

#include <string>
#include <vector>

#include "board_agent/client/config.h"
#include "common/expected.h"
#include "common/named.h"
#include "memory_model/board_profile.h"
#include "memory_model/planner/plan_choice.h"
#include "nas/evaluate/baseline.h"
#include "nas/evaluate/target_limits.h"
#include "nas/finalists/fine_tune.h"
#include "nas/search/config.h"
#include "nas/space/space_config.h"
#include "network/rounding.h"
#include "supernet/config.h"

namespace mcunas {

class ConfigVisitor;  // common/config.h

// `target.limits:`; 0 = the board's own size (SRAM, flash) or no limit (MACs, latency).
struct LimitsConfig {
  int64_t sram_kb = 0;
  int64_t flash_kb = 0;
  double macs_m = 0;
  double latency_ms = 0;
};

struct TargetConfig {
  std::string board = "nucleo-f746zg";
  LimitsConfig limits;
};

// Where latencies come from.
enum class LatencySource { kMeasured, kModel, kNone };
inline constexpr Named<LatencySource> kLatencySources[] = {{LatencySource::kMeasured, "measured"},
                                                           {LatencySource::kModel, "model"},
                                                           {LatencySource::kNone, "none"}};

struct EvaluateConfig {
  LatencySource latency = LatencySource::kMeasured;
  int64_t int8_top_k = 10;  // networks in the final table
  int64_t calibration_images = 256;
  FineTuneConfig fine_tune;
  BaselineBudget baselines = BaselineBudget::kEqualCost;
  RoundingMode rounding = RoundingMode::kTflite;
};

struct ExperimentConfig {
  int64_t version = 1;
  std::string name = "experiment";
  std::string study;  // URL (nas/records/open_study.h); empty = study.db in the run folder
  TargetConfig target;
  PlanConfig plan;
  DataConfig data;
  SpaceConfig space;
  SupernetConfig supernet;
  SearchConfig search;
  EvaluateConfig evaluate;
  BenchConfig bench;
};

void Describe(ConfigVisitor& visitor, ExperimentConfig& config);

// Reads and checks a file; kUsage with every problem in one message. A study's relative file is one
// in the folder of `path`; the config then holds the whole path.
Expected<ExperimentConfig> LoadExperiment(const std::string& path,
                                          const std::vector<std::string>& overrides);

// The URL of the study of a run in `folder`.
std::string StudyOf(const ExperimentConfig& config, const std::string& folder);

// The limits a network must keep: what the config names, else what the board has.
TargetLimits LimitsOf(const ExperimentConfig& config, const BoardProfile& board);

}  // namespace mcunas
