#include "nas/finalists/board_measurements.h"

#include <vector>

#include "nas/evaluate/cycle_estimate.h"

namespace mcunas {
namespace {

void FailCandidate(CandidateRecord* record, const std::string& reason) {
  record->failure = FailureClass::kCandidate;
  record->failure_reason = reason;
}

void StoreMeasurement(const Measurement& measurement, double milliseconds,
                      CandidateRecord* record) {
  const Source source = measurement.source;
  auto& metrics = record->metrics;
  metrics[metric::kTicks] = {static_cast<double>(measurement.median_ticks()), measurement.unit,
                             source};
  metrics[metric::kLatency] = {milliseconds, "ms", source};
  metrics[metric::kStack] = {static_cast<double>(measurement.stack_peak_bytes), "bytes", source};
  record->ticks = measurement.ticks;
  record->operator_ticks = measurement.operator_ticks;
}

}  // namespace

Expected<void> MeasureOnBoards(const FinalistOptions& options, const FinalistPorts& ports,
                               const CandidateBuild& build, CandidateRecord* record,
                               const StopToken& stop) {
  if (ports.boards == nullptr) return {};
  std::vector<MeasurementRequest> requests;
  for (const BoardProfile& board : options.boards) {
    auto image = BuildMeasurableImage(
        build, {board, options.limits.sram, options.repetitions, options.run_key},
        ports.build_firmware);
    if (!image && image.error().code == ErrorCode::kInfeasible) {
      FailCandidate(record, image.error().message);
      return {};
    }
    if (!image) return image.error();
    record->metrics["image_flash_bytes"] = {static_cast<double>(image->image.flash.value), "bytes",
                                            Source::kMeasured};
    requests.push_back(std::move(image->request));
  }
  const auto outcomes = ports.boards->Measure(requests, stop);
  if (!outcomes) return outcomes.error();
  for (const MeasurementOutcome& outcome : *outcomes) {
    if (const auto* failure = std::get_if<BoardFailure>(&outcome)) {
      record->failure =
          BlamesCandidate(failure->kind) ? FailureClass::kCandidate : FailureClass::kInfrastructure;
      record->failure_reason = TextOf(*failure);
      continue;
    }
    const Measurement& measurement = std::get<Measurement>(outcome);
    StoreMeasurement(measurement, LatencyMs(build.quantized.network, measurement, options.target),
                     record);
    auto saved = ports.study->SaveMeasurement(record->hash, measurement);
    if (!saved) return saved;
  }
  return {};
}

}  // namespace mcunas
