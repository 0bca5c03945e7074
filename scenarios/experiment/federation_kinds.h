// What regions share, as the kinds of resources from which a catalogue is generated: six domains
// (规划管理、项目管理、生态环境、一网通办、公共信用、产业经济), their purposes, and per kind its
// fields. Made up for this program, after the domains that the Yangtze-delta zone names; no
// register of any government. Private to scenarios/experiment.
#pragma once

#include <span>

namespace citybrain::experiment {

struct DomainKind {
  const char* name;
  const char* zh;
  const char* purposes;  ///< comma-separated
};

/// Fields: "name|zh|type|unit|least|most" (type i: integer, n: number) or "name|zh|s|A,B,C" (one of
/// these words), separated by ';'.
struct ResourceKind {
  const char* domain;
  const char* name;
  const char* title;
  const char* zh;
  char sharing;  ///< u unconditional, c conditional, n not shared
  const char* classification;
  unsigned every_s;  ///< between two changes of the resource
  unsigned entities;
  const char* fields;
};

std::span<const DomainKind> federation_domains();
std::span<const ResourceKind> federation_kinds();

}  // namespace citybrain::experiment
