#include "engine/codegen/build_program.h"

#include <algorithm>

#include "common/check.h"
#include "common/index.h"
#include "engine/codegen/kernel_choice.h"
#include "engine/codegen/program_limits.h"
#include "kernels/mcu_run.h"
#include "network/window.h"

namespace mcunas {
namespace {

ProgramAxis AxisOf(const AxisWindow& window, int size) {
  if (window.whole) return {0, 1, 0, size - 1};
  return {window.stride, window.upscale, -window.before, window.kernel - 1 - window.before};
}

// Global pooling advances over its input.
bool IsAccumulating(const Operator& op) { return op.kind == OpKind::kGlobalAveragePool; }

// Whether the pixels of a whole map may be computed as one long row: each of them depends on the
// same one of the operands alone.
bool RunsFlat(const Operator& op) {
  const bool same_pixel = op.kind == OpKind::kPointwise ? op.stride == 1 : IsElementwise(op.kind);
  return same_pixel && int64_t{op.out.height} * op.out.width < MCU_WHOLE_ROWS;
}

class Builder {
 public:
  Builder(const Network& network, const ExecutionPlan& plan) : network_(network), plan_(plan) {
    const int operators = network.operator_count();
    MCUNAS_CHECK(plan.tensors.size() == network.operators.size() + 1,
                 "the plan is for another network");
    for (int t = kNetworkInput; t < operators; ++t) {
      current_.push_back(Add(PlacementOf(t)));
    }
    tables_.input = current_[kNetworkInput];
    scratch_ = Add({plan.arena.value, 1, 0, 1, 1, 0});
  }

  ProgramTables Build() {
    int next = 0;
    for (size_t g = 0; g < plan_.groups.size(); ++g) {
      const PlanGroup& group = plan_.groups[g];
      MCUNAS_CHECK(group.first == next && group.last > next, "the groups of the plan have gaps");
      MCUNAS_CHECK(group.strips >= 1 && group.bands >= 1, "a group without tiles");
      next = group.last;
      AddMoves(static_cast<int>(g));
      if (group.mode == GroupMode::kChannelTiles) {
        AddChannelTiles(group);
      } else {
        AddGroup(group);
      }
    }
    MCUNAS_CHECK(next == network_.operator_count(), "the plan lacks operators");
    for (int t : OutputTensors(network_)) tables_.outputs.push_back(current_[t]);
    return std::move(tables_);
  }

 private:
  int Add(const ProgramPlacement& placement) {
    tables_.placements.push_back(placement);
    return static_cast<int>(tables_.placements.size()) - 1;
  }

  const Operator& Op(int i) const { return network_.op(i); }

  ProgramPlacement PlacementOf(int tensor) const {
    const TensorPlacement& p = plan_.tensors[tensor];
    const int64_t room =
        p.region == 0 ? plan_.arena.value : plan_.more_regions[Index(p.region - 1)].value;
    MCUNAS_CHECK(p.ring_pixels >= 1 && p.offset >= 0 && p.offset + p.size() <= room,
                 "a placement lies outside the arena");
    return {p.offset, p.ring_pixels, p.pixel_bytes, p.width, network_.tensor_shape(tensor).height,
            p.region};
  }

  void AddMoves(int group) {
    pending_moves_ = 0;
    for (const TensorMove& move : plan_.moves) {
      if (move.group != group) continue;
      ProgramPlacement p = tables_.placements[Index(current_[move.tensor])];
      tables_.moves.push_back(
          {p.offset, move.offset, p.ring_pixels * p.pixel_bytes, p.region, move.region});
      p.offset = move.offset;
      p.region = move.region;
      current_[move.tensor] = Add(p);
      ++pending_moves_;
    }
  }

  bool ReadLater(int tensor, int end) const {
    const std::vector<int> outputs = OutputTensors(network_);
    if (std::find(outputs.begin(), outputs.end(), tensor) != outputs.end()) return true;
    for (int i = end; i < network_.operator_count(); ++i) {
      const std::vector<int>& inputs = Op(i).inputs;
      if (std::find(inputs.begin(), inputs.end(), tensor) != inputs.end()) return true;
    }
    return false;
  }

  bool Reads(const PlanGroup& group, int tensor) const {
    for (int i = group.first; i < group.last; ++i) {
      const std::vector<int>& inputs = Op(i).inputs;
      if (std::find(inputs.begin(), inputs.end(), tensor) != inputs.end()) return true;
    }
    return false;
  }

  int AccessFor(const ProgramAccess& access) {
    const auto found = std::find(tables_.accesses.begin(), tables_.accesses.end(), access);
    if (found != tables_.accesses.end()) return static_cast<int>(found - tables_.accesses.begin());
    tables_.accesses.push_back(access);
    return static_cast<int>(tables_.accesses.size()) - 1;
  }

