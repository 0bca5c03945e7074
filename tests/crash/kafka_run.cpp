#include "tests/crash/kafka_run.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>
#include <xxhash.h>

#include <algorithm>
#include <chrono>
#include <fstream>
#include <set>
#include <sstream>
#include <thread>

#include "hub/store/store.h"
#include "scenarios/evaluator/evaluator.h"
#include "scenarios/experiment/folder.h"
#include "schemas/schemas.h"

namespace citybrain::crash {
namespace {

namespace fs = std::filesystem;
using Clock = std::chrono::steady_clock;
constexpr const char* kScenario = "quickstart";
constexpr std::chrono::milliseconds kLook{2};
constexpr std::size_t kLastWords = 1500;

std::string read(const fs::path& path) {
  std::ifstream in(path, std::ios::binary);
  std::ostringstream s;
  s << in.rdbuf();
  return s.str();
}

pid_t spawn(std::vector<std::string> words, std::vector<std::string> environment,
            const fs::path& said) {
  std::vector<char*> argv, envp;
  for (auto& w : words) argv.push_back(w.data());
  argv.push_back(nullptr);
  for (auto& e : environment) envp.push_back(e.data());
  envp.push_back(nullptr);
  const int file = ::open(said.c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0644);
  const pid_t parent = ::getpid();
  const pid_t child = ::fork();
  if (child == 0) {  // only what is safe between fork and exec
    ::prctl(PR_SET_PDEATHSIG, SIGKILL);
    if (::getppid() != parent) ::_exit(143);
    ::dup2(file, STDOUT_FILENO);
    ::dup2(file, STDERR_FILENO);
    ::execvpe(argv[0], argv.data(), envp.data());
    ::_exit(127);
  }
  ::close(file);
  return child;
}

/// The scenario as the processes load it.
struct Known {
  experiment::Scenario scenario;
  experiment::World world;
  experiment::RunOptions options;
};

model::Result<Known> know(const KafkaSetting& setting) {
  experiment::ScenarioRequest request;
  request.name_or_path = kScenario;
  CITYBRAIN_ASSIGN(scenario, experiment::load_scenario(request, setting.root));
  CITYBRAIN_ASSIGN(world, experiment::build_world(scenario, false));
  experiment::RunOptions options;
  const std::uint32_t unit = setting.horizon.ends_with('m') ? 60 : 1;
  options.horizon_s = static_cast<model::Step>(std::stoul(setting.horizon)) * unit;
  for (std::size_t i = 0; i + 1 < setting.more.size(); ++i)
    if (setting.more[i] == "--seed") options.seed = std::stoull(setting.more[i + 1]);
  CITYBRAIN_ASSIGN(settled, experiment::settle(scenario, std::move(options)));
  return Known{std::move(scenario), std::move(world), std::move(settled)};
}

/// Digests of records in the order of each producer in each partition, which is what readers merge
/// by. Positions are left out: on Kafka repeats that readers drop leave gaps.
class Digests {
 public:
  void add(const std::string& topic, network::Partition partition, const network::RecordView& r) {
    auto& sum = sums_[fmt::format("{}/{}/{}", topic, partition, r.producer)];
    std::string bytes(reinterpret_cast<const char*>(&r.sequence), sizeof r.sequence);
    const auto put = [&](std::string_view text) {
      bytes += std::to_string(text.size());
      bytes += ':';
      bytes += text;
    };
    put(r.key);
    put(r.value);
    for (const auto& h : r.headers) {
      put(h.key);
      put(h.value);
    }
    sum = XXH3_64bits_withSeed(bytes.data(), bytes.size(), sum);
  }
  /// Of all topics that begin with `topic`.
  std::uint64_t of(std::string_view topic) const {
    std::uint64_t all = 0;
    for (const auto& [name, sum] : sums_)
      if (name.starts_with(topic))
        all = XXH3_64bits_withSeed(name.data(), name.size(), all ^ sum * 0x9E3779B97F4A7C15U);
    return all;
  }

