// What lies between a department's device and the network: messages are lost, doubled and late as
// the channel's model says, and are published in the step in which they arrive. One thread.
#pragma once

#include <deque>
#include <string>
#include <string_view>
#include <vector>

#include "connectors/city_port/sensor_models.h"
#include "hub/network/publisher.h"

namespace citybrain::connectors {

class Channel {
 public:
  /// `key` tells the channels of one run apart.
  Channel(const city_port::ChannelModel& model, std::uint64_t seed, std::uint64_t key)
      : model_(model), random_(seed), key_(key) {}

  struct Message {
    std::string_view topic;
    network::Partition partition = 0;
    schemas::SchemaRef schema;
    std::uint64_t number = 0;  ///< of the device, for the channel's luck
    std::string_view id;
    std::string_view subject;
    std::string_view payload;
    std::int64_t clock_error_ms = 0;  ///< of the device that stamped it
    std::string_view sealed = {};     ///< its personal fields
  };

  /// Sends a message observed at `step`: publishes what arrives at once, keeps what arrives later.
  void send(const Message& m, model::Step step, const model::Epoch& epoch,
            network::Publisher& out) {
    const auto copies = city_port::transmit(model_, random_, key_, m.number, step);
    for (std::uint32_t i = 0; i < copies.count; ++i) {
      if (copies.delay_steps[i] == 0) {
        out.publish(m.topic, m.partition, m.schema, epoch.at(step),
                    epoch.at(step) + m.clock_error_ms, m.id, m.subject, m.payload, {}, m.sealed);
        continue;
      }
      while (later_.size() < copies.delay_steps[i]) later_.emplace_back();
      later_[copies.delay_steps[i] - 1].push_back({std::string(m.topic), m.partition, m.schema,
                                                   epoch.at(step) + m.clock_error_ms,
                                                   std::string(m.id), std::string(m.subject),
                                                   std::string(m.payload), std::string(m.sealed)});
    }
  }

  /// Publishes what arrives at `step`; called once a step, before its send().
  void arrive(model::Step step, const model::Epoch& epoch, network::Publisher& out) {
    if (later_.empty()) return;
    for (const auto& m : later_.front())
      out.publish(m.topic, m.partition, m.schema, epoch.at(step), m.observed, m.id, m.subject,
                  m.payload, {}, m.sealed);
    later_.pop_front();
  }

  /// What is on its way: working state.
  template <class A>
  void fields(A& a) {
    a(later_);
  }

 private:
  struct Late {
    std::string topic;
    network::Partition partition = 0;
    schemas::SchemaRef schema;
    model::EventTime observed;
    std::string id, subject, payload, sealed;

    template <class A>
    void fields(A& a) {
      a(topic, partition, schema.id, schema.index, observed, id, subject, payload, sealed);
    }
  };
  city_port::ChannelModel model_;
  runtime::Random random_;
  std::uint64_t key_;
  std::deque<std::vector<Late>> later_;  ///< by steps from now on
};

}  // namespace citybrain::connectors