  ProgramAccess AccessOf(const Operator& op, int operand) const {
    if (IsAccumulating(op)) return {};
    const Shape shape = network_.tensor_shape(op.inputs[Index(operand)]);
    return {AxisOf(RowWindow(op, operand), shape.height),
            AxisOf(ColumnWindow(op, operand), shape.width)};
  }

  const StatePlacement& StateOf(int op) const {
    const auto found = std::find_if(plan_.states.begin(), plan_.states.end(),
                                    [&](const StatePlacement& s) { return s.op == op; });
    MCUNAS_CHECK(found != plan_.states.end(), "the plan has no place for sums");
    MCUNAS_CHECK(found->offset % 4 == 0, "sums that are not 4-byte aligned");
    return *found;
  }

  // The step that delivers the input's rows, where the group needs one.
  void AddSource(const PlanGroup& group) {
    source_ = -1;
    if (plan_.input_mode == InputMode::kResident || !Reads(group, kNetworkInput)) return;
    const bool streamed = plan_.input_mode == InputMode::kStreamed;
    if (streamed && delivered_) return;
    delivered_ = true;
    const ProgramPlacement& p = tables_.placements[Index(current_[kNetworkInput])];
    MCUNAS_CHECK(p.width == network_.input.width && p.ring_pixels % p.width == 0,
                 "streamed input needs a ring of whole rows");
    ProgramStep step;
    step.output = current_[kNetworkInput];
    step.scratch = scratch_;
    step.height = network_.input.height;
    step.width = network_.input.width;
    step.limit = MCU_WHOLE_ROWS;
    step.flags = streamed ? 0 : MCU_RESTARTS;
    if (streamed && ReadLater(kNetworkInput, group.last)) step.flags |= MCU_COMPLETES;
    source_ = 0;  // the first step of the group
    tables_.steps.push_back(step);
  }

  // Operator i as a step; `first_step` is that of operator group.first, counted within the group.
  ProgramStep StepOf(const PlanGroup& group, int i, int first_step) {
    const Operator& op = Op(i);
    ProgramStep step;
    step.kernel = ChooseKernel(op).kernel->name;
    step.operands = static_cast<int>(tables_.operands.size());
    step.operand_count = static_cast<int>(op.inputs.size());
    for (size_t k = 0; k < op.inputs.size(); ++k) {
      const int tensor = op.inputs[k];
      ProgramOperand operand;
      operand.placement = current_[tensor];
      if (tensor >= group.first) operand.producer = first_step + tensor - group.first;
      if (group.strips > 1) operand.tile = operand.producer;
      if (tensor == kNetworkInput) operand.producer = source_;
      operand.access = AccessFor(AccessOf(op, static_cast<int>(k)));
      tables_.operands.push_back(operand);
    }
    step.output = current_[i];
    step.scratch = scratch_;
    step.height = IsAccumulating(op) ? op.in.height : op.out.height;
    step.width = IsAccumulating(op) ? op.in.width : op.out.width;
    step.limit = group.segment > 0 ? group.segment : int{MCU_WHOLE_ROWS};
    step.flags = MCU_RESTARTS;
    step.op = i;
    if (IsAccumulating(op)) {
      const StatePlacement& state = StateOf(i);
      step.flags |= MCU_SINGLE_OUTPUT;
      step.scratch = Add({state.offset, 1, state.bytes, 1, 1, state.region});
    }
    if (i + 1 < group.last && ReadLater(i, group.last)) step.flags |= MCU_COMPLETES;
    return step;
  }

  void CheckStep(const PlanGroup& group, int i) const {
    const bool last = i + 1 == group.last;
    MCUNAS_CHECK(!IsAccumulating(Op(i)) || last, "global pooling inside a group");
    if (!RowWindow(Op(i), 0).whole) return;
    const TensorPlacement& in = plan_.tensors[Op(i).inputs[0]];
    MCUNAS_CHECK(in.size() == Op(i).in.elements(), "an operator needs its whole input");
    MCUNAS_CHECK(last || Op(i).kind != OpKind::kFullyConnected,
                 "fully connected stands at the end of a group");
  }

  void AddGroup(const PlanGroup& group) {
    const int begin = static_cast<int>(tables_.steps.size());
    AddSource(group);
    const int first_step = static_cast<int>(tables_.steps.size()) - begin;
    for (int i = group.first; i < group.last; ++i) {
      CheckStep(group, i);
      ProgramStep step = StepOf(group, i, first_step);
      if (IsLayerwise(group) && source_ < 0 && RunsFlat(Op(i)) && MayRunFlat(i)) {
        step.width *= step.height;
        step.height = 1;
      }
      step.parameters = static_cast<int>(tables_.parameters.size());
      tables_.parameters.push_back({i, -1, {}, true});
      tables_.steps.push_back(step);
    }
    CloseGroup(begin, group.strips, group.bands);
  }

