// The few shapes of which the picture of an arena consists. Colours come from the classes of
// kSvgStyle, which follow the viewer's light or dark scheme without CSS variables: not every
// renderer knows those.
#pragma once

#include <string>

namespace mcunas {

constexpr double kGlyph = 6.1;  // width of a character of 11 px
constexpr double kBoldGlyph = 7;

struct SvgBox {
  double x, y, width, height;
};

extern const char* const kSvgStyle;

std::string SvgNumber(double value);  // one digit behind the point
// Text that any XML reader takes, whatever a network is called.
std::string EscapeXml(const std::string& text);
std::string SvgText(double x, double y, const std::string& css, const std::string& text);
// `extra`: further attributes, with a space in front.
std::string SvgLine(double x1, double y1, double x2, double y2, const std::string& css,
                    const std::string& extra = "");
// Rounded where it is large enough; `tip` appears while the pointer rests on it.
std::string SvgRectangle(const SvgBox& box, const std::string& css, const std::string& tip);

}  // namespace mcunas
