#include "kernels/mcu_requantize.h"

#include <gtest/gtest.h>

#include "common/random.h"
#include "tests/unit/kernels/model.h"

namespace mcunas {
namespace {

constexpr int kValues = 2'000'000;

int32_t RandomMultiplier(RandomStream* random) {
  return static_cast<int32_t>(random->Between(int64_t{1} << 30, (int64_t{1} << 31) - 1));
}

TEST(Requantize, FastDoubleRoundingEqualsTheDefinition) {
  RandomStream random(1, "fast rounding");
  for (int i = 0; i < kValues; ++i) {
    const int shift = static_cast<int>(random.Between(1, 22));
    const int64_t room = (int64_t{1} << 31) - (int64_t{257} << (shift - 1));
    const int64_t bound = std::min<int64_t>((int64_t{1} << 30) - 1, room - 1);
    const int bits = static_cast<int>(random.Between(1, 30));
    const int64_t limit = std::min(bound, int64_t{1} << bits);
    const auto value = static_cast<int32_t>(random.Between(-limit, limit));
    const int32_t multiplier = RandomMultiplier(&random);
    const auto zero_point = static_cast<int32_t>(random.Between(-128, 127));
    const int32_t offset = mcu_fast_offset(zero_point, shift);
    ASSERT_EQ(mcu_multiply_fast(value, multiplier, shift, offset),
              model::MultiplyDouble(value, multiplier, shift) + zero_point)
        << value << " * " << multiplier << " >> " << shift;
  }
}

TEST(Requantize, TheOtherFastFormsEqualTheirDefinitions) {
  RandomStream random(4, "other fast forms");
  for (int i = 0; i < kValues; ++i) {
    const int shift = static_cast<int>(random.Between(0, 22));
    const int64_t room = (int64_t{1} << 31) - (int64_t{257} << std::max(0, shift - 1));
    const int64_t bound = std::min<int64_t>((int64_t{1} << 30) - 1, room - 1);
    const int64_t limit = std::min(bound, int64_t{1} << random.Between(1, 30));
    const auto value = static_cast<int32_t>(random.Between(-limit, limit));
    const int32_t multiplier = random.Chance(0.3) ? 1 << 30 : RandomMultiplier(&random);
    const auto zero = static_cast<int32_t>(random.Between(-128, 127));
    const int32_t relu = mcu_multiply_relu(value, multiplier, shift, mcu_fast_offset(zero, shift));
    ASSERT_EQ(std::max(relu, zero),
              std::max(model::MultiplyDouble(value, multiplier, shift) + zero, zero))
        << value << " * " << multiplier << " >> " << shift;
    if (shift < 2) continue;
    ASSERT_EQ(mcu_multiply_single(value, multiplier, shift, mcu_fast_offset(zero, shift - 1)),
              model::MultiplySingle(value, multiplier, shift) + zero)
        << value << " * " << multiplier << " >> " << shift;
  }
}

// Ties are where roundings differ: multipliers of few bits hit them all the time.
TEST(Requantize, FastDoubleRoundingIsRightAtTies) {
  for (int shift = 1; shift <= 12; ++shift) {
    for (int32_t value = -5000; value <= 5000; ++value) {
      for (const int32_t multiplier : {1 << 30, 3 << 29, 5 << 28}) {
        ASSERT_EQ(mcu_multiply_fast(value, multiplier, shift, mcu_fast_offset(-7, shift)),
                  model::MultiplyDouble(value, multiplier, shift) - 7);
      }
    }
  }
}

TEST(Requantize, ExactFormsEqualTheDefinitions) {
  RandomStream random(2, "exact rounding");
  for (int i = 0; i < kValues; ++i) {
    const int shift = static_cast<int>(random.Between(-7, 31));
    // What a left shift pushes out of 32 bits is nobody's contract.
    const int64_t limit = (int64_t{1} << (shift < 0 ? 31 + shift : 31)) - 1;
    const auto value = static_cast<int32_t>(random.Between(-limit, limit) >> random.Below(24));
    const int32_t multiplier = random.Chance(0.02) ? 0 : RandomMultiplier(&random);
    ASSERT_EQ(mcu_multiply_exact(value, multiplier, shift, 0),
              model::MultiplyDouble(value, multiplier, shift));
    ASSERT_EQ(mcu_multiply_exact(value, multiplier, shift, 1),
              model::MultiplySingle(value, multiplier, shift));
  }
}

TEST(Requantize, TheTwoRoundingsDiffer) {
  int differences = 0;
  for (int32_t value = -3000; value < 3000; ++value) {
    const int32_t multiplier = 1518500250;
    differences +=
        mcu_multiply_exact(value, multiplier, 5, 0) != mcu_multiply_exact(value, multiplier, 5, 1);
  }
  EXPECT_GT(differences, 10);
}

TEST(Requantize, SixteenBitLanesBehaveAsTheInstructions) {
  RandomStream random(3, "lanes");
  for (int i = 0; i < 100'000; ++i) {
    const auto word = static_cast<int32_t>(random.Next()),
               other = static_cast<int32_t>(random.Next());
    const auto byte = [&](int k) { return static_cast<int8_t>(word >> (8 * k)); };
    ASSERT_EQ(mcu_low16(mcu_sxtb16(word)), byte(0));
    ASSERT_EQ(mcu_high16(mcu_sxtb16(word)), byte(2));
    ASSERT_EQ(mcu_low16(mcu_sxtb16_ror8(word)), byte(1));
    ASSERT_EQ(mcu_high16(mcu_sxtb16_ror8(word)), byte(3));
    const auto low = [](int32_t w) { return int64_t{static_cast<int16_t>(w)}; };
    const auto high = [](int32_t w) { return int64_t{static_cast<int16_t>(w >> 16)}; };
    const int64_t sum = 12345 + low(word) * low(other) + high(word) * high(other);
    ASSERT_EQ(mcu_smlad(word, other, 12345), static_cast<int32_t>(sum));
    ASSERT_EQ(mcu_pack_low(word, other), mcu_pair(mcu_low16(word), mcu_low16(other)));
    ASSERT_EQ(mcu_pack_high(word, other), mcu_pair(mcu_high16(word), mcu_high16(other)));
  }
}

}  // namespace
}  // namespace mcunas
