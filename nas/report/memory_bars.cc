#include "nas/report/memory_bars_internal.h"

#include <fmt/format.h>

#include <algorithm>

#include "nas/report/figure_internal.h"
#include "nas/report/format_internal.h"
#include "nas/report/svg_internal.h"

namespace mcunas {
namespace {

double Kb(Bytes bytes) { return static_cast<double>(bytes.value) / 1024; }

Bytes Used(const OperatorMemory& memory) { return memory.live + memory.scratch; }

size_t PeakOperator(const MemoryReport& memory) {
  const auto peak = std::max_element(
      memory.operators.begin(), memory.operators.end(),
      [](const OperatorMemory& a, const OperatorMemory& b) { return Used(a) < Used(b); });
  return static_cast<size_t>(peak - memory.operators.begin());
}

std::string OperatorText(const Operator& op) {
  std::string text = OpName(op.kind);
  if (op.kernel != 1) text += fmt::format(" {}x{}", op.kernel.height, op.kernel.width);
  if (op.stride.height > 1) text += fmt::format(" stride {}", op.stride.height);
  return text + fmt::format(" to [{}, {}, {}]", op.out.height, op.out.width, op.out.channels);
}

std::string Bar(const PlotFrame& frame, double x, double from_kb, double to_kb, const char* style) {
  constexpr double kGap = 0.15;
  const double left = frame.X(x - 0.5 + kGap);
  const double right = frame.X(x + 0.5 - kGap);
  return fmt::format("<rect class=\"{}\" x=\"{}\" y=\"{}\" width=\"{}\" height=\"{}\"/>", style,
                     Pixel(left), Pixel(frame.Y(to_kb)), Pixel(right - left),
                     Pixel(frame.Y(from_kb) - frame.Y(to_kb)));
}

// Operators are counted, not measured: whole ticks, and half a bar of room on both sides.
Axis OperatorAxis(size_t count) {
  Axis axis;
  axis.low = -0.5;
  axis.high = static_cast<double>(count) - 0.5;
  axis.title = "operator, in the order of execution";
  const size_t step = std::max<size_t>(1, (count + 14) / 15);
  for (size_t i = 0; i < count; i += step) axis.ticks.push_back(static_cast<double>(i));
  return axis;
}

std::string Bars(const PlotFrame& frame, const FinalNetwork& result, size_t peak) {
  std::string svg;
  for (size_t i = 0; i < result.memory.operators.size(); ++i) {
    const OperatorMemory& memory = result.memory.operators[i];
    const auto x = static_cast<double>(i);
    svg += fmt::format(
        "<g><title>{}</title>",
        EscapeHtml(fmt::format("{} {}: live {}, scratch {}, weights {}", i,
                               OperatorText(result.network.operators[i]),
                               FormatKilobytes(static_cast<double>(memory.live.value)),
                               FormatKilobytes(static_cast<double>(memory.scratch.value)),
                               FormatKilobytes(static_cast<double>(memory.weights.value)))));
    svg += Bar(frame, x, 0, Kb(memory.live), i == peak ? "bar peak" : "bar");
    if (memory.scratch.value > 0)
      svg += Bar(frame, x, Kb(memory.live), Kb(Used(memory)), "scratch");
    svg += "</g>";
  }
  return svg;
}

// The text over the highest bar, kept inside the frame.
std::string PeakLabel(const PlotFrame& frame, const FinalNetwork& result, size_t peak) {
  const Bytes used = Used(result.memory.operators[peak]);
  const double share =
      static_cast<double>(peak) / static_cast<double>(result.memory.operators.size());
  const char* anchor = share < 0.2 ? "note" : share > 0.8 ? "note end" : "note mid";
  const double side = share < 0.2 ? -0.4 : share > 0.8 ? 0.4 : 0;
  return fmt::format("<text x=\"{}\" y=\"{}\" class=\"{}\">peak {} at operator {}</text>",
                     Pixel(frame.X(static_cast<double>(peak) + side)), Pixel(frame.Y(Kb(used)) - 5),
                     anchor, FormatKilobytes(static_cast<double>(used.value)), peak);
}

std::string Details(const FinalNetwork& result) {
  std::string rows;
  for (size_t i = 0; i < result.memory.operators.size(); ++i) {
    const OperatorMemory& memory = result.memory.operators[i];
    rows += fmt::format(
        "<tr><td>{}</td><td "
        "class=\"left\">{}</td><td>{}</td><td>{}</td><td>{}</td><td>{}</td></tr>",
        i, EscapeHtml(OperatorText(result.network.operators[i])),
        FormatCount(static_cast<double>(memory.live.value)),
        FormatCount(static_cast<double>(memory.scratch.value)),
        FormatCount(static_cast<double>(memory.weights.value)),
        FormatCount(static_cast<double>(memory.macs.value)));
  }
  return "<details><summary>operators in numbers</summary><div class=\"wide\"><table><thead><tr>"
         "<th>#</th><th class=\"left\">operator</th><th>live bytes</th><th>scratch bytes</th>"
         "<th>weight bytes</th><th>MACs</th></tr></thead><tbody>" +
         rows + "</tbody></table></div></details>";
}

}  // namespace

std::string MemoryFigure(const FinalNetwork& result, size_t rank, const MemoryLimits& limits) {
  const MemoryReport& memory = result.memory;
  const std::string title =
      fmt::format("{}. {}: SRAM {}, flash {}", rank + 1, result.record.hash.Short(),
                  FormatKilobytes(static_cast<double>(memory.total.value)),
                  FormatKilobytes(static_cast<double>(memory.flash_total.value)));
  if (memory.operators.empty()) return Figure(title, "", "", "No per-operator table was recorded.");
  const size_t peak = PeakOperator(memory);
  const double highest = Kb(Used(memory.operators[peak]));
  const Bytes fixed = memory.static_data + memory.stack + memory.output;
  const double left_for_buffers = Kb(limits.sram - fixed);
  const bool draw_limit =
      left_for_buffers > 0 && limits.sram.value > 0 && left_for_buffers < 2.5 * highest;
  PlotFrame frame{OperatorAxis(memory.operators.size()),
                  MakeAxisFromZero(1.08 * std::max(highest, draw_limit ? left_for_buffers : 0),
                                   "live + scratch in kB")};
  frame.height = 270;
  std::string svg = OpenPlot(frame, title) + Bars(frame, result, peak);
  if (draw_limit) {
    svg +=
        HorizontalLimit(frame, left_for_buffers,
                        "limit " + FormatFixed(Kb(limits.sram), 0) + " kB less stack, data, output",
                        2 * peak > memory.operators.size());
  }
  svg += PeakLabel(frame, result, peak) + ClosePlot();
  const std::string legend = LegendEntry("bar", "live tensors") + LegendEntry("bar peak", "peak") +
                             LegendEntry("scratch", "kernel scratch");
  return Figure(title, svg, legend, EscapeHtml(memory.peak_reason) + Details(result));
}

}  // namespace mcunas
