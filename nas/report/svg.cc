#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <unordered_set>

#include "nas/report/format_internal.h"
#include "nas/report/svg_internal.h"

namespace mcunas {
namespace {

constexpr int kWantedTicks = 6;
constexpr double kAir = 0.04;  // of the range, beyond the outermost values

// 1, 2 or 5 times a power of ten, whichever comes closest to the wanted number of ticks.
double NiceStep(double range) {
  const double power = std::pow(10, std::floor(std::log10(range / kWantedTicks)));
  double best = power;
  for (const double factor : {2.0, 5.0, 10.0}) {
    const double step = factor * power;
    const double off = std::abs(range / step - kWantedTicks);
    if (off < std::abs(range / best - kWantedTicks)) best = step;
  }
  return best;
}

Axis AxisBetween(double low, double high, const std::string& title) {
  Axis axis;
  axis.low = low;
  axis.high = high;
  axis.title = title;
  const double step = NiceStep(high - low);
  axis.decimals = std::max(0, static_cast<int>(-std::floor(std::log10(step) + 1e-9)));
  for (double k = std::ceil(low / step - 1e-9); k * step <= high + 1e-9 * step; ++k) {
    axis.ticks.push_back(k * step);
  }
  return axis;
}

std::string Text(double x, double y, const char* style, const std::string& text) {
  return fmt::format("<text x=\"{}\" y=\"{}\" class=\"{}\">{}</text>", Pixel(x), Pixel(y), style,
                     EscapeHtml(text));
}

std::string GridLine(double x1, double y1, double x2, double y2) {
  return fmt::format("<path class=\"grid\" d=\"M{} {}L{} {}\"/>", Pixel(x1), Pixel(y1), Pixel(x2),
                     Pixel(y2));
}

std::string TickText(const Axis& axis, double tick) {
  return FormatFixed(std::abs(tick) < 1e-12 ? 0 : tick, axis.decimals);
}

}  // namespace

Axis MakeAxis(double low, double high, const std::string& title) {
  if (!std::isfinite(low) || !std::isfinite(high) || low > high) return AxisBetween(0, 1, title);
  const double range = high - low;
  // One value only: some room on both sides of it.
  const double air = range > 1e-12 * std::max(std::abs(low), std::abs(high))
                         ? kAir * range
                         : std::max(0.05 * std::abs(high), 1e-3);
  const double start = low >= 0 ? std::max(0.0, low - air) : low - air;
  return AxisBetween(start, high + air, title);
}

Axis MakeAxisFromZero(double high, const std::string& title) {
  if (!std::isfinite(high) || high <= 0) high = 1;
  return AxisBetween(0, high * (1 + kAir), title);
}

double PlotFrame::X(double value) const {
  return left + (value - x.low) / (x.high - x.low) * (width - left - right);
}

double PlotFrame::Y(double value) const {
  return height - bottom - (value - y.low) / (y.high - y.low) * (height - top - bottom);
}

bool PlotFrame::Contains(double x_value, double y_value) const {
  return x_value >= x.low && x_value <= x.high && y_value >= y.low && y_value <= y.high;
}

std::string Pixel(double coordinate) {
  std::string text = fmt::format("{:.1f}", coordinate);
  if (text.ends_with(".0")) text.resize(text.size() - 2);
  return text;
}

std::string OpenPlot(const PlotFrame& f, const std::string& description) {
  std::string svg = fmt::format("<svg viewBox=\"0 0 {} {}\" role=\"img\" aria-label=\"{}\">",
                                Pixel(f.width), Pixel(f.height), EscapeHtml(description));
  const double floor = f.height - f.bottom;
  for (const double tick : f.x.ticks) {
    svg += GridLine(f.X(tick), f.top, f.X(tick), floor);
    svg += Text(f.X(tick), floor + 17, "tick mid", TickText(f.x, tick));
  }
  for (const double tick : f.y.ticks) {
    svg += GridLine(f.left, f.Y(tick), f.width - f.right, f.Y(tick));
    svg += Text(f.left - 8, f.Y(tick) + 4, "tick end", TickText(f.y, tick));
  }
  svg += fmt::format("<path class=\"axis\" d=\"M{0} {1}V{2}H{3}\"/>", Pixel(f.left), Pixel(f.top),
                     Pixel(floor), Pixel(f.width - f.right));
  svg += Text((f.left + f.width - f.right) / 2, f.height - 10, "title mid", f.x.title);
  const double middle = (f.top + floor) / 2;
  svg +=
      fmt::format("<text transform=\"translate(15 {}) rotate(-90)\" class=\"title mid\">{}</text>",
                  Pixel(middle), EscapeHtml(f.y.title));
  return svg;
}

std::string ClosePlot() { return "</svg>\n"; }

std::string VerticalLimit(const PlotFrame& f, double x_value, const std::string& label) {
  const double x = f.X(x_value);
  const bool right_half = x > (f.left + f.width - f.right) / 2;
  return fmt::format("<path class=\"limit\" d=\"M{} {}V{}\"/>", Pixel(x), Pixel(f.top),
                     Pixel(f.height - f.bottom)) +
         Text(right_half ? x - 6 : x + 6, f.height - f.bottom - 8, right_half ? "note end" : "note",
              label);
}

std::string HorizontalLimit(const PlotFrame& f, double y_value, const std::string& label,
                            bool label_left) {
  const double y = f.Y(y_value);
  const double text_y = y - f.top < 18 ? y + 14 : y - 6;
  return fmt::format("<path class=\"limit\" d=\"M{} {}H{}\"/>", Pixel(f.left), Pixel(y),
                     Pixel(f.width - f.right)) +
         Text(label_left ? f.left + 6 : f.width - f.right - 4, text_y,
              label_left ? "note" : "note end", label);
}

std::string Circles(const PlotFrame& f, const std::vector<PlotPoint>& points,
                    const std::string& style, double radius) {
  std::string svg = "<g class=\"" + style + "\">";
  for (const PlotPoint& point : points) {
    if (!f.Contains(point.x, point.y)) continue;
    svg += fmt::format("<circle cx=\"{}\" cy=\"{}\" r=\"{}\"", Pixel(f.X(point.x)),
                       Pixel(f.Y(point.y)), Pixel(radius));
    svg += point.tip.empty() ? "/>" : "><title>" + EscapeHtml(point.tip) + "</title></circle>";
  }
  return svg + "</g>";
}

std::string DotPath(const PlotFrame& f, const std::vector<PlotPoint>& points,
                    const std::string& style) {
  std::string path;
  std::unordered_set<int64_t> drawn;
  for (const PlotPoint& point : points) {
    if (!f.Contains(point.x, point.y)) continue;
    const auto x = std::llround(10 * f.X(point.x));
    const auto y = std::llround(10 * f.Y(point.y));
    if (!drawn.insert(x * 100'000 + y).second) continue;
    path +=
        "M" + Pixel(static_cast<double>(x) / 10) + " " + Pixel(static_cast<double>(y) / 10) + "h0";
  }
  return path.empty() ? "" : "<path class=\"" + style + "\" d=\"" + path + "\"/>";
}

std::string Polyline(const PlotFrame& f, const std::vector<PlotPoint>& points,
                     const std::string& style) {
  std::string coordinates;
  for (const PlotPoint& point : points) {
    coordinates += Pixel(f.X(point.x)) + "," + Pixel(f.Y(point.y)) + " ";
  }
  if (points.size() < 2) return "";
  coordinates.pop_back();
  return "<polyline class=\"" + style + "\" points=\"" + coordinates + "\"/>";
}

}  // namespace mcunas
