// One contract from YAML, strictly: a key that the standard does not know, a missing one or a wrong
// kind of value is an error.
#include <fmt/format.h>
#include <fmt/ranges.h>
#include <yaml-cpp/yaml.h>

#include <algorithm>
#include <array>
#include <cmath>

#include "hub/catalog/catalog.h"

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
const std::vector<std::string> kOwn = {
    "department",   "leadSource",     "crs",        "utcOffsetMinutes", "idScheme",
    "sharingClass", "classification", "sharingLaw", "purposes",         "clockToleranceSeconds",
    "maskingRules"};
const std::vector<std::string> kSla = {"latency", "freshness", "frequency", "retention"};

struct Unit {
  const char* name;
  double factor;  ///< to metres, seconds, metres per second
};
constexpr std::array<Unit, 9> kUnits = {{{"1", 1},
                                         {"m", 1},
                                         {"dm", 0.1},
                                         {"cm", 0.01},
                                         {"km", 1000},
                                         {"s", 1},
                                         {"ms", 0.001},
                                         {"m/s", 1},
                                         {"km/h", 1 / 3.6}}};

/// Keeps the first thing that is wrong.
class Reading {
 public:
  Reading(std::string_view name) : name_(name) {}

  void fail(const YAML::Node& at, std::string what, std::string mend = {}) {
    if (error_) return;
    const auto mark = at.IsDefined() ? at.Mark() : YAML::Mark::null_mark();
    const bool known = !mark.is_null() && mark.line >= 0;
    error_ = Error{"CB-INPUT-CONTRACT", std::move(what),
                   known ? fmt::format("{}:{}:{}", name_, mark.line + 1, mark.column + 1) : name_,
                   std::move(mend)};
  }
  const std::optional<Error>& error() const { return error_; }

  void known_keys(const YAML::Node& map, const std::vector<std::string>& known) {
    for (const auto& e : map) {
      if (!e.first.IsScalar()) return fail(e.first, "expected a name as key");
      const std::string& key = e.first.Scalar();
      if (std::find(known.begin(), known.end(), key) == known.end())
        return unknown(e.first, key, known);
    }
  }
  void unknown(const YAML::Node& at, const std::string& key,
               const std::vector<std::string>& known) {
    const auto near = nearest(key, known);
    fail(at, fmt::format("\"{}\" is not known here", key),
         near.empty() ? fmt::format("known: {}", fmt::join(known, ", "))
                      : fmt::format("did you mean \"{}\"?", near));
  }
  std::string text(const YAML::Node& map, const char* key) {
    const YAML::Node v = map[key];
    if (!v.IsDefined()) {
      fail(map, fmt::format("\"{}\" is missing", key));
      return {};
    }
    if (!v.IsScalar() || v.Scalar().empty()) {
      fail(v, fmt::format("\"{}\" must be a text", key));
      return {};
    }
    return v.Scalar();
  }
  double number(const YAML::Node& v, const char* what, double least, double most) {
    double x = 0;
    if (!v.IsDefined() || !v.IsScalar() || !YAML::convert<double>::decode(v, x)) {
      fail(v, fmt::format("{} must be a number", what));
      return least;
    }
    if (!(x >= least && x <= most)) {
      fail(v, fmt::format("{} is {}, expected {} to {}", what, x, least, most));
      return least;
    }
    return x;
  }

 private:
  std::string name_;
  std::optional<Error> error_;
};

/// A list of {property, value, ...} as the standard writes custom and service-level properties.
template <class Take>
void properties(Reading& r, const YAML::Node& list, const std::vector<std::string>& known,
                const Take& take) {
  if (!list.IsDefined()) return;
  if (!list.IsSequence()) return r.fail(list, "expected a list of properties");
  for (const auto& p : list) {
    if (!p.IsMap()) return r.fail(p, "expected property and value");
    const std::string name = r.text(p, "property");
    if (r.error()) return;
    if (std::find(known.begin(), known.end(), name) == known.end())
      return r.unknown(p["property"], name, known);
    if (!p["value"].IsDefined())
      return r.fail(p, fmt::format("the property {} has no value", name));
    take(name, p);
  }
}

double unit_factor(Reading& r, const YAML::Node& at, const std::string& unit) {
  const auto it =
      std::find_if(kUnits.begin(), kUnits.end(), [&](const Unit& u) { return unit == u.name; });
  if (it != kUnits.end()) return it->factor;
  std::vector<std::string> names;
  for (const auto& u : kUnits) names.emplace_back(u.name);
  r.unknown(at, unit, names);
  return 1;
}

std::vector<std::string> class_names() {
  std::vector<std::string> out;
  for (const auto k : kDataClasses) out.emplace_back(name_of(k));
  return out;
}

