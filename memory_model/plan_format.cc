#include "memory_model/plan_format.h"

#include <algorithm>
#include <cstdio>
#include <string>
#include <vector>

namespace mcunas {
namespace {

// 1234567 -> "1 234 567".
std::string Grouped(int64_t value) {
  const std::string digits = std::to_string(value);
  std::string text;
  for (size_t i = 0; i < digits.size(); ++i) {
    if (i > 0 && (digits.size() - i) % 3 == 0) text.push_back(' ');
    text.push_back(digits[i]);
  }
  return text;
}

std::string Pad(const std::string& text, size_t width) {
  return text.size() >= width ? text : std::string(width - text.size(), ' ') + text;
}

std::string PadRight(const std::string& text, size_t width) {
  return text.size() >= width ? text : text + std::string(width - text.size(), ' ');
}

std::string ShapeText(const Shape& s) {
  return std::to_string(s.height) + "x" + std::to_string(s.width) + "x" +
         std::to_string(s.channels);
}

std::string WindowText(const Operator& op) {
  if (!HasWindow(op.kind)) return "-";
  return std::to_string(op.kernel) + "/" + std::to_string(op.stride);
}

std::string Row(const Network& network, const ExecutionPlan& plan, const MemoryReport& report,
                size_t i) {
  const Operator& op = network.operators[i];
  const OperatorMemory& memory = report.operators[i];
  const bool peak = static_cast<int>(i) == plan.peak_operator;
  return Pad(std::to_string(i), 4) + "  " + PadRight(OpName(op.kind), 21) +
         PadRight(WindowText(op), 5) + PadRight(ShapeText(op.out), 14) +
         Pad(Grouped(memory.macs.value), 13) + Pad(Grouped(memory.weights.value), 11) +
         Pad(Grouped(plan.tensors[i + 1].offset), 11) + Pad(Grouped(memory.live.value), 11) +
         (peak ? "  <- peak" : "") + "\n";
}

std::string Line(const std::string& name, Bytes bytes, const std::string& note) {
  return "  " + PadRight(name, 13) + Pad(Grouped(bytes.value), 11) + " B" +
         (note.empty() ? "" : "  " + note) + "\n";
}

std::string Verdict(const char* what, Bytes needed, Bytes limit) {
  const int64_t margin = limit.value - needed.value;
  return std::string(what) + (margin >= 0 ? " fits, " : " does not fit, ") +
         Grouped(std::abs(margin)) + " B " + (margin >= 0 ? "left of " : "over the limit of ") +
         Grouped(limit.value) + " B";
}

std::string BoardText(const MemoryReport& report, const BoardProfile& board) {
  const MemoryLimits limits = BoardLimits(board);
  const std::string region = board.sram.empty() ? "SRAM" : "SRAM (" + board.sram[0].name + ")";
  return "Board " + board.name + ": " + Verdict(region.c_str(), report.total, limits.sram) + "; " +
         Verdict("flash", report.flash_total, limits.flash) + "\n";
}

}  // namespace

const char* GroupModeName(GroupMode mode) {
  return mode == GroupMode::kLayerwise ? "layerwise" : "row_stream";
}

const char* InputModeName(InputMode mode) {
  switch (mode) {
    case InputMode::kResident:
      return "resident";
    case InputMode::kStreamed:
      return "streamed";
    case InputMode::kRereadable:
      return "rereadable";
  }
  return "unknown";
}

MemoryLimits BoardLimits(const BoardProfile& board) {
  MemoryLimits limits;
  limits.sram = board.sram.empty() ? Bytes(0) : Bytes(board.sram[0].size_bytes);
  limits.flash = board.flash();
  return limits;
}

std::string FormatPlanTable(const Network& network, const ExecutionPlan& plan,
                            const MemoryReport& report, const BoardProfile* board) {
  std::string text = "Network " + network.name + " (" + NetworkHash(network).Short() + "): input " +
                     ShapeText(network.input) + ", " + Grouped(report.macs.value) + " MACs\n\n" +
                     "   #  operator             k/s  output                 MACs    weights" +
                     "     offset       live\n";
  for (size_t i = 0; i < network.operators.size(); ++i) text += Row(network, plan, report, i);
  char over_bound[48] = "no layout needs less";
  if (plan.arena > plan.live_bound)
    std::snprintf(over_bound, sizeof(over_bound), "%.2f %% above the lower bound",
                  100.0 * static_cast<double>((plan.arena - plan.live_bound).value) /
                      static_cast<double>(plan.live_bound.value));
  text += "\nSRAM\n" + Line("arena", report.arena, over_bound) +
          Line("scratch", report.scratch, "largest kernel") +
          Line("output", report.output, "the caller's buffer") +
          Line("static data", report.static_data, "estimate") +
          Line("stack", report.stack, "estimate, with guard") + Line("total", report.total, "") +
          Line("input", report.input, "inside the arena") + "Flash\n" +
          Line("weights", report.weights, "") + Line("constants", report.constants, "") +
          Line("code", report.code, "estimate") + Line("total", report.flash_total, "") +
          "\nPeak: " + report.peak_reason + ".\n";
  if (board) text += BoardText(report, *board);
  return text;
}

}  // namespace mcunas
