#include "network/per_tensor.h"

#include <gtest/gtest.h>

#include <type_traits>
#include <vector>

namespace mcunas {
namespace {

template <typename Container, typename Place>
concept TakesPlace = requires(Container c, Place p) {
  c[p];
};

// A place counted from the container's beginning would be off by one.
static_assert(TakesPlace<PerTensor<int>, int> && !TakesPlace<PerTensor<int>, size_t>);
static_assert(TakesPlace<const PerTensor<int>, int> && !TakesPlace<const PerTensor<int>, size_t>);

TEST(PerTensor, BeginsAtTheNetworksInput) {
  PerTensor<int> t(3, 7);
  EXPECT_EQ(t.size(), 4u);
  EXPECT_EQ(t.end_number(), 3);
  t[kNetworkInput] = 1;
  t[2] = 9;
  EXPECT_EQ(std::vector<int>(t.begin(), t.end()), (std::vector<int>{1, 7, 7, 9}));
  EXPECT_TRUE(t.Has(kNetworkInput) && t.Has(2) && !t.Has(3) && !t.Has(-2));
}

TEST(PerTensor, GrowsByTheNextNumber) {
  PerTensor<int> t;
  EXPECT_TRUE(t.empty());
  EXPECT_EQ(t.end_number(), kNetworkInput);
  for (int number = kNetworkInput; number < 3; ++number) {
    EXPECT_EQ(t.end_number(), number);
    t.push_back(10 + number);
    EXPECT_EQ(t.back(), t[number]);
  }
  EXPECT_EQ(t, (PerTensor<int>{9, 10, 11, 12}));
  t.pop_back();
  t.resize(1);
  EXPECT_EQ(t, (PerTensor<int>{9, 10}));
}

TEST(PerOperator, BeginsAtTheFirstOperator) {
  PerOperator<bool> read(2, false);
  read[1] = true;
  EXPECT_EQ(read.end_number(), 2);
  EXPECT_FALSE(read[0]);
  EXPECT_TRUE(read[1]);
  EXPECT_FALSE(read.Has(kNetworkInput));
}

}  // namespace
}  // namespace mcunas
