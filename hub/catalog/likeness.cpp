#include "hub/catalog/likeness.h"

#include <algorithm>
#include <cctype>
#include <set>

#include "hub/catalog/unified.h"

namespace citybrain::catalog {

namespace {

constexpr double kDuplicate = 0.8, kNear = 0.62;
constexpr double kSameField = 0.5;

using Words = std::set<std::string>;

/// Words that stand for one another in names of fields, and those that only tell the encoding.
std::string plain(const std::string& word) {
  static const std::map<std::string, std::string> kSame = {{"longitude", "lon"},
                                                           {"lng", "lon"},
                                                           {"latitude", "lat"},
                                                           {"velocity", "speed"},
                                                           {"spd", "speed"},
                                                           {"timestamp", "time"},
                                                           {"clock", "time"},
                                                           {"direction", "heading"},
                                                           {"bearing", "heading"},
                                                           {"plates", "plate"},
                                                           {"licence", "plate"},
                                                           {"no", "number"},
                                                           {"num", "number"},
                                                           {"code", "number"},
                                                           {"id", "number"},
                                                           {"len", "length"},
                                                           {"cnt", "count"},
                                                           {"vehicles", "vehicle"},
                                                           {"car", "vehicle"},
                                                           {"cars", "vehicle"},
                                                           {"buses", "bus"},
                                                           {"taxis", "taxi"},
                                                           {"ambulances", "ambulance"},
                                                           {"positions", "position"},
                                                           {"location", "position"},
                                                           {"locations", "position"},
                                                           {"calls", "call"},
                                                           {"reports", "report"},
                                                           {"lots", "lot"},
                                                           {"queues", "queue"}};
  const auto it = kSame.find(word);
  return it == kSame.end() ? word : it->second;
}

bool is_encoding(const std::string& word) {
  static const Words kEncoding = {"e5", "e6",  "x10", "kmh",   "mps",  "ms", "dm",  "cm",  "m",
                                  "s",  "deg", "bcd", "local", "unix", "of", "the", "and", "a"};
  return kEncoding.contains(word);
}

void add_words(const std::string& text, Words& out) {
  std::string word;
  const auto end = [&] {
    if (!word.empty() && !is_encoding(word)) out.insert(plain(word));
    word.clear();
  };
  for (std::size_t i = 0; i < text.size();) {
    const auto c = static_cast<unsigned char>(text[i]);
    if (c >= 0xE0 && c < 0xF0 && i + 6 <= text.size() &&
        static_cast<unsigned char>(text[i + 3]) >= 0xE0) {  // two Chinese letters
      end();
      out.insert(text.substr(i, 6));
      i += 3;
      continue;
    }
    if (c >= 0x80 || !std::isalnum(c)) {
      end();
    } else {
      word += static_cast<char>(std::tolower(c));
    }
    ++i;
  }
  end();
}

double jaccard(const Words& a, const Words& b) {
  if (a.empty() || b.empty()) return 0;
  std::size_t both = 0;
  for (const auto& w : a) both += b.count(w);
  return static_cast<double>(both) / static_cast<double>(a.size() + b.size() - both);
}

/// Half the Jaccard index, half the share of the smaller set: a title with words added is still it.
double shared(const Words& a, const Words& b) {
  if (a.empty() || b.empty()) return 0;
  std::size_t both = 0;
  for (const auto& w : a) both += b.count(w);
  return 0.5 * jaccard(a, b) +
         0.5 * static_cast<double>(both) / static_cast<double>(std::min(a.size(), b.size()));
}

Words words_of(std::initializer_list<std::string_view> texts) {
  Words out;
  for (const auto t : texts) add_words(std::string(t), out);
  return out;
}

double about(const Contract& a, const Contract& b) {
  if (!a.resource.empty() && a.resource == b.resource) return 1;
  const auto english = [](const Contract& c) {
    return words_of({c.title, c.resource, c.dataset.substr(c.dataset.find('.'))});
  };
  const Words tags_a(a.tags.begin(), a.tags.end()), tags_b(b.tags.begin(), b.tags.end());
  return 0.75 * std::max(shared(english(a), english(b)),
                         shared(words_of({a.title_zh}), words_of({b.title_zh}))) +
         0.15 * jaccard(tags_a, tags_b) +
         0.1 * jaccard(words_of({a.description}), words_of({b.description}));
}

bool is_leaf(const FieldRule& f, const Contract& c) {
  return std::none_of(c.fields.begin(), c.fields.end(), [&](const FieldRule& other) {
    return other.path.size() > f.path.size() && other.path.starts_with(f.path + ".");
  });
}

/// "string", "integer" and "number" alike, "boolean".
std::string kind_of(const FieldRule& f) {
  const bool text = f.physical_type.find("string") != std::string::npos;
  if (text) return "text";
  return f.physical_type.find("bool") != std::string::npos ? "boolean" : "number";
}

double field_likeness(const FieldRule& a, const FieldRule& b) {
  const double name =
      std::max(jaccard(words_of({a.name}), words_of({b.name})),
               std::max(jaccard(words_of({a.title_zh}), words_of({b.title_zh})),
                        0.8 * jaccard(words_of({a.description}), words_of({b.description}))));
  const bool kind = kind_of(a) == kind_of(b), quantity = a.dimension == b.dimension;
  return name * (0.6 + 0.2 * kind + 0.2 * quantity);
}

/// Matches fields greedily, the likest first. The share of all fields that found another.
double structure(const Contract& a, const Contract& b, std::vector<FieldPair>& matched) {
  std::vector<FieldPair> all;
  std::size_t leaves_a = 0, leaves_b = 0;
  for (const auto& f : b.fields) leaves_b += is_leaf(f, b) ? 1 : 0;
  for (const auto& f : a.fields) {
    if (!is_leaf(f, a)) continue;
    ++leaves_a;
    for (const auto& g : b.fields)
      if (is_leaf(g, b))
        if (const double s = field_likeness(f, g); s >= kSameField)
          all.push_back({f.path, g.path, s});
  }
  std::stable_sort(all.begin(), all.end(),
                   [](const FieldPair& x, const FieldPair& y) { return x.score > y.score; });
  std::set<std::string> taken_a, taken_b;
  double sum = 0;
  for (const auto& p : all) {
    if (taken_a.contains(p.a) || taken_b.contains(p.b)) continue;
    taken_a.insert(p.a);
    taken_b.insert(p.b);
    sum += p.score;
    matched.push_back(p);
  }
  const auto n = static_cast<double>(leaves_a + leaves_b);
  return n == 0 ? 0 : 2 * sum / n;
}

/// How much of the smaller field's values are the other's too; -1 where they can say nothing
/// (almost always the same value, like a flag).
double values_of(const FieldProfile& a, const FieldProfile& b) {
  const double na = a.distinct.distinct(), nb = b.distinct.distinct();
  if (std::min(na, nb) < 8) return -1;
  const double contained = KSmallest::containment(a.hashes, na, b.hashes, nb);
  if (a.numbers.seen() == 0 || b.numbers.seen() == 0) return contained;
  return std::max(contained, 0.5 * (1 - Sample::distance(a.numbers, b.numbers)));
}

void weigh_profiles(const Profile& a, const Profile& b, Pair& pair) {
  double sum = 0;
  int n = 0;
  for (const auto& f : pair.fields) {
    const auto x = a.fields.find(f.a), y = b.fields.find(f.b);
    if (x == a.fields.end() || y == b.fields.end()) continue;
    const double v = values_of(x->second, y->second);
    if (v < 0) continue;
    sum += v;
    ++n;
  }
  if (n > 0) pair.values = sum / n;
  if (!a.cells.empty() && !b.cells.empty())
    pair.places = 0.3 * KSmallest::jaccard(a.cells, b.cells) +
                  0.7 * std::min(1.0, 1.5 * KSmallest::jaccard(a.moments, b.moments));
}

/// Two tables of identifiers are built alike; what they are of is their id scheme.
bool are_tables(const Contract& a, const Contract& b) {
  return is_id_table(a.message) && is_id_table(b.message);
}

double weighed(const Pair& p) {
  double sum = 0, weight = 0;
  const auto add = [&](double value, double w) {
    if (value < 0) return;
    sum += w * value;
    weight += w;
  };
  add(p.about, 0.45);
  if (!are_tables(*p.a, *p.b))
    add(p.structure, 0.35);
  else
    add(p.a->id_scheme == p.b->id_scheme ? 1 : 0, 0.35);
  add(p.values, 0.3);
  add(p.places, 0.4);
  return sum / weight;
}

}  // namespace

std::string_view name_of(Likeness likeness) {
  switch (likeness) {
    case Likeness::kUnlike:
      return "unlike";
    case Likeness::kNear:
      return "near-duplicate";
    case Likeness::kDuplicate:
      return "duplicate";
  }
  return "unlike";
}

Pair compare_likeness(const Contract& first, const Contract& second, const Profiles& profiles) {
  Pair p;
  p.a = &first;
  p.b = &second;
  const auto leads = [](const Contract& c) { return c.department == c.lead_source; };
  if ((leads(second) && !leads(first)) ||
      (leads(second) == leads(first) && second.dataset < first.dataset))
    std::swap(p.a, p.b);
  p.about = about(*p.a, *p.b);
  p.structure = structure(*p.a, *p.b, p.fields);
  const auto a = profiles.find(p.a->dataset), b = profiles.find(p.b->dataset);
  if (a != profiles.end() && b != profiles.end()) weigh_profiles(a->second, b->second, p);
  p.score = weighed(p);
  p.likeness = p.score >= kDuplicate ? Likeness::kDuplicate
               : p.score >= kNear    ? Likeness::kNear
                                     : Likeness::kUnlike;
  if (b != profiles.end()) {
    p.records = b->second.records;
    p.bytes = b->second.bytes;
    p.hours = static_cast<double>(b->second.last_ms - b->second.first_ms) / 3'600'000;
    p.cost = static_cast<double>(p.records) * p.b->cost_per_record;
  }
  return p;
}

std::vector<Pair> duplicates(const Catalog& catalog, const Profiles& profiles) {
  std::vector<Pair> out;
  const auto all = catalog.contracts();
  for (std::size_t i = 0; i < all.size(); ++i)
    for (std::size_t j = i + 1; j < all.size(); ++j)
      if (auto p = compare_likeness(all[i], all[j], profiles); p.likeness != Likeness::kUnlike)
        out.push_back(std::move(p));
  std::stable_sort(out.begin(), out.end(),
                   [](const Pair& a, const Pair& b) { return a.score > b.score; });
  return out;
}

}  // namespace citybrain::catalog
