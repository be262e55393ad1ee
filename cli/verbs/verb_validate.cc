#include <CLI/CLI.hpp>
#include <cstdio>
#include <memory>

#include "cli/run/check_ahead.h"
#include "cli/run/experiment.h"
#include "cli/verbs.h"
#include "common/config_dump.h"
#include "common/config_reference.h"
#include "common/config_schema.h"
#include "supernet/load_supernet.h"

namespace mcunas {
namespace {

struct Options {
  std::string file;
  std::vector<std::string> overrides;
  bool resolve = false;
  bool schema = false;
  bool reference = false;
};

// What keeps the experiment from running. What may be there later is no fault of the file: an agent
// that is away, and LibTorch, which only runs need.
int ReportProblems(const ExperimentConfig& config) {
  int code = 0;
  for (const Error& problem : ProblemsAhead(config)) {
    if (problem.code == ErrorCode::kUnavailable) {
      std::fprintf(stderr, "warning: %s\n", problem.message.c_str());
      continue;
    }
    const int its_code = ReportError(problem);
    if (code == 0) code = its_code;
  }
  if (const auto found = FindSupernetLibrary(); !found)
    std::fprintf(stderr, "warning: %s\n", found.error().message.c_str());
  return code;
}

int Validate(const Options& options) {
  ExperimentConfig defaults;
  const DescribeFn describe = [&](ConfigVisitor& visitor) { Describe(visitor, defaults); };
  if (options.schema) {
    std::fputs(ConfigSchema(describe, "mcunas experiment").c_str(), stdout);
    return 0;
  }
  if (options.reference) {
    std::fputs(ConfigReference(describe, "mcunas experiment").c_str(), stdout);
    return 0;
  }
  if (options.file.empty()) return ReportError({ErrorCode::kUsage, "validate needs a FILE"});
  auto config = LoadExperiment(options.file, options.overrides);
  if (!config) return ReportError(config.error());
  if (options.resolve) {
    std::fputs(DumpConfig([&](ConfigVisitor& v) { Describe(v, *config); }).c_str(), stdout);
    return 0;
  }
  const int code = ReportProblems(*config);
  if (code == 0) std::printf("%s: ok\n", options.file.c_str());
  return code;
}

}  // namespace

void AddValidateVerb(CLI::App& app, Invocation& invocation) {
  auto options = std::make_shared<Options>();
  CLI::App* verb = app.add_subcommand(
      "validate", "check an experiment file, its data, limits and boards; nothing is started");
  verb->footer("Example: mcunas validate configs/experiments/quickstart.yaml search.population=20");
  verb->add_option("file", options->file, "experiment YAML");
  verb->add_option("overrides", options->overrides, "key=value, checked like the file");
  verb->add_flag("--resolve", options->resolve, "print the file with every default filled in");
  verb->add_flag("--schema", options->schema, "print the JSON Schema of experiment files");
  verb->add_flag("--reference", options->reference, "print the reference page of all keys");
  verb->callback(
      [&invocation, options] { invocation.action = [options] { return Validate(*options); }; });
}

}  // namespace mcunas
