#include "memory_model/judge/simulate_plan.h"

#include <algorithm>

#include "common/index.h"
#include "memory_model/judge/pixel_memory.h"
#include "memory_model/judge/tile_extent.h"
#include "network/operator_counts.h"
#include "network/window.h"

namespace mcunas {
namespace {

// Half-open ranges of pixels of one operand.
struct Window {
  int first_row = 0;
  int end_row = 0;
  int first_column = 0;
  int end_column = 0;
};

// What the output columns [x, end) of row y read.
Window WindowOf(const Operator& op, int operand, const Shape& map, int y, int x, int end) {
  const AxisWindow rows = RowWindow(op, operand);
  const AxisWindow columns = ColumnWindow(op, operand);
  Window w{0, map.height, 0, map.width};
  if (!rows.whole) {
    w.first_row = std::max(0, rows.First(y));
    w.end_row = std::min(map.height, rows.End(y));
  }
  if (!columns.whole) {
    w.first_column = std::max(0, columns.First(x));
    w.end_column = std::min(map.width, columns.End(end - 1));
  }
  return w;
}

bool IsIdentity(const AxisWindow& w) { return w == AxisWindow(); }

std::string PixelText(int tensor, int row, int column) {
  if (row < 0) return "the sums of operator " + std::to_string(tensor);
  return "pixel (" + std::to_string(row) + ", " + std::to_string(column) + ") of tensor " +
         std::to_string(tensor);
}

class Simulation {
 public:
  Simulation(const Network& network, const ExecutionPlan& plan, PlanJudgement* judgement)
      : network_(network),
        plan_(plan),
        judgement_(judgement),
        memory_(network, plan),
        cursors_(network.operator_count()),
        states_(network.operator_count(), -1) {
    for (size_t s = 0; s < plan.states.size(); ++s)
      states_[plan.states[s].op] = static_cast<int>(s);
    for (const Operator& op : network.operators) {
      const Shape work = WorkShape(op);
      pixel_macs_.push_back(OperatorMacs(op).value / (int64_t{work.height} * work.width));
    }
  }

  void Run() {
    if (plan_.input_mode == InputMode::kResident) Deliver(network_.input.height - 1);
    size_t move = 0;
    for (size_t g = 0; g < plan_.groups.size() && !judgement_->full(); ++g) {
      for (; move < plan_.moves.size() && plan_.moves[move].group == static_cast<int>(g); ++move)
        memory_.Move(plan_.moves[move]);
      group_ = plan_.groups[g];
      if (states_[group_.last - 1] >= 0) memory_.WriteState(states_[group_.last - 1]);
      if (group_.mode == GroupMode::kChannelTiles) {
        RunChannelTiles();
      } else {
        RunTiles();
      }
    }
    CheckOutputs();
    for (int64_t touched : memory_.touched()) judgement_->touched.push_back(Bytes(touched));
  }

 private:
  struct Cursor {
    int row = 0;
    int column = 0;
  };

  void RunTiles() {
    for (int band = 0; band < group_.bands; ++band) {
      for (int strip = 0; strip < group_.strips && !judgement_->full(); ++strip) {
        BeginTile(band, strip);
        const TileExtent& tile = extents_.back();
        Ask(group_.last - 1, tile.end_row - 1, tile.end_column - 1);
      }
    }
    const int last = group_.last - 1;
    if (states_[last] >= 0) ReplaceState(last);
    for (int i = group_.first; i < last; ++i)
      if (IsReadAfter(network_, i, group_.last))
        Ask(i, network_.op(i).out.height - 1, network_.op(i).out.width - 1);
  }

