#include <CLI/CLI.hpp>
#include <cstdio>
#include <memory>

#include "common/file.h"
#include "memory_model/memory_model.h"
#include "memory_model/plan_format.h"
#include "nas/cli/verbs.h"
#include "network/network_json.h"

namespace mcunas {
namespace {

struct Options {
  std::string network;
  std::string board;
  bool json = false;
};

int Plan(const Options& options) {
  const auto text = ReadFile(options.network);
  if (!text) return ReportError(text.error());
  const auto network = NetworkFromJson(*text, options.network);
  if (!network) return ReportError(network.error());
  const auto board = LoadBoardProfile(options.board);
  if (!board) return ReportError(board.error());
  const ExecutionPlan plan = PlanMemory(*network);
  const MemoryReport report = ReportMemory(*network, plan);
  const std::string out = options.json ? PlanToJson(*network, plan, report, &*board)
                                       : FormatPlanTable(*network, plan, report, &*board);
  std::fputs(out.c_str(), stdout);
  return 0;
}

}  // namespace

void AddPlanVerb(CLI::App& app, Invocation& invocation) {
  auto options = std::make_shared<Options>();
  CLI::App* verb = app.add_subcommand("plan", "how much SRAM and flash a network needs, and why");
  verb->footer("Example: mcunas plan network.json --board nucleo-f746zg --json");
  verb->add_option("network", options->network, "network description (JSON)")->required();
  verb->add_option("--board", options->board, "board profile (mcunas ls boards)")->required();
  verb->add_flag("--json", options->json, "machine-readable");
  verb->callback(
      [&invocation, options] { invocation.action = [options] { return Plan(*options); }; });
}

}  // namespace mcunas
