#include <fmt/format.h>

#include <map>
#include <optional>
#include <set>

#include "citybrain/v1/records.pb.h"
#include "connectors/beijing_time.h"
#include "connectors/channel.h"
#include "connectors/outlet.h"
#include "connectors/traffic_police/dialect.h"
#include "connectors/traffic_police/traffic_police.h"
#include "hub/network/framing.h"
#include "traffic_police/v1/traffic_police.pb.h"

namespace citybrain::connectors {

using model::EventTime;
using model::Result;

namespace {

constexpr const char* kSignalSource = "traffic_police/signal_control";
constexpr const char* kSignalScheme = "traffic_police.detector";
constexpr std::uint64_t kCabinets = std::uint64_t{2} << 48;  // keys no other device has

class SignalControl final : public Connector {
 public:
  SignalControl(const ConnectorContext& context, network::Publisher publisher,
                std::vector<std::unique_ptr<network::Cursor>> commands)
      : context_(context),
        network_(context.city->network()),
        random_(context.seed),
        publisher_(std::move(publisher)),
        commands_(std::move(commands)),
        channel_(context.models.loop_channel, context.seed, runtime::purpose(kSignalSource)),
        cabinets_(cabinets(network_)) {}

  std::string_view source() const override { return kSignalSource; }

  Result<void> introduce() override {
    const EventTime start = context_.epoch.at(0);
    for (std::uint32_t d = 0; d < network_.districts.size(); ++d) {
      v1::IdCrosswalk inventory;
      inventory.set_scheme(kSignalScheme);
      for (const auto& c : cabinets_) {
        if (network_[c.junction].district.value != d) continue;
        for (std::size_t i = 0; i < c.detectors.size(); ++i) {
          const auto& lane = network_[c.detectors[i]];
          auto* e = inventory.add_entries();
          e->set_own(fmt::format("{}/{}", c.number, i + 1));
          e->set_road(network_[lane.road].name);
          e->set_lane(lane.index);
          e->set_junction(network_[c.junction].name);
          e->set_reach_m(static_cast<float>(context_.models.loop.zone_m));
        }
      }
      publisher_.publish(schemas::topic::kSignalInventory, d, schemas::kIdCrosswalk, start, start,
                         fmt::format("inventory-{}", d), network_.districts[d],
                         inventory.SerializeAsString());
    }
    CITYBRAIN_TRY(publisher_.send());
    return {};
  }

  Result<void> observe(model::Step step) override {
    const EventTime now = context_.epoch.at(step);
    channel_.arrive(step, context_.epoch, publisher_);
    const auto& models = context_.models;
    EventTime written;  // most cabinets show the same second
    std::string local_time;
    const auto& sensors = context_.city->sensors();
    for (const auto& c : cabinets_) {
      if (!sensors.works(city_port::Device::kLoops, c.junction)) continue;
      const std::uint64_t device = kCabinets | c.junction.value;
      if (city_port::is_silent(models.loop.dropout, random_, device, step)) continue;
      // The second of the cabinet's own clock that the report's second is nearest to.
      const std::int64_t error_ms =
          city_port::clock_error_ms(models.loop.clock, random_, device, step);
      const EventTime second = nearest_second(now + error_ms);
      if (second != written) local_time = beijing_text(second);
      written = second;
      report_.Clear();
      report_.set_cabinet(c.number);
      report_.set_local_time(local_time);
      report_.set_report_no(step);
      for (std::size_t i = 0; i < c.detectors.size(); ++i) {
        const auto reading =
            city_port::read_loop(models.loop, random_, sensors, c.detectors[i], step);
        if (!reading) continue;
        report_.add_detector(static_cast<std::uint32_t>(i + 1));
        report_.add_pulses(reading->pulses);
        report_.add_presence(reading->presence);
      }
      payload_.clear();
      report_.SerializeToString(&payload_);
      id_.clear();
      fmt::format_to(std::back_inserter(id_), "{}-{}", c.number, step);
      channel_.send({schemas::topic::kSignalLoops, network_[c.junction].district.value,
                     schemas::kDetectorReport, c.junction.value, id_, c.number, payload_, error_ms},
                    step, context_.epoch, publisher_);
    }
    publisher_.barrier(schemas::topic::kWatermarks, now);
    CITYBRAIN_TRY(publisher_.send());
    return {};
  }

  Result<void> act(model::Step step) override {
    CITYBRAIN_TRY(read_commands());
    const EventTime now = context_.epoch.at(step);
    orders_.clear();
    answers_.clear();
    while (!due_.empty() && due_.begin()->first.effective_ms <= now.ms) {
      for (const auto& c : due_.begin()->second) take(c, now);
      due_.erase(due_.begin());
    }
    if (orders_.empty() && answers_.empty()) return {};
    CITYBRAIN_TRY(carry_out());
    for (const auto& a : answers_) publish(a, now);
    CITYBRAIN_TRY(publisher_.send());
    return {};
  }

  std::string save() const override {
    std::vector<network::Position> read;
    for (const auto& c : commands_) read.push_back(c->position());
    const std::vector<std::uint64_t> applied(applied_.begin(), applied_.end());
    return save_state(publisher_, channel_, read, due_, applied);
  }
  Result<void> restore(std::string_view saved) override {
    std::vector<network::Position> read;
    std::vector<std::uint64_t> applied;
    CITYBRAIN_TRY(restore_state(saved, publisher_, channel_, read, due_, applied));
    applied_ = {applied.begin(), applied.end()};
    for (std::size_t d = 0; d < commands_.size() && d < read.size(); ++d)
      commands_[d]->seek(read[d]);
    return {};
  }

