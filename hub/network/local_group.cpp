#include "hub/network/local_group.h"

#include <algorithm>

namespace citybrain::network {
namespace {

using Clock = std::chrono::steady_clock;

/// One seat in a group, taken or kept for a static member that is away.
struct Seat {
  std::uint64_t holder = 0;  ///< the member that holds it now
  std::string name;          ///< of a static member
  std::set<TopicPartition> reads;
  std::set<TopicPartition> owned;
  std::set<TopicPartition> target;
  std::set<TopicPartition> told;  ///< owned and told to its member
  std::set<TopicPartition> revoking;
  std::chrono::milliseconds session{0};
  bool away = false;
  Clock::time_point gone_at;
};

struct Group {
  std::map<std::uint64_t, Seat> seats;  ///< in the order of joining

  Seat* held_by(std::uint64_t holder);

  void drop_overdue(Clock::time_point now);
  void plan();
  void hand_over();
};

Seat* Group::held_by(std::uint64_t holder) {
  for (auto& [number, seat] : seats)
    if (seat.holder == holder) return &seat;
  return nullptr;
}

void Group::drop_overdue(Clock::time_point now) {
  const auto overdue = [&](const auto& entry) {
    return entry.second.away && now - entry.second.gone_at > entry.second.session;
  };
  if (std::erase_if(seats, overdue) > 0) plan();
}

/// Deals the partitions: a seat keeps what it has up to its share, and takes of the rest.
void Group::plan() {
  std::set<TopicPartition> rest;
  for (const auto& [number, seat] : seats) rest.insert(seat.reads.begin(), seat.reads.end());
  const std::size_t all = rest.size();
  std::size_t left = seats.size(), dealt = 0;
  for (auto& [number, seat] : seats) {
    seat.target.clear();
    const std::size_t share = (all - dealt + left - 1) / left;
    for (const auto& one : seat.owned)
      if (seat.target.size() < share && seat.reads.contains(one) && rest.erase(one) > 0)
        seat.target.insert(one);
    dealt += share;
    --left;
  }
  // The seat that has least takes the next one; of equals the older one.
  for (const auto& one : rest) {
    Seat* least = nullptr;
    for (auto& [number, seat] : seats)
      if (seat.reads.contains(one) && (!least || seat.target.size() < least->target.size()))
        least = &seat;
    if (least) least->target.insert(one);
  }
  hand_over();
}

/// What nobody owns goes to whom it is meant for.
void Group::hand_over() {
  std::set<TopicPartition> owned;
  for (const auto& [number, seat] : seats) owned.insert(seat.owned.begin(), seat.owned.end());
  for (auto& [number, seat] : seats)
    for (const auto& one : seat.target)
      if (!owned.contains(one)) seat.owned.insert(one);
}

}  // namespace

struct LocalGroups::Shared {
  std::mutex mutex;
  std::condition_variable changed;
  std::map<std::string, Group> groups;
  std::uint64_t holders = 0;
};

class LocalGroups::Member final : public Membership {
 public:
  Member(std::shared_ptr<Shared> shared, GroupOptions options, std::uint64_t holder)
      : shared_(std::move(shared)), options_(std::move(options)), holder_(holder) {}

  ~Member() override {
    const std::lock_guard lock(shared_->mutex);
    Group& group = shared_->groups[options_.group];
    Seat* seat = group.held_by(holder_);
    if (seat == nullptr) return;  // fenced
    if (options_.member.empty()) {
      std::erase_if(group.seats, [&](const auto& entry) { return &entry.second == seat; });
      group.plan();
    } else {
      seat->away = true;
      seat->gone_at = Clock::now();
    }
    shared_->changed.notify_all();
  }

