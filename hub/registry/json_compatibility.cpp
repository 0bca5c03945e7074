// Which changes of a JSON Schema make documents unreadable: Confluent's documented rules ("JSON
// Schema compatibility rules"): properties by content model (open, closed, partially open), types,
// required, enumerations, bounds, items, combined schemas. The original wrote, the update reads.
#include <fmt/format.h>

#include <algorithm>
#include <set>

#include "hub/registry/json_parts.h"
#include "hub/registry/json_text.h"

namespace citybrain::registry::json_schema {
namespace {

namespace json = boost::json;

const json::object kNothing;

const json::object& properties(const json::object& o) {
  const auto* p = get(o, "properties");
  return p != nullptr && p->is_object() ? p->get_object() : kNothing;
}

class Comparison {
 public:
  Comparison(const Document& update, const Document& original, int depth = 0)
      : update_(update), original_(original), depth_(depth) {}
  std::vector<Difference> found;

  void compare(const json::value& given_old, const json::value& given_new,
               const std::string& path) {
    const auto& old = followed(original_, given_old);
    const auto& now = followed(update_, given_new);
    if (!seen_.insert({&old, &now}).second) return;
    if (accepts_all(now) || (old.is_bool() && !old.get_bool())) return;
    if (!old.is_object() || !now.is_object() || accepts_all(old)) return add("TYPE_CHANGED", path);
    objects(old.get_object(), now.get_object(), path);
  }

 private:
  void add(std::string_view type, const std::string& path) {
    found.push_back({std::string(type), fmt::format(fmt::runtime(sentence_of(type)), path)});
  }

  static const json::value& followed(const Document& document, const json::value& v) {
    const json::value* at = &v;
    for (int i = 0; i < 20; ++i) {
      const auto* o = at->if_object();
      const auto* r = o == nullptr ? nullptr : get(*o, "$ref");
      if (r == nullptr || !r->is_string()) break;
      const auto* to = resolve(document, std::string(r->get_string()));
      if (to == nullptr || !(to->is_object() || to->is_bool())) break;
      at = to;
    }
    return *at;
  }

  bool fits(const json::value& old, const json::value& now) const {
    if (depth_ >= kMaxTrials) return false;
    Comparison trial(update_, original_, depth_ + 1);
    trial.seen_ = seen_;
    trial.compare(old, now, "#");
    return trial.found.empty();
  }

  void objects(const json::object& old, const json::object& now, const std::string& path) {
    const auto was = combination(old), is = combination(now);
    if (!was.empty() || !is.empty()) return combined(old, was, now, is, path);
    if (get(now, "$ref") != nullptr || get(old, "$ref") != nullptr) {
      if (print_sorted(now) != print_sorted(old)) add("TYPE_CHANGED", path);
      return;  // to a document that is not known here
    }
    if (conditional(old) != conditional(now)) return add("TYPE_CHANGED", path + "/if");
    if (!types(old, now, path)) return;
    enums(old, now, path);
    negated(old, now, path);
    bounds(old, now, path);
    patterns(old, now, path);
    object_keywords(old, now, path);
    array_keywords(old, now, path);
  }

  void combined(const json::object& old, const std::string& was, const json::object& now,
                const std::string& is, const std::string& path) {
    if (was.empty()) return into_combination(old, now, is, path);
    const auto& before = old.at(was).get_array();
    if (is.empty()) {
      if (before.size() == 1 && fits(before[0], now)) return;
      return add("TYPE_CHANGED", path);
    }
    const auto& after = now.at(is).get_array();
    if (was != is && is != "anyOf" && !(before.size() == 1 && after.size() == 1))
      return add("COMBINED_TYPE_CHANGED", path);
    if (is == "allOf") {
      if (after.size() > before.size()) return add("PRODUCT_TYPE_EXTENDED", path + "/allOf");
      if (!matched(after, before, true)) add("COMBINED_TYPE_SUBSCHEMAS_CHANGED", path + "/allOf");
    } else {
      if (after.size() < before.size()) return add("SUM_TYPE_NARROWED", path + "/" + is);
      if (!matched(before, after, false)) add("COMBINED_TYPE_SUBSCHEMAS_CHANGED", path + "/" + is);
    }
  }

