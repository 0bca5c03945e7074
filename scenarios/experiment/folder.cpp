#include "scenarios/experiment/folder.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

#include <boost/json.hpp>
#include <cctype>
#include <cerrno>
#include <fstream>
#include <random>
#include <sstream>

#include "hub/runtime/files.h"
#include "scenarios/experiment/run_identity.h"
#include "schemas/schemas.h"

namespace citybrain::experiment {

namespace fs = std::filesystem;
using model::Error;
using model::Result;

namespace {

constexpr int kRunFormat = 2;
constexpr const char* kMarker = "run.json";
constexpr const char* kUnfinishedMarker = "run.json.part";

/// What run.json says.
struct Marker {
  std::string identity;
  std::string prefix;  // of the topics on Kafka; empty: the log is in the folder
  model::EventTime start = {};
  std::string request;  // run_request.h, as JSON; empty in folders of earlier versions
};

Result<Marker> read_marker(const fs::path& out) {
  std::ifstream in(out / kMarker, std::ios::binary);
  std::ostringstream text;
  text << in.rdbuf();
  boost::system::error_code ec;
  const auto parsed = boost::json::parse(text.str(), ec);
  const auto* object = parsed.if_object();
  Marker marker;
  const auto read = [&](const char* key, std::string& into) {
    const auto* value = object->if_contains(key);
    if (value != nullptr && value->is_string()) into = value->get_string();
  };
  if (!ec && object != nullptr) {
    read("identity", marker.identity);
    read("kafka_prefix", marker.prefix);
    if (const auto* start = object->if_contains("start_ms"); start != nullptr && start->is_int64())
      marker.start.ms = start->as_int64();
    if (const auto* request = object->if_contains("request"))
      marker.request = boost::json::serialize(*request);
  }
  if (marker.identity.empty())
    return Error{"CB-INPUT-STORE", "the file does not say which run the folder holds",
                 (out / kMarker).string(), "choose another --out FOLDER"};
  return marker;
}

std::string marker_text(const Marker& marker) {
  const auto quoted = [](const std::string& text) {
    return boost::json::serialize(boost::json::string(text));
  };
  std::string text = "{\"citybrain\": \"run\", \"identity\": " + quoted(marker.identity);
  if (!marker.request.empty()) text += ", \"request\": " + marker.request;
  if (!marker.prefix.empty()) text += ", \"kafka_prefix\": " + quoted(marker.prefix);
  if (marker.start.ms != 0) text += fmt::format(", \"start_ms\": {}", marker.start.ms);
  return text + "}\n";
}

/// A prefix that no other run has. Outcomes do not depend on it.
std::string own_prefix(const Scenario& scenario) {
  std::random_device chance;
  std::string name;
  for (const char c : scenario.name) name += std::isalnum(static_cast<unsigned char>(c)) ? c : '-';
  return fmt::format("{}-{:08x}{:08x}", name.substr(0, 60), chance(), chance());
}

Result<void> make_folder(const fs::path& out) {
  if (const auto made = runtime::make_directory(out, "CB-INPUT-OUT"); !made) {
    return Error{"CB-INPUT-OUT", "the output folder cannot be written: " + made.error().what,
                 out.string(), "choose another one with --out FOLDER"};
  }
  return {};
}

/// Removes what an earlier run left, and only that. The marker stays, so that the folder remains
/// ours when the process dies in between.
Result<void> clear(const fs::path& out) {
  for (const char* name : {"log", "store", "store.new", "report.json", "report.html", "trips.csv",
                           "trips.csv.part", "links.csv", "links.csv.part", "replay.cbr",
                           "replay.cbr.part", "parts", "hubs", "snapshots", "connectors", "keys"}) {
    std::error_code ec;
    fs::remove_all(out / name, ec);
    if (ec)
      return Error{"CB-INPUT-OUT", "an earlier run cannot be removed: " + ec.message(),
                   (out / name).string(), "choose another --out FOLDER"};
  }
  return {};
}

/// What a process leaves that dies before it has begun: nothing but a marker without its name.
void remove_unfinished_marker(const fs::path& out) {
  std::error_code ec;
  const auto entries = std::distance(fs::directory_iterator(out, ec), fs::directory_iterator());
  if (!ec && entries == 1) fs::remove(out / kUnfinishedMarker, ec);
}

/// The topics of the run that the folder held.
Result<void> remove_topics(const Marker& before, const RunOptions& options) {
  if (before.prefix.empty()) return {};
  if (!options.kafka)
    return Error{
        "CB-INPUT-OUT",
        fmt::format("the folder holds a run whose log is on Kafka (topics {}.*)", before.prefix),
        options.out.string(),
        "choose another --out FOLDER, or the same --network, which removes those topics"};
  network::KafkaOptions topics = *options.kafka;
  topics.prefix = before.prefix;
  return network::remove_kafka_topics(topics);
}

Result<void> start_anew(const RunOptions& options, const Marker& marker) {
  const fs::path& out = options.out;
  std::error_code ec;
  const bool ours = fs::exists(out / kMarker, ec);
  if (!ours) remove_unfinished_marker(out);
  if (fs::exists(out, ec) && !ours && !fs::is_empty(out, ec)) {
    return Error{"CB-INPUT-OUT", "the output folder holds something that is not a run of citybrain",
                 out.string(), "choose an empty or new folder with --out FOLDER"};
  }
  CITYBRAIN_TRY(make_folder(out));
  if (ours) {
    CITYBRAIN_ASSIGN(before, read_marker(out));
    CITYBRAIN_TRY(remove_topics(before, options));
    // Half removed, it must not be resumed.
    CITYBRAIN_TRY(write_file(out / kMarker, marker_text({"being replaced", {}, {}})));
    CITYBRAIN_TRY(clear(out));
  }
  // Whose topics they are is said once they are this run's (open_log).
  if (!marker.prefix.empty()) return {};
  return write_file(out / kMarker, marker_text(marker));
}

/// What the folder says of the run to go on with.
Result<Marker> check_resumable(const RunOptions& options, const std::string& identity) {
  const fs::path& out = options.out;
  std::error_code ec;
  if (!fs::exists(out / kMarker, ec))
    return Error{"CB-INPUT-RESUME", "there is no run to resume in this folder", out.string(),
                 "start it without --resume, or name its folder with --out"};
  CITYBRAIN_ASSIGN(marker, read_marker(out));
  if (marker.identity != identity) {
    return Error{"CB-INPUT-STORE",
                 "the folder holds another run (scenario, configuration, seed, mode, horizon, "
                 "policy or version differ)",
                 out.string(),
                 "resume with the options of that run, or choose another --out FOLDER"};
  }
  const bool other_prefix =
      options.kafka && !options.kafka->prefix.empty() && options.kafka->prefix != marker.prefix;
  if (options.kafka.has_value() == marker.prefix.empty() || other_prefix)
    return Error{"CB-INPUT-STORE",
                 marker.prefix.empty()
                     ? "the run's log is in the folder (--network embedded)"
                     : fmt::format("the run's log is on Kafka, in topics {}.*", marker.prefix),
                 out.string(), "resume with the --network of that run"};
  CITYBRAIN_TRY(make_folder(out));
  return std::move(marker);
}

}  // namespace

std::string identity_of(const Scenario& scenario, const RunOptions& o) {
  return fmt::format(
      "citybrain-run-{} scenario={} config={} seed={} sharing={} horizon={} policy={} perfect={}",
      kRunFormat, scenario.name, scenario.config_hash, *o.seed, o.sharing, o.horizon_s,
      o.policy.empty() ? "-" : o.policy, o.perfect_sensors ? 1 : 0);
}

Result<void> write_file(const fs::path& path, std::string_view text) {
  const fs::path temporary = path.string() + ".part";
  const auto failed = [&](const char* what) {
    const int reason = errno;
    ::unlink(temporary.c_str());
    return runtime::file_error("CB-RUN-WRITE", what, path, reason);
  };
  const int fd = ::open(temporary.c_str(), O_CREAT | O_TRUNC | O_WRONLY | O_CLOEXEC, 0644);
  if (fd < 0) return failed("the file cannot be written");
  std::size_t done = 0;
  while (done < text.size()) {
    const ssize_t n = ::write(fd, text.data() + done, text.size() - done);
    if (n < 0 && errno == EINTR) continue;
    if (n < 0) {
      auto error = failed("the file cannot be written");
      ::close(fd);
      return error;
    }
    done += static_cast<std::size_t>(n);
  }
  if (::close(fd) != 0) return failed("the file cannot be written");
  return runtime::put_in_place(temporary, path, "CB-RUN-WRITE");
}

Result<std::unique_ptr<network::Log>> open_past_log(
    const fs::path& out, const std::optional<network::KafkaOptions>& kafka) {
  CITYBRAIN_ASSIGN(marker, read_marker(out));
  if (marker.prefix.empty()) return network::open_embedded({out / "log", {}, marker.identity});
  if (!kafka)
    return Error{"CB-USAGE-NETWORK",
                 fmt::format("the run's log is on Kafka, in topics {}.*", marker.prefix),
                 "--network", "say at which broker: --network kafka:HOST:PORT"};
  network::KafkaOptions topics = *kafka;
  topics.prefix = marker.prefix;
  topics.identity = marker.identity;
  return network::open_kafka(topics);
}

Result<PastRun> past_run(const fs::path& out) {
  std::error_code ec;
  if (!fs::exists(out / kMarker, ec))
    return Error{"CB-INPUT-RUN", "there is no run in this folder", out.string(),
                 "name the folder of a run (--out of ./citybrain run)"};
  CITYBRAIN_ASSIGN(marker, read_marker(out));
  PastRun run{out, marker.identity, marker.start, std::nullopt, !marker.prefix.empty()};
  if (marker.request.empty()) return run;
  CITYBRAIN_ASSIGN(request, parse_request(marker.request, (out / kMarker).string()));
  run.request = std::move(request);
  return run;
}

Result<LogRun> run_on(network::Log& log) {
  CITYBRAIN_ASSIGN(run, identity_on(log));
  if (!run)
    return Error{"CB-INPUT-RUN", "the log does not say which run it holds", schemas::topic::kRun,
                 "name the folder of the run"};
  return LogRun{run->text, run->start};
}

Result<std::unique_ptr<store::Store>> PastRun::store() const {
  std::error_code ec;
  if (!fs::exists(out / "store", ec))
    return Error{"CB-INPUT-RUN",
                 fs::exists(out / "hubs", ec)
                     ? "the run was not brought to its end: its hubs' warehouses are not in one yet"
                     : "the run has no warehouse",
                 (out / "store").string(), "go on with it with --resume"};
  return store::Store::open({out / "store", identity, false});
}

Result<void> remove_past_topics(const fs::path& out,
                                const std::optional<network::KafkaOptions>& kafka) {
  if (!kafka) return {};
  CITYBRAIN_ASSIGN(marker, read_marker(out));
  if (marker.prefix.empty()) return {};
  network::KafkaOptions topics = *kafka;
  topics.prefix = marker.prefix;
  return network::remove_kafka_topics(topics);
}

Result<RunFolder> RunFolder::open(const Scenario& scenario, const RunOptions& options) {
  Marker marker{identity_of(scenario, options),
                {},
                scenario.start,
                request_json(request_of(scenario, options))};
  if (options.resume) {
    CITYBRAIN_ASSIGN(found, check_resumable(options, marker.identity));
    marker.prefix = found.prefix;
  } else {
    if (options.kafka)
      marker.prefix = options.kafka->prefix.empty() ? own_prefix(scenario) : options.kafka->prefix;
    CITYBRAIN_TRY(start_anew(options, marker));
  }
  return RunFolder(options.out, std::move(marker.identity), std::move(marker.prefix),
                   scenario.start, std::move(marker.request));
}

Result<std::unique_ptr<network::Log>> RunFolder::open_log(const RunOptions& options) const {
  if (!options.kafka) return network::open_embedded({out_ / "log", options.fsync, identity_});
  network::KafkaOptions kafka = *options.kafka;
  kafka.prefix = prefix_;
  kafka.identity = identity_;
  kafka.sole_writer = true;  // this process has all the producers of the run
  kafka.must_be_new = !options.resume;
  CITYBRAIN_ASSIGN(log, network::open_kafka(kafka));
  if (!options.resume) CITYBRAIN_TRY(remember_topics());
  return std::move(log);
}

Result<void> RunFolder::remember_topics() const {
  return write_file(out_ / kMarker, marker_text({identity_, prefix_, start_, request_}));
}

Result<void> RunFolder::finish(const RunReport& report, const model::RoadNetwork& network,
                               Language language) const {
  CITYBRAIN_TRY(write_file(out_ / "report.html", run_html(report, network, language)));
  return write_file(out_ / "report.json", run_json(report));
}

}  // namespace citybrain::experiment
