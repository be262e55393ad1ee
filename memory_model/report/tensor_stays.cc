#include "memory_model/report/tensor_stays.h"

#include <algorithm>

namespace mcunas {
namespace {

size_t At(int tensor) { return static_cast<size_t>(tensor + 1); }

struct Life {
  int first = 0;
  int last = -1;  // before anybody read it
};

std::vector<Life> Lives(const Network& network, const ExecutionPlan& plan) {
  const std::vector<int> group_of = GroupOfOperators(network, plan);
  const int end = static_cast<int>(plan.groups.size()) - 1;
  std::vector<Life> lives(plan.tensors.size());
  for (size_t i = 0; i < network.operators.size(); ++i) {
    lives[i + 1].first = group_of[i];
    for (int t : network.operators[i].inputs)
      lives[At(t)].last = std::max(lives[At(t)].last, group_of[i]);
  }
  for (Life& life : lives)
    if (life.last < 0) life.last = end;
  for (int t : OutputTensors(network)) lives[At(t)].last = end;
  return lives;
}

}  // namespace

std::vector<int> GroupOfOperators(const Network& network, const ExecutionPlan& plan) {
  std::vector<int> group_of(network.operators.size(), 0);
  for (size_t g = 0; g < plan.groups.size(); ++g)
    for (int i = plan.groups[g].first; i < plan.groups[g].last; ++i)
      group_of[static_cast<size_t>(i)] = static_cast<int>(g);
  return group_of;
}

std::vector<TensorStay> TensorStays(const Network& network, const ExecutionPlan& plan) {
  const std::vector<Life> lives = Lives(network, plan);
  std::vector<TensorStay> stays;
  for (size_t t = 0; t < plan.tensors.size(); ++t) {
    const TensorPlacement& p = plan.tensors[t];
    TensorStay stay{
        static_cast<int>(t) - 1, lives[t].first, lives[t].last, p.region, p.offset, p.size()};
    for (const TensorMove& move : plan.moves) {
      if (move.tensor != stay.tensor) continue;
      TensorStay before = stay;
      before.last = move.group - 1;
      if (before.last >= before.first) stays.push_back(before);
      stay.first = move.group;
      stay.offset = move.offset;
      stay.region = move.region;
    }
    stays.push_back(stay);
  }
  return stays;
}

}  // namespace mcunas
