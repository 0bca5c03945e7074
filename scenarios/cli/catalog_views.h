// What `catalog` prints: tables in English or Chinese, or JSON. Pure functions.
#pragma once

#include <string>
#include <vector>

#include "hub/catalog/catalog.h"
#include "hub/catalog/evolution.h"
#include "hub/catalog/likeness.h"
#include "hub/catalog/search.h"
#include "scenarios/experiment/report.h"

namespace citybrain::cli {

std::string list_text(const catalog::Catalog& catalog, experiment::Language language);
std::string list_json(const catalog::Catalog& catalog);
std::string contract_text(const catalog::Contract& contract, experiment::Language language);
std::string contract_json(const catalog::Contract& contract);
std::string hits_text(const std::vector<catalog::Hit>& hits, experiment::Language language);
std::string hits_json(const std::vector<catalog::Hit>& hits);
std::string errors_text(const catalog::Checked& checked, experiment::Language language);
std::string errors_json(const catalog::Checked& checked);
std::string evolution_text(const catalog::Contract& from, const catalog::Contract& to,
                           experiment::Language language);
std::string evolution_json(const catalog::Contract& from, const catalog::Contract& to);
std::string pairs_text(const std::vector<catalog::Pair>& pairs, experiment::Language language);
std::string pairs_json(const std::vector<catalog::Pair>& pairs);

}  // namespace citybrain::cli
