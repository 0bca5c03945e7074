#include "tests/run/process.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <signal.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstdlib>

namespace citybrain::test_run {
namespace {

// Runs in the child between fork and exec; the runner has one thread, so allocating here is safe.
[[noreturn]] void become(const Invocation& invocation) {
  setpgid(0, 0);
  const int out = open(invocation.output.c_str(), O_WRONLY | O_CREAT | O_TRUNC, 0644);
  const int in = open("/dev/null", O_RDONLY);
  if (out < 0 || in < 0 || chdir(invocation.directory.c_str()) != 0) _exit(127);
  dup2(in, STDIN_FILENO);
  dup2(out, STDOUT_FILENO);
  dup2(out, STDERR_FILENO);
  for (const auto& [name, value] : invocation.environment) {
    setenv(name.c_str(), value.c_str(), 1);
  }
  std::vector<char*> arguments;
  for (const auto& word : invocation.command) arguments.push_back(const_cast<char*>(word.c_str()));
  arguments.push_back(nullptr);
  execvp(arguments[0], arguments.data());
  dprintf(STDERR_FILENO, "%s: %s\n", arguments[0], strerror(errno));
  _exit(127);
}

}  // namespace

std::string Exit::text() const {
  if (timed_out) return fmt::format("timed out after {:.0f} s", seconds);
  if (signal != 0) return fmt::format("ended by signal {} ({})", signal, strsignal(signal));
  return fmt::format("exit code {}", code);
}

Process::Process(const Invocation& invocation) : start_(std::chrono::steady_clock::now()) {
  std::filesystem::create_directories(invocation.directory);
  pid_ = fork();
  if (pid_ == 0) become(invocation);
  if (pid_ > 0) setpgid(pid_, pid_);  // also here: whichever of the two runs first
}

Process::~Process() {
  if (pid_ <= 0) return;
  kill();
  waitpid(pid_, nullptr, 0);
}

double Process::seconds() const {
  return std::chrono::duration<double>(std::chrono::steady_clock::now() - start_).count();
}

void Process::kill() {
  if (pid_ > 0) ::kill(-pid_, SIGKILL);
}

std::optional<Exit> Process::poll(std::chrono::seconds limit) {
  if (pid_ <= 0) return Exit{.code = 127};
  int status = 0;
  if (waitpid(pid_, &status, WNOHANG) == 0) {
    if (seconds() > static_cast<double>(limit.count())) {
      timed_out_ = true;
      kill();
    }
    return std::nullopt;
  }
  Exit exit;
  exit.seconds = seconds();
  exit.timed_out = timed_out_;
  if (WIFSIGNALED(status)) {
    exit.signal = WTERMSIG(status);
  } else {
    exit.code = WEXITSTATUS(status);
  }
  kill();  // children that outlived it
  pid_ = -1;
  return exit;
}

}  // namespace citybrain::test_run
