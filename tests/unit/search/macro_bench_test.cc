// Search quality on NAS-Bench-Macro (Su et al. 2021): 3^8 encodings with known CIFAR-10 accuracy.
#include <gtest/gtest.h>

#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <nlohmann/json.hpp>
#include <stdexcept>

#include "common/file.h"
#include "common/log.h"
#include "nas/evaluate/memory_study.h"
#include "nas/search/hypervolume.h"
#include "nas/search/search_loop.h"

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

class Table : public AccuracyEvaluator, public MemoryEvaluator {
 public:
  static std::filesystem::path Path() {
    const char* data = std::getenv("MCUNAS_DATA");
    const auto root = data != nullptr ? std::filesystem::path(data) : DataRoot() / "../shared/data";
    return root / "nasbench" / "nas-bench-macro_cifar10.json";
  }
  bool Load() {
    const auto text = ReadFile(Path());
    if (text) rows_ = nlohmann::json::parse(*text, nullptr, false);
    return rows_.is_object();
  }
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

  Expected<std::vector<AccuracyResult>> Evaluate(std::span<const Architecture> batch) override {
    std::vector<AccuracyResult> results;
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

Quality Measure(Table* table, const char* algorithm,
                std::map<std::string, std::string> objectives) {
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
    const double best = 100 * result->rounds.back().best_accuracy;
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

TEST(NasBenchMacro, EvolutionBeatsRandomSearch) {
  Table table;
  if (!table.Load()) GTEST_SKIP() << Table::Path() << " is not there";
  SetLogLevel(LogLevel::kWarning);
  const std::map<std::string, std::string> one = {{"accuracy", "max"}};
  const std::map<std::string, std::string> two = {{"accuracy", "max"}, {"macs", "min"}};
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

}  // namespace
}  // namespace mcunas
