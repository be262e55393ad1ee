#include "cli/run/run_report.h"

#include <sys/ioctl.h>
#include <unistd.h>

#include <cstdio>
#include <filesystem>

#include "cli/run/run_folder.h"
#include "common/file.h"
#include "nas/report/report.h"
#include "nas/report/report_input.h"
#include "nas/report/result_table.h"

namespace mcunas {
namespace {

// Columns of the terminal; 0 (no limit) where the output goes to a file.
int TerminalWidth() {
  winsize size{};
  if (::ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) != 0) return 0;
  return size.ws_col;
}

std::vector<std::string> NextCommands(const RunOutcome& outcome) {
  const std::string& folder = outcome.run.folder;
  std::vector<std::string> commands;
  if (!outcome.networks.empty()) {
    const std::string project =
        folder + "/candidates/" + outcome.networks.front().record.hash.Short() + "/c";
    commands.push_back("cmake -S " + project + " -B " + project + "/build && cmake --build " +
                       project + "/build   # the winner as a C project");
  }
  commands.push_back("xdg-open " + folder + "/report.html");
  return commands;
}

}  // namespace

Expected<void> WriteRunReport(const RunOutcome& outcome) {
  const ExperimentConfig& config = outcome.run.config;
  const std::filesystem::path folder = outcome.run.folder;
  const auto environment = ReadFile(folder / "environment.json");
  if (!environment) return environment.error();
  ReportInput input;
  input.run_name = config.name;
  input.board = config.target.board;
  if (config.evaluate.latency == LatencySource::kMeasured) input.measured_on = config.bench.boards;
  input.score = outcome.score;
  input.limits = outcome.limits;
  input.objectives = config.search.objectives;
  input.seed = config.search.seed;
  input.config_text = ResolvedConfig(config);
  input.environment_text = *environment;
  input.candidates = outcome.search.history;
  input.front = outcome.search.front;
  input.ranking = outcome.networks;
  input.baselines = outcome.baselines;
  input.work = outcome.work;
  input.rounds = outcome.search.rounds;
  input.next_commands = NextCommands(outcome);
  if (auto written = WriteReportFiles(input, folder); !written) return written;
  auto written = WriteFileAtomically(folder / "result.txt", FormatResultTable(input, 0));
  if (!written) return written;
  std::fputs(FormatResultTable(input, TerminalWidth()).c_str(), stdout);
  std::printf("report: %s\n", (folder / "report.html").c_str());
  return {};
}

}  // namespace mcunas
