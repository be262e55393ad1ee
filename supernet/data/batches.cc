#include "supernet/data/batches.h"

#include <algorithm>
#include <numeric>

#include "common/index.h"
#include "supernet/data/resize.h"

namespace mcunas {
namespace {

constexpr size_t kAhead = 4;  // batches made before they are asked for

void Normalise(const uint8_t* image, Shape shape, const Normalisation& normalisation, float* out) {
  const auto channels = static_cast<size_t>(shape.channels);
  for (size_t i = 0; i < static_cast<size_t>(shape.elements()); i += channels) {
    for (size_t c = 0; c < channels; ++c) {
      const float pixel = static_cast<float>(image[i + c]);
      out[i + c] = (pixel - normalisation.mean[c]) * normalisation.scale[c];
    }
  }
}

}  // namespace

std::vector<float> NormalisedImages(const TaskData& data, const ImageSet& split, int first,
                                    int count, const Resolution& resolution) {
  Resizer resizer(split.shape, resolution.height, resolution.width);
  const auto size = static_cast<size_t>(resizer.output().elements());
  std::vector<float> native(static_cast<size_t>(split.shape.elements()));
  std::vector<float> result(static_cast<size_t>(count) * size);
  for (int i = 0; i < count; ++i) {
    Normalise(split.image(first + i), split.shape, data.normalisation, native.data());
    resizer.Apply(native.data(), result.data() + static_cast<size_t>(i) * size);
  }
  return result;
}

BatchMaker::BatchMaker(const TaskData* data, BatchOptions options)
    : data_(data), options_(std::move(options)) {
  options_.batch = std::min(options_.batch, data_->train.count());
}

int64_t BatchMaker::steps_per_epoch() const { return data_->train.count() / options_.batch; }

TrainBatch BatchMaker::Make(int64_t epoch, int64_t index, const std::set<Resolution>& resolutions) {
  if (epoch != shuffled_epoch_) {
    order_.resize(data_->train.labels.size());
    std::iota(order_.begin(), order_.end(), 0);
    RandomStream(options_.seed, "shuffle", options_.scope + std::to_string(epoch)).Shuffle(&order_);
    shuffled_epoch_ = epoch;
  }
  RandomStream random(options_.seed, "augment",
                      options_.scope + std::to_string(epoch) + ":" + std::to_string(index));
  const Shape shape = data_->train.shape;
  std::vector<uint8_t> augmented(static_cast<size_t>(shape.elements()));
  std::vector<float> native(augmented.size());
  std::vector<std::pair<Resizer, float*>> outputs;
  TrainBatch batch;
  for (const Resolution& size : resolutions) {
    Resizer resizer(shape, size.height, size.width);
    auto& pixels = batch.pixels[size];
    pixels.resize(static_cast<size_t>(options_.batch * resizer.output().elements()));
    outputs.emplace_back(std::move(resizer), pixels.data());
  }
  for (int i = 0; i < options_.batch; ++i) {
    const int image = order_[Index(index * options_.batch + i)];
    batch.labels.push_back(data_->train.labels[Index(image)]);
    Augment(data_->train.image(image), shape, options_.augment, &random, augmented.data());
    Normalise(augmented.data(), shape, data_->normalisation, native.data());
    for (auto& [resizer, out] : outputs) {
      resizer.Apply(native.data(), out);
      out += resizer.output().elements();
    }
  }
  return batch;
}

Prefetcher::Prefetcher(int64_t first, int64_t end, std::function<TrainBatch(int64_t)> make)
    : make_(std::move(make)), worker_([this, first, end] { Work(first, end); }) {}

Prefetcher::~Prefetcher() {
  {
    std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  changed_.notify_all();
  worker_.join();
}

void Prefetcher::Work(int64_t first, int64_t end) {
  for (int64_t item = first; item < end; ++item) {
    TrainBatch batch = make_(item);
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [this] { return stopping_ || ready_.size() < kAhead; });
    if (stopping_) return;
    ready_.push_back(std::move(batch));
    changed_.notify_all();
  }
}

TrainBatch Prefetcher::Next() {
  std::unique_lock lock(mutex_);
  changed_.wait(lock, [this] { return !ready_.empty(); });
  TrainBatch batch = std::move(ready_.front());
  ready_.pop_front();
  changed_.notify_all();
  return batch;
}

}  // namespace mcunas
