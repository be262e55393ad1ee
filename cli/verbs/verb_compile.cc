#include <CLI/CLI.hpp>
#include <algorithm>
#include <cstdio>
#include <memory>
#include <nlohmann/json.hpp>

#include "cli/model/compile_model.h"
#include "cli/verbs.h"
#include "common/file.h"
#include "common/names.h"
#include "engine/tflite/write_tflite.h"
#include "memory_model/report/plan_format.h"
#include "memory_model/report/plan_json.h"

namespace mcunas {
namespace {

// Counts of an emulator do not vary, but for where in the clock's step of 40 instructions a run
// begins.
constexpr int kRepetitions = 2;

struct Options {
  CompileOptions compile;
  std::string output;
  bool for_board = false;  // whether a board was named
  bool verify = false;
  bool json = false;
};

Expected<VirtualRun> VerifyOnVirtualBoard(const CompiledModel& model, const Options& options) {
  const auto board = LoadBoardProfile(options.compile.board);
  if (!board) return board.error();
  const auto virtual_board = VirtualBoardFor(*board);
  if (!virtual_board) return virtual_board.error();
  return RunOnVirtualBoard(model,
                           {*virtual_board, options.compile.seed, kRepetitions, options.output});
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

void PrintVerified(const VirtualRun& verified, const CompiledModel& model, const Options& options) {
  const MemoryReport& memory = model.memory;
  const mcu_result_block& block = verified.block;
  if (options.json) {
    nlohmann::ordered_json json;
    json["board"] = options.compile.board;
    json["tool"] = verified.tool;
    json["toolchain"] = verified.image.toolchain;
    json["rounding"] = NameOf(kRoundingModes, options.compile.rounding);
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
    if (model.folding) json["folding"] = FoldingJson(*model.folding);
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

Expected<void> WriteProject(const CompiledModel& model, const std::string& folder) {
  auto written = WriteSources(model.sources, folder);
  if (written)
    written = WriteBytesAtomically(folder + "/model.tflite", WriteTflite(model.quantized));
  if (!written) return written;
  return WriteFileAtomically(folder + "/plan.json",
                             PlanToJson(model.quantized.network, model.plan, model.memory));
}

// The test image for the board that was named: golden input and output, and the harness that
// measures.
Expected<FirmwareImage> BuildForBoard(const CompiledModel& model, const Options& options) {
  const auto board = LoadBoardProfile(options.compile.board);
  if (!board) return board.error();
  auto image =
      BuildFirmware(TestImage(model, {*board, options.compile.seed, kRepetitions, options.output}));
  if (image && !options.json)
    std::printf("%s: %lld bytes of flash, of which code %lld, %s\n", image->elf_path.c_str(),
                static_cast<long long>(image->flash.value),
                static_cast<long long>(image->code.value), image->toolchain.c_str());
  return image;
}

int Compile(const Options& options) {
  const auto model = CompileModel(options.compile);
  if (!model) return ReportError(model.error());
  if (auto written = WriteProject(*model, options.output); !written)
    return ReportError(written.error());
  if (!options.json) {
    std::printf("%s: %zu files, arena %lld bytes, rounding %s\n", options.output.c_str(),
                model->sources.files.size(), static_cast<long long>(model->sources.arena.value),
                NameOf(kRoundingModes, options.compile.rounding));
    if (model->folding) std::printf("%s\n", FoldText(*model->folding).c_str());
  }
  if (options.for_board) {
    const auto image = BuildForBoard(*model, options);
    if (!image) return ReportError(image.error());
  }
  if (!options.verify) return 0;
  const auto verified = VerifyOnVirtualBoard(*model, options);
  if (!verified) return ReportError(verified.error());
  PrintVerified(*verified, *model, options);
  return 0;
}

}  // namespace

void AddCompileVerb(CLI::App& app, Invocation& invocation) {
  auto options = std::make_shared<Options>();
  CLI::App* verb =
      app.add_subcommand("compile", "a network as int8 C code, checked on a virtual board");
  verb->footer(
      "Example: mcunas compile model.tflite --board qemu-m4 --verify -o out\n"
      "         mcunas compile model.tflite --board nucleo-f746zg --sram 64kB -o out\n"
      "         mcunas compile network.json --random-weights -o out");
  AddModelOptions(verb, &options->compile);
  CLI::Option* board = verb->add_option("--board", options->compile.board,
                                        "board profile: build its ELF, verify on it or, where it "
                                        "is a physical one, on its virtual equivalent");
  verb->add_option("--name", options->compile.name, "C identifier: prefix of files and functions");
  verb->add_option("-o,--output", options->output, "folder of the C project")->required();
  verb->add_flag("--verify", options->verify,
                 "run it on the (virtual) board against the reference");
  verb->add_flag("--json", options->json, "machine-readable result of --verify");
  verb->callback([&invocation, options, board] {
    options->for_board = board->count() > 0;
    invocation.action = [options] { return Compile(*options); };
  });
}

}  // namespace mcunas
