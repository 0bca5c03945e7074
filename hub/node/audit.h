// What a district's Step puts into its audit chain (hub/catalog/audit.h): accesses, requests and
// grants, masks, erasures, decisions, refusals, quarantine. A function of the Step, so that a
// replay seals the same. Private to hub/node.
#pragma once

#include <span>
#include <string>
#include <vector>

#include "hub/access/access.h"
#include "hub/catalog/audit.h"
#include "hub/catalog/catalog.h"
#include "hub/dispatch/dispatch.h"
#include "hub/node/erasures.h"
#include "hub/node/grants.h"
#include "hub/node/intake.h"
#include "hub/node/node.h"

namespace citybrain::node {

/// The chain's first entries: what its numbers mean, and the grants that the run begins with.
void open_chain(const std::string& district, const Options& options,
                const catalog::Catalog& catalog, catalog::AuditTrail& trail);

/// What was read, by dataset and partition: an entry for each view that was granted it; `grants` by
/// view.
void note_access(const Gathered& gathered, std::span<const model::SourceMask> grants,
                 catalog::AuditTrail& trail);
/// What a law's requests and grants did in the Step.
void note_law(const GrantReader& law, catalog::AuditTrail& trail);
/// Tables, which the hub reads for everybody.
void note_tables(const Gathered& gathered, catalog::AuditTrail& trail);
/// Rules that worked on what a view was given; `masked` by grant.
void note_masks(const std::string& view, const catalog::Catalog& catalog,
                const access::ReaderSpec& reader, std::span<const std::uint64_t> masked,
                catalog::AuditTrail& trail);
void note_erasures(const ErasureReader& erasures, catalog::AuditTrail& trail);
void note_quarantine(std::span<const access::Quarantined> records, catalog::AuditTrail& trail);
/// `rows`: of the commands, as the special database keeps them.
void note_orders(const dispatch::Orders& orders, std::span<const std::string> rows,
                 catalog::AuditTrail& trail);

}  // namespace citybrain::node
