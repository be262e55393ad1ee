// From trained weights to everything that is shipped or measured: int8, plan, C, .tflite, host
// code, ELF.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "common/expected.h"
#include "engine/codegen/emit_c.h"
#include "engine/toolchain/firmware_image.h"
#include "engine/toolchain/host_library.h"
#include "memory_model/board_profile.h"
#include "memory_model/limits.h"
#include "memory_model/memory_model.h"
#include "memory_model/planner/plan_choice.h"
#include "nas/evaluate/measurement.h"
#include "nas/evaluate/score_result.h"
#include "nas/evaluate/task.h"
#include "network/float_network.h"
#include "network/image_batch.h"
#include "network/quantized_network.h"

namespace mcunas {

// One network, compiled. Owns the loaded host code.
struct CandidateBuild {
  FloatNetwork weights;  // what was quantised
  QuantizedNetwork quantized;
  ExecutionPlan plan;
  MemoryReport memory;
  GeneratedSources sources;
  HostNetwork host;
  std::vector<int8_t> test_input;  // of measuring images: the first calibration image
  Outcomes judged;                 // what EvaluateFinalist saw of its images; else empty
  std::string folder;  // where architecture.json's neighbours lie: c/, model.tflite, plan.json
};

struct BuildOptions {
  RoundingMode rounding = RoundingMode::kTflite;
  PlanConfig plan;  // with the limits: the plan that the search chose
  MemoryLimits limits;
};

// Quantises, plans, generates and compiles for the host; writes plan.json, network.json,
// model.tflite, c/ and host/ to `folder`. Checks the generated code against the reference
// interpreter on calibration images: a difference is our own bug and stops.
Expected<CandidateBuild> BuildCandidate(const FloatNetwork& weights, const ImageBatch& calibration,
                                        const BuildOptions& options, const std::string& folder);

// The task's score of the generated code on labelled images; the worst one where there are none.
ScoreResult Int8Score(const CandidateBuild& build, const Task& task, const ImageBatch& images,
                      int threads);

// The self-measuring image for one board, with SRAM capped at `sram_limit` (0 = the board's own),
// and the request that sends it. Errors as BuildFirmware says them.
struct MeasurableImage {
  FirmwareImage image;
  MeasurementRequest request;
};
struct ImageOptions {
  BoardProfile board;
  Bytes sram_limit;
  int repetitions = 20;
  std::string key_prefix;  // makes idempotency keys unique per run
};
using BuildFirmwareFn = std::function<Expected<FirmwareImage>(const FirmwareRequest&)>;
Expected<MeasurableImage> BuildMeasurableImage(const CandidateBuild& build,
                                               const ImageOptions& options,
                                               const BuildFirmwareFn& build_firmware);

}  // namespace mcunas
