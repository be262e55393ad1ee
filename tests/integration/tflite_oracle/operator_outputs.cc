// What conformance.py compares: operator outputs of one .tflite file as our reader sees it.
// Usage: operator_outputs ENGINE tflm|tflite MODEL.tflite INPUTS FOLDER
//   ENGINE: reference, the interpreter; host, generated C on this machine; cortex-m4, cortex-m7,
//     ..., generated C on an emulated core. These give every operator's output, the generated C by
//     a layer-wise plan. With "-plan" behind host or a core: the default plan, outputs only.
//   INPUTS: file of int8 inputs, one after the other. FOLDER: for generated code.
// stdout: a line "input BYTES", per operator a line "KIND TENSOR BYTES" (TENSOR of the file, -1 for
// none; 0 bytes where its output is not given), a line "output BYTES"; then, per input, the outputs
// of the operators and those of the network, as bytes.
#include <cstdio>
#include <cstring>
#include <functional>
#include <string>

#include "common/file.h"
#include "engine/reference/interpreter.h"
#include "engine/tflite/read_tflite.h"
#include "engine/toolchain/host_library.h"
#include "memory_model/planner/plan_memory.h"
#include "tests/integration/virtual_core/virtual_core.h"

namespace mcunas {
namespace {

// Outputs of one boot, at most.
constexpr int64_t kBootBytes = 64 << 20;

struct Job {
  std::string engine, folder;
  bool default_plan = false;
  QuantizedNetwork network;
  std::vector<int> file_tensors;
  std::vector<int8_t> inputs;

  int64_t input_bytes() const { return network.network.input.elements(); }
  size_t count() const { return inputs.size() / static_cast<size_t>(input_bytes()); }
  std::span<const int8_t> input(size_t i) const {
    const auto bytes = static_cast<size_t>(input_bytes());
    return std::span(inputs).subspan(i * bytes, bytes);
  }
  int64_t operator_bytes(size_t op) const {
    return default_plan ? 0 : network.network.operators[op].out.elements();
  }
  int64_t output_bytes() const {
    int64_t total = 0;
    for (int tensor : OutputTensors(network.network))
      total += network.network.tensor_shape(tensor).elements();
    return total;
  }
};

void Write(std::span<const int8_t> bytes) { std::fwrite(bytes.data(), 1, bytes.size(), stdout); }

void WriteHead(const Job& job) {
  std::printf("input %lld\n", static_cast<long long>(job.input_bytes()));
  for (size_t i = 0; i < job.network.network.operators.size(); ++i) {
    std::printf("%s %d %lld\n", OpName(job.network.network.operators[i].kind), job.file_tensors[i],
                static_cast<long long>(job.operator_bytes(i)));
  }
  std::printf("output %lld\n", static_cast<long long>(job.output_bytes()));
}

ExecutionPlan PlanOf(const Job& job) {
  PlanOptions options;
  if (!job.default_plan) options.modes = PlanModes::LayerwiseOnly();
  return PlanMemory(job.network.network, options);
}

Expected<void> RunInterpreter(const Job& job) {
  for (size_t i = 0; i < job.count(); ++i) {
    const auto all = RunReferenceAllTensors(job.network, job.input(i));
    for (const auto& one : all) Write(one);
    for (int tensor : OutputTensors(job.network.network)) Write(all[static_cast<size_t>(tensor)]);
  }
  return {};
}

Expected<void> RunHost(const Job& job) {
  const ExecutionPlan plan = PlanOf(job);
  const auto sources = EmitC(job.network, plan);
  if (!sources) return sources.error();
  // A few inputs take less time than the optimiser; the bytes are the same.
  const auto host = HostNetwork::Build(*sources, job.folder, job.count() < 10 ? "-O1" : "-O3");
  if (!host) return host.error();
  for (size_t i = 0; i < job.count(); ++i) {
    if (job.default_plan) {
      Write(host->Run(job.input(i)));
      continue;
    }
    Write(host->RunProfiled(job.input(i), [&](int op, const int8_t* arena) {
      const TensorPlacement& place = plan.tensors[op];
      Write({arena + place.offset, static_cast<size_t>(place.size())});
    }));
  }
  return {};
}

Expected<void> RunCore(const Job& job) {
  const ExecutionPlan plan = PlanOf(job);
  const auto sources = EmitC(job.network, plan);
  if (!sources) return sources.error();
  std::vector<OperatorOutputs::Place> places = OperatorOutputs::PlacesOf(plan);
  if (job.default_plan) places.assign(places.size(), {});
  const auto program = OperatorOutputs::Build(*sources, places, {job.engine, {}}, job.folder);
  if (!program) return program.error();
  int64_t bytes = job.output_bytes();
  for (size_t i = 0; i < places.size(); ++i) bytes += job.operator_bytes(i);
  const size_t at_once = static_cast<size_t>(std::max<int64_t>(1, kBootBytes / bytes));
  for (size_t first = 0; first < job.count(); first += at_once) {
    const size_t last = std::min(job.count(), first + at_once);
    const auto outputs = program->Run({job.input(first).begin(), job.input(last - 1).end()});
    if (!outputs) return outputs.error();
    Write(*outputs);
    std::fflush(stdout);
  }
  return {};
}

Expected<Job> JobOf(const std::vector<std::string>& arguments) {
  Job job;
  job.engine = arguments[0];
  if (const size_t at = job.engine.find("-plan"); at != std::string::npos) {
    job.engine.resize(at);
    job.default_plan = true;
  }
  job.folder = arguments[4];
  const auto bytes = ReadFile(arguments[2]);
  if (!bytes) return bytes.error();
  auto network = ReadTflite(
      {reinterpret_cast<const uint8_t*>(bytes->data()), bytes->size()}, arguments[2],
      arguments[1] == "tflm" ? RoundingMode::kTflm : RoundingMode::kTflite, &job.file_tensors);
  if (!network) return network.error();
  job.network = *std::move(network);
  const auto inputs = ReadFile(arguments[3]);
  if (!inputs) return inputs.error();
  job.inputs.assign(inputs->begin(), inputs->end());
  if (job.inputs.size() % static_cast<size_t>(job.input_bytes()) != 0)
    return Error{ErrorCode::kUsage, "the inputs are of another size than the network's"};
  return job;
}

Expected<void> Main(const std::vector<std::string>& arguments) {
  const auto job = JobOf(arguments);
  if (!job) return job.error();
  WriteHead(*job);
  if (job->engine == "reference") return RunInterpreter(*job);
  return job->engine == "host" ? RunHost(*job) : RunCore(*job);
}

}  // namespace
}  // namespace mcunas

int main(int argc, char** argv) {
  if (argc != 6) return 2;
  const auto done = mcunas::Main({argv + 1, argv + argc});
  if (done) return 0;
  std::fprintf(stderr, "%s\n", done.error().message.c_str());
  return 1;
}
