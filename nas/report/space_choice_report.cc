#include "nas/report/space_choice_report.h"

#include <fmt/format.h>

#include <algorithm>
#include <nlohmann/json.hpp>

#include "nas/report/format_internal.h"
#include "nas/report/svg_internal.h"

namespace mcunas {
namespace {

using Json = nlohmann::ordered_json;

constexpr int kQuantileStep = 5;  // percent
// Spaces beside the best that are named and coloured in the picture.
constexpr size_t kNamed = 4;

// Readable on white and on black; the picture stands alone and knows no page.
constexpr const char* kStyle =
    "<style>text{font:12px system-ui,sans-serif;fill:#6b7580}.mid{text-anchor:middle}"
    ".end{text-anchor:end}.grid{stroke:#8a94a0;stroke-opacity:.25;fill:none}"
    ".axis{stroke:#8a94a0;fill:none}polyline{fill:none}.other{stroke:#8a94a0;stroke-opacity:.35}"
    ".c0{stroke:#1f6fd6;stroke-width:3}.c1{stroke:#d56a00}.c2{stroke:#2c9a4b}.c3{stroke:#a2459e}"
    ".c4{stroke:#b59a00}</style>";

double Share(const SpaceChoice& choice, const SpaceSample& space) {
  return static_cast<double>(space.macs.size()) / static_cast<double>(choice.samples);
}

std::string Millions(double macs) { return FormatFixed(macs / 1e6, 2); }

std::string TableRow(const SpaceChoice& choice, const SpaceSample& space, const std::string& rank) {
  const auto quantile = [&](double share) {
    return Millions(static_cast<double>(space.Quantile(share)));
  };
  return fmt::format("{:>4}  {:>5.2f}  {:>10}  {:>8}  {:>9}  {:>8}  {:>8}  {:>8}  {}/{}/{}/{}\n",
                     rank, space.width, ResolutionText(space.resolution),
                     FormatFixed(100 * Share(choice, space), 1), Millions(space.mean_macs()),
                     quantile(0.2), quantile(0.5), quantile(0.8), space.over_macs, space.over_flash,
                     space.over_sram, space.over_latency);
}

// A number where it is square.
Json ResolutionJson(const Resolution& resolution) {
  if (resolution.square()) return resolution.height;
  return Json::array({resolution.height, resolution.width});
}

Json SpaceJson(const SpaceChoice& choice, const SpaceSample& space, size_t rank) {
  Json quantiles = Json::object();
  for (int percent = 0; percent <= 100; percent += kQuantileStep) {
    quantiles[std::to_string(percent)] = space.Quantile(percent / 100.0);
  }
  return {{"width", space.width},
          {"resolution", ResolutionJson(space.resolution)},
          {"rank", rank},
          {"fitting", space.macs.size()},
          {"share", Share(choice, space)},
          {"mean_macs", space.mean_macs()},
          {"macs_quantiles", std::move(quantiles)},
          {"refused",
           {{"macs", space.over_macs},
            {"flash", space.over_flash},
            {"sram", space.over_sram},
            {"latency", space.over_latency}}}};
}

// The distribution function through a hundred of its points.
std::vector<PlotPoint> Curve(const SpaceSample& space) {
  std::vector<PlotPoint> points;
  for (int percent = 0; percent <= 100; ++percent) {
    points.push_back({static_cast<double>(space.Quantile(percent / 100.0)) / 1e6,
                      static_cast<double>(percent), ""});
  }
  return points;
}

std::string Name(const SpaceSample& space) {
  return fmt::format("width {:.2f}, {} px: mean {} M", space.width,
                     ResolutionText(space.resolution), Millions(space.mean_macs()));
}

std::string LegendLine(const PlotFrame& frame, size_t place, const std::string& style,
                       const std::string& text) {
  const double x = frame.width - frame.right - 245;
  const double y = frame.height - frame.bottom - 14 - 18 * static_cast<double>(kNamed - place);
  return fmt::format(
      "<polyline class=\"{}\" points=\"{},{} {},{}\"/><text x=\"{}\" y=\"{}\">{}"
      "</text>",
      style, Pixel(x), Pixel(y - 4), Pixel(x + 24), Pixel(y - 4), Pixel(x + 30), Pixel(y),
      EscapeHtml(text));
}

}  // namespace

std::string FormatSpaceTable(const SpaceChoice& choice, size_t rows) {
  std::string text = fmt::format("{:>4}  {:>5}  {:>10}  {:>8}  {:>9}  {:>8}  {:>8}  {:>8}  {}\n",
                                 "rank", "width", "resolution", "fit in %", "mean MACs", "20 %",
                                 "50 %", "80 %", "refused: MACs/flash/SRAM/latency");
  const size_t shown = rows == 0 ? choice.spaces.size() : std::min(rows, choice.spaces.size());
  for (size_t i = 0; i < shown; ++i) {
    // A space that does not compete has no rank.
    const std::string rank = i < choice.competing ? std::to_string(i + 1) : "-";
    text += TableRow(choice, choice.spaces[choice.ranking[i]], rank);
  }
  text += fmt::format("{} of {} spaces shown, {} compete; {} networks each; MACs in millions\n\n",
                      shown, choice.spaces.size(), choice.competing, choice.samples);
  return text + fmt::format("chosen: width {}, resolution {}\n", choice.best().width,
                            ResolutionText(choice.best().resolution));
}

std::string SpaceChoiceJson(const SpaceChoice& choice) {
  std::vector<size_t> rank(choice.spaces.size());
  for (size_t i = 0; i < choice.ranking.size(); ++i) rank[choice.ranking[i]] = i + 1;
  Json json = {{"samples", choice.samples}, {"competing", choice.competing}};
  json["chosen"] = {{"width", choice.best().width},
                    {"resolution", ResolutionJson(choice.best().resolution)}};
  json["spaces"] = Json::array();
  for (size_t i = 0; i < choice.spaces.size(); ++i) {
    json["spaces"].push_back(SpaceJson(choice, choice.spaces[i], rank[i]));
  }
  return json.dump(2) + "\n";
}

std::string SpaceChoiceSvg(const SpaceChoice& choice) {
  double most = 0;
  for (size_t i = 0; i < choice.competing; ++i) {
    most = std::max(most, static_cast<double>(choice.spaces[choice.ranking[i]].Quantile(1)) / 1e6);
  }
  PlotFrame frame{
      MakeAxisFromZero(most, "MACs in millions"),
      MakeAxisFromZero(100, "share of the fitting networks with at most these MACs in %")};
  frame.width = 720;
  frame.height = 440;
  std::string svg = OpenPlot(frame, "Distribution of MACs per search space");
  // The best last, so that it lies on top.
  for (size_t i = choice.competing; i-- > 0;) {
    const std::string style = i <= kNamed ? "c" + std::to_string(i) : "other";
    svg += Polyline(frame, Curve(choice.spaces[choice.ranking[i]]), style);
  }
  for (size_t i = 0; i < std::min(choice.competing, kNamed + 1); ++i) {
    svg += LegendLine(frame, i, "c" + std::to_string(i), Name(choice.spaces[choice.ranking[i]]));
  }
  svg += ClosePlot();
  const size_t inside = svg.find('>') + 1;
  return "<svg xmlns=\"http://www.w3.org/2000/svg\"" + svg.substr(4, inside - 4) + kStyle +
         svg.substr(inside);
}

}  // namespace mcunas
