#include "cli/run/experiment.h"

#include <filesystem>

#include "common/config_read.h"
#include "memory_model/limits.h"
#include "memory_model/report/plan_format.h"
#include "nas/records/open_study.h"

namespace mcunas {
namespace {

void Describe(ConfigVisitor& v, LimitsConfig& c) {
  v.Integer("sram_kb", c.sram_kb, {0, 65536},
            {"SRAM for arena, data and stack; 0 = all of it", "kB"});
  v.Integer("flash_kb", c.flash_kb, {0, 1 << 20},
            {"flash for weights and code; 0 = all of it", "kB"});
  v.Real("macs_m", c.macs_m, {0, 1e6},
         {"multiply-accumulates of one inference; 0 = no limit", "M"});
  v.Real("latency_ms", c.latency_ms, {0, 1e6},
         {"latency of one inference: a network is outside when its measurement is, or before it is "
          "measured the lower end of its prediction's 95 % interval; 0 = no limit",
          "ms"});
}

void Describe(ConfigVisitor& v, TargetConfig& c) {
  v.Mandatory("board");
  v.Choice("board", c.board, BoardNames(), {"the board the network is for (configs/boards)", ""});
  v.Section("limits", {"what the network may use", ""},
            [&](ConfigVisitor& inner) { Describe(inner, c.limits); });
}

void Describe(ConfigVisitor& v, EvaluateConfig& c) {
  v.Enum("latency", c.latency, kLatencySources,
         {"measured: run finalists on bench boards; model: analytic only; none: no latency", ""});
  v.Integer("int8_top_k", c.int8_top_k, {1, 100}, {"networks in the final ranking", ""});
  v.Integer("calibration_images", c.calibration_images, {1, 10000},
            {"training images that set the int8 ranges", "images"});
  v.Integer("fine_tune_epochs", c.fine_tune.epochs, {0, 100000},
            {"training of each final network alone before quantisation", "epochs"});
  v.Enum("fine_tune_unit", c.fine_tune.unit, kFineTuneUnits,
         {"epochs of the network itself, or as much work as so many epochs of the space's largest "
          "network are: smaller networks then train longer",
          ""});
  v.Real("fine_tune_rate", c.fine_tune.rate, {1e-6, 100},
         {"learning rate of that training as a part of the supernet's", ""});
  v.Real("fine_tune_weight_decay", c.fine_tune.weight_decay, {0, 1e6},
         {"weight decay of that training, and of baselines, as a part of the supernet's", ""});
  v.Boolean(
      "fine_tune_race", c.fine_tune.race,
      {"all train for a sixteenth, the better third anew for an eighth, the best for all of it",
       ""});
  v.Enum(
      "baselines", c.baselines, kBaselineBudgets,
      {"what networks that took no search may train for: the work of the whole search, the epochs "
       "of the winner, or none are evaluated",
       ""});
  v.Enum("rounding", c.rounding, kRoundingModes,
         {"whose int8 rounding to reproduce: TFLite reference kernels or TFLite Micro", ""});
}

}  // namespace

void Describe(ConfigVisitor& v, ExperimentConfig& c) {
  v.Mandatory("version");
  v.Integer("version", c.version, {1, 1}, {"version of this file format", ""});
  v.Mandatory("name");
  v.Text("name", c.name, {"names the run folder", ""});
  v.Require(!c.name.empty() && c.name.find_first_of("/\\ ") == std::string::npos, "name",
            "must be usable as a folder name (no spaces or slashes)");
  v.Text(
      "study", c.study,
      {"where everything is recorded: sqlite:///FILE, relative to this file, or sqlite:////FILE; "
       "empty = study.db in the run folder",
       ""});
  if (const auto known = CheckStudyUrl(c.study); !c.study.empty() && !known) {
    v.Require(false, "study", known.error().message);
  }
  v.Section("target", {"the board and its limits", ""},
            [&](ConfigVisitor& inner) { Describe(inner, c.target); });
  v.Section("plan", {"how networks are executed: the schedule that is searched with them", ""},
            [&](ConfigVisitor& inner) { Describe(inner, c.plan); });
  v.Section("data", {"images to learn from", ""},
            [&](ConfigVisitor& inner) { Describe(inner, c.data); });
  v.Section("space", {"which networks exist", ""},
            [&](ConfigVisitor& inner) { Describe(inner, c.space); });
  v.Section("supernet", {"training of the weight-sharing network", ""},
            [&](ConfigVisitor& inner) { Describe(inner, c.supernet); });
  v.Section("search", {"how the space is searched", ""},
            [&](ConfigVisitor& inner) { Describe(inner, c.search); });
  v.Section("evaluate", {"what is done with the best", ""},
            [&](ConfigVisitor& inner) { Describe(inner, c.evaluate); });
  v.Require(
      c.evaluate.latency != LatencySource::kNone || c.search.objectives.count("latency_ms") == 0,
      "evaluate",
      "latency: none leaves nobody to compute the objective latency_ms; drop it from "
      "search.objectives or choose model or measured");
  v.Require(c.evaluate.latency != LatencySource::kNone || c.target.limits.latency_ms == 0,
            "evaluate",
            "latency: none leaves nobody to compute what target.limits.latency_ms limits; drop the "
            "limit or choose model or measured");
  v.Require(c.search.screen.images < c.data.holdout, "search",
            "screen.images must be fewer than data.holdout, of which they are the first; 0 is no "
            "screening");
  v.Section("bench", {"agents and boards that measure", ""},
            [&](ConfigVisitor& inner) { Describe(inner, c.bench); });
}

Expected<ExperimentConfig> LoadExperiment(const std::string& path,
                                          const std::vector<std::string>& overrides) {
  ExperimentConfig config;
  const auto read =
      LoadConfig(path, overrides, [&](ConfigVisitor& visitor) { Describe(visitor, config); });
  if (!read) return read.error();
  std::error_code gone;  // a current folder that was deleted has no name
  const auto folder = std::filesystem::absolute(path, gone).parent_path();
  if (!config.study.empty()) config.study = StudyUrlFrom(config.study, folder);
  return config;
}

std::string StudyOf(const ExperimentConfig& config, const std::string& folder) {
  return config.study.empty() ? SqliteUrl(folder + "/study.db") : config.study;
}

TargetLimits LimitsOf(const ExperimentConfig& config, const BoardProfile& board) {
  const LimitsConfig& limits = config.target.limits;
  TargetLimits result{BoardLimits(board)};
  if (limits.sram_kb > 0) result.sram = KiB(limits.sram_kb);
  if (limits.flash_kb > 0) result.flash = KiB(limits.flash_kb);
  result.macs = Macs(static_cast<int64_t>(limits.macs_m * 1e6));
  result.latency_ms = limits.latency_ms;
  return result;
}

}  // namespace mcunas
