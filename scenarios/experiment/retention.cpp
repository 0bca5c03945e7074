#include "scenarios/experiment/retention.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>

#include "citybrain/v1/records.pb.h"
#include "hub/catalog/unified.h"
#include "hub/network/framing.h"
#include "hub/network/truncation.h"
#include "scenarios/experiment/run_identity.h"
#include "schemas/schemas.h"

namespace citybrain::experiment {

using model::Error;
using model::EventTime;
using model::Result;
using model::Step;
using network::Position;

namespace {

constexpr Step kAnyStep = 0xFFFFFFFFU;
constexpr std::size_t kRetentionPoll = 1024;

/// Who of several needs the oldest, and from when on; nothing: from the beginning.
struct Oldest {
  std::optional<EventTime> from;
  std::string reader;

  void take(std::optional<EventTime> time, const std::string& who) {
    if (!reader.empty() && (!from || (time && *time >= *from))) return;
    from = time;
    reader = who;
  }
};

/// What departments said last on control.kept.
Result<std::map<std::string, EventTime>> said(network::Log& log) {
  std::map<std::string, EventTime> out;
  CITYBRAIN_ASSIGN(first, log.begin(kKeptTopic, 0));
  CITYBRAIN_ASSIGN(cursor, log.cursor(kKeptTopic, 0, first));
  v1::Barrier record;
  for (;;) {
    CITYBRAIN_ASSIGN(records, cursor->poll(kRetentionPoll));
    if (records.empty()) return out;
    for (const auto& r : records) {
      const auto framed = network::unframe(r.value);
      if (framed && framed->schema == schemas::kBarrier &&
          record.ParseFromArray(framed->payload.data(), static_cast<int>(framed->payload.size())))
        out[record.source()] = EventTime{record.until_ms()};
    }
  }
}

/// Looks at one partition after the other.
class Survey {
 public:
  explicit Survey(const RetentionQuestion& q) : q_(q) {}

  Result<std::vector<Retained>> all() {
    CITYBRAIN_ASSIGN(topics, q_.log.topics());
    std::sort(topics.begin(), topics.end(), [](auto& a, auto& b) { return a.name < b.name; });
    CITYBRAIN_TRY(ask_departments(topics));
    std::vector<Retained> out;
    for (const auto& topic : topics)
      for (network::Partition p = 0; is_asked_for(topic.name) && p < topic.partitions; ++p) {
        CITYBRAIN_ASSIGN(one, look(topic.name, p));
        out.push_back(std::move(one));
      }
    return out;
  }

 private:
  bool is_asked_for(const std::string& topic) const {
    const bool is_port = topic == schemas::topic::kPortState ||
                         topic == schemas::topic::kPortReplies ||
                         topic == schemas::topic::kPortActuations;
    return q_.scope == Scope::kAll || (q_.scope == Scope::kPort) == is_port;
  }

  Result<void> ask_departments(const std::vector<network::TopicSpec>& topics) {
    const auto there = [&](const char* name) {
      return std::any_of(topics.begin(), topics.end(), [&](auto& t) { return t.name == name; });
    };
    if (!there(schemas::topic::kRun)) return {};  // one loop
    CITYBRAIN_ASSIGN(run, identity_on(q_.log));
    if (!run) return {};
    beside_ = true;
    std::map<std::string, EventTime> kept;
    if (there(kKeptTopic)) {
      CITYBRAIN_ASSIGN(found, said(q_.log));
      kept = std::move(found);
    }
    for (const auto& source : run->sources) {
      const auto found = kept.find(source);
      departments_.take(
          found == kept.end() ? std::nullopt : std::optional(found->second),
          source + (found == kept.end() ? " (a department that has kept no state yet)"
                                        : " (a department, by the state that it keeps)"));
    }
    return {};
  }

  Result<Retained> look(const std::string& topic, network::Partition partition) {
    Retained r{topic, partition, 0, 0, 0, false, {}};
    CITYBRAIN_ASSIGN(begin, q_.log.begin(topic, partition));
    CITYBRAIN_ASSIGN(end, q_.log.end(topic, partition));
    r.begin = r.safe = begin;
    r.end = end;
    CITYBRAIN_TRY(limit(r));
    r.safe = std::clamp(r.safe, begin, end);
    return r;
  }

  Result<void> limit(Retained& r) {
    namespace topic = schemas::topic;
    const auto* contract = q_.catalog.find(r.topic);
    if (contract != nullptr && catalog::is_id_table(contract->message))
      return keep_whole(r, "every hub reads the departments' tables from their beginning");
    if (contract != nullptr || r.topic == topic::kAcks) return limit_by_district(r);
    if (r.topic == topic::kWatermarks || r.topic == topic::kDecided || r.topic == topic::kExchange)
      return limit_by_time(r, hubs());
    if (r.topic == topic::kCommands && !beside_)
      return keep_whole(r, "a resumed run repeats its commands from the beginning");
    if (r.topic == topic::kCommands || r.topic == topic::kPortState ||
        r.topic == topic::kPortReplies)
      return limit_by_time(r, departments_);
    if (r.topic == topic::kPortActuations)
      return keep_whole(r, "a city that starts again repeats what was moved from the beginning");
    if (r.topic == topic::kTruth) return keep_whole(r, "the evaluator");
    return keep_whole(r, "the run's own parts read it from its beginning");
  }

