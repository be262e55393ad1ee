// The network that grows while a file's operators are read one by one, and what the file's tensors
// are in it.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "engine/tflite/tflite_file_internal.h"
#include "network/quantized_network.h"

namespace mcunas {

// Axes of our tensors as a file's dimensions name them.
enum class Axis { kNone, kHeight, kWidth, kChannels };  // kNone: the batch and other sizes of 1

// A tensor of the file that is computed at run time: one of ours, in the shape the file gives it.
struct FileValue {
  int tensor = kNetworkInput;
  std::vector<int> dims;
  // Which axis of our tensor each dimension is; empty where dimensions run across our axes. Then,
  // and where the axes of more than one element are in the order height, width, channels, the bytes
  // lie in the file's order.
  std::vector<Axis> axes;
  Padding padding;  // of a PAD not yet folded into a window; part of `dims`
  // Other than 1: cut by SPACE_TO_BATCH_ND, whose padding stands above; `dims` are the file's.
  Extent blocks;
  bool convolved = false;  // and a convolution came after it; only BATCH_TO_SPACE_ND may follow
  bool real = false;       // before the first QUANTIZE or behind a DEQUANTIZE
};

// [.., H, W, C] -> H, W, C; refuses batches.
Shape ShapeOf(const std::vector<int>& dims);
// Which axes of `shape` the dimensions are; empty if they run across them.
std::vector<Axis> MatchAxes(const std::vector<int>& dims, const Shape& shape);
// Whether the bytes lie in the order of the dimensions.
bool InOrder(const FileValue& value);
// The quantisation of an activation or of constants: one scale, one zero point.
TensorQuantization QuantizationOf(const FileTensor& tensor);

class TfliteGraph {
 public:
  TfliteGraph(const TfliteFile& file, RoundingMode rounding);

  const TfliteFile& file() const { return file_; }
  const FileTensor& tensor(int index) const;  // refuses tensors without a usable shape
  RoundingMode rounding() const { return result_.rounding_mode; }
  // A tensor of ours.
  const TensorQuantization& quantization(int tensor) const { return result_.tensor(tensor); }
  Shape shape(int tensor) const { return result_.network.tensor_shape(tensor); }

  // Operand `which` of the operator; refuses operands left out.
  int OperandIndex(const FileOperator& op, size_t which) const;
  // An int8 operand that is computed at run time. Padding is the caller's to fold. Refuses blocks.
  const FileValue& PaddedOperand(const FileOperator& op, size_t which) const;
  // The same, where padding cannot be folded and becomes an operator; in the file's byte order.
  const FileValue& Operand(const FileOperator& op, size_t which);
  // Any value, in any state.
  const FileValue& Value(int index) const;
  // The operator that alone reads the file's tensor `index`; nullptr where there is none or more,
  // or where it is an output.
  const FileOperator* OnlyReader(int index) const;
  // Whether an operator reads it, or it is an output.
  bool IsRead(int index) const;
  // The operand as a tensor of this shape, reshaped where ours differs.
  int AsShape(const FileValue& value, const Shape& shape);

  // Gives the file's tensor `index` its value. A tensor has one maker.
  void Define(int index, FileValue value);
  // Appends one operator (`in` is derived) and defines the file's tensor `index` as its output,
  // with the file's shape; `index` -1: no tensor of the file. Returns our tensor.
  int Append(Operator op, QuantizedParameters parameters, int index);
  // Whether our tensor is an input of the model.
  bool IsInput(int tensor) const;
  // The scale and zero point of an input, as its first reader gives them.
  void QuantizeInput(int tensor, const TensorQuantization& quantization);

  // Names the outputs and hands the network over. file_tensors as ReadTflite, may be nullptr.
  QuantizedNetwork Finish(std::vector<int>* file_tensors) &&;

 private:
  struct ModelInput {
    int tensor = kNetworkInput;
    bool quantized = false;
  };

  int OutputTensor(int index);
  void AddInput(int index, int tensor);
  int AppendInputPart(int offset, const Shape& shape);
  void AppendPad(FileValue* value);

  // How often a tensor of the file is read; by operators, and as an output.
  struct Reads {
    int count = 0;
    const FileOperator* last = nullptr;
    void Add(const FileOperator* reader) {
      ++count;
      last = reader;
    }
  };

  const TfliteFile& file_;
  std::vector<Reads> reads_;  // by tensor of the file
  QuantizedNetwork result_;
  std::vector<std::optional<FileValue>> values_;  // by tensor of the file
  std::vector<int> file_tensors_;                 // by operator of the result; -1: none
  std::vector<ModelInput> inputs_;
  int64_t weight_bytes_ = 0;
};

}  // namespace mcunas
