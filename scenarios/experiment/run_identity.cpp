#include "scenarios/experiment/run_identity.h"

#include <fmt/format.h>

#include <optional>

#include "citybrain/v1/port.pb.h"
#include "hub/network/framing.h"
#include "hub/network/publisher.h"
#include "schemas/schemas.h"

namespace citybrain::experiment {

using model::Error;
using model::Result;

namespace {

constexpr const char* kSource = "city/run";

Error another(const std::string& there, const std::string& mine) {
  return {"CB-INPUT-NETWORK",
          fmt::format("the network holds the run \"{}\", this part belongs to \"{}\"", there, mine),
          schemas::topic::kRun,
          "start every part with the same scenario and options, or use another network"};
}

/// What was said, if anything was.
Result<std::optional<RunIdentity>> said(network::Cursor& cursor) {
  CITYBRAIN_ASSIGN(records, cursor.poll(1));
  if (records.empty()) return std::optional<RunIdentity>();
  const auto framed = network::unframe(records.front().value);
  v1::RunIdentity record;
  if (!framed || framed->schema != schemas::kRunIdentity ||
      !record.ParseFromArray(framed->payload.data(), static_cast<int>(framed->payload.size())))
    return Error{"CB-INPUT-NETWORK", "the network does not say which run it holds",
                 schemas::topic::kRun, "use another network"};
  RunIdentity out{record.identity(), {}, {}, records.front().publish_time};
  out.sources.assign(record.sources().begin(), record.sources().end());
  out.hubs.assign(record.hubs().begin(), record.hubs().end());
  return std::optional(std::move(out));
}

}  // namespace

Result<void> announce(network::Log& log, const RunIdentity& run, bool resume) {
  CITYBRAIN_TRY(log.create({schemas::topic::kRun, 1}));
  CITYBRAIN_ASSIGN(cursor, log.cursor(schemas::topic::kRun, 0, 0));
  CITYBRAIN_ASSIGN(there, said(*cursor));
  if (there && there->text != run.text) return another(there->text, run.text);
  if (there && !resume)
    return Error{"CB-INPUT-NETWORK", "the network holds this run already", schemas::topic::kRun,
                 "go on with it with --resume, or use another network"};
  if (there) return {};
  CITYBRAIN_ASSIGN(publisher, network::Publisher::make(log, kSource));
  v1::RunIdentity record;
  record.set_identity(run.text);
  for (const auto& s : run.sources) record.add_sources(s);
  for (const auto& h : run.hubs) record.add_hubs(h);
  publisher.publish(schemas::topic::kRun, 0, schemas::kRunIdentity, run.start, run.start, "run",
                    "run", record.SerializeAsString());
  CITYBRAIN_TRY(publisher.send());
  return publisher.flush();
}

Result<std::optional<RunIdentity>> identity_on(network::Log& log) {
  CITYBRAIN_ASSIGN(cursor, log.cursor(schemas::topic::kRun, 0, 0));
  return said(*cursor);
}

Result<RunIdentity> recognise(network::Log& log, const std::string& mine,
                              const network::Patience& patience) {
  CITYBRAIN_TRY(log.create({schemas::topic::kRun, 1}));
  CITYBRAIN_ASSIGN(cursor, log.cursor(schemas::topic::kRun, 0, 0));
  for (network::Wait wait(patience);;) {
    CITYBRAIN_ASSIGN(there, said(*cursor));
    if (there && there->text != mine) return another(there->text, mine);
    if (there) return std::move(*there);
    CITYBRAIN_ASSIGN(again, wait.again());
    if (!again)
      return Error{"CB-RUN-SILENT", "no city has said which run this is", "city",
                   "start ./citybrain city with the same scenario, options and network"};
  }
}

}  // namespace citybrain::experiment
