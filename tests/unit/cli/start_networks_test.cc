#include "cli/run/start_networks.h"

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>

#include "nas/space/enumerate.h"

namespace mcunas {
namespace {

class StartNetworksTest : public testing::Test {
 protected:
  // A file in the test's folder.
  std::string Write(const std::string& name, const std::string& text) {
    const std::string path = testing::TempDir() + "start-" + name;
    std::ofstream(path) << text;
    return path;
  }
  std::string Refusal(const std::string& file) {
    config_.search.start = {file};
    const auto read = StartNetworks(config_);
    return read.ok() ? "accepted" : read.error().message;
  }

  ExperimentConfig config_;
};

TEST_F(StartNetworksTest, AreReadInOrder) {
  const Architecture small = Smallest(config_.space), large = Largest(config_.space);
  config_.search.start = {Write("a.json", ArchitectureToJson(small)),
                          Write("b.json", ArchitectureToJson(large))};
  const auto read = StartNetworks(config_);
  ASSERT_TRUE(read.ok()) << read.error().message;
  EXPECT_EQ(*read, (std::vector<Architecture>{small, large}));
}

TEST_F(StartNetworksTest, RefusalsNameTheFile) {
  Architecture foreign = Smallest(config_.space);
  foreign.stages[0][0].kind = BlockKind::kFused;
  const std::string outside = Write("outside.json", ArchitectureToJson(foreign));
  EXPECT_NE(Refusal(outside).find(outside + " holds a network that the space does not"),
            std::string::npos);
  const std::string broken = Write("broken.json", "{");
  EXPECT_NE(Refusal(broken).find(broken), std::string::npos);
  EXPECT_NE(Refusal("/nowhere/x.json").find("/nowhere/x.json"), std::string::npos);
}

// Relative to the experiment file, as its data are.
TEST_F(StartNetworksTest, LieBesideTheExperiment) {
  const std::string network = Write("c.json", ArchitectureToJson(Smallest(config_.space)));
  const std::string file = Write("x.yaml",
                                 "version: 1\nname: x\ntarget: {board: qemu-m4}\n"
                                 "data: {kind: synthetic}\n"
                                 "search: {start: [start-c.json]}\n");
  const auto config = LoadExperiment(file, {});
  ASSERT_TRUE(config.ok()) << config.error().message;
  EXPECT_EQ(std::filesystem::path(config->search.start.at(0)),
            std::filesystem::path(network).lexically_normal());
  const auto typed = LoadExperiment(file, {"search.start=[start-c.json]"});
  ASSERT_TRUE(typed.ok()) << typed.error().message;
  EXPECT_EQ(std::filesystem::path(typed->search.start.at(0)),
            std::filesystem::current_path() / "start-c.json")
      << "from where it is typed";
}

}  // namespace
}  // namespace mcunas
