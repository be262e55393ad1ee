// A config with a field of every kind, for the tests of the reader and the writers.
#pragma once

#include <string>
#include <vector>

#include "common/config.h"
#include "common/config_read.h"

namespace mcunas {

struct SampleStage {
  int64_t channels = 16;
  int64_t stride = 1;
  bool operator==(const SampleStage&) const = default;
};

struct SampleConfig {
  int64_t version = 1;
  std::string name = "sample";
  std::string board = "nucleo-f746zg";
  int64_t sram_kb = 320;
  double latency_ms = 0;
  std::string root;
  bool flip = true;
  int64_t population = 20;
  double wall_s = 3600;
  std::vector<int64_t> kernel = {3, 5, 7};
  std::vector<double> width = {0.5, 1};
  std::vector<std::string> agents;
  std::vector<std::string> kinds = {"add"};
  std::map<std::string, std::string> objectives = {{"accuracy", "max"}};
  std::vector<SampleStage> stages = {{8, 2}, {24, 2}};
  bool operator==(const SampleConfig&) const = default;
};

inline void DescribeTarget(ConfigVisitor& v, SampleConfig& c) {
  v.Mandatory("board");
  v.Choice("board", c.board, {"nucleo-f446re", "nucleo-f746zg", "qemu-m7"}, {"the board", ""});
  v.Section("limits", {"what may be used", ""}, [&](ConfigVisitor& limits) {
    limits.Integer("sram_kb", c.sram_kb, {0, 65536}, {"SRAM", "kB"});
    limits.Real("latency_ms", c.latency_ms, {0, 1e6}, {"time of one inference", "ms"});
  });
}

inline void DescribeSearch(ConfigVisitor& v, SampleConfig& c) {
  v.Integer("population", c.population, {4, 1000}, {"parents | children", ""});
  v.Duration("wall", c.wall_s, {1, 1e6}, {"longest run", "s"});
  v.Choices("objectives", c.objectives, {"accuracy", "latency_ms", "sram_bytes"}, {"max", "min"},
            {"what is best", ""});
  v.Require(c.population % 2 == 0, "population", "must be even");
}

inline void DescribeSpace(ConfigVisitor& v, SampleConfig& c) {
  v.Integers("kernel", c.kernel, {3, 7}, {"windows", "pixels"});
  v.Reals("width", c.width, {0.01, 4}, {"multipliers", ""});
  v.Texts("kinds", c.kinds, {"add", "conv"}, {"operators", ""});
  v.Sections(
      "stages", {"runs of blocks", ""}, c.stages.size(), [&](size_t n) { c.stages.resize(n); },
      [&](ConfigVisitor& stage, size_t i) {
        stage.Integer("channels", c.stages[i].channels, {1, 4096}, {"output channels", ""});
        stage.Integer("stride", c.stages[i].stride, {1, 2}, {"of the first block", ""});
      });
}

inline void DescribeSample(ConfigVisitor& v, SampleConfig& c) {
  v.Mandatory("version");
  v.Integer("version", c.version, {1, 1}, {"of the format", ""});
  v.Text("name", c.name, {"names the run", ""});
  v.Section("target", {"board and limits", ""}, [&](ConfigVisitor& s) { DescribeTarget(s, c); });
  v.Section("data", {"images", ""}, [&](ConfigVisitor& s) {
    s.Text("root", c.root, {"folder", ""});
    s.Boolean("flip", c.flip, {"mirror images", ""});
  });
  v.Section("search", {"how", ""}, [&](ConfigVisitor& s) { DescribeSearch(s, c); });
  v.Section("space", {"which", ""}, [&](ConfigVisitor& s) { DescribeSpace(s, c); });
  v.Section("bench", {"boards", ""}, [&](ConfigVisitor& s) {
    s.Texts("agents", c.agents, {}, {"addresses", ""});
  });
}

inline std::vector<ConfigDiagnostic> ReadSample(const std::string& text, SampleConfig* config,
                                                const std::vector<std::string>& overrides = {}) {
  return ReadConfig({"sample.yaml", text, overrides},
                    [config](ConfigVisitor& v) { DescribeSample(v, *config); });
}

}  // namespace mcunas
