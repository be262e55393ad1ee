#include "cli/command_line.h"

#include <CLI/CLI.hpp>
#include <cstdio>

#include "cli/verbs.h"
#include "common/log.h"
#include "common/text.h"

namespace mcunas {
namespace {

void AddVerbs(CLI::App& app, Invocation& invocation) {
  AddSearchVerb(app, invocation);
  AddResumeVerb(app, invocation);
  AddTrainVerb(app, invocation);
  AddSpaceVerb(app, invocation);
  AddValidateVerb(app, invocation);
  AddPlanVerb(app, invocation);
  AddCompileVerb(app, invocation);
  AddProfileVerb(app, invocation);
  AddMeasureVerb(app, invocation);
  AddReportVerb(app, invocation);
  AddBoardsVerb(app, invocation);
  AddListVerb(app, invocation);
  AddDoctorVerb(app, invocation);
}

// CLI11 answers a misspelt verb with "A subcommand is required"; people deserve the nearest name.
bool ReportUnknownVerb(const CLI::App& app, const std::vector<std::string>& arguments) {
  if (arguments.empty() || arguments[0].starts_with('-')) return false;
  std::vector<std::string> verbs;
  for (const CLI::App* verb : app.get_subcommands({})) verbs.push_back(verb->get_name());
  for (const std::string& verb : verbs) {
    if (verb == arguments[0]) return false;
  }
  const std::string nearest = NearestName(arguments[0], verbs);
  std::fprintf(stderr, "error: '%s' is not a verb of mcunas%s\nverbs: %s\n", arguments[0].c_str(),
               nearest.empty() ? "" : ("; did you mean '" + nearest + "'?").c_str(),
               Join(verbs, ", ").c_str());
  return true;
}

}  // namespace

int RunCommandLine(const std::vector<std::string>& arguments, StopToken* stop) {
  CLI::App app{
      "mcunas finds neural networks for microcontrollers and proves them on the board.\n"
      "Example: mcunas search configs/experiments/quickstart.yaml",
      "mcunas"};
  app.set_version_flag("--version", "mcunas 0.1.0");
  app.require_subcommand(1);
  bool verbose = false;
  bool quiet = false;
  app.add_flag("-v,--verbose", verbose, "say more");
  app.add_flag("-q,--quiet-log", quiet, "only warnings and errors");
  Invocation invocation;
  invocation.stop = stop;
  AddVerbs(app, invocation);
  if (ReportUnknownVerb(app, arguments)) return 2;
  try {
    // CLI11 takes vectors from the back.
    app.parse(std::vector<std::string>(arguments.rbegin(), arguments.rend()));
  } catch (const CLI::ParseError& error) {
    return app.exit(error) == 0 ? 0 : 2;
  }
  if (verbose) SetLogLevel(LogLevel::kDebug);
  if (quiet) SetLogLevel(LogLevel::kWarning);
  return invocation.action();
}

}  // namespace mcunas
