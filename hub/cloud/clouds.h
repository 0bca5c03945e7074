// What is registered on the clouds: nodes, services, and what is special about districts. Read from
// a clouds file (docs/cloud.md); values, safe to read from many threads.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "hub/cloud/placement.h"

namespace citybrain::cloud {

/// A part of the hub that is addressed by its name, wherever it is: the schema registry, say.
struct Service {
  std::string name;
  Units load{1};
  ClassSet classes = {catalog::DataClass::kPublic};
  std::vector<Cloud> clouds;  ///< only there; empty: wherever its classes may be
};

/// What a district has beside what follows from the scenario.
struct DistrictRule {
  std::string name;
  std::optional<Units> load;  ///< instead of its signalised junctions
  ClassSet adds;              ///< classes beside those of the datasets that flow there
  std::string where;          ///< file, line and column, for errors
};

struct Clouds {
  std::vector<Node> nodes;
  std::vector<Service> services;
  std::vector<DistrictRule> districts;
};

std::optional<Cloud> cloud_of(std::string_view name);
/// What a node of this cloud holds unless its file says otherwise.
ClassSet usual_classes(Cloud cloud);
/// Where nothing is said: one node of the government cloud that may hold everything, and the schema
/// registry.
Clouds usual_clouds();

/// Names of partitions: districts and services have name spaces of their own.
PartitionName district_partition(std::string_view district);
PartitionName service_partition(std::string_view service);
/// What a partition's name says: the district's or service's own; empty when it is of the other
/// kind.
std::string_view district_name(const PartitionName& partition);
std::string_view service_name(const PartitionName& partition);

Partition partition_of(const Service& service);

}  // namespace citybrain::cloud
