#include <algorithm>
#include <limits>

#include "hub/brain/plan.h"
#include "hub/brain/policies.h"

namespace citybrain::brain {

namespace {

constexpr std::size_t kMostLanes = 64;
/// Share of a road's room on which vehicles stand when it is full.
constexpr float kFullRoad = 0.9F;
/// Share of a lane's room on which vehicles stand when the queue is taken to reach beyond its
/// beginning.
constexpr float kSpilling = 0.75F;
/// Length of road that a standing vehicle takes, front to front (length 5 m and gap 2.5 m).
constexpr float kJam_m = 7.5F;

/// One junction as the search sees it: per lane, the queue and the arrivals of each block of time
/// (an interval).
struct Problem {
  std::size_t lanes = 0, stages = 0, blocks = 0;
  float per_block = 0;    // vehicles that a lane lets go in a block of green
  float first_block = 0;  // in the first block after a change, start-up lost time taken off
  float block_s = 0, tail_s = 0;
  std::size_t change_blocks = 1;
  float queue[kMostLanes] = {};
  float weight[kMostLanes] = {};  // of a vehicle's waiting: grows when its lane waited long
  float arrivals[12][kMostLanes] = {};
  float discharge[kMostLanes] = {};               // 0 when the exit road is full, else 1
  std::vector<std::vector<std::uint8_t>> serves;  // by stage, the lanes
};

/// Depth-first over sequences of stages: stay, or change, which costs the intergreen and then a
/// block of green.
class Search {
 public:
  explicit Search(const Problem& p) : p_(p) {}

  struct Answer {
    float best = std::numeric_limits<float>::infinity();
    float stay = std::numeric_limits<float>::infinity();
    std::size_t stage = 0;
  };

  Answer run(std::size_t current, bool fresh) {
    float queue[kMostLanes];
    std::copy(p_.queue, p_.queue + p_.lanes, queue);
    branch(queue, 0, current, fresh ? p_.first_block : p_.per_block, 0, current);
    return answer_;
  }

 private:
  /// One block with the lanes of `stage` green (or none): queues grow by arrivals and shrink by
  /// discharge. Returns the vehicle-seconds waited, by the trapezoid between the block's ends.
  float block(float* queue, std::size_t b, std::int32_t stage, float capacity) const {
    float before = 0, after = 0;
    const float* arrivals = p_.arrivals[b];
    for (std::size_t l = 0; l < p_.lanes; ++l) {
      before += p_.weight[l] * queue[l];
      queue[l] += arrivals[l];
    }
    if (stage >= 0)
      for (const auto l : p_.serves[static_cast<std::size_t>(stage)])
        queue[l] = std::max(0.0F, queue[l] - capacity * p_.discharge[l]);
    for (std::size_t l = 0; l < p_.lanes; ++l) after += p_.weight[l] * queue[l];
    return 0.5F * (before + after) * p_.block_s;
  }

  void finish(const float* queue, float cost, std::size_t first) {
    for (std::size_t l = 0; l < p_.lanes; ++l) cost += p_.weight[l] * queue[l] * p_.tail_s;
    if (first == stayed_) answer_.stay = std::min(answer_.stay, cost);
    if (cost < answer_.best) {
      answer_.best = cost;
      answer_.stage = first;
    }
  }

  void branch(const float* queue, std::size_t b, std::size_t stage, float capacity, float cost,
              std::size_t first) {
    if (b == 0) stayed_ = stage;
    if (cost >= answer_.best && first != stayed_) return;
    if (b == p_.blocks) return finish(queue, cost, first);
    float next[kMostLanes];
    std::copy(queue, queue + p_.lanes, next);
    const float stay = block(next, b, static_cast<std::int32_t>(stage), capacity);
    branch(next, b + 1, stage, p_.per_block, cost + stay, first);
    for (std::size_t s = 0; s < p_.stages; ++s) {
      if (s == stage) continue;
      std::copy(queue, queue + p_.lanes, next);
      float spent = cost;
      std::size_t at = b;
      for (std::size_t c = 0; c < p_.change_blocks && at < p_.blocks; ++c)
        spent += block(next, at++, -1, 0);
      if (at < p_.blocks) {
        spent += block(next, at++, static_cast<std::int32_t>(s), p_.first_block);
      }
      branch(next, at, s, p_.per_block, spent, b == 0 ? s : first);
    }
  }

  const Problem& p_;
  Answer answer_;
  std::size_t stayed_ = 0;
};

class LookAhead final : public Policy {
 public:
  LookAhead(const Parameters& parameters, const Assignment& assignment,
            const model::RoadNetwork& network)
      : desk_(assignment.desk),
        start_(assignment.start),
        lookahead_ms_(assignment.lookahead_ms),
        interval_s_(parameter(parameters, "interval_s", 5)),
        decisions_(static_cast<std::size_t>(parameter(parameters, "decisions", 8))),
        headway_s_(parameter(parameters, "headway_s", 2.5)),
        lost_s_(parameter(parameters, "lost_s", 1)),
        tail_s_(parameter(parameters, "tail_s", 15)),
        patience_s_(parameter(parameters, "patience_s", 75)),
        network_(network),
        plans_(make_plans(network, assignment.junctions)) {
    for (const auto& plan : plans_) problems_.push_back(frame(plan));
  }
  std::string_view name() const override { return "look-ahead"; }

