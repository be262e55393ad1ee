#include "memory_model/report/tensor_stays.h"

#include <algorithm>

namespace mcunas {
namespace {

struct Life {
  int first = 0;
  int last = -1;  // before anybody read it
};

PerTensor<Life> Lives(const Network& network, const ExecutionPlan& plan) {
  const PerOperator<int> group_of = GroupOfOperators(network, plan);
  const int end = static_cast<int>(plan.groups.size()) - 1;
  PerTensor<Life> lives(network.operator_count());
  for (int i = 0; i < network.operator_count(); ++i) {
    lives[i].first = group_of[i];
    for (int t : network.op(i).inputs) lives[t].last = std::max(lives[t].last, group_of[i]);
  }
  for (Life& life : lives)
    if (life.last < 0) life.last = end;
  for (int t : OutputTensors(network)) lives[t].last = end;
  return lives;
}

}  // namespace

PerOperator<int> GroupOfOperators(const Network& network, const ExecutionPlan& plan) {
  PerOperator<int> group_of(network.operator_count());
  for (size_t g = 0; g < plan.groups.size(); ++g)
    for (int i = plan.groups[g].first; i < plan.groups[g].last; ++i)
      group_of[i] = static_cast<int>(g);
  return group_of;
}

std::vector<TensorStay> TensorStays(const Network& network, const ExecutionPlan& plan) {
  const PerTensor<Life> lives = Lives(network, plan);
  std::vector<TensorStay> stays;
  for (int t = kNetworkInput; t < plan.tensors.end_number(); ++t) {
    const TensorPlacement& p = plan.tensors[t];
    TensorStay stay{t, lives[t].first, lives[t].last, p.region, p.offset, p.size()};
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
