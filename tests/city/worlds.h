// A two-road CityFlow world as text, for tests of the importers and of driving: W -> J -> E and N
// -> J -> S, one lane each.
#pragma once

#include <string>

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

inline std::string flow_entry(const std::string& route, double start, double end, double interval) {
  return R"({"vehicle":{"length":5,"width":2,"maxPosAcc":2,"maxNegAcc":4.5,"usualPosAcc":2,"usualNegAcc":4.5,"minGap":2.5,"maxSpeed":11.111,"headwayTime":2},"route":)" +
         route + R"(,"interval":)" + std::to_string(interval) + R"(,"startTime":)" +
         std::to_string(start) + R"(,"endTime":)" + std::to_string(end) + "}";
}

}  // namespace citybrain::test
