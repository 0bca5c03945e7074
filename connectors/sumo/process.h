// A child process whose words are kept: how SUMO is started and how it ends. The child is in its
// own process group (an interruption at the terminal does not reach it) and dies with the thread
// that started it; the destructor ends it and leaves no zombie. Private to connectors/sumo.
#pragma once

#include <sys/types.h>

#include <filesystem>
#include <string>
#include <vector>

#include "hub/model/result.h"

namespace citybrain::connectors::sumo {

class Process {
 public:
  /// `program` is looked for in PATH when it has no folder; `environment` is "NAME=VALUE", each put
  /// in unless NAME is set already. Error CB-SUMO-MISSING when there is no such program,
  /// CB-SUMO-START when the system refuses.
  static model::Result<Process> start(const std::string& program,
                                      const std::vector<std::string>& arguments,
                                      const std::vector<std::string>& environment);
  Process(Process&& other) noexcept;
  Process& operator=(Process&& other) noexcept;
  ~Process();

  /// False once it has ended; it is then reaped.
  bool runs();
  /// Waits for it to end.
  void wait();
  void kill();
  pid_t id() const { return pid_; }
  /// "exit code 1", "killed by signal 9"; after it has ended.
  std::string end() const;
  bool was_killed() const { return status_killed_; }
  /// What it has written to standard output and error, the last `most` bytes.
  std::string said(std::size_t most = 16'384) const;

 private:
  Process(pid_t pid, int words) : pid_(pid), words_(words) {}
  void settle(int status);
  void release();

  pid_t pid_ = -1;  // -1: ended and reaped
  int words_ = -1;  // a file in memory
  int code_ = 0;
  bool status_killed_ = false;
};

}  // namespace citybrain::connectors::sumo
