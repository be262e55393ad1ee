#include <CLI/CLI.hpp>
#include <cmath>
#include <cstdio>
#include <memory>
#include <nlohmann/json.hpp>
#include <numeric>
#include <optional>

#include "cli/model/compile_model.h"
#include "cli/model/scratch_folder.h"
#include "cli/verbs.h"
#include "common/names.h"
#include "common/text.h"
#include "nas/evaluate/cycle_estimate.h"
#include "network/hash_network.h"
#include "network/operator_counts.h"

namespace mcunas {
namespace {

struct Options {
  CompileOptions compile;
  bool json = false;
};

struct Profile {
  BoardProfile board;  // whose cycles are estimated
  CompiledModel model;
  VirtualRun run;
  std::vector<int64_t> instructions;  // per operator
  CycleEstimate estimate;

  const Network& network() const { return model.quantized.network; }
  int64_t total() const { return run.block.ticks[0]; }
  // Copying the input, moving tensors.
  int64_t between() const {
    return run.block.profiled_ticks -
           std::accumulate(instructions.begin(), instructions.end(), int64_t{0});
  }
  // What reading the clock after every step of the schedule adds to the operators' counts.
  int64_t profiling() const { return run.block.profiled_ticks - total(); }
};

// Instructions do not depend on how much memory lies around the network: the virtual board of this
// core with the most, so that a network may be profiled before it fits.
Expected<BoardProfile> LargestVirtualBoard(Core core) {
  std::optional<BoardProfile> largest;
  for (const std::string& name : BoardNames()) {
    auto board = LoadBoardProfile(name);
    if (!board) return board.error();
    if (!board->is_virtual() || board->core != core) continue;
    const auto memory = [](const BoardProfile& b) { return b.flash() + b.sram_total(); };
    if (!largest || memory(*board).value > memory(*largest).value) largest = std::move(*board);
  }
  if (!largest)
    return Error{ErrorCode::kUnsupported,
                 std::string("no virtual board has a ") + NameOf(kCores, core)};
  return std::move(*largest);
}

Expected<Profile> MakeProfile(const Options& options) {
  auto board = LoadBoardProfile(options.compile.board);
  if (!board) return board.error();
  const auto machine = LargestVirtualBoard(board->core);
  if (!machine) return machine.error();
  CompileOptions compile = options.compile;
  compile.board = machine->name;
  auto model = CompileModel(compile);
  if (!model) return model.error();
  const ScratchFolder folder("profile");
  auto run = RunOnVirtualBoard(*model, {*machine, compile.seed, 1, folder.path()});
  if (!run) return run.error();
  Profile profile{std::move(*board), std::move(*model), std::move(*run), {}, {}};
  const mcu_result_block& block = profile.run.block;
  profile.instructions.assign(block.operator_ticks, block.operator_ticks + block.operator_count);
  profile.estimate =
      EstimateCycles(profile.network(), {profile.total(), profile.instructions}, profile.board);
  return profile;
}

std::string Label(const Operator& op) {
  std::string label = OpName(op.kind);
  if (!HasWindow(op.kind)) return label;
  const auto text = [](const Extent& e) {
    return std::to_string(e.height) + "x" + std::to_string(e.width);
  };
  if (op.kernel != 1) label += " " + text(op.kernel);
  if (op.stride != 1) label += " s" + text(op.stride);
  return label;
}

std::string PerMac(int64_t instructions, Macs macs) {
  if (macs.value == 0) return "";
  return FixedPoint(static_cast<double>(instructions) / static_cast<double>(macs.value), 2);
}

nlohmann::ordered_json OperatorJson(const Profile& profile, size_t i) {
  const Operator& op = profile.network().operators[i];
  const double share =
      static_cast<double>(profile.instructions[i]) / static_cast<double>(profile.total());
  return {{"op", OpName(op.kind)},
          {"in_shape", {op.in.height, op.in.width, op.in.channels}},
          {"out_shape", {op.out.height, op.out.width, op.out.channels}},
          {"kernel", {op.kernel.height, op.kernel.width}},
          {"stride", {op.stride.height, op.stride.width}},
          {"macs", OperatorMacs(op).value},
          {"instructions", profile.instructions[i]},
          {"share", share},
          {"estimated_cycles", profile.estimate.operator_cycles[i]}};
}

void PrintJson(const Profile& profile, const Options& options) {
  nlohmann::ordered_json json;
  json["network"] = profile.network().name;
  json["hash"] = NetworkHash(profile.network()).Hex();
  json["core"] = NameOf(kCores, profile.board.core);
  json["rounding"] = NameOf(kRoundingModes, options.compile.rounding);
  json["source"] = "emulated";
  json["tool"] = profile.run.tool;
  json["toolchain"] = profile.run.image.toolchain;
  json["bit_exact"] = true;
  json["macs"] = NetworkMacs(profile.network()).value;
  json["instructions"] = profile.total();
  json["between_operators"] = profile.between();
  json["profiling_cost"] = profile.profiling();
  json["operators"] = nlohmann::json::array();
  for (size_t i = 0; i < profile.instructions.size(); ++i) {
    json["operators"].push_back(OperatorJson(profile, i));
  }
  json["estimate"] = {{"board", profile.board.name},
                      {"clock_hz", profile.board.clock_hz},
                      {"cycles", profile.estimate.cycles},
                      {"milliseconds", profile.estimate.milliseconds},
                      {"relative_error", profile.estimate.error},
                      {"cycles_per_instruction", profile.board.cycles_per_instruction},
                      {"cycles_per_instruction_dense", profile.board.cycles_per_instruction_dense},
                      {"source", "emulated"},
                      {"model", profile.board.cycles_source}};
  std::printf("%s\n", json.dump(2).c_str());
}

// Columns: operator, shapes, MACs, instructions, per MAC, share, estimated ms.
void PrintRow(const std::vector<std::string>& cells) {
  static constexpr size_t kWidths[] = {32, 30, 13, 14, 8, 8, 9};
  std::string line;
  for (size_t i = 0; i < cells.size(); ++i) {
    line += i < 2 ? PadRight(cells[i], kWidths[i]) : PadLeft(cells[i], kWidths[i]);
  }
  std::printf("%s\n", line.substr(0, line.find_last_not_of(' ') + 1).c_str());
}

void PrintCount(const Profile& profile, const std::string& label, const std::string& shapes,
                const std::vector<double>& numbers) {
  const auto instructions = static_cast<int64_t>(numbers[1]);
  const Macs macs(static_cast<int64_t>(numbers[0]));
  PrintRow({label, shapes, macs.value > 0 ? GroupedDigits(macs.value) : "",
            GroupedDigits(instructions), PerMac(instructions, macs),
            FixedPoint(100 * numbers[1] / static_cast<double>(profile.total()), 1) + " %",
            FixedPoint(MillisecondsOf(numbers[2], profile.board), 3)});
}

void PrintTable(const Profile& profile) {
  const Network& network = profile.network();
  std::printf("%s on %s, output equals the reference\n", network.name.c_str(),
              profile.run.tool.c_str());
  PrintRow({"operator", "shapes", "MACs", "instructions", "per MAC", "share", "ms est."});
  for (size_t i = 0; i < network.operators.size(); ++i) {
    const Operator& op = network.operators[i];
    PrintCount(profile, PadLeft(std::to_string(i), 3) + " " + Label(op),
               ShapeText(op.in) + " to " + ShapeText(op.out),
               {static_cast<double>(OperatorMacs(op).value),
                static_cast<double>(profile.instructions[i]), profile.estimate.operator_cycles[i]});
  }
  const double constant = profile.board.cycles_per_instruction;
  const auto between = static_cast<double>(profile.between());
  const auto profiling = static_cast<double>(-profile.profiling());
  PrintCount(profile, "    between operators", "", {0, between, between * constant});
  PrintCount(profile, "    less cost of profiling", "", {0, profiling, profiling * constant});
  PrintCount(profile, "    all", "",
             {static_cast<double>(NetworkMacs(network).value), static_cast<double>(profile.total()),
              profile.estimate.cycles});
  std::printf(
      "\nInstructions are emulated and repeatable; the clock of the virtual board has steps of "
      "40.\n"
      "Estimate for %s at %s MHz: %s M cycles, %s ms, give or take %d %%.\n  %s\n",
      profile.board.name.c_str(), FixedPoint(profile.board.clock_hz / 1e6, 0).c_str(),
      FixedPoint(profile.estimate.cycles / 1e6, 2).c_str(),
      FixedPoint(profile.estimate.milliseconds, 2).c_str(),
      static_cast<int>(std::lround(100 * profile.estimate.error)),
      profile.board.cycles_source.c_str());
}

int ShowProfile(const Options& options) {
  const auto profile = MakeProfile(options);
  if (!profile) return ReportError(profile.error());
  if (options.json) {
    PrintJson(*profile, options);
  } else {
    PrintTable(*profile);
  }
  return 0;
}

}  // namespace

void AddProfileVerb(CLI::App& app, Invocation& invocation) {
  auto options = std::make_shared<Options>();
  CLI::App* verb = app.add_subcommand(
      "profile", "executed instructions per operator, and an estimate of cycles on a board");
  verb->footer(
      "Example: mcunas profile model.tflite --board nucleo-f746zg\n"
      "         mcunas profile network.json --random-weights --board qemu-m4 --json");
  AddModelOptions(verb, &options->compile);
  verb->add_option("--board,--core", options->compile.board,
                   "board whose core is emulated and whose cycles are estimated")
      ->capture_default_str();
  verb->add_flag("--json", options->json, "machine-readable");
  verb->callback(
      [&invocation, options] { invocation.action = [options] { return ShowProfile(*options); }; });
}

}  // namespace mcunas
