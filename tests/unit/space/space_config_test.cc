#include <gtest/gtest.h>

#include "common/config.h"
#include "nas/space/space_config.h"
#include "small_spaces.h"

namespace mcunas {
namespace {

// Collects the rules that a config breaks; values and ranges are the reader's business.
class Rules : public ConfigVisitor {
 public:
  void Integer(const char* key, int64_t& value, Range range, const FieldHelp&) override {
    Check(key, static_cast<double>(value), range);
  }
  void Real(const char* key, double& value, Range range, const FieldHelp&) override {
    Check(key, value, range);
  }
  void Boolean(const char*, bool&, const FieldHelp&) override {}
  void Text(const char*, std::string&, const FieldHelp&) override {}
  void Choice(const char*, std::string&, const std::vector<std::string>&,
              const FieldHelp&) override {}
  void Duration(const char*, double&, Range, const FieldHelp&) override {}
  void Integers(const char* key, std::vector<int64_t>& value, Range range,
                const FieldHelp&) override {
    for (const int64_t v : value) Check(key, static_cast<double>(v), range);
  }
  void IntegersOrOne(const char* key, std::vector<int64_t>& value, Range range,
                     const FieldHelp& help) override {
    Integers(key, value, range, help);
  }
  void Reals(const char* key, std::vector<double>& value, Range range, const FieldHelp&) override {
    for (const double v : value) Check(key, v, range);
  }
  void Resolutions(const char* key, std::vector<Resolution>& value, Range range,
                   const FieldHelp&) override {
    for (const Resolution& r : value) {
      for (const int side : {r.height, r.width}) Check(key, side, range);
    }
  }
  void Texts(const char*, std::vector<std::string>&, const std::vector<std::string>&,
             const FieldHelp&) override {}
  void Choices(const char*, std::map<std::string, std::string>&, const std::vector<std::string>&,
               const std::vector<std::string>&, const FieldHelp&) override {}
  void Section(const char*, const FieldHelp&,
               const std::function<void(ConfigVisitor&)>& describe) override {
    describe(*this);
  }
  void Sections(const char*, const FieldHelp&, size_t size, const std::function<void(size_t)>&,
                const std::function<void(ConfigVisitor&, size_t)>& describe) override {
    for (size_t i = 0; i < size; ++i) describe(*this, i);
  }
  void Base(const char*, const FieldHelp&) override {}
  void Require(bool holds, const char* key, const std::string& message) override {
    if (!holds) broken_ += std::string(key) + " " + message + "\n";
  }
  void Mandatory(const char*) override {}

  std::string broken_;

 private:
  void Check(const char* key, double value, Range range) {
    if (value < range.min || value > range.max) broken_ += std::string(key) + " out of range\n";
  }
};

std::string Broken(SpaceConfig space) {
  Rules rules;
  Describe(rules, space);
  return rules.broken_;
}

TEST(SpaceConfig, DefaultsAndSmallSpacesAreLegal) {
  EXPECT_EQ(Broken(SpaceConfig{}), "");
  EXPECT_EQ(Broken(TinySpace()), "");
}

TEST(SpaceConfig, KernelsAreOdd) {
  SpaceConfig space;
  space.kernel = {3, 4};
  EXPECT_EQ(Broken(space), "kernel must be 3, 5 or 7\n");
  space.kernel = {1};
  EXPECT_EQ(Broken(space), "kernel out of range\n");
}

TEST(SpaceConfig, ChoicesAreDistinct) {
  SpaceConfig space;
  space.width = {0.5, 0.5};
  space.depth = {2, 2};
  EXPECT_EQ(Broken(space),
            "width must not name a value twice\ndepth must not name a value twice\n");
}

TEST(SpaceConfig, MapsDoNotVanish) {
  SpaceConfig space = TinySpace();
  space.stem_stride = 2;
  space.resolution = {8, 16};
  EXPECT_EQ(Broken(space), "");
  space.resolution = {7, 16};
  EXPECT_EQ(Broken(space),
            "resolution must be at least the product of all strides, 8, or the last feature map "
            "vanishes\n");
}

TEST(SpaceConfig, NumbersHaveRanges) {
  SpaceConfig space = TinySpace();
  space.width = {0, 5};
  space.stages[0].stride = 3;
  EXPECT_EQ(Broken(space), "width out of range\nwidth out of range\nstride out of range\n");
  space = TinySpace();
  space.stages.clear();
  EXPECT_EQ(Broken(space), "stages must have at least one stage\n");
}

}  // namespace
}  // namespace mcunas
