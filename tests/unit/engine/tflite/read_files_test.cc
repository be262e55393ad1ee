// Published models: read, verified, of the size their authors state.
#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>

#include "engine/tflite/read_tflite.h"

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

Expected<QuantizedNetwork> ReadModel(const std::filesystem::path& path) {
  std::ifstream file(path, std::ios::binary);
  const std::vector<char> bytes{std::istreambuf_iterator<char>(file), {}};
  return ReadTflite({reinterpret_cast<const uint8_t*>(bytes.data()), bytes.size()}, path.string());
}

TEST(PublishedModels, AllAreRead) {
  if (!std::filesystem::exists(ModelsFolder())) GTEST_SKIP() << "no " << ModelsFolder();
  int read = 0;
  for (const auto& entry : std::filesystem::recursive_directory_iterator(ModelsFolder())) {
    if (entry.path().extension() != ".tflite") continue;
    const Expected<QuantizedNetwork> model = ReadModel(entry.path());
    ASSERT_TRUE(model.ok()) << model.error().message;
    EXPECT_TRUE(VerifyNetwork(model->network).ok());
    for (const Operator& op : model->network.operators)
      EXPECT_NE(op.kind, OpKind::kReshape) << entry.path() << " reshapes for nothing";
    ++read;
  }
  EXPECT_GE(read, 20);
}

TEST(PublishedModels, HaveTheMacsTheirAuthorsState) {
  if (!std::filesystem::exists(ModelsFolder())) GTEST_SKIP() << "no " << ModelsFolder();
  // Millions, one decimal; the person detector has three outputs.
  const std::vector<std::pair<const char*, double>> published = {
      {"mcunet_vww1.tflite", 11.6},
      {"vww_96_int8.tflite", 7.5},
      {"kws_ref_model.tflite", 2.7},
      {"pretrainedResnet_quant.tflite", 12.5},
      {"mcunetv2_large.tflite", 216.8}};
  for (const auto& [file, millions] : published) {
    const Expected<QuantizedNetwork> model = ReadModel(ModelsFolder() / file);
    ASSERT_TRUE(model.ok()) << model.error().message;
    EXPECT_NEAR(static_cast<double>(NetworkMacs(model->network).value) / 1e6, millions, 0.06)
        << file;
  }
  const Expected<QuantizedNetwork> detector =
      ReadModel(ModelsFolder() / "person_detection_fpn.tflite");
  ASSERT_TRUE(detector.ok());
  EXPECT_EQ(detector->network.outputs.size(), 3u);
}

}  // namespace
}  // namespace mcunas
