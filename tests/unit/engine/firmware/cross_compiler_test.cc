#include "engine/toolchain/cross_compiler.h"

#include <gtest/gtest.h>

#include <set>

namespace mcunas {
namespace {

TEST(CrossCompilerTest, ParsesOverflowOfBothRegions) {
  const std::string output =
      "ld: firmware.elf section `.test_vectors' will not fit in region `FLASH'\n"
      "ld: region `RAM' overflowed by 8328 bytes\n"
      "ld: region `FLASH' overflowed by 71 bytes\n";
  const auto overflow = ParseOverflow(output);
  ASSERT_EQ(overflow.size(), 2u);
  EXPECT_EQ(overflow.at("RAM"), 8328);
  EXPECT_EQ(overflow.at("FLASH"), 71);
  EXPECT_TRUE(ParseOverflow("undefined reference to `net_run'").empty());
}

TEST(CrossCompilerTest, FollowsIncludesOnce) {
  const std::map<std::string, std::string> files = {
      {"a.c", "#include \"b.h\"\nA"},
      {"sub/b.h", "#include \"c.h\"\n#include \"b.h\"\nB"},
      {"sub/c.h", "C"},
      {"d.h", "D"}};
  const std::string text = TextWithIncludes("a.c", files);
  EXPECT_NE(text.find('A'), std::string::npos);
  EXPECT_NE(text.find('B'), std::string::npos);
  EXPECT_NE(text.find('C'), std::string::npos);
  EXPECT_EQ(text.find('D'), std::string::npos);
  EXPECT_EQ(text.find('B'), text.rfind('B'));
}

TEST(CrossCompilerTest, EveryCoreHasFlagsOfItsOwn) {
  std::set<std::vector<std::string>> all;
  for (const CoreRow& core : kCores) {
    const auto compiler = FindCrossCompiler(core.value);
    if (!compiler.ok()) GTEST_SKIP() << compiler.error().message;
    EXPECT_EQ(compiler->core_flags[0], std::string("-mcpu=") + core.name);
    EXPECT_TRUE(all.insert(CompileFlags(*compiler)).second) << core.name;
  }
}

}  // namespace
}  // namespace mcunas
