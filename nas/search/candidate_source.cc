#include "nas/search/candidate_source.h"

#include "network/hash_network.h"

#include <algorithm>

#include "common/random.h"
#include "nas/space/architecture.h"
#include "nas/space/enumerate.h"
#include "nas/space/lower.h"
#include "nas/space/space_config.h"
#include "nas/space/task_shape.h"
#include "nas/space/variation.h"

namespace mcunas {
namespace {

// Batches of proposals without anything new before the strategy is given up on for the moment.
constexpr int kStaleBatches = 20;
constexpr int kStaleSamples = 200;
// Spaces up to this size are listed when sampling finds nothing new.
constexpr int64_t kListUpTo = 200000;

}  // namespace

CandidateSource::CandidateSource(const SpaceConfig& space, const TaskShape& task, uint64_t seed,
                                 SearchStrategy& strategy, const MemoryEvaluator& memory,
                                 std::vector<Architecture> starters)
    : space_(space),
      task_(task),
      seed_(seed),
      strategy_(strategy),
      memory_(memory),
      starters_(std::move(starters)) {}

std::vector<Draw> CandidateSource::Next(int wanted, int round) {
  std::vector<Draw> draws;
  int feasible = 0;
  const size_t most = static_cast<size_t>(wanted) * kDrawsPerCandidate;
  while (feasible < wanted && draws.size() < most && !exhausted_) {
    std::vector<Draw> fresh = Fresh(wanted - feasible, round);
    if (fresh.empty()) break;
    std::vector<CandidateRecord> outside;
    for (Draw& draw : fresh) {
      memory_.Evaluate(&draw.record);
      const bool fits = draw.record.failure == FailureClass::kNone;
      feasible += fits;
      if (!fits) outside.push_back(draw.record);
      draws.push_back(std::move(draw));
    }
    if (!outside.empty()) strategy_.Tell(outside);
  }
  return draws;
}

void CandidateSource::Admit(std::span<const Architecture> proposals, int round,
                            std::vector<Draw>* fresh) {
  for (const Architecture& architecture : proposals) {
    Draw draw;
    draw.network = Lower(space_, task_, architecture);
    draw.record.hash = NetworkHash(draw.network);
    if (!seen_.insert(draw.record.hash).second) continue;
    draw.record.index = static_cast<int64_t>(seen_.size()) - 1;
    draw.record.round = round;
    draw.record.architecture = architecture;
    fresh->push_back(std::move(draw));
  }
}

std::vector<Draw> CandidateSource::Fresh(int wanted, int round) {
  std::vector<Draw> fresh;
  const auto taken = std::min(starters_.size(), static_cast<size_t>(wanted));
  Admit(std::span(starters_).first(taken), round, &fresh);
  starters_.erase(starters_.begin(), starters_.begin() + static_cast<std::ptrdiff_t>(taken));
  for (int batch = 0; batch < kStaleBatches && fresh.empty(); ++batch) {
    Admit(strategy_.Ask(wanted), round, &fresh);
  }
  for (int sample = 0; sample < kStaleSamples && fresh.empty(); ++sample) {
    RandomStream random(seed_, "escape", std::to_string(sampled_++));
    const Architecture one[] = {Sample(space_, &random)};
    Admit(one, round, &fresh);
  }
  if (fresh.empty()) SweepSpace(wanted, round, &fresh);
  return fresh;
}

void CandidateSource::SweepSpace(int wanted, int round, std::vector<Draw>* fresh) {
  auto all = Enumerate(space_, kListUpTo);
  if (!all) return;  // a large space of few distinct networks: give up this round
  RandomStream random(seed_, "sweep", std::to_string(seen_.size()));
  random.Shuffle(&*all);
  for (const Architecture& architecture : *all) {
    Admit(std::span(&architecture, 1), round, fresh);
    if (fresh->size() == static_cast<size_t>(wanted)) return;
  }
  exhausted_ = fresh->empty();
}

}  // namespace mcunas
