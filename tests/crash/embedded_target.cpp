#include <fmt/format.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>
#include <xxhash.h>

#include <chrono>
#include <fstream>
#include <sstream>
#include <thread>

#include "hub/network/network.h"
#include "tests/crash/kill_driver.h"

namespace citybrain::crash {
namespace {

namespace fs = std::filesystem;

std::string read(const fs::path& path) {
  std::ifstream in(path, std::ios::binary);
  std::ostringstream s;
  s << in.rdbuf();
  return s.str();
}

/// The text behind `"key": "` up to the next quote.
std::string field(const std::string& json, const std::string& key) {
  const auto at = json.find("\"" + key + "\": \"");
  if (at == json.npos) return {};
  const auto from = at + key.size() + 5;
  return json.substr(from, json.find('"', from) - from);
}

std::uint64_t digest(std::uint64_t before, const network::RecordView& r) {
  XXH3_state_t* state = XXH3_createState();
  XXH3_64bits_reset_withSeed(state, before);
  const auto put = [&](std::string_view text) {
    const std::uint64_t size = text.size();
    XXH3_64bits_update(state, &size, sizeof size);
    XXH3_64bits_update(state, text.data(), text.size());
  };
  XXH3_64bits_update(state, &r.position, sizeof r.position);
  XXH3_64bits_update(state, &r.sequence, sizeof r.sequence);
  put(r.producer);
  put(r.key);
  put(r.value);
  for (const auto& h : r.headers) {
    put(h.key);
    put(h.value);
  }
  const auto sum = XXH3_64bits_digest(state);
  XXH3_freeState(state);
  return sum;
}

}  // namespace

Target::End EmbeddedTarget::run(const fs::path& out, bool resume, const std::string& fault,
                                double signal_after_s, int signal) {
  std::vector<std::string> arguments = {program_,     "run",    "quickstart",
                                        "--horizon",  horizon_, "--out",
                                        out.string(), "--json", "--no-progress"};
  arguments.insert(arguments.end(), more.begin(), more.end());
  if (resume) arguments.emplace_back("--resume");
  std::vector<char*> argv;
  for (auto& a : arguments) argv.push_back(a.data());
  argv.push_back(nullptr);
  std::vector<std::string> environment = {"CITYBRAIN_ROOT=" + root_, "LC_ALL=C.UTF-8"};
  if (!fault.empty()) environment.push_back("CITYBRAIN_FAULT=" + fault);
  std::vector<char*> envp;
  for (auto& e : environment) envp.push_back(e.data());
  envp.push_back(nullptr);
  const int said = ::memfd_create("said", MFD_CLOEXEC);  // on no disk, which may be full
  const pid_t child = fork();
  if (child == 0) {  // only what is safe between fork and exec: other threads may hold locks
    ::dup2(said, STDOUT_FILENO);
    ::dup2(said, STDERR_FILENO);
    ::execve(argv[0], argv.data(), envp.data());
    _exit(127);
  }
  if (signal_after_s > 0) {
    std::this_thread::sleep_for(std::chrono::duration<double>(signal_after_s));
    ::kill(child, signal);
  }
  int status = 0;
  ::waitpid(child, &status, 0);
  End end{WIFSIGNALED(status) ? -WTERMSIG(status) : WEXITSTATUS(status),
          read(fmt::format("/proc/self/fd/{}", said))};
  ::close(said);
  return end;
}

bool EmbeddedTarget::can_resume(const fs::path& out) const { return fs::exists(out / "run.json"); }

Outcome EmbeddedTarget::outcome(const fs::path& out) {
  Outcome o;
  o.hash = field(read(out / "report.json"), "outcome_hash");
  network::EmbeddedOptions options;
  options.directory = out / "log";
  options.identity = field(read(out / "run.json"), "identity");
  const auto log = network::open_embedded(options);
  if (!log) {
    o.hash += " (" + log.error().text() + ")";
    return o;
  }
  const auto topics = (*log)->topics().value();
  for (const auto& topic : topics)
    for (network::Partition p = 0; p < topic.partitions; ++p) {
      auto cursor = (*log)->cursor(topic.name, p, (*log)->begin(topic.name, p).value()).value();
      for (;;) {
        const auto records = cursor->poll(4096).value();
        if (records.empty()) break;
        o.counts[topic.name] += records.size();
        for (const auto& r : records) {
          o.records = digest(o.records, r);
          if (topic.name == "hub.commands") o.commands = digest(o.commands, r);
        }
      }
    }
  return o;
}

}  // namespace citybrain::crash
