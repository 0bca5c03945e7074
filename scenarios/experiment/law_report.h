// What came of a run's requests for data: read from its log (governance.requests), judged by its
// law, as of its end. Errors CB-NETWORK-*, CB-INPUT-CALENDAR. Private to scenarios/experiment, but
// for the values.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "hub/catalog/request.h"
#include "hub/network/network.h"

namespace citybrain::experiment {

struct Scenario;

struct RequestLine {
  std::string id, requester, dataset, purpose;
  std::string state;
  std::uint32_t working_days_waited = 0;
};

struct LawReport {
  std::string law, calendar;
  std::string window;  ///< empty: the scenario's own time
  catalog::RequestFigures figures;
  std::vector<RequestLine> requests;  ///< by id
};

/// Of a book, as of `now`.
model::Result<LawReport> law_report_of(const Scenario& scenario, const catalog::Rules& rules,
                                       const catalog::Book& book, model::EventTime now);
/// Nothing where no law holds.
model::Result<std::optional<LawReport>> law_report(network::Log& log, const Scenario& scenario,
                                                   const catalog::Catalog& catalog,
                                                   model::EventTime end);

}  // namespace citybrain::experiment
