// From a job to what its result block must say, and from that block to the job's result. Nothing is
// judged here: runners bring a block as expected, or a failure.
#pragma once

#include "board_agent/bench/bench_config.h"
#include "board_agent/protocol/job_request.h"
#include "board_agent/protocol/job_status.h"
#include "board_agent/runner/runner.h"

namespace mcunas {

BlockExpectation ExpectationOf(const JobRequest& request, uint32_t nonce);

// `block` was judged; the tool is the report's.
JobResult JobResultOf(const mcu_result_block& block, const JobRequest& request,
                      const BoardConfig& board);

}  // namespace mcunas
