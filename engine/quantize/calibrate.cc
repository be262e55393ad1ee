#include "engine/quantize/calibrate_internal.h"

#include <algorithm>
#include <cmath>
#include <functional>
#include <limits>
#include <span>
#include <string>

#include "common/index.h"
#include "engine/quantize/run_float_internal.h"
#include "network/image_batch.h"

namespace mcunas {
namespace {

constexpr int kBins = 8192;

// Calls visit(tensor index + 1, values) for the input and every output of every image.
void ForEachTensor(const FloatNetwork& network, const ImageBatch& images,
                   const std::function<void(size_t, std::span<const float>)>& visit) {
  const auto size = static_cast<size_t>(images.shape.elements());
  for (int i = 0; i < images.count; ++i) {
    const float* image = images.pixels.data() + static_cast<size_t>(i) * size;
    visit(0, {image, size});
    const std::vector<std::vector<float>> outputs = RunFloatImage(network, image);
    for (size_t op = 0; op < outputs.size(); ++op) visit(op + 1, outputs[op]);
  }
}

Error NotFinite(const FloatNetwork& network, size_t tensor) {
  if (tensor == 0) return {ErrorCode::kUsage, "a calibration image has pixels that are not finite"};
  return {ErrorCode::kCorrupt,
          "network '" + network.network.name + "': operator " + std::to_string(tensor - 1) + " (" +
              OpName(network.network.operators[tensor - 1].kind) +
              ") produces values that are not finite on the calibration images"};
}

struct Histogram {
  std::vector<int64_t> bins = std::vector<int64_t>(kBins, 0);
  int64_t total = 0;
};

int BinOf(float value, ValueRange range) {
  const double position = (double{value} - range.min) / (double{range.max} - range.min);
  return std::clamp(static_cast<int>(position * kBins), 0, kBins - 1);
}

// Keeps the bins between the first `tail` and the last `tail` of all values.
ValueRange CutTails(const Histogram& histogram, ValueRange range, double tail) {
  const double allowed = tail * static_cast<double>(histogram.total);
  const double width = (double{range.max} - range.min) / kBins;
  int first = 0, last = kBins - 1;
  double below = 0, above = 0;
  while (first < last && (below += histogram.bins[Index(first)]) <= allowed) ++first;
  while (last > first && (above += histogram.bins[Index(last)]) <= allowed) --last;
  return {static_cast<float>(range.min + first * width),
          static_cast<float>(range.min + (last + 1) * width)};
}

void CutAllTails(const FloatNetwork& network, const ImageBatch& images, double tail,
                 std::vector<ValueRange>* ranges) {
  std::vector<Histogram> histograms(ranges->size());
  ForEachTensor(network, images, [&](size_t tensor, std::span<const float> values) {
    const ValueRange range = (*ranges)[tensor];
    if (!(range.max > range.min)) return;
    Histogram& histogram = histograms[tensor];
    histogram.total += static_cast<int64_t>(values.size());
    for (float v : values) ++histogram.bins[Index(BinOf(v, range))];
  });
  for (size_t t = 0; t < ranges->size(); ++t) {
    if (histograms[t].total > 0) (*ranges)[t] = CutTails(histograms[t], (*ranges)[t], tail);
  }
}

}  // namespace

Expected<std::vector<ValueRange>> CalibrateRanges(const FloatNetwork& network,
                                                  const ImageBatch& images, double tail) {
  const float infinity = std::numeric_limits<float>::infinity();
  std::vector<ValueRange> ranges(network.parameters.size() + 1, {infinity, -infinity});
  std::vector<bool> finite(ranges.size(), true);
  ForEachTensor(network, images, [&](size_t tensor, std::span<const float> values) {
    ValueRange& range = ranges[tensor];
    for (float v : values) {
      if (!std::isfinite(v)) finite[tensor] = false;
      range.min = std::min(range.min, v);
      range.max = std::max(range.max, v);
    }
  });
  const auto bad = std::find(finite.begin(), finite.end(), false);
  if (bad != finite.end()) {
    return NotFinite(network, static_cast<size_t>(bad - finite.begin()));
  }
  if (tail > 0) CutAllTails(network, images, tail, &ranges);
  for (ValueRange& range : ranges) {
    range.min = std::min(range.min, 0.0f);
    range.max = std::max(range.max, 0.0f);
  }
  return ranges;
}

}  // namespace mcunas
