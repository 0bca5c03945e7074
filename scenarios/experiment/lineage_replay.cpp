#include "scenarios/experiment/lineage_replay.h"

#include <fmt/format.h>

#include <map>
#include <utility>

#include "hub/dispatch/arbitration.h"

namespace citybrain::experiment {

using fusion::Contribution;
using model::DistrictId;
using model::Result;
using model::Step;

namespace {

using Places = std::vector<std::vector<RecordPlace>>;  // by district, by record of its step

class Collector {
 public:
  Collector(PastHub& hub, const ReplayQuestion& question, LineageRecords& records)
      : hub_(hub),
        network_(*hub.plan().world.network),
        question_(question),
        records_(records),
        said_(question.targets.size()) {}

  Result<void> run(Lineage& out) {
    auto& node = hub_.node();
    while (node.done() < question_.until) {
      const Step next = node.done() + 1;
      const bool in_window = next + question_.window_s > question_.step && next <= question_.step;
      node.explain(in_window);
      if (next == question_.step) note(prior_);
      Places before = std::exchange(here_, {});
      CITYBRAIN_TRY(node.turn());
      if (next + question_.window_s + 1 > question_.step) here_ = places();
      if (in_window) CITYBRAIN_TRY(collect(next, before));
      if (next != question_.step) continue;
      note(posterior_);
      if (question_.junction.valid() && out.command) propose(*out.command);
    }
    write(out);
    return {};
  }

 private:
  void note(std::vector<model::Estimate>& into) const {
    into.clear();
    const auto& situation = hub_.node().situation(question_.view);
    for (const auto& t : question_.targets) into.push_back(t.in(situation));
  }

  Places places() const {
    Places out;
    for (std::uint32_t d = 0; d < network_.districts.size(); ++d) {
      auto& mine = out.emplace_back();
      for (const auto& r : hub_.node().last(DistrictId{d}).records)
        mine.push_back({r.dataset.value, r.partition, r.position});
    }
    return out;
  }

  /// The record behind a contribution: of this district's step, or of another's step before.
  const RecordPlace* place_of(const Contribution& c, std::uint32_t district,
                              const Places& before) const {
    const bool is_own = c.neighbour == Contribution::kOwn;
    const auto from = is_own ? district : c.neighbour + (c.neighbour >= district ? 1U : 0U);
    const auto& all = is_own ? here_ : before;
    if (from >= all.size() || c.record >= all[from].size()) return nullptr;
    return &all[from][c.record];
  }

  Result<void> collect(Step step, const Places& before) {
    for (std::uint32_t d = 0; d < network_.districts.size(); ++d) {
      const auto view = hub_.node().last(DistrictId{d});
      for (const auto& c : view.contributions[question_.view.value]) {
        for (std::size_t t = 0; t < question_.targets.size(); ++t) {
          const char* kind = concern(question_.targets[t], c, network_);
          const auto* place = kind == nullptr ? nullptr : place_of(c, d, before);
          if (place == nullptr) continue;
          CITYBRAIN_ASSIGN(record, records_.number_of(*place));
          said_[t].push_back(influence(kind, record, step, question_.targets[t], c));
        }
      }
    }
    return {};
  }

  Influence influence(const char* kind, std::size_t record, Step step, const LineageTarget& target,
                      const Contribution& c) const {
    Influence i;
    i.kind = kind;
    i.record = record;
    i.step = step;
    i.place = c.road.valid() ? network_[c.road].name : lane_name(network_, c.lane);
    i.observed = static_cast<double>(c.observed);
    i.gain = static_cast<double>(c.gain);
    i.innovation = static_cast<double>(c.innovation);
    i.noise_variance = static_cast<double>(c.noise_variance);
    i.prior_variance = static_cast<double>(c.prior_variance);
    i.weight = corrects(target, c) ? i.gain : 0;
    return i;
  }

  /// From the newest back: each correction leaves its share of what was known before. Lanes and
  /// roads that are taken together each have weights of their own.
  void write(Lineage& out) {
    for (std::size_t t = 0; t < question_.targets.size(); ++t) {
      const auto& target = question_.targets[t];
      EstimateLineage e;
      e.name = target.name;
      e.unit = target.unit();
      const auto& posterior = posterior_[t];
      e.value = static_cast<double>(posterior.value);
      e.variance = static_cast<double>(posterior.variance);
      e.prior = static_cast<double>(prior_[t].value);
      e.prior_variance = static_cast<double>(prior_[t].variance);
      std::map<std::string, double> left;
      for (auto i = said_[t].rbegin(); i != said_[t].rend(); ++i) {
        if (i->weight > 0) {
          auto& rest = left.emplace(i->place, 1.0).first->second;
          const double gain = i->weight;
          i->weight = gain * rest;
          rest *= 1 - gain;
        }
        e.influences.push_back(*i);
      }
      if (!left.empty()) {
        e.older = 0;
        for (const auto& [place, rest] : left) e.older += rest;
        e.older /= static_cast<double>(left.size());
      }
      out.estimates.push_back(std::move(e));
    }
  }

  void propose(CommandLineage& out) const {
    const auto district = network_[question_.junction].district;
    const auto view = hub_.node().last(district);
    const auto winner = dispatch::arbitrate(view.proposals, network_.junctions.size());
    const auto& desks = hub_.plan().hub.desks;
    for (std::size_t i = 0; i < view.proposals.size(); ++i) {
      const auto& p = view.proposals[i];
      if (p.junction != question_.junction) continue;
      ProposalLineage line;
      line.desk = desks[p.desk.value].name;
      line.policy = desks[p.desk.value].policy.name;
      line.asked = p.phase >= 0 ? fmt::format("phase {}", p.phase + 1)
                                : fmt::format("greens {:#x}", p.greens);
      line.reason = p.reason.code;
      line.priority = p.priority;
      line.benefit = p.benefit;
      line.value = static_cast<double>(p.reason.value);
      line.runner_up = static_cast<double>(p.reason.runner_up);
      line.won = winner[p.junction.value] == static_cast<std::int32_t>(i);
      out.proposals.push_back(std::move(line));
    }
    for (const auto& r : view.refusals)
      if (r.junction == question_.junction)
        out.refusals.push_back(fmt::format(
            "{}: {}", r.desk.value < desks.size() ? desks[r.desk.value].name : "-", r.code));
  }

  PastHub& hub_;
  const model::RoadNetwork& network_;
  const ReplayQuestion& question_;
  LineageRecords& records_;
  std::vector<std::vector<Influence>> said_;  // by target, in the order of fusion
  std::vector<model::Estimate> prior_, posterior_;
  Places here_;
};

}  // namespace

Result<void> replay_lineage(PastHub& hub, const ReplayQuestion& question, LineageRecords& records,
                            Lineage& out) {
  return Collector(hub, question, records).run(out);
}

}  // namespace citybrain::experiment
