#include "hub/catalog/contract_fields.h"

namespace citybrain::catalog {

namespace {

constexpr int kDeepest = 6;
const std::vector<std::string> kField = {"id",
                                         "name",
                                         "businessName",
                                         "description",
                                         "logicalType",
                                         "physicalType",
                                         "physicalName",
                                         "required",
                                         "unique",
                                         "primaryKey",
                                         "primaryKeyPosition",
                                         "partitioned",
                                         "partitionKeyPosition",
                                         "classification",
                                         "encryptedName",
                                         "criticalDataElement",
                                         "tags",
                                         "examples",
                                         "logicalTypeOptions",
                                         "items",
                                         "properties",
                                         "quality",
                                         "relationships",
                                         "authoritativeDefinitions",
                                         "transformSourceObjects",
                                         "transformLogic",
                                         "transformDescription",
                                         "customProperties"};
const std::vector<std::string> kFieldOwn = {"unit", "scale", "idScheme", "personalIdentifier"};

void read_fields(Reading& r, const YAML::Node& list, const std::string& prefix, int depth,
                 Contract& c);

void read_options(Reading& r, const YAML::Node& options, FieldRule& f) {
  if (!options.IsDefined()) return;
  if (!options.IsMap()) return r.fail(options, "expected minimum, maximum or format");
  if (options["minimum"].IsDefined())
    f.minimum = r.number(options["minimum"], "minimum", -1e19, 1e19);
  if (options["maximum"].IsDefined())
    f.maximum = r.number(options["maximum"], "maximum", -1e19, 1e19);
  if (f.minimum && f.maximum && *f.minimum > *f.maximum)
    r.fail(options, "the minimum is above the maximum");
  f.format = r.text_or_none(options, "format");
}

void read_unit(Reading& r, const YAML::Node& at, const std::string& text, FieldRule& f) {
  f.unit = text;
  const auto unit = unit_of(text);
  if (unit) {
    f.to_unified = unit->factor;
    f.dimension = unit->dimension;
    return;
  }
  const auto near = nearest_unit(text);
  r.fail(at, fmt::format("\"{}\" is no unit", text.substr(0, 80)),
         near.empty() ? "expected a UCUM unit, for example m, dm, km/h, m/s, s, ms, deg, 1"
                      : fmt::format("did you mean \"{}\"?", near));
}

void read_own(Reading& r, const YAML::Node& list, FieldRule& f, Contract& c) {
  r.properties(list, kFieldOwn, [&](const std::string& name, const YAML::Node& p) {
    const YAML::Node value = p["value"];
    if (name == "unit") {
      read_unit(r, value, r.text(p, "value"), f);
      c.where.emplace("field." + f.path + ".unit", r.place(value));
    } else if (name == "scale") {
      f.scale = r.number(value, "scale", 1e-12, 1e12);
    } else if (name == "idScheme") {
      f.id_scheme = r.text(p, "value");
      c.where.emplace("field." + f.path + ".idScheme", r.place(value));
    } else {
      f.personal_identifier = r.flag(value, "personalIdentifier");
    }
  });
  f.to_unified *= f.scale;
}

void read_field(Reading& r, const YAML::Node& p, const std::string& prefix, int depth,
                Contract& c) {
  if (!p.IsMap()) return r.fail(p, "expected a property with its name");
  FieldRule f;
  f.name = r.text(p, "name");
  f.path = prefix + f.name;
  const auto outer = r.enter(f.path);
  r.known_keys(p, kField);
  c.where.emplace("field." + f.path, r.place(p["name"].IsDefined() ? p["name"] : p));
  f.logical_type = r.text_or_none(p, "logicalType");
  f.physical_type = r.text_or_none(p, "physicalType");
  f.title_zh = r.text_or_none(p, "businessName");
  f.description = r.text_or_none(p, "description");
  if (p["required"].IsDefined()) f.required = r.flag(p["required"], "required");
  if (const YAML::Node given = p["classification"]; given.IsDefined()) {
    const auto mistakes = r.errors().size();
    f.data_class = read_class(r, given, r.text(p, "classification"));
    f.is_classified = r.errors().size() == mistakes;
    c.where.emplace("field." + f.path + ".classification", r.place(given));
  }
  f.sources = r.texts(p["transformSourceObjects"], "transformSourceObjects");
  if (!f.sources.empty())
    c.where.emplace("field." + f.path + ".sources", r.place(p["transformSourceObjects"]));
  read_own(r, p["customProperties"], f, c);
  const YAML::Node items = p["items"];
  if (items.IsDefined() && !items.IsMap()) r.fail(items, "expected the items' type");
  const bool is_list = items.IsDefined() && items.IsMap();
  read_options(r, is_list ? items["logicalTypeOptions"] : p["logicalTypeOptions"], f);
  const std::string path = f.path;
  c.fields.push_back(std::move(f));
  const YAML::Node inner = is_list ? items["properties"] : p["properties"];
  if (inner.IsDefined()) read_fields(r, inner, path + ".", depth + 1, c);
  r.enter(outer);
}

void read_fields(Reading& r, const YAML::Node& list, const std::string& prefix, int depth,
                 Contract& c) {
  if (!list.IsSequence()) return r.fail(list, "the schema needs a list of properties");
  if (depth > kDeepest)
    return r.fail(list, fmt::format("properties are nested more than {} deep", kDeepest));
  for (const auto& p : list) read_field(r, p, prefix, depth, c);
}

void refuse_repeats(Reading& r, const YAML::Node& schema, const Contract& c) {
  std::vector<std::string> paths;
  for (const auto& f : c.fields) paths.push_back(f.path);
  std::sort(paths.begin(), paths.end());
  const auto twice = std::adjacent_find(paths.begin(), paths.end());
  if (twice != paths.end()) r.fail(schema, fmt::format("the field {} is there twice", *twice));
}

}  // namespace

DataClass read_class(Reading& r, const YAML::Node& at, const std::string& name) {
  if (const auto data_class = data_class_of(name)) return *data_class;
  std::vector<std::string> known;
  for (const auto k : kDataClasses) known.emplace_back(name_of(k));
  r.unknown(at, name, known);
  return DataClass::kCore;
}

void read_schema(Reading& r, const YAML::Node& schema, Contract& c) {
  if (!schema.IsDefined() || !schema.IsSequence() || schema.size() != 1 || !schema[0].IsMap())
    return r.fail(schema, "schema must list the one message of this dataset");
  c.message = r.text(schema[0], "physicalName");
  c.where.emplace("message", r.place(schema[0]["physicalName"]));
  const YAML::Node fields = schema[0]["properties"];
  if (!fields.IsDefined()) return r.fail(schema[0], "the schema needs a list of properties");
  read_fields(r, fields, "", 1, c);
  refuse_repeats(r, schema, c);
}

}  // namespace citybrain::catalog