 private:
  std::map<std::string, std::uint64_t> sums_;
};

model::Result<Outcome> read_outcome(network::Log& log, const store::Store& store,
                                    const Known& known) {
  Outcome o;
  CITYBRAIN_ASSIGN(evaluation,
                   evaluator::evaluate(log, store, *known.world.network,
                                       {{known.scenario.start}, known.options.horizon_s, {}}));
  o.hash = evaluation.outcome_hash;
  Digests digests;
  std::map<std::string, std::set<std::string, std::less<>>> ids;
  CITYBRAIN_ASSIGN(topics, log.topics());
  // Which hubs were there, and for how long by the wall clock, is no part of an outcome.
  std::erase_if(topics, [](const auto& t) { return t.name == schemas::topic::kMembers; });
  for (const auto& topic : topics)
    for (network::Partition p = 0; p < topic.partitions; ++p) {
      CITYBRAIN_ASSIGN(cursor, log.cursor(topic.name, p, 0));
      for (;;) {
        CITYBRAIN_ASSIGN(records, cursor->poll(4096));
        if (records.empty()) break;
        o.counts[topic.name] += records.size();
        for (const auto& r : records) {
          digests.add(topic.name, p, r);
          const bool once = topic.name == schemas::topic::kCommands;
          if (once && !ids[topic.name].emplace(r.header("ce_id")).second)
            o.hash += fmt::format(" ({} is there twice in {})", r.header("ce_id"), topic.name);
        }
      }
    }
  o.commands = digests.of(schemas::topic::kCommands);
  o.records = digests.of("");
  for (const auto& topic : topics) o.topics[topic.name] = digests.of(topic.name + "/");
  return o;
}

}  // namespace

KafkaRun::KafkaRun(const KafkaSetting& setting, Kind kind, fs::path folder, std::string prefix)
    : setting_(setting), kind_(kind), folder_(std::move(folder)), prefix_(std::move(prefix)) {
  fs::create_directories(folder_);
  if (kind_ == Kind::kOne)
    names_ = {"run"};
  else
    names_ = {"city", "connector", "hub"};
}

KafkaRun::~KafkaRun() {
  for (auto& [name, p] : processes_) {
    if (p.id == 0) continue;
    ::kill(p.id, SIGKILL);
    ::waitpid(p.id, nullptr, 0);
  }
}

std::vector<std::string> KafkaRun::command(const std::string& name) const {
  std::vector<std::string> words;
  if (const auto it = setting_.before.find(name); it != setting_.before.end()) words = it->second;
  const auto add = [&](std::initializer_list<std::string> more) {
    words.insert(words.end(), more);
  };
  words.push_back(setting_.program);
  const auto out = (folder_ / "out").string();
  const bool again = processes_.contains(name) && processes_.at(name).starts > 0;
  if (name == "run") {
    add({"run", kScenario, "--out", out});
    if (fs::exists(folder_ / "out/run.json")) add({"--resume"});
  } else if (name == "city") {
    add({"city", kScenario, "--out", out});
    if (again) add({"--resume"});
  } else if (name == "connector") {
    add({"connector", "all", "--scenario", kScenario});
  } else {
    add({"hub", "--scenario", kScenario, "--store", out + "/store"});
  }
  add({"--network", fmt::format("kafka:{}/{}", setting_.brokers, prefix_), "--horizon",
       setting_.horizon, "--no-progress", "--json"});
  words.insert(words.end(), setting_.more.begin(), setting_.more.end());
  return words;
}

void KafkaRun::start(const std::string& name, const std::string& fault) {
  // A run that died before its folder said whose topics they are begins anew, under another
  // prefix, as its error message says.
  if (name == "run" && processes_[name].starts > 0 && !fs::exists(folder_ / "out/run.json"))
    prefix_ += "x";
  std::vector<std::string> environment = {"CITYBRAIN_ROOT=" + setting_.root.string(),
                                          "LC_ALL=C.UTF-8"};
  if (const char* path = std::getenv("PATH")) environment.push_back(std::string("PATH=") + path);
  if (!fault.empty()) environment.push_back("CITYBRAIN_FAULT=" + fault);
  const auto words = command(name);
  auto& p = processes_[name];
  p.id = spawn(words, std::move(environment), folder_ / (name + ".said"));
  p.held = false;
  ++p.starts;
}

void KafkaRun::start_all(const std::map<std::string, std::string>& faults) {
  for (const auto& name : names_) start(name, faults.contains(name) ? faults.at(name) : "");
}

pid_t KafkaRun::process(const std::string& name) const {
  const auto it = processes_.find(name);
  return it == processes_.end() ? 0 : it->second.id;
}

int KafkaRun::code(const std::string& name) const { return processes_.at(name).code; }
std::string KafkaRun::said(const std::string& name) const {
  return read(folder_ / (name + ".said"));
}

KafkaRun::State KafkaRun::look(const std::string& name) {
  auto& p = processes_[name];
  if (p.id == 0) return State::kEnded;
  int status = 0;
  if (::waitpid(p.id, &status, WNOHANG | WUNTRACED | WCONTINUED) == p.id) {
    if (WIFSTOPPED(status)) {
      p.held = true;
    } else if (WIFCONTINUED(status)) {
      p.held = false;
    } else {
      p.code = WIFSIGNALED(status) ? -WTERMSIG(status) : WEXITSTATUS(status);
      p.id = 0;
      return State::kEnded;
    }
  }
  return p.held ? State::kHeld : State::kRuns;
}

bool KafkaRun::await(const std::string& name, State state, double limit_s) {
  const auto until = Clock::now() + std::chrono::duration<double>(limit_s);
  for (;;) {
    const auto now = look(name);
    if (now == state) return true;
    if (now == State::kEnded || Clock::now() > until) return false;
    std::this_thread::sleep_for(kLook);
  }
}

std::string KafkaRun::finish(double limit_s, int mends, std::vector<std::string>* gave_up) {
  const auto until = Clock::now() + std::chrono::duration<double>(limit_s);
  for (;;) {
    bool all = true;
    for (const auto& name : names_) {
      if (look(name) != State::kEnded) {
        all = false;
        continue;
      }
      const int code = this->code(name);
      if (code == 0) continue;
      if (code != 1 || mends-- <= 0)
        return fmt::format("{} ended with {}; {}", name, code, last_words());
      if (gave_up != nullptr) gave_up->push_back(said(name));
      start(name);
      all = false;
    }
    if (all) return {};
    if (Clock::now() > until)
      return fmt::format("it did not end within {:.0f} s; {}", limit_s, last_words());
    std::this_thread::sleep_for(kLook);
  }
}

std::string KafkaRun::last_words() const {
  std::string out;
  for (const auto& name : names_) {
    auto words = said(name);
    if (words.size() > kLastWords) words = words.substr(words.size() - kLastWords);
    const bool runs = process(name) != 0;
    out += fmt::format("\n  {} ({}): {}", name, runs ? "runs" : "ended",
                       words.empty() ? "said nothing" : words);
  }
  return out;
}

network::KafkaOptions KafkaRun::topics() const {
  network::KafkaOptions options;
  options.brokers = setting_.brokers;
  options.prefix = prefix_;
  return options;
}

Outcome KafkaRun::outcome() const {
  const auto read_all = [&]() -> model::Result<Outcome> {
    CITYBRAIN_ASSIGN(known, know(setting_));
    auto options = topics();
    options.identity = experiment::identity_of(known.scenario, known.options);
    CITYBRAIN_ASSIGN(log, network::open_kafka(options));
    CITYBRAIN_ASSIGN(store, store::Store::open({folder_ / "out/store", options.identity, false}));
    return read_outcome(*log, *store, known);
  };
  const auto read = read_all();
  if (read) return *read;
  Outcome o;
  o.hash = read.error().text();
  return o;
}

}  // namespace citybrain::crash
