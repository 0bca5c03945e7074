#include "hub/node/feed.h"

#include <algorithm>

namespace citybrain::node {

using model::EventTime;
using model::Result;

namespace {

constexpr std::size_t kFeedPoll = 4096;

}  // namespace

Result<Feed> Feed::open(network::Log& log, std::string topic, network::Partition partition,
                        model::DatasetId dataset) {
  CITYBRAIN_ASSIGN(first, log.begin(topic, partition));
  CITYBRAIN_ASSIGN(cursor, log.cursor(topic, partition, first));
  Feed feed;
  feed.topic_ = std::move(topic);
  feed.partition_ = partition;
  feed.dataset_ = dataset;
  feed.cursor_ = std::move(cursor);
  feed.next_ = first;
  return feed;
}

void Feed::seek(network::Position position) {
  held_.clear();
  cursor_->seek(position);
  next_ = position;
}

void Feed::hold(const network::RecordView& record) {
  auto held = std::make_unique<Held>();
  held->key = record.key;
  held->value = record.value;
  held->producer = record.producer;
  for (const auto& h : record.headers) held->names.emplace_back(h.key, h.value);
  for (const auto& [name, value] : held->names) held->headers.push_back({name, value});
  held->view = record;
  held->view.key = held->key;
  held->view.value = held->value;
  held->view.producer = held->producer;
  held->view.headers = held->headers;
  held_.push_back(std::move(held));
}

Result<bool> Feed::hold_more(network::Horizon horizon) {
  CITYBRAIN_ASSIGN(records, cursor_->poll(kLookPast - held_.size(), horizon));
  for (const auto& r : records) hold(r);
  return !records.empty();
}

void Feed::take_first(bool is_out_of_order, const Take& take) {
  const auto& r = held_.front()->view;
  take(r, is_out_of_order);
  next_ = r.position + 1;
  held_.pop_front();
}

Result<bool> Feed::pass_over(EventTime until, network::Horizon horizon, const Take& take) {
  while (held_.size() < kLookPast) {
    CITYBRAIN_ASSIGN(more, hold_more(horizon));
    if (!more) break;
  }
  const auto due = std::find_if(held_.begin(), held_.end(),
                                [&](const auto& h) { return h->view.publish_time <= until; });
  if (due == held_.end()) return false;
  for (auto ahead = due - held_.begin(); ahead > 0; --ahead) take_first(true, take);
  return true;
}

Result<bool> Feed::stream(EventTime until, network::Horizon horizon, const Take& take) {
  for (;;) {
    CITYBRAIN_ASSIGN(records, cursor_->poll(kFeedPoll, horizon));
    if (records.empty()) return false;
    for (const auto& r : records) {
      if (r.publish_time > until) {
        // What comes next can be read again; what is far ahead is looked past.
        cursor_->seek(r.position);
        return r.publish_time - until > kAhead_ms;
      }
      take(r, false);
      next_ = r.position + 1;
    }
  }
}

Result<void> Feed::read(EventTime until, network::Horizon horizon, const Take& take) {
  for (;;) {
    if (held_.empty()) {
      CITYBRAIN_ASSIGN(is_far, stream(until, horizon, take));
      if (!is_far) return {};
      CITYBRAIN_TRY(hold_more(horizon));
      if (held_.empty()) return {};
    }
    const std::int64_t ahead_ms = held_.front()->view.publish_time - until;
    if (ahead_ms <= 0) {
      take_first(false, take);
    } else if (ahead_ms <= kAhead_ms) {
      return {};
    } else {
      CITYBRAIN_ASSIGN(passed, pass_over(until, horizon, take));
      if (!passed) return {};
    }
  }
}

}  // namespace citybrain::node
