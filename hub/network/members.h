// Who takes part in a group, by leases on the log: every member says on a control topic that it
// joins, every quarter of its session that it is still there, and that it leaves; whoever hears
// nothing of a member for its whole session puts it out. The topic's one partition puts all of that
// in one order, so all members come to the same list. A member that was put out, or whose name
// somebody else took (two processes with one static name), learns it from its next tick() and
// must stop (CB-NETWORK-FENCED). Unlike Log::join() it tells everybody who is there, so that who
// works on what can be a function of the list, and it works alike on every log.
//
// Lists may differ for a moment between processes: what members do must not depend on being alone
// (hub/node: two that work on one district say the same records, and repeats are dropped). Wall
// time, and so no part of any outcome. One thread a Members; the log must outlive it. Errors:
// CB-NETWORK-FENCED and those of the log.
#pragma once

#include <chrono>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "hub/network/network.h"
#include "hub/network/publisher.h"

namespace citybrain::network {

struct MemberOptions {
  std::string topic;  ///< with one partition; exists
  std::string name;   ///< static: who comes back under it takes the place of who had it
  std::chrono::milliseconds session{10'000};  ///< of silence that others bear
};

class Members {
 public:
  /// Reads who is there, and joins.
  static model::Result<Members> join(Log& log, MemberOptions options);

  /// Says that this member is still there when it is time, and takes what others said. To be called
  /// several times a session, and before anything is done that only a member may do.
  model::Result<void> tick();
  /// Names of those that are there, this one among them, in order.
  std::vector<std::string> live() const;
  /// Names of all that ever were, in order.
  const std::vector<std::string>& known() const { return known_; }
  /// Grows with every change of the list.
  std::uint64_t version() const { return version_; }
  model::Result<void> leave();

 private:
  using Clock = std::chrono::steady_clock;
  struct Member {
    std::string life;
    std::chrono::milliseconds session{0};
    Clock::time_point heard;
  };
  Members(MemberOptions options, std::unique_ptr<Cursor> cursor, Publisher publisher,
          std::string life)
      : options_(std::move(options)),
        cursor_(std::move(cursor)),
        publisher_(std::move(publisher)),
        life_(std::move(life)) {}
  /// What was said since the last time.
  model::Result<void> read();
  std::optional<model::Error> take(const RecordView& record);
  void put_out_the_silent(Clock::time_point now);
  void say(int what, const std::string& member, const std::string& life);

  MemberOptions options_;
  std::unique_ptr<Cursor> cursor_;
  Publisher publisher_;
  std::string life_;
  bool joined_ = false;  // its own word was read
  std::map<std::string, Member> members_;
  std::vector<std::string> known_;
  std::uint64_t version_ = 0;
  std::uint64_t said_ = 0;
  Clock::time_point beat_, ticked_;
};

}  // namespace citybrain::network
