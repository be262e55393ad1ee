#include "engine/tflite/read_tflite.h"

#include <algorithm>
#include <filesystem>
#include <utility>
#include <vector>

#include "common/index.h"
#include "engine/tflite/read_operator_internal.h"
#include "engine/tflite/tflite_graph_internal.h"
#include "network/verify.h"

namespace mcunas {
namespace {

namespace schema = tflite_schema;
using Code = schema::BuiltinOperator;

// Whether operand `which` only repeats the output's shape.
bool IsShapeOperand(Code code, size_t which) {
  if (code == Code::TRANSPOSE_CONV) return which == 0;
  return which > 0 &&
         (code == Code::RESHAPE || code == Code::SQUEEZE || code == Code::EXPAND_DIMS ||
          code == Code::RESIZE_NEAREST_NEIGHBOR || code == Code::RESIZE_BILINEAR);
}

// Operators whose outputs somebody needs.
std::vector<bool> LiveOperators(const TfliteFile& file) {
  std::vector<bool> needed(file.tensors.size(), false), live(file.operators.size(), false);
  for (int32_t output : file.outputs) needed[Index(output)] = true;
  for (size_t i = file.operators.size(); i-- > 0;) {
    const FileOperator& op = file.operators[i];
    live[i] = std::any_of(op.outputs.begin(), op.outputs.end(),
                          [&](int32_t t) { return needed[Index(t)]; });
    if (!live[i]) continue;
    for (size_t k = 0; k < op.inputs.size(); ++k)
      if (op.inputs[k] >= 0 && !IsShapeOperand(op.code, k)) needed[Index(op.inputs[k])] = true;
  }
  return live;
}

QuantizedNetwork ReadGraph(const TfliteFile& file, RoundingMode rounding,
                           std::vector<int>* file_tensors) {
  TfliteGraph graph(file, rounding);
  const std::vector<bool> live = LiveOperators(file);
  for (size_t i = 0; i < file.operators.size(); ++i) {
    if (!live[i]) continue;
    try {
      ReadTfliteOperator(file.operators[i], &graph);
    } catch (const TfliteFailure& failure) {
      FailTflite(OperatorLabel(file, i) + failure.message, failure.code);
    }
  }
  return std::move(graph).Finish(file_tensors);
}

// FlatBuffers reads numbers where they lie: the bytes must be aligned.
std::span<const uint8_t> Aligned(std::span<const uint8_t> bytes, std::vector<uint8_t>* copy) {
  if (reinterpret_cast<uintptr_t>(bytes.data()) % 16 == 0) return bytes;
  copy->assign(bytes.begin(), bytes.end());
  return *copy;
}

std::string NetworkName(const TfliteFile& file, const std::string& origin) {
  if (!file.name.empty() && file.name != "main") return file.name;
  return std::filesystem::path(origin).stem().string();
}

}  // namespace

Expected<QuantizedNetwork> ReadTflite(std::span<const uint8_t> bytes, const std::string& origin,
                                      RoundingMode rounding, std::vector<int>* file_tensors) {
  std::vector<uint8_t> copy;
  try {
    const TfliteFile file = OpenTfliteFile(Aligned(bytes, &copy));
    QuantizedNetwork result = ReadGraph(file, rounding, file_tensors);
    result.network.name = NetworkName(file, origin);
    if (Expected<void> legal = VerifyNetwork(result.network); !legal)
      return legal.error().WithContext(origin);
    return result;
  } catch (const TfliteFailure& failure) {
    return Error{failure.code, origin + ": " + failure.message};
  }
}

}  // namespace mcunas
