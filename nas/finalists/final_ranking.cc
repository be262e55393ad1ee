#include "nas/finalists/final_ranking.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <nlohmann/json.hpp>
#include <thread>

#include "common/file.h"
#include "common/log.h"
#include "common/progress.h"

namespace mcunas {
namespace {

using nlohmann::ordered_json;

std::string RecordToJson(const CandidateRecord& record) {
  ordered_json json;
  json["failure"] = FailureClassName(record.failure);
  json["failure_reason"] = record.failure_reason;
  json["ticks"] = record.ticks;
  json["operator_ticks"] = record.operator_ticks;
  for (const auto& [name, metric] : record.metrics) {
    json["metrics"][name] = {
        {"value", metric.value}, {"unit", metric.unit}, {"source", SourceName(metric.source)}};
  }
  return json.dump(2) + "\n";
}

// False for a file that is absent or damaged: the network is simply done again.
bool RecordFromJson(const std::string& text, CandidateRecord* record) {
  const auto json = ordered_json::parse(text, nullptr, /*allow_exceptions=*/false);
  if (json.is_discarded() || !json.contains("metrics") || !json.contains("failure")) return false;
  const auto failure = FailureClassFromName(json.value("failure", ""));
  if (!failure) return false;
  record->failure = *failure;
  record->failure_reason = json.value("failure_reason", "");
  record->ticks = json.value("ticks", std::vector<int64_t>());
  record->operator_ticks = json.value("operator_ticks", std::vector<int64_t>());
  record->metrics.clear();
  for (const auto& [name, metric] : json["metrics"].items()) {
    const auto source = SourceFromName(metric.value("source", ""));
    if (!source) return false;
    record->metrics[name] = {metric.value("value", 0.0), metric.value("unit", ""), *source};
  }
  return true;
}

class Ranking {
 public:
  Ranking(const FinalistContext& context, const StopToken& stop) : context_(context), stop_(stop) {}

  Expected<FinalNetwork> Prepare(const CandidateRecord& candidate) {
    FinalNetwork final{
        candidate,
        Lower(context_.config.space, context_.supernet.task(), candidate.architecture),
        {},
        {}};
    final.plan =
        ChoosePlan(final.network, context_.config.plan, LimitsOf(context_.config, context_.target));
    final.memory = ReportMemory(final.network, final.plan);
    const std::string file = Folder(candidate) + "/final.json";
    if (const auto text = ReadFile(file); text && RecordFromJson(*text, &final.record))
      return final;
    if (auto done = Measure(&final); !done) return done.error();
    auto written = WriteFileAtomically(file, RecordToJson(final.record));
    if (!written) return written.error();
    return final;
  }

  // Runs the generated code of the finished project over the test set.
  Expected<void> Test(FinalNetwork* final) {
    CandidateRecord& record = final->record;
    if (record.failure != FailureClass::kNone || record.metrics.count(metric::kTestAccuracy))
      return {};
    auto build = Build(*final);
    if (!build) return build.error();
    const auto images = context_.supernet.Images(DataSplit::kTest, record.architecture.resolution);
    if (!images) return images.error();
    record.metrics[metric::kTestAccuracy] = {Int8Accuracy(**build, *images, Threads()), "ratio",
                                             Source::kMeasured};
    return WriteFileAtomically(Folder(record) + "/final.json", RecordToJson(record));
  }

 private:
  std::string Folder(const CandidateRecord& record) const {
    return context_.run_folder + "/candidates/" + record.hash.Short();
  }
  static int Threads() {
    return static_cast<int>(std::max(1u, std::thread::hardware_concurrency()));
  }

  Expected<ImageBatch> Calibration(const FinalNetwork& final) {
    return context_.supernet.CalibrationImages(
        final.record.architecture.resolution,
        static_cast<int>(context_.config.evaluate.calibration_images));
  }

  // Kept until the test. After a resume it is built again: training and compilation are
  // deterministic, so the code that is tested is the code that was measured.
  Expected<const CandidateBuild*> Build(const FinalNetwork& final) {
    const auto known = builds_.find(final.record.hash);
    if (known != builds_.end()) return &known->second;
    auto weights = context_.supernet.Extract(final.record.architecture,
                                             context_.config.evaluate.fine_tune_epochs, stop_);
    if (!weights) return weights.error();
    auto calibration = Calibration(final);
    if (!calibration) return calibration.error();
    auto build =
        BuildCandidate(*weights, *calibration, BuildOptionsOf(context_), Folder(final.record));
    if (!build) return build.error();
    return &builds_.emplace(final.record.hash, std::move(*build)).first->second;
  }

  Expected<void> Measure(FinalNetwork* final) {
    auto written = WriteFileAtomically(Folder(final->record) + "/architecture.json",
                                       ArchitectureToJson(final->record.architecture) + "\n");
    if (!written) return written;
    auto build = Build(*final);
    if (!build) return build.error();
    const auto images =
        context_.supernet.Images(DataSplit::kHoldout, final->record.architecture.resolution);
    if (!images) return images.error();
    final->record.metrics[metric::kInt8Accuracy] = {Int8Accuracy(**build, *images, Threads()),
                                                    "ratio", Source::kMeasured};
    const auto calibration = Calibration(*final);
    if (!calibration) return calibration.error();
    return MeasureOnBench(context_, **build, *calibration, &final->record, stop_);
  }

  const FinalistContext& context_;
  const StopToken& stop_;
  std::map<Hash128, CandidateBuild> builds_;
};

bool RanksBefore(const FinalNetwork& a, const FinalNetwork& b) {
  const bool a_ok = a.record.failure == FailureClass::kNone;
  const bool b_ok = b.record.failure == FailureClass::kNone;
  if (a_ok != b_ok) return a_ok;
  const double a_accuracy = MetricValue(a.record, metric::kInt8Accuracy).value_or(0);
  const double b_accuracy = MetricValue(b.record, metric::kInt8Accuracy).value_or(0);
  if (a_accuracy != b_accuracy) return a_accuracy > b_accuracy;
  return MetricValue(a.record, metric::kTicks).value_or(1e18) <
         MetricValue(b.record, metric::kTicks).value_or(1e18);
}

}  // namespace

Expected<std::vector<FinalNetwork>> RankFinalNetworks(const FinalistContext& context,
                                                      std::span<const CandidateRecord> candidates,
                                                      const StopToken& stop) {
  Ranking ranking(context, stop);
  ProgressLine progress("final networks", static_cast<int64_t>(2 * candidates.size()));
  std::vector<FinalNetwork> networks;
  int64_t done = 0;
  for (const CandidateRecord& candidate : candidates) {
    if (stop.stop_requested())
      return Error{ErrorCode::kInterrupted, "stopped in the final ranking"};
    auto final = ranking.Prepare(candidate);
    if (!final) return final.error();
    networks.push_back(std::move(*final));
    progress.Update(++done, "int8 and measurement");
  }
  std::stable_sort(networks.begin(), networks.end(), RanksBefore);
  for (FinalNetwork& network : networks) {
    if (stop.stop_requested()) return Error{ErrorCode::kInterrupted, "stopped before the test set"};
    if (auto tested = ranking.Test(&network); !tested) return tested.error();
    progress.Update(++done, "test set");
  }
  return networks;
}

}  // namespace mcunas
