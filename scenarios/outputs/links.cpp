#include "scenarios/outputs/links.h"

#include <fmt/format.h>

#include <iterator>

#include "scenarios/outputs/csv.h"

namespace citybrain::outputs {

using model::Result;

Result<LinksFile> LinksFile::create(const std::filesystem::path& path, std::uint32_t interval_s) {
  CITYBRAIN_ASSIGN(file, OutputFile::create(path));
  LinksFile links(std::move(file), interval_s);
  links.text_ =
      "time_s,road,lane,entered,left,changed_in,changed_out,vehicles_mean,queued_mean,speed_mps,"
      "density_vpkm,flow_vph\n";
  return links;
}

void LinksFile::step(const city_port::City& city) {
  const auto& truth = city::truth(city);
  now_s_ = truth.step;
  if (!truth.lanes.empty()) {
    sums_.resize(truth.lanes.size());
    ++samples_;
    for (std::size_t l = 0; l < sums_.size(); ++l) {
      const auto& t = truth.lanes[l];
      sums_[l].vehicles += t.vehicles;
      sums_[l].queued += t.queued;
      sums_[l].speed_mps += static_cast<double>(t.mean_speed_mps) * t.vehicles;
    }
  }
  if (now_s_ - began_s_ >= interval_s_) write_interval(city);
}

void LinksFile::write_interval(const city_port::City& city) {
  const auto& network = city.network();
  const auto counts = city::truth_source(city).lane_counts();
  before_.resize(counts.size());
  sums_.resize(counts.size());
  const double seconds = now_s_ - began_s_;
  const double samples = samples_ > 0 ? samples_ : 1;
  auto out = std::back_inserter(text_);
  for (std::size_t l = 0; l < counts.size(); ++l) {
    const auto& road = network[network.lanes[l].road];
    const auto& c = counts[l];
    const auto& b = before_[l];
    const auto& s = sums_[l];
    const double vehicles = s.vehicles / samples;
    fmt::format_to(out, "{},", began_s_);
    append_field(text_, road.name);
    fmt::format_to(out, ",{},{},{},{},{},{:.2f},{:.2f},", network.lanes[l].index,
                   c.entered - b.entered, c.left - b.left, c.changed_in - b.changed_in,
                   c.changed_out - b.changed_out, vehicles, s.queued / samples);
    if (s.vehicles > 0) fmt::format_to(out, "{:.2f}", s.speed_mps / s.vehicles);
    fmt::format_to(out, ",{:.2f},{:.0f}\n", vehicles / road.length_m * 1000,
                   (c.left - b.left) * 3600 / seconds);
  }
  before_.assign(counts.begin(), counts.end());
  sums_.assign(sums_.size(), {});
  samples_ = 0;
  began_s_ = now_s_;
  file_.write(text_);
  text_.clear();
}

Result<void> LinksFile::finish(const city_port::City& city) {
  if (now_s_ > began_s_) write_interval(city);
  file_.write(text_);
  return file_.finish();
}

}  // namespace citybrain::outputs
