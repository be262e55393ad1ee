// The `data:` and `supernet:` sections. No LibTorch here.
#pragma once

#include <cstdint>
#include <string>

#include "common/named.h"

namespace mcunas {

class ConfigVisitor;  // common/config.h

enum class DataKind { kSynthetic, kCifar10, kFashionMnist, kImageFolder };
inline constexpr Named<DataKind> kDataKinds[] = {{DataKind::kSynthetic, "synthetic"},
                                                 {DataKind::kCifar10, "cifar10"},
                                                 {DataKind::kFashionMnist, "fashion_mnist"},
                                                 {DataKind::kImageFolder, "image_folder"}};

struct DataConfig {
  DataKind kind = DataKind::kSynthetic;
  std::string root;         // folder of the files; not used by synthetic
  int64_t holdout = 5000;   // training images set apart for the search
  int64_t train_limit = 0;  // use only the first n training images; 0 = all
  int64_t synthetic_train = 8000;
  int64_t synthetic_test = 1000;
  int64_t synthetic_size = 32;  // pixels, height = width
};
void Describe(ConfigVisitor& visitor, DataConfig& config);

// What sub-networks learn from.
enum class Distillation {
  kInplace,  // the largest network's output, by cross entropy
  kAlpha,    // the same, by adaptive alpha-divergence
  kNone,     // the labels
};
inline constexpr Named<Distillation> kDistillations[] = {{Distillation::kInplace, "inplace"},
                                                         {Distillation::kAlpha, "alpha"},
                                                         {Distillation::kNone, "none"}};

// How many random networks a step trains.
enum class SandwichFill {
  kNumber,  // sandwich_random
  kWork,    // so many at least, and more until their MACs are those of the largest
};
inline constexpr Named<SandwichFill> kSandwichFills[] = {{SandwichFill::kNumber, "number"},
                                                         {SandwichFill::kWork, "work"}};

// Which networks the random ones of a step are drawn from.
enum class NetworkSample {
  kUniform,   // the whole space
  kFeasible,  // those that keep the limits of the search
};
inline constexpr Named<NetworkSample> kNetworkSamples[] = {{NetworkSample::kUniform, "uniform"},
                                                           {NetworkSample::kFeasible, "feasible"}};

// What leads a step and teaches its others.
enum class SandwichTop {
  kSpace,   // the largest network of the space
  kLimits,  // the one with the most MACs that keeps the limits of the search
};
inline constexpr Named<SandwichTop> kSandwichTops[] = {{SandwichTop::kSpace, "space"},
                                                       {SandwichTop::kLimits, "limits"}};

enum class TrainDevice { kAuto, kCpu, kCuda };
inline constexpr Named<TrainDevice> kTrainDevices[] = {
    {TrainDevice::kAuto, "auto"}, {TrainDevice::kCpu, "cpu"}, {TrainDevice::kCuda, "cuda"}};

enum class Precision {
  kAuto,  // bfloat16 on CUDA, float32 elsewhere
  kFloat32,
};
inline constexpr Named<Precision> kPrecisions[] = {{Precision::kAuto, "auto"},
                                                   {Precision::kFloat32, "float32"}};

struct SupernetConfig {
  int64_t epochs = 30;
  int64_t warmup_epochs = 0;  // only the largest network; counted within epochs
  int64_t batch = 128;
  double learning_rate = 0.1;  // per 256 images, cosine to zero
  double momentum = 0.9;
  double weight_decay = 4e-5;
  double label_smoothing = 0.1;
  double ema_decay = 0.999;     // 0 = off
  int64_t sandwich_random = 2;  // random sub-networks beside the largest and the smallest
  SandwichFill sandwich_fill = SandwichFill::kNumber;
  NetworkSample sample = NetworkSample::kUniform;
  SandwichTop sandwich_top = SandwichTop::kSpace;
  bool sort_channels = false;  // hidden ones, by importance, when the warm-up ends
  Distillation distill = Distillation::kInplace;
  double distill_temperature = 1;  // of both outputs
  bool kernel_transform = false;   // learned transform of the cropped kernels (Once-for-all)
  bool augment_flip = true;
  int64_t augment_crop = 4;    // pixels of padding for random crops
  int64_t augment_cutout = 8;  // side of the square; 0 = off
  int64_t bn_images = 1280;    // images for batch-norm recalibration per candidate
  TrainDevice device = TrainDevice::kAuto;
  Precision precision = Precision::kAuto;
  int64_t checkpoint_every = 1;  // epochs
  int64_t threads = 0;           // 0 = all cores
};
void Describe(ConfigVisitor& visitor, SupernetConfig& config);

// The same training at any speed: equal where configs differ only in device, threads and how often
// they keep a checkpoint.
SupernetConfig WithoutSpeed(SupernetConfig config);

// Whether other limits make another training.
bool DependsOnLimits(const SupernetConfig& config);

}  // namespace mcunas
