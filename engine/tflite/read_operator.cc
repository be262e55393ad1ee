#include "engine/tflite/read_operator_internal.h"

#include <string>

#include "engine/tflite/read_concatenation_internal.h"
#include "engine/tflite/read_folded_internal.h"
#include "engine/tflite/read_functions_internal.h"
#include "engine/tflite/read_geometry_internal.h"
#include "engine/tflite/read_pairwise_internal.h"
#include "engine/tflite/read_windows_internal.h"
#include "engine/tflite/tflite_graph_internal.h"

namespace mcunas {
namespace {

using Code = tflite_schema::BuiltinOperator;

// The form closest to an operator that we do not read; empty where there is none.
const char* NearestForm(Code code) {
  switch (code) {
    case Code::DEPTH_TO_SPACE:
      return "TRANSPOSE_CONV";
    case Code::ELU:
    case Code::GELU:
      return "HARD_SWISH or LEAKY_RELU";
    case Code::RELU_0_TO_1:
      return "RELU6";
    case Code::DIV:
    case Code::SQUARE:
      return "MUL";
    case Code::L2_POOL_2D:
    case Code::SUM:
      return "AVERAGE_POOL_2D or MEAN over height and width";
    case Code::REDUCE_MIN:
      return "REDUCE_MAX";
    case Code::GATHER:
    case Code::UNPACK:
      return "SLICE or SPLIT";
    case Code::LOG_SOFTMAX:
      return "SOFTMAX";
    case Code::BATCH_MATMUL:
      return "FULLY_CONNECTED";
    case Code::MIRROR_PAD:
      return "PAD";
    case Code::CONV_3D:
      return "CONV_2D";
    case Code::PACK:
      return "CONCATENATION";
    default:
      return "";
  }
}

[[noreturn]] void FailUnknown(Code code) {
  const std::string nearest = NearestForm(code);
  FailTflite("is not read" + (nearest.empty() ? "" : "; nearest: " + nearest),
             ErrorCode::kUnsupported);
}

// Who reads what; every other code is refused.
struct ReaderRow {
  Code code;
  void (*read)(const FileOperator&, TfliteGraph*);
};
constexpr ReaderRow kReaders[] = {
    {Code::CONV_2D, ReadConv},
    {Code::DEPTHWISE_CONV_2D, ReadDepthwise},
    {Code::FULLY_CONNECTED, ReadFullyConnected},
    {Code::AVERAGE_POOL_2D, ReadPool},
    {Code::MAX_POOL_2D, ReadPool},
    {Code::MEAN, ReadMean},
    {Code::REDUCE_MAX, ReadMean},
    {Code::TRANSPOSE_CONV, ReadTransposeConv},
    {Code::SLICE, ReadSlice},
    {Code::STRIDED_SLICE, ReadSlice},
    {Code::SPLIT, ReadSplit},
    {Code::SPLIT_V, ReadSplit},
    {Code::SPACE_TO_BATCH_ND, ReadSpaceToBatch},
    {Code::BATCH_TO_SPACE_ND, ReadBatchToSpace},
    {Code::ADD, ReadPairwise},
    {Code::SUB, ReadPairwise},
    {Code::MUL, ReadPairwise},
    {Code::MAXIMUM, ReadPairwise},
    {Code::MINIMUM, ReadPairwise},
    {Code::PRELU, ReadPairwise},
    {Code::SOFTMAX, ReadSoftmax},
    {Code::LOGISTIC, ReadFunction},
    {Code::TANH, ReadFunction},
    {Code::HARD_SWISH, ReadFunction},
    {Code::LEAKY_RELU, ReadFunction},
    {Code::RELU, ReadFunction},
    {Code::RELU6, ReadFunction},
    {Code::RELU_N1_TO_1, ReadFunction},
    {Code::CONCATENATION, ReadConcatenation},
    {Code::RESIZE_NEAREST_NEIGHBOR, ReadResize},
    {Code::RESIZE_BILINEAR, ReadResize},
    {Code::QUANTIZE, ReadQuantize},
    {Code::DEQUANTIZE, ReadDequantize},
    {Code::PAD, ReadPad},
    {Code::PADV2, ReadPad},
    {Code::TRANSPOSE, ReadTranspose},
    {Code::RESHAPE, ReadReshape},
    {Code::SQUEEZE, ReadReshape},
    {Code::EXPAND_DIMS, ReadReshape},
};

}  // namespace

void ReadTfliteOperator(const FileOperator& op, TfliteGraph* graph) {
  for (const ReaderRow& row : kReaders)
    if (row.code == op.code) return row.read(op, graph);
  FailUnknown(op.code);
}

}  // namespace mcunas
