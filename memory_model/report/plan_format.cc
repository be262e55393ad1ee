#include "memory_model/report/plan_format.h"

#include <algorithm>
#include <string>
#include <vector>

#include "common/index.h"
#include "common/text.h"
#include "memory_model/limits.h"
#include "memory_model/planner/plan_memory.h"
#include "network/hash_network.h"

namespace mcunas {
namespace {

constexpr size_t kFrontLines = 12;
constexpr const char* kOperatorColumns =
    "   #  operator            k/s    output               MACs    weights         kept     bytes"
    "    offset\n";

std::string ExtentText(Extent extent) {
  const std::string height = std::to_string(extent.height);
  return extent.square() ? height : height + "x" + std::to_string(extent.width);
}

std::string WindowText(const Operator& op) {
  if (!HasWindow(op.kind)) return "-";
  return ExtentText(op.kernel) + "/" + ExtentText(op.stride);
}

// How much of a tensor is kept: all of it, whole rows, or pixels.
std::string KeptText(const TensorPlacement& placement, const Shape& shape) {
  if (placement.pixel_bytes < shape.channels)
    return std::to_string(placement.pixel_bytes) + " channels";
  if (placement.ring_pixels >= int64_t{shape.height} * shape.width) return "whole";
  if (placement.width > 0 && placement.ring_pixels % placement.width == 0) {
    const int64_t rows = placement.ring_pixels / placement.width;
    const std::string text = GroupedDigits(rows) + (rows == 1 ? " row" : " rows");
    return placement.width < shape.width ? text + " of " + std::to_string(placement.width) : text;
  }
  return GroupedDigits(placement.ring_pixels) + " px";
}

std::string Row(const Network& network, const ExecutionPlan& plan, const MemoryReport& report,
                int i) {
  const Operator& op = network.op(i);
  const OperatorMemory& memory = report.operators[Index(i)];
  const TensorPlacement& placement = plan.tensors[i];
  return PadLeft(std::to_string(i), 4) + "  " + PadRight(OpName(op.kind), 20) +
         PadRight(WindowText(op) + " ", 7) + PadRight(ShapeText(op.out), 13) +
         PadLeft(GroupedDigits(memory.macs.value), 12) +
         PadLeft(GroupedDigits(memory.weights.value), 11) +
         PadLeft(KeptText(placement, op.out), 13) + PadLeft(GroupedDigits(placement.size()), 10) +
         PadLeft(GroupedDigits(placement.offset), 10) +
         (placement.region > 0 ? " in region " + std::to_string(placement.region) : "") +
         (i == plan.peak_operator ? "  <- peak" : "") + "\n";
}

std::string InputRow(const Network& network, const ExecutionPlan& plan) {
  const TensorPlacement& placement = plan.tensors[kNetworkInput];
  return "      " + PadRight("input", 27) + PadRight(ShapeText(network.input), 36) +
         PadLeft(KeptText(placement, network.input), 13) +
         PadLeft(GroupedDigits(placement.size()), 10) +
         PadLeft(GroupedDigits(placement.offset), 10) + "\n";
}

std::string Plural(int count, const std::string& noun) {
  return std::to_string(count) + " " + noun + (count == 1 ? "" : "s");
}

std::string ModeText(const PlanGroup& g) {
  std::string text;
  switch (g.mode) {
    case GroupMode::kLayerwise:
      text = "layer-wise";
      break;
    case GroupMode::kRowStream:
      text = "row stream";
      break;
    case GroupMode::kStrips:
      text = "row stream in " + Plural(g.strips, "strip");
      break;
    case GroupMode::kPatches:
      text = std::to_string(g.strips) + " x " + std::to_string(g.bands) + " patches";
      break;
    case GroupMode::kChannelTiles:
      text = "expand and project " + Plural(g.channel_tile, "channel") + " at a time";
      break;
  }
  return g.segment > 0 ? text + ", segments of " + Plural(g.segment, "column") : text;
}

std::string TensorName(int tensor) {
  return tensor == kNetworkInput ? "the input" : "tensor " + std::to_string(tensor);
}

std::string GroupLine(const ExecutionPlan& plan, const MemoryReport& report, size_t g) {
  const PlanGroup& group = plan.groups[g];
  std::string text;
  for (const TensorMove& move : plan.moves)
    if (move.group == static_cast<int>(g))
      text += "      move " + TensorName(move.tensor) + " to " + GroupedDigits(move.offset) + "\n";
  const std::string operators =
      group.last - group.first == 1
          ? "operator " + std::to_string(group.first)
          : "operators " + std::to_string(group.first) + " to " + std::to_string(group.last - 1);
  return text + "group " + std::to_string(g) + ": " + operators + ", " + ModeText(group) + ", " +
         GroupedDigits(GroupBytes(group, report).value) + " B\n";
}

// Runs of single layer-wise operators stand under one heading: it says nothing new in each line.
bool NeedsHeading(const ExecutionPlan& plan, size_t g) {
  const auto single = [&](size_t i) {
    const PlanGroup& group = plan.groups[i];
    const bool moves = std::any_of(plan.moves.begin(), plan.moves.end(), [&](const TensorMove& m) {
      return m.group == static_cast<int>(i);
    });
    return group.mode == GroupMode::kLayerwise && group.last == group.first + 1 && !moves;
  };
  return g == 0 || !single(g) || !single(g - 1);
}

// The last group of the run that begins at g.
size_t RunEnd(const ExecutionPlan& plan, size_t g) {
  size_t end = g + 1;
  while (end < plan.groups.size() && !NeedsHeading(plan, end)) ++end;
  return end;
}

std::string RunLine(const ExecutionPlan& plan, const MemoryReport& report, size_t g, size_t end) {
  if (end == g + 1) return GroupLine(plan, report, g);
  Bytes most;
  for (size_t i = g; i < end; ++i) most = std::max(most, GroupBytes(plan.groups[i], report));
  return "groups " + std::to_string(g) + " to " + std::to_string(end - 1) + ": operators " +
         std::to_string(plan.groups[g].first) + " to " +
         std::to_string(plan.groups[end - 1].last - 1) + ", layer-wise, one by one, at most " +
         GroupedDigits(most.value) + " B\n";
}

std::string OperatorTable(const Network& network, const ExecutionPlan& plan,
                          const MemoryReport& report) {
  std::string text = kOperatorColumns + InputRow(network, plan);
  for (size_t g = 0; g < plan.groups.size(); ++g) {
    if (NeedsHeading(plan, g)) text += RunLine(plan, report, g, RunEnd(plan, g));
    for (int i = plan.groups[g].first; i < plan.groups[g].last; ++i)
      text += Row(network, plan, report, i);
  }
  return text;
}

std::string OverBound(const ExecutionPlan& plan) {
  if (plan.arena <= plan.live_bound) return "no layout of these groups needs less";
  const double over = static_cast<double>((plan.arena - plan.live_bound).value);
  return FixedPoint(100.0 * over / static_cast<double>(plan.live_bound.value), 2) +
         " % above the lower bound";
}

// One line of the totals: a column for each way to feed the input, the plan's own with a star.
std::string TotalLine(const std::string& name, const std::vector<InputFigures>& inputs,
                      Bytes MemoryReport::*field, const std::string& note) {
  std::string text = "  " + PadRight(name, 14);
  for (const InputFigures& input : inputs)
    text += PadLeft(GroupedDigits((input.memory.*field).value), 13);
  return text + (note.empty() ? "" : "  " + note) + "\n";
}

std::string SramTable(const ExecutionPlan& plan, const std::vector<InputFigures>& inputs) {
  std::string text = "\nSRAM, bytes     ";
  for (const InputFigures& input : inputs) {
    const bool own = input.mode == plan.input_mode;
    text += PadLeft((own ? "*" : "") + std::string(InputModeName(input.mode)), 13);
  }
  text += "\n" + TotalLine("arena", inputs, &MemoryReport::arena, OverBound(plan)) +
          TotalLine("scratch", inputs, &MemoryReport::scratch, "largest kernel") +
          TotalLine("output", inputs, &MemoryReport::output, "the caller's buffer") +
          TotalLine("static data", inputs, &MemoryReport::static_data, "estimate") +
          TotalLine("stack", inputs, &MemoryReport::stack, "estimate, with guard") +
          TotalLine("total", inputs, &MemoryReport::total, "* the input as in this plan") +
          TotalLine("input", inputs, &MemoryReport::input, "part of the arena where it lies in it");
  text += "  " + PadRight("MACs, times", 14);
  for (const InputFigures& input : inputs) text += PadLeft(FixedPoint(input.macs_factor, 3), 13);
  return text + "\n";
}

// What lies in the regions beyond the first, with their names where a board is known.
std::string RegionText(const ExecutionPlan& plan, const BoardProfile* board) {
  std::string text;
  for (size_t r = 1; r <= plan.more_regions.size(); ++r) {
    if (plan.more_regions[r - 1].value == 0) continue;
    const std::string name =
        board && r < board->sram.size() ? " (" + board->sram[r].name + ")" : std::string();
    text += "Region " + std::to_string(r) + name + ": arena " +
            GroupedDigits(plan.more_regions[r - 1].value) + " B, not part of the total\n";
  }
  return text;
}

std::string FlashText(const MemoryReport& report) {
  return "Flash, bytes: weights " + GroupedDigits(report.weights.value) + ", constants " +
         GroupedDigits(report.constants.value) + ", code " + GroupedDigits(report.code.value) +
         " (estimate), total " + GroupedDigits(report.flash_total.value) + "\n";
}

std::string FrontText(const std::vector<ParetoPoint>& front) {
  if (front.empty()) return "";
  std::string text = "\nArena against MACs (Pareto front)\n      MACs       arena\n";
  const size_t lines = std::min(front.size(), kFrontLines);
  for (size_t i = 0; i < lines; ++i) {
    const size_t at = lines == 1 ? 0 : i * (front.size() - 1) / (lines - 1);
    text += PadLeft("x " + FixedPoint(front[at].macs_factor, 3), 10) +
            PadLeft(GroupedDigits(front[at].arena.value), 12) + "\n";
  }
  if (front.size() > lines)
    text += "  (" + std::to_string(lines) + " of " + std::to_string(front.size()) +
            " points; --json has all)\n";
  return text;
}

std::string FitText(const BoardFit& fit) {
  std::string text = "  " + PadRight(fit.board, 17);
  if (fit.fits()) {
    text +=
        fit.macs_factor > 1.0 ? "fits with x " + FixedPoint(fit.macs_factor, 3) + " MACs" : "fits";
    if (fit.several_regions) text += " in several regions";
    return text + ": " + GroupedDigits(fit.sram.value) + " of " +
           GroupedDigits(fit.sram_limit.value) + " B SRAM, " + GroupedDigits(fit.flash.value) +
           " of " + GroupedDigits(fit.flash_limit.value) + " B flash\n";
  }
  text += "needs ";
  if (fit.sram > fit.sram_limit)
    text += GroupedDigits((fit.sram - fit.sram_limit).value) + " B more SRAM";
  if (fit.sram > fit.sram_limit && fit.flash > fit.flash_limit) text += " and ";
  if (fit.flash > fit.flash_limit)
    text += GroupedDigits((fit.flash - fit.flash_limit).value) + " B more flash";
  return text + "\n";
}

std::string Verdict(const std::string& what, Bytes needed, Bytes limit) {
  const int64_t margin = limit.value - needed.value;
  return what + (margin >= 0 ? " fits, " : " does not fit, ") + GroupedDigits(std::abs(margin)) +
         " B " + (margin >= 0 ? "left of " : "over the limit of ") + GroupedDigits(limit.value) +
         " B";
}

std::string BoardText(const MemoryReport& report, const BoardProfile& board) {
  const MemoryLimits limits = BoardLimits(board);
  const std::string region = board.sram.empty() ? "SRAM" : "SRAM (" + board.sram[0].name + ")";
  return "Board " + board.name + ": " + Verdict(region, report.total, limits.sram) + "; " +
         Verdict("flash", report.flash_total, limits.flash) + "\n";
}

std::string Heading(const Network& network, const MemoryReport& report, const PlanSurvey& survey) {
  const Network& given = survey.given ? *survey.given : network;
  const std::string unfolded =
      survey.macs_unfolded ? " of " + GroupedDigits(survey.macs_unfolded->value) + " before folding"
                           : "";
  return "Network " + network.name + " (" + NetworkHash(given).Short() + "): input " +
         ShapeText(network.input) + ", " + GroupedDigits(report.macs.value) + " MACs" + unfolded +
         ", " + Plural(network.operator_count(), "operator") + "\n\n";
}

std::string OrderText(const OperatorOrder& order) {
  if (order.method == OrderMethod::kOnlyOrder) return "";
  std::string text = "Order of the operators: " + std::string(OrderMethodName(order.method)) + ", ";
  if (!order.changed) return text + "the given one is as good as any found\n";
  text += "layer-wise peak " + GroupedDigits(order.peak_after.value) + " instead of " +
          GroupedDigits(order.peak_before.value) + " B; in the order of the file these are";
  for (int op : order.permutation) text += " " + std::to_string(op);
  return text + "\n";
}

}  // namespace

std::string FormatPlanTable(const Network& network, const ExecutionPlan& plan,
                            const MemoryReport& report, const PlanSurvey& survey) {
  std::vector<InputFigures> inputs = survey.inputs;
  if (inputs.empty()) inputs.push_back({plan.input_mode, plan.macs_factor, report});
  std::string text = Heading(network, report, survey) + OperatorTable(network, plan, report) +
                     SramTable(plan, inputs) + RegionText(plan, survey.board) + FlashText(report) +
                     "\nPeak: " + report.peak_reason + ".\n" + FrontText(survey.pareto);
  if (survey.order) text += OrderText(*survey.order);
  if (!survey.boards.empty()) text += "\nBoards\n";
  for (const BoardFit& fit : survey.boards) text += FitText(fit);
  if (survey.board) text += "\n" + BoardText(report, *survey.board);
  return text;
}

Bytes GroupBytes(const PlanGroup& group, const MemoryReport& report) {
  Bytes most;
  for (int i = group.first; i < group.last; ++i)
    most = std::max(most, report.operators[Index(i)].live);
  return most;
}

}  // namespace mcunas
