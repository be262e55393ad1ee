#include "cli/run/search_run.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstdio>
#include <filesystem>
#include <memory>
#include <thread>

#include "board_agent/client/agent_client.h"
#include "cli/run/run_report.h"
#include "cli/run/start_networks.h"
#include "cli/run/training_limits.h"
#include "common/config_dump.h"
#include "common/hash.h"
#include "common/log.h"
#include "common/names.h"
#include "common/text.h"
#include "nas/evaluate/board_memory.h"
#include "nas/evaluate/cached_memory.h"
#include "nas/evaluate/search_work.h"
#include "nas/finalists/baseline_networks.h"
#include "nas/finalists/final_ranking.h"
#include "nas/finalists/finalist_evaluator.h"
#include "nas/finalists/race.h"
#include "nas/predictor/board_latency.h"
#include "nas/records/open_study.h"
#include "nas/search/baselines.h"
#include "nas/search/search_loop.h"
#include "supernet/data/data_files.h"
#include "supernet/load_supernet.h"

namespace mcunas {
namespace {

// Keys of jobs are unique per run, so that two runs never share a measurement by accident.
std::string RunKey(const SearchRun& run) {
  const std::string path = std::filesystem::absolute(run.folder).lexically_normal().string();
  return run.config.name + "-" + HashBytes(path).Short();
}

// A study that the experiment names may be another run's. Accuracies in it are those of one
// supernet: the same data and training, which give the same weights.
Expected<void> ClaimForSupernet(const ExperimentConfig& config, Study& study) {
  DataConfig data = config.data;
  SupernetConfig supernet = WithoutSpeed(config.supernet);
  const std::string text = DumpConfig([&](ConfigVisitor& v) { Describe(v, data); }) +
                           DumpConfig([&](ConfigVisitor& v) { Describe(v, supernet); });
  return Claim(study, "supernet", text,
               "study: it holds the results of a supernet with other data or other training; name "
               "another study");
}

// Finalists in it are int8 code of one kind, measured on the same boards.
Expected<void> ClaimForFinalists(const ExperimentConfig& config, Study& study) {
  const EvaluateConfig& evaluate = config.evaluate;
  const bool measured = evaluate.latency == LatencySource::kMeasured;
  const std::string text = fmt::format("{} {} {} {} {}", NameOf(kRoundingModes, evaluate.rounding),
                                       evaluate.calibration_images, config.target.board,
                                       NameOf(kLatencySources, evaluate.latency),
                                       measured ? Join(config.bench.boards, ",") : "");
  return Claim(study, "finalists", text,
               "study: its finalists were quantised or measured in another way (target.board, "
               "bench.boards, evaluate.rounding, calibration_images, latency); name another study");
}

std::string ScoreText(const Score& score, double value) {
  if (score.unit == "ratio") return fmt::format("{:.1f} %", 100 * value);
  return fmt::format("{:.3f} {}", value, score.unit);
}

class Pipeline {
 public:
  Pipeline(const SearchRun& run, const BoardProfile& target, const StopToken& stop)
      : run_(run), config_(run.config), target_(target), stop_(stop) {}

  Expected<void> Prepare() {
    if (auto opened = OpenJsonLog(run_.folder + "/log.jsonl"); !opened) return opened;
    auto study = OpenStudy(StudyOf(config_, run_.folder));
    if (!study) return study.error();
    study_ = std::move(*study);
    if (!config_.study.empty()) {
      if (auto claimed = ClaimForSupernet(config_, *study_); !claimed) return claimed;
      if (auto claimed = ClaimForFinalists(config_, *study_); !claimed) return claimed;
    }
    auto start = StartNetworks(config_);
    if (!start) return start.error();
    start_ = std::move(*start);
    const auto shape = TaskShapeOf(config_.data);
    if (!shape) return shape.error();
    memory_ = std::make_unique<BoardMemoryEvaluator>(config_.space, *shape, Limits(), config_.plan);
    cached_memory_ = std::make_unique<CachedMemory>(*memory_);
    auto supernet = LoadSupernet(
        {config_.data, config_.supernet, config_.space, static_cast<uint64_t>(config_.search.seed),
         run_.folder, ShownLogLevel(), TrainingLimits(config_, *shape, target_, *cached_memory_)});
    if (!supernet) return supernet.error();
    supernet_ = std::move(*supernet);
    return {};
  }

  Expected<void> Train() {
    const auto trained = supernet_->Train(stop_);
    if (!trained) return trained.error();
    work_.training = trained->work;
    const Score score = supernet_->task().score;
    LogInfo(fmt::format(
        "supernet: {} epochs, held-out {} {} (largest) and {} (smallest), {:.0f} images/s",
        trained->epochs, score.name, ScoreText(score, trained->largest_score),
        ScoreText(score, trained->smallest_score), trained->images_per_second));
    return {};
  }

