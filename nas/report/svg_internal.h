// Axes and frames of the report's plots: inline SVG that needs no script. Private to nas/report.
// Colours are CSS variables of the page, so that one plot serves light and dark.
#pragma once

#include <string>
#include <vector>

namespace mcunas {

struct Axis {
  double low = 0;
  double high = 1;  // > low
  std::vector<double> ticks;
  int decimals = 0;   // that the ticks need
  std::string title;  // with unit: "SRAM in kB"
};

// An axis that holds [low, high] with ticks at 1, 2 or 5 times a power of ten, a little wider than
// the values. Equal or not finite ends give some axis all the same.
Axis MakeAxis(double low, double high, const std::string& title);
// Same, but beginning at exactly 0.
Axis MakeAxisFromZero(double high, const std::string& title);

struct PlotFrame {
  Axis x;
  Axis y;
  double width = 520;
  double height = 340;
  double left = 62;
  double right = 18;
  double top = 14;
  double bottom = 52;

  double X(double value) const;
  double Y(double value) const;
  bool Contains(double x_value, double y_value) const;
};

// "12.3": a coordinate as short as it may be.
std::string Pixel(double coordinate);

// <svg ...> with grid, ticks and titles; `description` is read out to people who cannot see it.
std::string OpenPlot(const PlotFrame& frame, const std::string& description);
std::string ClosePlot();

// A dashed vertical or horizontal line across the plot with a text beside it, at the left or right
// end of a horizontal one.
std::string VerticalLimit(const PlotFrame& frame, double x_value, const std::string& label);
std::string HorizontalLimit(const PlotFrame& frame, double y_value, const std::string& label,
                            bool label_left);

struct PlotPoint {
  double x = 0;
  double y = 0;
  std::string tip;  // shown on hover; may be empty
};

// One circle per point with its tip, of CSS class `style`.
std::string Circles(const PlotFrame& frame, const std::vector<PlotPoint>& points,
                    const std::string& style, double radius);
// The same as one path without tips: a tenth of the bytes. Points that fall on one spot are drawn
// once.
std::string DotPath(const PlotFrame& frame, const std::vector<PlotPoint>& points,
                    const std::string& style);
// A line through the points in their order.
std::string Polyline(const PlotFrame& frame, const std::vector<PlotPoint>& points,
                     const std::string& style);

}  // namespace mcunas
