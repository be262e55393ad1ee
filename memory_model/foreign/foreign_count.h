// How other inference engines count the SRAM of a network, reproduced so that their published
// numbers and ours can stand side by side.
//
// TinyEngine (Lin et al., MCUNet, NeurIPS 2020, and MCUNetV2, NeurIPS 2021; rules of the released
// code generator, layer by layer, no patches):
//   - every tensor is rounded up to 4 bytes and lives from the operator that makes it to the last
//     one that reads it, the network input included;
//   - the output of a depthwise operator takes the place (and the name) of its input; after one of
//     stride 2 only a quarter of that place is in the way of tensors made later;
//   - tensors are placed by falling size at the lowest free offset. Two tensors with the very same
//     life are not seen to collide: its figure is reproduced, not corrected;
//   - im2col (`sbuf`): 4 k^2 Cin for convolutions and fully connected layers (two int16 columns),
//     2 (H + 2 p)(W + 2 p) for depthwise (one padded int16 plane); the largest counts;
//   - kernel (`kbuf`): 2 bytes a weight for convolutions with k > 1; the largest counts;
//   - flash: weights + 4 bytes of bias and 4 bytes of scale a channel + code.
// Stack, C globals and the code's own constants are not counted.
//
// TFLM (David et al., MLSys 2021; GreedyMemoryPlanner): the planned part of its arena. Tensors are
// rounded up to 16 bytes, placed by falling size (of equal ones the later first) into the lowest
// gap between tensors alive at the same time. Nothing runs in place and PAD is an operator with an
// output of its own. Equal to the byte to what TFLM itself allocates for the files it was run on.
//   - persistent: 8 bytes an output channel (multiplier and shift) and the structures of the
//     interpreter, 153 bytes an operator of the file: an estimate for 32-bit cores that meets all
//     ten rows of the README of TinyEngine within half a KiB.
//
// Pre-condition of both: VerifyNetwork holds. Cost O(L^2). Thread rule: pure functions.
#pragma once

#include <cstdint>
#include <vector>

#include "common/units.h"
#include "network/network.h"

namespace mcunas {

// A buffer of the other engine's arena: alive while operators [first, last] run.
struct ForeignBuffer {
  int tensor = kNetworkInput;  // whose it is; a depthwise output in place belongs to its input
  int first = 0;
  int last = 0;
  int64_t offset = 0;
  int64_t bytes = 0;
};

struct ForeignCount {
  Bytes arena;       // planned tensors
  Bytes im2col;      // TinyEngine only
  Bytes kernel;      // TinyEngine only
  Bytes persistent;  // TFLM only, estimate
  Bytes total;       // what its README prints, divided by 1024
  Bytes live_bound;  // largest sum of buffers alive at once: what its placement could not beat
  Bytes weights, channel_constants, code, flash_total;  // TinyEngine only
  int peak_operator = 0;                                // where live_bound is reached first
  std::vector<ForeignBuffer> buffers;                   // by falling size, as they were placed
};

// TinyEngine's code on the eight published MCUNet networks is 62 to 66 KiB.
constexpr Bytes kTinyEngineCodeEstimate(64 * 1024);
constexpr Bytes kTflmOperatorEstimate(153);

ForeignCount CountTinyEngine(const Network& network);

// Where a .tflite stores the padding of its window operators.
enum class TflmPadding {
  kInside,                 // all of it as SAME: files converted from Keras
  kWhereSameDiffers,       // PAD only where SAME is not our padding: the files that mcunas writes
  kBeforeEveryConvolution  // a PAD before each convolution, 1 x 1 ones too: MCUNet's own files
};

ForeignCount CountTflm(const Network& network, TflmPadding padding);

}  // namespace mcunas
