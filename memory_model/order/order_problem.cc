#include "memory_model/order/order_problem.h"

#include <algorithm>
#include <limits>
#include <utility>

#include "common/index.h"
#include "memory_model/alignment.h"

namespace mcunas {
namespace {

std::vector<int> DistinctOperands(const Operator& op) {
  std::vector<int> operands;
  for (int tensor : op.inputs)
    if (std::find(operands.begin(), operands.end(), tensor) == operands.end())
      operands.push_back(tensor);
  return operands;
}

bool InPlace(const Network& network, const Operator& op, int operand) {
  return IsElementwise(op.kind) && network.tensor_shape(operand) == op.out;
}

// Reader of a tensor that lives to the end.
int NeverRead(const Network& network) { return network.operator_count(); }

// Who reads each tensor, in order; outputs of the network are read by an operator beyond the last
// one.
PerTensor<std::vector<int>> ReadersOf(const Network& network) {
  PerTensor<std::vector<int>> readers(network.operator_count());
  for (int i = 0; i < network.operator_count(); ++i)
    for (int tensor : DistinctOperands(network.op(i))) readers[tensor].push_back(i);
  if (network.outputs.empty()) readers.back().push_back(NeverRead(network));
  for (int output : network.outputs) readers[output].push_back(NeverRead(network));
  return readers;
}

// Operators with one possible place: everything before them leads to them, everything after them
// depends on them. Where no outputs are named, the last operator stays last.
PerOperator<bool> FindCuts(const Network& network, const PerTensor<std::vector<int>>& readers) {
  const int count = network.operator_count();
  PerOperator<bool> cut(count, true);
  const int end = network.outputs.empty() ? count - 1 : count;  // what waits for everything
  int reach = 0;  // the latest first reader of an earlier tensor
  for (int i = 0; i < count; ++i) {
    if (reach > i) cut[i] = false;
    const std::vector<int>& own = readers[i];
    reach = std::max(reach, own.empty() ? end : std::min(own[0], end));
  }
  int reads = count;  // the earliest last operand of a later operator
  for (int i = count - 1; i >= 0; --i) {
    if (reads < i) cut[i] = false;
    const std::vector<int>& inputs = network.op(i).inputs;
    if (i < end) reads = std::min(reads, *std::max_element(inputs.begin(), inputs.end()));
  }
  return cut;
}

// A stretch of a run, in bytes that the run's own tensors and the operands of its first operator
// take.
struct Stretch {
  std::vector<int> operators;
  int64_t before = 0;
  int64_t hill = 0;  // at most
  int64_t paid = 0;  // at least
  int64_t after = 0;
};

// No pause between the two can pay: going on costs nothing more and leaves less, or the first could
// as well have waited for the second, whose hill is higher anyway.
bool NoPauseBetween(const Stretch& a, const Stretch& b) {
  return (a.after >= a.before && a.hill <= b.paid) || (b.after <= a.after && b.hill <= a.paid);
}

class SegmentBuilder {
 public:
  SegmentBuilder(const Network& network, const PerTensor<std::vector<int>>& readers)
      : network_(network),
        readers_(readers),
        item_of_(network.operator_count(), -1),
        tensor_of_(network.operator_count(), -1) {}

  OrderSegment Build(int first, int last, int64_t live) {
    segment_ = {};
    std::fill(tensor_of_.begin(), tensor_of_.end(), -1);
    segment_.first = first;
    segment_.last = last;
    segment_.live = live;
    for (int i = first; i < last; ++i)
      if (item_of_[i] < 0) AddRun(FindRun(i));
    return std::move(segment_);
  }

 private:
  bool Inside(int op) const { return op >= segment_.first && op < segment_.last; }

  // The only operator that can follow `run` at once, -1 if there is none or a choice.
  int NextInRun(const std::vector<int>& run) const {
    int next = -1;
    for (int reader : readers_[run.back()]) {
      if (!Inside(reader)) return -1;
      const std::vector<int>& inputs = network_.op(reader).inputs;
      const bool ready = std::all_of(inputs.begin(), inputs.end(), [&](int tensor) {
        return std::find(run.begin(), run.end(), tensor) != run.end();
      });
      if (ready && next >= 0) return -1;
      if (ready) next = reader;
    }
    return next;
  }

