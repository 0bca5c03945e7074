#include "hub/network/gate.h"

#include <algorithm>
#include <deque>

namespace citybrain::network {

using model::Result;

namespace {

constexpr std::string_view kControl = "control.";

/// A record with its bytes.
struct Kept {
  std::string topic;
  Partition partition = 0;
  model::EventTime publish_time;
  std::uint64_t sequence = 0;
  std::string key, value;
  std::deque<std::string> texts;  // of the headers, which point at them
  std::vector<Header> headers;

  Kept(std::string_view name, Partition number, const Record& r)
      : topic(name),
        partition(number),
        publish_time(r.publish_time),
        sequence(r.sequence),
        key(r.key),
        value(r.value) {
    for (const auto& h : r.headers) {
      const std::string_view header_key = texts.emplace_back(h.key);
      headers.push_back({header_key, texts.emplace_back(h.value)});
    }
  }
};

}  // namespace

class Gate::Held final : public Appender {
 public:
  Held(Gate& gate, std::unique_ptr<Appender> appender)
      : gate_(gate), appender_(std::move(appender)) {}
  ~Held() override { std::erase(gate_.holders_, this); }

  Result<AppendOutcome> append(std::string_view topic, Partition partition,
                               std::span<const Record> records) override {
    if (!topic.starts_with(kControl)) return appender_->append(topic, partition, records);
    if (kept_.empty()) gate_.holders_.push_back(this);
    for (const auto& r : records) kept_.emplace_back(topic, partition, r);
    return AppendOutcome{};
  }
  Result<void> flush() override { return appender_->flush(); }
  Result<std::uint64_t> last_sequence(std::string_view topic, Partition partition) override {
    return appender_->last_sequence(topic, partition);
  }
  Result<void> begin() override { return appender_->begin(); }
  Result<void> commit() override { return appender_->commit(); }
  Result<void> abort() override { return appender_->abort(); }

  Result<void> release() {
    for (const auto& k : kept_) {
      const Record record{k.publish_time, k.sequence, k.key, k.value, k.headers};
      CITYBRAIN_TRY(appender_->append(k.topic, k.partition, {&record, 1}));
    }
    kept_.clear();
    return {};
  }

 private:
  Gate& gate_;
  std::unique_ptr<Appender> appender_;
  std::deque<Kept> kept_;
};

Result<std::unique_ptr<Appender>> Gate::appender(const AppenderOptions& options) {
  CITYBRAIN_ASSIGN(appender, log_.appender(options));
  return std::unique_ptr<Appender>(std::make_unique<Held>(*this, std::move(appender)));
}

Result<void> Gate::release() {
  if (holders_.empty()) return {};
  if (acknowledges_) CITYBRAIN_TRY(log_.sync());
  for (auto* holder : holders_) CITYBRAIN_TRY(holder->release());
  holders_.clear();
  return acknowledges_ ? log_.sync() : Result<void>{};
}

Result<void> Gate::sync() {
  CITYBRAIN_TRY(release());
  return log_.sync();
}

}  // namespace citybrain::network