 private:
  Result<void> read_commands() {
    CITYBRAIN_ASSIGN(horizon, context_.log->horizon());
    for (std::uint32_t district = 0; district < commands_.size(); ++district) {
      for (;;) {
        CITYBRAIN_ASSIGN(records, commands_[district]->poll(1024, horizon));
        if (records.empty()) break;
        for (const auto& r : records) {
          const auto framed = network::unframe(r.value);
          v1::SignalCommand c;
          if (framed && framed->schema == schemas::kSignalCommand &&
              c.ParseFromArray(framed->payload.data(), static_cast<int>(framed->payload.size())))
            due_[{c.effective_ms(), r.publish_time.ms, district}].push_back(
                {std::move(c), model::parse_traceparent(r.header("ce_traceparent"))});
        }
      }
    }
    return {};
  }

  struct Order {
    v1::SignalCommand command;
    std::optional<model::TraceContext> trace;  // nothing: it has none

    template <class A>
    void fields(A& a) {
      std::string bytes = A::kWriting ? command.SerializeAsString() : "";
      a(bytes, trace);
      if (!A::kWriting) command.ParseFromString(bytes);
    }
  };
  /// What is due together is done in the order in which it was decided, by district: never in the
  /// order of reading, which differs for a process that comes back.
  struct Due {
    std::int64_t effective_ms = 0;
    std::int64_t decided_ms = 0;
    std::uint32_t district = 0;
    auto operator<=>(const Due&) const = default;

    template <class A>
    void fields(A& a) {
      a(effective_ms, decided_ms, district);
    }
  };

  /// An acknowledgement, and the order behind it when there is something to carry out.
  struct Answer {
    v1::CommandAck ack;
    model::JunctionId junction;
    bool ordered = false;
    std::optional<model::TraceContext> cause;
  };

  void take(const Order& order, EventTime now) {
    const auto& c = order.command;
    auto& answer = answers_.emplace_back();
    answer.cause = order.trace;
    auto& ack = answer.ack;
    ack.set_command(c.id());
    ack.set_junction(c.junction());
    ack.set_at_ms(now.ms);
    ack.set_status(v1::CommandAck::APPLIED);
    answer.junction = network_.find_junction(c.junction());
    if (!applied_.insert(c.id()).second) {
      ack.set_status(v1::CommandAck::DUPLICATE);
    } else if (!answer.junction.valid()) {
      refuse(ack, "no such junction");
    } else if (c.effective_ms() < now.ms) {
      refuse(ack, "its time has passed");
    } else {
      answer.ordered = true;
      orders_.emplace_back(city_port::SignalActuation{answer.junction, c.greens(), c.yellows()});
    }
  }
  Result<void> carry_out() {
    if (orders_.empty()) return {};
    CITYBRAIN_ASSIGN(outcomes, context_.city->carry_out(orders_));
    auto outcome = outcomes.begin();
    for (auto& a : answers_) {
      if (!a.ordered) continue;
      if (!*outcome) refuse(a.ack, outcome->error().what);
      ++outcome;
    }
    return {};
  }
  void publish(const Answer& a, EventTime now) {
    const network::Partition partition =
        a.junction.valid() ? network_[a.junction].district.value : 0;
    // A millisecond later than the step's own records: whether or not this run is a replay, the hub
    // reads it in its next step.
    publisher_.publish(schemas::topic::kAcks, partition, schemas::kCommandAck, now + 1, now,
                       fmt::format("ack-{:016x}-{}", a.ack.command(), now.ms), a.ack.junction(),
                       a.ack.SerializeAsString(),
                       a.cause ? std::span(&*a.cause, 1) : std::span<const model::TraceContext>());
  }
  static void refuse(v1::CommandAck& ack, std::string why) {
    ack.set_status(v1::CommandAck::REFUSED);
    ack.set_why(std::move(why));
  }

  ConnectorContext context_;
  const model::RoadNetwork& network_;
  runtime::Random random_;
  network::Publisher publisher_;
  std::vector<std::unique_ptr<network::Cursor>> commands_;
  Channel channel_;
  std::vector<Cabinet> cabinets_;
  std::map<Due, std::vector<Order>> due_;
  std::set<std::uint64_t> applied_;
  std::vector<Answer> answers_;  // of this step
  std::vector<city_port::Actuation> orders_;
  traffic_police::v1::DetectorReport report_;
  std::string payload_, id_;
};

}  // namespace

Result<std::unique_ptr<Connector>> make_signal_control(const ConnectorContext& context) {
  CITYBRAIN_ASSIGN(outlet, make_outlet(context, kSignalSource));
  std::vector<std::unique_ptr<network::Cursor>> commands;
  for (std::uint32_t d = 0; d < context.city->network().districts.size(); ++d) {
    CITYBRAIN_ASSIGN(cursor, context.log->cursor(schemas::topic::kCommands, d, 0));
    commands.push_back(std::move(cursor));
  }
  return std::unique_ptr<Connector>(
      std::make_unique<SignalControl>(context, std::move(outlet.publisher), std::move(commands)));
}

}  // namespace citybrain::connectors