  static Result<void> keep_whole(Retained& r, const char* reader) {
    r.whole = true;
    r.reader = reader;
    return {};
  }

  Result<void> limit_by_district(Retained& r) const {
    const auto needs = std::find_if(q_.hubs.begin(), q_.hubs.end(),
                                    [&](const auto& n) { return n.district.value == r.partition; });
    if (needs == q_.hubs.end()) {
      r.reader = fmt::format("the hub of district {}, which has no snapshot yet", r.partition);
      return {};
    }
    r.reader =
        fmt::format("the hub of district {}, by its snapshot of step {}", r.partition, needs->step);
    for (const auto& p : needs->positions)
      if (p.topic == r.topic && p.partition == r.partition) r.safe = p.next;
    return {};
  }

  Oldest hubs() const {
    Oldest out;
    for (std::uint32_t d = 0; d < districts(); ++d) {
      const auto needs = std::find_if(q_.hubs.begin(), q_.hubs.end(),
                                      [&](const auto& n) { return n.district.value == d; });
      if (needs == q_.hubs.end())
        out.take({}, fmt::format("the hub of district {}, which has no snapshot yet", d));
      else
        out.take(q_.epoch.at(needs->step),
                 fmt::format("the hub of district {}, by its snapshot of step {}", d, needs->step));
    }
    return out;
  }
  std::uint32_t districts() const {
    const auto topics = q_.log.topics();
    if (topics)
      for (const auto& t : *topics)
        if (t.name == schemas::topic::kAcks) return t.partitions;
    return 0;
  }

  Result<void> limit_by_time(Retained& r, const Oldest& oldest) const {
    r.reader = oldest.reader;
    if (!oldest.from) return {};
    CITYBRAIN_ASSIGN(at, q_.log.position_at(r.topic, r.partition, *oldest.from));
    r.safe = at;
    return {};
  }

  const RetentionQuestion& q_;
  bool beside_ = false;  // the departments are beside the city
  Oldest departments_;
};

}  // namespace

Result<HubNeeds> needs_of_store(const store::Store& store) {
  HubNeeds out;
  for (Step at = kAnyStep;;) {
    CITYBRAIN_ASSIGN(found, store.snapshot_at_or_before(at));
    if (!found) return out;
    CITYBRAIN_ASSIGN(needs, node::needs_of_node(found->bytes));
    out = std::move(needs);
    if (found->step == 0) return out;
    at = found->step - 1;
  }
}

Result<HubNeeds> needs_of_folder(const store::SnapshotFolder& folder) {
  HubNeeds out;
  CITYBRAIN_ASSIGN(parts, folder.parts());
  for (const auto& part : parts) {
    CITYBRAIN_ASSIGN(found, folder.oldest(part));
    if (!found) continue;
    CITYBRAIN_ASSIGN(needs, node::needs_of_district(found->bytes));
    out.push_back(std::move(needs));
  }
  return out;
}

Result<HubNeeds> needs_of_run(const std::filesystem::path& run,
                              const std::filesystem::path& snapshots, const std::string& identity) {
  std::error_code ec;
  const auto folder = snapshots.empty() ? run / "snapshots" : snapshots;
  if (std::filesystem::exists(folder, ec)) return needs_of_folder({folder, identity, "truncate"});
  if (run.empty() || !std::filesystem::exists(run / "store", ec)) return HubNeeds();
  CITYBRAIN_ASSIGN(store, store::Store::open({run / "store", identity, false}));
  return needs_of_store(*store);
}

Result<std::vector<Retained>> retained(const RetentionQuestion& question) {
  return Survey(question).all();
}

Result<std::vector<Cut>> cuts(network::Log& log, const std::vector<Retained>& all,
                              std::optional<EventTime> before) {
  std::vector<Cut> out;
  for (const auto& r : all) {
    Position to = r.safe;
    if (before && to > r.begin) {
      CITYBRAIN_ASSIGN(at, log.position_at(r.topic, r.partition, *before));
      to = std::min(to, at);
    }
    if (to <= r.begin) continue;
    CITYBRAIN_ASSIGN(kept, network::keeps_producers(log, r.topic, r.partition, to));
    if (kept > r.begin) out.push_back({r, kept});
  }
  return out;
}

Result<void> check_needless(network::Log& log, const std::vector<Retained>& all, EventTime before) {
  for (const auto& r : all) {
    if (r.whole || r.safe == r.end) continue;
    CITYBRAIN_ASSIGN(at, log.position_at(r.topic, r.partition, before));
    if (at > r.safe)
      return Error{"CB-USAGE-RETENTION", "what is to be removed is still needed by " + r.reader,
                   fmt::format("{}/{}: needed from {}, asked to remove before {}", r.topic,
                               r.partition, r.safe, at),
                   "ask for less with --before, or leave it out to remove what nobody needs"};
  }
  return {};
}

Result<void> carry_out(network::Log& log, const std::vector<Cut>& cuts) {
  for (const auto& c : cuts)
    CITYBRAIN_TRY(log.truncate_before(c.what.topic, c.what.partition, c.to));
  return {};
}

Result<void> trim(const RetentionQuestion& question, EventTime now, std::int64_t keep_ms) {
  CITYBRAIN_ASSIGN(all, retained(question));
  CITYBRAIN_ASSIGN(found, cuts(question.log, all, now - keep_ms));
  return carry_out(question.log, found);
}

}  // namespace citybrain::experiment