  void into_combination(const json::object& old, const json::object& now, const std::string& is,
                        const std::string& path) {
    const auto& after = now.at(is).get_array();
    const json::value alone = old;
    const auto fit = [&](const json::value& v) { return fits(alone, v); };
    const bool good = is == "allOf" ? after.size() == 1 && fit(after[0])
                                    : std::any_of(after.begin(), after.end(), fit);
    if (!good) add("TYPE_CHANGED", path);
  }

  /// A partner of its own for every one of `few`: Kuhn's augmenting paths.
  bool matched(const json::array& few, const json::array& many, bool few_is_update) const {
    if (few.size() > kMaxBranches || many.size() > kMaxBranches) return false;
    std::vector<std::vector<bool>> pairs(few.size(), std::vector<bool>(many.size()));
    for (std::size_t i = 0; i < few.size(); ++i)
      for (std::size_t j = 0; j < many.size(); ++j)
        pairs[i][j] = few_is_update ? fits(many[j], few[i]) : fits(few[i], many[j]);
    std::vector<int> partner(many.size(), -1);
    for (std::size_t i = 0; i < few.size(); ++i) {
      std::vector<bool> tried(many.size());
      if (!augment(static_cast<int>(i), pairs, tried, partner)) return false;
    }
    return true;
  }

  static bool augment(int i, const std::vector<std::vector<bool>>& pairs, std::vector<bool>& tried,
                      std::vector<int>& partner) {
    for (std::size_t j = 0; j < tried.size(); ++j) {
      if (!pairs[static_cast<std::size_t>(i)][j] || tried[j]) continue;
      tried[j] = true;
      if (partner[j] >= 0 && !augment(partner[j], pairs, tried, partner)) continue;
      partner[j] = i;
      return true;
    }
    return false;
  }

  bool types(const json::object& old, const json::object& now, const std::string& path) {
    const auto was = types_of(old), is = types_of(now);
    if (is.empty()) return true;
    const auto admitted = [&is](const std::string& t) {
      return is.contains(t) || (t == "integer" && is.contains("number"));
    };
    if (was.empty()) {
      const auto values = enumerated(old);
      if (!values.empty()) return true;  // the values are compared
      add("TYPE_CHANGED", path);
      return false;
    }
    if (std::all_of(was.begin(), was.end(), admitted)) return true;
    const bool narrowed = std::all_of(is.begin(), is.end(), [&was](const auto& t) {
      return was.contains(t) || (t == "integer" && was.contains("number"));
    });
    add(narrowed ? "TYPE_NARROWED" : "TYPE_CHANGED", path + "/type");
    return false;
  }

  void enums(const json::object& old, const json::object& now, const std::string& path) {
    const auto was = enumerated(old), is = enumerated(now);
    if (is.empty() || was == is) return;
    if (was.empty()) return add("TYPE_CHANGED", path);
    if (std::includes(is.begin(), is.end(), was.begin(), was.end())) return;
    add(std::includes(was.begin(), was.end(), is.begin(), is.end()) ? "ENUM_ARRAY_NARROWED"
                                                                    : "ENUM_ARRAY_CHANGED",
        path + "/enum");
  }

  void negated(const json::object& old, const json::object& now, const std::string& path) {
    const auto *was = get(old, "not"), *is = get(now, "not");
    if (is == nullptr) return;
    Comparison turned(original_, update_, depth_ + 1);  // what is excluded must not grow
    if (was != nullptr && depth_ < kMaxTrials) turned.compare(*is, *was, path);
    if (was == nullptr || depth_ >= kMaxTrials || !turned.found.empty())
      add("NOT_TYPE_EXTENDED", path + "/not");
  }

  /// An upper bound may rise or go, a lower one sink or go.
  void bounds(const json::object& old, const json::object& now, const std::string& path) {
    for (const auto& [key, name, upper] : kBounds) {
      const auto *was = get(old, key), *is = get(now, key);
      if (is == nullptr || !is->is_number()) continue;
      const auto where = fmt::format("{}/{}", path, key);
      if (was == nullptr || !was->is_number()) {
        add(fmt::format("{}_ADDED", name), where);
        continue;
      }
      const auto before = was->to_number<double>(), after = is->to_number<double>();
      if (upper && after < before) add(fmt::format("{}_DECREASED", name), where);
      if (!upper && after > before) add(fmt::format("{}_INCREASED", name), where);
    }
  }

