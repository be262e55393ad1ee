#include "memory_model/order/operator_order.h"

#include <algorithm>
#include <numeric>
#include <utility>

#include "common/check.h"
#include "common/index.h"
#include "memory_model/alignment.h"
#include "memory_model/order/order_beam.h"
#include "memory_model/order/order_bound.h"
#include "memory_model/order/order_demand.h"
#include "memory_model/order/order_problem.h"
#include "memory_model/order/order_search.h"

namespace mcunas {
namespace {

constexpr int64_t kBeamSteps = 1 << 23;  // bounds the time of a beam search over many items

int BeamWidth(const OrderSegment& segment) {
  const auto items = static_cast<int64_t>(segment.items.size());
  return static_cast<int>(std::clamp<int64_t>(kBeamSteps / (items * items), 1, kOrderBeamWidth));
}

// Lowers the peak of one segment where it is above `floor`.
class SegmentSolver {
 public:
  SegmentSolver(const OrderSegment& segment, int64_t floor) : segment_(segment), floor_(floor) {}

  void Solve() {
    peak_ = segment_.given_peak;
    if (peak_ <= floor_) return;
    if (segment_.items.size() <= kMostItems) floor_ = std::max(floor_, LeastPeakOf(segment_));
    if (peak_ <= floor_) return;
    const ItemOrder on_demand = OrderOnDemand(segment_);
    if (on_demand.peak < peak_) Take(on_demand);
    if (peak_ <= floor_) return;
    const ItemOrder beam = SearchBeam(segment_, floor_, BeamWidth(segment_));
    if (beam.peak < peak_) Take(beam);
    if (peak_ <= floor_) return;
    const bool small = segment_.branching <= kExactBranching;
    const ExactOrder exact =
        SearchExact(segment_, floor_, peak_, small ? kOrderStates : kOrderStatesBeyond);
    if (!exact.order.items.empty()) Take(exact.order);
    proven_ = exact.proven;
  }

  int64_t peak() const { return peak_; }
  bool proven() const { return proven_; }
  // Empty: the given order stays.
  const std::vector<int>& operators() const { return operators_; }

 private:
  void Take(const ItemOrder& order) {
    peak_ = order.peak;
    operators_.clear();
    for (int item : order.items)
      for (int op : segment_.items[Index(item)].operators) operators_.push_back(op);
  }

  const OrderSegment& segment_;
  int64_t floor_;
  int64_t peak_ = 0;
  bool proven_ = true;
  std::vector<int> operators_;
};

// Worst segment first: the others need not get below it.
void SolveSegments(const OrderProblem& problem, OperatorOrder* order) {
  std::vector<const OrderSegment*> worst_first;
  for (const OrderSegment& segment : problem.segments) worst_first.push_back(&segment);
  std::stable_sort(worst_first.begin(), worst_first.end(),
                   [](const auto* a, const auto* b) { return a->given_peak > b->given_peak; });
  int64_t peak = problem.fixed_peak;
  bool proven = true;
  for (const OrderSegment* segment : worst_first) {
    SegmentSolver solver(*segment, peak);
    solver.Solve();
    peak = std::max(peak, solver.peak());
    proven = proven && solver.proven();
    std::copy(solver.operators().begin(), solver.operators().end(),
              order->permutation.begin() + segment->first);
    order->changed = order->changed || !solver.operators().empty();
    order->branching_operators = std::max(order->branching_operators, segment->branching);
  }
  order->method = proven ? OrderMethod::kExact : OrderMethod::kHeuristic;
  order->peak_after = Bytes(peak);
}

}  // namespace

const char* OrderMethodName(OrderMethod method) {
  switch (method) {
    case OrderMethod::kOnlyOrder:
      return "only order";
    case OrderMethod::kExact:
      return "exact search over down-sets";
    case OrderMethod::kHeuristic:
      return "beam search and execution on demand";
  }
  return "";
}

OperatorOrder FindOperatorOrder(const Network& network) {
  OperatorOrder order;
  order.permutation.resize(network.operators.size());
  std::iota(order.permutation.begin(), order.permutation.end(), 0);
  order.peak_before = order.peak_after = LayerwiseLivePeak(network);
  if (HasOneOrder(network)) return order;
  const OrderProblem problem = BuildOrderProblem(network);
  if (problem.segments.empty()) return order;
  SolveSegments(problem, &order);
  // Segments that could not get as low as the worst are rearranged for nothing.
  if (order.peak_after >= order.peak_before) {
    std::iota(order.permutation.begin(), order.permutation.end(), 0);
    order.changed = false;
  }
  return order;
}

OrderedNetwork OrderOperators(const Network& network) {
  OperatorOrder order = FindOperatorOrder(network);
  Network ordered = order.changed ? ApplyOrder(network, order.permutation) : network;
  return {std::move(ordered), std::move(order)};
}

Network ApplyOrder(const Network& network, const std::vector<int>& permutation) {
  MCUNAS_CHECK(permutation.size() == network.operators.size(), "not a permutation");
  std::vector<int> place(permutation.size(), -1);
  for (size_t i = 0; i < permutation.size(); ++i)
    place[Index(permutation[i])] = static_cast<int>(i);
  Network ordered;
  ordered.name = network.name;
  ordered.input = network.input;
  for (int input : network.inputs) ordered.inputs.push_back(place[Index(input)]);
  for (int output : network.outputs) ordered.outputs.push_back(place[Index(output)]);
  MCUNAS_CHECK(!network.outputs.empty() || permutation.empty() ||
                   permutation.back() == static_cast<int>(permutation.size()) - 1,
               "the last operator makes the output");
  ordered.operators.reserve(permutation.size());
  for (int from : permutation) {
    Operator op = network.operators[Index(from)];
    for (int& tensor : op.inputs) {
      if (tensor == kNetworkInput) continue;
      tensor = place[Index(tensor)];
      MCUNAS_CHECK(tensor >= 0 && tensor < static_cast<int>(ordered.operators.size()),
                   "an operator stands before its operand");
    }
    ordered.operators.push_back(std::move(op));
  }
  return ordered;
}

QuantizedNetwork ApplyOrder(const QuantizedNetwork& network, const std::vector<int>& permutation) {
  QuantizedNetwork ordered = network;
  ordered.network = ApplyOrder(network.network, permutation);
  for (size_t i = 0; i < permutation.size(); ++i)
    ordered.parameters[i] = network.parameters[Index(permutation[i])];
  return ordered;
}

Bytes LayerwiseLivePeak(const Network& network) {
  const GivenSteps steps = SimulateGivenOrder(network);
  int64_t peak = TensorBytes(network.input);
  for (int64_t needed : steps.needed) peak = std::max(peak, needed);
  return Bytes(peak);
}

}  // namespace mcunas
