// Appenders of the embedded log, plain ones and those in transactions. A transaction waits in
// memory and is appended in one write.
#include <fmt/format.h>

#include <deque>
#include <map>

#include "hub/network/embedded_log.h"

namespace citybrain::network {
namespace {

model::Error transaction_error(std::string_view what, std::string_view where) {
  return {"CB-NETWORK-TRANSACTION", std::string(what), std::string(where), {}};
}

class EmbeddedAppender final : public Appender {
 public:
  EmbeddedAppender(EmbeddedLog& log, std::string producer)
      : log_(log), producer_(std::move(producer)) {}

  model::Result<AppendOutcome> append(std::string_view topic, Partition partition,
                                      std::span<const Record> records) override {
    return log_.append(producer_, topic, partition, records);
  }
  model::Result<void> flush() override { return log_.sync(); }
  model::Result<std::uint64_t> last_sequence(std::string_view topic, Partition partition) override {
    return log_.last_sequence(producer_, topic, partition);
  }
  model::Result<void> begin() override { return not_transactional(); }
  model::Result<void> commit() override { return not_transactional(); }
  model::Result<void> abort() override { return not_transactional(); }

 private:
  model::Error not_transactional() const {
    return transaction_error("this appender was opened without a transaction", producer_);
  }
  EmbeddedLog& log_;
  const std::string producer_;
};

class TransactionalAppender final : public Appender {
 public:
  TransactionalAppender(EmbeddedLog& log, const AppenderOptions& options)
      : log_(log), options_(options), opened_(log.open_transaction(options.transaction)) {}

  model::Result<AppendOutcome> append(std::string_view topic, Partition partition,
                                      std::span<const Record> records) override {
    if (!open_)
      return transaction_error("this appender appends in transactions only; none was begun",
                               options_.producer);
    CITYBRAIN_TRY(log_.check_fence(options_.transaction, opened_));
    CITYBRAIN_ASSIGN(last, last_sequence(topic, partition));
    Waiting& waiting = waiting_[{std::string(topic), partition}];
    AppendOutcome outcome;
    for (const Record& record : records) {
      if (record.sequence <= last) {
        ++outcome.repeated;
        continue;
      }
      last = record.sequence;
      keep(record, waiting);
      ++outcome.stored;
    }
    return outcome;
  }
  model::Result<void> flush() override { return log_.sync(); }
  model::Result<std::uint64_t> last_sequence(std::string_view topic, Partition partition) override {
    const auto it = waiting_.find({std::string(topic), partition});
    if (it != waiting_.end() && !it->second.records.empty())
      return it->second.records.back().sequence;
    return log_.last_sequence(options_.producer, topic, partition);
  }
  model::Result<void> begin() override {
    if (open_) return transaction_error("a transaction is open already", options_.producer);
    CITYBRAIN_TRY(log_.check_fence(options_.transaction, opened_));
    open_ = true;
    return {};
  }
  model::Result<void> commit() override {
    if (!open_) return transaction_error("no transaction is open", options_.producer);
    std::vector<EmbeddedLog::Part> parts;
    for (const auto& [at, waiting] : waiting_)
      parts.push_back({at.topic, at.partition, waiting.records});
    auto result = log_.append_together(options_.producer, parts, options_.transaction, opened_);
    forget();
    return result;
  }
  model::Result<void> abort() override {
    if (!open_) return transaction_error("no transaction is open", options_.producer);
    forget();
    return {};
  }

 private:
  struct Waiting {
    std::deque<std::string> bytes;  // they do not move
    std::deque<std::vector<Header>> headers;
    std::vector<Record> records;
  };
  static std::string_view copy(std::string_view text, Waiting& to) {
    return to.bytes.emplace_back(text);
  }
  static void keep(const Record& record, Waiting& to) {
    Record kept = record;
    kept.key = copy(record.key, to);
    kept.value = copy(record.value, to);
    auto& headers = to.headers.emplace_back();
    for (const Header& header : record.headers)
      headers.push_back({copy(header.key, to), copy(header.value, to)});
    kept.headers = headers;
    to.records.push_back(kept);
  }
  void forget() {
    waiting_.clear();
    open_ = false;
  }

  EmbeddedLog& log_;
  const AppenderOptions options_;
  const std::uint64_t opened_;
  bool open_ = false;
  std::map<TopicPartition, Waiting> waiting_;
};

}  // namespace

model::Result<std::unique_ptr<Appender>> EmbeddedLog::appender(const AppenderOptions& options) {
  if (options.producer.empty())
    return model::Error{"CB-NETWORK-APPEND", "a producer needs a name", {}, {}};
  if (!options.transaction.empty())
    return std::unique_ptr<Appender>(std::make_unique<TransactionalAppender>(*this, options));
  return std::unique_ptr<Appender>(std::make_unique<EmbeddedAppender>(*this, options.producer));
}

std::uint64_t EmbeddedLog::open_transaction(std::string_view name) {
  const std::lock_guard lock(mutex_);
  return ++transactions_[std::string(name)];
}

model::Result<void> EmbeddedLog::is_fenced(std::string_view transaction,
                                           std::uint64_t opened) const {
  const auto it = transactions_.find(transaction);
  if (it != transactions_.end() && it->second == opened) return {};
  return model::Error{"CB-NETWORK-FENCED", "the transaction's name was opened again since",
                      std::string(transaction),
                      "Another part took over under the same name; let one of them end."};
}

model::Result<void> EmbeddedLog::check_fence(std::string_view transaction,
                                             std::uint64_t opened) const {
  const std::lock_guard lock(mutex_);
  return is_fenced(transaction, opened);
}

model::Result<void> EmbeddedLog::fits(std::span<const Part> parts) const {
  std::size_t bytes = 0;
  for (const Part& part : parts) {
    CITYBRAIN_TRY(find(part.topic, part.partition));
    for (const Record& record : part.records) bytes += record.key.size() + record.value.size();
  }
  if (bytes <= kMostBatchBytes) return {};
  return model::Error{
      "CB-NETWORK-APPEND",
      fmt::format("a transaction of {} bytes; the most is {}", bytes, kMostBatchBytes),
      {},
      "Commit more often."};
}

model::Result<void> EmbeddedLog::append_together(std::string_view producer,
                                                 std::span<const Part> parts,
                                                 std::string_view transaction,
                                                 std::uint64_t opened) {
  std::unique_lock lock(mutex_);
  if (failed_) return *failed_;
  CITYBRAIN_TRY(is_fenced(transaction, opened));
  CITYBRAIN_TRY(fits(parts));
  // What others gathered goes first, so that one write has this transaction and nothing cuts it.
  CITYBRAIN_TRY(write_gathered(false));
  for (const Part& part : parts) {
    CITYBRAIN_ASSIGN(state, find(part.topic, part.partition));
    CITYBRAIN_TRY(gather_fresh(producer, *state, part.records));
  }
  return after_append(lock);
}

}  // namespace citybrain::network
