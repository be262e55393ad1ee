// The code generator's choice of kernels against the flash model's code bytes, and both against the
// compiler.
#include "engine/codegen/kernel_choice.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <set>
#include <sstream>
#include <string>
#include <vector>

#include "common/file.h"
#include "common/process.h"
#include "memory_model/flash_model.h"
#include "network/network_builder.h"
#include "network/resize.h"
#include "tests/unit/engine/codegen/random_networks.h"
#include "tests/unit/network/every_kind.h"
#include "tests/unit/network/four_bits.h"

namespace mcunas {
namespace {

namespace fs = std::filesystem;

constexpr int64_t kRounding = 256;  // of a part of the flash model, upwards

// Every kind, every depthwise form, and weights of 4 bits wherever they may be.
std::vector<Operator> Samples() {
  NetworkBuilder b("depthwise", {30, 30, 4});
  for (int kernel : {3, 5, 7, 9})
    for (int stride : {1, 2})
      b.Depthwise(kNetworkInput, Extent(kernel), Extent(stride), Activation::kNone);
  std::vector<Operator> samples = std::move(b).Finish().operators;
  for (const Operator& op : EveryKind().operators) samples.push_back(op);
  for (size_t i = 0, count = samples.size(); i < count; ++i) {
    if (!TakesFourBits(samples[i].kind)) continue;
    samples.push_back(samples[i]);
    samples.back().weight_bits = 4;
  }
  return samples;
}

std::string Label(const Operator& op) {
  return std::string(ChooseKernel(op).kernel->name) + " of " + OpName(op.kind);
}

// Sources that the operator adds to those of every project.
std::set<std::string> ChosenSources(const Operator& op) {
  const std::set<std::string> always = KernelFiles(Network{});
  Network network;
  network.operators = {op};
  std::set<std::string> sources;
  for (const std::string& file : KernelFiles(network))
    if (file.ends_with(".c") && !always.contains(file)) sources.insert(file);
  return sources;
}

std::set<std::string> ModelledSources(const Operator& op) {
  std::set<std::string> sources;
  for (const CodePart& part : OperatorCode(op)) sources.emplace(part.file);
  return sources;
}

TEST(KernelChoice, FlashModelCountsTheSourcesThatAreChosen) {
  for (const Operator& op : Samples()) {
    std::set<std::string> modelled = ModelledSources(op);
    // Counted with those of 8 bits: they often come together.
    if (ChosenSources(op).contains("mcu_fully_connected_4bit.c"))
      modelled.erase("mcu_fully_connected.c");
    EXPECT_EQ(ChosenSources(op), modelled) << Label(op);
  }
}

TEST(KernelChoice, EverySourceOfTheKernelsIsSomebodysChoice) {
  std::set<std::string> chosen = KernelFiles(Network{});
  for (const Operator& op : Samples()) chosen.merge(ChosenSources(op));
  for (const auto& entry : fs::directory_iterator(DataRoot() / "kernels")) {
    const std::string name = entry.path().filename();
    if (name.ends_with(".c")) {
      EXPECT_TRUE(chosen.contains(name)) << name;
    }
  }
}

// What the linker keeps of all kernels for these functions, in bytes, on the core of the flash
// model.
class LinkedSizes {
 public:
  LinkedSizes() : folder_(FreshFolder("kernel-sizes")) {
    fs::create_directories(folder_);
    // Separate objects: -r would join sections of one name.
    std::vector<std::string> compile = {"arm-none-eabi-gcc", "-std=c11", "-O2",
                                        "-mcpu=cortex-m7",   "-mthumb",  "-ffunction-sections",
                                        "-fdata-sections",   "-c"};
    for (const auto& entry : fs::directory_iterator(DataRoot() / "kernels")) {
      if (entry.path().extension() != ".c") continue;
      compile.push_back(entry.path());
      objects_.push_back(entry.path().stem().string() + ".o");
    }
    Run(compile);
  }
  ~LinkedSizes() { fs::remove_all(folder_); }
  LinkedSizes(const LinkedSizes&) = delete;
  LinkedSizes& operator=(const LinkedSizes&) = delete;

  int64_t Of(const std::vector<std::string>& functions) {
    std::vector<std::string> link = {"arm-none-eabi-gcc", "-mcpu=cortex-m7",
                                     "-mthumb",           "-nostdlib",
                                     "-Wl,--gc-sections", "-Wl,--unresolved-symbols=ignore-all",
                                     "-Wl,-e,0",          "-o",
                                     "linked.elf"};
    link.insert(link.end(), objects_.begin(), objects_.end());
    for (const std::string& function : functions) link.push_back("-Wl,-u," + function);
    Run(link);
    std::istringstream sizes(Run({"arm-none-eabi-size", "linked.elf"}));
    std::string line;
    std::getline(sizes, line);
    int64_t text = 0;
    sizes >> text;
    return text;
  }

 private:
  std::string Run(const std::vector<std::string>& command) {
    ProcessRequest request;
    request.arguments = command;
    request.working_folder = folder_;
    const Expected<ProcessResult> result = RunProcess(request);
    EXPECT_TRUE(result.ok() && result->exit_code == 0)
        << command[0] << ": " << (result.ok() ? result->output : result.error().message);
    return result.ok() ? result->output : "";
  }

  std::string folder_;
  std::vector<std::string> objects_;
};

TEST(KernelChoice, CodeBytesCoverWhatIsLinkedAndLittleMore) {
  if (FindProgram("arm-none-eabi-gcc").empty()) GTEST_SKIP() << "needs arm-none-eabi-gcc";
  LinkedSizes linked;
  const std::vector<std::string> base = {"mcu_run", "mcu_requantize_channel"};
  const int64_t always = linked.Of(base);
  EXPECT_LE(always, kBaseCodeBytes.value);
  for (const Operator& op : Samples()) {
    const KernelChoice choice = ChooseKernel(op);
    std::vector<std::string> functions = base;
    functions.emplace_back(choice.kernel->name);
    if (choice.inner != nullptr) functions.emplace_back(choice.inner->name);
    const int64_t real = linked.Of(functions) - always;
    int64_t model = 0;
    for (const CodePart& part : OperatorCode(op)) model += part.bytes.value;
    EXPECT_GE(model, real) << Label(op);
    // Pointwise convolutions use a part of the matrix files, which count as a whole; others count
    // as another kernel of their kind, which is larger.
    const bool counts_more = op.kind == OpKind::kPointwise ||
                             (IsFunctionOfByte(op) && HasConstants(op.kind)) ||
                             (op.kind == OpKind::kFullyConnected && op.weight_bits == 4);
    const int64_t parts = static_cast<int64_t>(OperatorCode(op).size());
    if (!counts_more) {
      EXPECT_LE(model, real + kRounding * parts) << Label(op);
    }
  }
}

}  // namespace
}  // namespace mcunas
