#include "scenarios/cli/run_options.h"

#include <fmt/format.h>

#include <CLI/CLI.hpp>

#include "scenarios/experiment/collect.h"

namespace citybrain::cli {

using model::Result;

void add_one_run(CLI::App& command, OneRun& run, ScenarioIs scenario) {
  add_common(command, run.common, scenario);
  command.add_option("--sharing", run.sharing, "silo, point-to-point or hub");
  command.add_option("--seed", run.seed, "seed of everything random");
  command.add_option("--log-retention", run.log_retention,
                     "simulated time that the log keeps, e.g. 10m; what is older goes on the way, "
                     "as far as nobody needs it to go on; without it all is kept");
  add_metrics(command, run.metrics);
  command.add_option("--keys", run.keys,
                     "folder of the run's keys, where the scenario signs or seals (OUT/keys)");
  command.add_flag("--perfect-sensors", run.perfect_sensors,
                   "exact sensors and the day as recorded: the check against reference simulators");
}

void add_part(CLI::App& command, PartOptions& o, ScenarioIs scenario) {
  add_one_run(command, o.run, scenario);
  command
      .add_option("--patience", o.patience,
                  "how long a part waits for another one that says nothing before it gives up")
      ->capture_default_str();
}

Result<experiment::RunOptions> run_options(const OneRun& run, const Loaded& loaded) {
  experiment::RunOptions out;
  out.sharing = run.sharing;
  out.seed = run.seed;
  out.horizon_s = loaded.horizon_s;
  out.policy = run.common.policy;
  out.perfect_sensors = run.perfect_sensors;
  out.lenient = run.common.lenient;
  out.fsync = loaded.fsync;
  out.kafka = loaded.kafka;
  out.out = run.common.out;
  out.resume = run.common.resume;
  if (!run.log_retention.empty()) {
    CITYBRAIN_ASSIGN(seconds, parse_duration(run.log_retention, "--log-retention"));
    out.log_retention_s = seconds;
  }
  out.keys = run.keys;
  return experiment::settle(loaded.scenario, std::move(out));
}

std::filesystem::path usual_folder(const Loaded& loaded, const experiment::RunOptions& settled) {
  return fmt::format("runs/{}-{}-seed-{}", loaded.scenario.name, settled.sharing, *settled.seed);
}

Result<std::unique_ptr<network::Log>> open_shared(const Loaded& loaded, const std::string& identity,
                                                  MetricsOutput& metrics) {
  if (!loaded.kafka)
    return model::Error{"CB-USAGE-NETWORK",
                        "a part that is a process of its own needs a broker: the embedded log "
                        "belongs to one process",
                        "--network", "for example --network kafka:localhost:9092/lab1"};
  if (loaded.kafka->prefix.empty())
    return model::Error{"CB-USAGE-NETWORK",
                        "expected kafka:HOST:PORT/PREFIX: the prefix tells the run's topics from "
                        "those of other runs",
                        "--network", "give every part the same one"};
  network::KafkaOptions kafka = *loaded.kafka;
  metrics.meter(kafka);
  CITYBRAIN_ASSIGN(log, experiment::open_shared_log(kafka, identity));
  return metrics.meter(std::move(log));
}

void measure(MetricsOutput& metrics, const Loaded& loaded, experiment::RunOptions& options,
             experiment::RunHooks& hooks) {
  if (!metrics.wanted()) return;
  if (options.kafka) metrics.meter(*options.kafka);
  hooks.wrap_log = [&metrics](std::unique_ptr<network::Log> log) {
    return metrics.meter(std::move(log));
  };
  hooks.stepped = [&metrics, last = options.horizon_s,
                   hub = experiment::hub_metrics(metrics.metrics(), loaded.catalog)](
                      const experiment::StepDone& done) {
    hub(done);
    if (done.step == last) metrics.last_look();
  };
}

Result<std::chrono::milliseconds> patience(const PartOptions& o) {
  CITYBRAIN_ASSIGN(seconds, parse_duration(o.patience, "--patience"));
  return std::chrono::milliseconds(std::chrono::seconds(seconds));
}

}  // namespace citybrain::cli
