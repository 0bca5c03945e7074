// One party's Step: what came over its links, what ended, what is new of its own, what goes out.
// Private to hub/federation. One thread.
#pragma once

#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "hub/federation/channel.h"
#include "hub/federation/federation.h"
#include "hub/federation/flows.h"
#include "hub/federation/holdings.h"
#include "hub/store/store.h"

namespace citybrain::federation {

class Party {
 public:
  /// As of its last commit.
  static model::Result<std::unique_ptr<Party>> open(const Plan& plan, const PartySpec& spec,
                                                    const World& world, const Options& options,
                                                    network::Log& network);

  const std::string& name() const { return spec_->name; }
  model::Step done() const { return step_; }
  /// The next Step.
  model::Result<void> step();
  PartyState state() const;

 private:
  /// One of its links.
  struct Line {
    const LinkSpec* link = nullptr;
    store::LinkRow row;
    std::optional<Sender> sender;
    std::optional<Receiver> receiver;
    Returns back;  ///< gathered in this Step
  };
  /// What is in no other row.
  struct Memory {
    std::uint64_t changes = 0;
    std::uint64_t exported = 0;                 ///< changes that the exporter has followed
    std::map<std::string, std::uint64_t> used;  ///< rows taken since the last report, by resource
    std::string sequences;                      ///< network::Publisher::save()

    template <class A>
    void fields(A& a) {
      a(changes, exported, used, sequences);
    }
  };

  Party(const Plan& plan, const PartySpec& spec, const World& world, network::Log& network)
      : plan_(&plan), spec_(&spec), world_(&world), network_(&network), write_(0) {}

  // party.cpp
  model::Result<void> open_line(const LinkSpec& link);
  model::Result<void> restore();
  model::Result<void> restore_rows();
  void introduce();
  model::Result<void> commit();
  model::Step next_commit() const;
  void put(const std::string& resource, const std::string& entity, store::SharedRow row);
  Line* inbound(const std::string& resource);

  // party_receive.cpp
  model::Result<void> receive(model::EventTime now, network::Horizon horizon);
  void take_shipment(Line& line, std::string_view payload, model::EventTime now);
  void take_row(Line& line, const Row& row, bool late, model::EventTime now);
  void take_returns(Line& line, std::string_view payload, model::EventTime now);
  void take_correction(Line& line, const Correction& correction, model::EventTime now);
  void take_usage(Line& line, const Usage& usage);
  void erase_closed();

  // party_send.cpp
  void take_own(model::EventTime now);
  model::Result<void> export_changes(model::EventTime now);
  model::Result<void> queue_rows(Line& line, std::vector<Row> rows, model::EventTime now);
  void report_usage(model::EventTime now);
  model::Result<void> queue_returns(model::EventTime now);
  model::Result<void> send(model::EventTime now);
  std::optional<std::string> trim(Line& line, std::string_view payload);

  const Plan* plan_;
  const PartySpec* spec_;
  const World* world_;
  network::Log* network_;
  std::unique_ptr<network::Log> own_;
  std::unique_ptr<store::Store> store_;
  std::optional<Flows> flows_;
  std::optional<network::Publisher> publisher_;
  std::vector<std::unique_ptr<Line>> lines_;
  Holdings holdings_;
  Memory memory_;
  std::map<std::pair<std::string, std::string>, store::UsageRow> usage_;  // by resource and party
  std::set<std::pair<std::string, std::string>> reported_;  // of them, since the last commit
  store::StepWrite write_;
  model::Step step_ = 0;
};

}  // namespace citybrain::federation
