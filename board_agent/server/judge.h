// Turns what a runner brought back into a result or a typed failure. Trusts nothing twice: nonce,
// network, status, repetitions and output are checked here whatever the runner has checked already.
#pragma once

#include <variant>

#include "board_agent/bench/bench_config.h"
#include "board_agent/protocol/job_request.h"
#include "board_agent/protocol/job_status.h"
#include "board_agent/runner/runner.h"

namespace mcunas {

using Verdict = std::variant<JobResult, BoardFailure>;

Verdict JudgeReport(const RunReport& report, const JobRequest& request, uint32_t nonce,
                    const BoardConfig& board);

}  // namespace mcunas