FieldRule read_field(Reading& r, const YAML::Node& p) {
  FieldRule f;
  f.name = r.text(p, "name");
  if (const YAML::Node own = p["classification"]; own.IsDefined()) {
    const auto data_class = data_class_of(own.IsScalar() ? own.Scalar() : "");
    if (!data_class) {
      r.unknown(own, own.IsScalar() ? own.Scalar() : "", class_names());
      return f;
    }
    f.data_class = *data_class;
    f.is_classified = true;
  }
  if (const YAML::Node options = p["logicalTypeOptions"]; options.IsDefined()) {
    if (!options.IsMap()) {
      r.fail(options, "expected minimum and maximum");
      return f;
    }
    if (options["minimum"].IsDefined())
      f.minimum = r.number(options["minimum"], "minimum", -1e18, 1e18);
    if (options["maximum"].IsDefined())
      f.maximum = r.number(options["maximum"], "maximum", -1e18, 1e18);
    if (f.minimum && f.maximum && *f.minimum > *f.maximum)
      r.fail(options, "the minimum is above the maximum");
  }
  double factor = 1, scale = 1;
  properties(r, p["customProperties"], {"unit", "scale"},
             [&](const std::string& name, const YAML::Node& property) {
               if (name == "unit") {
                 f.unit = r.text(property, "value");
                 factor = unit_factor(r, property["value"], f.unit);
               } else {
                 scale = r.number(property["value"], "scale", 1e-12, 1e12);
               }
             });
  f.to_unified = factor * scale;
  return f;
}

void read_schema(Reading& r, const YAML::Node& schema, Contract& c) {
  if (!schema.IsDefined() || !schema.IsSequence() || schema.size() != 1 || !schema[0].IsMap())
    return r.fail(schema, "schema must list the one message of this dataset");
  c.message = r.text(schema[0], "physicalName");
  const YAML::Node fields = schema[0]["properties"];
  if (!fields.IsDefined() || !fields.IsSequence())
    return r.fail(schema[0], "the schema needs properties");
  for (const auto& p : fields) {
    if (!p.IsMap()) return r.fail(p, "expected a property with its name");
    c.fields.push_back(read_field(r, p));
    if (r.error()) return;
  }
}

void read_service_levels(Reading& r, const YAML::Node& list, Contract& c) {
  bool has_latency = false;
  properties(r, list, kSla, [&](const std::string& name, const YAML::Node& p) {
    double v = r.number(p["value"], name.c_str(), 0, 1e9);
    const std::string unit = p["unit"].IsDefined() ? r.text(p, "unit") : "s";
    if (unit == "d") {
      v *= 86'400;
    } else if (unit == "h") {
      v *= 3600;
    } else if (unit != "s") {
      r.fail(p["unit"], fmt::format("the unit \"{}\" is none of s, h, d", unit));
    }
    has_latency = has_latency || name == "latency";
    if (name == "latency") c.maximum_delay_s = v;
    if (name == "freshness") c.freshness_s = v;
    if (name == "retention") c.retention_s = v;
  });
  if (!has_latency)
    r.fail(
        list,
        "slaProperties must state the latency: the greatest delay between event and publication");
}

void read_sharing(Reading& r, const YAML::Node& value, Contract& c) {
  const std::string s = value.IsScalar() ? value.Scalar() : "";
  if (s == "unconditional") {
    c.sharing = SharingClass::kUnconditional;
  } else if (s == "conditional") {
    c.sharing = SharingClass::kConditional;
  } else if (s == "not-shared") {
    c.sharing = SharingClass::kNotShared;
  } else {
    r.unknown(value, s, {"unconditional", "conditional", "not-shared"});
  }
}

/// One class or a list of them.
void read_classification(Reading& r, const YAML::Node& value, Contract& c) {
  std::vector<std::string> names;
  if (value.IsScalar()) names.push_back(value.Scalar());
  if (value.IsSequence())
    for (const auto& v : value) names.push_back(v.IsScalar() ? v.Scalar() : "");
  if (names.empty()) return r.fail(value, "classification must be a class of data, or a list");
  c.classes = {};
  for (const auto& name : names) {
    if (const auto data_class = data_class_of(name)) {
      c.classes.add(*data_class);
      continue;
    }
    return r.unknown(value, name, class_names());
  }
}

void read_crs(Reading& r, const YAML::Node& value, Contract& c) {
  const std::string s = value.IsScalar() ? value.Scalar() : "";
  if (s == "none") {
    c.crs = Crs::kNone;
  } else if (s == "EPSG:4490") {
    c.crs = Crs::kCgcs2000;
  } else if (s == "GCJ-02") {
    c.crs = Crs::kGcj02;
  } else {
    r.unknown(value, s, {"none", "EPSG:4490", "GCJ-02"});
  }
}

