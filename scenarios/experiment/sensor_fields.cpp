#include "scenarios/experiment/sensor_fields.h"

namespace citybrain::experiment {

namespace {

void read_channel(Fields& f, city_port::ChannelModel& c) {
  f.number("loss", c.loss, 0, 1);
  f.number("duplicate", c.duplicate, 0, 1);
  f.number("delay_mean_s", c.delay_mean_s, 0, city_port::kMostDelay_s);
  f.number("delay_spread_s", c.delay_spread_s, 0, city_port::kMostDelay_s);
  f.number("tail", c.tail, 0, 1);
  f.number("tail_mean_s", c.tail_mean_s, 0, city_port::kMostDelay_s);
}

void read_clock(Fields& f, city_port::ClockModel& c) {
  Fields clock = f.map("clock");
  clock.number("offset_ms", c.offset_ms, 0, 600'000);
  clock.number("drift_ppm", c.drift_ppm, 0, 10'000);
  clock.number("sync_s", c.sync_s, 1, 7 * 86'400);
  clock.finish();
}

void read_dropout(Fields& f, city_port::DropoutModel& d) {
  Fields dropout = f.map("dropout");
  dropout.number("working_s", d.working_s, 0, 1e9);
  dropout.number("silent_s", d.silent_s, city_port::kDropoutSlot_s, 1e9);
  dropout.finish();
}

/// What every kind of device has, after what is its own.
template <class Model>
void read_device(Fields& f, Model& m, city_port::ChannelModel& channel) {
  read_dropout(f, m.dropout);
  read_clock(f, m.clock);
  read_channel(f, channel);
  f.finish();
}

void read_position(Fields& f, city_port::PositionModel& p) {
  f.number("position_noise_m", p.noise_m, 0, 200);
  f.number("speed_noise_mps", p.speed_noise_mps, 0, 20);
  f.number("speed_bias", p.speed_bias, 0, 0.5);
  f.number("canyon", p.canyon, 0, 1);
  f.number("canyon_bias_m", p.canyon_bias_m, 0, 200);
}

void read_loop(Fields f, city_port::LoopModel& m, city_port::ChannelModel& channel) {
  f.number("zone_m", m.zone_m, 1, 200);
  f.number("miss", m.miss, 0, 1);
  f.number("false_presence", m.false_presence, 0, 1);
  f.number("dead", m.dead, 0, 1);
  f.number("count_bias", m.count_bias, 0, 0.5);
  read_device(f, m, channel);
}

void read_video(Fields f, city_port::VideoModel& m, city_port::ChannelModel& channel) {
  f.number("reach_m", m.reach_m, 10, 1000);
  f.number("miss", m.miss, 0, 1);
  f.number("speed_noise", m.speed_noise, 0, 1);
  f.number("blind", m.blind, 0, 1);
  f.whole("interval_s", m.interval_s, 1, 60);
  f.number("count_bias", m.count_bias, 0, 0.5);
  f.number("speed_bias", m.speed_bias, 0, 0.5);
  read_device(f, m, channel);
}

void read_plate(Fields f, city_port::PlateModel& m, city_port::ChannelModel& channel) {
  f.number("miss", m.miss, 0, 1);
  f.number("misread", m.misread, 0, 1);
  read_device(f, m, channel);
}

void read_probe(Fields f, city_port::ProbeModel& m, city_port::ChannelModel& channel) {
  f.number("penetration", m.penetration, 0, 1);
  f.whole("interval_s", m.interval_s, 1, 60);
  f.number("announces_route", m.announces_route, 0, 1);
  read_position(f, m.position);
  read_device(f, m, channel);
}

void read_avl(Fields f, city_port::AvlModel& m, city_port::ChannelModel& channel) {
  f.whole("interval_s", m.interval_s, 1, 600);
  f.number("unpressed", m.unpressed, 0, 1);
  read_position(f, m.position);
  read_device(f, m, channel);
}

void read_parking(Fields f, city_port::ParkingModel& m, city_port::ChannelModel& channel) {
  f.whole("interval_s", m.interval_s, 1, 3600);
  f.number("miss", m.miss, 0, 1);
  f.number("twice", m.twice, 0, 1);
  f.number("count_bias", m.count_bias, 0, 0.5);
  f.number("recount_s", m.recount_s, 0, 30 * 86'400);
  read_device(f, m, channel);
}

void read_call(Fields f, city_port::CallModel& m, city_port::ChannelModel& channel) {
  f.number("unreported", m.unreported, 0, 1);
  f.number("more_callers", m.more_callers, 0, 20);
  f.number("first_after_s", m.first_after_s, 0, 3600);
  f.number("others_within_s", m.others_within_s, 0, 3600);
  f.number("place_noise_m", m.place_noise_m, 0, 1000);
  f.number("located", m.located, 0, 1);
  f.number("wrong_kind", m.wrong_kind, 0, 1);
  f.number("wrong_severity", m.wrong_severity, 0, 1);
  f.number("false_per_hour", m.false_per_hour, 0, 3600);
  read_clock(f, m.clock);
  read_channel(f, channel);
  f.finish();
}

}  // namespace

void read_sensors(Fields f, city_port::SensorModels& s) {
  read_loop(f.map("loop"), s.loop, s.loop_channel);
  read_video(f.map("video"), s.video, s.video_channel);
  read_plate(f.map("plate"), s.plate, s.plate_channel);
  read_probe(f.map("probe"), s.probe, s.probe_channel);
  read_avl(f.map("bus"), s.bus, s.bus_channel);
  read_avl(f.map("taxi"), s.taxi, s.taxi_channel);
  read_avl(f.map("ambulance"), s.ambulance, s.ambulance_channel);
  read_parking(f.map("parking"), s.parking, s.parking_channel);
  read_call(f.map("call"), s.call, s.call_channel);
  f.finish();
}

}  // namespace citybrain::experiment
