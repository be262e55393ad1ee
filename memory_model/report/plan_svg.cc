#include "memory_model/report/plan_svg.h"

#include <algorithm>
#include <cmath>
#include <string>
#include <vector>

#include "common/index.h"
#include "common/text.h"
#include "memory_model/report/plan_format.h"
#include "memory_model/report/svg_shapes.h"
#include "memory_model/report/tensor_stays.h"

namespace mcunas {
namespace {

constexpr double kWidth = 1240;
constexpr double kLeft = 84;
constexpr double kRight = 28;
constexpr double kTop = 118;
constexpr double kPanel = 400;       // height of the first region's panel
constexpr double kSmallPanel = 150;  // and of the others
constexpr double kGap = 84;          // below a panel: names of the groups

// Columns: a group is as wide as it has operators, so that long streams do not look short.
class Columns {
 public:
  explicit Columns(const ExecutionPlan& plan) {
    double total = 0;
    for (const PlanGroup& g : plan.groups) total += Weight(g);
    double x = kLeft;
    edges_.push_back(x);
    for (const PlanGroup& g : plan.groups) {
      x += Weight(g) / total * (kWidth - kLeft - kRight);
      edges_.push_back(x);
    }
  }
  double Begin(int group) const { return edges_[Index(group)]; }
  double End(int group) const { return edges_[Index(group) + 1]; }
  double Middle(int group) const { return (Begin(group) + End(group)) / 2; }
  double Width(int group) const { return End(group) - Begin(group); }

 private:
  static double Weight(const PlanGroup& g) { return 1.0 + 0.6 * (g.last - g.first - 1); }
  std::vector<double> edges_;
};

// One memory region: bytes to heights.
struct Panel {
  int region = 0;
  double top = 0;
  double height = 0;
  int64_t arena = 0;
  int64_t scratch = 0;

