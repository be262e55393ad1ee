#include <CLI/CLI.hpp>
#include <cstdio>
#include <memory>
#include <thread>

#include "cli/run/experiment.h"
#include "cli/verbs.h"
#include "common/file.h"
#include "nas/evaluate/space_choice.h"
#include "nas/predictor/board_latency.h"
#include "nas/report/space_choice_report.h"
#include "nas/space/task_shape.h"
#include "supernet/data/data_files.h"

namespace mcunas {
namespace {

constexpr size_t kTableRows = 20;

struct Options {
  std::string file;
  std::vector<std::string> overrides;
  std::string svg;
  int64_t samples = 1000;
  int64_t seed = 1;
  double least_share = 0.1;
  int threads = 0;
  int classes = 0;
  bool tinynas = false;
  bool json = false;
};

// What the task adds to the space, without loading any data.
Expected<TaskShape> TaskOf(const DataConfig& data, int classes) {
  auto task = TaskShapeOf(data);
  if (task && classes > 0) task->classes = classes;
  if (task) return task;
  if (classes > 0) return TaskShape{.classes = classes};
  return Error{task.error().code,
               task.error().message + "; without data say the number with --classes"};
}

Expected<SpaceChoice> Choose(const ExperimentConfig& config, const Options& options) {
  const auto board = LoadBoardProfile(config.target.board);
  if (!board) return board.error();
  const auto task = TaskOf(config.data, options.classes);
  if (!task) return task.error();
  SpaceChoiceOptions choice;
  choice.samples = options.samples;
  choice.seed = static_cast<uint64_t>(options.seed);
  choice.least_share = options.least_share;
  choice.threads = options.threads > 0
                       ? options.threads
                       : static_cast<int>(std::max(1u, std::thread::hardware_concurrency()));
  choice.plan = config.plan;
  choice.limits = LimitsOf(config, *board);
  const BoardLatencyModel latency(*board);
  choice.latency = &latency;
  const SpaceGrid grid =
      options.tinynas ? TinyNasGrid() : SpaceGrid{config.space.width, config.space.resolution};
  return ChooseSpace(config.space, *task, grid, choice);
}

// As a configuration lists it.
std::string ResolutionArgument(const Resolution& r) {
  const std::string height = std::to_string(r.height);
  return r.square() ? height : "[" + height + ", " + std::to_string(r.width) + "]";
}

int Space(const Options& options) {
  const auto config = LoadExperiment(options.file, options.overrides);
  if (!config) return ReportError(config.error());
  const auto choice = Choose(*config, options);
  if (!choice) return ReportError(choice.error());
  if (!options.svg.empty()) {
    const auto written = WriteFileAtomically(options.svg, SpaceChoiceSvg(*choice));
    if (!written) return ReportError(written.error());
  }
  if (options.json) {
    std::fputs(SpaceChoiceJson(*choice).c_str(), stdout);
    return 0;
  }
  std::fputs(FormatSpaceTable(*choice, kTableRows).c_str(), stdout);
  std::printf("next: mcunas search %s 'space.width=[%g]' 'space.resolution=[%s]'\n",
              options.file.c_str(), choice->best().width,
              ResolutionArgument(choice->best().resolution).c_str());
  return 0;
}

}  // namespace

void AddSpaceVerb(CLI::App& app, Invocation& invocation) {
  auto options = std::make_shared<Options>();
  CLI::App* verb = app.add_subcommand(
      "space", "which width and resolution suit the board, before any training (TinyNAS)");
  verb->footer(
      "Example: mcunas space configs/experiments/tinynas-f746.yaml --classes 1000 --svg a.svg");
  verb->add_option("file", options->file, "experiment YAML")->required();
  verb->add_option("overrides", options->overrides, "key=value, checked like the file");
  verb->add_option("--samples", options->samples, "networks drawn in every space")
      ->check(CLI::Range(1, 1000000));
  verb->add_option("--seed", options->seed, "of the random networks")
      ->check(CLI::NonNegativeNumber);
  verb->add_option("--least-share", options->least_share,
                   "spaces in which a smaller share of the networks fits do not compete")
      ->check(CLI::Range(0.0, 1.0));
  verb->add_option("--threads", options->threads, "0 = all cores; the result is the same")
      ->check(CLI::Range(0, 1024));
  verb->add_option("--classes", options->classes, "default: what the data say")
      ->check(CLI::Range(1, 1000000));
  verb->add_flag("--tinynas", options->tinynas,
                 "the paper's 108 spaces instead of the file's widths and resolutions");
  verb->add_flag("--json", options->json, "machine-readable");
  verb->add_option("--svg", options->svg, "draw the distributions into this file");
  verb->callback(
      [&invocation, options] { invocation.action = [options] { return Space(*options); }; });
}

}  // namespace mcunas
