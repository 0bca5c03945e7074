// Groups whose members share one process: who owns which partition. Private to hub/network.
//
// Every group knows its members in the order of joining. A target is worked out at every change:
// each member keeps what it has up to its fair share, the rest is dealt out (sticky). A partition
// goes to its new owner when the old one has given it up (cooperative). Threading: safe from many
// threads.
#pragma once

#include <chrono>
#include <condition_variable>
#include <map>
#include <memory>
#include <mutex>
#include <set>
#include <string>
#include <vector>

#include "hub/network/network.h"

namespace citybrain::network {

class LocalGroups {
 public:
  LocalGroups();
  ~LocalGroups();
  /// `partitions` are those of all topics that the member reads, in order.
  model::Result<std::unique_ptr<Membership>> join(const GroupOptions& options,
                                                  std::vector<TopicPartition> partitions);

 private:
  struct Shared;
  class Member;
  std::shared_ptr<Shared> shared_;
};

}  // namespace citybrain::network