  void propose(const model::Situation& situation, std::vector<model::Proposal>& out) override {
    if (seconds_since(start_, situation.now) % static_cast<std::int64_t>(interval_s_) != 0) return;
    for (std::size_t i = 0; i < plans_.size(); ++i) {
      const auto& plan = plans_[i];
      const auto& signal = situation.signals[plan.junction.value];
      if (signal.changing || problems_[i].lanes_of.empty()) continue;
      const std::int32_t current = plan.stage_of(signal.phase);
      fill(situation, problems_[i]);
      const double green_s =
          static_cast<double>(situation.now + lookahead_ms_ - signal.since) / 1000.0;
      const auto answer =
          Search(problems_[i].problem)
              .run(static_cast<std::size_t>(std::max(0, current)), green_s < interval_s_ - 1);
      const auto phase = plan.stages[answer.stage].phase;
      if (phase == signal.phase) continue;
      model::Proposal p;
      p.desk = desk_;
      p.junction = plan.junction;
      p.phase = phase;
      p.benefit = static_cast<double>(answer.stay - answer.best);
      p.reason = {"look-ahead", answer.best, answer.stay, signal.phase};
      out.push_back(std::move(p));
    }
  }
  void save(model::Writer&) const override {}
  void load(model::Reader&) override {}

 private:
  struct Framed {
    Problem problem;
    std::vector<model::LaneId> lanes_of;
    std::vector<model::RoadId> exit_of;  // where most of a lane's vehicles go, by lane
  };

  Framed frame(const Plan& plan) const {
    Framed f;
    auto& p = f.problem;
    p.stages = plan.stages.size();
    p.blocks = decisions_;
    p.block_s = static_cast<float>(interval_s_);
    p.tail_s = static_cast<float>(tail_s_);
    p.per_block = static_cast<float>(interval_s_ / headway_s_);
    p.first_block = static_cast<float>(std::max(0.0, interval_s_ - lost_s_) / headway_s_);
    const double intergreen = network_[plan.junction].intergreen_s;
    p.change_blocks =
        std::max<std::size_t>(1, static_cast<std::size_t>(intergreen / interval_s_ + 0.5));
    p.serves.resize(p.stages);
    for (std::size_t s = 0; s < p.stages; ++s) {
      for (const auto& m : plan.stages[s].movements) {
        for (const auto& l : m.lanes) {
          auto it = std::find(f.lanes_of.begin(), f.lanes_of.end(), l.lane);
          if (it == f.lanes_of.end()) {
            if (f.lanes_of.size() == kMostLanes) continue;
            f.exit_of.push_back(m.exit);
            it = f.lanes_of.insert(f.lanes_of.end(), l.lane);
          }
          const auto index = static_cast<std::uint8_t>(it - f.lanes_of.begin());
          auto& serves = p.serves[s];
          if (std::find(serves.begin(), serves.end(), index) == serves.end())
            serves.push_back(index);
        }
      }
    }
    p.lanes = f.lanes_of.size();
    return f;
  }

  /// Vehicles stand on all of the exit road: nobody can be counted on to leave. Known only where
  /// somebody watches it.
  bool is_full(const model::Situation& situation, model::RoadId id) const {
    const auto& road = network_[id];
    float standing = 0;
    for (std::uint32_t i = 0; i < road.lanes; ++i)
      standing += situation.lanes[road.first_lane.value + i].queue_veh.value;
    return standing > kFullRoad * static_cast<float>(road.length_m) * road.lanes / kJam_m;
  }

  /// Waiting counts double a minute and a half after patience has ended: nobody is left standing
  /// for others' sake alone.
  float weight(const model::Situation& situation, model::LaneId lane) const {
    const auto& movements = network_[lane].movements;
    if (movements.empty()) return 1;
    const auto& signal = situation.signals[network_[movements.front()].junction.value];
    float red = 0;
    for (const auto m : movements)
      if (const auto g = network_[m].group; g < signal.red_s.size())
        red = std::max(red, signal.red_s[g]);
    return 1 + std::max(0.0F, red - static_cast<float>(patience_s_)) / 90;
  }

  void fill(const model::Situation& situation, Framed& f) const {
    auto& p = f.problem;
    const float bins_per_block = p.block_s / model::Arrivals::kBin_s;
    for (std::size_t l = 0; l < p.lanes; ++l) {
      const auto& lane = situation.lanes[f.lanes_of[l].value];
      p.queue[l] = lane.queue_veh.value;
      p.discharge[l] = is_full(situation, f.exit_of[l]) ? 0.0F : 1.0F;
      p.weight[l] = weight(situation, f.lanes_of[l]);
      // A lane that is full has more behind it than anybody on it can show.
      const auto& own = network_[network_[f.lanes_of[l]].road];
      const bool spills = p.queue[l] > kSpilling * static_cast<float>(own.length_m) / kJam_m;
      for (std::size_t b = 0; b < p.blocks; ++b) {
        // Bins are 2.5 s; a block takes the bins that begin in it.
        const auto first = static_cast<std::size_t>(static_cast<float>(b) * bins_per_block + 0.5F);
        const auto last =
            std::min(model::Arrivals::kBins,
                     static_cast<std::size_t>(static_cast<float>(b + 1) * bins_per_block + 0.5F));
        float sum = 0;
        for (std::size_t i = first; i < last; ++i) sum += lane.arrivals.expected[i];
        p.arrivals[b][l] = spills ? std::max(sum, p.per_block) : sum;
      }
    }
  }

  model::DeskId desk_;
  model::EventTime start_;
  std::int64_t lookahead_ms_;
  double interval_s_;
  std::size_t decisions_;
  double headway_s_, lost_s_, tail_s_, patience_s_;
  const model::RoadNetwork& network_;
  std::vector<Plan> plans_;
  std::vector<Framed> problems_;
};

}  // namespace

PolicyPtr make_look_ahead(const Parameters& parameters, const Assignment& assignment,
                          const model::RoadNetwork& network) {
  return std::make_unique<LookAhead>(parameters, assignment, network);
}

}  // namespace citybrain::brain
