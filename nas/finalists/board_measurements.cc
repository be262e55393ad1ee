#include "nas/finalists/board_measurements.h"

#include <algorithm>
#include <utility>
#include <vector>

#include "common/check.h"
#include "common/text.h"
#include "nas/evaluate/cycle_estimate.h"

namespace mcunas {
namespace {

const BoardProfile& BoardNamed(std::span<const BoardProfile> boards, const std::string& name) {
  const auto found =
      std::find_if(boards.begin(), boards.end(), [&](const auto& b) { return b.name == name; });
  MCUNAS_CHECK(found != boards.end(), "only boards of the options are asked");
  return *found;
}

void StoreMeasurement(const Measurement& measurement, double milliseconds, BoardResult* result) {
  const Source source = measurement.source;
  auto& metrics = result->metrics;
  metrics[metric::kTicks] = {static_cast<double>(measurement.median_ticks()), measurement.unit,
                             source};
  metrics[metric::kLatency] = {milliseconds, "ms", source};
  metrics[metric::kStack] = {static_cast<double>(measurement.stack_peak_bytes), "bytes", source};
  result->ticks = measurement.ticks;
  result->operator_ticks = measurement.operator_ticks;
}

// Failures of one class, all boards of them: "hard_fault: on qemu-m4: at 0x0; ...".
std::string ReasonsOf(const CandidateRecord& record, FailureClass failure) {
  std::vector<std::string> reasons;
  for (const auto& [board, result] : record.boards) {
    if (result.failure != failure) continue;
    const size_t colon = result.failure_reason.find(':');
    reasons.push_back(result.failure_reason.substr(0, colon) + ": on " + board +
                      (colon == std::string::npos ? "" : result.failure_reason.substr(colon)));
  }
  return Join(reasons, "; ");
}

void FailByBoards(CandidateRecord* record) {
  for (const FailureClass failure : {FailureClass::kCandidate, FailureClass::kInfrastructure}) {
    const std::string reasons = ReasonsOf(*record, failure);
    if (reasons.empty()) continue;
    record->failure = failure;
    record->failure_reason = reasons;
    return;
  }
}

// One request for every board that the network can be linked for; the others' failures go into the
// record.
Expected<std::vector<MeasurementRequest>> LinkImages(const FinalistOptions& options,
                                                     const BuildFirmwareFn& build_firmware,
                                                     const CandidateBuild& build,
                                                     CandidateRecord* record) {
  std::vector<MeasurementRequest> requests;
  for (const BoardProfile& board : options.boards) {
    BoardResult& result = record->boards[board.name];
    auto image = BuildMeasurableImage(
        build, {board, options.limits.sram, options.repetitions, options.run_key}, build_firmware);
    if (!image && image.error().code == ErrorCode::kInfeasible) {
      result.failure = FailureClass::kCandidate;
      result.failure_reason = "does_not_link: " + image.error().message;
      continue;
    }
    if (!image) return image.error();
    result.metrics[metric::kImageFlash] = {static_cast<double>(image->image.flash.value), "bytes",
                                           Source::kMeasured};
    requests.push_back(std::move(image->request));
  }
  return requests;
}

}  // namespace

std::string HeadlineBoard(const BoardProfile& target, std::span<const BoardProfile> boards) {
  MCUNAS_CHECK(!boards.empty(), "no board can speak for a candidate");
  const auto first = [&](auto accepts) {
    return std::find_if(boards.begin(), boards.end(), accepts);
  };
  auto found = first([&](const BoardProfile& b) { return b.name == target.name; });
  if (found == boards.end())
    found = first([&](const BoardProfile& b) { return b.name == target.virtual_equivalent; });
  if (found == boards.end())
    found = first([&](const BoardProfile& b) { return b.core == target.core; });
  return found == boards.end() ? boards.front().name : found->name;
}

const BoardProfile& ClockOf(const BoardProfile& board, const BoardProfile& target) {
  return board.core == target.core ? target : board;
}

Expected<void> MeasureOnBoards(const FinalistOptions& options, const FinalistPorts& ports,
                               const CandidateBuild& build, CandidateRecord* record,
                               const StopToken& stop) {
  if (ports.boards == nullptr || options.boards.empty()) return {};
  record->boards.clear();
  record->board = HeadlineBoard(options.target, options.boards);
  const auto requests = LinkImages(options, ports.build_firmware, build, record);
  if (!requests) return requests.error();
  Expected<std::vector<MeasurementOutcome>> outcomes = std::vector<MeasurementOutcome>();
  if (!requests->empty()) outcomes = ports.boards->Measure(*requests, stop);
  if (!outcomes) return outcomes.error();
  MCUNAS_CHECK(outcomes->size() == requests->size(), "one outcome per request");
  for (size_t i = 0; i < outcomes->size(); ++i) {
    const BoardProfile& board = BoardNamed(options.boards, (*requests)[i].board);
    BoardResult& result = record->boards[board.name];
    if (const auto* failure = std::get_if<BoardFailure>(&(*outcomes)[i])) {
      result.failure =
          BlamesCandidate(failure->kind) ? FailureClass::kCandidate : FailureClass::kInfrastructure;
      result.failure_reason = TextOf(*failure);
      continue;
    }
    const Measurement& measurement = std::get<Measurement>((*outcomes)[i]);
    StoreMeasurement(
        measurement,
        LatencyMs(build.quantized.network, measurement, ClockOf(board, options.target)), &result);
    auto saved = ports.study->SaveMeasurement(record->hash, measurement);
    if (!saved) return saved;
  }
  FailByBoards(record);
  return {};
}

}  // namespace mcunas
