// What the audit chains of a run say, for people and programs (docs/audit.md): whether they hold,
// what is in them, who saw what. Reads a store and, for what was published, the log. Errors:
// CB-STORE-READ, CB-NETWORK-*, CB-INPUT-AUDIT (no chain, unknown kind or dataset, heads that are
// none). One thread.
#pragma once

#include <boost/json.hpp>
#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "hub/catalog/audit_check.h"
#include "hub/network/network.h"
#include "hub/store/store.h"
#include "scenarios/experiment/report.h"

namespace citybrain::experiment {

/// What was noted of a chain at some time, to hold against it later.
struct ChainHead {
  std::uint32_t chain = 0;
  std::string name;
  model::Step step = 0;
  std::uint64_t entries = 0;  ///< so far
  catalog::Hash head{};
};
/// A line of JSON a chain, and back. Error CB-INPUT-AUDIT names the line.
std::string heads_text(const std::vector<ChainHead>& heads);
model::Result<std::vector<ChainHead>> parse_heads(std::string_view text, const std::string& where);
model::Result<std::vector<ChainHead>> audit_heads(const store::Store& store);

struct AuditVerdict {
  std::map<std::uint32_t, catalog::AuditChain> chains;
  std::map<std::uint32_t, std::string> names;  ///< of the chains' districts
  std::vector<catalog::AuditFinding> findings;
  bool published = false;       ///< the log was at hand
  std::uint64_t decisions = 0;  ///< rows of the special database that fit their entries
};
/// `log` may be null: then nothing is held against what was published. `noted`: heads of earlier.
model::Result<AuditVerdict> verify_audit(const store::Store& store, network::Log* log,
                                         const std::vector<ChainHead>& noted);
std::string verdict_text(const AuditVerdict& verdict, Language language);
std::string verdict_json(const AuditVerdict& verdict);

/// Which entries; what is empty asks for nothing.
struct AuditFilter {
  std::string kind, dataset, who;  ///< who: a view or desk
  std::string chain;               ///< a district's name
  model::Step from = 0, to = 0xFFFFFFFFU;
};
/// An entry with its names put in.
struct AuditLine {
  std::string chain;
  model::Step step = 0;
  std::uint64_t number = 0;
  std::string kind;
  boost::json::object fields;
  catalog::Hash hash{};
};
/// Calls use(line) until it returns false, chain by chain. Error CB-INPUT-AUDIT: no such kind.
model::Result<void> list_audit(const store::Store& store, const AuditFilter& filter,
                               const std::function<bool(const AuditLine&)>& use);
std::string line_text(const AuditLine& line);
boost::json::object line_json(const AuditLine& line);

}  // namespace citybrain::experiment
