#include <fmt/format.h>

#include "scenarios/experiment/scenario_parts.h"

namespace citybrain::experiment {

namespace {

void read_place(Fields& f, city::EmergencySpec::At& at) {
  for (const char* key : {"road", "at_m"}) f.require(key);
  f.text("road", at.road);
  f.number("at_m", at.at_m, 0, 100'000);
}

/// Reads a list of mappings, each by `read`.
template <class Item, class Read>
void read_list(Document& document, Fields& f, const char* key, std::vector<Item>& out,
               const Read& read, const std::string& path = "emergencies") {
  const YAML::Node list = f.raw(key);
  if (!list.IsDefined()) return;
  if (!list.IsSequence()) {
    f.fail(list, key, "expected a list");
    return;
  }
  for (std::size_t i = 0; i < list.size(); ++i) {
    out.emplace_back();
    Fields item(document, list[i], fmt::format("{}.{}[{}]", path, key, i));
    read(item, out.back());
    item.finish();
  }
}

}  // namespace

void read_calls(Document& document, Fields& f, const std::string& path,
                std::vector<city::EmergencySpec::CallSpec>& out) {
  read_list(
      document, f, "calls", out,
      [](Fields& item, auto& call) {
        item.require("at_s");
        item.number("at_s", call.at_s, 0, 7 * 86'400);
        read_place(item, call.place);
        item.whole("severity", call.severity, 1, 4);
      },
      path);
}

void read_emergencies(Document& document, Fields f, city::EmergencySpec& e) {
  e.present = f.present();
  if (!e.present) return;
  f.number("rate_per_hour", e.rate_per_hour, 0, 2000);
  f.number("processing_s", e.processing_s, 0, 3600);
  f.flag("own_dispatch", e.own_dispatch);
  read_calls(document, f, "emergencies", e.calls);
  read_list(document, f, "stations", e.stations, [](Fields& item, auto& station) {
    read_place(item, station.place);
    item.whole("ambulances", station.ambulances, 0, 100);
  });
  read_list(document, f, "hospitals", e.hospitals,
            [](Fields& item, auto& hospital) { read_place(item, hospital); });
  Fields police = f.map("police");
  police.whole("cars", e.police_cars, 0, 1000);
  police.number("clears", e.police_clears, 0, 1);
  police.finish();
  Fields times = f.map("times");
  times.number("turnout_s", e.turnout_s, 0, 3600);
  times.number("scene_s", e.scene_s, 0, 4 * 3600);
  times.number("handover_s", e.handover_s, 0, 4 * 3600);
  times.finish();
  Fields siren = f.map("siren");
  siren.flag("on", e.siren);
  siren.number("excess", e.siren_excess, 0, 1);
  siren.flag("passes_queues", e.siren_passes);
  siren.finish();
  Fields preemption = f.map("preemption");
  preemption.number("lead_s", e.preemption_lead_s, 0, 120);
  preemption.number("most_s", e.preemption_most_s, 5, 600);
  preemption.finish();
  f.finish();
}

}  // namespace citybrain::experiment
