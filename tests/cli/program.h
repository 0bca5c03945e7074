// Runs the program as a user does.
#pragma once

#include <fcntl.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstdlib>
#include <fstream>
#include <sstream>
#include <string>
#include <vector>

#include "tests/support/temporary_folder.h"

namespace citybrain::test {

struct Said {
  int code = -1;  ///< exit code; -signal when killed
  std::string out, err;
};

class Program {
 public:
  pid_t start(const std::vector<std::string>& arguments) {
    const pid_t child = fork();
    if (child == 0) {
      redirect("out", STDOUT_FILENO);
      redirect("err", STDERR_FILENO);
      setenv("CITYBRAIN_ROOT", CITYBRAIN_SOURCE_DIR, 1);
      setenv("LC_ALL", "C.UTF-8", 1);
      if (chdir(folder_.path().c_str()) != 0) _exit(126);
      std::vector<char*> argv = {const_cast<char*>(CITYBRAIN_PROGRAM)};
      for (const auto& a : arguments) argv.push_back(const_cast<char*>(a.c_str()));
      argv.push_back(nullptr);
      execv(argv[0], argv.data());
      _exit(127);
    }
    return child;
  }
  Said wait(pid_t child) const {
    int status = 0;
    waitpid(child, &status, 0);
    return {WIFSIGNALED(status) ? -WTERMSIG(status) : WEXITSTATUS(status), read("out"),
            read("err")};
  }
  Said run(const std::vector<std::string>& arguments) { return wait(start(arguments)); }
  const std::filesystem::path& folder() const { return folder_.path(); }

 private:
  void redirect(const char* name, int to) const {
    const int file = open((folder_.path() / name).c_str(), O_WRONLY | O_CREAT | O_TRUNC, 0644);
    dup2(file, to);
  }
  std::string read(const char* name) const {
    std::ifstream in(folder_.path() / name);
    std::ostringstream s;
    s << in.rdbuf();
    return s.str();
  }
  TemporaryFolder folder_;
};

inline std::string outcome_hash(const std::string& json) {
  const std::string key = "\"outcome_hash\": \"";
  const auto at = json.find(key);
  return at == std::string::npos ? "" : json.substr(at + key.size(), 32);
}

}  // namespace citybrain::test
