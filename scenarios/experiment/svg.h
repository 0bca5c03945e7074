// Inline SVG for the reports: line charts, a map, a dot chart. Private to scenarios/experiment.
// Pure functions.
#pragma once

#include <string>
#include <vector>

#include "hub/model/road_network.h"

namespace citybrain::experiment {

struct Line {
  std::string name;
  std::vector<double> y;
};

/// A chart of lines over common x; the first line is drawn on top.
std::string line_chart(const std::vector<double>& x, const std::vector<Line>& lines,
                       const std::string& x_title);

/// The network with every road coloured by `values` (by road) from calm to red; the legend runs to
/// `top`.
std::string road_map(const model::RoadNetwork& network, const std::vector<double>& values,
                     const std::vector<std::string>& titles, double top, const std::string& legend);

struct Row {
  std::string name;
  std::vector<double> values;
};
/// One row of dots a mode with the mean as a bar.
std::string dot_chart(const std::vector<Row>& rows, const std::string& title);

}  // namespace citybrain::experiment
