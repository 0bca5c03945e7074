#include "scenarios/outputs/recorder.h"

namespace citybrain::outputs {

using model::Result;

Result<Recorder> Recorder::create(const RecorderOptions& o) {
  Recorder r;
  if (!o.trips.empty()) {
    CITYBRAIN_ASSIGN(trips, TripsFile::create(o.trips));
    r.trips_ = std::move(trips);
  }
  if (!o.links.empty()) {
    CITYBRAIN_ASSIGN(links, LinksFile::create(o.links, o.links_interval_s));
    r.links_ = std::move(links);
  }
  return r;
}

Result<void> Recorder::step(const city_port::City& city) {
  ++now_s_;
  if (now_s_ == 1 && links_ && city::truth_source(city).lane_counts().empty()) {
    links_.reset();
    remarks_.emplace_back("links.csv is not written: this city does not count vehicles by lane");
  }
  if (trips_) trips_->step(city);
  if (links_) links_->step(city);
  return {};
}

Result<void> Recorder::finish(const city_port::City& city) {
  if (trips_) CITYBRAIN_TRY(trips_->finish(city, now_s_));
  if (links_) CITYBRAIN_TRY(links_->finish(city));
  return {};
}

}  // namespace citybrain::outputs
