// Writes what oracle.py compares. Usage: tflite_cases random FOLDER COUNT
//                                         tflite_cases networks FOLDER NETWORK.json...
//                                         tflite_cases files FOLDER MODEL.tflite...
//                                         tflite_cases forms FOLDER
// forms: writes the models of forms.h and then what `files` writes for them.
// Per network NAME in FOLDER: NAME.tflite; NAME.input, the int8 inputs one after the other;
// NAME.output and NAME.tflm, per input the outputs of all operators under RoundingMode::kTflite
// and kTflm; NAME.tensors, per operator one line "kind tensor-name".
// Of each MODEL.tflite, NAME being its file name: NAME.input as above; NAME.output, per input all
// outputs of the network, one after the other; NAME.quantization, "scale zero-point" of the input
// and of each output, one a line.
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>

#include "common/random.h"
#include "engine/arithmetic/requantization.h"
#include "engine/quantize/random_network.h"
#include "engine/reference/interpreter.h"
#include "engine/tflite/read_tflite.h"
#include "engine/tflite/write_tflite.h"
#include "forms.h"
#include "network/json_read.h"
#include "network/operator_counts.h"
#include "random_topology.h"
#include "tests/unit/network/four_bits.h"

namespace mcunas {
namespace {

void Append(std::ofstream& file, const std::vector<int8_t>& bytes) {
  file.write(reinterpret_cast<const char*>(bytes.data()),
             static_cast<std::streamsize>(bytes.size()));
}

std::ofstream Open(const std::string& path) {
  std::ofstream file(path, std::ios::binary);
  if (!file) {
    std::fprintf(stderr, "cannot write %s\n", path.c_str());
    std::exit(1);
  }
  return file;
}

// Uniform noise, and flat images at both ends: they drive accumulators to their extremes.
std::vector<int8_t> TestInput(const Network& network, int number) {
  RandomStream random(static_cast<uint64_t>(number), "oracle-input", network.name);
  std::vector<int8_t> input(static_cast<size_t>(network.input.elements()));
  const auto flat = static_cast<int8_t>(number % 2 == 0 ? -128 : 127);
  for (int8_t& q : input) {
    const bool noise = number < 2 || number >= 4;
    q = noise ? static_cast<int8_t>(random.Between(-128, 127)) : flat;
  }
  return input;
}

QuantizedNetwork WithTflmRounding(QuantizedNetwork network) {
  network.rounding_mode = RoundingMode::kTflm;
  for (size_t i = 0; i < network.parameters.size(); ++i) {
    network.parameters[i].rounding =
        OperatorRounding(network.network.operators[i].kind, RoundingMode::kTflm);
  }
  return network;
}

void WriteCase(const Network& network, const std::string& folder, int inputs) {
  const std::string stem = folder + "/" + network.name;
  const QuantizedNetwork quantized = RandomQuantizedNetwork(network, 1, RoundingMode::kTflite);
  const QuantizedNetwork tflm = WithTflmRounding(quantized);
  const std::vector<uint8_t> model = WriteTflite(quantized);
  Open(stem + ".tflite")
      .write(reinterpret_cast<const char*>(model.data()),
             static_cast<std::streamsize>(model.size()));
  std::ofstream tensors = Open(stem + ".tensors");
  for (size_t i = 0; i < network.operators.size(); ++i) {
    tensors << OpName(network.operators[i].kind) << " "
            << TfliteTensorName(network, static_cast<int>(i)) << "\n";
  }
  std::ofstream in = Open(stem + ".input"), out = Open(stem + ".output"),
                micro = Open(stem + ".tflm");
  for (int n = 0; n < inputs; ++n) {
    const std::vector<int8_t> input = TestInput(network, n);
    Append(in, input);
    for (const auto& output : RunReferenceAllTensors(quantized, input)) Append(out, output);
    for (const auto& output : RunReferenceAllTensors(tflm, input)) Append(micro, output);
  }
}

// Many steps for small models, few for large ones.
int InputCount(const Network& network) {
  const int64_t macs = NetworkMacs(network).value;
  return macs > 50'000'000 ? 2 : macs > 5'000'000 ? 4 : 12;
}

bool WriteFileCase(const std::string& path, const std::string& folder) {
  std::ifstream file(path, std::ios::binary);
  const std::string bytes{std::istreambuf_iterator<char>(file), {}};
  const Expected<QuantizedNetwork> model =
      ReadTflite({reinterpret_cast<const uint8_t*>(bytes.data()), bytes.size()}, path);
  if (!model) {
    std::fprintf(stderr, "%s\n", model.error().message.c_str());
    return false;
  }
  const std::string stem = folder + "/" + std::filesystem::path(path).filename().string();
  std::ofstream in = Open(stem + ".input"), out = Open(stem + ".output"),
                quantization = Open(stem + ".quantization");
  quantization.precision(12);
  quantization << model->input.scale << " " << model->input.zero_point << "\n";
  for (int tensor : OutputTensors(model->network)) {
    const TensorQuantization& q = model->tensor(tensor);
    quantization << q.scale << " " << q.zero_point << "\n";
  }
  for (int n = 0; n < InputCount(model->network); ++n) {
    const std::vector<int8_t> input = TestInput(model->network, n < 4 ? n : 4 * n);
    Append(in, input);
    Append(out, RunReference(*model, input));
  }
  return true;
}

int Main(const std::vector<std::string>& arguments) {
  if (arguments.size() < 2) return 2;
  const std::string folder = arguments[1];
  if (arguments[0] == "forms") {
    bool all = true;
    for (const FormModel& model : FormModels()) {
      const std::string path = folder + "/" + model.name + ".tflite";
      Open(path).write(reinterpret_cast<const char*>(model.bytes.data()),
                       static_cast<std::streamsize>(model.bytes.size()));
      all &= WriteFileCase(path, folder);
    }
    return all ? 0 : 1;
  }
  if (arguments.size() < 3) return 2;
  if (arguments[0] == "random") {
    for (uint64_t seed = 0; seed < std::stoul(arguments[2]); ++seed) {
      const Network network = RandomTopology(seed);
      WriteCase(network, folder, 4);
      WriteCase(WithWeightsOfFourBits(network, seed), folder, 4);
    }
    WriteCase(MobileNetLike(), folder, 4);
    WriteCase(WithWeightsOfFourBits(MobileNetLike(), 1), folder, 4);
    return 0;
  }
  if (arguments[0] == "files") {
    bool all = true;
    for (size_t i = 2; i < arguments.size(); ++i) all &= WriteFileCase(arguments[i], folder);
    return all ? 0 : 1;
  }
  for (size_t i = 2; i < arguments.size(); ++i) {
    std::ifstream file(arguments[i]);
    const std::string text{std::istreambuf_iterator<char>(file), {}};
    const Expected<Network> network = NetworkFromJson(text, arguments[i]);
    if (!network) {
      std::fprintf(stderr, "%s\n", network.error().message.c_str());
      return 1;
    }
    WriteCase(*network, folder, 2);
  }
  return 0;
}

}  // namespace
}  // namespace mcunas

int main(int argc, char** argv) { return mcunas::Main({argv + 1, argv + argc}); }
