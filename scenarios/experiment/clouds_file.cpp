#include "scenarios/experiment/clouds_file.h"

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <yaml-cpp/yaml.h>

#include <algorithm>

#include "hub/model/nearest.h"
#include "hub/runtime/files.h"
#include "scenarios/experiment/scenario_parts.h"

namespace citybrain::experiment {

using cloud::Cloud;
using model::Error;
using model::Result;

namespace {

constexpr const char* kClouds[] = {"government", "commercial", "civilian"};

bool plain_name(const std::string& name) {
  return !name.empty() && name.size() <= 64 &&
         std::all_of(name.begin(), name.end(),
                     [](unsigned char c) { return c > 0x20 && c != '/' && c != '"' && c != 0x7f; });
}

/// The keys of a mapping of names, each checked.
std::vector<std::string> names_of(Fields& f, const char* key) {
  std::vector<std::string> out;
  const YAML::Node map = f.raw(key);
  if (!map.IsDefined() || !map.IsMap()) return out;
  for (const auto& e : map) {
    const std::string name = e.first.IsScalar() ? e.first.Scalar() : "";
    if (!plain_name(name))
      f.fail(e.first, key, "expected a name of at most 64 letters without spaces, / and quotes");
    if (std::find(out.begin(), out.end(), name) != out.end())
      f.fail(e.first, key, fmt::format("\"{}\" is there twice", name));
    out.push_back(name);
  }
  return out;
}

cloud::ClassSet read_classes(Fields& f, const char* key, cloud::ClassSet usual) {
  if (!f.has(key)) {
    (void)f.raw(key);
    return usual;
  }
  std::vector<std::string> names;
  f.texts(key, names);
  cloud::ClassSet out;
  for (const auto& name : names) {
    if (const auto c = catalog::data_class_of(name)) {
      out.add(*c);
      continue;
    }
    std::vector<std::string> valid;
    for (const auto c : catalog::kDataClasses) valid.emplace_back(catalog::name_of(c));
    const auto near = model::nearest(name, valid);
    f.fail(f.raw(key), key, fmt::format("\"{}\" is no class of data", name),
           near.empty() ? fmt::format("classes: {}", fmt::join(valid, ", "))
                        : fmt::format("did you mean \"{}\"?", near));
  }
  return out;
}

void read_node(Fields f, Cloud kind, cloud::ClassSet cloud_holds, cloud::Node& out) {
  out.cloud = kind;
  f.require("capacity");
  f.whole("capacity", out.room.value, 1, cloud::kMostUnits);
  f.text("zone", out.zone);
  out.holds = read_classes(f, "holds", cloud_holds);
  if (!cloud_holds.covers(out.holds))
    f.fail(f.raw("holds"), "holds",
           fmt::format("its cloud may not hold {}", out.holds.without(cloud_holds).text()),
           fmt::format("the {} cloud holds {}", name_of(kind), cloud_holds.text()));
  f.finish();
}

void read_cloud(Fields f, Cloud kind, cloud::Clouds& out) {
  if (!f.present()) return;
  const auto holds = read_classes(f, "holds", cloud::usual_classes(kind));
  const auto never = kind == Cloud::kGovernment ? cloud::ClassSet() : catalog::kGovernmentOnly;
  if (const auto wrong = holds.without(holds.without(never)); !wrong.empty())
    f.fail(f.raw("holds"), "holds",
           fmt::format("only the government cloud may hold {}", wrong.text()),
           fmt::format("the {} cloud may hold {}", name_of(kind),
                       cloud::ClassSet::all().without(never).text()));
  f.require("nodes");
  Fields nodes = f.map("nodes");
  for (const auto& name : names_of(f, "nodes")) {
    const bool twice = std::any_of(out.nodes.begin(), out.nodes.end(),
                                   [&](const cloud::Node& n) { return n.name.text == name; });
    if (twice)
      f.fail(f.raw("nodes"), "nodes", fmt::format("another cloud has a node \"{}\", too", name));
    out.nodes.emplace_back();
    out.nodes.back().name.text = name;
    read_node(nodes.map(name.c_str()), kind, holds, out.nodes.back());
  }
  nodes.finish();
  f.finish();
}

void read_service(Fields f, cloud::Service& out) {
  f.whole("load", out.load.value, 1, cloud::kMostUnits);
  out.classes = read_classes(f, "classes", out.classes);
  std::vector<std::string> names;
  f.texts("clouds", names);
  for (const auto& name : names) {
    if (const auto kind = cloud::cloud_of(name)) {
      out.clouds.push_back(*kind);
    } else {
      f.fail(f.raw("clouds"), "clouds",
             fmt::format("expected {}, found \"{}\"", fmt::join(kClouds, ", "), name));
    }
  }
  f.finish();
}

void read_district(const std::string& file, Fields& districts, const std::string& name,
                   cloud::DistrictRule& out) {
  out.name = name;
  const auto mark = districts.raw(name.c_str()).Mark();
  out.where = mark.is_null() ? file : fmt::format("{}:{}:{}", file, mark.line + 1, mark.column + 1);
  Fields f = districts.map(name.c_str());
  if (f.has("load")) {
    cloud::Units load{1};
    f.whole("load", load.value, 1, cloud::kMostUnits);
    out.load = load;
  }
  (void)f.raw("load");
  out.adds = read_classes(f, "adds", {});
  f.finish();
}

}  // namespace

void read_clouds(Document& document, Fields f, std::optional<cloud::Clouds>& out) {
  if (!f.present()) return;
  cloud::Clouds clouds;
  for (const char* name : kClouds) read_cloud(f.map(name), *cloud::cloud_of(name), clouds);
  Fields services = f.map("services");
  for (const auto& name : names_of(f, "services")) {
    clouds.services.push_back({.name = name, .clouds = {}});
    read_service(services.map(name.c_str()), clouds.services.back());
  }
  services.finish();
  Fields districts = f.map("districts");
  for (const auto& name : names_of(f, "districts"))
    read_district(document.file, districts, name, clouds.districts.emplace_back());
  districts.finish();
  f.finish();
  if (clouds.nodes.empty())
    f.fail(YAML::Node(YAML::NodeType::Undefined), "government",
           "there is no node on any of the clouds",
           "for example: government: {nodes: {g1: {capacity: 100}}}");
  out = std::move(clouds);
}

Result<cloud::Clouds> parse_clouds(const std::string& text, const std::string& file_name) {
  Document document{file_name, {}, "CB-INPUT-CLOUDS"};
  try {
    const YAML::Node root = YAML::Load(text);
    CITYBRAIN_TRY(within_bounds(root, document));
    Fields f(document, root, "");
    if (!f.present())
      document.fail(root.Mark(), "clouds", "expected a mapping with citybrain: 1 and clouds: ...");
    std::uint32_t format = 0;
    f.require("citybrain");
    f.whole("citybrain", format, 1, 1);
    f.require("clouds");
    std::optional<cloud::Clouds> out;
    read_clouds(document, f.map("clouds"), out);
    f.finish();
    if (document.error) return *document.error;
    if (!out) return Error{document.code, "clouds: expected a mapping of clouds", file_name, ""};
    return *std::move(out);
  } catch (const YAML::Exception& e) {
    const std::string where =
        e.mark.is_null() ? file_name
                         : fmt::format("{}:{}:{}", file_name, e.mark.line + 1, e.mark.column + 1);
    return Error{document.code, "not valid YAML: " + e.msg, where,
                 "check indentation and quotes at this place"};
  }
}

Result<cloud::Clouds> load_clouds(const std::filesystem::path& file) {
  CITYBRAIN_ASSIGN(text, runtime::read_file(file, "CB-INPUT-CLOUDS"));
  return parse_clouds(text, file.string());
}

}  // namespace citybrain::experiment
