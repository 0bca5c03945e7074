#include "hub/cloud/clouds.h"

namespace citybrain::cloud {

namespace {

constexpr std::string_view kDistrict = "district/";
constexpr std::string_view kService = "service/";
constexpr Cloud kClouds[] = {Cloud::kGovernment, Cloud::kCommercial, Cloud::kCivilian};

std::string_view behind(std::string_view prefix, std::string_view name) {
  return name.starts_with(prefix) ? name.substr(prefix.size()) : std::string_view();
}

}  // namespace

std::optional<Cloud> cloud_of(std::string_view name) {
  for (const auto c : kClouds)
    if (name_of(c) == name) return c;
  return std::nullopt;
}

ClassSet usual_classes(Cloud cloud) {
  using catalog::DataClass;
  switch (cloud) {
    case Cloud::kGovernment:
      return ClassSet::all();
    case Cloud::kCommercial:
      return {DataClass::kPublic, DataClass::kInternal};
    case Cloud::kCivilian:
      return {DataClass::kPublic};
  }
  return {};
}

Clouds usual_clouds() {
  Clouds out;
  out.nodes.push_back({{"government-1"}, Cloud::kGovernment, {kMostUnits}, ClassSet::all(), ""});
  out.services.push_back({"schema-registry", {1}, {catalog::DataClass::kPublic}, {}});
  return out;
}

PartitionName district_partition(std::string_view district) {
  return {std::string(kDistrict) + std::string(district)};
}
PartitionName service_partition(std::string_view service) {
  return {std::string(kService) + std::string(service)};
}
std::string_view district_name(const PartitionName& partition) {
  return behind(kDistrict, partition.text);
}
std::string_view service_name(const PartitionName& partition) {
  return behind(kService, partition.text);
}

Partition partition_of(const Service& service) {
  return {service_partition(service.name), service.load, service.classes, service.clouds};
}

}  // namespace citybrain::cloud
