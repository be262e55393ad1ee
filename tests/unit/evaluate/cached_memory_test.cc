#include "nas/evaluate/cached_memory.h"

#include <gtest/gtest.h>

#include "nas/evaluate/board_memory.h"
#include "nas/space/enumerate.h"

namespace mcunas {
namespace {

class CountingMemory : public BoardMemoryEvaluator {
 public:
  using BoardMemoryEvaluator::BoardMemoryEvaluator;
  void Evaluate(CandidateRecord* record) const override {
    ++asked_;
    BoardMemoryEvaluator::Evaluate(record);
  }
  mutable int asked_ = 0;
};

TEST(CachedMemory, SaysTheSameAndAsksOnce) {
  const SpaceConfig space;
  const CountingMemory inner(space, {}, {KiB(64), {}, {}});
  const CachedMemory cached(inner);
  for (const bool again : {false, true}) {
    for (const Architecture& a : {Smallest(space), Largest(space)}) {
      CandidateRecord expected, record;
      expected.architecture = record.architecture = a;
      expected.index = record.index = again;
      BoardMemoryEvaluator(inner).Evaluate(&expected);
      cached.Evaluate(&record);
      EXPECT_EQ(record.metrics, expected.metrics);
      EXPECT_EQ(record.failure, expected.failure);
      EXPECT_EQ(record.failure_reason, expected.failure_reason);
      EXPECT_EQ(record.violation, expected.violation);
      EXPECT_EQ(record.index, again);
    }
  }
  EXPECT_EQ(inner.asked_, 2);
}

}  // namespace
}  // namespace mcunas
