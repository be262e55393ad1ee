#include "nas/finalists/finalists.h"

#include <fmt/format.h>

#include <utility>

#include "common/file.h"
#include "common/log.h"

namespace mcunas {
namespace {

// Enough held-out images to see an int8 accident during the search; the final ranking uses all of
// them.
constexpr int kRoundImages = 500;

void FailCandidate(CandidateRecord* record, const std::string& reason) {
  record->failure = FailureClass::kCandidate;
  record->failure_reason = reason;
}

ImageBatch FirstImages(ImageBatch images, int count) {
  if (images.count <= count) return images;
  images.count = count;
  images.pixels.resize(static_cast<size_t>(images.shape.elements() * count));
  images.labels.resize(static_cast<size_t>(count));
  return images;
}

void StoreMeasurement(const Measurement& measurement, const BoardProfile& target,
                      CandidateRecord* record) {
  const Source source = measurement.source;
  auto& metrics = record->metrics;
  metrics[metric::kTicks] = {static_cast<double>(measurement.median_ticks()), measurement.unit,
                             source};
  metrics[metric::kLatency] = {LatencyMs(measurement, target), "ms", source};
  metrics[metric::kStack] = {static_cast<double>(measurement.stack_peak_bytes), "bytes", source};
  record->ticks = measurement.ticks;
  record->operator_ticks = measurement.operator_ticks;
}

class BenchFinalists : public FinalistEvaluator {
 public:
  explicit BenchFinalists(const FinalistContext& context) : context_(context) {}

  Expected<void> Evaluate(std::span<CandidateRecord* const> finalists, int round,
                          const StopToken& stop) override {
    for (CandidateRecord* record : finalists) {
      if (stop.stop_requested()) return Error{ErrorCode::kInterrupted, "stopped between finalists"};
      if (auto done = EvaluateOne(record, stop); !done) return done;
      LogInfo(fmt::format("round {}: {} measured", round, record->hash.Short()),
              {{"candidate", record->hash.Hex()}});
    }
    return {};
  }

 private:
  Expected<void> EvaluateOne(CandidateRecord* record, const StopToken& stop) {
    const int resolution = record->architecture.resolution;
    auto weights = context_.supernet.Extract(record->architecture, 0, stop);
    if (!weights) return weights.error();
    auto calibration = context_.supernet.CalibrationImages(
        resolution, static_cast<int>(context_.config.evaluate.calibration_images));
    if (!calibration) return calibration.error();
    const std::string folder = context_.run_folder + "/candidates/" + record->hash.Short();
    auto written = WriteFileAtomically(folder + "/architecture.json",
                                       ArchitectureToJson(record->architecture) + "\n");
    if (!written) return written;
    auto build = BuildCandidate(*weights, *calibration, BuildOptionsOf(context_), folder);
    if (!build) return build.error();
    auto images = context_.supernet.Images(DataSplit::kHoldout, resolution);
    if (!images) return images.error();
    const double accuracy = Int8Accuracy(*build, FirstImages(std::move(*images), kRoundImages), 2);
    record->metrics[metric::kInt8Accuracy] = {accuracy, "ratio", Source::kMeasured};
    return MeasureOnBench(context_, *build, *calibration, record, stop);
  }

  FinalistContext context_;
};

}  // namespace

std::unique_ptr<FinalistEvaluator> MakeFinalistEvaluator(const FinalistContext& context) {
  return std::make_unique<BenchFinalists>(context);
}

BuildOptions BuildOptionsOf(const FinalistContext& context) {
  return {context.config.evaluate.rounding, context.config.plan,
          LimitsOf(context.config, context.target)};
}

double LatencyMs(const Measurement& measurement, const BoardProfile& target) {
  const double ticks = static_cast<double>(measurement.median_ticks());
  if (measurement.source == Source::kMeasured && measurement.clock_hz > 0) {
    return 1e3 * ticks / static_cast<double>(measurement.clock_hz);
  }
  return 1e3 * ticks * target.cycles_per_instruction / static_cast<double>(target.clock_hz);
}

Expected<void> MeasureOnBench(const FinalistContext& context, const CandidateBuild& build,
                              const ImageBatch& calibration, CandidateRecord* record,
                              const StopToken& stop) {
  if (context.bench == nullptr) return {};
  std::vector<MeasurementRequest> requests;
  for (const std::string& name : context.config.bench.boards) {
    auto board = LoadBoardProfile(name);
    if (!board) return board.error();
    const MemoryLimits limits = LimitsOf(context.config, context.target);
    auto image = BuildMeasurableImage(
        build, calibration,
        {*board, limits.sram, static_cast<int>(context.config.bench.repetitions), context.run_key});
    if (!image && image.error().code == ErrorCode::kInfeasible) {
      FailCandidate(record, image.error().message);
      return {};
    }
    if (!image) return image.error();
    record->metrics["image_flash_bytes"] = {static_cast<double>(image->image.flash.value), "bytes",
                                            Source::kMeasured};
    requests.push_back(std::move(image->request));
  }
  const auto outcomes = context.bench->Measure(requests, stop);
  if (!outcomes) return outcomes.error();
  for (const MeasurementOutcome& outcome : *outcomes) {
    if (const auto* failure = std::get_if<MeasurementFailure>(&outcome)) {
      record->failure = failure->failure;
      record->failure_reason = failure->kind + ": " + failure->message;
      continue;
    }
    const Measurement& measurement = std::get<Measurement>(outcome);
    StoreMeasurement(measurement, context.target, record);
    if (auto saved = context.study.SaveMeasurement(record->hash, measurement); !saved) return saved;
  }
  return {};
}

}  // namespace mcunas
