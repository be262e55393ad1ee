#include "memory_model/report/svg_shapes.h"

#include <algorithm>

#include "common/text.h"

namespace mcunas {

const char* const kSvgStyle = R"(<style>
text { font: 11px "Inter", "Segoe UI", "Helvetica Neue", Arial, sans-serif; fill: #667085; }
.title { font-size: 19px; font-weight: 600; fill: #1d2430; }
.strong { fill: #1d2430; font-weight: 600; }
.tag { fill: #ffffff; font-weight: 600; text-anchor: middle; pointer-events: none; }
.middle { text-anchor: middle; } .end { text-anchor: end; }
.paper { fill: #ffffff; } .grid { stroke: #e7eaf0; } .edge { stroke: #cdd3de; }
.shade { fill: #f5f7fa; }
.box { stroke: #ffffff; stroke-width: 1; fill-opacity: 0.86; }
.input { fill: #0e9384; } .kept { fill: #2f6fde; } .skip { fill: #3d9a4b; }
.ring { fill: #8b5cd6; } .sums { fill: #dd7f16; } .box.scratch { fill: #98a2b3; fill-opacity: 0.55; }
.peak { stroke: #d92d4b; } .peaktext { fill: #d92d4b; font-weight: 600; }
.peakband { fill: #d92d4b; fill-opacity: 0.07; }
.move { stroke: #1d2430; stroke-width: 1.4; fill: none; } .movehead { fill: #1d2430; }
@media (prefers-color-scheme: dark) {
text { fill: #98a2b3; } .title, .strong { fill: #eceff4; } .tag { fill: #0f1319; }
.paper { fill: #12161c; } .grid { stroke: #262d38; } .edge { stroke: #3b4453; }
.shade { fill: #171c24; } .box { stroke: #12161c; }
.input { fill: #2ed3bf; } .kept { fill: #7aa7ff; } .skip { fill: #7bd389; }
.ring { fill: #bd9bf7; } .sums { fill: #f7b25b; } .box.scratch { fill: #5d6979; }
.peak { stroke: #ff6b81; } .peaktext { fill: #ff6b81; } .peakband { fill: #ff6b81; }
.move { stroke: #eceff4; } .movehead { fill: #eceff4; } }
</style>
)";

std::string SvgNumber(double value) { return FixedPoint(value, 1); }

// Text that any XML reader takes, whatever a network is called.
std::string EscapeXml(const std::string& text) {
  std::string safe;
  for (char c : text) {
    if (c == '&') {
      safe += "&amp;";
    } else if (c == '<') {
      safe += "&lt;";
    } else if (c == '>') {
      safe += "&gt;";
    } else {
      safe += c >= ' ' && c <= '~' ? c : '?';
    }
  }
  return safe;
}

std::string SvgText(double x, double y, const std::string& css, const std::string& text) {
  return "<text x=\"" + SvgNumber(x) + "\" y=\"" + SvgNumber(y) + "\" class=\"" + css + "\">" +
         EscapeXml(text) + "</text>\n";
}

std::string SvgLine(double x1, double y1, double x2, double y2, const std::string& css,
                    const std::string& extra) {
  return "<line x1=\"" + SvgNumber(x1) + "\" y1=\"" + SvgNumber(y1) + "\" x2=\"" + SvgNumber(x2) +
         "\" y2=\"" + SvgNumber(y2) + "\" class=\"" + css + "\"" + extra + "/>\n";
}

std::string SvgRectangle(const SvgBox& box, const std::string& css, const std::string& tip) {
  const std::string radius = std::min(box.width, box.height) > 6 ? "\" rx=\"2" : "";
  const std::string head = "<rect x=\"" + SvgNumber(box.x) + "\" y=\"" + SvgNumber(box.y) +
                           "\" width=\"" + SvgNumber(box.width) + "\" height=\"" +
                           SvgNumber(box.height) + radius + "\" class=\"" + css + "\"";
  return tip.empty() ? head + "/>\n" : head + "><title>" + EscapeXml(tip) + "</title></rect>\n";
}

}  // namespace mcunas
