#include "connectors/governance/governance.h"

#include <fmt/format.h>

#include <algorithm>

#include "hub/network/publisher.h"
#include "schemas/governance.h"

namespace citybrain::connectors {

using model::EventTime;
using model::Result;

namespace {

constexpr const char* kSource = "governance/office";

class Governance final : public Connector {
 public:
  Governance(const ConnectorContext& context, network::Publisher publisher)
      : filings_(context.filings), epoch_(context.epoch), publisher_(std::move(publisher)) {}

  std::string_view source() const override { return kSource; }

  Result<void> introduce() override {
    publish_until(epoch_.at(0));
    CITYBRAIN_TRY(publisher_.send());
    return {};
  }
  Result<void> observe(model::Step step) override {
    publish_until(epoch_.at(step));
    publisher_.barrier(schemas::topic::kWatermarks, epoch_.at(step));
    CITYBRAIN_TRY(publisher_.send());
    return {};
  }
  Result<void> act(model::Step) override { return {}; }
  std::string save() const override { return save_state(publisher_, next_); }
  Result<void> restore(std::string_view saved) override {
    return restore_state(saved, publisher_, next_);
  }

 private:
  void publish_until(EventTime now) {
    for (; next_ < filings_.size() && filings_[next_].at <= now; ++next_) {
      const auto& f = filings_[next_];
      publisher_.publish(schemas::topic::kGovernance, 0, schemas::kGovernanceEvent,
                         std::max(f.at, epoch_.at(0)), f.at, fmt::format("filing-{}", next_),
                         f.request, f.payload);
    }
  }

  std::vector<Filing> filings_;
  model::Epoch epoch_;
  network::Publisher publisher_;
  std::uint64_t next_ = 0;  ///< in filings_
};

}  // namespace

bool has_governance(const ConnectorContext& context) { return !context.filings.empty(); }

Result<std::unique_ptr<Connector>> make_governance(const ConnectorContext& context) {
  if (!context.is_present && !has_governance(context)) return std::unique_ptr<Connector>();
  CITYBRAIN_TRY(context.log->create({schemas::topic::kGovernance, 1}));
  CITYBRAIN_ASSIGN(publisher, network::Publisher::make(*context.log, kSource, context.seed));
  return std::unique_ptr<Connector>(std::make_unique<Governance>(context, std::move(publisher)));
}

}  // namespace citybrain::connectors
