// How fast the city itself runs: hub off, one thread, signals on the cabinets' own plans. Vehicles
// are counted every second: created = finished + inside + waiting, or it is an error
// (CB-CITY-CONSERVATION).
#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "hub/model/result.h"
#include "scenarios/evaluator/gridlock.h"
#include "scenarios/experiment/city_source.h"
#include "scenarios/outputs/recorder.h"

namespace citybrain::experiment {

struct CityBenchOptions {
  CitySource source;
  double navigation = 0;            ///< share of drivers who have it, and follow it
  double parking = 0;               ///< share of cars that park at the end of their trip
  outputs::RecorderOptions record;  ///< counted as a part of the city's time
  std::filesystem::path truth;      ///< the truth log as a file; empty: none
  const std::atomic<bool>* stop = nullptr;
  std::function<void(double fraction, double simulated_s)> progress;  ///< not counted
};

struct CityBench {
  std::uint32_t seconds = 0;  ///< measured: without the warm-up, a tenth of the horizon
  double cpu_s = 0;           ///< of the city alone
  std::uint64_t vehicle_seconds = 0;
  std::uint32_t most_running = 0;
  std::uint64_t created = 0, finished = 0;
  std::uint32_t waiting_outside = 0;  ///< at the end
  double average_travel_time_s = 0;   ///< CityFlow's: of all created, till they finished or now
  std::uint64_t missed_turns = 0;
  evaluator::Gridlock gridlock;
  std::vector<std::string> warnings;
  std::size_t vehicle_bytes = 0;   ///< of everything that is there for vehicles, at the end
  std::size_t resident_bytes = 0;  ///< of the process, at the end

  double running_mean() const { return static_cast<double>(vehicle_seconds) / seconds; }
  double vehicle_seconds_per_s() const { return static_cast<double>(vehicle_seconds) / cpu_s; }
  double real_time_factor() const { return seconds / cpu_s; }
  double bytes_per_vehicle() const {
    return vehicle_seconds > 0 ? static_cast<double>(vehicle_bytes) / running_mean() : 0;
  }
};

/// Errors CB-USAGE-BENCH, CB-USAGE-PRESET, CB-INPUT-*, CB-CITY-CONSERVATION, CB-RUN-INTERRUPTED.
model::Result<CityBench> bench_city(const CityBenchOptions& options);

}  // namespace citybrain::experiment
