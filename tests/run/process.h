// Child processes of the test runner: each in its own process group, its output in a file, with a time limit.
#pragma once

#include <sys/types.h>

#include <chrono>
#include <filesystem>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace citybrain::test_run {

struct Invocation {
  std::vector<std::string> command;
  std::filesystem::path output;     ///< standard output and error go here
  std::filesystem::path directory;  ///< working directory; created, and TMPDIR inside it
  std::vector<std::pair<std::string, std::string>> environment;  ///< added to the runner's own
};

struct Exit {
  int code = 0;    ///< exit code; meaningless when signal is set
  int signal = 0;  ///< the signal that ended it, 0 for none
  bool timed_out = false;
  double seconds = 0;
  bool ok() const { return code == 0 && signal == 0 && !timed_out; }
  std::string text() const;
};

class Process {
 public:
  /// Starts at once. A command that cannot be executed ends with code 127.
  explicit Process(const Invocation& invocation);
  Process(const Process&) = delete;
  Process& operator=(const Process&) = delete;
  ~Process();  ///< kills what still runs

  /// The exit once it has ended; kills the whole group when `limit` has passed.
  std::optional<Exit> poll(std::chrono::seconds limit);
  double seconds() const;
  void kill();

 private:
  pid_t pid_ = -1;
  std::chrono::steady_clock::time_point start_;
  bool timed_out_ = false;
};

}  // namespace citybrain::test_run