  // Weights of 4 bits: the input of a segment is read several times.
  bool MayRunFlat(int i) const {
    if (Op(i).weight_bits == 8) return true;
    const auto placement = [&](int tensor) { return tables_.placements[Index(current_[tensor])]; };
    const ProgramPlacement in = placement(Op(i).inputs[0]), out = placement(i);
    const auto end = [](const ProgramPlacement& p) {
      return p.offset + p.ring_pixels * p.pixel_bytes;
    };
    return in.region != out.region || end(in) <= out.offset || end(out) <= in.offset;
  }

  static bool IsLayerwise(const PlanGroup& group) {
    return group.last - group.first == 1 && group.strips == 1 && group.bands == 1 &&
           group.segment == 0;
  }

  void CloseGroup(int begin, int strips, int bands) {
    tables_.groups.push_back(
        {begin, static_cast<int>(tables_.steps.size()), strips, bands, pending_moves_});
    pending_moves_ = 0;
  }

  // A run of middle channels: three steps on inner maps with so many bytes a pixel.
  void AddRun(const PlanGroup& group, int tile, int begin_channel, int end_channel, int sums) {
    const int begin = static_cast<int>(tables_.steps.size());
    AddSource(group);
    const int first_step = static_cast<int>(tables_.steps.size()) - begin;
    const int expand = group.first, depthwise = expand + 1, project = expand + 2;
    const PerTensor<int> whole = current_;
    for (int i : {expand, depthwise}) {
      ProgramPlacement p = tables_.placements[Index(current_[i])];
      p.pixel_bytes = end_channel - begin_channel;
      current_[i] = Add(p);
    }
    for (int i : {expand, depthwise, project}) {
      ProgramStep step = StepOf(group, i, first_step);
      ChannelSlice slice = {begin_channel, end_channel, 0, Op(i).in.channels};
      if (i == project) {
        slice = {0, Op(i).out.channels, begin_channel, end_channel};
        step.kernel = "mcu_accumulate";
        step.output = sums;
      }
      step.parameters = static_cast<int>(tables_.parameters.size());
      tables_.parameters.push_back({i, tile, slice, i != project || tile == 0});
      tables_.steps.push_back(step);
    }
    current_ = whole;
    CloseGroup(begin, 1, 1);
  }

  void AddChannelTiles(const PlanGroup& group) {
    const int project = group.last - 1, middle = Op(group.first).out.channels;
    MCUNAS_CHECK(group.last - group.first == 3 && group.channel_tile >= 1 &&
                     group.channel_tile <= MCU_ACCUMULATE_DEPTH &&
                     Op(group.first).kind == OpKind::kPointwise &&
                     Op(group.first + 1).kind == OpKind::kDepthwise &&
                     Op(group.first + 1).in.channels == Op(group.first + 1).out.channels &&
                     Op(project).kind == OpKind::kPointwise,
                 "channel tiles need expand, depthwise and project");
    const StatePlacement& state = StateOf(project);
    ProgramPlacement sums = tables_.placements[Index(current_[project])];
    MCUNAS_CHECK(sums.offset == state.offset && sums.region == state.region,
                 "sums must begin where the output does");
    sums.pixel_bytes *= 4;
    const int sums_at = Add(sums);
    int tile = 0;
    for (int c = 0; c < middle; c += group.channel_tile) {
      AddRun(group, tile++, c, std::min(middle, c + group.channel_tile), sums_at);
    }
    const int begin = static_cast<int>(tables_.steps.size());
    ProgramStep step = StepOf(group, project, 0);
    step.kernel = "mcu_requantize_sums";
    step.limit = MCU_WHOLE_ROWS;
    step.operands = static_cast<int>(tables_.operands.size());
    tables_.operands.push_back({sums_at, -1, 0, -1});
    step.parameters = static_cast<int>(tables_.parameters.size()) - 1;
    tables_.steps.push_back(step);
    CloseGroup(begin, 1, 1);
  }

  const Network& network_;
  const ExecutionPlan& plan_;
  ProgramTables tables_;
  PerTensor<int> current_;  // its placement
  int scratch_ = 0;
  int source_ = -1;  // step that delivers the input in the group at hand
  bool delivered_ = false;
  int pending_moves_ = 0;
};

}  // namespace

int ProgramTables::LongestGroup() const {
  int longest = 1;
  for (const ProgramGroup& group : groups) longest = std::max(longest, group.last - group.first);
  return longest;
}

Expected<ProgramTables> BuildProgram(const Network& network, const ExecutionPlan& plan) {
  if (auto known = CheckKernelLimits(network); !known) return known.error();
  ProgramTables tables = Builder(network, plan).Build();
  if (auto fits = CheckTableRanges(tables, plan); !fits) return fits.error();
  return tables;
}

}  // namespace mcunas
