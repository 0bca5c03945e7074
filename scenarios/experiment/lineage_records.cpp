#include "scenarios/experiment/lineage_records.h"

#include <fmt/format.h>

#include <algorithm>
#include <boost/json.hpp>
#include <set>

#include "hub/catalog/unified.h"
#include "hub/network/framing.h"
#include "hub/registry/own.h"

namespace citybrain::experiment {

namespace json = boost::json;
using model::Result;

namespace {

constexpr std::size_t kLineagePoll = 4096;
constexpr std::size_t kMostIdentifiers = 8;  // named of one record

std::string message_of(const network::RecordView& r) {
  const auto framed = network::unframe(r.value);
  return framed ? registry::json_of(framed->schema, framed->payload) : std::string();
}

/// Every text in a message.
void texts_of(const json::value& value, std::set<std::string>& out) {
  if (value.is_string()) out.emplace(value.get_string());
  if (value.is_array())
    for (const auto& v : value.get_array()) texts_of(v, out);
  if (value.is_object())
    for (const auto& member : value.get_object()) texts_of(member.value(), out);
}

std::string text_at(const json::object& o, const char* key) {
  const auto* v = o.if_contains(key);
  return v != nullptr && v->is_string() ? std::string(v->get_string()) : std::string();
}

/// "road_1/2", "junction_3": where an entry of a crosswalk points to.
std::string target_of(const json::object& entry) {
  const auto road = text_at(entry, "road"), place = text_at(entry, "place");
  const auto* lane = entry.if_contains("lane");
  if (!road.empty())
    return fmt::format("{}/{}", road, lane == nullptr ? "0" : json::serialize(*lane));
  return place.empty() ? text_at(entry, "junction") : place;
}

struct Identifier {
  std::string own, target, where;
};
using Crosswalks = std::map<std::string, std::map<std::string, std::vector<Identifier>>>;

/// By scheme and device ("CAB-0007/3" is number 3 of the device CAB-0007).
void take_table(const std::string& message, const std::string& where, Crosswalks& out) {
  json::error_code ec;
  const auto parsed = json::parse(message, ec);
  if (ec || !parsed.is_object()) return;
  const auto& o = parsed.get_object();
  const auto* entries = o.if_contains("entries");
  if (entries == nullptr || !entries->is_array()) return;
  auto& scheme = out[text_at(o, "scheme")];
  for (const auto& e : entries->get_array()) {
    if (!e.is_object()) continue;
    const auto own = text_at(e.get_object(), "own");
    scheme[own.substr(0, own.find('/'))].push_back({own, target_of(e.get_object()), where});
  }
}

}  // namespace

DatasetSteps steps_of(const catalog::Contract& c) {
  DatasetSteps d;
  d.dataset = c.dataset;
  d.version = c.version;
  d.department = c.department;
  d.lead_source = c.lead_source;
  d.message = c.message;
  d.id_scheme = c.id_scheme;
  d.crs = catalog::name_of(c.crs);
  const bool shifted = c.crs == catalog::Crs::kGcj02 || c.crs == catalog::Crs::kBd09;
  if (shifted) d.crs += fmt::format(" -> {}", catalog::name_of(catalog::Crs::kCgcs2000));
  d.time_zone = c.time_zone.name();
  for (const auto& f : c.fields) {
    std::string text = f.unit.empty() ? f.path : fmt::format("{}: {}", f.path, f.unit);
    if (f.to_unified != 1) text += fmt::format(" x {:.6g}", f.to_unified);
    if (f.minimum || f.maximum)
      text += fmt::format(" in {}..{}", f.minimum ? fmt::format("{:g}", *f.minimum) : "",
                          f.maximum ? fmt::format("{:g}", *f.maximum) : "");
    d.fields.push_back(std::move(text));
  }
  return d;
}

Result<std::size_t> LineageRecords::number_of(const RecordPlace& place) {
  const auto [at, fresh] = numbers_.emplace(place, records_.size());
  if (!fresh) return at->second;
  auto& out = records_.emplace_back();
  out.topic = catalog_[model::DatasetId{place.dataset}].dataset;
  out.partition = place.partition;
  out.position = place.position;
  CITYBRAIN_ASSIGN(first, log_.begin(out.topic, place.partition));
  CITYBRAIN_ASSIGN(end, log_.end(out.topic, place.partition));
  out.expired = place.position < first || place.position >= end;
  if (out.expired) return at->second;
  CITYBRAIN_ASSIGN(cursor, log_.cursor(out.topic, place.partition, place.position));
  CITYBRAIN_ASSIGN(records, cursor->poll(1));
  if (records.empty() || records.front().position != place.position) {
    out.expired = true;
    return at->second;
  }
  const auto& r = records.front();
  out.time = r.header("ce_time");
  out.source = r.header("ce_source");
  out.id = r.header("ce_id");
  out.subject = r.header("ce_subject");
  out.message = message_of(r);
  return at->second;
}

Result<void> LineageRecords::find_identifiers(model::EventTime until) {
  Crosswalks crosswalks;
  CITYBRAIN_ASSIGN(topics, log_.topics());
  for (const auto& t : topics) {
    const auto* contract = catalog_.find(t.name);
    if (contract == nullptr || !catalog::is_id_table(contract->message)) continue;
    for (network::Partition p = 0; p < t.partitions; ++p) {
      CITYBRAIN_ASSIGN(first, log_.begin(t.name, p));
      CITYBRAIN_ASSIGN(cursor, log_.cursor(t.name, p, first));
      for (bool more = true; more;) {
        CITYBRAIN_ASSIGN(records, cursor->poll(kLineagePoll));
        more = !records.empty();
        for (const auto& r : records)
          if (r.publish_time <= until)
            take_table(message_of(r), fmt::format("{}/{} @ {}", t.name, p, r.position), crosswalks);
      }
    }
  }
  for (auto& record : records_) {
    const auto scheme = crosswalks.find(catalog_.find(record.topic)->id_scheme);
    json::error_code ec;
    const auto message = json::parse(record.message, ec);
    if (scheme == crosswalks.end() || ec) continue;
    std::set<std::string> texts;
    texts_of(message, texts);
    for (const auto& text : texts) {
      const auto device = scheme->second.find(text);
      if (device == scheme->second.end()) continue;
      for (const auto& i : device->second)
        if (record.identifiers.size() < kMostIdentifiers)
          record.identifiers.push_back(fmt::format("{} -> {} ({})", i.own, i.target, i.where));
    }
  }
  return {};
}

std::vector<DatasetSteps> LineageRecords::datasets() const {
  std::set<std::string> names;
  for (const auto& r : records_) names.insert(r.topic);
  std::vector<DatasetSteps> out;
  for (const auto& name : names) out.push_back(steps_of(*catalog_.find(name)));
  return out;
}

}  // namespace citybrain::experiment
