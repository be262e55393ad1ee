// A section whose fields stand in a file of their own.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdint>
#include <filesystem>

#include "common/config_read.h"
#include "common/file.h"
#include "temporary_folder.h"

namespace mcunas {
namespace {

using ::testing::HasSubstr;

struct Space {
  int64_t size = 1;
  std::vector<int64_t> steps = {1};
  std::string root;
};

// A configuration in lab/, its section's file in lab/parts/.
class ConfigBase : public testing::Test {
 protected:
  ConfigBase() { std::filesystem::create_directories(folder_.path() / "lab/parts"); }

  std::string Part(const std::string& name) const {
    return (folder_.path() / "lab/parts" / name).string();
  }
  void Write(const std::string& name, const std::string& text) const {
    ASSERT_TRUE(WriteFileAtomically(Part(name), text));
  }

  Expected<Space> Read(const std::string& section,
                       const std::vector<std::string>& overrides = {}) const {
    const std::string config = (folder_.path() / "lab/experiment.yaml").string();
    EXPECT_TRUE(WriteFileAtomically(config, "space:\n" + section));
    Space space;
    const auto describe = [&](ConfigVisitor& v) {
      v.Section("space", {"", ""}, [&](ConfigVisitor& inner) {
        inner.Base("file", {"", ""});
        inner.Integer("size", space.size, {1, 9}, {"", ""});
        inner.Integers("steps", space.steps, {1, 9}, {"", ""});
        inner.Path("root", space.root, {"", ""});
        inner.Require(space.steps.size() < 3, "steps", "must be one or two");
      });
    };
    if (const auto loaded = LoadConfig(config, overrides, describe); !loaded) return loaded.error();
    return space;
  }
  // The one problem of a configuration that names a.yaml, which holds `text`.
  std::string Problem(const std::string& text) const {
    Write("a.yaml", text);
    const auto read = Read("  file: parts/a.yaml\n");
    if (read.ok()) return "no problem";
    EXPECT_THAT(read.error().message, HasSubstr("1 problem in")) << read.error().message;
    return read.error().message;
  }

  fake::TemporaryFolder folder_;
};

TEST_F(ConfigBase, HoldsWhatDoesNotStandBesideIt) {
  Write("a.yaml", "size: 2\nsteps: [3, 4]\n");
  const auto read = Read("  steps: [5]\n  file: parts/a.yaml\n");
  ASSERT_TRUE(read.ok()) << read.error().message;
  EXPECT_EQ(read->size, 2);
  EXPECT_EQ(read->steps, std::vector<int64_t>{5});
}

TEST_F(ConfigBase, IsBelowOverrides) {
  Write("a.yaml", "size: 2\nsteps: [3, 4]\n");
  const auto read = Read("  file: parts/a.yaml\n", {"space.size=7"});
  ASSERT_TRUE(read.ok()) << read.error().message;
  EXPECT_EQ(read->size, 7);
  EXPECT_EQ(read->steps, (std::vector<int64_t>{3, 4}));
}

TEST_F(ConfigBase, IsFoundFromWhereItsNameStands) {
  Write("a.yaml", "root: data\n");
  Write("b.yaml", "size: 3\n");
  const auto read = Read("  file: parts/a.yaml\n");
  ASSERT_TRUE(read.ok()) << read.error().message;
  EXPECT_EQ(read->root, Part("data"));
  const auto absolute = Read("  file: parts/a.yaml\n", {"space.file=" + Part("b.yaml")});
  ASSERT_TRUE(absolute.ok()) << absolute.error().message;
  EXPECT_EQ(absolute->size, 3);
  // On the command line a name begins at the current folder.
  const auto relative = Read("  size: 1\n", {"space.file=parts/b.yaml"});
  ASSERT_FALSE(relative.ok());
  EXPECT_THAT(relative.error().message,
              HasSubstr((std::filesystem::current_path() / "parts/b.yaml").string()));
}

TEST_F(ConfigBase, ProblemsHaveItsPlaces) {
  const std::string here = Part("a.yaml");
  EXPECT_THAT(Problem("size: 2\nsteep: [3]\n"), HasSubstr(here + ":2:1: error: space.steep"));
  EXPECT_THAT(Problem("size: 10\n"), HasSubstr(here + ":1:7: error: space.size: 10 is out of"));
  EXPECT_THAT(Problem("\nsteps: [1, 2, 3]\n"), HasSubstr(here + ":2:8: error: space.steps"));
  EXPECT_THAT(Problem("size: 2\nsize: 3\n"), HasSubstr(here + ":2:1: error"));
  EXPECT_THAT(Problem("size: 'x\n"), HasSubstr(here + ":1:7: error"));
  EXPECT_THAT(Problem("size: 2\nfile: b.yaml\n"),
              HasSubstr(here + ":2:1: error: space.file: cannot name a second file"));
}

TEST_F(ConfigBase, MustBeAFileWithFields) {
  const auto message = [&](const std::string& name) {
    const auto read = Read("  size: 1\n  file: " + name + "\n");
    return read.ok() ? "no problem" : read.error().message;
  };
  EXPECT_THAT(message("parts/none.yaml"), HasSubstr("experiment.yaml:3:9: error: space.file: "));
  EXPECT_THAT(message("parts/none.yaml"), HasSubstr(Part("none.yaml") + ": No such file"));
  EXPECT_THAT(message("parts"), HasSubstr("Is a directory"));
  EXPECT_THAT(message("[parts]"), HasSubstr("must be a single text"));
  const std::string no_fields = "must hold the section's 'key: value' lines";
  EXPECT_THAT(Problem("# nothing\n"), HasSubstr(no_fields));
  EXPECT_THAT(Problem("- size: 2\n"), HasSubstr(no_fields));
  EXPECT_THAT(Problem("#" + std::string(300'000, '-')), HasSubstr("is too large"));
}

}  // namespace
}  // namespace mcunas
