#include "nas/report/figure_internal.h"

#include "nas/report/format_internal.h"

namespace mcunas {

std::string Figure(const std::string& title, const std::string& svg, const std::string& legend,
                   const std::string& note) {
  std::string html = "<figure><figcaption>" + EscapeHtml(title) + "</figcaption>" + svg;
  if (!legend.empty()) html += "<div class=\"legend\">" + legend + "</div>";
  if (!note.empty()) html += "<div class=\"soft small\">" + note + "</div>";
  return html + "</figure>\n";
}

std::string LegendEntry(const std::string& style, const std::string& meaning) {
  std::string mark = "<circle class=\"" + style + "\" cx=\"9\" cy=\"7\" r=\"4.5\"/>";
  if (style == "rug") mark = "<path class=\"rug\" d=\"M5 3v8M9 3v8M13 3v8\"/>";
  if (style == "diagonal") mark = "<path class=\"diagonal\" d=\"M1 13L17 1\"/>";
  if (style.starts_with("bar") || style == "scratch") {
    mark = "<rect class=\"" + style + "\" x=\"4\" y=\"2\" width=\"10\" height=\"10\"/>";
  }
  return "<span><svg viewBox=\"0 0 18 14\" aria-hidden=\"true\">" + mark + "</svg>" +
         EscapeHtml(meaning) + "</span>";
}

}  // namespace mcunas
