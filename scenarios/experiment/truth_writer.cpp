#include "scenarios/experiment/truth_writer.h"

#include <fmt/format.h>

#include "schemas/schemas.h"

namespace citybrain::experiment {

using model::Result;
using model::Step;

namespace {

constexpr const char* kCitySource = "city";

std::uint32_t milliseconds(double seconds) {
  return static_cast<std::uint32_t>(seconds * 1000.0 + 0.5);
}

std::vector<evaluator::TruthPassage> passages(const std::vector<city::TruthStep::Passage>& all) {
  std::vector<evaluator::TruthPassage> out;
  out.reserve(all.size());
  for (const auto& p : all)
    out.push_back({p.vehicle, p.junction, milliseconds(p.entered_s), milliseconds(p.left_s)});
  return out;
}

evaluator::TruthRecord record(const city::TruthStep& truth) {
  evaluator::TruthRecord out;
  out.step = truth.step;
  for (const double t : truth.created_s) out.created_ms.push_back(milliseconds(t));
  out.passages = passages(truth.passages);
  for (const auto& f : truth.finished)
    out.finished.push_back({f.vehicle, milliseconds(f.created_s), milliseconds(f.finished_s)});
  for (const auto& lane : truth.lanes)
    out.lanes.push_back({lane.vehicles, lane.queued,
                         static_cast<std::uint32_t>(lane.mean_speed_mps * 100.0F + 0.5F)});
  out.running = truth.running;
  out.waiting_outside = truth.waiting_outside;
  out.monitor_faults = truth.monitor_faults;
  out.missed_turns = static_cast<std::uint32_t>(truth.detours.size());
  out.looked_for_jams = truth.looked_for_jams;
  out.jams = jams_of(truth);
  out.standing_at_green = truth.standing_at_green;
  for (const auto& p : truth.parked)
    out.parked_search_s.push_back(static_cast<std::uint32_t>(p.search_s));
  out.searching = truth.searching;
  out.gave_up = truth.gave_up;
  out.rerouted = truth.rerouted;
  for (const auto& e : truth.emergencies)
    out.emergencies.push_back({static_cast<std::uint32_t>(e.what), e.call, e.unit,
                               static_cast<std::uint32_t>(e.role), e.severity});
  return out;
}

}  // namespace

std::vector<evaluator::TruthJam> jams_of(const city::TruthStep& truth) {
  std::vector<evaluator::TruthJam> out;
  for (const auto& j : truth.jams)
    out.push_back({j.number, milliseconds(j.began_s), j.vehicles, j.behind, j.lanes, j.junctions});
  return out;
}

Result<TruthPublisher> TruthPublisher::make(network::Log& log, model::Epoch epoch) {
  CITYBRAIN_TRY(log.create({schemas::topic::kTruth, 1}));
  CITYBRAIN_ASSIGN(publisher, network::Publisher::make(log, kCitySource));
  return TruthPublisher(std::move(publisher), epoch);
}

Result<void> TruthPublisher::send(const std::string& block, Step step, const std::string& id) {
  publisher_.publish(schemas::topic::kTruth, 0, schemas::kTruthBlock, epoch_.at(step),
                     epoch_.at(step), id, "city", block);
  CITYBRAIN_TRY(publisher_.send());
  return {};
}

Result<void> TruthPublisher::publish(const city_port::City& city, Step step) {
  const auto block = blocks_.add(record(city::truth(city)));
  return block ? send(*block, step, fmt::format("truth-{}", step)) : Result<void>{};
}

Result<void> TruthPublisher::finish(const city_port::City& city, Step step) {
  return send(blocks_.finish(passages(city::open_passages(city))), step, "truth-last");
}

Result<TruthFile> TruthFile::create(const std::filesystem::path& path) {
  CITYBRAIN_ASSIGN(file, outputs::OutputFile::create(path));
  file.write(evaluator::kFileHead);
  return TruthFile(std::move(file));
}

void TruthFile::append(const std::string& block) {
  std::string bytes;
  evaluator::append_to_file(bytes, block);
  file_.write(bytes);
}

void TruthFile::step(const city_port::City& city) {
  if (const auto block = blocks_.add(record(city::truth(city)))) append(*block);
}

Result<void> TruthFile::finish(const city_port::City& city) {
  append(blocks_.finish(passages(city::open_passages(city))));
  return file_.finish();
}

}  // namespace citybrain::experiment
