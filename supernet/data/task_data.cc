#include "supernet/data/task_data.h"

#include <algorithm>
#include <cmath>
#include <numeric>

#include "common/index.h"
#include "common/random.h"
#include "supernet/data/dataset.h"

namespace mcunas {
namespace {

ImageSet Select(const ImageSet& from, const int* begin, const int* end) {
  ImageSet result;
  result.shape = from.shape;
  const auto size = static_cast<size_t>(from.shape.elements());
  result.pixels.reserve(static_cast<size_t>(end - begin) * size);
  for (const int* index = begin; index != end; ++index) {
    const uint8_t* image = from.image(*index);
    result.pixels.insert(result.pixels.end(), image, image + size);
    result.labels.push_back(from.labels[Index(*index)]);
  }
  return result;
}

Expected<void> CheckHoldout(const DataConfig& config, int64_t available) {
  if (config.holdout < available) return {};
  return Error{ErrorCode::kUsage, "data.holdout: " + std::to_string(config.holdout) +
                                      " leaves no image to train on, there are only " +
                                      std::to_string(available) + " training images"};
}

}  // namespace

Normalisation MeasureNormalisation(const ImageSet& images) {
  const auto channels = static_cast<size_t>(images.shape.channels);
  std::vector<double> sum(channels), squares(channels);
  for (size_t i = 0; i < images.pixels.size(); ++i) {
    const double pixel = images.pixels[i];
    sum[i % channels] += pixel;
    squares[i % channels] += pixel * pixel;
  }
  const size_t pixels = images.pixels.size() / channels;
  const double n = std::max(1.0, static_cast<double>(pixels));
  Normalisation result;
  for (size_t c = 0; c < channels; ++c) {
    const double mean = sum[c] / n;
    const double variance = std::max(1.0, squares[c] / n - mean * mean);
    result.mean.push_back(static_cast<float>(mean));
    result.scale.push_back(static_cast<float>(1.0 / std::sqrt(variance)));
  }
  return result;
}

Expected<TaskData> LoadTaskData(const DataConfig& config, const Resolution& size, uint64_t seed) {
  auto raw = LoadDataset(config, size, seed);
  if (!raw) return raw.error();
  int64_t available = raw->train.count();
  if (config.train_limit > 0) available = std::min(available, config.train_limit);
  if (auto fits = CheckHoldout(config, available); !fits) return fits.error();
  std::vector<int> order(static_cast<size_t>(available));
  std::iota(order.begin(), order.end(), 0);
  RandomStream(seed, "holdout").Shuffle(&order);
  const int* split = order.data() + config.holdout;
  TaskData data;
  data.holdout = Select(raw->train, order.data(), split);
  data.train = Select(raw->train, split, order.data() + available);
  data.test = std::move(raw->test);
  data.task =
      ImageClassification({data.train.shape.channels, static_cast<int>(raw->class_names.size())});
  data.class_names = std::move(raw->class_names);
  data.normalisation = MeasureNormalisation(data.train);
  return data;
}

}  // namespace mcunas
