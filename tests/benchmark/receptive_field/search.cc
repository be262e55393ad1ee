// Searches one space under the same limits with different schedules and prints what windows the
// found networks have where. Not a test.
//
// Usage: receptive_field_search CONFIG.yaml ACCURACIES.jsonl SEEDS > result.json
//
// ACCURACIES.jsonl comes from receptive_field_evaluate: real accuracies of sub-networks with the
// supernet's weights. Thousands of candidates are too many for the supernet, so NSGA-II asks a
// linear model of these accuracies (one weight per stage, place and choice; ridge regression), as
// Once-for-all and MCUNet do; its quality on networks it has not seen is part of the output.
#include <algorithm>
#include <array>
#include <cmath>
#include <cstdlib>
#include <fstream>
#include <iostream>
#include <nlohmann/json.hpp>

#include "cli/run/experiment.h"
#include "nas/evaluate/board_memory.h"
#include "nas/evaluate/memory_study.h"
#include "nas/evaluate/statistics.h"
#include "nas/search/search_loop.h"
#include "nas/space/architecture.h"
#include "nas/space/block_fields.h"
#include "nas/space/lower.h"
#include "nas/space/space_config.h"
#include "nas/space/stage_options.h"

namespace mcunas {
namespace {

using Json = nlohmann::ordered_json;

struct Evaluated {
  Architecture architecture;
  double accuracy = 0;
};

std::vector<Evaluated> ReadAccuracies(const std::string& path) {
  std::ifstream file(path);
  std::vector<Evaluated> all;
  for (std::string line; std::getline(file, line);) {
    const Json json = Json::parse(line);
    const auto architecture = ArchitectureFromJson(json["architecture"].dump());
    all.push_back({*architecture, json["accuracy"].get<double>()});
  }
  return all;
}

// One-hot per (stage, place) and open choice of the block; an absent block has none of its features.
std::vector<double> FeaturesOf(const SpaceConfig& space, const Architecture& a) {
  const std::vector<StageOptions> options = OptionsOf(space);
  std::vector<double> features = {1.0};
  for (size_t s = 0; s < space.stages.size(); ++s) {
    for (size_t i = 0; i < static_cast<size_t>(options[s].most_depth()); ++i) {
      const bool there = i < a.stages[s].size();
      ForEachBlockField([&](const auto field) {
        const auto values = ValuesOf(options[s].at(i), field);
        if (values.size() < 2) return;
        for (const auto& value : values) {
          features.push_back(there && a.stages[s][i].*field == value ? 1.0 : 0.0);
        }
      });
    }
  }
  return features;
}

// (X'X + lambda I) w = X'y by Gaussian elimination; the intercept is not shrunk.
std::vector<double> Ridge(const std::vector<std::vector<double>>& x, const std::vector<double>& y,
                          double lambda) {
  const size_t n = x[0].size();
  std::vector<std::vector<double>> m(n, std::vector<double>(n + 1, 0.0));
  for (size_t r = 0; r < x.size(); ++r) {
    for (size_t i = 0; i < n; ++i) {
      for (size_t j = 0; j < n; ++j) m[i][j] += x[r][i] * x[r][j];
      m[i][n] += x[r][i] * y[r];
    }
  }
  for (size_t i = 1; i < n; ++i) m[i][i] += lambda;
  for (size_t p = 0; p < n; ++p) {
    size_t best = p;
    for (size_t r = p + 1; r < n; ++r) {
      if (std::abs(m[r][p]) > std::abs(m[best][p])) best = r;
    }
    std::swap(m[p], m[best]);
    for (size_t r = 0; r < n; ++r) {
      if (r == p) continue;
      const double f = m[r][p] / m[p][p];
      for (size_t c = p; c <= n; ++c) m[r][c] -= f * m[p][c];
    }
  }
  std::vector<double> w(n);
  for (size_t i = 0; i < n; ++i) w[i] = m[i][n] / m[i][i];
  return w;
}

class AccuracyModel : public ScoreEvaluator {
 public:
  AccuracyModel(const SpaceConfig& space, std::span<const Evaluated> known) : space_(space) {
    std::vector<std::vector<double>> x;
    std::vector<double> y;
    for (const Evaluated& e : known) {
      x.push_back(FeaturesOf(space, e.architecture));
      y.push_back(e.accuracy);
    }
    weights_ = Ridge(x, y, 1.0);
  }
  double Predict(const Architecture& a) const {
    const std::vector<double> features = FeaturesOf(space_, a);
    double sum = 0;
    for (size_t i = 0; i < features.size(); ++i) sum += weights_[i] * features[i];
    return sum;
  }
  Expected<std::vector<ScoreResult>> Evaluate(std::span<const Architecture> batch) override {
    std::vector<ScoreResult> results;
    for (const Architecture& a : batch) results.push_back({Predict(a), 0});
    return results;
  }