  void patterns(const json::object& old, const json::object& now, const std::string& path) {
    if (const auto* is = get(now, "pattern")) {
      const auto* was = get(old, "pattern");
      if (was == nullptr) add("PATTERN_ADDED", path + "/pattern");
      if (was != nullptr && *was != *is) add("PATTERN_CHANGED", path + "/pattern");
    }
    const auto *is = get(now, "multipleOf"), *was = get(old, "multipleOf");
    if (is == nullptr) return;
    if (was == nullptr) return add("MULTIPLE_OF_ADDED", path + "/multipleOf");
    const auto ratio = was->to_number<double>() / is->to_number<double>();
    if (ratio != static_cast<double>(static_cast<std::int64_t>(std::clamp(ratio, -1e15, 1e15))))
      add("MULTIPLE_OF_CHANGED", path + "/multipleOf");
  }

  void object_keywords(const json::object& old, const json::object& now, const std::string& path) {
    const auto &was = properties(old), &is = properties(now);
    const auto needed = required(now), needed_before = required(old);
    for (const auto& p : was) {
      const std::string name(p.key());
      const auto where = path + "/properties/" + name;
      const auto* after = is.if_contains(name);
      if (after == nullptr) {
        removed(name, p.value(), now, where);
        continue;
      }
      const bool asked = needed.contains(name) && !needed_before.contains(name);
      const auto* o = after->if_object();
      if (asked && (o == nullptr || !o->contains("default")))
        add("REQUIRED_ATTRIBUTE_ADDED", path + "/required/" + name);
      compare(p.value(), *after, where);
    }
    for (const auto& p : is)
      if (!was.contains(p.key()))
        added(std::string(p.key()), p.value(), old, needed, path + "/properties/");
    additional(old, now, "additionalProperties", "ADDITIONAL_PROPERTIES", path);
    dependencies(old, now, path);
  }

  void removed(const std::string& name, const json::value& old, const json::object& now,
               const std::string& where) {
    if (open(now)) return;
    if (const auto* cover = uncovered(now, name); cover != nullptr) {
      if (!fits(old, *cover))
        add("PROPERTY_REMOVED_NOT_COVERED_BY_PARTIALLY_OPEN_CONTENT_MODEL", where);
    } else if (closed(now) && !(old.is_bool() && !old.get_bool())) {
      add("PROPERTY_REMOVED_FROM_CLOSED_CONTENT_MODEL", where);
    }
  }

  void added(const std::string& name, const json::value& now, const json::object& old,
             const std::set<std::string>& needed, const std::string& path) {
    const auto where = path + name;
    if (open(old)) {
      if (!accepts_all(now)) add("PROPERTY_ADDED_TO_OPEN_CONTENT_MODEL", where);
      return;
    }
    if (const auto* cover = uncovered(old, name); cover != nullptr && !fits(*cover, now))
      add("PROPERTY_ADDED_NOT_COVERED_BY_PARTIALLY_OPEN_CONTENT_MODEL", where);
    const auto* o = now.if_object();
    if (needed.contains(name) && (o == nullptr || !o->contains("default")))
      add("REQUIRED_PROPERTY_ADDED_TO_UNOPEN_CONTENT_MODEL", where);
  }

  void additional(const json::object& old, const json::object& now, std::string_view key,
                  const std::string& name, const std::string& path) {
    const auto *was = get(old, key), *is = get(now, key);
    const auto where = fmt::format("{}/{}", path, key);
    const auto permits = [](const json::value* v) {
      return v == nullptr || !v->is_bool() || v->get_bool();
    };
    if (permits(was) && !permits(is)) return add(name + "_REMOVED", where);
    if (!permits(was) || is == nullptr || !is->is_object()) return;
    if (was == nullptr || !was->is_object()) {
      if (!accepts_all(*is)) add(name + "_NARROWED", where);
      return;
    }
    compare(*was, *is, where);
  }

  void dependencies(const json::object& old, const json::object& now, const std::string& path) {
    const auto *is = get(now, "dependencies"), *was = get(old, "dependencies");
    if (is == nullptr || !is->is_object()) return;
    for (const auto& d : is->get_object()) {
      const auto* before =
          was != nullptr && was->is_object() ? was->get_object().if_contains(d.key()) : nullptr;
      const auto where = fmt::format("{}/dependencies/{}", path, std::string(d.key()));
      const bool list = d.value().is_array();
      if (before == nullptr || list != before->is_array()) {
        add(list ? "DEPENDENCY_ARRAY_ADDED" : "DEPENDENCY_SCHEMA_ADDED", where);
      } else if (list) {
        for (const auto& name : d.value().get_array())
          if (std::find(before->get_array().begin(), before->get_array().end(), name) ==
              before->get_array().end())
            return add("DEPENDENCY_ARRAY_EXTENDED", where);
      } else {
        compare(*before, d.value(), where);
      }
    }
  }

