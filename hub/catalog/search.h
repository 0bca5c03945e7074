// Finding datasets by words in English or Chinese, by field and by place. Pure functions.
#pragma once

#include <string>
#include <vector>

#include "hub/catalog/catalog.h"

namespace citybrain::catalog {

struct Query {
  std::string words;  ///< all must be there, in any text of the contract; empty: any dataset
  std::string field;  ///< part of a field's name, path, Chinese name or description
  std::string place;  ///< one of the places that the dataset is about, or the whole city
};

struct Hit {
  const Contract* contract = nullptr;
  int score = 0;                     ///< more for names and titles than for descriptions
  std::vector<std::string> because;  ///< where the words are: "title", "field lanes.moving", ...
};

/// Best first, then by dataset. Letters' case does not matter; Chinese words are found anywhere in
/// a text. The catalogue must outlive the hits.
std::vector<Hit> search(const Catalog& catalog, const Query& query);
/// A word of the catalogue near one that was not found; empty when none is.
std::string nearest_word(const Catalog& catalog, const std::string& word);

}  // namespace citybrain::catalog
