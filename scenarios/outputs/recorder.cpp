#include "scenarios/outputs/recorder.h"

namespace citybrain::outputs {

using model::Result;

Result<Recorder> Recorder::create(const RecorderOptions& o, const city_port::City& city) {
  Recorder r;
  if (!o.trips.empty()) {
    CITYBRAIN_ASSIGN(trips, TripsFile::create(o.trips));
    r.trips_ = std::move(trips);
  }
  if (!o.links.empty()) {
    CITYBRAIN_ASSIGN(links, LinksFile::create(o.links, o.links_interval_s));
    r.links_ = std::move(links);
  }
  if (!o.replay.empty()) {
    CITYBRAIN_ASSIGN(replay, ReplayWriter::create(o.replay, city, o.replay_interval_s));
    r.replay_ = std::move(replay);
  }
  return r;
}

void Recorder::step(const city_port::City& city) {
  ++now_s_;
  if (now_s_ == 1 && links_ && city::truth_source(city).lane_counts().empty()) {
    links_.reset();
    remarks_.emplace_back("links.csv is not written: this city does not count vehicles by lane");
  }
  if (trips_) trips_->step(city);
  if (links_) links_->step(city);
  if (replay_) replay_->step(city);
}

Result<void> Recorder::finish(const city_port::City& city) {
  if (trips_) CITYBRAIN_TRY(trips_->finish(city, now_s_));
  if (links_) CITYBRAIN_TRY(links_->finish(city));
  if (replay_) CITYBRAIN_TRY(replay_->finish());
  return {};
}

}  // namespace citybrain::outputs
