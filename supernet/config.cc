#include "supernet/config.h"

#include "common/config.h"

namespace mcunas {

void Describe(ConfigVisitor& v, DataConfig& c) {
  v.Enum("kind", c.kind, kDataKinds, {"what the images are", ""});
  v.Path("root", c.root,
         {"folder of the data files, relative to this file; not used by synthetic", ""});
  v.Integer("holdout", c.holdout, {1, 10'000'000},
            {"training images set apart to compare networks during the search", "images"});
  v.Integer("train_limit", c.train_limit, {0, 100'000'000},
            {"use only the first n training images; 0 = all", "images"});
  v.Integer("synthetic_train", c.synthetic_train, {2, 1'000'000},
            {"training images of the synthetic task, hold-out included", "images"});
  v.Integer("synthetic_test", c.synthetic_test, {1, 1'000'000},
            {"test images of the synthetic task", "images"});
  v.Integer("synthetic_size", c.synthetic_size, {8, 256},
            {"height and width of the synthetic images", "pixels"});
  v.Require(c.kind == DataKind::kSynthetic || !c.root.empty(), "root",
            "must name the folder of the data files");
  v.Require(c.kind != DataKind::kSynthetic || c.holdout < c.synthetic_train, "holdout",
            "must be smaller than synthetic_train");
}

void Describe(ConfigVisitor& v, SupernetConfig& c) {
  v.Integer("epochs", c.epochs, {1, 100'000}, {"passes over the training images", "epochs"});
  v.Integer("warmup_epochs", c.warmup_epochs, {0, 100'000},
            {"first epochs that train only the largest network; counted within epochs", "epochs"});
  v.Integer("batch", c.batch, {2, 65'536}, {"images per step", "images"});
  v.Real("learning_rate", c.learning_rate, {1e-9, 1e3},
         {"per 256 images; cosine to zero after a short linear rise", ""});
  v.Real("momentum", c.momentum, {0, 0.9999}, {"Nesterov momentum of SGD", ""});
  v.Real("weight_decay", c.weight_decay, {0, 1}, {"on weights; not on batch norm and biases", ""});
  v.Real("label_smoothing", c.label_smoothing, {0, 0.9}, {"share of the target spread evenly", ""});
  v.Real("ema_decay", c.ema_decay, {0, 0.999999},
         {"moving average of the weights used for evaluation and export; 0 = off", ""});
  v.Integer("sandwich_random", c.sandwich_random, {0, 64},
            {"random sub-networks per step beside the largest and the smallest", "networks"});
  v.Enum("sandwich_fill", c.sandwich_fill, kSandwichFills,
         {"random sub-networks per step: that number, or more until their MACs add up to the "
          "largest's, at most 16 draws",
          ""});
  v.Enum("sample", c.sample, kNetworkSamples,
         {"draw random sub-networks from the whole space, or until they keep the limits", ""});
  v.Enum("sandwich_top", c.sandwich_top, kSandwichTops,
         {"the largest network of a step: of the space, or of those within the limits", ""});
  v.Boolean(
      "sort_channels", c.sort_channels,
      {"when the warm-up ends, put the hidden channels with the largest weights first, so that "
       "small sub-networks get them",
       ""});
  v.Enum("distill", c.distill, kDistillations,
         {"sub-networks learn from the largest network's output, by cross entropy or by "
          "alpha-divergence (AlphaNet), or from the labels",
          ""});
  v.Real(
      "distill_temperature", c.distill_temperature, {0.05, 100},
      {"divides both outputs before they are compared; more than 1 shows small differences", ""});
  v.Boolean("kernel_transform", c.kernel_transform,
            {"learn a transform of the cropped kernels (Once-for-all)", ""});
  v.Boolean("augment_flip", c.augment_flip, {"random horizontal flips", ""});
  v.Integer("augment_crop", c.augment_crop, {0, 64}, {"padding for random crops", "pixels"});
  v.Integer("augment_cutout", c.augment_cutout, {0, 256},
            {"side of a randomly erased square; 0 = off", "pixels"});
  v.Integer("bn_images", c.bn_images, {2, 10'000'000},
            {"training images that recalibrate batch norm for every candidate", "images"});
  v.Enum("device", c.device, kTrainDevices, {"where to train; auto = GPU if any", ""});
  v.Enum("precision", c.precision, kPrecisions,
         {"auto = bfloat16 mixed precision on CUDA, float32 on CPU", ""});
  v.Integer("checkpoint_every", c.checkpoint_every, {1, 100'000},
            {"between checkpoints", "epochs"});
  v.Integer("threads", c.threads, {0, 1024}, {"of the CPU; 0 = all cores", "threads"});
  v.Require(c.warmup_epochs <= c.epochs, "warmup_epochs", "must not exceed epochs");
  v.Require(!c.sort_channels || c.warmup_epochs > 0, "sort_channels",
            "needs warmup_epochs: before any training all channels are alike");
}

SupernetConfig WithoutSpeed(SupernetConfig config) {
  const SupernetConfig defaults;
  config.device = defaults.device;
  config.threads = defaults.threads;
  config.checkpoint_every = defaults.checkpoint_every;
  return config;
}

bool DependsOnLimits(const SupernetConfig& config) {
  return config.sample == NetworkSample::kFeasible || config.sandwich_top == SandwichTop::kLimits;
}

}  // namespace mcunas
