#include "connectors/city_port/call_model.h"

#include <algorithm>

namespace citybrain::city_port {

using runtime::purpose;
using runtime::Random;

namespace {

constexpr std::uint8_t kKinds = 4;
constexpr std::uint8_t kWorst = 1, kMildest = 4;

/// One caller's version of `call`.
CallReading version(const CallModel& model, const Random& random, const Call& call,
                    std::uint64_t number) {
  constexpr auto kKind = purpose("call/kind"), kSeverity = purpose("call/severity"),
                 kLocated = purpose("call/located"), kEast = purpose("call/east"),
                 kNorth = purpose("call/north");
  CallReading r;
  r.number = number;
  r.kind = call.kind;
  r.severity = call.severity;
  r.road = call.road;
  r.at_m = call.at_m;
  if (random.chance(model.wrong_kind, kKind, number))
    r.kind = static_cast<Call::Kind>(
        (static_cast<std::uint64_t>(call.kind) + 1 + random.bits(kKind, number, 1) % (kKinds - 1)) %
        kKinds);
  if (random.chance(model.wrong_severity, kSeverity, number)) {
    const bool worse = random.chance(0.5, kSeverity, number, 1);
    r.severity = std::clamp<std::uint8_t>(
        static_cast<std::uint8_t>(worse ? call.severity - 1 : call.severity + 1), kWorst, kMildest);
  }
  r.located = random.chance(model.located, kLocated, number);
  r.east_m = static_cast<float>(model.place_noise_m * random.normal(kEast, number));
  r.north_m = static_cast<float>(model.place_noise_m * random.normal(kNorth, number));
  return r;
}

void call_about(const CallModel& model, const Random& random, const Call& call,
                std::vector<CallReading>& out) {
  constexpr auto kNobody = purpose("call/nobody"), kMore = purpose("call/more"),
                 kWhen = purpose("call/when");
  if (random.chance(model.unreported, kNobody, call.id)) return;
  const double another = model.more_callers / (1 + model.more_callers);  // a geometric number
  double first_s = 0;
  for (std::uint32_t i = 0; i < kMostCallers; ++i) {
    if (i > 0 && !random.chance(another, kMore, call.id, i)) break;
    CallReading r = version(model, random, call, std::uint64_t{call.id} * kMostCallers + i);
    const double u = random.uniform(kWhen, call.id, i);
    if (i == 0) first_s = u * 2 * model.first_after_s;
    r.after_s = static_cast<model::Step>(i == 0 ? first_s : first_s + u * model.others_within_s);
    out.push_back(r);
  }
}

}  // namespace

void read_calls(const CallModel& model, const Random& random, const Sensors& sensors,
                const model::RoadNetwork& network, model::Step step,
                std::vector<CallReading>& out) {
  constexpr auto kFalse = purpose("call/false");
  for (const auto& call : sensors.calls())
    if (call.road.valid()) call_about(model, random, call, out);
  if (!random.chance(model.false_per_hour / 3600, kFalse, 0, step)) return;
  const std::uint64_t luck = random.bits(kFalse, 1, step);
  Call nothing;
  nothing.kind = static_cast<Call::Kind>(luck % kKinds);
  nothing.severity = static_cast<std::uint8_t>(kWorst + luck / 8 % kMildest);
  nothing.road = model::RoadId{static_cast<std::uint32_t>(luck / 64 % network.roads.size())};
  nothing.at_m =
      static_cast<float>(network[nothing.road].length_m * random.uniform(kFalse, 2, step));
  out.push_back(version(model, random, nothing, (std::uint64_t{1} << 40) | step));
}

}  // namespace citybrain::city_port
