// Model files: read, verified, published ones of the size their authors state.
#include <gtest/gtest.h>

#include <filesystem>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "engine/tflite/read_tflite.h"
#include "network/json_read.h"
#include "network/operator_counts.h"
#include "network/verify.h"
#include "tests/data/models.h"

namespace mcunas {
namespace {

Expected<QuantizedNetwork> ReadModel(const std::filesystem::path& path) {
  return ReadTflite(BytesOf(path), path.string());
}

TEST(ModelFiles, AllAreRead) {
  const auto files = ModelFiles();
  EXPECT_GE(files.size(), OutsideData("tflite") ? 37u : 17u);
  for (const auto& path : files) {
    const Expected<QuantizedNetwork> model = ReadModel(path);
    ASSERT_TRUE(model.ok()) << model.error().message;
    EXPECT_TRUE(VerifyNetwork(model->network).ok());
  }
}

// So that a new kind cannot be forgotten there.
TEST(ModelFiles, OfThisTreeHoldEveryKind) {
  std::set<OpKind> missing;
  for (const OperatorTraits& row : AllOperatorTraits()) missing.insert(row.kind);
  for (const auto& path : FilesOf(SourceRoot() / "tests/data", ".tflite")) {
    const Expected<QuantizedNetwork> model = ReadModel(path);
    ASSERT_TRUE(model.ok()) << model.error().message;
    for (const Operator& op : model->network.operators) missing.erase(op.kind);
  }
  for (OpKind kind : missing) ADD_FAILURE() << OpName(kind) << " is in no model of tests/data";
}

// All published ones and those of ours whose converter had no reason to.
TEST(ModelFiles, ReshapeNothing) {
  std::vector<std::filesystem::path> files;
  for (const char* name : {"bottlenecks", "convolutions", "half_dead", "keywords", "pyramid"})
    files.push_back(SourceRoot() / "tests/data" / (std::string(name) + ".tflite"));
  if (const auto models = OutsideData("tflite"))
    for (const auto& path : FilesOf(*models, ".tflite")) files.push_back(path);
  for (const auto& path : files) {
    const Expected<QuantizedNetwork> model = ReadModel(path);
    ASSERT_TRUE(model.ok()) << model.error().message;
    for (const Operator& op : model->network.operators)
      EXPECT_NE(op.kind, OpKind::kReshape) << path << " reshapes for nothing";
  }
}

TEST(ModelFiles, HaveTheMacsOfTheirAuthors) {
  for (const char* name : {"bottlenecks", "pyramid"}) {
    const auto path = SourceRoot() / "tests/data" / name;
    const Expected<QuantizedNetwork> model = ReadModel(path.string() + ".tflite");
    const auto described = NetworkFromJson(TextOf(path.string() + ".json"), name);
    ASSERT_TRUE(model.ok() && described.ok());
    EXPECT_EQ(NetworkMacs(model->network).value, NetworkMacs(*described).value) << name;
    EXPECT_EQ(model->network.outputs.size(), described->outputs.size()) << name;
  }
  // Those of other people, as their authors state them: millions, one decimal.
  const std::vector<std::pair<const char*, double>> published = {
      {"mcunet_vww1.tflite", 11.6},
      {"vww_96_int8.tflite", 7.5},
      {"kws_ref_model.tflite", 2.7},
      {"pretrainedResnet_quant.tflite", 12.5},
      {"mcunetv2_large.tflite", 216.8}};
  for (const auto& [file, millions] : published) {
    const auto path = OutsideData(std::string("tflite/") + file);
    if (!path) continue;
    const Expected<QuantizedNetwork> model = ReadModel(*path);
    ASSERT_TRUE(model.ok()) << model.error().message;
    EXPECT_NEAR(static_cast<double>(NetworkMacs(model->network).value) / 1e6, millions, 0.06)
        << file;
  }
  if (const auto detector = OutsideData("tflite/person_detection_fpn.tflite")) {
    EXPECT_EQ(ReadModel(*detector)->network.outputs.size(), 3u);
  }
}

}  // namespace
}  // namespace mcunas
