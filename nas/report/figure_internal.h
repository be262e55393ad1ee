// The frame of the report's figures. Private to nas/report.
#pragma once

#include <string>

namespace mcunas {

// <figure><figcaption>title</figcaption>svg legend note</figure>; note and legend are HTML already.
std::string Figure(const std::string& title, const std::string& svg, const std::string& legend,
                   const std::string& note);
// One legend entry: a mark of this CSS class and its meaning.
std::string LegendEntry(const std::string& style, const std::string& meaning);

}  // namespace mcunas
