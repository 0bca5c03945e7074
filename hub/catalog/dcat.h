// The catalogue as DCAT-AP 3 in JSON-LD, its context inline, for other catalogues to harvest. Pure
// function: the same catalogue gives the same bytes.
#pragma once

#include <string>

#include "hub/catalog/catalog.h"

namespace citybrain::catalog {

/// `base` begins the addresses of datasets, e.g. "https://data.example.cn/"; it must end in '/',
/// ':' or '#'. Ends with a line feed.
std::string to_dcat(const Catalog& catalog, const std::string& base);

}  // namespace citybrain::catalog
