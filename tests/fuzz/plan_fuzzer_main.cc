// Random networks -> planner -> judge -> generated C -> host compiler -> bit by bit against the
// reference interpreter. Every third network is half dead and folded first; the reference runs it
// as it was. Usage: plan_fuzzer [--seconds N] [--seed S] [--batch N] [--keep FOLDER]
// [--kinds all|basic]; basic: convolutions, additions, average pools and fully connected only.
//
// Works until the time is over or something is wrong; prints one JSON object. Exit status 1: a
// finding, whose networks are described on stderr and kept as JSON in --keep. The same seed tries
// the same networks in the same order.
#include <unistd.h>

#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <map>
#include <string>

#include "engine/passes/fold_channels.h"
#include "engine/quantize/random_network.h"
#include "engine/reference/interpreter.h"
#include "memory_model/judge/validate_plan.h"
#include "memory_model/memory_model.h"
#include "memory_model/planner/plan_memory.h"
#include "memory_model/report/plan_format.h"
#include "memory_model/report/plan_json.h"
#include "network/json_write.h"
#include "tests/fuzz/network_batch.h"
#include "tests/property/random_networks.h"
#include "tests/property/random_plan.h"

namespace mcunas {
namespace {

using Clock = std::chrono::steady_clock;

struct Settings {
  double seconds = 60;
  uint64_t seed = 1;
  int batch = 24;  // plans compiled together
  bool all_kinds = true;
  std::string keep;
};

struct Counts {
  long networks = 0, plans = 0, runs = 0;
  long violations = 0, refused = 0, mismatches = 0;
  std::map<std::string, long> groups;  // by mode
  bool clean() const { return violations + refused + mismatches == 0; }
};

// One plan on its way through.
struct Case {
  std::string name;          // of the generated code
  QuantizedNetwork given;    // before folding
  QuantizedNetwork network;  // after it
  PlanOptions options;
  ExecutionPlan plan;
  uint64_t seed = 0;
};

class PlanFuzzer {
 public:
  explicit PlanFuzzer(const Settings& settings)
      : settings_(settings),
        folder_(std::filesystem::temp_directory_path() /
                ("mcunas_plan_fuzzer." + std::to_string(getpid()))) {
    std::filesystem::create_directories(folder_);
  }
  ~PlanFuzzer() {
    std::error_code error;
    std::filesystem::remove_all(folder_, error);
  }

  Counts Run() {
    const auto end = Clock::now() + std::chrono::duration<double>(settings_.seconds);
    do {  // one batch at least
      std::vector<Case> cases;
      while (static_cast<int>(cases.size()) < settings_.batch && counts_.clean())
        AddNetwork(&cases);
      if (counts_.clean()) CompileAndCompare(cases);
    } while (Clock::now() < end && counts_.clean());
    return counts_;
  }

 private:
  Network SomeNetwork(RandomStream* random) {
    if (random->Chance(0.3)) return RandomBottlenecks(random);
    RandomNetworkKind kind;
    kind.max_side = 14;
    kind.max_channels = random->Chance(0.3) ? 20 : 6;
    kind.all_kinds = random->Chance(0.5) && settings_.all_kinds;
    kind.residual = 0.4 * random->Unit();
    kind.side_read = 0.2 * random->Unit();
    kind.output = random->Chance(0.2) && settings_.all_kinds ? 0.2 : 0.0;
    return RandomPlanNetwork(random, kind);
  }

  PlanOptions SomeOptions(RandomStream* random) {
    PlanOptions options;
    options.input_mode = static_cast<InputMode>(random->Below(3));
    options.max_macs_factor = random->Pick(std::vector<double>{1.0, 1.0, 1.3, 0.0});
    options.modes.smallest_segment = random->Pick(std::vector<int>{1, 4, 100});
    options.modes.strips = random->Chance(0.7);
    options.modes.patches = random->Chance(0.4);
    options.modes.channel_tiles = random->Chance(0.8);
    if (random->Chance(0.1)) options.modes = PlanModes::LayerwiseOnly();
    return options;
  }

  // Leaves many output channels without weights.
  static void KillChannels(RandomStream* random, QuantizedNetwork* network) {
    for (size_t i = 0; i < network->parameters.size(); ++i) {
      const Operator& op = network->network.operators[i];
      if (!HasWeights(op.kind)) continue;
      std::vector<int8_t>& weights = network->parameters[i].weights;
      const size_t channels = static_cast<size_t>(op.out.channels);
      const size_t depth = weights.size() / channels;
      for (size_t c = 0; c < channels; ++c) {
        if (!random->Chance(0.4)) continue;
        for (size_t d = 0; d < depth; ++d)
          weights[op.kind == OpKind::kDepthwise ? d * channels + c : c * depth + d] = 0;
      }
    }
  }

  // Two plans of the planner for the next network, and two that no planner would choose.
  void AddNetwork(std::vector<Case>* cases) {
    RandomStream random(settings_.seed, "plan fuzzer", std::to_string(counts_.networks++));
    const Network whole = SomeNetwork(&random);
    QuantizedNetwork given = RandomQuantizedNetwork(whole, random.Next(), RoundingMode::kTflm);
    QuantizedNetwork quantized = given;
    if (counts_.networks % 3 == 0) {
      KillChannels(&random, &given);
      quantized = FoldChannels(given, {random.Chance(0.5) ? 1 : 4}).network;
    }
    const Network& network = quantized.network;
    for (int i = 0; i < 4; ++i) {
      Case c{"net" + std::to_string(cases->size()),
             given,
             quantized,
             SomeOptions(&random),
             {},
             random.Next()};
      c.plan = i < 2 ? PlanMemory(network, c.options)
                     : RandomPlan(network, c.options.input_mode, &random);
      ++counts_.plans;
      for (const PlanGroup& group : c.plan.groups) ++counts_.groups[GroupModeName(group.mode)];
      const std::vector<PlanViolation> violations = ValidatePlan(network, c.plan);
      if (!violations.empty()) {
        ++counts_.violations;
        return Report(c,
                      std::string(PlanLawName(violations[0].law)) + ": " + violations[0].message);
      }
      cases->push_back(std::move(c));
    }
  }

