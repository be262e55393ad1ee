// .tflite -> QuantizedNetwork: full-integer int8 models of TFLite's schema version 3.
//
// Read: CONV_2D and DEPTHWISE_CONV_2D (dilated, with any multiplier), TRANSPOSE_CONV,
// FULLY_CONNECTED, ADD, SUB, MUL, MAXIMUM and MINIMUM (of tensors of one shape, or of which one has
// one value or one per channel, or with constants), AVERAGE_POOL_2D, MAX_POOL_2D, MEAN and
// REDUCE_MAX over height and width, RESIZE_NEAREST_NEIGHBOR and RESIZE_BILINEAR, PAD and PADV2 with
// real 0, SLICE, SPLIT, SPLIT_V, STRIDED_SLICE forwards, CONCATENATION, SOFTMAX, LOGISTIC, TANH,
// HARD_SWISH, LEAKY_RELU, RELU, RELU6, RELU_N1_TO_1, QUANTIZE from int8 to int8, RESHAPE. Folded
// away: QUANTIZE and DEQUANTIZE at the ends and where they change nothing, PAD before a window,
// SPACE_TO_BATCH_ND and BATCH_TO_SPACE_ND around one convolution, SQUEEZE, EXPAND_DIMS, the shape
// arithmetic before RESHAPE and TRANSPOSE_CONV, TRANSPOSE that only moves axes of size 1 or stands
// before MEAN or REDUCE_MAX, fused activations. Operators whose outputs nobody reads are dropped;
// the others keep the order of the file. Scales of biases are not read (TFLite does not use them
// either). Several inputs become one vector, one after the other (Network::inputs); a CONCATENATION
// of more operands than the kernels take is joined in stages. Weights are INT8 or, but for
// TRANSPOSE_CONV, INT4.
// Source: TFLite schema version 3 (engine/tflite/model.fbs); TFLite int8 specification.
// Thread rule: pure functions.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "common/expected.h"
#include "network/quantized_network.h"

namespace mcunas {

// `origin` names the file in messages and, without folder and extension, the network. Bytes are
// trusted in nothing: kCorrupt where they contradict themselves, kUnsupported for what we do not
// read; both name the operator by index in the file and kind, and the nearest form that is read.
// Within `rounding`, every output byte is that of TFLite's reference kernels or of TFLite Micro.
// Beyond TFLite it is demanded that no accumulator can reach 2^30 and that all weights together
// stay below 256 MiB. file_tensors, where given, receives for each operator of the result the index
// of the file's first tensor that holds the bytes of its output, -1 where none does. Cost: linear
// in the file.
Expected<QuantizedNetwork> ReadTflite(std::span<const uint8_t> bytes, const std::string& origin,
                                      RoundingMode rounding = RoundingMode::kTflite,
                                      std::vector<int>* file_tensors = nullptr);

}  // namespace mcunas
