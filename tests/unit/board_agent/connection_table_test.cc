#include "board_agent/server/connection_table.h"

#include <gtest/gtest.h>

#include <random>
#include <set>

namespace mcunas {
namespace {

class Table : public ::testing::Test {
 protected:
  ConnectionTable::Id Admit(const std::string& peer = "a") {
    const auto name = std::make_shared<ConnectionTable::Id>(0);
    *name = table_.Admit(peer, [this, name] { dropped_.push_back(*name); });
    return *name;
  }

  std::vector<ConnectionTable::Id> dropped_;
  ConnectionTable table_{{.total = 4, .held = 2, .silent_per_peer = 3}};
};

TEST_F(Table, TheOldestSilentConnectionGivesItsSeat) {
  const auto first = Admit("a"), second = Admit("b");
  Admit("c"), Admit("d");
  EXPECT_TRUE(table_.Enter(first, ConnectionPhase::kTransfer));
  EXPECT_NE(Admit("e"), 0u);
  EXPECT_EQ(dropped_, std::vector{second});
  EXPECT_EQ(table_.size(), 4);
}

TEST_F(Table, SilenceAfterARequestIsYoung) {
  const auto first = Admit("a"), second = Admit("b");
  table_.Enter(first, ConnectionPhase::kTransfer);
  table_.Enter(first, ConnectionPhase::kSilent);
  EXPECT_TRUE(table_.DropSilent());
  EXPECT_EQ(dropped_, std::vector{second});
}

TEST_F(Table, APeerHasItsShareOfSilence) {
  const auto other = Admit("b"), first = Admit("a");
  Admit("a"), Admit("a");
  Admit("a");
  EXPECT_EQ(dropped_, std::vector{first}) << "of the crowd, though the other one is older";
  table_.Leave(other);
  EXPECT_EQ(table_.size(), 3);
}

TEST_F(Table, TransfersGoBeforeLongPollsWhichNeverGo) {
  const auto poll = Admit(), another = Admit(), third = Admit();
  EXPECT_TRUE(table_.Enter(poll, ConnectionPhase::kHeld));
  EXPECT_TRUE(table_.Enter(another, ConnectionPhase::kHeld));
  EXPECT_FALSE(table_.Enter(third, ConnectionPhase::kHeld)) << "two may be held";
  table_.Enter(third, ConnectionPhase::kTransfer);
  table_.Enter(Admit(), ConnectionPhase::kTransfer);
  EXPECT_NE(Admit(), 0u);
  EXPECT_EQ(dropped_, std::vector{third});
  EXPECT_TRUE(table_.Enter(third, ConnectionPhase::kHeld)) << "gone: nobody cares";
  table_.Leave(third);
  EXPECT_EQ(table_.size(), 4);
}

TEST(ConnectionTable, KeepsItsBoundsWhateverHappens) {
  const ConnectionLimits limits{.total = 20, .held = 8, .silent_per_peer = 6};
  ConnectionTable table(limits);
  std::set<ConnectionTable::Id> seated;
  std::mt19937 random(7);
  for (int step = 0; step < 20'000; ++step) {
    const auto pick = [&] {
      return *std::next(seated.begin(), static_cast<std::ptrdiff_t>(random() % seated.size()));
    };
    const auto what = random() % 4;
    if (what == 0 || seated.empty()) {
      const auto name = std::make_shared<ConnectionTable::Id>(0);
      *name = table.Admit(std::to_string(random() % 5), [&, name] { seated.erase(*name); });
      ASSERT_NE(*name, 0u) << "eight of twenty can be held, so there is always a seat";
      seated.insert(*name);
    } else if (what == 1) {
      const auto id = pick();
      table.Leave(id);
      seated.erase(id);
    } else {
      table.Enter(pick(), static_cast<ConnectionPhase>(random() % kConnectionPhases));
    }
    ASSERT_EQ(table.size(), static_cast<int>(seated.size()));
    ASSERT_LE(table.size(), limits.total);
  }
}

}  // namespace
}  // namespace mcunas
