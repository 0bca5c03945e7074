#include "hub/catalog/dcat.h"

#include <fmt/format.h>

#include <boost/json.hpp>
#include <map>
#include <set>
#include <string_view>

namespace citybrain::catalog {

namespace json = boost::json;

namespace {

constexpr const char* kAuthority = "http://publications.europa.eu/resource/authority/";

json::object id(const std::string& iri) { return {{"@id", iri}}; }

json::array in_both(const std::string& en, const std::string& zh) {
  json::array out;
  if (!en.empty()) out.push_back(json::object{{"@value", en}, {"@language", "en"}});
  if (!zh.empty()) out.push_back(json::object{{"@value", zh}, {"@language", "zh"}});
  return out;
}

json::object context() {
  json::object c;
  for (const auto& [prefix, iri] : std::initializer_list<std::pair<const char*, const char*>>{
           {"adms", "http://www.w3.org/ns/adms#"},
           {"dcat", "http://www.w3.org/ns/dcat#"},
           {"dct", "http://purl.org/dc/terms/"},
           {"foaf", "http://xmlns.com/foaf/0.1/"},
           {"prov", "http://www.w3.org/ns/prov#"},
           {"rdfs", "http://www.w3.org/2000/01/rdf-schema#"},
           {"skos", "http://www.w3.org/2004/02/skos/core#"},
           {"vcard", "http://www.w3.org/2006/vcard/ns#"},
           {"xsd", "http://www.w3.org/2001/XMLSchema#"}})
    c[prefix] = iri;
  return c;
}

/// EU's vocabulary of themes; the catalogue's own domains are told by keywords too.
std::string theme_of(const std::string& domain) {
  static const std::map<std::string, const char*> kThemes = {
      {"traffic", "TRAN"}, {"health", "HEAL"}, {"environment", "ENVI"}, {"community", "SOCI"}};
  const auto it = kThemes.find(domain);
  return fmt::format("{}data-theme/{}", kAuthority, it == kThemes.end() ? "GOVE" : it->second);
}

std::string rights_of(SharingClass sharing) {
  const char* name = sharing == SharingClass::kUnconditional ? "PUBLIC"
                     : sharing == SharingClass::kConditional ? "RESTRICTED"
                                                             : "NON_PUBLIC";
  return fmt::format("{}access-right/{}", kAuthority, name);
}

class Export {
 public:
  Export(const Catalog& catalog, const std::string& base) : catalog_(catalog), base_(base) {}

  json::object whole() {
    json::array datasets;
    for (const auto& c : catalog_.contracts()) datasets.push_back(id(dataset(c.dataset)));
    add("catalogue", {{"@id", base_ + "catalogue"},
                      {"@type", "dcat:Catalog"},
                      {"dct:title", in_both("City data catalogue", "城市数据目录")},
                      {"dct:description",
                       in_both("The datasets that the departments of a city share on one hub, from "
                               "their data contracts",
                               "城市各部门经中枢共享的数据集,据其数据契约编制")},
                      {"dct:publisher", id(agent("hub"))},
                      {"dcat:dataset", datasets}});
    department("hub");
    for (const auto& c : catalog_.contracts()) one(c);
    json::array graph;
    for (auto& [key, node] : nodes_) graph.push_back(std::move(node));
    return {{"@context", context()}, {"@graph", std::move(graph)}};
  }

 private:
  std::string dataset(const std::string& name) const { return base_ + "dataset/" + name; }
  std::string agent(const std::string& name) const { return base_ + "department/" + name; }
  void add(const std::string& key, json::object node) { nodes_.emplace(key, std::move(node)); }

  void department(const std::string& name) {
    add("department/" + name, {{"@id", agent(name)}, {"@type", "foaf:Agent"}, {"foaf:name", name}});
    add("contact/" + name,
        {{"@id", base_ + "contact/" + name}, {"@type", "vcard:Kind"}, {"vcard:fn", name}});
  }
  void term(const std::string& iri, const char* type) {
    json::object node{{"@id", iri}, {"@type", type}};
    const auto label = iri.substr(iri.rfind('/') + 1);
    node[std::string_view(type) == "skos:Concept" ? "skos:prefLabel" : "rdfs:label"] =
        in_both(label, "");
    add("term/" + iri, std::move(node));
  }
  json::array places(const Contract& c) {
    json::array out;
    for (const auto& name : c.coverage) {
      const auto iri = fmt::format("{}place/{:016x}", base_, hash(name));
      add("place/" + name, {{"@id", iri}, {"@type", "dct:Location"}, {"rdfs:label", name}});
      out.push_back(id(iri));
    }
    return out;
  }
  /// FNV-1a: names in any script as part of an address.
  static std::uint64_t hash(std::string_view text) {
    std::uint64_t h = 14'695'981'039'346'656'037U;
    for (const char c : text) h = (h ^ static_cast<unsigned char>(c)) * 1'099'511'628'211U;
    return h;
  }

