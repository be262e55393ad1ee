// The whole way of a network onto a board: plan, generated C, harness, ELF, run, compare with the
// reference.
#include <gtest/gtest.h>

#include <algorithm>

#include "common/file.h"
#include "common/image_crc32.h"
#include "engine/codegen/emit_c.h"
#include "engine/quantize/random_network.h"
#include "engine/reference/interpreter.h"
#include "engine/toolchain/firmware_sources.h"
#include "memory_model/memory_model.h"
#include "memory_model/planner/plan_memory.h"
#include "network/hash_network.h"
#include "network/json_read.h"
#include "tests/benchmark/published_networks.h"
#include "tests/data/models.h"
#include "tests/integration/qemu/firmware_run.h"
#include "tests/unit/engine/codegen/random_networks.h"

namespace mcunas {
namespace {

class GeneratedNetworkTest : public fake::FirmwareRun {
 protected:
  FirmwareRequest RequestFor(const Network& network, uint64_t seed, const std::string& folder) {
    return RequestFor(network, PlanMemory(network), seed, folder);
  }

  FirmwareRequest RequestFor(const Network& network, const ExecutionPlan& plan, uint64_t seed,
                             const std::string& folder) {
    const QuantizedNetwork quantized = RandomQuantizedNetwork(network, seed, RoundingMode::kTflite);
    FirmwareRequest request;
    auto sources = EmitC(quantized, plan);
    EXPECT_TRUE(sources.ok()) << sources.error().message;
    request.sources = *std::move(sources);
    request.network_hash = NetworkHash(network);
    const std::string name = std::string(GetParam()) == "cortex-m4" ? "qemu-m4" : "qemu-m7";
    request.board = LoadBoardProfile(name).value();
    request.test_input = RandomBytes(network.input.elements(), seed);
    request.golden_output = RunReference(quantized, request.test_input);
    request.operator_count = network.operator_count();
    request.work_folder = folder_.path() / folder;
    return request;
  }

  // Builds and runs; checks what must hold for every network.
  mcu_result_block Measure(const FirmwareRequest& request) {
    const auto begin = std::chrono::steady_clock::now();
    const auto image = BuildFirmware(request);
    const auto build_time = std::chrono::duration_cast<std::chrono::milliseconds>(
        std::chrono::steady_clock::now() - begin);
    EXPECT_TRUE(image.ok()) << image.error().message;
    if (!image.ok()) return {};
    const RunReport report = Run(image->elf_path, QemuConfig(), std::chrono::milliseconds(120'000));
    EXPECT_EQ(KindOf(report), "none") << TextOf(report);
    if (KindOf(report) != "none") return {};
    const auto block = std::get<mcu_result_block>(report.result);
    EXPECT_EQ(image->arena, request.sources.arena);
    EXPECT_EQ(image->more_arenas, request.sources.more_arenas);
    EXPECT_LE(block.arena_peak_bytes, request.sources.arena.value);
    EXPECT_GT(block.arena_peak_bytes, request.sources.arena.value * 9 / 10);
    EXPECT_LE(block.stack_peak_bytes, kStackEstimate.value);
    const auto* golden = reinterpret_cast<const uint8_t*>(request.golden_output.data());
    EXPECT_EQ(block.output_crc32, ImageCrc32({golden, request.golden_output.size()}));
    uint64_t sum = 0;
    for (uint32_t i = 0; i < block.operator_count; ++i) sum += block.operator_ticks[i];
    EXPECT_LE(sum, block.profiled_ticks);
    EXPECT_GT(sum, block.profiled_ticks * 9 / 10);
    RecordProperty("build_ms", static_cast<int>(build_time.count()));
    RecordProperty("instructions", static_cast<int>(block.ticks[0]));
    RecordProperty("stack", static_cast<int>(block.stack_peak_bytes));
    RecordProperty("code", static_cast<int>(image->code.value));
    return block;
  }
};

INSTANTIATE_TEST_SUITE_P(Cores, GeneratedNetworkTest, testing::Values("cortex-m4", "cortex-m7"),
                         fake::CoreName);

TEST_P(GeneratedNetworkTest, RandomNetworksGiveTheReferenceBytes) {
  for (const uint64_t seed : {3, 4, 5}) {
    const auto request = RequestFor(RandomNetwork(seed), seed, "n" + std::to_string(seed));
    const mcu_result_block block = Measure(request);
    EXPECT_EQ(block.operator_count, static_cast<uint32_t>(request.operator_count)) << seed;
  }
}

// Streamed input, strips and short segments.
TEST_P(GeneratedNetworkTest, StreamingPlansGiveTheReferenceBytes) {
  for (const uint64_t seed : {3, 4}) {
    const Network network = RandomNetwork(seed);
    PlanOptions options;
    options.input_mode = seed == 3 ? InputMode::kStreamed : InputMode::kRereadable;
    options.max_macs_factor = 1.5;
    const ExecutionPlan plan = PlanMemory(network, options);
    const auto request = RequestFor(network, plan, seed, "s" + std::to_string(seed));
    EXPECT_EQ(request.sources.arena, plan.arena + plan.scratch);
    Measure(request);
  }
}

// Every other tensor lies in a second region, and one moves there and back.
TEST_P(GeneratedNetworkTest, TwoMemoryRegionsGiveTheReferenceBytes) {
  const Network network = RandomNetwork(5);
  ExecutionPlan plan = SeparatePlan(network);
  int64_t next = 0;
  for (int t = 0; t < plan.tensors.end_number(); t += 2) {
    plan.tensors[t].region = 1;
    plan.tensors[t].offset = next;
    next += (plan.tensors[t].size() + 3) / 4 * 4;
  }
  plan.moves = {{1, 0, plan.arena.value, 0}};
  plan.arena = Bytes(plan.arena.value + (plan.tensors[0].size() + 7) / 8 * 8);
  plan.more_regions = {Bytes((next + 7) / 8 * 8)};
  FirmwareRequest request = RequestFor(network, plan, 5, "regions");
  request.board.sram = {{"first", 0x20000000, 64 * 1024}, {"second", 0x20040000, 32 * 1024}};
  Measure(request);
}

TEST_P(GeneratedNetworkTest, OwnNetworksRun) {
  for (const auto& file : FilesOf(SourceRoot() / "tests/data", ".json")) {
    const auto network = NetworkFromJson(mcunas::TextOf(file), file);
    ASSERT_TRUE(network.ok()) << network.error().message;
    Measure(RequestFor(*network, 1, file.stem()));
  }
}

TEST_P(GeneratedNetworkTest, PublishedNetworkRuns) {
  const Network network = PublishedNetworkNamed("mcunet-in0@48").network;
  FirmwareRequest request = RequestFor(network, 1, "published");
  request.board.sram[0].size_bytes = 512 * 1024;
  request.board.flash_bytes = 2048 * 1024;
  request.repetitions = 1;
  const mcu_result_block block = Measure(request);
  EXPECT_GT(block.ticks[0], 1'000'000u);
}

}  // namespace
}  // namespace mcunas
