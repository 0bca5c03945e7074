// trips.csv: what became of every vehicle. One row a vehicle: those that finished in the order in
// which they did, then those inside, then those that still wait to enter, by number.
//
//   vehicle        number in the order of departures
//   role           car, taxi, truck, bus, ambulance, police
//   from, to       names of the first and the last road of its plan
//   created_s      when it wanted to enter; entered_s: when there was room on its first road;
//   finished_s     at the end of its last road. Seconds since the start; empty: not yet
//   travel_time_s  since created_s, as average_travel_time_s counts it; unfinished: up to the end
//   distance_m     driven, through junctions too; empty: the city does not know
//   detours        turns that it missed, so that it took another way
//   status         finished, running or waiting
//
// Five bytes a vehicle are kept. Vehicles of fleets are no trips. Works on a city that is a
// city::TruthSource. One thread.
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

#include "connectors/city_port/city_port.h"
#include "scenarios/city/city.h"
#include "scenarios/outputs/output_file.h"

namespace citybrain::outputs {

class TripsFile {
 public:
  static model::Result<TripsFile> create(const std::filesystem::path& path);
  /// After every second of the city.
  void step(const city_port::City& city);
  /// At the end of the run, which was `now_s` seconds long.
  model::Result<void> finish(const city_port::City& city, std::uint32_t now_s);

 private:
  explicit TripsFile(OutputFile file) : file_(std::move(file)) {}
  struct Row {
    std::uint32_t vehicle = 0;
    const char* status = "";
    double end_s = 0;
    bool finished = false;
    float distance_m = 0;
  };
  void write(const city_port::City& city, const Row& row);
  void make_room(std::uint32_t vehicle);

  OutputFile file_;
  std::string text_;
  std::vector<std::uint32_t> entered_s_;  // by vehicle
  std::vector<std::uint8_t> detours_;
};

/// As trips.csv and the replay say it.
const char* role_name(city::Role role);

}  // namespace citybrain::outputs
