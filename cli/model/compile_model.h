// MODEL on the command line -> plan -> C -> image: what the verbs compile, profile and measure
// share, so that all three speak of the same code.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "cli/model/fold_model.h"
#include "cli/model/plan_request.h"
#include "engine/codegen/emit_c.h"
#include "engine/toolchain/firmware_image.h"
#include "firmware/harness/result_block.h"
#include "memory_model/board_profile.h"
#include "memory_model/memory_model.h"
#include "network/quantized_network.h"

namespace CLI {
class App;
}

namespace mcunas {

struct CompileOptions {
  std::string model;              // as ReadModel takes it
  std::string board = "qemu-m7";  // a profile's name
  std::string name = "net";       // C identifier
  RoundingMode rounding = RoundingMode::kTflite;
  PlanRequest plan;
  FoldFlags folding;
  uint64_t seed = 1;
  bool random_weights = false;
};

// MODEL, weights, rounding, plan and folding; not the board and not the name.
void AddModelOptions(CLI::App* verb, CompileOptions* options);

struct CompiledModel {
  QuantizedNetwork given;      // as the file has it: what outputs are compared with
  QuantizedNetwork quantized;  // folded, operators in the order that is executed
  std::optional<FoldReport> folding;
  ExecutionPlan plan;
  MemoryReport memory;
  GeneratedSources sources;
};

// The plan that `mcunas plan` shows for the same options without --board; in several regions where
// the first one of options.board does not hold it. Errors of ReadModel and LoadBoardProfile; kUsage
// without weights, kInfeasible where no plan keeps the SRAM limit.
Expected<CompiledModel> CompileModel(const CompileOptions& options);

struct TestRun {
  BoardProfile board;
  uint64_t seed = 1;  // of the test input
  int repetitions = 2;
  // Sources, objects and ELF go to folder/firmware-BOARD. May be relative: what is started in
  // another folder (QEMU) gets the absolute path.
  std::string folder;
};

// An image that runs the model on one random input and compares the output with the reference
// interpreter.
FirmwareRequest TestImage(const CompiledModel& model, const TestRun& run);

struct VirtualRun {
  FirmwareImage image;
  mcu_result_block block;
  std::string tool;
};

// Builds TestImage and runs it. Pre-condition: run.board is virtual. Errors of BuildFirmware;
// kBoard where the run fails or the output differs from the reference.
Expected<VirtualRun> RunOnVirtualBoard(const CompiledModel& model, const TestRun& run);

// The board itself where it is virtual, else its virtual equivalent.
Expected<BoardProfile> VirtualBoardFor(const BoardProfile& board);

}  // namespace mcunas
