// The tables of a .tflite file, with every index, size and pointer checked but nothing understood.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "common/expected.h"
#include "model_generated.h"

namespace mcunas {

// Ends the reading of a file; thrown inside the reader only and caught at its door.
struct TfliteFailure {
  ErrorCode code;
  std::string message;
};
[[noreturn]] void FailTflite(const std::string& message, ErrorCode code = ErrorCode::kCorrupt);

struct FileTensor {
  std::string name;       // shortened
  std::vector<int> dims;  // each >= 1, at most 8, at most 2^31 - 1 elements; empty = a scalar
  std::string problem;    // why its shape cannot be used (then dims is empty); mostly none
  tflite_schema::TensorType type = tflite_schema::TensorType::FLOAT32;
  std::span<const uint8_t> data;  // of constants; empty = computed at run time
  std::span<const float> scales;
  std::span<const int64_t> zero_points;
  int quantized_dimension = 0;
  bool sparse = false;

  int64_t elements() const;
  bool constant() const { return !data.empty(); }
};

struct FileOperator {
  tflite_schema::BuiltinOperator code = tflite_schema::BuiltinOperator::CUSTOM;
  std::string name;                 // "CONV_2D", or a custom operator's own
  std::span<const int32_t> inputs;  // tensors; -1 = left out
  std::span<const int32_t> outputs;
  const tflite_schema::Operator* table = nullptr;  // for its options
};

// Points into the bytes it was opened from.
struct TfliteFile {
  std::vector<FileTensor> tensors;
  std::vector<FileOperator> operators;
  std::span<const int32_t> inputs, outputs;
  std::string name;
};

// `bytes` must be aligned to 16 and outlive the result. Throws TfliteFailure.
TfliteFile OpenTfliteFile(std::span<const uint8_t> bytes);

// "operator 3 (CONV_2D): "
std::string OperatorLabel(const TfliteFile& file, size_t index);
const char* TypeName(tflite_schema::TensorType type);

}  // namespace mcunas
