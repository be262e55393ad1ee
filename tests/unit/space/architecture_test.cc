#include "nas/space/architecture.h"

#include <gtest/gtest.h>

#include "common/random.h"
#include "nas/space/space_config.h"
#include "nas/space/variation.h"
#include "small_spaces.h"

namespace mcunas {
namespace {

TEST(ArchitectureJson, HasOneCanonicalForm) {
  const Architecture a{24, 0.75, {{{3, 4}, {5, 6}}, {{7, 3}}}};
  EXPECT_EQ(ArchitectureToJson(a),
            R"({"resolution":24,"width":0.75,"stages":[[{"kernel":3,"expansion":4},)"
            R"({"kernel":5,"expansion":6}],[{"kernel":7,"expansion":3}]]})");
}

TEST(ArchitectureJson, ReadsBackWhatItWrote) {
  SpaceConfig space = TinySpace();
  space.width = {0.1, 1.0 / 3.0, 0.35};  // not exact in binary
  RandomStream random(1, "json");
  for (int i = 0; i < 100; ++i) {
    const Architecture a = Sample(space, &random);
    const auto back = ArchitectureFromJson(ArchitectureToJson(a));
    ASSERT_TRUE(back.ok()) << back.error().message;
    EXPECT_EQ(*back, a);
  }
}

TEST(ArchitectureJson, IgnoresSpacesAndKeyOrder) {
  const auto a = ArchitectureFromJson(
      " {\"stages\": [[{\"expansion\": 2, \"kernel\": 3}]],\n \"width\": 1, \"resolution\": 8}");
  ASSERT_TRUE(a.ok());
  EXPECT_EQ(*a, (Architecture{8, 1.0, {{{3, 2}}}}));
}

TEST(ArchitectureJson, NamesWhatIsWrong) {
  const auto message = [](const char* text) {
    const auto parsed = ArchitectureFromJson(text);
    if (parsed.ok()) return std::string("accepted");
    EXPECT_EQ(parsed.error().code, ErrorCode::kCorrupt);
    return parsed.error().message;
  };
  EXPECT_EQ(message("{"), "architecture: not JSON");
  EXPECT_EQ(message("[]"), "architecture: must be a JSON object");
  EXPECT_NE(message(R"({"resolution":0,"width":1,"stages":[]})").find("'resolution'"),
            std::string::npos);
  EXPECT_NE(message(R"({"resolution":8.5,"width":1,"stages":[]})").find("'resolution'"),
            std::string::npos);
  EXPECT_NE(message(R"({"resolution":8,"width":-1,"stages":[]})").find("'width'"),
            std::string::npos);
  EXPECT_NE(message(R"({"resolution":8,"width":1})").find("'stages'"), std::string::npos);
  EXPECT_NE(message(R"({"resolution":8,"width":1,"stages":[[3]]})").find("stage 0"),
            std::string::npos);
  EXPECT_NE(message(R"({"resolution":8,"width":1,"stages":[[{"kernel":3}]]})").find("stage 0"),
            std::string::npos);
}

}  // namespace
}  // namespace mcunas
