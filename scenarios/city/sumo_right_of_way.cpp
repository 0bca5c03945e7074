#include "scenarios/city/sumo_right_of_way.h"

#include <fmt/format.h>

#include <algorithm>

namespace citybrain::city {

void SumoRightOfWay::read_junction(const pugi::xml_node& n, std::uint32_t junction, Xml& xml) {
  Rules rules;
  const std::string lanes = n.attribute("incLanes").value();
  for (std::size_t at = 0; at < lanes.size();) {
    const auto end = std::min(lanes.find(' ', at), lanes.size());
    if (end > at) rules.lanes.push_back(lanes.substr(at, end - at));
    at = end + 1;
  }
  for (const auto& r : n.children("request")) {
    const auto index = static_cast<std::size_t>(xml.number(r, "index", 0, 1000));
    const std::string response = xml.text(r, "response");
    if (xml.problem) return;
    if (index != rules.responses.size() || response.find_first_not_of("01") != std::string::npos) {
      xml.fail(r,
               fmt::format("expected request {} with a response of 0 and 1, found {} with \"{}\"",
                           rules.responses.size(), index, response.substr(0, 64)));
      return;
    }
    rules.responses.push_back(response);
  }
  if (!rules.responses.empty()) rules_.emplace(junction, std::move(rules));
}

void SumoRightOfWay::connection(const std::string& edge, const std::string& lane) {
  last_ = &of_lane_[edge + "_" + lane].emplace_back();
}

void SumoRightOfWay::link(std::uint32_t movement, std::uint32_t link) {
  *last_ = {true, movement, link};
}

void SumoRightOfWay::settle(model::RoadNetwork& network) const {
  for (const auto& [junction, rules] : rules_) {
    std::vector<Connection> by_request;
    for (const auto& lane : rules.lanes) {
      const auto it = of_lane_.find(lane);
      if (it != of_lane_.end())
        by_request.insert(by_request.end(), it->second.begin(), it->second.end());
    }
    // Further requests are pedestrian crossings.
    if (by_request.size() > rules.responses.size()) continue;
    for (std::size_t i = 0; i < by_request.size(); ++i) {
      if (!by_request[i].used) continue;
      auto& link = network.movements[by_request[i].movement].links[by_request[i].link];
      link.ruled = true;
      link.number = static_cast<std::uint16_t>(i);
      const std::string& response = rules.responses[i];
      for (std::size_t k = 0; k < std::min(by_request.size(), response.size()); ++k)
        if (response[response.size() - 1 - k] == '1' && by_request[k].used)
          link.gives_way_to.push_back(static_cast<std::uint16_t>(k));
    }
  }
}

}  // namespace citybrain::city
