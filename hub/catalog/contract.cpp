// One contract from YAML, strictly: a key that the standard does not know, a missing one or a wrong
// kind of value is an error. All of a file's errors are found in one reading.
#include "hub/catalog/contract.h"

#include "hub/catalog/catalog.h"
#include "hub/catalog/contract_fields.h"
#include "hub/catalog/reading.h"
#include "hub/catalog/version.h"

namespace citybrain::catalog {

using model::Error;
using model::Result;

namespace {

const std::vector<std::string> kTop = {"apiVersion",
                                       "kind",
                                       "id",
                                       "name",
                                       "version",
                                       "status",
                                       "tenant",
                                       "domain",
                                       "dataProduct",
                                       "description",
                                       "tags",
                                       "schema",
                                       "quality",
                                       "support",
                                       "price",
                                       "team",
                                       "roles",
                                       "servers",
                                       "slaProperties",
                                       "slaDefaultElement",
                                       "authoritativeDefinitions",
                                       "contractCreatedTs",
                                       "customProperties"};
const std::vector<std::string> kOwn = {"department",
                                       "resource",
                                       "leadSource",
                                       "crs",
                                       "timeZone",
                                       "utcOffsetMinutes",
                                       "idScheme",
                                       "sharingClass",
                                       "coverage",
                                       "classification",
                                       "sharingLaw",
                                       "purposes",
                                       "clockToleranceSeconds",
                                       "titleZh",
                                       "descriptionZh",
                                       "derivedFrom",
                                       "maskingRules"};
const std::vector<std::string> kSla = {"latency", "freshness", "frequency", "retention"};
constexpr Crs kAllCrs[] = {Crs::kNone, Crs::kCgcs2000, Crs::kWgs84, Crs::kGcj02, Crs::kBd09};
constexpr SharingClass kAllSharing[] = {SharingClass::kUnconditional, SharingClass::kConditional,
                                        SharingClass::kNotShared};

/// The one of `all` whose name the value is; `otherwise` and an error for none.
template <class T, std::size_t N>
T one_of(Reading& r, const YAML::Node& value, const T (&all)[N], T otherwise) {
  const std::string s = value.IsScalar() ? value.Scalar() : "";
  std::vector<std::string> known;
  for (const auto x : all) {
    if (name_of(x) == s) return x;
    known.emplace_back(name_of(x));
  }
  r.unknown(value, s, known);
  return otherwise;
}

void read_service_levels(Reading& r, const YAML::Node& list, Contract& c) {
  bool has_latency = false;
  r.properties(list, kSla, [&](const std::string& name, const YAML::Node& p) {
    const std::string unit = p["unit"].IsDefined() ? r.text(p, "unit") : "s";
    const auto known = unit_of(unit);
    const double v = r.number(p["value"], name, 0, 1e9);
    if (!known || known->dimension != kTimes) {
      r.fail(p["unit"], fmt::format("the unit \"{}\" of {} is no time", unit.substr(0, 60), name),
             "expected s, min, h or d");
      return;
    }
    const double seconds = v * known->factor;
    if (name == "latency") c.maximum_delay_s = seconds;
    if (name == "freshness") c.freshness_s = seconds;
    if (name == "frequency") c.frequency_s = seconds;
    if (name == "retention") c.retention_s = seconds;
    has_latency = has_latency || name == "latency";
  });
  if (!has_latency)
    r.fail(
        list,
        "slaProperties must state the latency: the greatest delay between event and publication");
}

void read_time_zone(Reading& r, const YAML::Node& value, const std::string& name, Contract& c) {
  auto zone = TimeZone::named(name);
  if (!zone) return r.fail(value, zone.error().what, zone.error().mend);
  c.time_zone = std::move(*zone);
}

void read_classification(Reading& r, const YAML::Node& value, Contract& c) {
  if (!value.IsScalar() && !value.IsSequence())
    return r.fail(value, "classification must be a class of data, or a list");
  const auto names =
      value.IsScalar() ? std::vector{value.Scalar()} : r.texts(value, "classification");
  if (names.empty()) return r.fail(value, "classification must be a class of data, or a list");
  c.classes = {};
  for (const auto& name : names) c.classes.add(read_class(r, value, name));
}

void read_own_text(Reading& r, const std::string& name, const YAML::Node& p, Contract& c) {
  const std::pair<const char*, std::string*> texts[] = {
      {"department", &c.department},       {"resource", &c.resource},
      {"leadSource", &c.lead_source},      {"idScheme", &c.id_scheme},
      {"sharingLaw", &c.sharing_law},      {"titleZh", &c.title_zh},
      {"descriptionZh", &c.description_zh}};
  if (name == "leadSource" && !p["value"].IsScalar())
    return r.fail(p["value"], "leadSource: a resource has one lead source, found a list",
                  "expected one department");
  for (const auto& [key, into] : texts)
    if (name == key) *into = r.text(p, "value");
}

void read_masks(Reading& r, const YAML::Node& value, Contract& c) {
  std::vector<std::string> fields;
  for (const auto& f : c.fields) {
    fields.push_back(f.path);
    if (f.name != f.path) fields.push_back(f.name);
  }
  c.masking = read_masking(value, c.file, fields,
                           [&](const YAML::Node& at, std::string what, std::string mend) {
                             r.fail(at, "maskingRules: " + what, std::move(mend));
                           });
}

void read_own(Reading& r, const YAML::Node& root, Contract& c) {
  bool has_sharing = false;
  r.properties(root["customProperties"], kOwn, [&](const std::string& name, const YAML::Node& p) {
    const YAML::Node value = p["value"];
    c.where.emplace(name, r.place(value));
    read_own_text(r, name, p, c);
    if (name == "crs") c.crs = one_of(r, value, kAllCrs, Crs::kNone);
    if (name == "classification") read_classification(r, value, c);
    if (name == "timeZone") read_time_zone(r, value, r.text(p, "value"), c);
    if (name == "utcOffsetMinutes")
      c.time_zone = TimeZone::fixed(static_cast<std::int32_t>(r.number(value, name, -840, 840)));
    if (name == "clockToleranceSeconds") c.clock_tolerance_s = r.number(value, name, 0, 3600);
    if (name == "sharingClass") {
      has_sharing = true;
      c.sharing = one_of(r, value, kAllSharing, SharingClass::kNotShared);
    }
    if (name == "purposes") c.purposes = r.texts(value, name);
    if (name == "coverage") c.coverage = r.texts(value, name);
    if (name == "derivedFrom") c.sources = r.texts(value, name);
    if (name == "maskingRules") read_masks(r, value, c);
  });
  if (c.where.contains("timeZone") && c.where.contains("utcOffsetMinutes"))
    r.fail(root["customProperties"], "timeZone and utcOffsetMinutes say the same: leave one out");
  if (c.department.empty())
    r.fail(root, "customProperties must name the department that owns the dataset");
  if (!has_sharing) r.fail(root, "customProperties must give the sharingClass");
  if (c.sharing == SharingClass::kNotShared && has_sharing && c.sharing_law.empty())
    r.fail(root, "a dataset that is not shared must name the law that says so (sharingLaw)");
}

void read_words(Reading& r, const YAML::Node& root, Contract& c) {
  c.title = r.text_or_none(root, "dataProduct");
  c.domain = r.text_or_none(root, "domain");
  c.tags = r.texts(root["tags"], "tags");
  const YAML::Node description = root["description"];
  if (description.IsDefined() && !description.IsMap())
    return r.fail(description, "expected purpose, limitations and usage");
  if (!description.IsDefined()) return;
  c.description = r.text_or_none(description, "purpose");
  c.limitations = r.text_or_none(description, "limitations");
}

void read_price(Reading& r, const YAML::Node& price, Contract& c) {
  if (!price.IsDefined()) return;
  if (!price.IsMap()) return r.fail(price, "expected priceAmount, priceCurrency, priceUnit");
  r.known_keys(price, {"id", "priceAmount", "priceCurrency", "priceUnit"});
  c.cost_per_record = r.number(price["priceAmount"], "priceAmount", 0, 1e9);
  c.currency = r.text(price, "priceCurrency");
  if (r.text(price, "priceUnit") != "record")
    r.fail(price["priceUnit"], "the price is that of collecting one record", "priceUnit: record");
}

/// A field is no stricter than its dataset says; where it says nothing, it has the strictest class.
void settle_classes(Reading& r, Contract& c) {
  const auto strictest = c.classes.list().back();
  for (auto& f : c.fields) {
    if (!f.is_classified) f.data_class = strictest;
    if (f.data_class <= strictest) continue;
    r.errors().push_back(
        {"CB-INPUT-CONTRACT",
         fmt::format("field {}: it is {}, but its dataset is only {}", f.path,
                     name_of(f.data_class), c.classes.text()),
         c.place("field." + f.path + ".classification"),
         fmt::format("add {} to the dataset's classification", name_of(f.data_class))});
  }
}

void read(Reading& r, const YAML::Node& root, Contract& c) {
  if (!root.IsMap())
    return r.fail(root,
                  "expected a contract: a mapping with apiVersion, kind, id, version, status");
  r.known_keys(root, kTop);
  if (const auto v = r.text(root, "apiVersion"); !v.empty() && !v.starts_with("v3."))
    r.fail(root["apiVersion"],
           fmt::format("apiVersion {} is not supported, expected v3.1.0", v.substr(0, 60)));
  if (const auto v = r.text(root, "kind"); !v.empty() && v != "DataContract")
    r.fail(root["kind"], fmt::format("kind must be DataContract, found {}", v.substr(0, 60)));
  (void)r.text(root, "id");
  (void)r.text(root, "status");
  c.version = r.text(root, "version");
  c.where.emplace("version", r.place(root["version"]));
  if (!c.version.empty() && !version_of(c.version))
    r.fail(root["version"], fmt::format("\"{}\" is no version", c.version.substr(0, 60)),
           "expected MAJOR.MINOR.PATCH, for example 1.2.0");
  c.dataset = r.text(root, "name");
  if (!c.dataset.empty() && c.dataset.find('.') == std::string::npos)
    r.fail(root["name"], "name must be <department>.<dataset>");
  read_words(r, root, c);
  read_schema(r, root["schema"], c);
  read_price(r, root["price"], c);
  read_service_levels(r, root["slaProperties"], c);
  read_own(r, root, c);
  settle_classes(r, c);
}

}  // namespace

std::string_view name_of(Crs crs) {
  switch (crs) {
    case Crs::kNone:
      return "none";
    case Crs::kCgcs2000:
      return "EPSG:4490";
    case Crs::kWgs84:
      return "EPSG:4326";
    case Crs::kGcj02:
      return "GCJ-02";
    case Crs::kBd09:
      return "BD-09";
  }
  return "none";
}

std::string_view name_of(SharingClass sharing) {
  switch (sharing) {
    case SharingClass::kUnconditional:
      return "unconditional";
    case SharingClass::kConditional:
      return "conditional";
    case SharingClass::kNotShared:
      return "not-shared";
  }
  return "not-shared";
}

ReadContract read_contract(std::string_view text, std::string_view name) {
  ReadContract out;
  out.contract.file = name;
  Reading reading(name);
  try {
    read(reading, YAML::Load(std::string(text)), out.contract);
  } catch (const YAML::Exception& e) {
    const std::string where =
        e.mark.is_null() ? std::string(name)
                         : fmt::format("{}:{}:{}", name, e.mark.line + 1, e.mark.column + 1);
    out.errors = {{"CB-INPUT-CONTRACT", "not valid YAML: " + e.msg, where,
                   "check indentation and quotes at this place"}};
    return out;
  }
  out.errors = std::move(reading.errors());
  return out;
}

Result<Contract> Catalog::parse(std::string_view text, std::string_view name) {
  auto read = read_contract(text, name);
  if (!read.errors.empty()) return std::move(read.errors.front());
  return std::move(read.contract);
}

const FieldRule* Contract::field(std::string_view name_or_path) const {
  const FieldRule* by_name = nullptr;
  for (const auto& f : fields) {
    if (f.path == name_or_path) return &f;
    if (by_name == nullptr && f.name == name_or_path) by_name = &f;
  }
  return by_name;
}

const std::string& Contract::place(std::string_view key) const {
  const auto it = where.find(key);
  return it == where.end() ? file : it->second;
}

const std::string& Contract::scheme_of(std::string_view name_or_path) const {
  const FieldRule* f = field(name_or_path);
  return f == nullptr || f->id_scheme.empty() ? id_scheme : f->id_scheme;
}

}  // namespace citybrain::catalog
