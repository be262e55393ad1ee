// Search quality on 3^8 encodings of known accuracy: NAS-Bench-Macro (Su et al. 2021) where it is
// at hand, and a made-up table of its shape everywhere.
#include <gtest/gtest.h>

#include <cmath>
#include <cstdio>
#include <nlohmann/json.hpp>
#include <stdexcept>

#include "common/log.h"
#include "common/random.h"
#include "nas/evaluate/memory_study.h"
#include "nas/search/hypervolume.h"
#include "nas/search/search_loop.h"
#include "tests/data/models.h"

namespace mcunas {
namespace {

constexpr double kMacLimit = 40e6;

// Eight stages of one block; the kernel stands for the choice of the layer.
SpaceConfig MacroSpace() {
  SpaceConfig space;
  space.width = {1.0};
  space.resolution = {256};
  space.kernel = {3, 5, 7};
  space.expand = {1};
  space.depth = {1};
  space.stages.assign(8, {8, 1});
  return space;
}

std::string Encoding(const Architecture& a) {
  std::string code;
  for (const auto& stage : a.stages) code += static_cast<char>('0' + (stage[0].kernel - 3) / 2);
  return code;
}

class Table : public ScoreEvaluator, public MemoryEvaluator {
 public:
  explicit Table(nlohmann::json rows) : rows_(std::move(rows)) {}
  const nlohmann::json& rows() const { return rows_; }
  double Accuracy(const std::string& code) const { return rows_.at(code).at("mean_acc"); }
  double MacsOf(const std::string& code) const { return rows_.at(code).at("flops"); }
  double BestWithin(double limit) const {
    double best = 0;
    for (const auto& [code, row] : rows_.items()) {
      if (row.at("flops") <= limit) best = std::max(best, row.at("mean_acc").get<double>());
    }
    return best;
  }

  Expected<std::vector<ScoreResult>> Evaluate(std::span<const Architecture> batch) override {
    std::vector<ScoreResult> results;
    for (const Architecture& a : batch) results.push_back({Accuracy(Encoding(a)) / 100, 10000});
    return results;
  }
  void Evaluate(CandidateRecord* record) const override {
    const double macs = MacsOf(Encoding(record->architecture));
    record->metrics[metric::kMacs] = {macs, "MACs", Source::kAnalytic};
    if (macs <= kMacLimit) return;
    record->failure = FailureClass::kInfeasible;
    record->failure_reason = "macs";
    record->violation = macs / kMacLimit - 1;
  }

 private:
  nlohmann::json rows_;
};

// Larger choices cost more and help less and less, some layers more than others, neighbours a
// little more when they agree; a tenth of a point of noise, as between trainings.
nlohmann::json MadeUpRows() {
  constexpr double kHelp[] = {0, 1, 1.3}, kCost[] = {0, 5.5e6, 12e6};
  constexpr double kLayer[] = {0.3, 0.5, 0.9, 0.8, 0.7, 0.4, 0.35, 0.25};
  nlohmann::json rows;
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
    rows[code] = {{"mean_acc", 93 - 48 * std::exp(-help) + noise}, {"flops", macs}};
  }
  return rows;
}

// Means over seeds after 100 evaluations.
struct Quality {
  double regret = 0;       // points of accuracy below the optimum within the limit
  double hypervolume = 0;  // of accuracy and MACs, relative to that of the whole table
};

Costs Point(double accuracy, double macs) { return {1 - accuracy, macs / kMacLimit}; }

double HypervolumeOf(const Table& table) {
  std::vector<Costs> points;
  for (const auto& [code, row] : table.rows().items()) {
    if (row.at("flops") > kMacLimit) continue;
    points.push_back(Point(row.at("mean_acc").get<double>() / 100, row.at("flops")));
  }
  return Hypervolume(points, {1, 1});
}

Quality Measure(Table* table, const char* algorithm, Objectives objectives) {
  constexpr int kSeeds = 12;
  const double whole = HypervolumeOf(*table);
  const double best_within = table->BestWithin(kMacLimit);
  Quality mean;
  for (int seed = 0; seed < kSeeds; ++seed) {
    SearchSetup setup;
    setup.space = MacroSpace();
    setup.search.algorithm = algorithm;
    setup.search.population = 20;
    setup.search.seed = seed;
    setup.search.budget.evaluations = 100;
    setup.search.objectives = objectives;
    MemoryStudy study;
    const StopToken stop;
    const auto result = RunSearch(setup, {table, table, nullptr, nullptr, &study}, stop);
    if (!result) throw std::runtime_error(result.error().message);
    const double best = 100 * result->rounds.back().best_score;
    mean.regret += (best_within - best) / kSeeds;
    std::vector<Costs> points;
    for (const CandidateRecord& r : result->history) {
      if (!r.usable()) continue;
      points.push_back(Point(*MetricValue(r, metric::kAccuracy), *MetricValue(r, metric::kMacs)));
    }
    mean.hypervolume += Hypervolume(points, {1, 1}) / whole / kSeeds;
  }
  return mean;
}

void ExpectThatEvolutionBeatsRandomSearch(Table table) {
  SetLogLevel(LogLevel::kWarning);
  const Objectives one = {{"accuracy", Direction::kMax}};
  const Objectives two = {{"accuracy", Direction::kMax}, {"macs", Direction::kMin}};
  const Quality random = Measure(&table, "random", one);
  const Quality aging = Measure(&table, "aging", one);
  const Quality single = Measure(&table, "nsga2", one);
  const Quality front = Measure(&table, "nsga2", two);
  std::printf("regret: random %.3f, aging %.3f, nsga2 %.3f; hypervolume: random %.4f, nsga2 %.4f\n",
              random.regret, aging.regret, single.regret, random.hypervolume, front.hypervolume);
  EXPECT_LT(aging.regret, 0.8 * random.regret);
  EXPECT_LT(single.regret, 0.8 * random.regret);
  EXPECT_LT(1 - front.hypervolume, 0.3 * (1 - random.hypervolume));
}

TEST(MadeUpBench, EvolutionBeatsRandomSearch) {
  ExpectThatEvolutionBeatsRandomSearch(Table(MadeUpRows()));
}

TEST(NasBenchMacro, EvolutionBeatsRandomSearch) {
  const auto file = OutsideData("nasbench/nas-bench-macro_cifar10.json");
  if (!file) GTEST_SKIP() << "no NAS-Bench-Macro";
  ExpectThatEvolutionBeatsRandomSearch(Table(nlohmann::json::parse(TextOf(*file))));
}

}  // namespace
}  // namespace mcunas
