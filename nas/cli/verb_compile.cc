#include <CLI/CLI.hpp>
#include <algorithm>
#include <cstdio>
#include <filesystem>
#include <memory>
#include <nlohmann/json.hpp>
#include <optional>

#include "board_agent/runner/runner.h"
#include "common/file.h"
#include "common/random.h"
#include "engine/codegen/emit_c.h"
#include "engine/quantize/quantize.h"
#include "engine/reference/interpreter.h"
#include "engine/tflite/write_tflite.h"
#include "engine/toolchain/firmware_image.h"
#include "memory_model/memory_model.h"
#include "memory_model/operator_order.h"
#include "memory_model/plan_format.h"
#include "memory_model/regions.h"
#include "nas/cli/fold_model.h"
#include "nas/cli/read_model.h"
#include "nas/cli/verbs.h"
#include "nas/evaluate/plan_choice.h"

namespace mcunas {
namespace {

// Counts of an emulator do not vary, but for where in the clock's step of 40 instructions a run
// begins.
constexpr int kRepetitions = 2;

struct Options {
  std::string network;
  std::string board = "qemu-m7";
  std::string name = "net";
  std::string output;
  std::string rounding = "tflite";
  PlanConfig plan;
  FoldFlags folding;
  std::optional<double> max_macs_factor;
  int64_t sram = 0;
  uint64_t seed = 1;
  bool random_weights = false;
  bool verify = false;
  bool json = false;
};

struct Loaded {
  QuantizedNetwork given;    // as the file has it: what outputs are compared with
  QuantizedNetwork network;  // folded and in order: what is compiled
  std::optional<FoldReport> folding;
};

struct Verified {
  FirmwareImage image;
  mcu_result_block block;
  std::string tool;
};

Expected<Verified> VerifyOnVirtualBoard(const Loaded& loaded, const GeneratedSources& sources,
                                        const Options& options) {
  const Network& network = loaded.network.network;
  auto board = LoadBoardProfile(options.board);
  if (!board) return board.error();
  if (!board->is_virtual()) board = LoadBoardProfile(board->virtual_equivalent);
  if (!board) return board.error();
  FirmwareRequest request;
  request.sources = sources;
  request.network_hash = NetworkHash(network);
  request.board = *board;
  RandomStream random(options.seed, "test input");
  for (int64_t i = 0; i < network.input.elements(); ++i) {
    request.test_input.push_back(static_cast<int8_t>(random.Between(-128, 127)));
  }
  request.golden_output = RunReference(loaded.given, request.test_input);
  request.operator_count = static_cast<int>(network.operators.size());
  request.repetitions = kRepetitions;
  request.work_folder = options.output + "/firmware-" + board->name;
  auto image = BuildFirmware(request);
  if (!image) return image.error();
  RunnerConfig config;
  config.machine = board->qemu_machine;
  auto runner = MakeRunner(config);
  if (!runner) return runner.error();
  const std::string work = request.work_folder + "/run";
  std::filesystem::create_directories(work);
  const StopToken stop;
  const RunReport report =
      (*runner)->Run({image->elf_path, 1, std::chrono::minutes(5), work}, stop);
  if (const auto* failure = std::get_if<RunFailure>(&report.result)) {
    return Error{ErrorCode::kBoard, failure->kind + ": " + failure->message};
  }
  return Verified{std::move(*image), std::get<mcu_result_block>(report.result), report.tool};
}

nlohmann::ordered_json FoldingJson(const FoldReport& report) {
  return {{"macs_before", report.macs_before.value},
          {"macs_after", report.macs_after.value},
          {"least_macs", report.least_macs.value},
          {"channels_before", report.channels_before},
          {"channels_after", report.channels_after},
          {"channels_removed", report.channels_removed()},
          {"operators_removed", report.operators_removed()}};
}

void PrintVerified(const Verified& verified, const Loaded& loaded, const MemoryReport& memory,
                   const Options& options) {
  const mcu_result_block& block = verified.block;
  if (options.json) {
    nlohmann::ordered_json json;
    json["board"] = options.board;
    json["tool"] = verified.tool;
    json["toolchain"] = verified.image.toolchain;
    json["rounding"] = options.rounding;
    json["bit_exact"] = true;
    json["ticks"] = block.ticks[0];
    json["ticks_spread"] =
        std::max(block.ticks[0], block.ticks[1]) - std::min(block.ticks[0], block.ticks[1]);
    json["operator_ticks"] =
        std::vector<uint32_t>(block.operator_ticks, block.operator_ticks + block.operator_count);
    json["arena_bytes"] = {{"model", (memory.arena + memory.scratch).value},
                           {"elf", verified.image.arena.value},
                           {"touched", block.arena_peak_bytes}};
    json["stack_bytes"] = block.stack_peak_bytes;
    json["code_bytes"] = verified.image.code.value;
    json["macs"] = memory.macs.value;
    if (loaded.folding) json["folding"] = FoldingJson(*loaded.folding);
    std::printf("%s\n", json.dump(2).c_str());
    return;
  }
  std::printf(
      "verified on %s: output equals the reference, %u %s per inference, stack %u bytes, "
      "arena %u of %lld bytes touched\n",
      verified.tool.c_str(), block.ticks[0],
      block.clock_kind == MCU_CLOCK_INSTRUCTIONS ? "instructions" : "cycles",
      block.stack_peak_bytes, block.arena_peak_bytes,
      static_cast<long long>(verified.image.arena.value));
}

// The plan that `mcunas plan` shows for the same options; in several regions where the first one of
// the board does not hold it.
Expected<ExecutionPlan> PlanFor(const Network& network, const Options& options) {
  PlanConfig config = options.plan;
  const double any = options.sram > 0 ? kAnyMacsFactor : 1.0;
  config.max_macs_factor = options.max_macs_factor.value_or(any);
  ExecutionPlan plan = ChoosePlan(network, config, {Bytes(options.sram), {}, {}});
  if (options.sram > 0) return plan;
  const auto board = LoadBoardProfile(options.board);
  if (!board) return board.error();
  return SpreadOverRegions(network, std::move(plan), *board, OptionsOf(config));
}

Expected<void> CheckSram(const MemoryReport& memory, int64_t limit) {
  const auto violations = CheckLimits(memory, {Bytes(limit), {}, {}});
  if (violations.empty()) return {};
  return Error{ErrorCode::kInfeasible, "no plan keeps --sram " + std::to_string(limit) +
                                           "; the smallest that works is --sram " +
                                           std::to_string(violations[0].needed)};
}

// With the weights of the file, folded, or random ones, which stand for unknown weights and stay as
// they are; operators in the order that needs the least memory.
Expected<Loaded> LoadNetwork(const Options& options) {
  const RoundingMode rounding =
      options.rounding == "tflm" ? RoundingMode::kTflm : RoundingMode::kTflite;
  auto model = ReadModel(options.network, "runs", rounding, !options.random_weights);
  if (!model) return model.error();
  if (!model->quantized && !options.random_weights)
    return Error{ErrorCode::kUsage, options.network +
                                        " has no weights: give a .tflite file, or say "
                                        "--random-weights"};
  if (options.random_weights) {
    const Network ordered = OrderOperators(model->network).network;
    const QuantizedNetwork random = RandomQuantizedNetwork(ordered, options.seed, rounding);
    return Loaded{random, random, std::nullopt};
  }
  Loaded loaded{*model->quantized, {}, FoldModel(options.folding, &*model)};
  const std::vector<int> order = FindOperatorOrder(model->network).permutation;
  loaded.network = ApplyOrder(*model->quantized, order);
  return loaded;
}

int Compile(const Options& options) {
  const auto loaded = LoadNetwork(options);
  if (!loaded) return ReportError(loaded.error());
  const QuantizedNetwork& quantized = loaded->network;
  const Network* network = &quantized.network;
  const Expected<ExecutionPlan> chosen = PlanFor(*network, options);
  if (!chosen) return ReportError(chosen.error());
  const ExecutionPlan& plan = *chosen;
  const MemoryReport memory = ReportMemory(*network, plan);
  if (auto fits = CheckSram(memory, options.sram); !fits) return ReportError(fits.error());
  const auto sources = EmitC(quantized, plan, {.name = options.name});
  if (!sources) return ReportError(sources.error());
  auto written = WriteSources(*sources, options.output);
  if (written)
    written = WriteBytesAtomically(options.output + "/model.tflite", WriteTflite(quantized));
  if (written) {
    written = WriteFileAtomically(options.output + "/plan.json",
                                  PlanToJson(*network, plan, memory, nullptr));
  }
  if (!written) return ReportError(written.error());
  if (!options.json) {
    std::printf("%s: %zu files, arena %lld bytes, rounding %s\n", options.output.c_str(),
                sources->files.size(), static_cast<long long>(sources->arena.value),
                options.rounding.c_str());
    if (loaded->folding) std::printf("%s\n", FoldText(*loaded->folding).c_str());
  }
  if (!options.verify) return 0;
  const auto verified = VerifyOnVirtualBoard(*loaded, *sources, options);
  if (!verified) return ReportError(verified.error());
  PrintVerified(*verified, *loaded, memory, options);
  return 0;
}

}  // namespace

void AddCompileVerb(CLI::App& app, Invocation& invocation) {
  auto options = std::make_shared<Options>();
  CLI::App* verb =
      app.add_subcommand("compile", "a network as int8 C code, checked on a virtual board");
  verb->footer(
      "Example: mcunas compile model.tflite --board qemu-m4 --verify -o out\n"
      "         mcunas compile network.json --random-weights -o out");
  verb->add_option("network", options->network,
                   "a .tflite file, a network description (JSON) or the hash of a candidate")
      ->required();
  verb->add_flag("--random-weights", options->random_weights,
                 "seeded weights: a description has none");
  verb->add_option("--seed", options->seed, "of the random weights and the test input");
  verb->add_option("--board", options->board, "board profile to verify on");
  verb->add_option("--name", options->name, "C identifier: prefix of files and functions");
  verb->add_option("--rounding", options->rounding, "whose int8 rounding to reproduce")
      ->check(CLI::IsMember({"tflite", "tflm"}));
  verb->add_option("--input", options->plan.input, "how the image reaches the network")
      ->check(CLI::IsMember({"resident", "streamed", "rereadable"}));
  verb->add_option("--max-macs-factor", options->max_macs_factor,
                   "recomputation allowed to save SRAM: MACs with / MACs without")
      ->check(CLI::Range(1.0, kAnyMacsFactor));
  verb->add_option("--modes", options->plan.modes,
                   "kinds of groups to use beside layerwise, e.g. row_stream,patches")
      ->delimiter(',')
      ->check(CLI::IsMember({"layerwise", "row_stream", "strips", "patches", "channel_tiles"}));
  verb->add_option(
          "--sram", options->sram,
          "limit in bytes for arena, scratch, data, stack and output (also 48kB): the plan with "
          "the fewest MACs within it")
      ->transform(CLI::AsSizeValue(false))
      ->check(CLI::PositiveNumber);
  verb->add_option("--smallest-segment", options->plan.smallest_segment,
                   "columns that operators compute at a time, at least")
      ->check(CLI::Range(1, kMaxSide))
      ->capture_default_str();
  AddFoldFlags(verb, &options->folding);
  verb->add_option("-o,--output", options->output, "folder of the C project")->required();
  verb->add_flag("--verify", options->verify,
                 "run it on the (virtual) board against the reference");
  verb->add_flag("--json", options->json, "machine-readable result of --verify");
  verb->callback(
      [&invocation, options] { invocation.action = [options] { return Compile(*options); }; });
}

}  // namespace mcunas
