// Who shares what with whom: the parties of a federation (each with a warehouse of its own), the
// links between them, and the grants over each link. Values; what makes a plan sound is problems().
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "hub/catalog/calendar.h"
#include "hub/catalog/catalog.h"
#include "hub/catalog/law.h"
#include "hub/catalog/request.h"
#include "hub/model/time.h"

namespace citybrain::federation {

enum class Level : std::uint8_t { kProvince, kCity, kDistrict };
constexpr std::uint32_t kLevels = 3;
/// "province", "city", "district".
std::string_view name_of(Level level);
std::optional<Level> level_of(std::string_view name);

struct PartySpec {
  std::string name, name_zh;
  Level level = Level::kProvince;
  std::string parent;  ///< party one or two levels above; empty: none
};

/// Nothing crosses in [from, until), seconds since the start; what is under way then is lost.
struct Cut {
  model::Step from = 0, until = 0;
};

/// Rows go from `from` to `to`, usage and corrections go back.
struct LinkSpec {
  std::string name, from, to;
  std::uint32_t latency_s = 1;  ///< at least 1, so that nobody waits for anybody within a Step
  double loss = 0;              ///< probability that a message or an answer is lost
  std::vector<Cut> cuts;
  bool up(model::Step step) const;
};

/// One resource over one link. The receiver's request to the resource's lead source, under the law;
/// what the link's sender is not the lead source of it passes on, and may only if it has a grant
/// itself.
struct GrantSpec {
  std::string id;  ///< of the request
  std::string resource, link, purpose;
  model::EventTime from;
  catalog::Date until;                      ///< its last day
  std::optional<model::EventTime> revoked;  ///< at that time by the authority
};

struct Plan {
  std::string name;
  model::Epoch epoch;
  std::uint32_t horizon_s = 3600;
  std::uint64_t seed = 1;
  std::uint32_t late_after_s = 10;    ///< rows that wait longer than latency and this are delayed
  std::uint32_t usage_every_s = 900;  ///< receivers report their use; 0: never
  std::string authority = catalog::kAuthority;
  catalog::Law law;
  catalog::Calendar calendar;
  std::vector<PartySpec> parties;
  std::vector<LinkSpec> links;
  std::vector<GrantSpec> grants;
  std::map<std::string, catalog::Catalog, std::less<>> catalogs;  ///< by party: of its resources

  const PartySpec* party(std::string_view name) const;
  const LinkSpec* link(std::string_view name) const;
  /// The contract of PARTY.NAME; nullptr when there is none.
  const catalog::Contract* contract(std::string_view resource) const;
  /// Who is the lead source of PARTY.NAME: its part before the dot.
  static std::string_view provider_of(std::string_view resource);
};

/// The steps of the grants under the plan's law, in order of time: draft, file, and what follows
/// until it is in use (as far as the law lets it), and its revocation.
std::vector<catalog::Event> events_of(const Plan& plan);
/// Those of one grant.
std::vector<catalog::Event> events_of(const Plan& plan, const GrantSpec& grant);

/// Something that may not be, and which entry of the plan it is about.
struct Problem {
  enum class In : std::uint8_t { kParty, kLink, kCut, kGrant };
  In in = In::kParty;
  std::size_t index = 0;  ///< of the party, link or grant
  std::size_t cut = 0;    ///< of the link's cuts
  std::string field;
  std::string what, mend;
};

/// Unknown parties, parents that make a circle or are not above, links that lead back to where they
/// begin or twice from one party to another, cuts that end before they begin, resources without a
/// contract, grants beyond their scope (purpose, class, dates, of what the sender does not have or
/// has no longer), resources that go in a circle. In the order of the plan.
std::vector<Problem> problems(const Plan& plan);

}  // namespace citybrain::federation
