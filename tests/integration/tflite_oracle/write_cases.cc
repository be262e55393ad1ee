// Writes what oracle.py compares. Usage: tflite_cases random FOLDER COUNT
//                                         tflite_cases networks FOLDER NETWORK.json...
// Per network NAME in FOLDER: NAME.tflite; NAME.input, the int8 inputs one after the other;
// NAME.output, per input the outputs of all operators under RoundingMode::kTflite; NAME.tflm, per
// input the outputs of the fully connected operators under kTflm on the same operands;
// NAME.tensors, per operator one line "kind tensor-name".
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <iterator>
#include <string>

#include "common/random.h"
#include "engine/quantize/quantize.h"
#include "engine/quantize/requantization.h"
#include "engine/reference/interpreter.h"
#include "engine/tflite/write_tflite.h"
#include "network/network_json.h"
#include "random_topology.h"

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
    q = number < 2 ? static_cast<int8_t>(random.Between(-128, 127)) : flat;
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
                fully = Open(stem + ".tflm");
  for (int n = 0; n < inputs; ++n) {
    const std::vector<int8_t> input = TestInput(network, n);
    Append(in, input);
    const auto outputs = RunReferenceAllTensors(quantized, input);
    for (size_t i = 0; i < outputs.size(); ++i) {
      Append(out, outputs[i]);
      const Operator& op = network.operators[i];
      if (op.kind != OpKind::kFullyConnected) continue;
      const int from = op.inputs[0];
      Append(fully, RunReferenceOperator(
                        tflm, static_cast<int>(i),
                        {from == kNetworkInput ? input : outputs[static_cast<size_t>(from)]}));
    }
  }
}

int Main(const std::vector<std::string>& arguments) {
  if (arguments.size() < 3) return 2;
  const std::string folder = arguments[1];
  if (arguments[0] == "random") {
    for (int seed = 0; seed < std::stoi(arguments[2]); ++seed) {
      WriteCase(RandomTopology(static_cast<uint64_t>(seed)), folder, 4);
    }
    WriteCase(MobileNetLike(), folder, 4);
    return 0;
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
