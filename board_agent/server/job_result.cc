#include "board_agent/server/job_result.h"

#include <algorithm>

#include "common/check.h"

namespace mcunas {

BlockExpectation ExpectationOf(const JobRequest& request, uint32_t nonce) {
  BlockExpectation expected;
  expected.nonce = nonce;
  const bool parsed = ParseHash(request.network_hash, &expected.network.emplace());
  MCUNAS_CHECK(parsed, "requests are read strictly");
  expected.output_crc32 = request.golden_crc32;
  expected.repetitions = request.repetitions;
  expected.profile = request.kind == JobKind::kProfile;
  return expected;
}

JobResult JobResultOf(const mcu_result_block& block, const JobRequest& request,
                      const BoardConfig& board) {
  JobResult result;
  result.board = board.name;
  result.board_class = board.board_class;
  result.is_virtual = board.is_virtual();
  result.unit = block.clock_kind == MCU_CLOCK_DWT_CYCLES ? "cycles" : "instructions";
  result.ticks.assign(block.ticks, block.ticks + block.repetitions);
  result.operator_ticks.assign(block.operator_ticks, block.operator_ticks + block.operator_count);
  result.profiled_ticks = block.profiled_ticks;
  result.clock_hz = block.clock_hz;
  result.stack_peak_bytes = block.stack_peak_bytes;
  result.arena_peak_bytes = block.arena_peak_bytes;
  result.output_crc32 = block.output_crc32;
  result.warmup = static_cast<int>(std::min<uint32_t>(block.warmup, INT32_MAX));
  result.nonce = block.nonce;
  result.network_hash = request.network_hash;
  return result;
}

}  // namespace mcunas
