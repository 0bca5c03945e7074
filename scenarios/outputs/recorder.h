// What a run writes about its city, second by second: the files that its options name. Each costs
// nothing when it is not asked for. Errors CB-RUN-WRITE. Works on a city::TruthSource;
// what it does not know is left out and said in remarks(). One thread.
#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "scenarios/outputs/links.h"
#include "scenarios/outputs/replay_writer.h"
#include "scenarios/outputs/trips.h"

namespace citybrain::outputs {

/// An empty path: not written.
struct RecorderOptions {
  std::filesystem::path trips;  ///< CSV (trips.h)
  std::filesystem::path links;  ///< CSV (links.h)
  std::uint32_t links_interval_s = 60;
  std::filesystem::path replay;  ///< for people to look at (replay_writer.h)
  std::uint32_t replay_interval_s = 1;
};

class Recorder {
 public:
  /// Before the city's first second.
  static model::Result<Recorder> create(const RecorderOptions& options,
                                        const city_port::City& city);
  /// After every second of the city, from the first on.
  void step(const city_port::City& city);
  /// The run is over; the files get their names.
  model::Result<void> finish(const city_port::City& city);
  /// What was asked for and left out.
  const std::vector<std::string>& remarks() const { return remarks_; }

 private:
  std::optional<TripsFile> trips_;
  std::optional<LinksFile> links_;
  std::vector<std::string> remarks_;
  std::optional<ReplayWriter> replay_;
  std::uint32_t now_s_ = 0;
};

}  // namespace citybrain::outputs