  void array_keywords(const json::object& old, const json::object& now, const std::string& path) {
    const auto *unique = get(now, "uniqueItems"), *unique_before = get(old, "uniqueItems");
    const auto yes = [](const json::value* v) {
      return v != nullptr && v->is_bool() && v->get_bool();
    };
    if (yes(unique) && !yes(unique_before)) add("UNIQUE_ITEMS_ADDED", path + "/uniqueItems");
    additional(old, now, "additionalItems", "ADDITIONAL_ITEMS", path);
    const auto *was = get(old, "items"), *is = get(now, "items");
    if (is == nullptr) return;
    if (was == nullptr) {
      if (is->is_array() ? !is->get_array().empty() : !accepts_all(*is))
        add("ITEM_ADDED_TO_OPEN_CONTENT_MODEL", path + "/items");
    } else if (was->is_array() && is->is_array()) {
      tuples(old, now, path);
    } else if (was->is_array() != is->is_array()) {
      add("TYPE_CHANGED", path + "/items");
    } else {
      compare(*was, *is, path + "/items");
    }
  }

  /// Items by their place, as properties by their name.
  void tuples(const json::object& old, const json::object& now, const std::string& path) {
    const auto &a = old.at("items").get_array(), &b = now.at("items").get_array();
    const auto *more_before = get(old, "additionalItems"), *more = get(now, "additionalItems");
    for (std::size_t i = 0; i < std::max(a.size(), b.size()); ++i) {
      const auto where = fmt::format("{}/items/{}", path, i);
      if (i < a.size() && i < b.size()) {
        compare(a[i], b[i], where);
      } else if (i < b.size()) {
        if (more_before == nullptr || accepts_all(*more_before)) {
          if (!accepts_all(b[i])) add("ITEM_ADDED_TO_OPEN_CONTENT_MODEL", where);
        } else if (!more_before->is_bool() && !fits(*more_before, b[i])) {
          add("ITEM_ADDED_NOT_COVERED_BY_PARTIALLY_OPEN_CONTENT_MODEL", where);
        }
      } else if (more != nullptr && !accepts_all(*more)) {
        if (!more->is_bool()) {
          if (!fits(a[i], *more))
            add("ITEM_REMOVED_NOT_COVERED_BY_PARTIALLY_OPEN_CONTENT_MODEL", where);
        } else if (!a[i].is_bool() || a[i].get_bool()) {
          add("ITEM_REMOVED_FROM_CLOSED_CONTENT_MODEL", where);
        }
      }
    }
  }

  struct Bound {
    std::string_view key, name;
    bool upper;
  };
  static constexpr Bound kBounds[] = {{"maxLength", "MAX_LENGTH", true},
                                      {"minLength", "MIN_LENGTH", false},
                                      {"maximum", "MAXIMUM", true},
                                      {"minimum", "MINIMUM", false},
                                      {"exclusiveMaximum", "EXCLUSIVE_MAXIMUM", true},
                                      {"exclusiveMinimum", "EXCLUSIVE_MINIMUM", false},
                                      {"maxProperties", "MAX_PROPERTIES", true},
                                      {"minProperties", "MIN_PROPERTIES", false},
                                      {"maxItems", "MAX_ITEMS", true},
                                      {"minItems", "MIN_ITEMS", false}};
  static constexpr int kMaxTrials = 6;  // trials within trials; a deeper nest counts as changed
  static constexpr std::size_t kMaxBranches = 64;

  const Document& update_;
  const Document& original_;
  int depth_;
  std::set<std::pair<const json::value*, const json::value*>> seen_;
};

}  // namespace

std::vector<Difference> cannot_read(const Document& reader, const Document& writer) {
  Comparison c(reader, writer);
  c.compare(writer.root, reader.root, "#");
  return std::move(c.found);
}

}  // namespace citybrain::registry::json_schema
