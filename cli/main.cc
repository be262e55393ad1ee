#include <CLI/CLI.hpp>
#include <cstdio>
#include <string>
#include <vector>

#include "cli/verbs.h"
#include "common/log.h"
#include "common/stop.h"
#include "common/text.h"

namespace mcunas {

int ReportError(const Error& error) {
  std::fprintf(stderr, "%s%s\n",
               error.message.find(": error: ") == std::string::npos ? "error: " : "",
               error.message.c_str());
  return ExitCodeFor(error.code);
}

namespace {

// CLI11 answers a misspelt verb with "A subcommand is required"; people deserve the nearest name.
bool ReportUnknownVerb(const CLI::App& app, int argc, char** argv) {
  if (argc < 2 || argv[1][0] == '-') return false;
  std::vector<std::string> verbs;
  for (const CLI::App* verb : app.get_subcommands({})) verbs.push_back(verb->get_name());
  for (const std::string& verb : verbs) {
    if (verb == argv[1]) return false;
  }
  const std::string nearest = NearestName(argv[1], verbs);
  std::fprintf(stderr, "error: '%s' is not a verb of mcunas%s\nverbs: %s\n", argv[1],
               nearest.empty() ? "" : ("; did you mean '" + nearest + "'?").c_str(),
               Join(verbs, ", ").c_str());
  return true;
}

int Main(int argc, char** argv) {
  static StopToken stop;  // signal handlers need an address that outlives main
  CLI::App app{
      "mcunas finds neural networks for microcontrollers and proves them on the board.\n"
      "Example: mcunas search configs/experiments/quickstart.yaml"};
  app.set_version_flag("--version", "mcunas 0.1.0");
  app.require_subcommand(1);
  bool verbose = false;
  bool quiet = false;
  app.add_flag("-v,--verbose", verbose, "say more");
  app.add_flag("-q,--quiet-log", quiet, "only warnings and errors");
  Invocation invocation;
  invocation.stop = &stop;
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
  if (ReportUnknownVerb(app, argc, argv)) return 2;
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    return app.exit(error) == 0 ? 0 : 2;
  }
  if (verbose) SetLogLevel(LogLevel::kDebug);
  if (quiet) SetLogLevel(LogLevel::kWarning);
  StopOnSignals(&stop);
  return invocation.action();
}

}  // namespace
}  // namespace mcunas

int main(int argc, char** argv) { return mcunas::Main(argc, argv); }
