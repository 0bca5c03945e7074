// Barriers: how far every one of a set of sources has got, by what it says on a control topic
// ("nothing more until", "decided up to"). One thread.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "hub/network/network.h"
#include "hub/network/patience.h"

namespace citybrain::network {

class Barriers {
 public:
  /// Reads the topic's one partition from its beginning, also when that moves: later barriers say
  /// all that earlier ones said. Barriers of others are passed over. The log must outlive it.
  static model::Result<Barriers> open(Log& log, std::string_view topic,
                                      const std::vector<std::string>& sources);

  /// Waits until all of them are through with `until`. Returns the name of one that is not when
  /// the patience is at its end, an empty name otherwise. An error when the network itself cannot
  /// be reached then.
  model::Result<std::string> wait(model::EventTime until, const Patience& patience);

 private:
  Barriers(Log& log, std::string topic, std::unique_ptr<Cursor> cursor)
      : log_(&log), topic_(std::move(topic)), cursor_(std::move(cursor)) {}
  const std::string* behind(model::EventTime until) const;
  /// The next records; false when there are none. `surely` asks the network where its end is.
  model::Result<bool> read(bool surely);

  Log* log_;
  std::string topic_;
  std::unique_ptr<Cursor> cursor_;
  std::map<std::string, std::int64_t, std::less<>> through_;  // by source, ms
};

}  // namespace citybrain::network
