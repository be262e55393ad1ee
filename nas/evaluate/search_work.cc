#include "nas/evaluate/search_work.h"

#include <algorithm>
#include <cmath>

#include "common/check.h"

namespace mcunas {

double TrainingWork(double macs, int64_t images) {
  constexpr double kPasses = 3;
  return kPasses * macs * static_cast<double>(images);
}

int64_t EpochsWorth(double work, double macs, int64_t images) {
  MCUNAS_CHECK(macs > 0 && images > 0, "epochs of nothing");
  return std::max<int64_t>(1, std::llround(work / TrainingWork(macs, images)));
}

}  // namespace mcunas