  void BeginTile(int band, int strip) {
    extents_ = TileExtents(network_, group_, band, strip);
    int input_row = network_.input.height;
    for (int i = group_.first; i < group_.last; ++i) {
      const TileExtent& extent = extents_[Index(i - group_.first)];
      cursors_[i] = {extent.first_row, extent.first_column};
      if (i < group_.last - 1) memory_.Forget(i, group_.strips > 1 ? extent.first_column : 0);
      if (extent.pixels() > 0) input_row = std::min(input_row, FirstInputRow(i, extent));
    }
    if (plan_.input_mode != InputMode::kRereadable) return;
    if (input_row == network_.input.height) return;  // the group does not read the input
    memory_.Forget(kNetworkInput, 0);
    delivered_ = input_row;
  }

  // First input row that operator `i` reads itself in a tile; the input's height if none.
  int FirstInputRow(int i, const TileExtent& extent) const {
    const Operator& op = network_.op(i);
    int first = network_.input.height;
    for (size_t operand = 0; operand < op.inputs.size(); ++operand) {
      if (op.inputs[operand] != kNetworkInput) continue;
      const Window w = WindowOf(op, static_cast<int>(operand), network_.input, extent.first_row,
                                extent.first_column, extent.first_column + 1);
      first = std::min(first, w.first_row);
    }
    return first;
  }

  void RunChannelTiles() {
    const int expand = group_.first;
    const int project = group_.last - 1;
    const int middle = network_.op(expand).out.channels;
    for (int channel = 0; channel < middle && !judgement_->full(); channel += group_.channel_tile) {
      run_channels_ = std::min(group_.channel_tile, middle - channel);
      BeginTile(0, 0);
      const Shape& out = network_.op(project).out;
      Ask(project, out.height - 1, out.width - 1);
    }
    run_channels_ = 0;
    ReplaceState(project);
  }

  // Computes segments of operator `i` until pixel (row, column) is done. Recursion is as deep as
  // the group is long.
  void Ask(int i, int row, int column) {
    const TileExtent& extent = extents_[Index(i - group_.first)];
    Cursor& cursor = cursors_[i];
    while ((cursor.row < row || (cursor.row == row && cursor.column <= column)) &&
           !judgement_->full()) {
      int end = extent.end_column;
      if (cursor.row == row) end = std::min(end, column + 1);
      if (group_.segment > 0 && end - cursor.column > group_.segment)
        end = cursor.column + group_.segment;
      Compute(i, cursor.row, cursor.column, end);
      cursor.column = end;
      if (end == extent.end_column) cursor = {cursor.row + 1, extent.first_column};
    }
  }

  void Compute(int i, int y, int x, int end) {
    const Operator& op = network_.op(i);
    const int operands = static_cast<int>(op.inputs.size());
    for (int o = 0; o < operands; ++o) {
      const int tensor = op.inputs[Index(o)];
      const Window w = WindowOf(op, o, network_.tensor_shape(tensor), y, x, end);
      if (tensor == kNetworkInput) {
        Deliver(w.end_row - 1);
      } else if (tensor >= group_.first && tensor < i) {
        Ask(tensor, w.end_row - 1, w.end_column - 1);
      }
    }
    CountMacs(i, end - x);
    for (int o = 0; o < operands; ++o)
      if (MayReplace(op, o)) CheckReplaced(i, op.inputs[Index(o)], y, x, end);
    if (states_[i] >= 0) {
      CheckState(i);
    } else {
      memory_.Write(i, y, x, end);
    }
    for (int o = 0; o < operands; ++o) CheckRead(i, o, y, x, end);
  }

  void CountMacs(int i, int64_t pixels) {
    int64_t macs = pixel_macs_[i] * pixels;
    if (run_channels_ > 0) macs = macs * run_channels_ / network_.op(group_.first).out.channels;
    judgement_->executed += Macs(macs);
  }

  void Deliver(int row) {
    while (delivered_ <= row) memory_.Write(kNetworkInput, delivered_++, 0, network_.input.width);
  }

  // Operators that read a byte before they write the same byte.
  static bool MayReplace(const Operator& op, int operand) {
    return IsElementwise(op.kind) && IsIdentity(RowWindow(op, operand)) &&
           IsIdentity(ColumnWindow(op, operand));
  }

