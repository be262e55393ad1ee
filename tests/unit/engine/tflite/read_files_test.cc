// Model files: read, verified, published ones of the size their authors state.
#include <gtest/gtest.h>

#include <filesystem>

#include "engine/tflite/read_tflite.h"
#include "network/verify.h"
#include "tests/data/models.h"

namespace mcunas {
namespace {

Expected<QuantizedNetwork> ReadModel(const std::filesystem::path& path) {
  return ReadTflite(BytesOf(path), path.string());
}

TEST(ModelFiles, AllAreRead) {
  const auto files = ModelFiles();
  EXPECT_GE(files.size(), OutsideData("tflite") ? 36u : 16u);
  for (const auto& path : files) {
    const Expected<QuantizedNetwork> model = ReadModel(path);
    ASSERT_TRUE(model.ok()) << model.error().message;
    EXPECT_TRUE(VerifyNetwork(model->network).ok());
  }
}

TEST(PublishedModels, ReshapeNothing) {
  const auto models = OutsideData("tflite");
  if (!models) GTEST_SKIP() << "no published models";
  for (const auto& path : FilesOf(*models, ".tflite")) {
    const Expected<QuantizedNetwork> model = ReadModel(path);
    ASSERT_TRUE(model.ok()) << model.error().message;
    for (const Operator& op : model->network.operators)
      EXPECT_NE(op.kind, OpKind::kReshape) << path << " reshapes for nothing";
  }
}

TEST(PublishedModels, HaveTheMacsTheirAuthorsState) {
  const auto models = OutsideData("tflite");
  if (!models) GTEST_SKIP() << "no published models";
  // Millions, one decimal; the person detector has three outputs.
  const std::vector<std::pair<const char*, double>> published = {
      {"mcunet_vww1.tflite", 11.6},
      {"vww_96_int8.tflite", 7.5},
      {"kws_ref_model.tflite", 2.7},
      {"pretrainedResnet_quant.tflite", 12.5},
      {"mcunetv2_large.tflite", 216.8}};
  for (const auto& [file, millions] : published) {
    const Expected<QuantizedNetwork> model = ReadModel(*models / file);
    ASSERT_TRUE(model.ok()) << model.error().message;
    EXPECT_NEAR(static_cast<double>(NetworkMacs(model->network).value) / 1e6, millions, 0.06)
        << file;
  }
  const Expected<QuantizedNetwork> detector = ReadModel(*models / "person_detection_fpn.tflite");
  ASSERT_TRUE(detector.ok());
  EXPECT_EQ(detector->network.outputs.size(), 3u);
}

}  // namespace
}  // namespace mcunas