  model::Result<GroupChange> poll(std::chrono::milliseconds wait) override {
    std::unique_lock lock(shared_->mutex);
    const auto until = Clock::now() + wait;
    CITYBRAIN_TRY(give_up());
    for (;;) {
      Group& group = shared_->groups[options_.group];
      group.drop_overdue(Clock::now());
      Seat* seat = group.held_by(holder_);
      if (seat == nullptr) return fenced();
      drop_untold(group, *seat);
      GroupChange change = news(*seat);
      if (!change.assigned.empty() || !change.revoked.empty()) {
        remember(*seat);
        return change;
      }
      // Sessions of those who are away end by the clock, so look again now and then.
      constexpr std::chrono::milliseconds kLook{20};
      if (Clock::now() >= until) return change;
      shared_->changed.wait_until(lock, std::min(until, Clock::now() + kLook));
    }
  }
  std::span<const TopicPartition> owned() const override { return owned_; }

 private:
  model::Error fenced() const {
    return {"CB-NETWORK-FENCED", "another member joined under this member's name",
            options_.group + "/" + options_.member, "Give every member a name of its own."};
  }
  model::Result<void> give_up() {
    Group& group = shared_->groups[options_.group];
    Seat* held = group.held_by(holder_);
    if (held == nullptr) return fenced();
    Seat& seat = *held;
    if (seat.revoking.empty()) return {};
    for (const auto& one : seat.revoking) {
      seat.told.erase(one);
      // The plan may have changed its mind since; then it is a new assignment.
      if (!seat.target.contains(one)) seat.owned.erase(one);
    }
    seat.revoking.clear();
    group.hand_over();
    shared_->changed.notify_all();
    return {};
  }
  /// What was given and taken back before it was told: nobody needs to put anything away.
  void drop_untold(Group& group, Seat& seat) {
    const auto untold = [&](const auto& one) {
      return !seat.target.contains(one) && !seat.told.contains(one);
    };
    if (std::erase_if(seat.owned, untold) == 0) return;
    group.hand_over();
    shared_->changed.notify_all();
  }
  static GroupChange news(Seat& seat) {
    GroupChange change;
    for (const auto& one : seat.owned)
      if (seat.target.contains(one) && seat.told.insert(one).second) change.assigned.push_back(one);
    for (const auto& one : seat.told)
      if (!seat.target.contains(one)) change.revoked.push_back(one);
    seat.revoking = {change.revoked.begin(), change.revoked.end()};
    return change;
  }
  void remember(const Seat& seat) {
    owned_.clear();
    for (const auto& one : seat.told)
      if (!seat.revoking.contains(one)) owned_.push_back(one);
  }

  std::shared_ptr<Shared> shared_;
  const GroupOptions options_;
  const std::uint64_t holder_;
  std::vector<TopicPartition> owned_;
};

LocalGroups::LocalGroups() : shared_(std::make_shared<Shared>()) {}
LocalGroups::~LocalGroups() = default;

model::Result<std::unique_ptr<Membership>> LocalGroups::join(
    const GroupOptions& options, std::vector<TopicPartition> partitions) {
  if (options.group.empty())
    return model::Error{"CB-NETWORK-GROUP", "a group needs a name", {}, {}};
  const std::lock_guard lock(shared_->mutex);
  Group& group = shared_->groups[options.group];
  group.drop_overdue(Clock::now());
  Seat seat;
  seat.holder = ++shared_->holders;
  seat.name = options.member;
  seat.reads = {partitions.begin(), partitions.end()};
  seat.session = options.session;
  const auto holder = seat.holder;
  auto before = group.seats.end();
  if (!options.member.empty())
    before = std::find_if(group.seats.begin(), group.seats.end(),
                          [&](const auto& entry) { return entry.second.name == options.member; });
  if (before != group.seats.end()) {  // it comes back, or somebody takes its place
    seat.owned = std::move(before->second.owned);
    before->second = std::move(seat);
  } else {
    group.seats.emplace(holder, std::move(seat));
  }
  group.plan();
  shared_->changed.notify_all();
  return std::unique_ptr<Membership>(std::make_unique<Member>(shared_, options, holder));
}

}  // namespace citybrain::network
