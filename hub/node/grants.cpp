#include "hub/node/grants.h"

#include "hub/catalog/request_log.h"
#include "hub/network/framing.h"
#include "schemas/governance.h"

namespace citybrain::node {

using model::EventTime;
using model::Result;

namespace {

constexpr std::size_t kPollRecords = 256;

}  // namespace

GrantReader::GrantReader(const catalog::Catalog& catalog, const Options& options,
                         std::unique_ptr<network::Cursor> cursor)
    : catalog_(&catalog), options_(&options), cursor_(std::move(cursor)) {
  for (const auto& view : options.views) now_.push_back(view.grants);
  before_ = now_;
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

Result<void> GrantReader::step(EventTime now, network::Horizon horizon) {
  std::vector<catalog::Event> events;
  read_.clear();
  for (bool more = true; more;) {
    CITYBRAIN_ASSIGN(records, cursor_->poll(kPollRecords, horizon));
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
      if (auto event = catalog::decode_event(framed->payload)) events.push_back(std::move(*event));
    }
  }
  catalog::fold(rules(), events, book_);
  before_ = now_;
  for (std::size_t v = 0; v < now_.size(); ++v) {
    const auto& view = options_->views[v];
    now_[v] = view.grants | catalog::granted(rules(), book_, view.department, view.purpose, now);
  }
  return {};
}

}  // namespace citybrain::node
