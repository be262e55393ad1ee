// Helpers of the reader's tests: models as the writer makes them, edited, packed again and read.
#pragma once

#include <functional>
#include <string>
#include <utility>
#include <vector>

#include "common/random.h"
#include "engine/quantize/random_network.h"
#include "engine/tflite/read_tflite.h"
#include "engine/tflite/write_tflite.h"
#include "model_generated.h"
#include "network/network_builder.h"

namespace mcunas {

inline std::vector<uint8_t> Pack(const tflite_schema::ModelT& model) {
  flatbuffers::FlatBufferBuilder builder;
  tflite_schema::FinishModelBuffer(builder, tflite_schema::Model::Pack(builder, &model));
  return {builder.GetBufferPointer(), builder.GetBufferPointer() + builder.GetSize()};
}

inline tflite_schema::ModelT Unpack(const std::vector<uint8_t>& bytes) {
  tflite_schema::ModelT model;
  tflite_schema::GetModel(bytes.data())->UnPackTo(&model);
  return model;
}

// 8 x 8 x 3: conv (0), pointwise (1), depthwise (2), add (3), global pool (4), dense (5).
inline QuantizedNetwork SmallNetwork() {
  NetworkBuilder b("small", {8, 8, 3});
  const int stem = b.Conv(kNetworkInput, 4, {3, 3}, {2, 2}, Activation::kRelu6);
  const int expand = b.Pointwise(stem, 4, Activation::kRelu);
  b.Add(b.Depthwise(expand, {3, 3}, {1, 1}, Activation::kNone), stem);
  b.FullyConnected(b.GlobalAveragePool(b.last()), 5);
  return RandomQuantizedNetwork(std::move(b).Finish(), 1, RoundingMode::kTflite);
}

inline std::vector<int8_t> RandomInput(const Network& network, uint64_t seed) {
  RandomStream random(seed, "input");
  std::vector<int8_t> input(static_cast<size_t>(network.input.elements()));
  for (int8_t& q : input) q = static_cast<int8_t>(random.Between(-128, 127));
  return input;
}

// The message that reading the edited small model gives; empty if it reads.
inline Error ErrorAfter(const std::function<void(tflite_schema::ModelT&)>& edit) {
  tflite_schema::ModelT model = Unpack(WriteTflite(SmallNetwork()));
  edit(model);
  const Expected<QuantizedNetwork> result = ReadTflite(Pack(model), "edited.tflite");
  return result.ok() ? Error{ErrorCode::kUsage, ""} : result.error();
}

}  // namespace mcunas
