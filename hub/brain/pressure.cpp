#include "hub/brain/plan.h"
#include "hub/brain/policies.h"

namespace citybrain::brain {

namespace {

class Pressure final : public Policy {
 public:
  Pressure(PressureKind kind, const Parameters& parameters, const Assignment& assignment,
           const model::RoadNetwork& network)
      : kind_(kind),
        desk_(assignment.desk),
        start_(assignment.start),
        interval_s_(static_cast<std::int64_t>(parameter(parameters, "interval_s", 15))),
        network_(network),
        plans_(make_plans(network, assignment.junctions)) {}
  std::string_view name() const override {
    switch (kind_) {
      case PressureKind::kPlain:
        return "max-pressure";
      case PressureKind::kEfficient:
        return "efficient-max-pressure";
      case PressureKind::kAdvanced:
        return "advanced-max-pressure";
    }
    return {};
  }

  void propose(const model::Situation& situation, std::vector<model::Proposal>& out) override {
    if (seconds_since(start_, situation.now) % interval_s_ != 0) return;
    for (const auto& plan : plans_) {
      const auto best = choose(situation, plan);
      const auto phase = plan.stages[best.stage].phase;
      const auto now = situation.signals[plan.junction.value].phase;
      if (phase == now) continue;
      model::Proposal p;
      p.desk = desk_;
      p.junction = plan.junction;
      p.phase = phase;
      p.benefit =
          static_cast<double>(best.value - best.runner_up) * static_cast<double>(interval_s_);
      p.reason = {"pressure", best.value, best.runner_up, now};
      out.push_back(std::move(p));
    }
  }
  void save(model::Writer&) const override {}
  void load(model::Reader&) override {}

 private:
  struct Choice {
    std::size_t stage = 0;
    float value = 0;
    float runner_up = 0;
  };

  float pressure(const model::Situation& situation, const Stage& stage) const {
    float sum = 0;
    for (const auto& m : stage.movements) {
      float entering = 0, leaving = 0;
      for (const auto& l : m.lanes)
        entering += situation.lanes[l.lane.value].queue_veh.value * l.share;
      const auto& exit = network_[m.exit];
      for (std::uint32_t i = 0; i < exit.lanes; ++i)
        leaving += situation.lanes[exit.first_lane.value + i].queue_veh.value;
      sum += entering -
             (kind_ == PressureKind::kPlain ? leaving : leaving / static_cast<float>(exit.lanes));
    }
    return sum;
  }

  /// Ties go to the lower phase.
  Choice choose(const model::Situation& situation, const Plan& plan) const {
    Choice best;
    best.value = pressure(situation, plan.stages[0]);
    best.runner_up = best.value;
    for (std::size_t s = 1; s < plan.stages.size(); ++s) {
      const float v = pressure(situation, plan.stages[s]);
      if (v > best.value) {
        best = {s, v, best.value};
      } else if (s == 1 || v > best.runner_up) {
        best.runner_up = v;
      }
    }
    if (kind_ == PressureKind::kAdvanced) keep_running(situation, plan, best);
    return best;
  }

  void keep_running(const model::Situation& situation, const Plan& plan, Choice& best) const {
    const std::int32_t current = plan.stage_of(situation.signals[plan.junction.value].phase);
    if (current < 0) return;
    float running = 0;
    for (const auto lane : plan.stages[static_cast<std::size_t>(current)].lanes)
      running += situation.lanes[lane.value].running_near_veh.value;
    if (running >= best.value) best = {static_cast<std::size_t>(current), running, best.value};
  }

  PressureKind kind_;
  model::DeskId desk_;
  model::EventTime start_;
  std::int64_t interval_s_;
  const model::RoadNetwork& network_;
  std::vector<Plan> plans_;
};

}  // namespace

PolicyPtr make_pressure(PressureKind kind, const Parameters& parameters,
                        const Assignment& assignment, const model::RoadNetwork& network) {
  return std::make_unique<Pressure>(kind, parameters, assignment, network);
}

}  // namespace citybrain::brain
