#include "scenarios/experiment/law_report.h"

#include "hub/catalog/request_log.h"
#include "hub/network/framing.h"
#include "scenarios/experiment/scenario.h"
#include "schemas/governance.h"

namespace citybrain::experiment {

using model::Result;

namespace {

constexpr std::size_t kLawPoll = 256;

Result<std::vector<catalog::Event>> events_until(network::Log& log, model::EventTime end) {
  std::vector<catalog::Event> out;
  CITYBRAIN_ASSIGN(first, log.begin(schemas::topic::kGovernance, 0));
  CITYBRAIN_ASSIGN(cursor, log.cursor(schemas::topic::kGovernance, 0, first));
  for (;;) {
    CITYBRAIN_ASSIGN(records, cursor->poll(kLawPoll));
    if (records.empty()) return out;
    for (const auto& r : records) {
      const auto framed = network::unframe(r.value);
      if (r.publish_time > end || !framed || framed->schema != schemas::kGovernanceEvent) continue;
      if (auto event = catalog::decode_event(framed->payload)) out.push_back(std::move(*event));
    }
  }
}

}  // namespace

Result<LawReport> law_report_of(const Scenario& scenario, const catalog::Rules& rules,
                                const catalog::Book& book, model::EventTime now) {
  LawReport out{rules.law.name, rules.calendar.name(), scenario.law->window, {}, {}};
  CITYBRAIN_ASSIGN(figures, catalog::figures(rules, book, now));
  out.figures = std::move(figures);
  const auto today = rules.calendar.day_of(now);
  for (const auto& [id, r] : book.requests) {
    RequestLine line{id,
                     r.requester,
                     r.dataset,
                     r.purpose,
                     std::string(catalog::name_of(r.state_at(rules.calendar, now))),
                     0};
    if (r.filed) {
      CITYBRAIN_ASSIGN(days, rules.calendar.working_days(*r.filed, r.settled.value_or(today)));
      line.working_days_waited = days;
    }
    out.requests.push_back(std::move(line));
  }
  return out;
}

Result<std::optional<LawReport>> law_report(network::Log& log, const Scenario& scenario,
                                            const catalog::Catalog& catalog, model::EventTime end) {
  if (!scenario.law) return std::optional<LawReport>();
  const auto& law = *scenario.law;
  const catalog::Rules rules{*law.law, *law.days, catalog, law.authority};
  CITYBRAIN_ASSIGN(events, events_until(log, end));
  catalog::Book book;
  catalog::fold(rules, events, book);
  CITYBRAIN_ASSIGN(report, law_report_of(scenario, rules, book, end));
  return std::optional(std::move(report));
}

}  // namespace citybrain::experiment
