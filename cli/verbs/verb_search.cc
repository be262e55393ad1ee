#include <CLI/CLI.hpp>
#include <cstdio>
#include <memory>

#include "cli/run/check_ahead.h"
#include "cli/run/run_folder.h"
#include "cli/run/search_run.h"
#include "cli/verbs.h"

namespace mcunas {
namespace {

struct Options {
  std::string file;
  std::string folder;
  std::vector<std::string> overrides;
};

int Execute(const SearchRun& run, const StopToken& stop) {
  const auto done = ExecuteSearchRun(run, stop);
  if (done) return 0;
  const int code = ReportError(done.error());
  if (done.error().code == ErrorCode::kInterrupted || code == 75) {
    std::fprintf(stderr, "nothing is lost; continue with: mcunas resume %s\n", run.folder.c_str());
  }
  return code;
}

int Start(const Options& options, bool train_only, const StopToken& stop) {
  auto config = LoadExperiment(options.file, options.overrides);
  if (!config) return ReportError(config.error());
  if (auto ready = CheckAhead(*config); !ready) return ReportError(ready.error());
  const auto started = StartRun(*config, options.folder);
  if (!started) return ReportError(started.error());
  return Execute({std::move(*config), started->folder, train_only}, stop);
}

int Resume(const std::string& folder, const StopToken& stop) {
  auto config = OpenRun(folder);
  if (!config) return ReportError(config.error());
  const auto lock = LockRun(folder);
  if (!lock) return ReportError(lock.error());
  if (auto ready = CheckAhead(*config); !ready) return ReportError(ready.error());
  return Execute({std::move(*config), folder, false}, stop);
}

void AddStartVerb(CLI::App& app, Invocation& invocation, bool train_only) {
  auto options = std::make_shared<Options>();
  const std::string name = train_only ? "train" : "search";
  CLI::App* verb = app.add_subcommand(
      name, train_only ? "train the supernet of an experiment; `resume` goes on with the search"
                       : "run an experiment: train, search, measure, rank, report");
  verb->footer("Example: mcunas " + name + " configs/experiments/quickstart.yaml search.seed=3");
  verb->add_option("file", options->file, "experiment YAML")->required();
  verb->add_option("overrides", options->overrides, "key=value, checked like the file");
  verb->add_option("--run-folder", options->folder, "default: runs/<name>-<UTC time>");
  verb->callback([&invocation, options, train_only] {
    const StopToken* stop = invocation.stop;
    invocation.action = [options, train_only, stop] { return Start(*options, train_only, *stop); };
  });
}

}  // namespace

void AddSearchVerb(CLI::App& app, Invocation& invocation) { AddStartVerb(app, invocation, false); }
void AddTrainVerb(CLI::App& app, Invocation& invocation) { AddStartVerb(app, invocation, true); }

void AddResumeVerb(CLI::App& app, Invocation& invocation) {
  auto folder = std::make_shared<std::string>();
  CLI::App* verb = app.add_subcommand("resume", "continue a run after Ctrl-C, a kill or a crash");
  verb->footer("Example: mcunas resume runs/quickstart-20260101T120000Z");
  verb->add_option("run", *folder, "run folder")->required();
  verb->callback([&invocation, folder] {
    const StopToken* stop = invocation.stop;
    invocation.action = [folder, stop] { return Resume(*folder, *stop); };
  });
}

}  // namespace mcunas
