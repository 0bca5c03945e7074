// links.csv: traffic on every lane over time. One row a lane and interval, intervals in order:
//
//   time_s         the interval's beginning, since the start (the last one may be shorter)
//   road, lane     the road's name; lane 0 is next to the road's centre line
//   entered, left  vehicles that came onto the lane (from the junction or from outside) and that
//                  went over its end; changed_in, changed_out: from and to the lanes beside
//   vehicles_mean, queued_mean  on it, and standing on it (slower than 0.1 m/s), mean over samples
//   speed_mps      of those on it, mean over vehicles and samples (space mean); empty: nobody seen
//   density_vpkm   vehicles_mean by the lane's length
//   flow_vph       `left` an hour
//
// Samples are those of the truth (city::Options::truth_interval_s, 10 s); counts are exact. Works
// on a city::TruthSource that knows its lane_counts(). One thread.
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

#include "connectors/city_port/city_port.h"
#include "scenarios/city/city.h"
#include "scenarios/outputs/output_file.h"

namespace citybrain::outputs {

class LinksFile {
 public:
  static model::Result<LinksFile> create(const std::filesystem::path& path,
                                         std::uint32_t interval_s);
  /// After every second of the city.
  void step(const city_port::City& city);
  /// Writes the interval that has begun.
  model::Result<void> finish(const city_port::City& city);

 private:
  LinksFile(OutputFile file, std::uint32_t interval_s)
      : file_(std::move(file)), interval_s_(interval_s) {}
  struct Sums {
    std::uint32_t vehicles = 0, queued = 0;
    double speed_mps = 0;
  };
  void write_interval(const city_port::City& city);

  OutputFile file_;
  std::uint32_t interval_s_;
  std::string text_;
  std::uint32_t began_s_ = 0, now_s_ = 0, samples_ = 0;
  std::vector<Sums> sums_;                // by lane, in this interval
  std::vector<city::LaneCounts> before_;  // at its beginning
};

}  // namespace citybrain::outputs
