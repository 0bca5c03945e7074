#include "hub/node/grants.h"

#include "hub/catalog/request_log.h"
#include "hub/network/framing.h"
#include "schemas/governance.h"

namespace citybrain::node {

using model::EventTime;
using model::Result;

namespace {

constexpr std::size_t kGrantPoll = 256;

}  // namespace

GrantReader::GrantReader(const catalog::Catalog& catalog, const Options& options,
                         std::unique_ptr<network::Cursor> cursor)
    : catalog_(&catalog), options_(&options), cursor_(std::move(cursor)) {
  for (const auto& view : options.views) now_.push_back(view.grants);
  before_ = now_;
  masks_.resize(now_.size());
}

Result<GrantReader> GrantReader::open(network::Log& log, const catalog::Catalog& catalog,
                                      const Options& options) {
  CITYBRAIN_TRY(log.create({schemas::topic::kGovernance, 1}));
  CITYBRAIN_ASSIGN(first, log.begin(schemas::topic::kGovernance, 0));
  CITYBRAIN_ASSIGN(cursor, log.cursor(schemas::topic::kGovernance, 0, first));
  return GrantReader(catalog, options, std::move(cursor));
}

catalog::Rules GrantReader::rules() const {
  const auto& law = *options_->law;
  return {law.law, law.calendar, *catalog_, law.authority};
}

/// One step of a request; what is not allowed changes nothing and is noted with its reason.
void GrantReader::take(const catalog::Event& event) {
  const auto state = [&]() -> std::string {
    const auto found = book_.requests.find(event.request);
    return found == book_.requests.end() ? "" : std::string(name_of(found->second.state));
  };
  const std::string from = state();
  const auto done = catalog::apply(rules(), event, book_);
  changes_.push_back(catalog::Requested{event.request, from, done ? state() : from, event.by,
                                        done ? event.reason : done.error().text()});
  if (!done) book_.refused.push_back({event, done.error()});
}

/// A dataset that a view sees from this Step on, or no longer: by the request that says so.
void GrantReader::note_changes(std::size_t v, EventTime now) {
  using What = catalog::GrantChanged::What;
  const auto& view = options_->views[v];
  for (const auto& c : catalog_->contracts()) {
    const bool had = before_[v].has(c.id), has = now_[v].has(c.id);
    if (had == has) continue;
    catalog::GrantChanged change{
        has ? What::kOpened : What::kClosed, view.name, c.dataset, c.version, view.purpose, ""};
    for (const auto& [id, r] : book_.requests) {
      if (r.requester != view.department || r.purpose != view.purpose || r.dataset != c.dataset)
        continue;
      const auto state = r.state_at(options_->law->calendar, now);
      if (has && state != catalog::State::kInUse) continue;
      change.reference = id;
      if (state == catalog::State::kRevoked) change.what = What::kRevoked;
    }
    changes_.push_back(std::move(change));
  }
}

Result<void> GrantReader::step(EventTime now, network::Horizon horizon) {
  read_.clear();
  changes_.clear();
  for (bool more = true; more;) {
    CITYBRAIN_ASSIGN(records, cursor_->poll(kGrantPoll, horizon));
    more = !records.empty();
    for (const auto& r : records) {
      if (r.publish_time > now) {
        cursor_->seek(r.position);
        more = false;
        break;
      }
      const auto framed = network::unframe(r.value);
      if (!framed || framed->schema != schemas::kGovernanceEvent) continue;
      read_.append(framed->payload);
      if (const auto event = catalog::decode_event(framed->payload)) take(*event);
    }
  }
  before_ = now_;
  for (std::size_t v = 0; v < now_.size(); ++v) {
    const auto& view = options_->views[v];
    now_[v] = view.grants | catalog::granted(rules(), book_, view.department, view.purpose, now);
    masks_[v] = catalog::granted_masks(rules(), book_, view.department, view.purpose, now);
    if (now_[v] != before_[v]) note_changes(v, now);
  }
  return {};
}

}  // namespace citybrain::node
