#include "hub/brain/plan.h"
#include "hub/brain/policies.h"

namespace citybrain::brain {

namespace {

class FixedTime final : public Policy {
 public:
  FixedTime(const Parameters& parameters, const Assignment& assignment,
            const model::RoadNetwork& network)
      : desk_(assignment.desk), start_(assignment.start) {
    const double green_s = parameter(parameters, "green_s", 0);
    for (auto& plan : make_plans(network, assignment.junctions)) {
      const auto& j = network[plan.junction];
      Cycle c;
      c.junction = plan.junction;
      c.intergreen_s = j.intergreen_s;
      for (const auto& stage : plan.stages) {
        const double planned = j.phases[static_cast<std::size_t>(stage.phase)].duration_s;
        const double time = green_s > 0 ? green_s + j.intergreen_s : planned;
        c.length_s += std::max(time, j.intergreen_s + 1);
        c.ends_s.push_back(c.length_s);
        c.phases.push_back(stage.phase);
      }
      cycles_.push_back(std::move(c));
    }
  }
  std::string_view name() const override { return "fixed-time"; }

  void propose(const model::Situation& situation, std::vector<model::Proposal>& out) override {
    const double t = static_cast<double>(situation.now - start_) / 1000.0;
    for (const auto& c : cycles_) {
      const auto& signal = situation.signals[c.junction.value];
      // A phase's last seconds are the intergreen to the next one.
      double at = t + c.intergreen_s;
      at -= static_cast<double>(static_cast<std::int64_t>(at / c.length_s)) * c.length_s;
      std::size_t i = 0;
      while (i + 1 < c.ends_s.size() && at >= c.ends_s[i]) ++i;
      if (signal.phase == c.phases[i]) continue;
      model::Proposal p;
      p.desk = desk_;
      p.junction = c.junction;
      p.phase = c.phases[i];
      p.reason = {"plan", static_cast<float>(at), static_cast<float>(c.length_s), signal.phase};
      out.push_back(std::move(p));
    }
  }
  void save(model::Writer&) const override {}
  void load(model::Reader&) override {}

 private:
  struct Cycle {
    model::JunctionId junction;
    double length_s = 0;
    double intergreen_s = 0;
    std::vector<double> ends_s;  // of each phase, intergreen included
    std::vector<std::int32_t> phases;
  };
  model::DeskId desk_;
  model::EventTime start_;
  std::vector<Cycle> cycles_;
};

}  // namespace

PolicyPtr make_fixed_time(const Parameters& parameters, const Assignment& assignment,
                          const model::RoadNetwork& network) {
  return std::make_unique<FixedTime>(parameters, assignment, network);
}

}  // namespace citybrain::brain
