// One way over a link: store and forward. The sender keeps messages in an outbox on its own log and
// sends them until the other side says that it heard them; the receiver lets each take effect once,
// in order. The network's topic is what the other side can hear: a message that the link loses (a
// cut at either end of its way, or by chance) never gets there. Private to hub/federation.
//
// Sending: at most kWindow messages are on the way. After an answer is overdue (twice the latency
// and kPatience_ms) everything unheard is sent again, one message at a time and at growing
// intervals until something is heard: 1, 2, 4, ... kMostBackoff_s.
//
// State is a plain row (store::SenderRow, ReceiverRow) that the party writes with its Step; what is
// appended again after a restart has the sequences that it had and is dropped by the logs.
// Units: event-time milliseconds. Errors: CB-NETWORK-*. One thread.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "hub/federation/plan.h"
#include "hub/network/network.h"
#include "hub/network/publisher.h"
#include "hub/store/shared_rows.h"

namespace citybrain::federation {

constexpr std::uint64_t kWindow = 64;
constexpr std::int64_t kPatience_ms = 2000;
constexpr std::uint32_t kMostBackoff_s = 60;

/// One way of a link and its names.
struct Way {
  const Plan* plan = nullptr;
  const LinkSpec* link = nullptr;
  bool back = false;  ///< of returns
  std::string topic, acks, outbox;
  schemas::SchemaRef schema;

  static Way of(const Plan& plan, const LinkSpec& link, bool back);
  /// Whether what is sent at `now` arrives; `n` tells this attempt from others.
  bool carries(model::EventTime now, std::string_view what, std::uint64_t n) const;
  model::EventTime arrival(model::EventTime now) const;
};

class Sender {
 public:
  /// `state` and `counters` must outlive it, as the logs.
  static model::Result<Sender> open(Way way, const std::string& party, network::Log& own,
                                    network::Log& network, store::SenderRow& state,
                                    store::LinkCounters& counters);

  std::uint64_t next_sequence() const { return state_->queued + 1; }
  /// Puts the message with that sequence into the outbox; it stands for `items` rows.
  model::Result<void> queue(model::EventTime now, std::uint64_t items, std::string_view payload);
  /// Takes the other side's answers.
  model::Result<void> hear(model::EventTime now, network::Horizon horizon);
  /// What is sent in the place of a message now; nothing: the message as it is.
  using Trim = std::function<std::optional<std::string>(std::string_view payload)>;
  model::Result<void> send(model::EventTime now, network::Publisher& publisher, const Trim& trim);
  /// Drops from the outbox what was heard. Only after the state was committed.
  model::Result<void> forget();

 private:
  Sender(Way way, network::Log& own, store::SenderRow& state, store::LinkCounters& counters)
      : way_(std::move(way)), own_(&own), state_(&state), counters_(&counters) {}
  struct Kept {
    model::EventTime queued;
    std::string payload;
  };
  model::Result<Kept> read(std::uint64_t sequence);
  model::Result<void> heard(std::uint64_t sequence, model::EventTime now);
  void wait_longer(model::EventTime now);

  Way way_;
  network::Log* own_;
  std::unique_ptr<network::Appender> appender_;
  std::unique_ptr<network::Cursor> outbox_, acks_;
  store::SenderRow* state_;
  store::LinkCounters* counters_;
  std::uint64_t forgotten_ = 0;
};

class Receiver {
 public:
  static model::Result<Receiver> open(Way way, network::Log& network, store::ReceiverRow& state,
                                      store::LinkCounters& counters);

  /// Calls take(payload) for every message that has arrived.
  model::Result<void> receive(model::EventTime now, network::Horizon horizon,
                              const std::function<void(std::string_view payload)>& take);
  /// True when the message with this sequence is the next one: it takes effect.
  bool next(std::uint64_t sequence);
  /// Says how far it has heard, if it heard anything in this Step.
  void answer(model::EventTime now, network::Publisher& publisher);
  const Way& way() const { return way_; }

 private:
  Receiver(Way way, store::ReceiverRow& state, store::LinkCounters& counters)
      : way_(std::move(way)), state_(&state), counters_(&counters) {}

  Way way_;
  std::unique_ptr<network::Cursor> cursor_;
  store::ReceiverRow* state_;
  store::LinkCounters* counters_;
  bool heard_ = false;
};

}  // namespace citybrain::federation
