#include "hub/federation/federation.h"

#include <fmt/format.h>
#include <xxhash.h>

#include <algorithm>

#include "hub/catalog/request_log.h"
#include "hub/federation/party.h"
#include "schemas/governance.h"

namespace citybrain::federation {

using model::Result;
using model::Step;

namespace {

/// Publishes the steps of the grants, each in its second, those from before the start first.
class Office {
 public:
  static Result<Office> open(const Plan& plan, network::Log& network) {
    CITYBRAIN_TRY(network.create({schemas::topic::kGovernance, 1}));
    CITYBRAIN_ASSIGN(publisher,
                     network::Publisher::make(network, "governance/" + plan.authority, plan.seed));
    return Office(plan, std::move(publisher));
  }

  /// What was published before is dropped by its sequence.
  Result<void> publish(model::EventTime now) {
    bool any = false;
    for (; next_ < events_.size() && events_[next_].at <= now; ++next_, any = true) {
      const auto& e = events_[next_];
      publisher_.publish(
          schemas::topic::kGovernance, 0, schemas::kGovernanceEvent, std::max(e.at, start_), e.at,
          fmt::format("{}-{}", e.request, catalog::name_of(e.act)), e.request, catalog::encode(e));
    }
    if (!any) return {};
    CITYBRAIN_TRY(publisher_.send());
    return {};
  }

 private:
  Office(const Plan& plan, network::Publisher publisher)
      : events_(events_of(plan)), start_(plan.epoch.start), publisher_(std::move(publisher)) {}
  std::vector<catalog::Event> events_;
  model::EventTime start_;
  network::Publisher publisher_;
  std::size_t next_ = 0;
};

}  // namespace

struct Federation::Impl {
  Impl(const Plan& p, const World& w, Options o, network::Log& n, Office f)
      : plan(&p), world(&w), options(std::move(o)), network(&n), office(std::move(f)) {}
  const Plan* plan;
  const World* world;
  Options options;
  network::Log* network;
  Office office;
  std::vector<std::unique_ptr<Party>> parties;
};

Federation::Federation(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
Federation::Federation(Federation&&) noexcept = default;
Federation& Federation::operator=(Federation&&) noexcept = default;
Federation::~Federation() = default;

Result<Federation> Federation::open(const Plan& plan, const World& world, const Options& options,
                                    network::Log& network) {
  CITYBRAIN_ASSIGN(office, Office::open(plan, network));
  auto impl = std::make_unique<Impl>(plan, world, options, network, std::move(office));
  for (const auto& spec : plan.parties) {
    CITYBRAIN_ASSIGN(party, Party::open(plan, spec, world, options, network));
    impl->parties.push_back(std::move(party));
  }
  return Federation(std::move(impl));
}

Step Federation::done() const {
  Step least = impl_->plan->horizon_s;
  for (const auto& party : impl_->parties) least = std::min(least, party->done());
  return least;
}

Result<void> Federation::advance(Step step) {
  for (Step s = done() + 1; s <= step; ++s) {
    CITYBRAIN_TRY(impl_->office.publish(impl_->plan->epoch.at(s)));
    for (const auto& party : impl_->parties)
      if (party->done() < s) CITYBRAIN_TRY(party->step());
  }
  return {};
}

Result<void> Federation::restart(std::string_view name) {
  for (std::size_t i = 0; i < impl_->parties.size(); ++i) {
    if (impl_->parties[i]->name() != name) continue;
    impl_->parties[i].reset();  // its folder is free again
    CITYBRAIN_ASSIGN(party, Party::open(*impl_->plan, impl_->plan->parties[i], *impl_->world,
                                        impl_->options, *impl_->network));
    impl_->parties[i] = std::move(party);
    return {};
  }
  return model::Error{"CB-INPUT-FEDERATION", fmt::format("there is no party \"{}\"", name), {}, {}};
}

std::vector<PartyState> Federation::states() const {
  std::vector<PartyState> out;
  for (const auto& party : impl_->parties) out.push_back(party->state());
  return out;
}

std::string Federation::outcome_hash() const {
  std::string all;
  for (const auto& party : impl_->parties) all += party->state().digest;
  const auto h = XXH3_128bits(all.data(), all.size());
  return fmt::format("{:016x}{:016x}", h.high64, h.low64);
}

}  // namespace citybrain::federation
