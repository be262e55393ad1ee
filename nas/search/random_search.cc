#include "nas/search/random_search.h"

#include <string>

#include "common/random.h"
#include "nas/space/space_config.h"
#include "nas/space/variation.h"

namespace mcunas {
namespace {

class RandomSearch : public SearchStrategy {
 public:
  RandomSearch(const SpaceConfig& space, const SearchConfig& config)
      : space_(space),
        seed_(static_cast<uint64_t>(config.seed)),
        population_(static_cast<int>(config.population)) {}

  int batch() const override { return population_; }

  std::vector<Architecture> Ask(int n) override {
    std::vector<Architecture> result;
    for (int i = 0; i < n; ++i) {
      RandomStream random(seed_, "ask", std::to_string(asked_++));
      result.push_back(Sample(space_, &random));
    }
    return result;
  }
  void Tell(std::span<const CandidateRecord>) override {}

 private:
  SpaceConfig space_;
  uint64_t seed_;
  int population_;
  int64_t asked_ = 0;
};

}  // namespace

std::unique_ptr<SearchStrategy> MakeRandomSearch(const StrategySetup& setup) {
  return std::make_unique<RandomSearch>(setup.space, setup.config);
}

}  // namespace mcunas
