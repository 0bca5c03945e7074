// A two-road CityFlow world as text, for tests of the importers and of driving: W -> J -> E and N
// -> J -> S, one lane each.
#pragma once

#include <cmath>
#include <string>
#include <utility>

namespace citybrain::test {

inline std::string crossing_roadnet(const std::string& length = "300") {
  const std::string l = length;
  auto road = [&](const char* id, const char* from, const char* to, const char* x0, const char* y0,
                  const char* x1, const char* y1) {
    return std::string(R"({"id":")") + id + R"(","startIntersection":")" + from +
           R"(","endIntersection":")" + to + R"(","points":[{"x":)" + x0 + R"(,"y":)" + y0 +
           R"(},{"x":)" + x1 + R"(,"y":)" + y1 + R"(}],"lanes":[{"width":4,"maxSpeed":11.111}]})";
  };
  auto end = [&](const char* id, const char* x, const char* y) {
    return std::string(R"({"id":")") + id + R"(","point":{"x":)" + x + R"(,"y":)" + y +
           R"(},"width":0,"roads":[],"roadLinks":[],"virtual":true,"trafficLight":{"lightphases":[]}})";
  };
  const std::string minus = "-" + l;
  return R"({"intersections":[)" + end("W", minus.c_str(), "0") + "," + end("E", l.c_str(), "0") +
         "," + end("N", "0", l.c_str()) + "," + end("S", "0", minus.c_str()) +
         R"(,{"id":"J","point":{"x":0,"y":0},"width":15,"virtual":false,"roads":[],"roadLinks":[
 {"type":"go_straight","startRoad":"we","endRoad":"je","laneLinks":[{"startLaneIndex":0,"endLaneIndex":0,"points":[{"x":-15,"y":-2},{"x":15,"y":-2}]}]},
 {"type":"go_straight","startRoad":"ns","endRoad":"js","laneLinks":[{"startLaneIndex":0,"endLaneIndex":0,"points":[{"x":-2,"y":15},{"x":-2,"y":-15}]}]}],
 "trafficLight":{"lightphases":[{"time":30,"availableRoadLinks":[0]},{"time":5,"availableRoadLinks":[]},{"time":30,"availableRoadLinks":[1]},{"time":5,"availableRoadLinks":[]}]}}],
"roads":[)" +
         road("we", "W", "J", minus.c_str(), "0", "0", "0") + "," +
         road("je", "J", "E", "0", "0", l.c_str(), "0") + "," +
         road("ns", "N", "J", "0", l.c_str(), "0", "0") + "," +
         road("js", "J", "S", "0", "0", "0", minus.c_str()) + "]}";
}

/// A junction without a signal whose three paths, A -> B', B -> C' and C -> A', cross each other in
/// a ring, alike from each side.
inline std::string ring_roadnet() {
  constexpr double kOut = 1;  // an exit so far to the left of the entry before it, in radians
  std::string ends, roads, links;
  const char* names[] = {"A", "B", "C"};
  for (int i = 0; i < 3; ++i) {
    const double in = i * 2.0943951, out = in + kOut;
    const auto at = [](double angle, double r) {
      return R"({"x":)" + std::to_string(r * std::cos(angle)) + R"(,"y":)" +
             std::to_string(r * std::sin(angle)) + "}";
    };
    const std::string n = names[i], to = names[(i + 1) % 3];
    const double exit = (i + 1) % 3 * 2.0943951 + kOut;
    for (const auto& [id, angle] : {std::pair{n, in}, std::pair{n + "'", out}})
      ends +=
          R"({"id":")" + id + R"(","point":)" + at(angle, 200) +
          R"(,"width":0,"roads":[],"roadLinks":[],"virtual":true,"trafficLight":{"lightphases":[]}},)";
    const std::string lanes = R"(],"lanes":[{"width":4,"maxSpeed":11.111}]})";
    roads += R"({"id":"in)" + n + R"(","startIntersection":")" + n +
             R"(","endIntersection":"J","points":[)" + at(in, 200) + "," + at(in, 0) + lanes +
             R"(,{"id":"out)" + n + R"(","startIntersection":"J","endIntersection":")" + n +
             R"('","points":[)" + at(out, 0) + "," + at(out, 200) + lanes + (i < 2 ? "," : "");
    links += R"({"type":"turn_left","startRoad":"in)" + n + R"(","endRoad":"out)" + to +
             R"(","laneLinks":[{"startLaneIndex":0,"endLaneIndex":0,"points":[)" + at(in, 20) +
             "," + at(exit, 20) + "]}]}" + (i < 2 ? "," : "");
  }
  return R"({"intersections":[)" + ends +
         R"({"id":"J","point":{"x":0,"y":0},"width":20,"virtual":false,"roads":[],"roadLinks":[)" +
         links +
         R"(],"trafficLight":{"lightphases":[{"time":30,"availableRoadLinks":[0,1,2]}]}}],"roads":[)" +
         roads + "]}";
}

inline std::string flow_entry(const std::string& route, double start, double end, double interval) {
  return R"({"vehicle":{"length":5,"width":2,"maxPosAcc":2,"maxNegAcc":4.5,"usualPosAcc":2,"usualNegAcc":4.5,"minGap":2.5,"maxSpeed":11.111,"headwayTime":2},"route":)" +
         route + R"(,"interval":)" + std::to_string(interval) + R"(,"startTime":)" +
         std::to_string(start) + R"(,"endTime":)" + std::to_string(end) + "}";
}

}  // namespace citybrain::test
