// The `data:` and `supernet:` sections. No LibTorch here.
#pragma once

#include <cstdint>
#include <string>

namespace mcunas {

class ConfigVisitor;  // common/config.h

struct DataConfig {
  std::string kind = "synthetic";  // synthetic, cifar10, fashion_mnist, image_folder
  std::string root;                // folder of the files; not used by synthetic
  int64_t holdout = 5000;          // training images set apart for the search
  int64_t train_limit = 0;         // use only the first n training images; 0 = all
  int64_t synthetic_train = 8000;
  int64_t synthetic_test = 1000;
  int64_t synthetic_size = 32;  // pixels, height = width
};
void Describe(ConfigVisitor& visitor, DataConfig& config);

struct SupernetConfig {
  int64_t epochs = 30;
  int64_t warmup_epochs = 0;  // only the largest network; counted within epochs
  int64_t batch = 128;
  double learning_rate = 0.1;  // per 256 images, cosine to zero
  double momentum = 0.9;
  double weight_decay = 4e-5;
  double label_smoothing = 0.1;
  double ema_decay = 0.999;         // 0 = off
  int64_t sandwich_random = 2;      // random sub-networks beside the largest and the smallest
  std::string distill = "inplace";  // inplace, none
  bool kernel_transform = false;    // learned transform of the cropped kernels (Once-for-all)
  bool augment_flip = true;
  int64_t augment_crop = 4;        // pixels of padding for random crops
  int64_t augment_cutout = 8;      // side of the square; 0 = off
  int64_t bn_images = 1280;        // images for batch-norm recalibration per candidate
  std::string device = "auto";     // auto, cpu, cuda
  std::string precision = "auto";  // auto (bf16 on cuda), float32
  int64_t checkpoint_every = 1;    // epochs
  int64_t threads = 0;             // 0 = all cores
};
void Describe(ConfigVisitor& visitor, SupernetConfig& config);

}  // namespace mcunas