  Expected<void> SearchAndReport() {
    if (config_.evaluate.latency == LatencySource::kMeasured) {
      auto bench = AgentClient::Create(config_.bench);
      if (!bench) return bench.error();
      bench_ = std::move(*bench);
    }
    const auto options = Options();
    if (!options) return options.error();
    const FinalistPorts ports{supernet_.get(), bench_.get(), study_.get()};
    BoardLatencyModel latency(target_);
    const auto finalists = MakeFinalistEvaluator(*options, ports);
    const SearchPorts search_ports{
        .score = supernet_.get(),
        .memory = cached_memory_.get(),
        .latency = config_.evaluate.latency == LatencySource::kNone ? nullptr : &latency,
        .finalists = bench_ ? finalists.get() : nullptr,
        .study = study_.get()};
    const auto found = RunSearch(Setup(), search_ports, stop_);
    if (!found) return found.error();
    LogInfo("search ended: " + found->end_reason);
    std::vector<CandidateRecord> best;
    for (const size_t index : found->best) best.push_back(found->history[index]);
    const auto final = RankFinalNetworks(*options, ports, best, stop_);
    if (!final) return final.error();
    AddWork(found->history, *final);
    const auto chosen =
        ChooseBaselines(Setup(), search_ports, Terms(*options, *found, *final), stop_);
    if (!chosen) return chosen.error();
    const auto baselines = EvaluateBaselines(*options, ports, *chosen, stop_);
    if (!baselines) return baselines.error();
    const auto written = WriteRunReport(
        {run_, Limits(), supernet_->task().score, *found, *final, *baselines, work_});
    if (written) supernet_->ForgetTrainings();
    return written;
  }

 private:
  TargetLimits Limits() const { return LimitsOf(config_, target_); }

  Expected<FinalistOptions> Options() const {
    FinalistOptions options{
        .space = config_.space,
        .task = supernet_->task(),
        .rounding = config_.evaluate.rounding,
        .plan = config_.plan,
        .limits = Limits(),
        .calibration_images = static_cast<int>(config_.evaluate.calibration_images),
        .fine_tune = config_.evaluate.fine_tune,
        .target = target_,
        .boards = {},
        .repetitions = static_cast<int>(config_.bench.repetitions),
        .threads = static_cast<int>(std::max(1u, std::thread::hardware_concurrency())),
        .run_folder = run_.folder,
        .run_key = RunKey(run_)};
    for (const std::string& name : config_.bench.boards) {
      auto board = LoadBoardProfile(name);
      if (!board) return board.error();
      options.boards.push_back(std::move(*board));
    }
    return options;
  }

  SearchSetup Setup() const {
    return {config_.space,
            supernet_->task(),
            config_.search,
            Limits(),
            static_cast<int>(config_.evaluate.int8_top_k),
            config_.plan,
            start_};
  }

  // What the search cost beside the supernet: every inherited score, recalibration included, and
  // the training of the final networks.
  void AddWork(const std::vector<CandidateRecord>& history,
               const std::vector<FinalNetwork>& networks) {
    for (const CandidateRecord& record : history) {
      if (record.metrics.count(supernet_->task().score.name) == 0) continue;
      work_.evaluation += MetricValue(record, metric::kMacs).value_or(0) * ImagesFor(record);
    }
    const int64_t training_images = supernet_->training_images();
    for (const FinalNetwork& network : networks)
      work_.fine_tuning += TrainingWork(network.training, training_images);
  }

  // That a candidate's score took; those of a screening that it passed come on top.
  double ImagesFor(const CandidateRecord& record) const {
    const auto bn = static_cast<double>(config_.supernet.bn_images);
    const auto first = static_cast<double>(config_.search.screen.images);
    const auto judged = MetricValue(record, Score::count_name(supernet_->task().score.name))
                            .value_or(static_cast<double>(config_.data.holdout));
    return bn + judged + (first > 0 && judged > first ? bn + first : 0);
  }

  // `options` are borrowed.
  BaselineTerms Terms(const FinalistOptions& options, const SearchResult& found,
                      const std::vector<FinalNetwork>& networks) const {
    const WeightsRecipe winner = networks.empty() ? WeightsRecipe() : networks.front().recipe;
    return {.budget = config_.evaluate.baselines,
            .work = work_.total(),
            .epochs = config_.supernet.epochs + winner.epochs,
            .training_images = supernet_->training_images(),
            .evaluations = found.rounds.back().evaluated,
            .final_recipe = [&options](const Architecture& architecture) {
              return FineTuneRecipe(options, architecture, 1);
            }};
  }

  const SearchRun& run_;
  const ExperimentConfig& config_;
  const BoardProfile& target_;
  const StopToken& stop_;
  std::vector<Architecture> start_;
  std::unique_ptr<Study> study_;
  std::unique_ptr<SupernetService> supernet_;
  std::unique_ptr<BoardMemoryEvaluator> memory_;
  std::unique_ptr<CachedMemory> cached_memory_;
  std::unique_ptr<AgentClient> bench_;
  SearchWork work_;
};

}  // namespace

Expected<void> ExecuteSearchRun(const SearchRun& run, const StopToken& stop) {
  const auto target = LoadBoardProfile(run.config.target.board);
  if (!target) return target.error();
  std::printf("run folder: %s\n", run.folder.c_str());
  std::fflush(stdout);
  Pipeline pipeline(run, *target, stop);
  if (auto prepared = pipeline.Prepare(); !prepared) return prepared;
  if (auto trained = pipeline.Train(); !trained || run.train_only) return trained;
  return pipeline.SearchAndReport();
}

}  // namespace mcunas
