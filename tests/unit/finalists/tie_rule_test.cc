#include "nas/finalists/tie_rule.h"

#include <gmock/gmock.h>

namespace mcunas {
namespace {

constexpr int kImages = 1000;

// Gets the first `right` images right.
FinalNetwork Network(const std::string& name, int right, double milliseconds) {
  FinalNetwork network;
  network.record.hash = HashBytes(name);
  network.record.metrics["int8_accuracy"] = {1.0 * right / kImages, "ratio", Source::kMeasured};
  network.record.metrics["int8_accuracy_images"] = {kImages, "images", Source::kMeasured};
  network.record.metrics[metric::kPredictedLatency] = {milliseconds, "ms", Source::kAnalytic};
  std::vector<uint8_t> answers(kImages, 0);
  std::fill(answers.begin(), answers.begin() + right, 1);
  network.outcomes = Outcomes(answers);
  return network;
}

std::vector<std::string> Sorted(std::vector<FinalNetwork>* networks,
                                const std::vector<std::string>& names) {
  SortByTieRule(Score(), networks);
  std::vector<std::string> order;
  for (const FinalNetwork& network : *networks) {
    for (const std::string& name : names) {
      if (HashBytes(name) == network.record.hash) order.push_back(name);
    }
  }
  return order;
}

const std::vector<std::string> kNames = {"a", "b", "c", "d"};

// Of the same images, five more right of a thousand may be chance (p = 0.06), six are not (0.03).
TEST(TieRule, ChanceGoesToTheCheapest) {
  std::vector<FinalNetwork> networks = {Network("a", 700, 9), Network("b", 695, 5),
                                        Network("c", 694, 1), Network("d", 699, 7)};
  EXPECT_THAT(Sorted(&networks, kNames), ::testing::ElementsAre("b", "d", "a", "c"));
  EXPECT_TRUE(networks[0].tied && networks[1].tied && networks[2].tied);
  EXPECT_FALSE(networks[3].tied);
}

TEST(TieRule, ALoneWinnerIsNoTie) {
  std::vector<FinalNetwork> networks = {Network("a", 650, 1), Network("b", 700, 5)};
  EXPECT_THAT(Sorted(&networks, kNames), ::testing::ElementsAre("b", "a"));
  EXPECT_FALSE(networks[0].tied);
}

// Training cut short for its rivals' sake says nothing of how good the network is.
TEST(TieRule, WhoLostTheRaceDoesNotWinByCost) {
  std::vector<FinalNetwork> networks = {Network("a", 700, 9), Network("b", 699, 1)};
  networks[1].lost_race = true;
  EXPECT_THAT(Sorted(&networks, kNames), ::testing::ElementsAre("a", "b"));
  EXPECT_FALSE(networks[0].tied || networks[1].tied);
  networks[0].record.metrics["int8_accuracy"].value = 0.698;
  EXPECT_THAT(Sorted(&networks, kNames), ::testing::ElementsAre("b", "a")) << "the best score does";
}

// Without the images' outcomes Wilson's interval of the best speaks: 67.1 % to 72.8 %.
TEST(TieRule, SharesWithoutOutcomes) {
  std::vector<FinalNetwork> networks = {Network("a", 700, 9), Network("b", 672, 5),
                                        Network("c", 669, 1)};
  for (FinalNetwork& network : networks) network.outcomes = Outcomes();
  EXPECT_THAT(Sorted(&networks, kNames), ::testing::ElementsAre("b", "a", "c"));
}

TEST(TieRule, MeasurementsBeforePredictionsAndFailuresLast) {
  std::vector<FinalNetwork> networks = {Network("a", 700, 9), Network("b", 700, 1),
                                        Network("c", 700, 5)};
  networks[0].record.board = "qemu-m4";
  networks[0].record.boards["qemu-m4"].metrics[metric::kLatency] = {4, "ms", Source::kEmulated};
  networks[1].record.failure = FailureClass::kInfeasible;
  EXPECT_THAT(Sorted(&networks, kNames), ::testing::ElementsAre("a", "c", "b"));
}

}  // namespace
}  // namespace mcunas
