#include "hub/metrics/metered_log.h"

#include <algorithm>
#include <atomic>
#include <chrono>
#include <mutex>
#include <set>

#include "citybrain/v1/records.pb.h"
#include "hub/network/framing.h"
#include "schemas/schemas.h"

namespace citybrain::metrics {

namespace {

using model::Result;
using network::Partition;
using network::Position;
using network::RecordView;
using Clock = std::chrono::steady_clock;

double seconds_since(Clock::time_point began) {
  return std::chrono::duration<double>(Clock::now() - began).count();
}

/// Records and bytes of a topic in one direction.
struct Flow {
  Counter records, bytes;
  static Flow appended(Metrics& m, const std::string& topic) {
    return {m.counter("citybrain_log_appended_records_total", "Records appended to the log",
                      {{"topic", topic}}),
            m.counter("citybrain_log_appended_bytes_total",
                      "Bytes of keys and values appended to the log", {{"topic", topic}})};
  }
  static Flow read(Metrics& m, const std::string& topic) {
    return {m.counter("citybrain_log_read_records_total", "Records read from the log",
                      {{"topic", topic}}),
            m.counter("citybrain_log_read_bytes_total",
                      "Bytes of keys and values read from the log", {{"topic", topic}})};
  }
};

/// How far each source is through, by its barriers.
class Watermarks {
 public:
  void take(std::span<const RecordView> records) {
    const std::lock_guard lock(mutex_);
    for (const auto& r : records) {
      const auto framed = network::unframe(r.value);
      v1::Barrier barrier;
      if (!framed || framed->schema != schemas::kBarrier ||
          !barrier.ParseFromArray(framed->payload.data(), static_cast<int>(framed->payload.size())))
        continue;
      auto& until = until_ms_.try_emplace(barrier.source(), barrier.until_ms()).first->second;
      until = std::max(until, barrier.until_ms());
    }
  }
  void show(Metrics& m) {
    const std::lock_guard lock(mutex_);
    std::int64_t newest = INT64_MIN;
    for (const auto& [source, until] : until_ms_) newest = std::max(newest, until);
    for (const auto& [source, until] : until_ms_)
      m.gauge("citybrain_watermark_lag_seconds",
              "Simulated seconds that a source is behind the one that is farthest",
              {{"source", source}})
          .set(static_cast<double>(newest - until) / 1000);
  }

 private:
  std::mutex mutex_;
  std::map<std::string, std::int64_t> until_ms_;
};

class MeteredLog;

class MeteredCursor final : public network::Cursor {
 public:
  MeteredCursor(MeteredLog& log, std::unique_ptr<network::Cursor> cursor,
                network::TopicPartition of);
  ~MeteredCursor() override;
  Result<std::span<const RecordView>> poll(std::size_t most) override {
    return note(cursor_->poll(most));
  }
  Result<std::span<const RecordView>> poll(std::size_t most, network::Horizon horizon) override {
    return note(cursor_->poll(most, horizon));
  }
  Position position() const override { return cursor_->position(); }
  void seek(Position position) override {
    cursor_->seek(position);
    at_.store(position, std::memory_order_relaxed);
  }
  const network::TopicPartition& of() const { return of_; }
  Position at() const { return at_.load(std::memory_order_relaxed); }

 private:
  Result<std::span<const RecordView>> note(Result<std::span<const RecordView>> records);

  MeteredLog& log_;
  const std::unique_ptr<network::Cursor> cursor_;
  const network::TopicPartition of_;
  const bool watermarks_;
  Flow flow_;
  std::atomic<Position> at_;
};

class MeteredAppender final : public network::Appender {
 public:
  MeteredAppender(MeteredLog& log, std::unique_ptr<network::Appender> appender)
      : log_(log), appender_(std::move(appender)) {}
  Result<network::AppendOutcome> append(std::string_view topic, Partition partition,
                                        std::span<const network::Record> records) override;
  Result<void> flush() override;
  Result<std::uint64_t> last_sequence(std::string_view topic, Partition partition) override {
    return appender_->last_sequence(topic, partition);
  }
  Result<void> begin() override { return appender_->begin(); }
  Result<void> commit() override;
  Result<void> abort() override { return appender_->abort(); }

 private:
  MeteredLog& log_;
  const std::unique_ptr<network::Appender> appender_;
  std::map<std::string, Flow, std::less<>> flows_;  // by topic
};

class MeteredLog final : public network::Log {
 public:
  MeteredLog(std::unique_ptr<network::Log> log, Metrics& metrics)
      : log_(std::move(log)),
        metrics_(metrics),
        commits_(metrics.times("citybrain_log_commit_duration_seconds",
                               "Wall time until what was appended is acknowledged")),
        repeated_(metrics.counter("citybrain_log_repeated_records_total",
                                  "Records that a producer repeated, dropped by the log")),
        refresh_(metrics.before_text([this] { show(); })) {}
  ~MeteredLog() override { metrics_.remove(refresh_); }

