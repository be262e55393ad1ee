// Published models keep their bytes and lose what MLPerf's fastest submissions lose.
#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <vector>

#include "engine/tflite/read_tflite.h"
#include "tests/unit/engine/passes/hand_made.h"

namespace mcunas {
namespace {

std::filesystem::path ModelsFolder() {
  const char* data = std::getenv("MCUNAS_DATA");
  const char* home = std::getenv("MCUNAS_HOME");
  const std::filesystem::path root =
      data ? std::filesystem::path(data)
           : std::filesystem::path(home ? home : ".") / ".." / "shared" / "data";
  return root / "tflite";
}

QuantizedNetwork ReadFile(const std::filesystem::path& path, RoundingMode rounding) {
  std::ifstream file(path, std::ios::binary);
  const std::vector<uint8_t> bytes((std::istreambuf_iterator<char>(file)), {});
  Expected<QuantizedNetwork> model = ReadTflite(bytes, path.string(), rounding);
  EXPECT_TRUE(model.ok()) << model.error().message;
  return std::move(*model);
}

double Share(Macs after, const FoldReport& report) {
  return static_cast<double>(after.value) / static_cast<double>(report.macs_before.value);
}

TEST(PublishedModels, KeepTheirBytes) {
  if (!std::filesystem::exists(ModelsFolder())) GTEST_SKIP() << "no " << ModelsFolder();
  int folded_models = 0;
  for (const auto& entry : std::filesystem::recursive_directory_iterator(ModelsFolder())) {
    if (entry.path().extension() != ".tflite") continue;
    const bool large = entry.file_size() > 2000000;
    for (RoundingMode rounding : {RoundingMode::kTflite, RoundingMode::kTflm}) {
      const QuantizedNetwork model = ReadFile(entry.path(), rounding);
      const FoldedNetwork folded = FoldChannels(model);
      folded_models += folded.report.changed();
      EXPECT_LE(folded.report.macs_after, folded.report.macs_before);
      for (uint64_t seed = 0; seed < (large ? 1 : 5); ++seed) {
        const std::vector<int8_t> input = RandomInput(model.network, seed);
        ASSERT_EQ(RunReference(folded.network, input), RunReference(model, input)) << entry.path();
      }
    }
  }
  EXPECT_GE(folded_models, 10);
}

TEST(PublishedModels, LoseTheirDeadHalf) {
  if (!std::filesystem::exists(ModelsFolder())) GTEST_SKIP() << "no " << ModelsFolder();
  const FoldReport vww =
      FoldChannels(ReadFile(ModelsFolder() / "vww_96_int8.tflite", RoundingMode::kTflite)).report;
  EXPECT_LE(Share(vww.least_macs, vww), 0.498);
  EXPECT_LE(Share(vww.macs_after, vww), 0.504);
  // All-zero weights make 1555 of them, saturated activations the rest.
  EXPECT_GE(vww.constant_channels, 1555);
  const FoldReport mcunet =
      FoldChannels(ReadFile(ModelsFolder() / "mcunet_vww1.tflite", RoundingMode::kTflite)).report;
  EXPECT_LE(Share(mcunet.least_macs, mcunet), 0.945);
  EXPECT_LE(Share(mcunet.macs_after, mcunet), 0.962);
}

TEST(PublishedModels, AreLeftAloneWhereNothingIsDead) {
  if (!std::filesystem::exists(ModelsFolder())) GTEST_SKIP() << "no " << ModelsFolder();
  for (const char* file : {"pretrainedResnet_quant.tflite", "kws_ref_model.tflite"}) {
    const QuantizedNetwork model = ReadFile(ModelsFolder() / file, RoundingMode::kTflite);
    const FoldedNetwork folded = FoldChannels(model);
    EXPECT_FALSE(folded.report.changed()) << file;
    EXPECT_EQ(folded.network.network.operators, model.network.operators) << file;
  }
}

}  // namespace
}  // namespace mcunas
