// SUMO's traffic lights as groups of the network and back. A light may control several junctions; a
// state is one letter a link (G green with priority, g green that gives way, y yellow, r red).
// Private to scenarios/sumo_city.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "hub/model/road_network.h"
#include "scenarios/city/sumo_names.h"

namespace citybrain::sumo_city {

class Lights {
 public:
  Lights(const model::RoadNetwork& network, const city::SumoNames& names);

  std::size_t size() const { return lights_.size(); }
  std::vector<std::string> names() const;

  /// Lets the junction's groups show this; false when no light of SUMO controls it.
  bool show(model::JunctionId junction, model::GroupSet greens, model::GroupSet yellows);
  /// What has to be told to SUMO since the last call: lights, and state() of each.
  std::vector<std::size_t> changed();
  const std::string& state(std::size_t light) const { return lights_[light].state; }
  /// SUMO shows this.
  void saw(std::size_t light, std::string_view state);
  model::GroupSet greens(model::JunctionId junction) const { return shown_[junction.value].greens; }

 private:
  struct Shown {
    model::GroupSet greens = 0, yellows = 0;
    std::vector<std::size_t> lights;
  };
  /// A state of the file, as one junction sees it.
  struct FileState {
    std::size_t index = 0;  // in SumoLight::states
    model::GroupSet greens = 0;
    bool bridges = false;  // some link is yellow
  };
  struct Part {  // of a light: one junction
    model::JunctionId junction;
    std::vector<FileState> states;
  };
  struct Light {
    const city::SumoLight* names = nullptr;
    std::vector<Part> parts;
    std::string state;
    bool dirty = false;
  };
  struct Pattern {
    const std::string* letters = nullptr;  // none: the file never shows these greens together
    bool whole = false;                    // just these greens, and no change under way
  };
  static Pattern pattern(const Light& light, const Part& part, const Shown& shown);
  void compose(Light& light) const;
  char letter(const Light& light, std::size_t link, const std::vector<Pattern>& patterns) const;

  std::vector<Light> lights_;
  std::vector<Shown> shown_;  // by junction
};

}  // namespace citybrain::sumo_city