  // The longest run that begins with `start`.
  std::vector<int> FindRun(int start) const {
    std::vector<int> run = {start};
    size_t length = 1;
    size_t open = 0;  // readers of all but the last tensor that are not in the run
    for (int next = NextInRun(run); next >= 0; next = NextInRun(run)) {
      open += readers_[run.back()].size();
      open -= DistinctOperands(network_.op(next)).size();
      run.push_back(next);
      if (open == 0) length = run.size();
    }
    run.resize(length);
    return run;
  }

  void AddRun(const std::vector<int>& run) {
    OrderItem first = DescribeFirst(run[0]);
    int64_t dying = 0;
    for (const OrderOperand& operand : first.operands)
      dying += segment_.tensors[Index(operand.tensor)].size;
    for (Stretch& stretch : Contract(run, first, dying)) {
      OrderItem item;
      if (stretch.operators[0] == run[0]) {
        item = first;
        item.later_hill = stretch.paid;
        item.rest = stretch.after;
      } else {
        item.after = {static_cast<int>(segment_.items.size()) - 1};
        item.later_hill = stretch.hill - stretch.before;
        item.rest = stretch.after - stretch.before;
      }
      item.operators = std::move(stretch.operators);
      const bool last = item.operators.back() == run.back();
      segment_.items.push_back(std::move(item));
      if (!last) AddRemains(stretch.after);
    }
    if (!readers_[run.back()].empty()) {
      OrderTensor& made = segment_.tensors[Index(TensorIndex(run.back()))];
      made.producer = static_cast<int>(segment_.items.size()) - 1;
      made.stays = !Inside(readers_[run.back()].back());
    }
    for (int op : run) item_of_[op] = static_cast<int>(segment_.items.size()) - 1;
    const bool joins = DistinctOperands(network_.op(run[0])).size() > 1;
    const bool forks = readers_[run.back()].size() > 1;
    segment_.branching += (joins ? 1 : 0) + (forks && (!joins || run.size() > 1) ? 1 : 0);
  }

  // What the last item leaves to the next one of its run.
  void AddRemains(int64_t bytes) {
    const int producer = static_cast<int>(segment_.items.size()) - 1;
    segment_.tensors.push_back({bytes, producer, {producer + 1}, false});
  }

  OrderItem DescribeFirst(int op) {
    const Operator& made = network_.op(op);
    OrderItem item;
    item.hill = TensorBytes(made.out);
    item.rest = readers_[op].empty() ? 0 : item.hill;
    for (int tensor : DistinctOperands(made)) {
      if (Inside(tensor)) item.after.push_back(item_of_[tensor]);
      const bool dies = Inside(readers_[tensor].back());
      if (dies) item.operands.push_back({TensorIndex(tensor), InPlace(network_, made, tensor)});
      if (dies || Inside(tensor))
        segment_.tensors[Index(TensorIndex(tensor))].readers.push_back(
            static_cast<int>(segment_.items.size()));
    }
    return item;
  }

  int TensorIndex(int tensor) {
    int& index = tensor_of_[tensor];
    if (index < 0) {
      index = static_cast<int>(segment_.tensors.size());
      segment_.tensors.push_back({TensorBytes(network_.tensor_shape(tensor)), -1, {}, false});
    }
    return index;
  }

  // A run, cut where a pause can pay. `dying`: bytes of the first operator's operands that may die
  // at it or, where it waits, live on until it.
  std::vector<Stretch> Contract(const std::vector<int>& run, const OrderItem& first,
                                int64_t dying) const {
    std::vector<Stretch> stretches = {{{run[0]}, dying, dying + first.hill, 0, first.rest}};
    int64_t live = first.rest;
    for (size_t k = 1; k < run.size(); ++k) {
      const Operator& op = network_.op(run[k]);
      Stretch stretch{{run[k]}, live, 0, 0, 0};
      const int64_t out = TensorBytes(op.out);
      bool in_place = false;
      for (int tensor : DistinctOperands(op)) {
        if (readers_[tensor].back() != run[k]) continue;
        live -= TensorBytes(network_.tensor_shape(tensor));
        in_place = in_place || InPlace(network_, op, tensor);
      }
      stretch.hill = stretch.paid = stretch.before + (in_place ? 0 : out);
      if (!readers_[run[k]].empty()) live += out;
      stretch.after = live;
      Push(std::move(stretch), &stretches);
    }
    return stretches;
  }

