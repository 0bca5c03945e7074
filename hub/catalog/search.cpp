#include "hub/catalog/search.h"

#include <algorithm>
#include <set>
#include <sstream>

namespace citybrain::catalog {

namespace {

std::string lower(std::string text) {
  for (auto& c : text)
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  return text;
}

bool has(const std::string& text, const std::string& lower_word) {
  return lower(text).find(lower_word) != std::string::npos;
}

std::vector<std::string> split_words(const std::string& text) {
  std::istringstream in(text);
  std::vector<std::string> out;
  for (std::string word; in >> word;) out.push_back(lower(word));
  return out;
}

bool field_has(const FieldRule& f, const std::string& word) {
  return has(f.path, word) || has(f.title_zh, word) || has(f.description, word);
}

struct Text {
  const char* name;
  const std::string& text;
  int weight;
};

/// Adds what a word is found in; false when it is nowhere.
bool find_word(const Contract& c, const std::string& word, Hit& hit) {
  const auto before = hit.score;
  const auto found = [&](int weight, std::string where) {
    hit.score += weight;
    if (std::find(hit.because.begin(), hit.because.end(), where) == hit.because.end())
      hit.because.push_back(std::move(where));
  };
  const Text texts[] = {{"name", c.dataset, 5},
                        {"title", c.title, 5},
                        {"title", c.title_zh, 5},
                        {"resource", c.resource, 4},
                        {"department", c.department, 3},
                        {"domain", c.domain, 3},
                        {"description", c.description, 2},
                        {"description", c.description_zh, 2},
                        {"limitations", c.limitations, 1}};
  for (const auto& t : texts)
    if (has(t.text, word)) found(t.weight, t.name);
  for (const auto& tag : c.tags)
    if (has(tag, word)) found(4, "tag " + tag);
  for (const auto& purpose : c.purposes)
    if (has(purpose, word)) found(2, "purpose " + purpose);
  for (const auto& f : c.fields)
    if (field_has(f, word)) found(1, "field " + f.path);
  return hit.score > before;
}

/// A dataset that names no place, or the whole city, is about every place.
bool is_about(const Contract& c, const std::string& place) {
  if (place.empty() || c.coverage.empty()) return true;
  return std::any_of(c.coverage.begin(), c.coverage.end(), [&](const std::string& name) {
    return name == "whole city" || name == "全市" || has(name, lower(place));
  });
}

}  // namespace

std::vector<Hit> search(const Catalog& catalog, const Query& query) {
  std::vector<Hit> out;
  const auto words = split_words(query.words);
  const auto field = lower(query.field);
  for (const auto& c : catalog.contracts()) {
    Hit hit{&c, 0, {}};
    if (!is_about(c, query.place)) continue;
    bool all = std::all_of(words.begin(), words.end(),
                           [&](const std::string& word) { return find_word(c, word, hit); });
    if (all && !field.empty()) {
      const auto before = hit.because.size();
      for (const auto& f : c.fields)
        if (field_has(f, field)) hit.because.push_back("field " + f.path);
      all = hit.because.size() > before;
    }
    if (all) out.push_back(std::move(hit));
  }
  std::stable_sort(out.begin(), out.end(),
                   [](const Hit& a, const Hit& b) { return a.score > b.score; });
  return out;
}

std::string nearest_word(const Catalog& catalog, const std::string& word) {
  std::set<std::string> known;
  for (const auto& c : catalog.contracts()) {
    known.insert(c.tags.begin(), c.tags.end());
    for (const auto& w : split_words(c.title)) known.insert(w);
    for (const auto& f : c.fields) known.insert(f.name);
  }
  const std::vector<std::string> names(known.begin(), known.end());
  return nearest(lower(word), names);
}

}  // namespace citybrain::catalog
