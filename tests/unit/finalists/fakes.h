// A workshop for finalists without training and without boards: small random float networks, an
// assembler that writes a file, boards that do as they are told.
#pragma once

#include <gtest/gtest.h>
#include <unistd.h>

#include <cmath>
#include <filesystem>
#include <functional>
#include <map>
#include <string>
#include <vector>

#include "common/file.h"
#include "common/random.h"
#include "common/stop.h"
#include "nas/evaluate/memory_study.h"
#include "nas/evaluate/weights_source.h"
#include "nas/finalists/finalist_setup.h"
#include "nas/space/architecture.h"
#include "nas/space/enumerate.h"
#include "nas/space/lower.h"
#include "nas/space/space_config.h"
#include "network/hash_network.h"
#include "network/image_batch.h"
#include "network/operator_counts.h"

namespace mcunas::testing {

inline SpaceConfig TinySpace() {
  SpaceConfig space;
  space.width = {0.5, 1.0};
  space.resolution = {8};
  space.kernel = {3, 5};
  space.expand = {1, 2};
  space.depth = {1};
  space.stem_channels = 4;
  space.stem_stride = 2;
  space.stages = {{8, 2}};
  return space;
}

// The first `count` architectures of the space, as a search would hand them over.
inline std::vector<CandidateRecord> Candidates(size_t count) {
  const std::vector<Architecture> all = Enumerate(TinySpace(), 1000).value();
  std::vector<CandidateRecord> records;
  for (const Architecture& architecture : all) {
    if (records.size() == count) break;
    CandidateRecord& record = records.emplace_back();
    record.index = static_cast<int64_t>(records.size()) - 1;
    record.architecture = architecture;
    record.hash = NetworkHash(Lower(TinySpace(), {}, architecture));
    record.metrics[metric::kAccuracy] = {0.5, "ratio", Source::kMeasured};
  }
  return records;
}

inline std::vector<float> RandomFloats(RandomStream* random, int64_t count, double deviation) {
  std::vector<float> values(static_cast<size_t>(count));
  for (float& value : values) value = static_cast<float>(deviation * random->Normal());
  return values;
}

// Random weights and images; the same question gets the same answer.
class FakeWeights : public WeightsSource {
 public:
  Expected<FloatNetwork> Extract(const Architecture& architecture, const WeightsRecipe& recipe,
                                 const StopToken&) override {
    recipes_.push_back(recipe);
    FloatNetwork result{Lower(TinySpace(), {}, architecture), {}};
    RandomStream random(static_cast<uint64_t>(recipe.epochs), "weights",
                        ArchitectureToJson(architecture));
    for (const Operator& op : result.network.operators) {
      FloatParameters parameters;
      parameters.weights = RandomFloats(&random, OperatorWeights(op), 0.5);
      parameters.bias = RandomFloats(&random, OperatorBiases(op), 0.1);
      result.parameters.push_back(std::move(parameters));
    }
    return result;
  }
  // Tells networks apart; the test split is harder.
  Expected<ScoreResult> FloatScore(const FloatNetwork& network, DataSplit split) override {
    const double score =
        0.5 + 0.4 * std::abs(std::sin(static_cast<double>(network.parameters[0].weights[0])));
    return split == DataSplit::kHoldout ? ScoreResult{score, holdout_}
                                        : ScoreResult{score - 0.1, 40};
  }
  Expected<ImageBatch> CalibrationImages(const Resolution& resolution, int count) override {
    ImageBatch images = RandomImages(resolution, count, "calibration");
    images.labels.clear();
    return images;
  }
  Expected<ImageBatch> Images(DataSplit split, const Resolution& resolution) override {
    if (split == DataSplit::kHoldout) return RandomImages(resolution, holdout_, "hold-out");
    if (++tests_ == interrupted_test_) return Error{ErrorCode::kInterrupted, "killed"};
    return RandomImages(resolution, 40, "test");
  }

  std::vector<WeightsRecipe> recipes_;  // of every extraction
  int holdout_ = 60;
  int tests_ = 0;
  int interrupted_test_ = 0;  // from 1; 0: none