  void CompileAndCompare(const std::vector<Case>& cases) {
    std::vector<GeneratedSources> sources;
    for (const Case& c : cases) {
      Expected<GeneratedSources> generated = EmitC(c.network, c.plan, {c.name});
      if (!generated.ok()) {
        ++counts_.refused;
        return Report(c, "no code: " + generated.error().message);
      }
      sources.push_back(*std::move(generated));
    }
    // The loader knows libraries by path: every batch has one of its own.
    const auto folder = folder_ / std::to_string(batches_++);
    const Expected<NetworkBatch> batch = NetworkBatch::Build(sources, folder.string());
    if (!batch.ok()) {
      ++counts_.refused;
      return Report(cases.front(), "a batch does not compile: " + batch.error().message);
    }
    for (size_t i = 0; i < cases.size() && counts_.clean(); ++i) Compare(*batch, cases[i], i);
    std::error_code error;
    std::filesystem::remove_all(folder, error);
  }

  void Compare(const NetworkBatch& batch, const Case& c, size_t index) {
    RandomStream random(c.seed, "input");
    for (int run = 0; run < 2 && counts_.clean(); ++run) {
      std::vector<int8_t> input(static_cast<size_t>(c.network.network.input.elements()));
      for (int8_t& byte : input) byte = static_cast<int8_t>(random.Below(256));
      ++counts_.runs;
      const Expected<std::vector<int8_t>> found =
          batch.Run(index, input, static_cast<uint8_t>(random.Below(256)));
      if (found.ok() && *found == ReferenceOutputs(c.given, input)) continue;
      ++counts_.mismatches;
      Report(c, found.ok() ? "other bytes than the reference" : found.error().message);
    }
  }

  // All outputs, one after the other.
  static std::vector<int8_t> ReferenceOutputs(const QuantizedNetwork& network,
                                              const std::vector<int8_t>& input) {
    const std::vector<std::vector<int8_t>> tensors = RunReferenceAllTensors(network, input);
    std::vector<int8_t> all;
    for (int output : OutputTensors(network.network)) {
      const std::vector<int8_t>& bytes = tensors[static_cast<size_t>(output)];
      all.insert(all.end(), bytes.begin(), bytes.end());
    }
    return all;
  }

  void Report(const Case& c, const std::string& what) {
    const Network& network = c.network.network;
    for (const PlanGroup& g : c.plan.groups)
      std::fprintf(stderr, "[%d, %d) %s strips %d bands %d segment %d tile %d\n", g.first, g.last,
                   GroupModeName(g.mode), g.strips, g.bands, g.segment, g.channel_tile);
    std::fprintf(
        stderr,
        "finding in %s: %s\ninput %s, MAC factor %g, smallest segment %d, strips %d, patches "
        "%d, channel tiles %d\n%s\n",
        c.name.c_str(), what.c_str(), InputModeName(c.options.input_mode),
        c.options.max_macs_factor, c.options.modes.smallest_segment, c.options.modes.strips,
        c.options.modes.patches, c.options.modes.channel_tiles, NetworkToJson(network).c_str());
    if (settings_.keep.empty()) return;
    std::filesystem::create_directories(settings_.keep);
    std::ofstream(std::filesystem::path(settings_.keep) / "network.json") << NetworkToJson(network);
    std::ofstream(std::filesystem::path(settings_.keep) / "plan.json")
        << PlanToJson(network, c.plan, ReportMemory(network, c.plan));
  }

  Settings settings_;
  std::filesystem::path folder_;
  Counts counts_;
  int batches_ = 0;
};

Settings ParseSettings(int argc, char** argv) {
  Settings settings;
  for (int i = 1; i + 1 < argc; i += 2) {
    const std::string key = argv[i];
    if (key == "--seconds") settings.seconds = std::atof(argv[i + 1]);
    if (key == "--seed") settings.seed = std::strtoull(argv[i + 1], nullptr, 10);
    if (key == "--batch") settings.batch = std::max(1, std::atoi(argv[i + 1]));
    if (key == "--kinds") settings.all_kinds = std::string(argv[i + 1]) != "basic";
    if (key == "--keep") settings.keep = argv[i + 1];
  }
  return settings;
}

void Print(const Settings& settings, const Counts& counts) {
  std::printf(
      "{\"seconds\": %g, \"seed\": %llu, \"networks\": %ld, \"plans\": %ld, \"runs\": %ld, ",
      settings.seconds, static_cast<unsigned long long>(settings.seed), counts.networks,
      counts.plans, counts.runs);
  std::printf("\"violations\": %ld, \"refused\": %ld, \"mismatches\": %ld, \"groups\": {",
              counts.violations, counts.refused, counts.mismatches);
  const char* comma = "";
  for (const auto& [mode, count] : counts.groups) {
    std::printf("%s\"%s\": %ld", comma, mode.c_str(), count);
    comma = ", ";
  }
  std::printf("}}\n");
}

}  // namespace
}  // namespace mcunas

int main(int argc, char** argv) {
  const mcunas::Settings settings = mcunas::ParseSettings(argc, argv);
  const mcunas::Counts counts = mcunas::PlanFuzzer(settings).Run();
  mcunas::Print(settings, counts);
  return counts.clean() ? 0 : 1;
}
