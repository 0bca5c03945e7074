#include "hub/catalog/profile.h"

#include <fmt/format.h>
#include <google/protobuf/descriptor.h>
#include <google/protobuf/message.h>

#include <algorithm>
#include <cmath>
#include <optional>
#include <vector>

#include "hub/catalog/unified.h"
#include "hub/model/datum.h"
#include "schemas/messages.h"

namespace citybrain::catalog {

using google::protobuf::FieldDescriptor;
using google::protobuf::Message;
using google::protobuf::Reflection;

namespace {

struct Value {
  std::optional<double> number;
  std::string text;
};

Value value_of(const Message& m, const FieldDescriptor& f, int i) {
  const Reflection& r = *m.GetReflection();
  const bool many = f.is_repeated();
  switch (f.cpp_type()) {
    case FieldDescriptor::CPPTYPE_INT32:
      return {many ? r.GetRepeatedInt32(m, &f, i) : r.GetInt32(m, &f), {}};
    case FieldDescriptor::CPPTYPE_INT64:
      return {static_cast<double>(many ? r.GetRepeatedInt64(m, &f, i) : r.GetInt64(m, &f)), {}};
    case FieldDescriptor::CPPTYPE_UINT32:
      return {many ? r.GetRepeatedUInt32(m, &f, i) : r.GetUInt32(m, &f), {}};
    case FieldDescriptor::CPPTYPE_UINT64:  // keys and pseudonyms, not quantities
      return {std::nullopt,
              std::to_string(many ? r.GetRepeatedUInt64(m, &f, i) : r.GetUInt64(m, &f))};
    case FieldDescriptor::CPPTYPE_FLOAT:
      return {many ? r.GetRepeatedFloat(m, &f, i) : r.GetFloat(m, &f), {}};
    case FieldDescriptor::CPPTYPE_DOUBLE:
      return {many ? r.GetRepeatedDouble(m, &f, i) : r.GetDouble(m, &f), {}};
    case FieldDescriptor::CPPTYPE_BOOL:
      return {(many ? r.GetRepeatedBool(m, &f, i) : r.GetBool(m, &f)) ? 1.0 : 0.0, {}};
    case FieldDescriptor::CPPTYPE_ENUM:
      return {many ? r.GetRepeatedEnumValue(m, &f, i) : r.GetEnumValue(m, &f), {}};
    case FieldDescriptor::CPPTYPE_STRING:
      return {std::nullopt, many ? r.GetRepeatedString(m, &f, i) : r.GetString(m, &f)};
    case FieldDescriptor::CPPTYPE_MESSAGE:
      break;
  }
  return {};
}

model::GeoPoint unshifted(const model::GeoPoint& p, Crs crs) {
  if (crs == Crs::kGcj02) return model::cgcs2000_from_gcj02(p);
  if (crs == Crs::kBd09) return model::cgcs2000_from_gcj02(model::gcj02_from_bd09(p));
  return p;
}

}  // namespace

struct Profiler::Impl {
  const Contract& contract;
  std::unique_ptr<Message> message;
  Profile profile;
  std::vector<std::string> lon_paths, lat_paths;  ///< in pairs
  std::map<std::string, std::vector<double>> positions;

  explicit Impl(const Contract& c) : contract(c) {
    if (const auto* descriptor = schemas::message(c.message))
      message.reset(
          google::protobuf::MessageFactory::generated_factory()->GetPrototype(descriptor)->New());
    for (const auto& t : taken_fields()) {
      if (t.message != c.message || t.taken != Taken::kPosition) continue;
      (t.path.find("lon") != std::string_view::npos ? lon_paths : lat_paths).emplace_back(t.path);
    }
  }

  void take(const std::string& path, const Value& v) {
    const FieldRule* rule = contract.field(path);
    auto& f = profile.fields[path];
    ++f.values;
    std::uint64_t hash = 0;
    if (v.number) {
      const double unified = *v.number * (rule == nullptr ? 1 : rule->to_unified);
      hash = hash_of(unified);
      f.numbers.add(unified);
      if (std::find(lon_paths.begin(), lon_paths.end(), path) != lon_paths.end() ||
          std::find(lat_paths.begin(), lat_paths.end(), path) != lat_paths.end())
        positions[path].push_back(unified);
    } else {
      hash = hash_of(v.text);
    }
    f.distinct.add(hash);
    f.hashes.add(hash);
  }

  void walk(const Message& m, const std::string& prefix) {
    const auto* descriptor = m.GetDescriptor();
    const Reflection& r = *m.GetReflection();
    for (int i = 0; i < descriptor->field_count(); ++i) {
      const FieldDescriptor& f = *descriptor->field(i);
      const int n = f.is_repeated() ? r.FieldSize(m, &f) : 1;
      const bool is_message = f.cpp_type() == FieldDescriptor::CPPTYPE_MESSAGE;
      for (int k = 0; k < n; ++k) {
        if (!is_message)
          take(prefix + f.name(), value_of(m, f, k));
        else
          walk(f.is_repeated() ? r.GetRepeatedMessage(m, &f, k) : r.GetMessage(m, &f),
               prefix + f.name() + ".");
      }
    }
  }

  void take_positions(std::int64_t publish_ms) {
    for (std::size_t pair = 0; pair < std::min(lon_paths.size(), lat_paths.size()); ++pair) {
      const auto& lon = positions[lon_paths[pair]];
      const auto& lat = positions[lat_paths[pair]];
      for (std::size_t i = 0; i < std::min(lon.size(), lat.size()); ++i) {
        if (lon[i] == 0 && lat[i] == 0) continue;  // not located
        const auto at = unshifted({lon[i], lat[i]}, contract.crs);
        const auto cell = fmt::format("{:.0f}/{:.0f}", at.lon_deg * 1000, at.lat_deg * 1000);
        profile.cells.add(hash_of(cell));
        profile.moments.add(hash_of(fmt::format("{}/{}", cell, publish_ms / 60'000)));
      }
    }
    for (auto& [path, values] : positions) values.clear();
  }
};

Profiler::Profiler(const Contract& contract) : impl_(std::make_unique<Impl>(contract)) {}
Profiler::~Profiler() = default;
Profiler::Profiler(Profiler&&) noexcept = default;

void Profiler::add(std::string_view payload, std::int64_t publish_ms, std::uint32_t district) {
  auto& p = impl_->profile;
  p.first_ms = p.records == 0 ? publish_ms : std::min(p.first_ms, publish_ms);
  p.last_ms = p.records == 0 ? publish_ms : std::max(p.last_ms, publish_ms);
  ++p.records;
  p.bytes += payload.size();
  p.districts.insert(district);
  if (impl_->message == nullptr ||
      !impl_->message->ParseFromArray(payload.data(), static_cast<int>(payload.size()))) {
    ++p.unreadable;
    return;
  }
  impl_->walk(*impl_->message, "");
  impl_->take_positions(publish_ms);
}

const Profile& Profiler::profile() const { return impl_->profile; }

}  // namespace citybrain::catalog
