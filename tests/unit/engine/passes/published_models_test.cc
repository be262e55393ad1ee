// Models of this tree and published ones keep their bytes; the published ones lose what MLPerf's
// fastest submissions lose.
#include <gtest/gtest.h>

#include <filesystem>
#include <vector>

#include "engine/tflite/read_tflite.h"
#include "tests/data/models.h"
#include "tests/unit/engine/passes/hand_made.h"

namespace mcunas {
namespace {

QuantizedNetwork ReadFile(const std::filesystem::path& path, RoundingMode rounding) {
  Expected<QuantizedNetwork> model = ReadTflite(BytesOf(path), path.string(), rounding);
  EXPECT_TRUE(model.ok()) << model.error().message;
  return std::move(*model);
}

double Share(Macs after, const FoldReport& report) {
  return static_cast<double>(after.value) / static_cast<double>(report.macs_before.value);
}

TEST(ModelFiles, KeepTheirBytes) {
  int folded_models = 0;
  for (const std::filesystem::path& path : ModelFiles()) {
    const bool large = std::filesystem::file_size(path) > 2000000;
    for (RoundingMode rounding : {RoundingMode::kTflite, RoundingMode::kTflm}) {
      const QuantizedNetwork model = ReadFile(path, rounding);
      const FoldedNetwork folded = FoldChannels(model);
      folded_models += folded.report.changed();
      EXPECT_LE(folded.report.macs_after, folded.report.macs_before);
      for (uint64_t seed = 0; seed < (large ? 1 : 5); ++seed) {
        const std::vector<int8_t> input = RandomInput(model.network, seed);
        ASSERT_EQ(RunReference(folded.network, input), RunReference(model, input)) << path;
      }
    }
  }
  EXPECT_GE(folded_models, OutsideData("tflite") ? 10 : 2);
}

TEST(ModelFiles, LoseTheirDeadHalf) {
  const FoldReport report =
      FoldChannels(ReadFile(SourceRoot() / "tests/data/half_dead.tflite", RoundingMode::kTflite))
          .report;
  EXPECT_EQ(report.channels_before - report.channels_after, 2 * 16);
  EXPECT_LE(Share(report.macs_after, report), 0.51);
  EXPECT_LE(Share(report.least_macs, report), 0.48);
  const auto models = OutsideData("tflite");
  if (!models) return;
  const FoldReport vww =
      FoldChannels(ReadFile(*models / "vww_96_int8.tflite", RoundingMode::kTflite)).report;
  EXPECT_LE(Share(vww.least_macs, vww), 0.498);
  EXPECT_LE(Share(vww.macs_after, vww), 0.504);
  // All-zero weights make 1555 of them, saturated activations the rest.
  EXPECT_GE(vww.constant_channels, 1555);
  const FoldReport mcunet =
      FoldChannels(ReadFile(*models / "mcunet_vww1.tflite", RoundingMode::kTflite)).report;
  EXPECT_LE(Share(mcunet.least_macs, mcunet), 0.945);
  EXPECT_LE(Share(mcunet.macs_after, mcunet), 0.962);
}

TEST(ModelFiles, AreLeftAloneWhereNothingIsDead) {
  std::vector<std::filesystem::path> files = {SourceRoot() / "tests/data/keywords.tflite"};
  for (const char* name : {"pretrainedResnet_quant.tflite", "kws_ref_model.tflite"})
    if (const auto file = OutsideData(std::string("tflite/") + name)) files.push_back(*file);
  for (const auto& file : files) {
    const QuantizedNetwork model = ReadFile(file, RoundingMode::kTflite);
    const FoldedNetwork folded = FoldChannels(model);
    EXPECT_FALSE(folded.report.changed()) << file;
    EXPECT_EQ(folded.network.network.operators, model.network.operators) << file;
  }
}

}  // namespace
}  // namespace mcunas