  int64_t bytes() const { return std::max<int64_t>(1, arena + scratch); }
  double bottom() const { return top + height; }
  double Y(int64_t offset) const {
    return bottom() - height * static_cast<double>(offset) / static_cast<double>(bytes());
  }
};

std::vector<Panel> Panels(const ExecutionPlan& plan) {
  std::vector<Panel> panels = {{0, kTop, kPanel, plan.arena.value, plan.scratch.value}};
  for (size_t r = 0; r < plan.more_regions.size(); ++r) {
    if (plan.more_regions[r].value == 0) continue;
    panels.push_back({static_cast<int>(r) + 1, panels.back().bottom() + kGap, kSmallPanel,
                      plan.more_regions[r].value, 0});
  }
  return panels;
}

// 1, 2 or 5 times a power of ten, at most eight of them.
int64_t TickStep(int64_t bytes) {
  for (int64_t power = 1;; power *= 10)
    for (int64_t step : {power, 2 * power, 5 * power})
      if (bytes / step <= 8) return step;
}

std::string Axis(const Panel& panel) {
  std::string svg;
  const int64_t step = TickStep(panel.bytes());
  for (int64_t at = 0; at <= panel.bytes(); at += step) {
    svg += SvgLine(kLeft, panel.Y(at), kWidth - kRight, panel.Y(at), "grid") +
           SvgText(kLeft - 10, panel.Y(at) + 4, "end", GroupedDigits(at));
  }
  const std::string name = panel.region == 0 ? "bytes" : "region " + std::to_string(panel.region);
  return svg + SvgText(kLeft - 10, panel.top - 12, "end", name);
}

std::string OperatorsText(const PlanGroup& g) {
  const std::string first = std::to_string(g.first);
  return g.last - g.first == 1 ? first : first + "-" + std::to_string(g.last - 1);
}

std::string OperatorsTitle(const PlanGroup& g) {
  return (g.last - g.first == 1 ? "operator " : "operators ") + OperatorsText(g);
}

// Longest first; the first that fits a column is taken.
std::vector<std::string> ModeTexts(const PlanGroup& g) {
  const std::string columns =
      g.segment > 0 ? ", " + std::to_string(g.segment) + " columns" : std::string();
  switch (g.mode) {
    case GroupMode::kLayerwise:
      return {"layer-wise", "layer"};
    case GroupMode::kRowStream:
      return {"row stream" + columns, "row stream", "stream"};
    case GroupMode::kStrips:
      return {std::to_string(g.strips) + " strips" + columns, std::to_string(g.strips) + " strips",
              std::to_string(g.strips) + " str"};
    case GroupMode::kPatches:
      return {std::to_string(g.strips) + " x " + std::to_string(g.bands) + " patches", "patches"};
    case GroupMode::kChannelTiles:
      return {std::to_string(g.channel_tile) + " channels at a time",
              std::to_string(g.channel_tile) + " channels", std::to_string(g.channel_tile) + " ch"};
  }
  return {};
}

std::string Fitting(const std::vector<std::string>& texts, double width) {
  for (const std::string& text : texts)
    if (static_cast<double>(text.size()) * kGlyph + 4 <= width) return text;
  return "";
}

bool IsLayerwise(const ExecutionPlan& plan, size_t g) {
  return plan.groups[g].mode == GroupMode::kLayerwise;
}

// How each group runs; once for a run of layer-wise ones.
std::string ModeNames(const ExecutionPlan& plan, const Columns& columns, double y) {
  std::string svg;
  for (size_t g = 0; g < plan.groups.size();) {
    size_t end = g + 1;
    while (IsLayerwise(plan, g) && end < plan.groups.size() && IsLayerwise(plan, end)) ++end;
    const double from = columns.Begin(static_cast<int>(g));
    const double to = columns.End(static_cast<int>(end) - 1);
    svg += SvgText((from + to) / 2, y, "middle", Fitting(ModeTexts(plan.groups[g]), to - from));
    g = end;
  }
  return svg;
}

std::string GroupNames(const ExecutionPlan& plan, const Columns& columns, const Panel& panel) {
  std::string svg;
  double free_from = 0;  // numbers of narrow columns must not run into each other
  for (int g = 0; g < static_cast<int>(plan.groups.size()); ++g) {
    const std::string operators = OperatorsText(plan.groups[Index(g)]);
    const double half = static_cast<double>(operators.size()) * kBoldGlyph / 2;
    if (columns.Middle(g) - half < free_from) continue;
    svg += SvgText(columns.Middle(g), panel.bottom() + 18, "middle strong", operators);
    free_from = columns.Middle(g) + half + 4;
  }
  return svg + ModeNames(plan, columns, panel.bottom() + 34) +
         SvgText(kLeft - 10, panel.bottom() + 18, "end", "operators");
}

std::string Backdrop(const ExecutionPlan& plan, const Columns& columns, const Panel& panel) {
  std::string svg;
  for (int g = 0; g < static_cast<int>(plan.groups.size()); ++g) {
    if (g % 2 == 1)
      svg +=
          SvgRectangle({columns.Begin(g), panel.top, columns.Width(g), panel.height}, "shade", "");
  }
  svg += Axis(panel);
  for (int g = 0; g <= static_cast<int>(plan.groups.size()); ++g) {
    const double x = g == 0 ? kLeft : columns.End(g - 1);
    svg += SvgLine(x, panel.top, x, panel.bottom() + 6, "edge");
  }
  return svg;
}

// Whether somebody reads the tensor after another operator had read it: a residual on its way.
bool IsSkip(const Network& network, const TensorStay& stay) {
  int readers = 0;
  for (const Operator& op : network.operators)
    readers += std::count(op.inputs.begin(), op.inputs.end(), stay.tensor) > 0;
  return readers > 1;
}

std::string Role(const Network& network, const ExecutionPlan& plan, const TensorStay& stay) {
  if (stay.tensor == kNetworkInput) return "input";
  const Shape shape = network.tensor_shape(stay.tensor);
  const TensorPlacement& p = plan.tensors[stay.tensor];
  const bool whole =
      p.ring_pixels >= int64_t{shape.height} * shape.width && p.pixel_bytes >= shape.channels;
  if (!whole) return "ring";
  return IsSkip(network, stay) ? "skip" : "kept";
}

std::string StayTip(const Network& network, const ExecutionPlan& plan, const TensorStay& stay) {
  const bool input = stay.tensor == kNetworkInput;
  std::string text = input ? "input "
                           : "tensor " + std::to_string(stay.tensor) + ", " +
                                 OpName(network.op(stay.tensor).kind) + " ";
  const TensorPlacement& p = plan.tensors[stay.tensor];
  text += ShapeText(network.tensor_shape(stay.tensor)) + ": " + GroupedDigits(stay.bytes) +
          " bytes at " + GroupedDigits(stay.offset);
  if (Role(network, plan, stay) == "ring")
    text += ", ring of " + GroupedDigits(p.ring_pixels) + " pixels";
  return text + ", groups " + std::to_string(stay.first) + " to " + std::to_string(stay.last);
}

std::string Tag(const SvgBox& box, const std::string& text) {
  const double width = static_cast<double>(text.size()) * kGlyph + 6;
  if (box.height < 12 || box.width < width) return "";
  return SvgText(box.x + box.width / 2, box.y + box.height / 2 + 4, "tag", text);
}

std::string Tensors(const Network& network, const ExecutionPlan& plan, const Columns& columns,
                    const Panel& panel) {
  std::string svg, tags;
  std::vector<TensorStay> stays = TensorStays(network, plan);
  std::stable_sort(stays.begin(), stays.end(), [](const TensorStay& a, const TensorStay& b) {
    return a.bytes > b.bytes;  // small ones stay visible where they overlap large ones
  });
  for (const TensorStay& stay : stays) {
    if (stay.region != panel.region) continue;
    const double y = panel.Y(stay.offset + stay.bytes);
    const SvgBox box{columns.Begin(stay.first) + 1, y,
                     columns.End(stay.last) - columns.Begin(stay.first) - 2,
                     std::max(1.0, panel.Y(stay.offset) - y)};
    svg += SvgRectangle(box, "box " + Role(network, plan, stay), StayTip(network, plan, stay));
    const SvgBox made{box.x, box.y, columns.Width(stay.first),
                      box.height};  // there its name stands
    tags += Tag(made, stay.tensor == kNetworkInput ? "input" : std::to_string(stay.tensor));
  }
  return svg + tags;
}

std::string Sums(const Network& network, const ExecutionPlan& plan, const Columns& columns,
                 const Panel& panel) {
  std::string svg;
  const PerOperator<int> group_of = GroupOfOperators(network, plan);
  for (const StatePlacement& s : plan.states) {
    if (s.region != panel.region) continue;
    const int g = group_of[s.op];
    const double y = panel.Y(s.offset + s.bytes);
    const SvgBox box{columns.Begin(g) + 1, y, columns.Width(g) - 2,
                     std::max(1.0, panel.Y(s.offset) - y)};
    svg += SvgRectangle(box, "box sums",
                        "int32 sums of operator " + std::to_string(s.op) + ": " +
                            GroupedDigits(s.bytes) + " bytes at " + GroupedDigits(s.offset)) +
           Tag(box, "sums");
  }
  return svg;
}

std::string Scratch(const Panel& panel) {
  if (panel.scratch == 0) return "";
  const SvgBox box{kLeft + 1, panel.Y(panel.bytes()), kWidth - kLeft - kRight - 2,
                   panel.Y(panel.arena) - panel.Y(panel.bytes())};
  return SvgRectangle(box, "box scratch",
                      "kernel scratch: " + GroupedDigits(panel.scratch) + " bytes") +
         Tag(box, "scratch");
}

// An arrow at the boundary where a tensor changes its place within a region.
std::string Moves(const Network& network, const ExecutionPlan& plan, const Columns& columns,
                  const Panel& panel) {
  std::string svg;
  const std::vector<TensorStay> stays = TensorStays(network, plan);
  for (size_t i = 1; i < stays.size(); ++i) {
    const TensorStay& from = stays[i - 1];
    const TensorStay& to = stays[i];
    if (from.tensor != to.tensor || from.region != panel.region || to.region != panel.region)
      continue;
    const double x = columns.Begin(to.first);
    const double y1 = panel.Y(from.offset + from.bytes / 2);
    const double y2 = panel.Y(to.offset + to.bytes / 2);
    svg += "<path class=\"move\" d=\"M" + SvgNumber(x - 9) + " " + SvgNumber(y1) + " C" +
           SvgNumber(x + 6) + " " + SvgNumber(y1) + " " + SvgNumber(x - 9) + " " + SvgNumber(y2) +
           " " + SvgNumber(x + 5) + " " + SvgNumber(y2) + "\"/>\n<path class=\"movehead\" d=\"M" +
           SvgNumber(x + 5) + " " + SvgNumber(y2 - 3.5) + " l6 3.5 l-6 3.5 z\"/>\n";
  }
  return svg;
}

int PeakGroup(const Network& network, const ExecutionPlan& plan) {
  return GroupOfOperators(network, plan)[plan.peak_operator];
}

std::string PeakBand(const Network& network, const ExecutionPlan& plan, const Columns& columns,
                     const Panel& panel) {
  const int g = PeakGroup(network, plan);
  return SvgRectangle({columns.Begin(g), panel.top, columns.Width(g), panel.height}, "peakband",
                      "");
}

std::string PeakMark(const Network& network, const ExecutionPlan& plan, const Columns& columns,
                     const Panel& panel) {
  const int g = PeakGroup(network, plan);
  const double y = panel.Y(panel.arena);
  const std::string text =
      "peak " + GroupedDigits(panel.arena) + " B, " + OperatorsTitle(plan.groups[Index(g)]);
  const double half = static_cast<double>(text.size()) * kBoldGlyph / 2;
  const double x = std::clamp(columns.Middle(g), kLeft + half, kWidth - kRight - half);
  const double middle = columns.Middle(g);
  return SvgLine(kLeft, y, kWidth - kRight, y, "peak", " stroke-dasharray=\"5 4\"") +
         SvgText(x, panel.top - 14, "middle peaktext", text) + "<path class=\"peaktext\" d=\"M" +
         SvgNumber(middle - 4) + " " + SvgNumber(panel.top - 8) + " h8 l-4 6 z\"/>\n";
}

std::string Heading(const Network& network, const ExecutionPlan& plan, const MemoryReport& report) {
  const std::string bound =
      plan.arena <= plan.live_bound
          ? "no layout of these groups needs less"
          : "above the lower bound of " + GroupedDigits(plan.live_bound.value);
  const std::string facts = "input " + std::string(InputModeName(plan.input_mode)) + "  |  arena " +
                            GroupedDigits(plan.arena.value) + " B + scratch " +
                            GroupedDigits(plan.scratch.value) + " B, with all else " +
                            GroupedDigits(report.total.value) + " B of SRAM  |  MACs x " +
                            FixedPoint(plan.macs_factor, 3) + "  |  " + bound;
  return SvgText(kLeft, 36, "title", network.name + ": the arena over time") +
         SvgText(kLeft, 58, "", facts);
}

std::string Legend(double y) {
  struct Entry {
    const char* css;
    const char* text;
  };
  constexpr Entry kEntries[] = {
      {"input", "network input"}, {"ring", "ring: the pixels still needed"},
      {"kept", "whole tensor"},   {"skip", "whole tensor, read more than once"},
      {"sums", "int32 sums"},     {"scratch", "kernel scratch"}};
  std::string svg;
  double x = kLeft;
  for (const Entry& entry : kEntries) {
    svg += SvgRectangle({x, y - 10, 14, 12}, std::string("box ") + entry.css, "") +
           SvgText(x + 20, y, "", entry.text);
    x += 20 + static_cast<double>(std::string(entry.text).size()) * kGlyph + 26;
  }
  return svg;
}

}  // namespace

std::string PlanToSvg(const Network& network, const ExecutionPlan& plan,
                      const MemoryReport& report) {
  const Columns columns(plan);
  const std::vector<Panel> panels = Panels(plan);
  const double height = panels.back().bottom() + kGap;
  const std::string size = SvgNumber(kWidth) + " " + SvgNumber(height);
  std::string svg =
      "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 " + size + "\" width=\"" +
      SvgNumber(kWidth) + "\" height=\"" + SvgNumber(height) + "\" role=\"img\">\n<title>" +
      EscapeXml(network.name) + ": arena over time</title>\n" + kSvgStyle +
      SvgRectangle({0, 0, kWidth, height}, "paper", "") + Heading(network, plan, report);
  for (const Panel& panel : panels) {
    svg += Backdrop(plan, columns, panel);
    if (panel.region == 0) svg += PeakBand(network, plan, columns, panel);
    svg += Tensors(network, plan, columns, panel) + Sums(network, plan, columns, panel) +
           Scratch(panel) + Moves(network, plan, columns, panel);
    if (panel.region == 0) svg += PeakMark(network, plan, columns, panel);
    svg += GroupNames(plan, columns, panel);
  }
  return svg + Legend(height - 22) + "</svg>\n";
}

}  // namespace mcunas
