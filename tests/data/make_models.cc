// Writes the models of this folder. Usage: make_models FOLDER
//
// One per family of operators, of a few kB, with seeded random weights: they keep every path of
// reader, planner, code generator, interpreter and virtual board covered where nobody has models of
// other people. `scripts/approve models` writes them into the tree; a test compares them with what
// this program writes.
#include <algorithm>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "engine/quantize/random_network.h"
#include "engine/tflite/write_tflite.h"
#include "network/json_write.h"
#include "network/network_builder.h"

namespace mcunas {
namespace {

using enum Activation;

// Rectangular, dilated, strided, padded on one side only.
Network Convolutions() {
  NetworkBuilder b("convolutions", {19, 16, 3});
  b.Conv(kNetworkInput, 8, Extent(3), Extent(2), kRelu6);
  b.Conv(b.last(), 6, {5, 1}, {1, 2}, kRelu);
  Operator dilated;
  dilated.kind = OpKind::kConv;
  dilated.inputs = {b.last()};
  dilated.kernel = Extent(3);
  dilated.dilation = {2, 1};
  dilated.padding = CentredPadding(Extent(3), {2, 1});
  dilated.out.channels = 8;
  b.Append(std::move(dilated));
  Operator lopsided;
  lopsided.kind = OpKind::kConv;
  lopsided.inputs = {b.last()};
  lopsided.kernel = {2, 3};
  lopsided.padding = {0, 1, 1, 1};
  lopsided.out.channels = 5;
  lopsided.activation = kReluN1To1;
  b.Append(std::move(lopsided));
  b.Pointwise(b.last(), 12, kNone);
  return std::move(b).Finish();
}

Network Depthwise() {
  NetworkBuilder b("depthwise", {16, 18, 4});
  b.Depthwise(kNetworkInput, Extent(3), Extent(1), kRelu6);
  b.Depthwise(b.last(), Extent(5), Extent(2), kRelu);
  b.Depthwise(b.last(), Extent(3), Extent(1), kNone, 3);
  b.Depthwise(b.last(), {1, 7}, Extent(1), kRelu6);
  b.Depthwise(b.last(), Extent(3), {2, 1}, kNone);
  return std::move(b).Finish();
}

// Two inverted bottlenecks, the second with its residual, and a classifier.
Network Bottlenecks() {
  NetworkBuilder b("bottlenecks", {24, 24, 3});
  int tensor = b.Conv(kNetworkInput, 8, Extent(3), Extent(2), kRelu6);
  for (const int stride : {2, 1}) {
    const int from = tensor;
    b.Pointwise(from, 24, kRelu6);
    b.Depthwise(b.last(), Extent(3), Extent(stride), kRelu6);
    tensor = b.Pointwise(b.last(), 8, kNone);
    if (stride == 1) tensor = b.Add(tensor, from);
  }
  b.FullyConnected(b.GlobalAveragePool(tensor), 4);
  return std::move(b).Finish();
}

Network Pools() {
  NetworkBuilder b("pools", {17, 20, 5});
  b.MaxPool(kNetworkInput, {2, 2}, {2, 2});
  b.AveragePool(b.last(), Extent(3), Extent(1));
  b.MaxPool(b.last(), Extent(3), {1, 2});
  b.AveragePool(b.last(), {1, 3}, Extent(1));
  b.GlobalAveragePool(b.last());
  return std::move(b).Finish();
}

Network Pairs() {
  NetworkBuilder b("pairs", {10, 9, 6});
  const int a = b.Pointwise(kNetworkInput, 8, kNone);
  const int c = b.Depthwise(a, Extent(3), Extent(1), kRelu);
  const int gate = b.Logistic(b.GlobalAveragePool(c));
  const int sum = b.Add(a, c, kRelu);
  const int product = b.Multiply(sum, c);
  const int scaled = b.Multiply(product, gate, kRelu6);
  const int difference = b.Pairwise(OpKind::kSubtract, scaled, sum);
  const int largest = b.Pairwise(OpKind::kMaximum, difference, sum);
  b.Pairwise(OpKind::kMinimum, largest, difference);
  return std::move(b).Finish();
}

// One constant, one per channel, one per element.
Network Constants() {
  NetworkBuilder b("constants", {7, 8, 6});
  b.AddConstant(kNetworkInput, 6);
  b.MultiplyConstant(b.last(), 1, kRelu);
  b.WithConstants(OpKind::kSubtractConstant, b.last(), 6);
  b.AddConstant(b.last(), 7 * 8 * 6, kRelu6);
  b.WithConstants(OpKind::kMaximumConstant, b.last(), 1);
  b.WithConstants(OpKind::kMinimumConstant, b.last(), 6);
  return std::move(b).Finish();
}

Network Functions() {
  NetworkBuilder b("functions", {8, 6, 5});
  b.LeakyRelu(kNetworkInput);
  b.HardSwish(b.last());
  b.Tanh(b.Requantize(b.last()));
  b.Logistic(b.Requantize(b.last(), kRelu));
  b.Softmax(b.last());
  return std::move(b).Finish();
}

// Slopes of their own below zero: one per channel, and one for all.
Network Slopes() {
  NetworkBuilder b("slopes", {9, 7, 5});
  b.WithConstants(OpKind::kPRelu, kNetworkInput, 5);
  b.Depthwise(b.last(), Extent(3), Extent(1), kNone);
  b.WithConstants(OpKind::kPRelu, b.last(), 1);
  return std::move(b).Finish();
}

Network Resizes() {
  NetworkBuilder b("resizes", {5, 6, 4});
  b.ResizeNearest(kNetworkInput, {2, 3});
  b.ResizeBilinear(b.last(), {7, 11});
  b.ResizeBilinear(b.last(), {13, 5}, Sampling::kCorners);
  b.ResizeBilinear(b.last(), {9, 12}, Sampling::kCentres);
  Operator nearest;
  nearest.kind = OpKind::kResizeNearest;
  nearest.inputs = {b.last()};
  nearest.out = {4, 7, 4};
  nearest.sampling = Sampling::kCorners;
  b.Append(std::move(nearest));
  return std::move(b).Finish();
}

Network Moves() {
  NetworkBuilder b("moves", {9, 8, 6});
  const int left = b.Slice(kNetworkInput, {0, 0, 0}, {9, 8, 2});
  const int right = b.Slice(kNetworkInput, {0, 0, 3}, {9, 8, 3});
  const int joined = b.Concatenation({right, left, kNetworkInput});
  const int part = b.Slice(joined, {1, 0, 2}, {4, 4, 7}, {2, 2});
  const int padded = b.Pad(part, {1, 0, 2, 3});
  b.Reshape(padded, {1, 7, 49});
  return std::move(b).Finish();
}

Network Transposed() {
  NetworkBuilder b("transposed", {5, 6, 4});
  b.TransposeConv(kNetworkInput, 6, Extent(3), Extent(2), kRelu);
  b.TransposeConv(b.last(), 3, {2, 4}, {1, 2}, kNone);
  return std::move(b).Finish();
}

Network Dense() {
  NetworkBuilder b("dense", {4, 5, 6});
  b.FullyConnected(kNetworkInput, 20, kRelu);
  b.FullyConnected(b.last(), 24, kRelu6);
  b.Softmax(b.FullyConnected(b.last(), 7));
  return std::move(b).Finish();
}

// The window of 10 x 4 and the shape of a small keyword spotter.
Network Keywords() {
  NetworkBuilder b("keywords", {25, 10, 1});
  b.Conv(kNetworkInput, 16, {9, 3}, Extent(2), kRelu);
  for (int i = 0; i < 2; ++i)
    b.Pointwise(b.Depthwise(b.last(), Extent(3), Extent(1), kRelu), 16, kRelu);
  b.Softmax(b.FullyConnected(b.GlobalAveragePool(b.last()), 5));
  return std::move(b).Finish();
}

// A pyramid: three outputs at three sizes, joined on the way up; the order of its operators decides
// the peak.
Network Pyramid() {
  NetworkBuilder b("pyramid", {16, 24, 3});
  const int large = b.Conv(kNetworkInput, 6, Extent(3), Extent(2), kRelu6);
  const int middle = b.Pointwise(b.Depthwise(large, Extent(3), Extent(2), kRelu6), 8, kRelu6);
  const int small = b.Pointwise(b.Depthwise(middle, Extent(3), Extent(2), kRelu6), 12, kRelu6);
  const int up = b.Add(b.ResizeNearest(b.Pointwise(small, 8, kNone), {2, 2}), middle);
  const int top = b.Concatenation({b.ResizeNearest(up, {2, 2}), large});
  std::vector<int> heads;
  for (const int level : {top, up, small}) heads.push_back(b.Pointwise(level, 3, kNone));
  b.SetOutputs(heads);
  return std::move(b).Finish();
}

// An image, a vector of scales for its channels, and a second image.
Network Inputs() {
  constexpr Shape kImage = {6, 7, 4};
  const int elements = static_cast<int>(kImage.elements());
  NetworkBuilder b("inputs", {1, 1, 2 * elements + 4});
  const int first = b.Reshape(b.Slice(kNetworkInput, {0, 0, 0}, {1, 1, elements}), kImage);
  const int scales = b.Slice(kNetworkInput, {0, 0, elements}, {1, 1, 4});
  const int second =
      b.Reshape(b.Slice(kNetworkInput, {0, 0, elements + 4}, {1, 1, elements}), kImage);
  b.SetInputs({first, scales, second});
  b.Pointwise(b.Add(b.Multiply(first, scales), second), 5, kRelu);
  return std::move(b).Finish();
}

Network FourBits() {
  Network network = Bottlenecks();
  network.name = "four_bits";
  for (Operator& op : network.operators)
    if (TakesFourBits(op.kind)) op.weight_bits = 4;
  return network;
}

void Write(const std::filesystem::path& file, std::string_view bytes) {
  std::ofstream(file, std::ios::binary) << bytes;
}

void WriteModel(const std::filesystem::path& folder, const QuantizedNetwork& network) {
  const std::vector<uint8_t> model = WriteTflite(network);
  Write(folder / (network.network.name + ".tflite"),
        {reinterpret_cast<const char*>(model.data()), model.size()});
}

// Every other channel of the expansion, and one more, has no weights and a bias that ReLU6 clamps:
// half of the work is for nothing.
QuantizedNetwork HalfDead() {
  NetworkBuilder b("half_dead", {12, 12, 8});
  b.Pointwise(kNetworkInput, 32, kRelu6);
  b.Depthwise(b.last(), Extent(3), Extent(1), kRelu6);
  b.Pointwise(b.last(), 8, kNone);
  b.FullyConnected(b.GlobalAveragePool(b.last()), 4);
  QuantizedNetwork network = RandomQuantizedNetwork(std::move(b).Finish(), 1, RoundingMode::kTflite,
                                                    RandomParameters::kTrained);
  QuantizedParameters& expansion = network.parameters[0];
  const size_t per_channel = expansion.weights.size() / expansion.bias.size();
  for (size_t channel = 0; channel < expansion.bias.size(); ++channel) {
    if (channel % 2 == 1 && channel > 1) continue;
    std::fill_n(expansion.weights.begin() + static_cast<int64_t>(channel * per_channel),
                per_channel, int8_t{0});
    expansion.bias[channel] = -1000;
  }
  return network;
}

void WriteModels(const std::filesystem::path& folder) {
  for (Network (*make)() :
       {Convolutions, Depthwise, Bottlenecks, Pools, Pairs, Constants, Functions, Slopes, Resizes,
        Moves, Transposed, Dense, Keywords, Pyramid, Inputs, FourBits}) {
    WriteModel(folder, RandomQuantizedNetwork(make(), 1, RoundingMode::kTflite,
                                              RandomParameters::kTrained));
  }
  WriteModel(folder, HalfDead());
  // Without weights, as the search and people write networks down.
  for (const Network& network : {Bottlenecks(), Pyramid()})
    Write(folder / (network.name + ".json"), NetworkToJson(network));
}

}  // namespace
}  // namespace mcunas

int main(int argc, char** argv) {
  if (argc != 2) return std::fprintf(stderr, "usage: make_models FOLDER\n"), 2;
  mcunas::WriteModels(argv[1]);
  return 0;
}
