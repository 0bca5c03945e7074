// Kafka brokers of a test's own: deploy/kafka/broker on a folder that goes with them. Whatever
// happens to the test, its brokers end: with this object, or, when the process is killed, by a
// guard that watches it. What the script says comes back as values. Threading: one at a time.
#pragma once

#include <fmt/format.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstdlib>
#include <fstream>
#include <sstream>
#include <string>

#include "tests/support/temporary_folder.h"

namespace citybrain::test {

struct ScriptSaid {
  int code = -1;
  std::string out, err;
};

class KafkaBroker {
 public:
  KafkaBroker() : KafkaBroker(std::filesystem::path()) {}
  /// With its data in `dir`, which outlives it; empty: in a folder of its own.
  explicit KafkaBroker(std::filesystem::path dir) : dir_(std::move(dir)) {
    if (dir_.empty()) dir_ = folder_.path() / "broker";
    guard_ = watch_over();
  }
  ~KafkaBroker() {
    (void)script("stop --timeout 5");
    ::kill(guard_, SIGKILL);
    ::waitpid(guard_, nullptr, 0);
  }
  KafkaBroker(const KafkaBroker&) = delete;
  KafkaBroker& operator=(const KafkaBroker&) = delete;

  /// `options` as behind `start`, e.g. "--cluster 3 --heap 192m". Exit code 0: they answer.
  ScriptSaid start(const std::string& options) {
    auto said = script("start " + options);
    brokers_ = said.out.substr(0, said.out.find('\n'));
    return said;
  }
  /// HOST:PORT[,HOST:PORT...]
  const std::string& brokers() const { return brokers_; }
  std::string dir() const { return dir_.string(); }
  const std::filesystem::path& folder() const { return folder_.path(); }

  ScriptSaid kill(int node = 1) const { return script(fmt::format("kill --node {}", node)); }
  ScriptSaid restart(int node = 1) const { return script(fmt::format("restart --node {}", node)); }
  ScriptSaid pause(int node = 1) const { return script(fmt::format("pause --node {}", node)); }
  ScriptSaid resume(int node = 1) const { return script(fmt::format("resume --node {}", node)); }

 private:
  static std::string program() { return CITYBRAIN_SOURCE_DIR "/deploy/kafka/broker"; }
  ScriptSaid script(const std::string& arguments) const {
    const auto out = folder_.path() / "out", err = folder_.path() / "err";
    const int status = std::system(fmt::format("'{}' {} --dir '{}' >'{}' 2>'{}'", program(),
                                               arguments, dir(), out.string(), err.string())
                                       .c_str());
    return {WIFEXITED(status) ? WEXITSTATUS(status) : -1, text(out), text(err)};
  }
  /// A process that stops the brokers and removes the folder when this one is gone.
  pid_t watch_over() const {
    const std::string work = fmt::format(
        "while kill -0 {} 2>/dev/null; do sleep 1; done; '{}' stop --dir '{}' --timeout 5; "
        "rm -rf '{}'",
        ::getpid(), program(), dir(), folder_.path().string());
    const pid_t child = ::fork();
    if (child != 0) return child;
    ::setsid();
    for (int fd = 0; fd < 3; ++fd) ::close(fd);
    ::execl("/bin/bash", "bash", "-c", work.c_str(), nullptr);
    ::_exit(127);
  }
  static std::string text(const std::filesystem::path& file) {
    std::ifstream in(file);
    std::ostringstream s;
    s << in.rdbuf();
    return s.str();
  }

  TemporaryFolder folder_;
  std::filesystem::path dir_;
  std::string brokers_;
  pid_t guard_ = -1;
};

}  // namespace citybrain::test
