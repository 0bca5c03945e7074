#include "scenarios/outputs/trips.h"

#include <fmt/format.h>

#include <iterator>

#include "scenarios/outputs/csv.h"

namespace citybrain::outputs {

using model::Result;

namespace {

constexpr std::uint32_t kNotYet = 0xFFFFFFFFU;
constexpr std::size_t kEnough = 1U << 16U;  // bytes gathered before they are written

}  // namespace

const char* role_name(city::Role role) {
  switch (role) {
    case city::Role::kCar:
      return "car";
    case city::Role::kTaxi:
      return "taxi";
    case city::Role::kTruck:
      return "truck";
    case city::Role::kBus:
      return "bus";
    case city::Role::kAmbulance:
      return "ambulance";
    case city::Role::kPolice:
      return "police";
  }
  return "car";
}

Result<TripsFile> TripsFile::create(const std::filesystem::path& path) {
  CITYBRAIN_ASSIGN(file, OutputFile::create(path));
  TripsFile trips(std::move(file));
  trips.text_ =
      "vehicle,role,from,to,created_s,entered_s,finished_s,travel_time_s,distance_m,detours,"
      "status\n";
  return trips;
}

void TripsFile::make_room(std::uint32_t vehicle) {
  if (vehicle < entered_s_.size()) return;
  entered_s_.resize(vehicle + 1, kNotYet);
  detours_.resize(vehicle + 1);
}

void TripsFile::step(const city_port::City& city) {
  const auto& truth = city::truth(city);
  for (const auto v : truth.entered) {
    make_room(v);
    entered_s_[v] = truth.step - 1;
  }
  for (const auto v : truth.detours) {
    make_room(v);
    if (detours_[v] < 255) ++detours_[v];
  }
  for (const auto& f : truth.finished) {
    write(city, {f.vehicle, "finished", f.finished_s, true, f.distance_m});
  }
}

void TripsFile::write(const city_port::City& city, const Row& row) {
  const auto facts = city::truth_source(city).trip_facts(row.vehicle);
  const auto& network = city.network();
  const auto name = [&](model::RoadId road) -> std::string_view {
    return road.valid() ? std::string_view(network[road].name) : std::string_view();
  };
  const auto entered = row.vehicle < entered_s_.size() ? entered_s_[row.vehicle] : kNotYet;
  auto out = std::back_inserter(text_);
  fmt::format_to(out, "{},{},", row.vehicle, role_name(facts.role));
  append_field(text_, name(facts.from));
  text_ += ',';
  append_field(text_, name(facts.to));
  fmt::format_to(out, ",{},", facts.created_s);
  if (entered != kNotYet) fmt::format_to(out, "{}", entered);
  text_ += ',';
  if (row.finished) fmt::format_to(out, "{}", row.end_s);
  fmt::format_to(out, ",{},", row.end_s - facts.created_s);
  if (row.distance_m != city::kNotKnown_m) fmt::format_to(out, "{:.1f}", row.distance_m);
  fmt::format_to(out, ",{},{}\n", row.vehicle < detours_.size() ? detours_[row.vehicle] : 0,
                 row.status);
  if (text_.size() < kEnough) return;
  file_.write(text_);
  text_.clear();
}

Result<void> TripsFile::finish(const city_port::City& city, std::uint32_t now_s) {
  const auto& truth = city::truth_source(city);
  for (const auto& v : truth.on_the_road())
    write(city, {v.vehicle, "running", static_cast<double>(now_s), false, v.distance_m});
  for (const auto v : truth.outside())
    write(city, {v, "waiting", static_cast<double>(now_s), false, 0});
  file_.write(text_);
  return file_.finish();
}

}  // namespace citybrain::outputs