  // Operand pixels that the segment will replace must be intact before.
  void CheckReplaced(int i, int tensor, int y, int x, int end) {
    for (int column = x; column < end; ++column)
      if (memory_.address(tensor, y, column) == memory_.address(i, y, column))
        if (memory_.fate(tensor, y, column) != PixelMemory::kIntact)
          return Report(i, tensor, y, column);
  }

  // All pixels that the segment reads must be intact, also after it is written.
  void CheckRead(int i, int operand, int y, int x, int end) {
    const Operator& op = network_.op(i);
    const int tensor = op.inputs[Index(operand)];
    const bool may_replace = MayReplace(op, operand);
    const Window w = WindowOf(op, operand, network_.tensor_shape(tensor), y, x, end);
    for (int row = w.first_row; row < w.end_row; ++row) {
      for (int column = w.first_column; column < w.end_column; ++column) {
        if (memory_.fate(tensor, row, column) == PixelMemory::kIntact) continue;
        if (may_replace && memory_.address(tensor, row, column) == memory_.address(i, row, column))
          continue;
        return Report(i, tensor, row, column);
      }
    }
  }

  void CheckState(int i) {
    if (memory_.StateIntact(states_[i])) return;
    judgement_->Add(PlanLaw::kLifetime, i,
                    "operator " + std::to_string(i) + " adds to its sums, which are overwritten");
  }

  // Sums become the output.
  void ReplaceState(int i) {
    CheckState(i);
    const StatePlacement& state = plan_.states[Index(states_[i])];
    const TensorPlacement& placed = plan_.tensors[i];
    const Shape& out = network_.op(i).out;
    for (int y = 0; y < out.height; ++y) memory_.Write(i, y, 0, out.width);
    const bool in_place = placed.offset == state.offset && placed.region == state.region;
    if (!in_place && !memory_.StateIntact(states_[i]))
      judgement_->Add(PlanLaw::kOverlap, i,
                      "the output of operator " + std::to_string(i) + " lies over its sums");
  }

  void CheckOutputs() {
    const int caller = network_.operator_count();
    for (int output : OutputTensors(network_)) {
      const Shape& shape = network_.op(output).out;
      for (int y = 0; y < shape.height; ++y)
        for (int x = 0; x < shape.width; ++x)
          if (memory_.fate(output, y, x) != PixelMemory::kIntact)
            return Report(caller, output, y, x);
    }
  }

  void Report(int op, int tensor, int row, int column) {
    const int32_t fate = memory_.fate(tensor, row, column);
    const std::string text =
        (op < network_.operator_count() ? "operator " + std::to_string(op) + " reads "
                                        : std::string("the caller reads ")) +
        PixelText(tensor, row, column);
    if (fate == PixelMemory::kNeverWritten)
      return judgement_->Add(PlanLaw::kDependency, op, text + ", which nobody has written");
    const PixelMemory::Pixel by = memory_.PixelOf(fate);
    judgement_->Add(by.tensor == op ? PlanLaw::kOverlap : PlanLaw::kLifetime, op,
                    text + " at byte " + std::to_string(memory_.address(tensor, row, column)) +
                        ", over which " + PixelText(by.tensor, by.row, by.column) + " was written");
  }

  const Network& network_;
  const ExecutionPlan& plan_;
  PlanJudgement* judgement_;
  PixelMemory memory_;
  PerOperator<Cursor> cursors_;      // next pixel in the tile
  PerOperator<int> states_;          // index of its sums or -1
  PerOperator<int64_t> pixel_macs_;  // per output pixel
  std::vector<TileExtent> extents_;  // of the current tile
  PlanGroup group_;
  int run_channels_ = 0;  // channels of the current run of a channel-tiled group
  int delivered_ = 0;     // rows of the input
};

}  // namespace

void SimulatePlan(const Network& network, const ExecutionPlan& plan, PlanJudgement* judgement) {
  Simulation(network, plan, judgement).Run();
}

}  // namespace mcunas
