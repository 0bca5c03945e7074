#include "connectors/city_port/plate_model.h"

#include <string_view>

namespace citybrain::city_port {

using runtime::purpose;

namespace {

constexpr std::string_view kLetters = "ABCDEFGHJKLMNPQRSTUVWXYZ";
constexpr std::string_view kCharacters = "0123456789ABCDEFGHJKLMNPQRSTUVWXYZ";
constexpr std::string_view kAlike[] = {"0DQ", "2Z", "5S", "6G", "8B"};

std::string_view alike(char c) {
  for (const auto group : kAlike)
    if (group.find(c) != group.npos) return group;
  return {};
}

}  // namespace

Plate plate_of(const runtime::Random& random, model::VehicleId vehicle) {
  std::uint64_t bits = random.bits(purpose("plate/registered"), vehicle.value);
  Plate p{};
  p[0] = kLetters[bits % kLetters.size()];
  bits /= kLetters.size();
  for (std::size_t i = 1; i < p.size(); ++i) {
    p[i] = kCharacters[bits % kCharacters.size()];
    bits /= kCharacters.size();
  }
  return p;
}

Plate misread(Plate plate, std::uint64_t luck) {
  std::size_t places = 0;
  for (const char c : plate) places += !alike(c).empty();
  if (places == 0) return plate;
  std::size_t wanted = luck % places;
  for (char& c : plate) {
    const auto group = alike(c);
    if (group.empty() || wanted-- > 0) continue;
    c = group[(group.find(c) + 1 + luck / 8 % (group.size() - 1)) % group.size()];
    break;
  }
  return plate;
}

void read_plates(const PlateModel& model, const runtime::Random& random, const Sensors& sensors,
                 model::LaneId lane, model::Step step, std::vector<PlateReading>& out) {
  constexpr auto kRead = purpose("plate/read"), kWhich = purpose("plate/which");
  for (const auto vehicle : sensors.crossed(lane)) {
    const double luck = random.uniform(kRead, vehicle.value, step);
    if (luck < model.miss) continue;
    Plate plate = plate_of(random, vehicle);
    if (luck >= 1 - model.misread) plate = misread(plate, random.bits(kWhich, vehicle.value, step));
    out.push_back({lane, plate});
  }
}

}  // namespace citybrain::city_port
