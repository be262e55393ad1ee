#include "nas/finalists/finalist_steps.h"

#include <utility>

#include "common/file.h"
#include "nas/evaluate/weights_source.h"
#include "nas/finalists/board_measurements.h"
#include "network/image_batch.h"

namespace mcunas {
namespace {

// Enough held-out images to see an int8 accident during the search; the final ranking uses all of
// them.
constexpr int kRoundImages = 500;

ImageBatch FirstImages(ImageBatch images, int count) {
  if (count == 0 || images.count <= count) return images;
  images.count = count;
  images.pixels.resize(static_cast<size_t>(images.shape.elements() * count));
  images.labels.resize(static_cast<size_t>(count));
  return images;
}

}  // namespace

FinalistStage RoundStage(const FinalistOptions& options) {
  return {.holdout_images = kRoundImages, .score_name = options.task.score.round_int8_name()};
}

FinalistStage FinalStage(const FinalistOptions& options) {
  return {.score_name = options.task.score.int8_name()};
}

Expected<CandidateBuild> BuildFinalist(const FinalistOptions& options, const FinalistPorts& ports,
                                       const FinalistStage& stage, const CandidateRecord& record,
                                       const StopToken& stop) {
  const std::string folder = options.run_folder + "/" + stage.folder + "/" + record.hash.Short();
  auto written = WriteFileAtomically(folder + "/architecture.json",
                                     ArchitectureToJson(record.architecture) + "\n");
  if (!written) return written.error();
  auto weights = ports.weights->Extract(record.architecture, stage.recipe, stop);
  if (!weights) return weights.error();
  auto calibration =
      ports.weights->CalibrationImages(record.architecture.resolution, options.calibration_images);
  if (!calibration) return calibration.error();
  return BuildCandidate(*weights, *calibration, {options.rounding, options.plan, options.limits},
                        folder);
}

Expected<CandidateBuild> EvaluateFinalist(const FinalistOptions& options,
                                          const FinalistPorts& ports, const FinalistStage& stage,
                                          CandidateRecord* record, const StopToken& stop) {
  auto build = BuildFinalist(options, ports, stage, *record, stop);
  if (!build) return build;
  auto images = ports.weights->Images(DataSplit::kHoldout, record->architecture.resolution);
  if (!images) return images.error();
  const ImageBatch judged = FirstImages(std::move(*images), stage.holdout_images);
  const ScoreResult result = Int8Score(*build, options.task, judged, options.threads);
  build->judged = result.outcomes;
  record->metrics[stage.score_name] = {result.score, options.task.score.unit, Source::kMeasured};
  record->metrics[Score::count_name(stage.score_name)] = {static_cast<double>(judged.count),
                                                          "images", Source::kMeasured};
  if (auto done = MeasureOnBoards(options, ports, *build, record, stop); !done) return done.error();
  return build;
}

}  // namespace mcunas
