#include "tests/crash/log_oracle.h"

#include <fmt/format.h>

#include "hub/runtime/random.h"

namespace citybrain::crash {

using network::Log;
using network::Position;
using network::Record;

namespace {

constexpr std::uint32_t kRepeated = 2;  ///< of an append, when there are so many before it

std::string describe(const std::map<LogPlace, Position>& begins,
                     const std::map<LogPlace, Position>& ends) {
  std::string out;
  for (const auto& [place, end] : ends)
    out += fmt::format(" {}/{}:{}..{}", place.topic, place.partition, begins.at(place), end);
  return out;
}

}  // namespace

void LogOracle::State::apply(const Operation& o) {
  switch (o.kind) {
    case Kind::kCreate:
      for (network::Partition p = 0; p < o.place.partition; ++p)
        begins[{o.place.topic, p}] = ends[{o.place.topic, p}] = 0;
      break;
    case Kind::kAppend:
      ends[o.place] = o.at + o.count;
      break;
    case Kind::kTruncate:
      begins[o.place] = o.at;
      break;
  }
}

std::string LogOracle::value(const Operation& o, std::uint32_t record) const {
  const auto word = runtime::Random(seed_).bits(1, o.serial, record);
  std::string text = fmt::format("{}/{}/{}/{:016x}/", o.producer, o.serial, record, word);
  text.resize(text.size() + o.bytes, static_cast<char>('a' + word % 26));
  return text;
}

Position LogOracle::begin(const LogPlace& place) const { return state_.begins.at(place); }
Position LogOracle::end(const LogPlace& place) const { return state_.ends.at(place); }

model::Result<void> LogOracle::create(Log& log, const network::TopicSpec& topic) {
  if (state_.ends.contains({topic.name, 0})) return log.create(topic);
  operations_.push_back({Kind::kCreate, {topic.name, topic.partitions}, {}, 0, 0, 0, ++serial_, 0});
  state_.apply(operations_.back());
  return log.create(topic);
}

model::Result<void> LogOracle::append(Log& log, const LogPlace& place, const std::string& producer,
                                      std::uint32_t count, std::uint32_t bytes) {
  auto& last = sequences_[{producer, place}];
  // Repeats come first, as from a producer that does not know what arrived.
  const auto repeats = static_cast<std::uint32_t>(std::min<std::uint64_t>(last, kRepeated));
  Operation o{Kind::kAppend, place, producer, last + 1, count, bytes, ++serial_, end(place)};
  std::vector<std::string> values;
  for (std::uint32_t i = 0; i < repeats; ++i) values.emplace_back("a repeat");
  for (std::uint32_t i = 0; i < count; ++i) values.push_back(value(o, i));
  std::vector<Record> records;
  for (std::uint32_t i = 0; i < values.size(); ++i)
    records.push_back({model::EventTime{static_cast<std::int64_t>(o.serial)},
                       last + 1 - repeats + i,
                       o.producer,
                       values[i],
                       {}});
  last += count;
  records_ += count;
  if (count > 0) {
    operations_.push_back(o);
    state_.apply(o);
  }
  CITYBRAIN_ASSIGN(appender, log.appender({producer}));
  CITYBRAIN_ASSIGN(outcome, appender->append(place.topic, place.partition, records));
  CITYBRAIN_ASSIGN(now_at, log.end(place.topic, place.partition));
  if (outcome.stored != count || outcome.repeated != repeats || now_at != o.at + count)
    return model::Error{
        "CB-NETWORK-APPEND",
        fmt::format("{} stored and {} repeated up to {}, expected {}, {}, {}", outcome.stored,
                    outcome.repeated, now_at, count, repeats, o.at + count),
        place.topic,
        {}};
  return {};
}

model::Result<void> LogOracle::truncate(Log& log, const LogPlace& place, Position position) {
  // Whole batches before the position go.
  Position begin = state_.begins[place];
  for (const Operation& o : operations_)
    if (o.kind == Kind::kAppend && o.place == place && o.at <= position &&
        position < o.at + o.count)
      begin = std::max(begin, o.at);
  if (position >= end(place)) begin = end(place);
  if (begin > state_.begins[place]) {
    operations_.push_back({Kind::kTruncate, place, {}, 0, 0, 0, ++serial_, begin});
    state_.apply(operations_.back());
  }
  return log.truncate_before(place.topic, place.partition, position);
}

std::uint64_t LogOracle::safe_records() const {
  std::uint64_t n = 0;
  for (std::size_t i = 0; i < safe_; ++i) n += operations_[i].count;
  return n;
}

LogOracle::State LogOracle::observed(Log& log) {
  State s;
  const auto topics = log.topics().value();
  for (const auto& topic : topics)
    for (network::Partition p = 0; p < topic.partitions; ++p) {
      s.begins[{topic.name, p}] = log.begin(topic.name, p).value();
      s.ends[{topic.name, p}] = log.end(topic.name, p).value();
    }
  return s;
}

std::optional<std::string> LogOracle::check(Log& log, bool durable) {
  const State there = observed(log);
  State s;
  for (std::size_t i = 0; i < safe_; ++i) s.apply(operations_[i]);
  const State least = s;
  std::size_t survived = safe_;
  while (!(s == there) && survived < operations_.size()) s.apply(operations_[survived++]);
  if (!(s == there))
    return fmt::format("the log is not what a number of operations left: there is{}; safe was{}",
                       describe(there.begins, there.ends), describe(least.begins, least.ends));
  operations_.resize(survived);
  if (durable) safe_ = survived;
  state_ = s;
  for (auto& [who, sequence] : sequences_) sequence = 0;
  for (const Operation& o : operations_)
    if (o.kind == Kind::kAppend) sequences_[{o.producer, o.place}] = o.first_sequence + o.count - 1;
  for (const auto& [place, end] : state_.ends)
    if (auto wrong = check_records(log, place)) return wrong;
  return check_sequences(log);
}

std::optional<std::string> LogOracle::check_records(Log& log, const LogPlace& place) {
  const auto name = fmt::format("{}/{}", place.topic, place.partition);
  const auto cursor = log.cursor(place.topic, place.partition, begin(place));
  if (!cursor) return cursor.error().text();
  std::vector<network::RecordView> got;
  std::vector<std::string> kept;  // a view lives until the next poll
  const auto next = [&]() -> model::Result<bool> {
    CITYBRAIN_ASSIGN(records, (*cursor)->poll(7));
    got.assign(records.begin(), records.end());
    return !records.empty();
  };
  std::size_t at = 0;
  for (const Operation& o : operations_) {
    if (o.kind != Kind::kAppend || o.place != place || o.at < begin(place)) continue;
    for (std::uint32_t i = 0; i < o.count; ++i, ++at) {
      if (at == got.size()) {
        const auto more = next();
        if (!more) return more.error().text();
        if (!*more) return fmt::format("{} ends before position {}", name, o.at + i);
        at = 0;
      }
      const auto& r = got[at];
      if (r.position != o.at + i || r.value != value(o, i) || r.producer != o.producer ||
          r.sequence != o.first_sequence + i)
        return fmt::format("position {} of {} is not what was appended there", o.at + i, name);
    }
  }
  if (at != got.size()) return fmt::format("{} has more than was appended", name);
  const auto more = next();
  if (!more || *more) return fmt::format("{} has more than was appended", name);
  return std::nullopt;
}

std::optional<std::string> LogOracle::check_sequences(Log& log) const {
  for (const auto& [who, sequence] : sequences_) {
    if (!state_.ends.contains(who.second)) continue;
    const auto appender = log.appender({who.first});
    if (!appender) return appender.error().text();
    const auto last = (*appender)->last_sequence(who.second.topic, who.second.partition);
    if (!last) return last.error().text();
    if (*last != sequence)
      return fmt::format("the last sequence of {} in {}/{} is {}, not {}", who.first,
                         who.second.topic, who.second.partition, *last, sequence);
  }
  return std::nullopt;
}

}  // namespace citybrain::crash