void read_masks(Reading& r, const YAML::Node& value, Contract& c) {
  std::vector<std::string> fields;
  for (const auto& f : c.fields) fields.push_back(f.name);
  c.masking = read_masking(value, c.file, fields,
                           [&](const YAML::Node& at, std::string what, std::string mend) {
                             r.fail(at, "maskingRules: " + what, std::move(mend));
                           });
}

/// A field without a class of its own has the strictest of the dataset's.
void classify_fields(Contract& c) {
  for (auto& f : c.fields)
    if (!f.is_classified) f.data_class = c.classes.list().back();
}

void read_own(Reading& r, const YAML::Node& root, Contract& c) {
  bool has_class = false;
  properties(r, root["customProperties"], kOwn, [&](const std::string& name, const YAML::Node& p) {
    const YAML::Node value = p["value"];
    if (name == "department") c.department = r.text(p, "value");
    if (name == "leadSource") c.lead_source = r.text(p, "value");
    if (name == "idScheme") c.id_scheme = r.text(p, "value");
    if (name == "sharingLaw") c.sharing_law = r.text(p, "value");
    if (name == "crs") read_crs(r, value, c);
    if (name == "classification") read_classification(r, value, c);
    if (name == "utcOffsetMinutes")
      c.utc_offset_min =
          static_cast<std::int32_t>(r.number(value, "utcOffsetMinutes", -14 * 60, 14 * 60));
    if (name == "clockToleranceSeconds")
      c.clock_tolerance_s = r.number(value, "clockToleranceSeconds", 0, 3600);
    if (name == "sharingClass") {
      has_class = true;
      read_sharing(r, value, c);
    }
    if (name == "maskingRules") read_masks(r, value, c);
    if (name == "purposes") {
      if (!value.IsSequence()) return r.fail(value, "purposes must be a list");
      for (const auto& x : value) {
        if (!x.IsScalar()) return r.fail(x, "a purpose must be a text");
        c.purposes.push_back(x.Scalar());
      }
    }
  });
  if (r.error()) return;
  classify_fields(c);
  if (c.department.empty())
    r.fail(root, "customProperties must name the department that owns the dataset");
  if (!has_class) r.fail(root, "customProperties must give the sharingClass");
  if (c.sharing == SharingClass::kNotShared && c.sharing_law.empty())
    r.fail(root, "a dataset that is not shared must name the law that says so (sharingLaw)");
}

Contract read(Reading& r, const YAML::Node& root, std::string_view name) {
  Contract c;
  c.file = name;
  if (!root.IsMap()) {
    r.fail(root, "expected a contract: a mapping with apiVersion, kind, id, version, status");
    return c;
  }
  r.known_keys(root, kTop);
  if (r.error()) return c;
  if (const auto v = r.text(root, "apiVersion"); !v.starts_with("v3."))
    r.fail(root["apiVersion"], fmt::format("apiVersion {} is not supported, expected v3.1.0", v));
  if (const auto v = r.text(root, "kind"); v != "DataContract")
    r.fail(root["kind"], fmt::format("kind must be DataContract, found {}", v));
  (void)r.text(root, "id");
  (void)r.text(root, "status");
  c.version = r.text(root, "version");
  c.dataset = r.text(root, "name");
  if (!r.error() && c.dataset.find('.') == std::string::npos)
    r.fail(root["name"], "name must be <department>.<dataset>");
  if (r.error()) return c;
  read_schema(r, root["schema"], c);
  read_service_levels(r, root["slaProperties"], c);
  read_own(r, root, c);
  return c;
}

}  // namespace

Result<Contract> Catalog::parse(std::string_view text, std::string_view name) {
  Reading reading(name);
  try {
    const YAML::Node root = YAML::Load(std::string(text));
    Contract c = read(reading, root, name);
    if (reading.error()) return *reading.error();
    return c;
  } catch (const YAML::Exception& e) {
    const std::string where =
        e.mark.is_null() ? std::string(name)
                         : fmt::format("{}:{}:{}", name, e.mark.line + 1, e.mark.column + 1);
    return Error{"CB-INPUT-CONTRACT", "not valid YAML: " + e.msg, where,
                 "check indentation and quotes at this place"};
  }
}

const FieldRule* Contract::field(std::string_view field_name) const {
  const auto it = std::find_if(fields.begin(), fields.end(),
                               [&](const FieldRule& f) { return f.name == field_name; });
  return it == fields.end() ? nullptr : &*it;
}

}  // namespace citybrain::catalog