  static void Push(Stretch stretch, std::vector<Stretch>* stretches) {
    while (!stretches->empty() && NoPauseBetween(stretches->back(), stretch)) {
      Stretch& before = stretches->back();
      before.operators.insert(before.operators.end(), stretch.operators.begin(),
                              stretch.operators.end());
      before.hill = std::max(before.hill, stretch.hill);
      before.paid = std::max(before.paid, stretch.paid);
      before.after = stretch.after;
      stretch = std::move(before);
      stretches->pop_back();
    }
    stretches->push_back(std::move(stretch));
  }

  const Network& network_;
  const PerTensor<std::vector<int>>& readers_;
  OrderSegment segment_;
  PerOperator<int> item_of_;  // the last item of the run that an operator belongs to
  PerTensor<int> tensor_of_;  // index in the segment
};

}  // namespace

bool HasOneOrder(const Network& network) {
  for (int i = 1; i < network.operator_count(); ++i) {
    const std::vector<int>& inputs = network.op(i).inputs;
    if (std::find(inputs.begin(), inputs.end(), i - 1) == inputs.end()) return false;
  }
  return true;
}

GivenSteps SimulateGivenOrder(const Network& network) {
  const int count = network.operator_count();
  PerTensor<int> last_use(count, -1);
  for (int i = 0; i < count; ++i)
    for (int tensor : network.op(i).inputs) last_use[tensor] = i;
  if (network.outputs.empty()) last_use[count - 1] = count;
  for (int output : network.outputs) last_use[output] = count;
  GivenSteps steps;
  steps.needed.reserve(count);
  steps.live_before.reserve(count);
  int64_t live = last_use[kNetworkInput] >= 0 ? TensorBytes(network.input) : 0;
  for (int i = 0; i < count; ++i) {
    const Operator& op = network.op(i);
    const int64_t out = TensorBytes(op.out);
    steps.live_before.push_back(live);
    bool in_place = false;
    int64_t freed = last_use[i] < 0 ? out : 0;
    for (size_t k = 0; k < op.inputs.size(); ++k) {
      const int tensor = op.inputs[k];
      const auto earlier = op.inputs.begin() + static_cast<std::ptrdiff_t>(k);
      if (last_use[tensor] != i || std::find(op.inputs.begin(), earlier, tensor) != earlier)
        continue;
      freed += TensorBytes(network.tensor_shape(tensor));
      in_place = in_place || InPlace(network, op, tensor);
    }
    steps.needed.push_back(live + (in_place ? 0 : out));
    live += out - freed;
  }
  return steps;
}

OrderProblem BuildOrderProblem(const Network& network) {
  const int count = network.operator_count();
  const PerTensor<std::vector<int>> readers = ReadersOf(network);
  const PerOperator<bool> cut = FindCuts(network, readers);
  const GivenSteps steps = SimulateGivenOrder(network);
  OrderProblem problem;
  problem.fixed_peak = TensorBytes(network.input);
  SegmentBuilder builder(network, readers);
  for (int i = 0; i < count; ++i) {
    if (cut[i]) {
      problem.fixed_peak = std::max(problem.fixed_peak, steps.needed[i]);
      continue;
    }
    int last = i + 1;
    while (last < count && !cut[last]) ++last;
    OrderSegment segment = builder.Build(i, last, steps.live_before[i]);
    segment.given_peak = *std::max_element(steps.needed.begin() + i, steps.needed.begin() + last);
    problem.given_peak = std::max(problem.given_peak, segment.given_peak);
    problem.segments.push_back(std::move(segment));
    i = last - 1;
  }
  problem.given_peak = std::max(problem.given_peak, problem.fixed_peak);
  return problem;
}

}  // namespace mcunas