  Result<void> create(const network::TopicSpec& spec) override { return log_->create(spec); }
  Result<std::vector<network::TopicSpec>> topics() const override { return log_->topics(); }
  Result<std::unique_ptr<network::Appender>> appender(
      const network::AppenderOptions& options) override {
    CITYBRAIN_ASSIGN(made, log_->appender(options));
    return std::unique_ptr<network::Appender>(
        std::make_unique<MeteredAppender>(*this, std::move(made)));
  }
  Result<std::unique_ptr<network::Cursor>> cursor(std::string_view topic, Partition partition,
                                                  Position from) override {
    CITYBRAIN_ASSIGN(made, log_->cursor(topic, partition, from));
    return std::unique_ptr<network::Cursor>(std::make_unique<MeteredCursor>(
        *this, std::move(made), network::TopicPartition{std::string(topic), partition}));
  }
  Result<Position> position_at(std::string_view topic, Partition partition,
                               model::EventTime time) override {
    return log_->position_at(topic, partition, time);
  }
  Result<Position> begin(std::string_view topic, Partition partition) override {
    return log_->begin(topic, partition);
  }
  Result<Position> end(std::string_view topic, Partition partition) override {
    return log_->end(topic, partition);
  }
  Result<void> truncate_before(std::string_view topic, Partition partition,
                               Position position) override {
    return log_->truncate_before(topic, partition, position);
  }
  Result<void> sync() override {
    return timed([&] { return log_->sync(); });
  }
  Result<network::Horizon> horizon() override { return log_->horizon(); }
  Result<std::unique_ptr<network::Membership>> join(const network::GroupOptions& options,
                                                    std::span<const std::string> topics) override {
    return log_->join(options, topics);
  }

  template <class Wait>
  Result<void> timed(const Wait& wait) {
    const auto began = Clock::now();
    auto done = wait();
    if (done) commits_.add(seconds_since(began));
    return done;
  }
  Metrics& metrics() { return metrics_; }
  Counter& repeated() { return repeated_; }
  Watermarks& watermarks() { return watermarks_; }
  void opened(MeteredCursor* cursor) {
    const std::lock_guard lock(mutex_);
    cursors_.insert(cursor);
  }
  void closed(MeteredCursor* cursor) {
    const std::lock_guard lock(mutex_);
    cursors_.erase(cursor);
  }

 private:
  /// The lags, of the reader that is farthest behind. What cannot be asked now keeps its value.
  void show() {
    watermarks_.show(metrics_);
    std::map<network::TopicPartition, Position> behind;
    {
      const std::lock_guard lock(mutex_);
      for (const auto* c : cursors_) {
        auto& at = behind.try_emplace(c->of(), c->at()).first->second;
        at = std::min(at, c->at());
      }
    }
    for (const auto& [of, at] : behind) {
      const auto end = log_->end(of.topic, of.partition);
      if (!end) continue;
      metrics_
          .gauge("citybrain_log_lag_records",
                 "Positions between the end of a partition and its reader here",
                 {{"topic", of.topic}, {"partition", std::to_string(of.partition)}})
          .set(*end > at ? static_cast<double>(*end - at) : 0);
    }
  }

  const std::unique_ptr<network::Log> log_;
  Metrics& metrics_;
  Times commits_;
  Counter repeated_;
  Watermarks watermarks_;
  std::mutex mutex_;
  std::set<MeteredCursor*> cursors_;  // nothing depends on their order
  const std::uint64_t refresh_;       // the last: may be called from here on
};

MeteredCursor::MeteredCursor(MeteredLog& log, std::unique_ptr<network::Cursor> cursor,
                             network::TopicPartition of)
    : log_(log),
      cursor_(std::move(cursor)),
      of_(std::move(of)),
      watermarks_(of_.topic == schemas::topic::kWatermarks),
      flow_(Flow::read(log.metrics(), of_.topic)),
      at_(cursor_->position()) {
  log_.opened(this);
}
MeteredCursor::~MeteredCursor() { log_.closed(this); }

Result<std::span<const RecordView>> MeteredCursor::note(
    Result<std::span<const RecordView>> records) {
  if (!records || records->empty()) return records;
  std::size_t bytes = 0;
  for (const auto& r : *records) bytes += r.key.size() + r.value.size();
  flow_.records.add(static_cast<double>(records->size()));
  flow_.bytes.add(static_cast<double>(bytes));
  at_.store(records->back().position + 1, std::memory_order_relaxed);
  if (watermarks_) log_.watermarks().take(*records);
  return records;
}

Result<network::AppendOutcome> MeteredAppender::append(std::string_view topic, Partition partition,
                                                       std::span<const network::Record> records) {
  auto outcome = appender_->append(topic, partition, records);
  if (!outcome) return outcome;
  auto flow = flows_.find(topic);
  if (flow == flows_.end())
    flow = flows_.emplace(std::string(topic), Flow::appended(log_.metrics(), std::string(topic)))
               .first;
  std::size_t bytes = 0;
  for (const auto& r : records) bytes += r.key.size() + r.value.size();
  flow->second.records.add(static_cast<double>(outcome->stored));
  if (outcome->repeated > 0) log_.repeated().add(static_cast<double>(outcome->repeated));
  if (outcome->stored > 0) flow->second.bytes.add(static_cast<double>(bytes));
  return outcome;
}
Result<void> MeteredAppender::flush() {
  return log_.timed([&] { return appender_->flush(); });
}
Result<void> MeteredAppender::commit() {
  return log_.timed([&] { return appender_->commit(); });
}

}  // namespace

std::unique_ptr<network::Log> metered(std::unique_ptr<network::Log> log, Metrics& metrics) {
  return std::make_unique<MeteredLog>(std::move(log), metrics);
}

}  // namespace citybrain::metrics
