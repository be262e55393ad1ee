#include "memory_model/simulate_rows.h"

#include <algorithm>

#include "memory_model/row_memory.h"

namespace mcunas {
namespace {

// Half-open range of rows.
struct Rows {
  int from = 0;
  int to = 0;
};

Rows RowsRead(const Operator& op, int y) {
  switch (op.kind) {
    case OpKind::kAdd:
      return {y, y + 1};
    case OpKind::kGlobalAveragePool:
    case OpKind::kFullyConnected:
      return {0, op.in.height};
    case OpKind::kConv:
    case OpKind::kPointwise:
    case OpKind::kDepthwise:
    case OpKind::kAveragePool:
      break;
  }
  const int first = y * op.stride - op.padding;
  return {std::max(0, first), std::min(op.in.height, first + op.kernel)};
}

std::vector<int> Heights(const Network& network) {
  std::vector<int> heights = {network.input.height};
  for (const Operator& op : network.operators) heights.push_back(op.out.height);
  return heights;
}

class Simulation {
 public:
  Simulation(const Network& network, const ExecutionPlan& plan, ViolationList* violations)
      : network_(network),
        plan_(plan),
        violations_(violations),
        memory_(plan.tensors, Heights(network)),
        done_(network.operators.size() + 1, 0) {}

  void Run() {
    if (plan_.input_mode == InputMode::kResident) {
      while (done_[0] < network_.input.height) memory_.Write(kNetworkInput, done_[0]++);
    }
    for (const PlanGroup& group : plan_.groups) {
      Finish(group.last - 1, group);
      for (int i = group.first; i < group.last; ++i) Finish(i, group);
    }
    const int output = static_cast<int>(network_.operators.size()) - 1;
    for (int y = 0; y < network_.output().height; ++y) CheckIntact(output + 1, output, y);
  }

 private:
  void Finish(int op, const PlanGroup& group) {
    while (done_[At(op)] < OperatorAt(op).out.height && !violations_->full()) Advance(op, group);
  }

  // Computes the next row of `op`. Recursion is as deep as the group is long.
  void Advance(int op, const PlanGroup& group) {
    const Operator& description = OperatorAt(op);
    const int y = done_[At(op)];
    const Rows rows = RowsRead(description, y);
    for (int tensor : description.inputs)
      if (tensor < op) Request(tensor, rows, group);
    std::vector<int> overwritten;  // operands of add that this row may take the place of
    for (int tensor : description.inputs)
      if (MayReplace(op, tensor, y)) overwritten.push_back(tensor);
    memory_.Write(op, y);
    ++done_[At(op)];
    for (int tensor : description.inputs) {
      const bool replaced =
          std::find(overwritten.begin(), overwritten.end(), tensor) != overwritten.end();
      if (replaced) continue;
      for (int row = rows.from; row < rows.to; ++row) CheckIntact(op, tensor, row);
    }
  }

  // Makes sure that rows of `tensor` have been computed or delivered, where that is still to come.
  void Request(int tensor, const Rows& rows, const PlanGroup& group) {
    if (tensor == kNetworkInput) return RequestInput(rows);
    if (tensor < group.first) return;
    while (done_[At(tensor)] < rows.to && !violations_->full()) Advance(tensor, group);
  }

  void RequestInput(const Rows& rows) {
    if (plan_.input_mode == InputMode::kResident) return;
    while (done_[0] < rows.to) memory_.Write(kNetworkInput, done_[0]++);
    if (plan_.input_mode == InputMode::kStreamed) return;
    for (int row = rows.from; row < rows.to; ++row)
      if (memory_.fate(kNetworkInput, row).state != RowFate::kIntact)
        memory_.Write(kNetworkInput, row);
  }

  // Element-wise add reads a byte before it writes the same byte.
  bool MayReplace(int op, int tensor, int y) const {
    return OperatorAt(op).kind == OpKind::kAdd &&
           memory_.fate(tensor, y).state == RowFate::kIntact &&
           memory_.address(tensor, y) == memory_.address(op, y);
  }

  void CheckIntact(int op, int tensor, int row) {
    const RowFate& fate = memory_.fate(tensor, row);
    if (fate.state == RowFate::kIntact) return;
    const std::string text = "operator " + std::to_string(op) + " reads row " +
                             std::to_string(row) + " of tensor " + std::to_string(tensor);
    if (fate.state == RowFate::kNeverWritten) {
      violations_->Add(PlanLaw::kRowDependency, op, text + ", which nobody has written");
      return;
    }
    const PlanLaw law = fate.by_tensor == op ? PlanLaw::kOverlap : PlanLaw::kLifetime;
    violations_->Add(law, op,
                     text + ", over which row " + std::to_string(fate.by_row) + " of tensor " +
                         std::to_string(fate.by_tensor) + " was written at byte " +
                         std::to_string(memory_.address(fate.by_tensor, fate.by_row)));
  }

  static size_t At(int tensor) { return static_cast<size_t>(tensor + 1); }
  const Operator& OperatorAt(int op) const { return network_.operators[static_cast<size_t>(op)]; }

  const Network& network_;
  const ExecutionPlan& plan_;
  ViolationList* violations_;
  RowMemory memory_;
  std::vector<int> done_;  // rows computed or delivered so far, per tensor
};

}  // namespace

void SimulateRows(const Network& network, const ExecutionPlan& plan, ViolationList* violations) {
  Simulation(network, plan, violations).Run();
}

}  // namespace mcunas
