#include "nas/finalists/candidate_build.h"

#include <algorithm>
#include <utility>

#include "common/check.h"
#include "common/file.h"
#include "common/hash.h"
#include "engine/quantize/quantize.h"
#include "engine/reference/interpreter.h"
#include "engine/tflite/write_tflite.h"
#include "memory_model/report/plan_format.h"
#include "memory_model/report/plan_json.h"
#include "network/hash_network.h"
#include "network/image_batch.h"
#include "network/json_write.h"

namespace mcunas {
namespace {

constexpr int kSelfCheckImages = 4;

std::vector<int8_t> InputOf(const QuantizedNetwork& network, const ImageBatch& images, int index) {
  const int64_t size = images.shape.elements();
  ImageBatch one{.count = 1, .shape = images.shape, .pixels = {}, .labels = {}};
  const auto first = images.pixels.begin() + index * size;
  one.pixels.assign(first, first + size);
  return QuantizeImages(one, network.input);
}

// Generated code and interpreter share nothing but the network: any difference is a bug of ours.
void CheckAgainstReference(const CandidateBuild& build, const ImageBatch& images) {
  for (int i = 0; i < std::min(images.count, kSelfCheckImages); ++i) {
    const std::vector<int8_t> input = InputOf(build.quantized, images, i);
    MCUNAS_CHECK(build.host.Run(input) == RunReference(build.quantized, input),
                 "generated code of " + NetworkHash(build.quantized.network).Short() +
                     " differs from the reference interpreter");
  }
}

Expected<void> WriteArtefacts(const CandidateBuild& build) {
  const Network& network = build.quantized.network;
  auto written = WriteFileAtomically(build.folder + "/plan.json",
                                     PlanToJson(network, build.plan, build.memory));
  if (!written) return written;
  written = WriteFileAtomically(build.folder + "/network.json", NetworkToJson(network));
  if (!written) return written;
  written = WriteBytesAtomically(build.folder + "/model.tflite", WriteTflite(build.quantized));
  if (!written) return written;
  return WriteSources(build.sources, build.folder + "/c");
}

// What the bytes of one or more inferences stand for.
std::vector<float> RealOutputs(const QuantizedNetwork& network, std::span<const int8_t> bytes) {
  std::vector<TensorQuantization> of_byte;  // of one inference
  for (const int tensor : OutputTensors(network.network)) {
    const auto size = static_cast<size_t>(network.network.tensor_shape(tensor).elements());
    of_byte.insert(of_byte.end(), size, network.tensor(tensor));
  }
  std::vector<float> real;
  for (size_t i = 0; i < bytes.size(); ++i) {
    const TensorQuantization& q = of_byte[i % of_byte.size()];
    real.push_back(q.scale * static_cast<float>(bytes[i] - q.zero_point));
  }
  return real;
}

}  // namespace

Expected<CandidateBuild> BuildCandidate(const FloatNetwork& weights, const ImageBatch& calibration,
                                        const BuildOptions& options, const std::string& folder) {
  auto quantized =
      Quantize(weights, calibration, {.rounding = options.rounding, .range_percentile = 0.0});
  if (!quantized) return quantized.error();
  ExecutionPlan plan = ChoosePlan(quantized->network, options.plan, options.limits);
  MemoryReport memory = ReportMemory(quantized->network, plan);
  auto sources = EmitC(*quantized, plan);
  if (!sources) return sources.error();
  auto host = HostNetwork::Build(*sources, folder + "/host");
  if (!host) return host.error();
  std::vector<int8_t> test_input = InputOf(*quantized, calibration, 0);
  CandidateBuild build{weights,
                       std::move(*quantized),
                       std::move(plan),
                       std::move(memory),
                       std::move(*sources),
                       std::move(*host),
                       std::move(test_input),
                       {},
                       folder};
  CheckAgainstReference(build, calibration);
  if (auto written = WriteArtefacts(build); !written) return written.error();
  return build;
}

ScoreResult Int8Score(const CandidateBuild& build, const Task& task, const ImageBatch& images,
                      int threads) {
  if (images.count == 0) return {task.score.worst, 0};
  const std::vector<int8_t> inputs = QuantizeImages(images, build.quantized.input);
  const std::vector<int8_t> bytes = RunAll(build.host, inputs, images.shape.elements(), threads);
  const std::vector<float> outputs = RealOutputs(build.quantized, bytes);
  return {task.decode(outputs, images.labels), images.count,
          task.judge ? task.judge(outputs, images.labels) : Outcomes()};
}

Expected<MeasurableImage> BuildMeasurableImage(const CandidateBuild& build,
                                               const ImageOptions& options,
                                               const BuildFirmwareFn& build_firmware) {
  FirmwareRequest firmware;
  firmware.sources = build.sources;
  firmware.network_hash = NetworkHash(build.quantized.network);
  firmware.board = options.board;
  if (options.sram_limit.value > 0 && !firmware.board.sram.empty()) {
    MemoryRegion& region = firmware.board.sram.front();
    region.size_bytes = std::min(region.size_bytes, options.sram_limit.value);
  }
  firmware.test_input = build.test_input;
  firmware.golden_output = RunReference(build.quantized, firmware.test_input);
  firmware.operator_count = build.quantized.network.operator_count();
  firmware.repetitions = options.repetitions;
  firmware.work_folder = build.folder + "/firmware-" + options.board.name;
  auto image = build_firmware(firmware);
  if (!image) return image.error();

  MeasurementRequest request;
  request.network_hash = firmware.network_hash;
  request.board = options.board.name;
  request.elf_path = image->elf_path;
  request.golden_output.assign(firmware.golden_output.begin(), firmware.golden_output.end());
  request.repetitions = options.repetitions;
  const auto elf = ReadFile(image->elf_path);
  if (!elf) return elf.error();
  request.idempotency_key = options.key_prefix + "-" + options.board.name + "-" +
                            request.network_hash.Short() + "-" + HashBytes(*elf).Short();
  return MeasurableImage{std::move(*image), std::move(request)};
}

}  // namespace mcunas
