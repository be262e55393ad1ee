// Prints JSON: for every published network what TinyEngine and TFLM need by our reproduction of
// their counting rules, what their schedulers and README say, the difference, and our own arena
// (whole MACs, no recompute) with the input in SRAM and streamed.
//
// Usage: foreign_counts
#include <cmath>
#include <cstdio>
#include <nlohmann/json.hpp>

#include "memory_model/foreign/foreign_count.h"
#include "memory_model/planner/plan_memory.h"
#include "memory_model/scratch.h"
#include "network/operator_counts.h"
#include "tests/benchmark/published_networks.h"

namespace mcunas {
namespace {

using nlohmann::ordered_json;

double Kib(int64_t bytes) { return std::round(static_cast<double>(bytes) * 100 / 1024) / 100; }

// What a README prints ("kB", meaning KiB), null where it does not list the network.
ordered_json AgainstReadme(int64_t bytes, int printed) {
  if (printed == 0) return nullptr;
  return {{"printed_kib", printed}, {"difference_kib", Kib(bytes - int64_t{printed} * 1024)}};
}

ordered_json TinyEngine(const PublishedNetwork& p) {
  const ForeignCount count = CountTinyEngine(p.network);
  ordered_json json = {{"arena_bytes", count.arena.value},
                       {"im2col_bytes", count.im2col.value},
                       {"kernel_bytes", count.kernel.value},
                       {"total_bytes", count.total.value},
                       {"total_kib", Kib(count.total.value)},
                       {"readme", AgainstReadme(count.total.value, p.tinyengine_kib)}};
  if (p.tinyengine_bytes > 0) {
    json["scheduler_bytes"] = p.tinyengine_bytes;
    json["difference_bytes"] = count.total.value - p.tinyengine_bytes;
  }
  json["flash_kib"] = Kib(count.flash_total.value);
  json["flash_readme"] = AgainstReadme(count.flash_total.value, p.tinyengine_flash_kib);
  return json;
}

ordered_json Tflm(const PublishedNetwork& p) {
  const ForeignCount count = CountTflm(
      p.network, p.pad_operators ? TflmPadding::kBeforeEveryConvolution : TflmPadding::kInside);
  return {{"padding", p.pad_operators ? "PAD before every convolution" : "SAME"},
          {"arena_bytes", count.arena.value},
          {"persistent_bytes", count.persistent.value},
          {"total_bytes", count.total.value},
          {"total_kib", Kib(count.total.value)},
          {"readme", AgainstReadme(count.total.value, p.tflm_kib)}};
}

ordered_json Ours(const PublishedNetwork& p) {
  const auto arena = [&](InputMode mode) {
    PlanOptions options;
    options.input_mode = mode;
    return SmallestArena(p.network, options).value;
  };
  return {{"arena_bytes_input_resident", arena(InputMode::kResident)},
          {"arena_bytes_input_streamed", arena(InputMode::kStreamed)},
          {"scratch_bytes", NetworkScratchBytes(p.network)}};
}

double Rounded(double value) { return std::round(value * 100) / 100; }

// TinyEngine's total over ours, input streamed: arena alone, and with kernel scratch.
class Ratios {
 public:
  ordered_json Add(const ordered_json& row) {
    const double theirs = row["tinyengine"]["total_bytes"].get<double>();
    const double arena = row["mcunas"]["arena_bytes_input_streamed"].get<double>();
    const double scratch = row["mcunas"]["scratch_bytes"].get<double>();
    log_arena_ += std::log(theirs / arena);
    log_all_ += std::log(theirs / (arena + scratch));
    ++count_;
    return {{"arena", Rounded(theirs / arena)},
            {"arena_and_scratch", Rounded(theirs / (arena + scratch))}};
  }
  ordered_json Means() const {
    return {{"arena", Rounded(std::exp(log_arena_ / count_))},
            {"arena_and_scratch", Rounded(std::exp(log_all_ / count_))}};
  }

 private:
  double log_arena_ = 0;
  double log_all_ = 0;
  int count_ = 0;
};

}  // namespace
}  // namespace mcunas

int main() {
  using namespace mcunas;
  ordered_json networks = ordered_json::array();
  Ratios ratios;
  for (const PublishedNetwork& p : PublishedNetworks()) {
    ordered_json row = {{"network", p.network.name},
                        {"macs", NetworkMacs(p.network).value},
                        {"mcunas", Ours(p)},
                        {"tinyengine", TinyEngine(p)},
                        {"tflm", Tflm(p)}};
    row["tinyengine_over_mcunas"] = ratios.Add(row);
    networks.push_back(std::move(row));
  }
  const ordered_json root = {
      {"what", "SRAM by the counting rules of TinyEngine and TFLM; mcunas without recompute"},
      {"geometric_mean_tinyengine_over_mcunas", ratios.Means()},
      {"networks", networks}};
  std::printf("%s\n", root.dump(1).c_str());
  return 0;
}
