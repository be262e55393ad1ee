#include "supernet/data/resize.h"

#include <algorithm>
#include <cmath>

#include "common/index.h"

namespace mcunas {

std::vector<Resizer::Taps> Resizer::AxisTaps(int from, int to) {
  std::vector<Taps> taps(static_cast<size_t>(to));
  const double ratio = static_cast<double>(from) / to;
  for (int i = 0; i < to; ++i) {
    Taps& tap = taps[Index(i)];
    if (to >= from) {
      const double centre = std::clamp((i + 0.5) * ratio - 0.5, 0.0, from - 1.0);
      tap.first = static_cast<int>(centre);
      const auto fraction = static_cast<float>(centre - tap.first);
      tap.weights = {1.0f - fraction};
      if (fraction > 0) tap.weights.push_back(fraction);
      continue;
    }
    const double begin = i * ratio, end = (i + 1) * ratio;
    tap.first = static_cast<int>(begin);
    const int last = std::min(from, static_cast<int>(std::ceil(end - 1e-9)));
    for (int source = tap.first; source < last; ++source) {
      const double covered = std::min(end, source + 1.0) - std::max(begin, double(source));
      tap.weights.push_back(static_cast<float>(covered / ratio));
    }
  }
  return taps;
}

Resizer::Resizer(Shape from, int height, int width)
    : from_(from),
      to_{height, width, from.channels},
      rows_(AxisTaps(from.height, height)),
      columns_(AxisTaps(from.width, width)),
      scratch_(static_cast<size_t>(from.row_elements())) {}

void Resizer::Apply(const float* in, float* out) {
  if (from_ == to_) {
    std::copy(in, in + from_.elements(), out);
    return;
  }
  for (const Taps& row : rows_) {
    std::fill(scratch_.begin(), scratch_.end(), 0.0f);
    for (size_t t = 0; t < row.weights.size(); ++t) {
      const float* source = in + (row.first + static_cast<int64_t>(t)) * from_.row_elements();
      for (size_t x = 0; x < scratch_.size(); ++x) scratch_[x] += row.weights[t] * source[x];
    }
    for (const Taps& column : columns_) out = WriteColumn(column, out);
  }
}

float* Resizer::WriteColumn(const Taps& column, float* out) const {
  const size_t channels = Index(from_.channels);
  for (size_t c = 0; c < channels; ++c) {
    float sum = 0;
    for (size_t t = 0; t < column.weights.size(); ++t)
      sum += column.weights[t] * scratch_[(Index(column.first) + t) * channels + c];
    *out++ = sum;
  }
  return out;
}

}  // namespace mcunas
