#include "scenarios/evaluator/estimation.h"

#include <cmath>
#include <unordered_map>

#include "hub/model/archive.h"
#include "hub/model/districts.h"
#include "hub/model/history.h"
#include "hub/store/rows.h"

namespace citybrain::evaluator {

using model::Result;

namespace {

struct Sums {
  double squares = 0, relative = 0, error = 0;
  std::uint64_t n = 0, relative_n = 0, covered = 0;

  void add(double estimate, double sd, double truth, double rounding) {
    const double e = estimate - truth;
    squares += e * e;
    error += e;
    ++n;
    if (std::fabs(e) <= 1.96 * sd + rounding) ++covered;
    if (truth >= 1) {
      relative += std::fabs(e) / truth;
      ++relative_n;
    }
  }
  EstimationScore score(const std::string& view, const char* quantity) const {
    EstimationScore s;
    s.view = view;
    s.quantity = quantity;
    s.samples = n;
    if (n == 0) return s;
    const auto count = static_cast<double>(n);
    s.rmse = std::sqrt(squares / count);
    s.bias = error / count;
    s.coverage95 = static_cast<double>(covered) / count;
    if (relative_n > 0) s.mape = relative / static_cast<double>(relative_n);
    return s;
  }
};

/// Lanes of approaches to signals: what control depends on.
std::vector<std::uint8_t> scored_lanes(const model::RoadNetwork& network) {
  std::vector<std::uint8_t> out(network.lanes.size(), 0);
  for (std::size_t l = 0; l < out.size(); ++l) {
    const auto& lane = network.lanes[l];
    out[l] = network[network[lane.road].to].signalised && !lane.movements.empty() ? 1 : 0;
  }
  return out;
}

}  // namespace

Result<void> score_view(const store::Store& store, const model::RoadNetwork& network,
                        const Truth& truth, std::uint32_t number, const std::string& name,
                        Evaluation& out) {
  const auto scored = scored_lanes(network);
  const auto blocks = model::Districts(network).blocks;
  std::unordered_map<model::Step, std::size_t> sample_of;  // looked up only
  std::vector<const StepTruth*> samples;
  for (const auto& s : truth.steps) {
    if (s.lanes.empty()) continue;
    sample_of[s.step] = samples.size();
    samples.push_back(&s);
  }
  std::vector<Sums> by_sample(samples.size());
  Sums queue, vehicles, speed;
  CITYBRAIN_TRY(store.scan(
      store::Family::kTheme, store::Key().text(store::kLaneHistory).u32(number).view(),
      [&](std::string_view, std::string_view value) {
        model::LaneHistoryBlock block;
        model::Reader r(value);
        r(block);
        if (r.failed() || block.block >= blocks.size()) return true;
        const auto& lanes = blocks[block.block].lanes;
        for (std::size_t i = 0; i < block.steps.size() && i < block.samples.size(); ++i) {
          const auto at = sample_of.find(block.steps[i]);
          if (at == sample_of.end()) continue;
          for (std::size_t k = 0; k < std::min(block.samples[i].size(), lanes.size()); ++k) {
            const std::size_t lane = lanes[k].value;
            if (scored[lane] == 0) continue;
            const auto& e = block.samples[i][k];
            const auto& t = samples[at->second]->lanes[lane];
            queue.add(e.queue_x100 / 100.0, e.queue_sd_x100 / 100.0, t.queued, 0.5);
            by_sample[at->second].add(e.queue_x100 / 100.0, e.queue_sd_x100 / 100.0, t.queued, 0.5);
            vehicles.add(e.vehicles_x100 / 100.0, e.vehicles_sd_x100 / 100.0, t.vehicles, 0.5);
            if (t.vehicles > 0)
              speed.add(e.speed_cmps / 100.0, e.speed_sd_cmps / 100.0, t.speed_cmps / 100.0, 0);
          }
        }
        return true;
      }));
  out.estimation.push_back(queue.score(name, "queue_veh"));
  out.estimation.push_back(vehicles.score(name, "vehicles"));
  out.estimation.push_back(speed.score(name, "speed_mps"));
  auto& series = out.series.queue_rmse[name];
  for (const auto& s : by_sample) series.push_back(s.score(name, "").rmse);
  return {};
}

}  // namespace citybrain::evaluator
