#include "cli/model/fold_model.h"

#include <CLI/CLI.hpp>
#include <utility>

#include "common/text.h"

namespace mcunas {
namespace {

constexpr int kMostChannelMultiple = 64;

std::string Left(int64_t after, int64_t before) {
  return GroupedDigits(after) + " of " + GroupedDigits(before) + " ";
}

}  // namespace

void AddFoldFlags(CLI::App* verb, FoldFlags* flags) {
  verb->add_flag("--no-folding", flags->off,
                 "keep channels that are constant or that nobody reads");
  verb->add_option("--channel-multiple", flags->options.channel_multiple,
                   "what folding leaves of a tensor's channels is a multiple of this, where it has "
                   "as many")
      ->check(CLI::Range(1, kMostChannelMultiple))
      ->capture_default_str();
}

std::optional<FoldReport> FoldModel(const FoldFlags& flags, Model* model) {
  if (flags.off || !model->quantized) return std::nullopt;
  FoldedNetwork folded = FoldChannels(*model->quantized, flags.options);
  model->network = folded.network.network;
  model->quantized = std::move(folded.network);
  return folded.report;
}

std::string FoldText(const FoldReport& report) {
  return "folded: " + Left(report.macs_after.value, report.macs_before.value) + "MACs left, " +
         Left(report.channels_after, report.channels_before) + "channels, " +
         Left(report.operators_after, report.operators_before) + "operators";
}

}  // namespace mcunas