  void one(const Contract& c) {
    department(c.department);
    const auto iri = dataset(c.dataset), distribution = iri + "/stream";
    json::array keywords;
    for (const auto& tag : c.tags) keywords.push_back(json::value(tag));
    const auto theme = theme_of(c.domain), rights = rights_of(c.sharing);
    term(theme, "skos:Concept");
    term(rights, "dct:RightsStatement");
    const auto message = base_ + "message/" + c.message;
    add("message/" + c.message,
        {{"@id", message}, {"@type", "dct:Standard"}, {"dct:title", in_both(c.message, "")}});
    json::object node{{"@id", iri},
                      {"@type", "dcat:Dataset"},
                      {"dct:title", in_both(c.title, c.title_zh)},
                      {"dct:description", in_both(c.description, c.description_zh)},
                      {"dct:identifier", c.dataset},
                      {"dct:publisher", id(agent(c.department))},
                      {"dcat:contactPoint", id(base_ + "contact/" + c.department)},
                      {"dcat:keyword", keywords},
                      {"dcat:theme", json::array{id(theme)}},
                      {"dct:accessRights", id(rights)},
                      {"dct:conformsTo", json::array{id(message)}},
                      {"dcat:version", c.version},
                      {"dcat:distribution", json::array{id(distribution)}}};
    if (auto at = places(c); !at.empty()) node["dct:spatial"] = std::move(at);
    if (c.frequency_s > 0)
      node["dcat:temporalResolution"] = json::object{
          {"@value", fmt::format("PT{:.0f}S", c.frequency_s)}, {"@type", "xsd:duration"}};
    if (auto from = origins(c); !from.empty()) node["prov:wasDerivedFrom"] = std::move(from);
    add("dataset/" + c.dataset, std::move(node));
    add("dataset/" + c.dataset + "/stream",
        {{"@id", distribution},
         {"@type", "dcat:Distribution"},
         {"dct:title", in_both(c.title, c.title_zh)},
         {"dct:description", in_both("Protobuf messages on the city's network, topic " + c.dataset,
                                     "城市网络上的 Protobuf 消息,主题 " + c.dataset)},
         {"dcat:accessURL", id(base_ + "topic/" + c.dataset)}});
    add("topic/" + c.dataset, {{"@id", base_ + "topic/" + c.dataset}, {"@type", "rdfs:Resource"}});
  }
  json::array origins(const Contract& c) const {
    std::set<std::string> names(c.sources.begin(), c.sources.end());
    for (const auto& f : c.fields)
      for (const auto& s : f.sources) {
        const auto second = s.find('.', s.find('.') + 1);
        names.insert(s.substr(0, second));
      }
    json::array out;
    for (const auto& name : names) out.push_back(id(dataset(name)));
    return out;
  }

  const Catalog& catalog_;
  const std::string& base_;
  std::map<std::string, json::object> nodes_;  ///< by key, so that the order is always the same
};

/// Two blanks a level; Boost.JSON writes one line.
void pretty(const json::value& v, const std::string& indent, std::string& out) {
  const std::string inner = indent + "  ";
  const char* between = "";
  if (const auto* object = v.if_object(); object != nullptr && object->size() > 1) {
    out += "{\n";
    for (const auto& [key, value] : *object) {
      out += between + inner + json::serialize(json::value(key)) + ": ";
      pretty(value, inner, out);
      between = ",\n";
    }
    out += "\n" + indent + "}";
  } else if (const auto* array = v.if_array(); array != nullptr && array->size() > 1) {
    out += "[\n";
    for (const auto& value : *array) {
      out += between + inner;
      pretty(value, inner, out);
      between = ",\n";
    }
    out += "\n" + indent + "]";
  } else {
    out += json::serialize(v);
  }
}

}  // namespace

std::string to_dcat(const Catalog& catalog, const std::string& base) {
  std::string out;
  pretty(Export(catalog, base).whole(), "", out);
  return out + "\n";
}

}  // namespace citybrain::catalog
