// The table of operator kinds: what is frozen, and that a sample network shows every row.
#include "network/operator_kinds.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <string>

#include "every_kind.h"

namespace mcunas {
namespace {

// Names stand in files, hash codes in study files: neither may ever change.
TEST(OperatorKinds, NamesAndHashCodesAreFrozen) {
  const std::map<std::string, int> frozen = {{"conv", 1},
                                             {"pointwise", 2},
                                             {"depthwise", 3},
                                             {"add", 4},
                                             {"average_pool", 5},
                                             {"global_average_pool", 6},
                                             {"fully_connected", 7},
                                             {"max_pool", 8},
                                             {"multiply", 9},
                                             {"add_constant", 10},
                                             {"multiply_constant", 11},
                                             {"resize_nearest", 12},
                                             {"concatenation", 13},
                                             {"softmax", 14},
                                             {"logistic", 15},
                                             {"reshape", 16},
                                             {"tanh", 32},
                                             {"hard_swish", 33},
                                             {"leaky_relu", 34},
                                             {"requantize", 35},
                                             {"subtract", 36},
                                             {"subtract_constant", 37},
                                             {"maximum", 38},
                                             {"maximum_constant", 39},
                                             {"minimum", 40},
                                             {"minimum_constant", 41},
                                             {"slice", 42},
                                             {"pad", 43},
                                             {"resize_bilinear", 44},
                                             {"transpose_conv", 45},
                                             {"prelu", 46}};
  for (const auto& [name, code] : frozen) {
    const std::optional<OpKind> kind = FindOpKind(name);
    ASSERT_TRUE(kind) << name;
    EXPECT_EQ(TraitsOf(*kind).hash_code, code) << name;
  }
  EXPECT_FALSE(FindOpKind("Conv"));
  EXPECT_FALSE(FindOpKind(""));
}

TEST(OperatorKinds, ASampleNetworkHasThemAll) {
  const Network network = EveryKind();
  for (const OperatorTraits& row : AllOperatorTraits()) {
    EXPECT_TRUE(std::any_of(network.operators.begin(), network.operators.end(),
                            [&](const Operator& op) { return op.kind == row.kind; }))
        << row.name;
    EXPECT_EQ(FindOpKind(row.name), row.kind);
    EXPECT_TRUE(!row.has(OperatorTraits::kFourBits) || HasWeights(row.kind)) << row.name;
    EXPECT_TRUE(!row.has(OperatorTraits::kPerElement) || HasConstants(row.kind)) << row.name;
    EXPECT_TRUE(!row.has(OperatorTraits::kWindow) || row.operands == 1) << row.name;
    EXPECT_EQ(row.operands == 2, IsPairwise(row.kind)) << row.name;
  }
}

TEST(OperatorKinds, FamiliesCoverAllKindsOnce) {
  size_t kinds = 0;
  for (OpFamily family :
       {OpFamily::kWeighted, OpFamily::kPool, OpFamily::kPairwise, OpFamily::kConstants,
        OpFamily::kFunction, OpFamily::kSoftmax, OpFamily::kGeometry})
    kinds += KindsOf(family).size();
  EXPECT_EQ(kinds, AllOperatorTraits().size());
  EXPECT_EQ(KindsOf(OpFamily::kPairwise),
            (std::vector<OpKind>{OpKind::kAdd, OpKind::kMultiply, OpKind::kSubtract,
                                 OpKind::kMaximum, OpKind::kMinimum}));
}

TEST(OperatorKindsDeathTest, AKindWithoutARowStops) {
  EXPECT_DEATH(TraitsOf(static_cast<OpKind>(255)), "an operator kind without a row");
}

}  // namespace
}  // namespace mcunas
