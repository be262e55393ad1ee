#include <CLI/CLI.hpp>
#include <cstdio>
#include <filesystem>
#include <memory>

#include "cli/run/run_folder.h"
#include "cli/verbs.h"
#include "common/file.h"
#include "nas/records/history.h"
#include "nas/records/open_study.h"

namespace mcunas {
namespace {

int PrintHistory(const std::string& run) {
  const auto config = OpenRun(run);
  if (!config) return ReportError(config.error());
  auto study = OpenStudyReader(StudyOf(*config, run));
  if (!study) return ReportError(study.error());
  const auto history = DumpHistory(**study);
  if (!history) return ReportError(history.error());
  std::fputs(history->c_str(), stdout);
  return 0;
}

// Why there is no result: somebody is at it, or nobody is.
Error NoResult(const std::string& run) {
  if (const auto holder = WhoRuns(run)) {
    return {ErrorCode::kUnavailable, run + " is running and has no result yet: " + holder->Text()};
  }
  return {ErrorCode::kNotFound, run + " has no result yet; continue it with: mcunas resume " + run};
}

int PrintResult(const std::string& run) {
  if (auto exists = CheckRunFolder(run); !exists) return ReportError(exists.error());
  const auto table = ReadFile(run + "/result.txt");
  if (!table) return ReportError(NoResult(run));
  std::fputs(table->c_str(), stdout);
  if (const auto holder = WhoRuns(run))
    std::fprintf(stderr, "%s is running: %s\n", run.c_str(), holder->Text().c_str());
  return 0;
}

}  // namespace

void AddReportVerb(CLI::App& app, Invocation& invocation) {
  auto run = std::make_shared<std::string>();
  auto history = std::make_shared<bool>(false);
  CLI::App* verb =
      app.add_subcommand("report", "the result of a finished run, or its whole history");
  verb->footer("Example: mcunas report runs/quickstart-20260101T120000Z --history");
  verb->add_option("run", *run, "run folder")->required();
  verb->add_flag("--history", *history,
                 "every candidate, round and decision, without anything a clock said");
  verb->callback([&invocation, run, history] {
    invocation.action = [run, history] {
      return *history ? PrintHistory(*run) : PrintResult(*run);
    };
  });
}

}  // namespace mcunas
