#include "hub/registry/storage.h"

#include <utility>

namespace citybrain::registry {
namespace {

class Memory final : public Storage {
 public:
  model::Result<void> append(const std::vector<Entry>& entries) override {
    entries_.insert(entries_.end(), entries.begin(), entries.end());
    return {};
  }
  model::Result<std::vector<Entry>> news() override { return std::exchange(entries_, {}); }

 private:
  std::vector<Entry> entries_;
};

constexpr const char* kProducer = "hub/registry";
constexpr std::size_t kBatch = 256;

class OnLog final : public Storage {
 public:
  OnLog(std::unique_ptr<network::Appender> appender, std::unique_ptr<network::Cursor> cursor,
        std::uint64_t sequence)
      : appender_(std::move(appender)), cursor_(std::move(cursor)), sequence_(sequence) {}

  model::Result<void> append(const std::vector<Entry>& entries) override {
    std::vector<network::Record> records;
    records.reserve(entries.size());
    for (const auto& e : entries)
      records.push_back({model::EventTime{}, ++sequence_, e.key, e.value, {}});
    CITYBRAIN_ASSIGN(outcome, appender_->append(kTopic, 0, records));
    if (outcome.repeated > 0)  // never a repeat of ours: the sequences are counted here
      return model::Error{"CB-NETWORK-APPEND", "another registry appends under the same name",
                          kTopic, "end the other registry, and start this one again"};
    return appender_->flush();
  }

  model::Result<std::vector<Entry>> news() override {
    std::vector<Entry> out;
    for (;;) {
      CITYBRAIN_ASSIGN(records, cursor_->poll(kBatch));
      if (records.empty()) return out;
      for (const auto& r : records) out.push_back({std::string(r.key), std::string(r.value)});
    }
  }

 private:
  std::unique_ptr<network::Appender> appender_;
  std::unique_ptr<network::Cursor> cursor_;
  std::uint64_t sequence_;
};

}  // namespace

std::unique_ptr<Storage> in_memory() { return std::make_unique<Memory>(); }

model::Result<std::unique_ptr<Storage>> on_log(network::Log& log, const std::string& producer) {
  CITYBRAIN_TRY(log.create({kTopic, 1}));
  CITYBRAIN_ASSIGN(appender, log.appender({producer.empty() ? kProducer : producer}));
  CITYBRAIN_ASSIGN(sequence, appender->last_sequence(kTopic, 0));
  CITYBRAIN_ASSIGN(begin, log.begin(kTopic, 0));
  CITYBRAIN_ASSIGN(cursor, log.cursor(kTopic, 0, begin));
  return std::unique_ptr<Storage>(
      std::make_unique<OnLog>(std::move(appender), std::move(cursor), sequence));
}

}  // namespace citybrain::registry
