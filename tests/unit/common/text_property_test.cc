// Laws of texts, numbers, checksums and quantities.
#include <gtest/gtest.h>

#include <algorithm>
#include <string>
#include <vector>

#include "common/hash.h"
#include "common/image_crc32.h"
#include "common/progress.h"
#include "common/random.h"
#include "common/text.h"
#include "common/units.h"

namespace mcunas {
namespace {

std::string RandomText(RandomStream* random, const std::string& letters, uint64_t longest) {
  std::string text;
  for (uint64_t n = random->Below(longest + 1); n > 0; --n)
    text += letters[random->Below(letters.size())];
  return text;
}

TEST(TextLaws, TrimmingTwiceIsTrimmingOnce) {
  RandomStream random(1, "trim");
  for (int i = 0; i < 500; ++i) {
    const std::string text = RandomText(&random, "ab \t\r\n", 12), trimmed = Trim(text);
    EXPECT_EQ(Trim(trimmed), trimmed);
    EXPECT_EQ(Trim(" \n" + text + "\t "), trimmed);
    EXPECT_NE(text.find(trimmed), std::string::npos);
  }
}

TEST(TextLaws, GroupedDigitsAreTheDigitsInThrees) {
  RandomStream random(1, "digits");
  for (int i = 0; i < 500; ++i) {
    const int64_t value = random.Between(-1'000'000'000'000, 1'000'000'000'000) >> random.Below(40);
    std::string text = GroupedDigits(value);
    const size_t space = text.rfind(' ');
    if (space != std::string::npos) {
      EXPECT_EQ(text.size() - space, 4u);
    }
    std::erase(text, ' ');
    EXPECT_EQ(text, std::to_string(value));
  }
  EXPECT_EQ(GroupedDigits(1234567), "1 234 567");
  EXPECT_EQ(GroupedDigits(-123), "-123");
  EXPECT_EQ(GroupedDigits(-1234), "-1 234");
}

TEST(TextLaws, PaddingFillsUpAndCutsNothing) {
  RandomStream random(1, "pad");
  for (int i = 0; i < 300; ++i) {
    const std::string text = RandomText(&random, "xyz", 10);
    const size_t width = random.Below(12);
    for (const std::string& padded : {PadLeft(text, width), PadRight(text, width)}) {
      EXPECT_EQ(padded.size(), std::max(text.size(), width));
      EXPECT_EQ(Trim(padded), text);
    }
    EXPECT_TRUE(PadLeft(text, width).ends_with(text));
    EXPECT_TRUE(PadRight(text, width).starts_with(text));
  }
}

TEST(TextLaws, FixedPointCutsNoNumberHoweverLarge) {
  EXPECT_EQ(std::stod(FixedPoint(1e300, 2)), 1e300);
  EXPECT_EQ(FixedPoint(-1e80, 3).size(), std::string("-.000").size() + 81);
}

TEST(TextLaws, FixedPointReadsBackWithinHalfOfItsLastDigit) {
  RandomStream random(1, "fixed");
  for (int digits = 0; digits <= 6; ++digits) {
    double step = 1;
    for (int i = 0; i < digits; ++i) step /= 10;
    for (int i = 0; i < 100; ++i) {
      const double value = 1000 * random.Normal();
      const std::string text = FixedPoint(value, digits);
      EXPECT_NEAR(std::stod(text), value, 0.5001 * step) << text;
      const size_t point = text.find('.');
      EXPECT_EQ(point == std::string::npos ? 0 : text.size() - point - 1,
                static_cast<size_t>(digits));
    }
  }
}

// One edit away is always found among names that are far from each other.
TEST(TextLaws, OneEditIsAlwaysForgiven) {
  const std::vector<std::string> names = {"population", "latency_ms", "sram_kb", "objectives"};
  RandomStream random(1, "edits");
  for (int i = 0; i < 400; ++i) {
    const std::string& meant = random.Pick(names);
    std::string wrong = meant;
    const size_t at = random.Below(wrong.size());
    switch (random.Below(4)) {
      case 0:
        wrong.erase(at, 1);
        break;
      case 1:
        wrong.insert(at, 1, 'q');
        break;
      case 2:
        wrong[at] = 'q';
        break;
      default:
        if (at > 0) std::swap(wrong[at], wrong[at - 1]);
    }
    EXPECT_EQ(NearestName(wrong, names), meant) << wrong;
  }
}

TEST(HashLaws, HexReadsBackAndNothingElseDoes) {
  RandomStream random(1, "hex");
  for (int i = 0; i < 200; ++i) {
    const Hash128 hash{random.Next(), random.Next()};
    Hash128 read;
    ASSERT_TRUE(ParseHash(hash.Hex(), &read));
    EXPECT_EQ(read, hash);
    EXPECT_EQ(hash.Short(), hash.Hex().substr(0, 12));
    std::string broken = hash.Hex();
    broken[random.Below(broken.size())] = 'g';
    EXPECT_FALSE(ParseHash(broken, &read));
    EXPECT_FALSE(ParseHash(hash.Hex().substr(1), &read));
    EXPECT_EQ(read, hash);  // a refused text leaves it alone
  }
}

TEST(HashLaws, EveryBitOfTheTextCounts) {
  RandomStream random(1, "avalanche");
  const std::string text = RandomText(&random, "0123456789abcdef", 100) + "end";
  const Hash128 whole = HashBytes(text);
  for (size_t bit = 0; bit < 8 * text.size(); ++bit) {
    std::string changed = text;
    changed[bit / 8] = static_cast<char>(changed[bit / 8] ^ (1 << (bit % 8)));
    const Hash128 other = HashBytes(changed);
    EXPECT_NE(other.high, whole.high);
    EXPECT_NE(other.low, whole.low);
  }
}

uint32_t CrcOf(const std::string& text, uint32_t crc = 0) {
  return ImageCrc32({reinterpret_cast<const uint8_t*>(text.data()), text.size()}, crc);
}

TEST(CrcLaws, IsTheCrcOfEthernetAndContinues) {
  EXPECT_EQ(CrcOf("123456789"), 0xCBF43926u);  // the check value of the published catalogue
  EXPECT_EQ(CrcOf(""), 0u);
  RandomStream random(1, "crc");
  for (int i = 0; i < 100; ++i) {
    const std::string text = RandomText(&random, "abc", 60);
    const size_t cut = random.Below(text.size() + 1);
    EXPECT_EQ(CrcOf(text.substr(cut), CrcOf(text.substr(0, cut))), CrcOf(text));
  }
}

TEST(UnitLaws, QuantitiesAddAndCompareLikeNumbers) {
  RandomStream random(1, "units");
  for (int i = 0; i < 100; ++i) {
    const int64_t a = random.Between(-1000, 1000), b = random.Between(-1000, 1000);
    EXPECT_EQ((Bytes(a) + Bytes(b)).value, a + b);
    EXPECT_EQ((Bytes(a) - Bytes(b)).value, a - b);
    EXPECT_EQ((Bytes(a) * b).value, a * b);
    EXPECT_EQ(Bytes(a) < Bytes(b), a < b);
    EXPECT_EQ(Bytes(a) == Bytes(b), a == b);
    Bytes sum(a);
    sum += Bytes(b);
    sum -= Bytes(a);
    EXPECT_EQ(sum, Bytes(b));
  }
  EXPECT_EQ(KiB(64).value, 65536);
}

// Ten seconds a step: what is left takes ten seconds for each of the steps that are left.
TEST(ProgressLaws, ShareAndRemainderFollowFromTheSpeed) {
  for (const int64_t total : {2, 7, 100}) {
    for (int64_t done = 1; done < total; ++done) {
      const std::string text =
          FormatProgress({"work", done, total, done, 10.0 * static_cast<double>(done), "note"});
      EXPECT_TRUE(text.starts_with("work: " + std::to_string(done) + "/" + std::to_string(total)));
      const std::string share = FixedPoint(100.0 * static_cast<double>(done) / total, 0);
      EXPECT_NE(text.find("(" + share + " %)"), std::string::npos) << text;
      const std::string left = FormatDuration(10.0 * static_cast<double>(total - done));
      EXPECT_NE(text.find(left + " left"), std::string::npos) << text;
      EXPECT_TRUE(text.ends_with("note")) << text;
    }
  }
}

}  // namespace
}  // namespace mcunas
