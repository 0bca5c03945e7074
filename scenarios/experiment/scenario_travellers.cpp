// What drivers know, where they leave their cars, and what taxis do between two fares.
#include "scenarios/experiment/scenario_parts.h"

namespace citybrain::experiment {

void read_navigation(Fields f, city::NavigationSpec& n) {
  f.number("share", n.share, 0, 1);
  f.number("compliance", n.compliance, 0, 1);
  f.whole("interval_s", n.interval_s, 10, 3600);
  f.number("indifference", n.indifference, 0, 1);
  f.number("indifference_s", n.indifference_s, 0, 3600);
  f.number("heard_after_s", n.heard_after_s, 0, 3600);
  f.whole("trees_per_s", n.trees_per_s, 1, 100'000);
  f.finish();
}

void read_parking(Fields f, city::ParkingSpec& p) {
  f.number("share", p.share, 0, 1);
  f.number("occupied", p.occupied, 0, 1);
  f.number("mean_stay_s", p.mean_stay_s, 60, 7 * 86'400);
  f.number("radius_m", p.radius_m, 10, 100'000);
  f.number("patience_s", p.patience_s, 0, 86'400);
  f.finish();
}

void read_taxis(Fields f, city::TaxiSpec& t) {
  f.whole("vacant", t.vacant, 0, 100'000);
  f.number("reach_m", t.reach_m, 10, 100'000);
  f.number("wait_s", t.wait_s, 0, 86'400);
  f.number("patience_s", t.patience_s, 0, 86'400);
  f.finish();
}

}  // namespace citybrain::experiment
