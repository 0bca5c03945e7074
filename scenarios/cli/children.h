// The program's own commands as child processes: their output in files, their ends, their last
// words. A child has a process group of its own, so that Ctrl-C reaches it only through us, and
// ends when this process does, however it ends. One thread.
#pragma once

#include <sys/types.h>

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "hub/model/result.h"

namespace citybrain::cli {

class Children {
 public:
  ~Children();  // ends those that still run
  /// Error CB-RUN-PART.
  model::Result<void> start(std::string name, std::vector<std::string> arguments,
                            const std::filesystem::path& out, const std::filesystem::path& err);

  struct End {
    std::string name;
    int code = 0;  ///< exit code; -signal when it was killed
    std::filesystem::path err;
  };
  /// One that has ended since the last call, if any.
  std::optional<End> ended();
  bool running() const;
  void signal(int number) const;
  /// Ends all: SIGTERM, and SIGKILL for what is still there after some seconds.
  void stop();

 private:
  struct Child {
    std::string name;
    pid_t process = 0;
    std::filesystem::path err;
  };
  std::vector<Child> children_;  // that still run
};

/// The last `most` lines of a file.
std::string tail(const std::filesystem::path& file, std::size_t most);

}  // namespace citybrain::cli
