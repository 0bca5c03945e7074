#include "hub/brain/plan.h"
#include "hub/brain/policies.h"

namespace citybrain::brain {

namespace {

/// A loop that says nothing for so long is taken for dead.
constexpr float kSilent_s = 10;

class Actuated final : public Policy {
 public:
  Actuated(const Parameters& parameters, const Assignment& assignment,
           const model::RoadNetwork& network)
      : desk_(assignment.desk),
        lookahead_ms_(assignment.lookahead_ms),
        min_green_s_(parameter(parameters, "min_green_s", 10)),
        max_green_s_(parameter(parameters, "max_green_s", 45)),
        gap_s_(parameter(parameters, "gap_s", 3)),
        recall_s_(parameter(parameters, "recall_s", 20)),
        plans_(make_plans(network, assignment.junctions)) {}
  std::string_view name() const override { return "actuated"; }

  void propose(const model::Situation& situation, std::vector<model::Proposal>& out) override {
    for (const auto& plan : plans_) {
      const auto& signal = situation.signals[plan.junction.value];
      if (signal.changing) continue;
      const std::int32_t current = plan.stage_of(signal.phase);
      const double green_s =
          static_cast<double>(situation.now + lookahead_ms_ - signal.since) / 1000.0;
      if (current >= 0 && green_s < min_green_s_) continue;
      const char* why = "no-stage";
      if (current >= 0) {
        const bool gap = is_gap(situation, plan.stages[static_cast<std::size_t>(current)], green_s);
        if (!gap && green_s < max_green_s_) continue;
        why = gap ? "gap-out" : "max-out";
      }
      const std::int32_t next = next_called(situation, plan, current);
      if (next < 0) continue;  // nobody waits elsewhere: rest in green
      model::Proposal p;
      p.desk = desk_;
      p.junction = plan.junction;
      p.phase = plan.stages[static_cast<std::size_t>(next)].phase;
      p.reason = {why, static_cast<float>(green_s), 0, signal.phase};
      out.push_back(std::move(p));
    }
  }
  void save(model::Writer&) const override {}
  void load(model::Reader&) override {}

 private:
  bool is_gap(const model::Situation& situation, const Stage& stage, double green_s) const {
    for (const auto lane : stage.lanes) {
      const auto& l = situation.lanes[lane.value];
      const bool is_dead = l.loop_silent_s > kSilent_s;
      if (is_dead ? green_s < recall_s_ : static_cast<double>(l.since_occupied_s) < gap_s_)
        return false;
    }
    return true;
  }
  static bool is_called(const model::Situation& situation, const Stage& stage) {
    for (const auto lane : stage.lanes) {
      const auto& l = situation.lanes[lane.value];
      if (l.loop_silent_s > kSilent_s || l.since_occupied_s < 2.5F) return true;
    }
    return false;
  }
  /// The next stage in turn that somebody waits for; -1 when there is none.
  static std::int32_t next_called(const model::Situation& situation, const Plan& plan,
                                  std::int32_t current) {
    const auto n = static_cast<std::int32_t>(plan.stages.size());
    for (std::int32_t k = 1; k <= n; ++k) {
      const std::int32_t s = (std::max(current, -1) + k + (current < 0 ? 0 : n)) % n;
      if (s != current && is_called(situation, plan.stages[static_cast<std::size_t>(s)])) return s;
    }
    return -1;
  }

  model::DeskId desk_;
  std::int64_t lookahead_ms_;
  double min_green_s_, max_green_s_, gap_s_, recall_s_;
  std::vector<Plan> plans_;
};

}  // namespace

PolicyPtr make_actuated(const Parameters& parameters, const Assignment& assignment,
                        const model::RoadNetwork& network) {
  return std::make_unique<Actuated>(parameters, assignment, network);
}

}  // namespace citybrain::brain
