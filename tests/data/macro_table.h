// A search space whose every accuracy is known: 3^8 encodings of eight layers, as in
// NAS-Bench-Macro (Su et al. 2021), from a table that stands behind the ports of the search.
#pragma once

#include <algorithm>
#include <cmath>
#include <limits>
#include <map>
#include <nlohmann/json.hpp>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

#include "common/random.h"
#include "nas/evaluate/memory_study.h"
#include "nas/search/hypervolume.h"
#include "nas/search/search_loop.h"
#include "tests/data/models.h"

namespace mcunas::testing {

struct MacroRow {
  double accuracy = 0;  // in [0, 1]
  double macs = 0;
};
using MacroRows = std::map<std::string, MacroRow>;  // by encoding, "00000000" to "22222222"

// Eight stages of one block; the kernel stands for the choice of the layer.
inline SpaceConfig MacroSpace() {
  SpaceConfig space;
  space.width = {1.0};
  space.resolution = {256};
  space.kernel = {3, 5, 7};
  space.expand = {1};
  space.depth = {1};
  space.stages.assign(8, {8, 1});
  return space;
}

inline std::string Encoding(const Architecture& a) {
  std::string code;
  for (const auto& stage : a.stages) code += static_cast<char>('0' + (stage[0].kernel - 3) / 2);
  return code;
}

// Nothing where the file is not at hand.
inline std::optional<MacroRows> NasBenchMacro() {
  const auto file = OutsideData("nasbench/nas-bench-macro_cifar10.json");
  if (!file) return std::nullopt;
  const auto json = nlohmann::json::parse(TextOf(*file));
  MacroRows rows;
  for (const auto& [code, row] : json.items()) {
    rows[code] = {row.at("mean_acc").get<double>() / 100, row.at("flops").get<double>()};
  }
  return rows;
}

// Larger choices cost more and help less and less, some layers more than others, neighbours a
// little more when they agree; a tenth of a point of noise, as between trainings.
inline MacroRows MadeUpRows() {
  constexpr double kHelp[] = {0, 1, 1.3}, kCost[] = {0, 5.5e6, 12e6};
  constexpr double kLayer[] = {0.3, 0.5, 0.9, 0.8, 0.7, 0.4, 0.35, 0.25};
  MacroRows rows;
  for (int number = 0; number < 6561; ++number) {
    std::string code;
    double help = 0, macs = 7.7e6;
    for (int layer = 0, rest = number; layer < 8; ++layer, rest /= 3) {
      const int choice = rest % 3;
      help += kLayer[layer] * kHelp[choice];
      macs += kCost[choice] * (1.2 - 0.05 * layer);
      code += static_cast<char>('0' + choice);
      if (layer > 0 && code[layer - 1] == code[layer]) help += 0.08;
    }
    const double noise = 0.1 * RandomStream(1, "made-up table", code).Normal();
    rows[code] = {(93 - 48 * std::exp(-help) + noise) / 100, macs};
  }
  return rows;
}

// Answers for the encodings; those above the limit are infeasible.
class MacroTable : public ScoreEvaluator, public MemoryEvaluator {
 public:
  MacroTable(MacroRows rows, double mac_limit) : rows_(std::move(rows)), limit_(mac_limit) {
    for (const auto& [code, row] : rows_) {
      if (row.macs > limit_) continue;
      best_ = std::max(best_, row.accuracy);
      worst_ = std::min(worst_, row.accuracy);
      dearest_ = std::max(dearest_, row.macs);
    }
    std::vector<MacroRow> within;
    for (const auto& [code, row] : rows_) {
      if (row.macs <= limit_) within.push_back(row);
    }
    whole_ = Volume(within);
  }

  double best() const { return best_; }
  // Hypervolume of accuracy and MACs relative to that of all networks within the limit, in the box
  // from the worst accuracy and the most MACs of these.
  double HypervolumeRatio(const std::vector<MacroRow>& networks) const {
    return Volume(networks) / whole_;
  }

  Expected<std::vector<ScoreResult>> Evaluate(std::span<const Architecture> batch) override {
    std::vector<ScoreResult> results;
    for (const Architecture& a : batch) results.push_back({rows_.at(Encoding(a)).accuracy, 10000});
    return results;
  }
  void Evaluate(CandidateRecord* record) const override {
    const double macs = rows_.at(Encoding(record->architecture)).macs;
    record->metrics[metric::kMacs] = {macs, "MACs", Source::kAnalytic};
    if (macs <= limit_) return;
    record->failure = FailureClass::kInfeasible;
    record->failure_reason = "macs";
    record->violation = macs / limit_ - 1;
  }

 private:
  double Volume(const std::vector<MacroRow>& networks) const {
    std::vector<Costs> points;
    for (const MacroRow& row : networks) {
      points.push_back({(best_ - row.accuracy) / (best_ - worst_), row.macs / dearest_});
    }
    return Hypervolume(points, {1, 1});
  }

  MacroRows rows_;
  double limit_;
  double best_ = 0, worst_ = 1, dearest_ = 0;
  double whole_ = 1;
};

// What a search of the table evaluated, in order.
inline std::vector<MacroRow> SearchTable(MacroTable* table, const SearchConfig& config) {
  SearchSetup setup;
  setup.space = MacroSpace();
  setup.search = config;
  MemoryStudy study;
  const StopToken stop;
  const auto result = RunSearch(setup, {table, table, nullptr, nullptr, &study}, stop);
  if (!result) throw std::runtime_error(result.error().message);
  std::vector<MacroRow> evaluated;
  for (const CandidateRecord& r : result->history) {
    if (!r.usable()) continue;
    evaluated.push_back({*MetricValue(r, metric::kAccuracy), *MetricValue(r, metric::kMacs)});
  }
  return evaluated;
}

// Points of accuracy that the best of the first `evaluations` lies below the best of the table.
inline double RegretAfter(const MacroTable& table, const std::vector<MacroRow>& evaluated,
                          size_t evaluations) {
  double best = 0;
  for (size_t i = 0; i < std::min(evaluations, evaluated.size()); ++i) {
    best = std::max(best, evaluated[i].accuracy);
  }
  return 100 * (table.best() - best);
}

}  // namespace mcunas::testing