 private:
  static ImageBatch RandomImages(const Resolution& resolution, int count, const char* name) {
    RandomStream random(1, name);
    ImageBatch images;
    images.count = count;
    images.shape = {resolution.height, resolution.width, 3};
    images.pixels = RandomFloats(&random, count * images.shape.elements(), 1);
    for (int i = 0; i < count; ++i) images.labels.push_back(static_cast<int>(random.Below(10)));
    return images;
  }
};

// Every board works unless it has an outcome of its own.
class FakeBoards : public LatencyEvaluator {
 public:
  Expected<std::vector<MeasurementOutcome>> Measure(std::span<const MeasurementRequest> batch,
                                                    const StopToken&) override {
    std::vector<MeasurementOutcome> outcomes;
    for (const MeasurementRequest& request : batch) {
      if (static_cast<int>(requests_.size()) + 1 == interrupted_request_) {
        interrupted_request_ = 0;
        return Error{ErrorCode::kInterrupted, "killed"};
      }
      requests_.push_back(request);
      const auto failure = failures_.find(request.board);
      const bool fails = failure != failures_.end();
      outcomes.push_back(fails ? MeasurementOutcome(failure->second) : Works(request));
    }
    return outcomes;
  }

  // Ticks tell board and network apart.
  static Measurement Works(const MeasurementRequest& request) {
    Measurement measurement;
    measurement.board = request.board;
    measurement.unit = "instructions";
    measurement.ticks = {static_cast<int64_t>(1000 + HashBytes(request.board).low % 1000 +
                                              1000 * (request.network_hash.low % 1000))};
    measurement.operator_ticks = {7, 8};
    measurement.stack_peak_bytes = static_cast<int64_t>(100 + request.board.size());
    return measurement;
  }

  std::map<std::string, BoardFailure> failures_;  // by board
  std::vector<MeasurementRequest> requests_;      // that were answered
  int interrupted_request_ = 0;                   // from 1; 0: none
};

inline BoardProfile Board(const std::string& name, Core core = Core::kCortexM4) {
  BoardProfile board;
  board.name = name;
  board.core = core;
  board.clock_hz = 100'000'000;
  board.sram = {{"sram", 0x20000000, 256 * 1024, 0}};
  board.flash_bytes = 1024 * 1024;
  return board;
}

// Fakes behind every port and a folder that goes when the test ends.
class Workshop : public ::testing::Test {
 protected:
  Workshop() {
    folder_ = std::filesystem::path(::testing::TempDir()) /
              ("finalists_" + std::to_string(getpid()) + "_" +
               ::testing::UnitTest::GetInstance()->current_test_info()->name());
    std::filesystem::create_directories(folder_);
    options_.space = TinySpace();
    options_.task = ImageClassification({});
    options_.calibration_images = 8;
    options_.target = Board("target");
    options_.target.virtual_equivalent = "virtual";
    options_.boards = {Board("virtual")};
    options_.threads = 2;
    options_.run_folder = folder_.string();
    options_.run_key = "run";
    ports_.weights = &weights_;
    ports_.boards = &boards_;
    ports_.study = &study_;
    ports_.build_firmware = [this](const FirmwareRequest& request) { return Assemble(request); };
  }
  ~Workshop() override { std::filesystem::remove_all(folder_); }

  // A file in place of the cross compiler's work; flash tells the boards apart.
  Expected<FirmwareImage> Assemble(const FirmwareRequest& request) {
    assembled_.push_back(request.board);
    if (request.board.name == does_not_link_)
      return Error{ErrorCode::kInfeasible, "flash overflows by 8 bytes"};
    FirmwareImage image;
    image.elf_path = request.work_folder + "/image.elf";
    if (auto written = WriteFileAtomically(image.elf_path, request.board.name); !written)
      return written.error();
    image.flash = Bytes(static_cast<int64_t>(request.board.name.size()) * 1024);
    return image;
  }

  std::filesystem::path folder_;
  FakeWeights weights_;
  FakeBoards boards_;
  MemoryStudy study_;
  StopToken stop_;
  FinalistOptions options_;
  FinalistPorts ports_;
  std::string does_not_link_;  // name of a board
  std::vector<BoardProfile> assembled_;
};

}  // namespace mcunas::testing
