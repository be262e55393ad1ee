#include "cli/model/compile_model.h"

#include <CLI/CLI.hpp>
#include <filesystem>
#include <utility>

#include "board_agent/runner/make_runner.h"
#include "cli/model/named_option.h"
#include "cli/model/read_model.h"
#include "common/random.h"
#include "common/stop.h"
#include "engine/quantize/random_network.h"
#include "engine/reference/interpreter.h"
#include "memory_model/order/operator_order.h"
#include "network/hash_network.h"

namespace mcunas {
namespace {

namespace fs = std::filesystem;

Expected<ExecutionPlan> PlanOf(const Network& network, const CompileOptions& options) {
  const Bytes limit(options.plan.sram);
  if (limit.value > 0) return PlanFor(network, options.plan, limit, nullptr);
  const auto board = LoadBoardProfile(options.board);
  if (!board) return board.error();
  return PlanFor(network, options.plan, limit, &*board);
}

Expected<void> CheckSram(const MemoryReport& memory, int64_t limit) {
  const auto violations = CheckLimits(memory, {Bytes(limit), {}, {}});
  if (violations.empty()) return {};
  return Error{ErrorCode::kInfeasible, "no plan keeps --sram " + std::to_string(limit) +
                                           "; the smallest that works is --sram " +
                                           std::to_string(violations[0].needed)};
}

struct Loaded {
  QuantizedNetwork given;
  QuantizedNetwork network;
  std::optional<FoldReport> folding;
};

// With the weights of the file, folded, or random ones, which stand for unknown weights and stay as
// they are; operators in the order that needs the least memory.
Expected<Loaded> LoadNetwork(const CompileOptions& options) {
  const RoundingMode rounding = options.rounding;
  auto model = ReadModel(options.model, "runs", rounding, !options.random_weights);
  if (!model) return model.error();
  if (!model->quantized && !options.random_weights)
    return Error{ErrorCode::kUsage, options.model +
                                        " has no weights: give a .tflite file, or say "
                                        "--random-weights"};
  if (options.random_weights) {
    const Network ordered = OrderOperators(model->network).network;
    const QuantizedNetwork random =
        RandomQuantizedNetwork(ordered, options.seed, rounding, RandomParameters::kTrained);
    return Loaded{random, random, std::nullopt};
  }
  Loaded loaded{*model->quantized, {}, FoldModel(options.folding, &*model)};
  const std::vector<int> order = FindOperatorOrder(model->network).permutation;
  loaded.network = ApplyOrder(*model->quantized, order);
  return loaded;
}

}  // namespace

void AddModelOptions(CLI::App* verb, CompileOptions* options) {
  verb->add_option("model", options->model,
                   "a .tflite file, a network description (JSON) or the hash of a candidate")
      ->required();
  verb->add_flag("--random-weights", options->random_weights,
                 "seeded weights: a description has none");
  verb->add_option("--seed", options->seed, "of the random weights and the test input");
  AddNamedOption(verb, "--rounding", &options->rounding, kRoundingModes,
                 "whose int8 rounding to reproduce");
  AddPlanOptions(verb, &options->plan);
  AddFoldFlags(verb, &options->folding);
}

Expected<CompiledModel> CompileModel(const CompileOptions& options) {
  auto loaded = LoadNetwork(options);
  if (!loaded) return loaded.error();
  const Network& network = loaded->network.network;
  auto plan = PlanOf(network, options);
  if (!plan) return plan.error();
  MemoryReport memory = ReportMemory(network, *plan);
  if (auto fits = CheckSram(memory, options.plan.sram); !fits) return fits.error();
  auto sources = EmitC(loaded->network, *plan, {.name = options.name});
  if (!sources) return sources.error();
  return CompiledModel{std::move(loaded->given), std::move(loaded->network), loaded->folding,
                       std::move(*plan),         std::move(memory),          std::move(*sources)};
}

FirmwareRequest TestImage(const CompiledModel& model, const TestRun& run) {
  const Network& network = model.quantized.network;
  FirmwareRequest request;
  request.sources = model.sources;
  request.network_hash = NetworkHash(network);
  request.board = run.board;
  RandomStream random(run.seed, "test input");
  for (int64_t i = 0; i < network.input.elements(); ++i) {
    request.test_input.push_back(static_cast<int8_t>(random.Between(-128, 127)));
  }
  request.golden_output = RunReference(model.given, request.test_input);
  request.operator_count = network.operator_count();
  request.repetitions = run.repetitions;
  request.work_folder = (fs::absolute(run.folder) / ("firmware-" + run.board.name)).string();
  return request;
}

Expected<VirtualRun> RunOnVirtualBoard(const CompiledModel& model, const TestRun& run) {
  const FirmwareRequest request = TestImage(model, run);
  auto image = BuildFirmware(request);
  if (!image) return image.error();
  RunnerConfig config;
  config.machine = run.board.qemu_machine;
  auto runner = MakeRunner(config);
  if (!runner) return runner.error();
  const fs::path work = fs::path(request.work_folder) / "run";
  std::error_code failed;
  fs::create_directories(work, failed);
  if (failed)
    return Error{ErrorCode::kIo, "cannot create folder " + work.string() + ": " + failed.message()};
  BlockExpectation expected;
  expected.nonce = 1;
  expected.network = request.network_hash;
  expected.repetitions = run.repetitions;
  const StopToken stop;
  const RunReport report =
      (*runner)->Run({image->elf_path, expected, std::chrono::minutes(5), work}, stop);
  if (const auto* failure = std::get_if<BoardFailure>(&report.result)) {
    return Error{ErrorCode::kBoard, TextOf(*failure)};
  }
  return VirtualRun{std::move(*image), std::get<mcu_result_block>(report.result), report.tool};
}

Expected<BoardProfile> VirtualBoardFor(const BoardProfile& board) {
  if (board.is_virtual()) return board;
  return LoadBoardProfile(board.virtual_equivalent);
}

}  // namespace mcunas