 private:
  SpaceConfig space_;
  std::vector<double> weights_;
};

// Ten-fold: every network is predicted by a model that has not seen it.
Json ModelQuality(const SpaceConfig& space, const std::vector<Evaluated>& all) {
  constexpr size_t kFolds = 10;
  std::vector<double> predicted, real;
  for (size_t fold = 0; fold < kFolds; ++fold) {
    std::vector<Evaluated> seen;
    for (size_t i = 0; i < all.size(); ++i) {
      if (i % kFolds != fold) seen.push_back(all[i]);
    }
    const AccuracyModel model(space, seen);
    for (size_t i = fold; i < all.size(); i += kFolds) {
      predicted.push_back(model.Predict(all[i].architecture));
      real.push_back(all[i].accuracy);
    }
  }
  double mean = 0, error = 0, variance = 0;
  for (const double r : real) mean += r / static_cast<double>(real.size());
  for (size_t i = 0; i < real.size(); ++i) {
    error += std::pow(real[i] - predicted[i], 2);
    variance += std::pow(real[i] - mean, 2);
  }
  const auto count = static_cast<double>(real.size());
  return {{"networks", real.size()},
          {"kendall_tau", KendallTau(predicted, real)},
          {"r2", 1 - error / variance},
          {"rmse", std::sqrt(error / count)},
          {"accuracy_standard_deviation", std::sqrt(variance / count)}};
}

struct Schedule {
  const char* name;
  std::vector<GroupMode> modes;
  double max_macs_factor;
};

// What the networks of a front have in common. Early: the stages before the second reduction of
// the map; late: the others.
struct Windows {
  double early = 0, late = 0;            // mean window of the depthwise convolutions
  std::vector<double> stages;            // the same per stage
  double early_field = 0;                // mean receptive field of the early stages, image pixels
  double macs_factor = 0, accuracy = 0;  // means
  double best_accuracy = 0;
};

size_t EarlyStages(const SpaceConfig& space) {
  int reductions = 0;
  for (size_t s = 0; s < space.stages.size(); ++s) {
    reductions += space.stages[s].stride == 2;
    if (reductions == 2) return s;
  }
  return space.stages.size();
}

double ReceptiveField(const SpaceConfig& space, const Architecture& a, size_t stages) {
  double field = 3;  // of the stem
  auto jump = static_cast<double>(space.stem_stride);
  for (size_t s = 0; s < stages; ++s) {
    for (size_t i = 0; i < a.stages[s].size(); ++i) {
      field += (a.stages[s][i].kernel - 1) * jump;
      if (i == 0) jump *= static_cast<double>(space.stages[s].stride);
    }
  }
  return field;
}

Windows WindowsOf(const SpaceConfig& space, const std::vector<const CandidateRecord*>& front) {
  const size_t early = EarlyStages(space);
  std::vector<double> sum(space.stages.size()), count(space.stages.size());
  Windows w;
  for (const CandidateRecord* record : front) {
    for (size_t s = 0; s < sum.size(); ++s) {
      for (const BlockChoice& block : record->architecture.stages[s]) {
        sum[s] += block.kernel;
        ++count[s];
      }
    }
    const double share = 1.0 / static_cast<double>(front.size());
    w.early_field += share * ReceptiveField(space, record->architecture, early);
    w.macs_factor += share * MacsFactor(*record);
    const double accuracy = *MetricValue(*record, metric::kAccuracy);
    w.accuracy += share * accuracy;
    w.best_accuracy = std::max(w.best_accuracy, accuracy);
  }
  double early_sum = 0, early_count = 0, late_sum = 0, late_count = 0;
  for (size_t s = 0; s < sum.size(); ++s) {
    w.stages.push_back(sum[s] / count[s]);
    (s < early ? early_sum : late_sum) += sum[s];
    (s < early ? early_count : late_count) += count[s];
  }
  w.early = early_sum / early_count;
  w.late = late_sum / late_count;
  return w;
}

Json WindowsJson(const Windows& w) {
  return {{"early", w.early},
          {"late", w.late},
          {"late_minus_early", w.late - w.early},
          {"stages", w.stages},
          {"early_receptive_field", w.early_field},
          {"mean_macs_factor", w.macs_factor},
          {"mean_accuracy", w.accuracy},
          {"best_accuracy", w.best_accuracy}};
}

// The more accurate half of the front: small networks have small windows whatever the schedule.
std::vector<const CandidateRecord*> UpperHalf(const SearchResult& result) {
  std::vector<const CandidateRecord*> networks;
  for (size_t i = 0; i < (result.front.size() + 1) / 2; ++i) {
    networks.push_back(&result.history[result.front[i]]);
  }
  return networks;
}

// The groups of the network's plan that recompute: [first, last) operators, strips, bands.
Json TiledGroups(const SearchSetup& setup, const Architecture& architecture) {
  Json groups = Json::array();
  const Network network = Lower(setup.space, setup.task.shape, architecture);
  for (const PlanGroup& group : ChoosePlan(network, setup.plan, setup.limits).groups) {
    if (group.strips * group.bands == 1) continue;
    groups.push_back({{"operators", {group.first, group.last}},
                      {"strips", group.strips},
                      {"bands", group.bands}});
  }
  return groups;
}

Expected<Json> SearchOnce(const ExperimentConfig& config, const Schedule& schedule,
                          const MemoryLimits& limits, AccuracyModel* accuracy, int64_t seed) {
  SearchSetup setup;
  setup.space = config.space;
  setup.search = config.search;
  setup.search.seed = seed;
  setup.search.objectives = {{metric::kAccuracy, Direction::kMax},
                             {metric::kPlanMacs, Direction::kMin}};
  setup.limits = {limits};
  setup.plan = config.plan;
  setup.plan.modes = schedule.modes;
  setup.plan.max_macs_factor = schedule.max_macs_factor;
  const BoardMemoryEvaluator memory(setup.space, setup.task.shape, limits, setup.plan);
  MemoryStudy study;
  SearchPorts ports;
  ports.score = accuracy;
  ports.memory = &memory;
  ports.study = &study;
  const StopToken stop;
  const auto result = RunSearch(setup, ports, stop);
  if (!result) return result.error();
  std::vector<const CandidateRecord*> front;
  for (const size_t i : result->front) front.push_back(&result->history[i]);
  Json json = {{"seed", seed},
               {"networks", result->history.size()},
               {"front", front.size()},
               {"whole_front", WindowsJson(WindowsOf(setup.space, front))},
               {"accurate_half", WindowsJson(WindowsOf(setup.space, UpperHalf(*result)))}};
  const CandidateRecord& best = *front[0];
  json["most_accurate"] = {{"accuracy", *MetricValue(best, metric::kAccuracy)},
                           {"plan_macs", *MetricValue(best, metric::kPlanMacs)},
                           {"macs_factor", MacsFactor(best)},
                           {"sram_bytes", *MetricValue(best, metric::kSram)},
                           {"tiled_groups", TiledGroups(setup, best.architecture)},
                           {"architecture", Json::parse(ArchitectureToJson(best.architecture))}};
  return json;
}

int Main(const std::string& file, const std::string& accuracies, int64_t seeds,
         const std::vector<std::string>& overrides) {
  const auto config = LoadExperiment(file, overrides);
  if (!config) {
    std::cerr << config.error().message << "\n";
    return 2;
  }
  const auto board = LoadBoardProfile(config->target.board);
  if (!board) return 2;
  const MemoryLimits limits = LimitsOf(*config, *board);
  const std::vector<Evaluated> known = ReadAccuracies(accuracies);
  AccuracyModel model(config->space, known);
  const std::vector<Schedule> schedules = {
      {"row streaming, nothing twice", {GroupMode::kRowStream}, 1.0},
      {"strips", {GroupMode::kRowStream, GroupMode::kStrips}, 4.0},
      {"patches (MCUNetV2)", {GroupMode::kPatches}, 4.0},
  };
  Json json = {{"benchmark", "receptive_field"},
               {"sram_limit_bytes", limits.sram.value},
               {"macs_limit", limits.macs.value},
               {"input", InputModeName(config->plan.input)},
               {"accuracy_model", ModelQuality(config->space, known)}};
  for (const Schedule& schedule : schedules) {
    Json runs = Json::array();
    for (int64_t seed = 1; seed <= seeds; ++seed) {
      const auto run = SearchOnce(*config, schedule, limits, &model, seed);
      runs.push_back(run ? *run : Json{{"seed", seed}, {"error", run.error().message}});
    }
    json["schedules"][schedule.name] = std::move(runs);
  }
  std::cout << json.dump(2) << "\n";
  return 0;
}

}  // namespace
}  // namespace mcunas

int main(int argc, char** argv) {
  if (argc < 4) {
    std::cerr
        << "usage: receptive_field_search CONFIG.yaml ACCURACIES.jsonl SEEDS [key=value ...]\n";
    return 2;
  }
  return mcunas::Main(argv[1], argv[2], std::atoll(argv[3]), {argv + 4, argv + argc});
}
