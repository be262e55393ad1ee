// Deterministic image resize of our own: the same in training, calibration and evaluation.
//
// Per axis: area (box) average when shrinking, bilinear with half-pixel centres when enlarging.
// Weights of every output pixel sum to 1, so resizing and normalising commute.
#pragma once

#include <vector>

#include "network/shape.h"

namespace mcunas {

class Resizer {
 public:
  // Height and width of `from` become `height` x `width`; channels stay.
  Resizer(Shape from, int height, int width);

  Shape output() const { return to_; }
  // in: [H,W,C] of `from`; out: [H,W,C] of output(). Thread rule: const, but the scratch row makes
  // one object per thread necessary.
  void Apply(const float* in, float* out);

 private:
  struct Taps {
    int first = 0;
    std::vector<float> weights;
  };
  static std::vector<Taps> AxisTaps(int from, int to);
  // One output pixel from the scratch row; returns where the next one goes.
  float* WriteColumn(const Taps& column, float* out) const;

  Shape from_, to_;
  std::vector<Taps> rows_, columns_;
  std::vector<float> scratch_;  // one output row before the horizontal pass: [W_from, C]
};

}  // namespace mcunas
