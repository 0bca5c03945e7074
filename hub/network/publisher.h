// Publisher: what a connector (or the hub) says on the network, as one producer. It frames the
// value, adds the CloudEvents attributes, numbers the records, and gathers what is published in one
// step into one append a partition (send()). After a restart, records that the log already has are
// dropped by their sequence. One thread. Errors: CB-NETWORK-*.
#pragma once

#include <functional>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "hub/model/trace.h"
#include "hub/network/network.h"
#include "hub/network/signer.h"
#include "schemas/schemas.h"

namespace citybrain::network {

class Publisher {
 public:
  /// `source` is the CloudEvents source and the producer's name, e.g.
  /// "traffic_police/signal_control". `seed` is the run's: two runs have no trace in common.
  static model::Result<Publisher> make(Log& log, std::string source, std::uint64_t seed = 0);
  Publisher(Publisher&&) noexcept;
  Publisher& operator=(Publisher&&) noexcept;
  ~Publisher();

  /// Gathers one record. `id` is the message id (unique per source; a repeated id is a duplicate
  /// that access drops); the subject is the thing observed; `payload` is the encoded message.
  /// Sequences follow from the order of calls per (topic, partition). A record without `causes`
  /// begins a trace; others carry on that of the first cause, and name all of them in ce_causedby.
  /// `sealed` goes along in cb_sealed.
  void publish(std::string_view topic, Partition partition, schemas::SchemaRef schema,
               model::EventTime publish_time, model::EventTime event_time, std::string_view id,
               std::string_view subject, std::string_view payload,
               std::span<const model::TraceContext> causes = {}, std::string_view sealed = {});
  /// "Nothing more until `until`" on the control topic.
  void barrier(std::string_view topic, model::EventTime until);
  /// Appends what was gathered, a batch a partition, in order of first use. Returns the number of
  /// records stored.
  model::Result<std::uint64_t> send();
  /// From now on everything that is sent is vouched for.
  void sign_with(std::shared_ptr<const Signer> signer);
  /// Called at the beginning of every send(); its error is send()'s.
  void before_send(std::function<model::Result<void>()> prepare);
  /// Returns when everything sent is acknowledged.
  model::Result<void> flush();
  const std::string& source() const;

  /// The sequences given so far, as bytes: part of a node's snapshot, so that what it publishes
  /// again has the numbers it had.
  std::string save() const;
  model::Result<void> restore(std::string_view saved);

 private:
  struct Impl;
  explicit Publisher(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

}  // namespace citybrain::network
