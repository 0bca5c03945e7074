#include "scenarios/experiment/part_report.h"

#include <fmt/format.h>

#include <boost/json.hpp>

namespace citybrain::experiment {

namespace json = boost::json;
using model::Error;
using model::Result;

namespace {

constexpr const char* kReport = "citybrain.part";

json::object counters_json(const access::Counters& c) {
  return {{"records", c.records},       {"observations", c.observations},
          {"admitted", c.admitted},     {"quarantined", c.quarantined},
          {"duplicates", c.duplicates}, {"late", c.late}};
}

access::Counters read_counters(const json::object& o) {
  const auto at = [&](const char* key) { return o.at(key).to_number<std::uint64_t>(); };
  return {at("records"),     at("observations"), at("admitted"),
          at("quarantined"), at("duplicates"),   at("late")};
}

json::object hub_json(const HubFigures& f, const catalog::Catalog& catalog) {
  json::object datasets;
  for (std::size_t d = 0; d < f.counters.size(); ++d)
    datasets[catalog.contracts()[d].dataset] = counters_json(f.counters[d]);
  json::array districts;
  for (const auto& d : f.districts) {
    json::array counters;
    for (const auto& c : d.counters) counters.push_back(counters_json(c));
    districts.push_back({{"district", d.district.value},
                         {"step", d.step},
                         {"commands", d.totals.commands},
                         {"proposals_refused", d.totals.proposals_refused},
                         {"commands_refused", d.totals.commands_refused},
                         {"counters", std::move(counters)}});
  }
  return {{"commands", f.totals.commands},
          {"proposals_refused", f.totals.proposals_refused},
          {"commands_refused", f.totals.commands_refused},
          {"record_to_command_ms", {{"p50", f.p50_ms}, {"p99", f.p99_ms}}},
          {"datasets", std::move(datasets)},
          {"districts", std::move(districts)}};
}

node::Totals read_totals(const json::object& o) {
  return {o.at("commands").to_number<std::uint64_t>(),
          o.at("proposals_refused").to_number<std::uint64_t>(),
          o.at("commands_refused").to_number<std::uint64_t>()};
}

node::DistrictFigures read_district(const json::object& o) {
  node::DistrictFigures f;
  f.district = model::DistrictId{o.at("district").to_number<std::uint32_t>()};
  f.step = o.at("step").to_number<model::Step>();
  f.totals = read_totals(o);
  for (const auto& c : o.at("counters").as_array())
    f.counters.push_back(read_counters(c.as_object()));
  return f;
}

HubFigures read_hub(const json::object& o, const catalog::Catalog& catalog) {
  HubFigures f;
  f.totals = read_totals(o);
  for (const auto& d : o.at("districts").as_array())
    f.districts.push_back(read_district(d.as_object()));
  f.p50_ms = o.at("record_to_command_ms").at("p50").to_number<double>();
  f.p99_ms = o.at("record_to_command_ms").at("p99").to_number<double>();
  for (const auto& c : catalog.contracts())
    f.counters.push_back(read_counters(o.at("datasets").at(c.dataset).as_object()));
  return f;
}

std::vector<std::string> texts(const json::value& list) {
  std::vector<std::string> out;
  for (const auto& t : list.as_array()) out.emplace_back(t.as_string());
  return out;
}

PartReport read(const json::object& o, const catalog::Catalog& catalog) {
  PartReport r;
  r.part = o.at("part").as_string();
  r.identity = o.at("identity").as_string();
  r.wall_s = o.at("wall_s").to_number<double>();
  r.cpu_s = o.at("cpu_s").to_number<double>();
  if (const auto* remarks = o.if_contains("warnings")) r.remarks = texts(*remarks);
  if (const auto* sources = o.if_contains("sources")) r.sources = texts(*sources);
  if (const auto* hub = o.if_contains("hub")) r.figures = read_hub(hub->as_object(), catalog);
  return r;
}

}  // namespace

std::string part_json(const PartReport& r, const catalog::Catalog& catalog) {
  json::object o{{"report", kReport},      {"report_version", 1}, {"part", r.part},
                 {"identity", r.identity}, {"wall_s", r.wall_s},  {"cpu_s", r.cpu_s}};
  if (r.part == "city") o["warnings"] = json::value_from(r.remarks);
  if (r.part == "connector") o["sources"] = json::value_from(r.sources);
  if (r.part == "hub") o["hub"] = hub_json(r.figures, catalog);
  return json::serialize(o) + "\n";
}

Result<PartReport> parse_part_json(std::string_view text, std::string_view name,
                                   const catalog::Catalog& catalog) {
  const auto wrong = [&](std::string what) {
    return Error{"CB-INPUT-REPORT", "a part of a run left no report: " + std::move(what),
                 std::string(name), ""};
  };
  boost::system::error_code ec;
  const auto parsed = json::parse(text, ec);
  if (ec) return wrong(ec.message());
  const auto* o = parsed.if_object();
  const auto* kind = o == nullptr ? nullptr : o->if_contains("report");
  if (kind == nullptr || *kind != kReport)
    return wrong(fmt::format("expected an object with \"report\": \"{}\"", kReport));
  try {
    return read(*o, catalog);
  } catch (const std::exception& e) {  // a key that is missing or of another kind
    return wrong(e.what());
  }
}

}  // namespace citybrain::experiment
