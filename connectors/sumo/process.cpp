#include "connectors/sumo/process.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <climits>
#include <cstring>
#include <utility>

namespace citybrain::connectors::sumo {

using model::Error;
using model::Result;

namespace {

Error cannot_start(const char* doing, int reason, const std::string& program) {
  return {"CB-SUMO-START", fmt::format("{}: {}", doing, std::strerror(reason)), program,
          "free some memory or process slots, then start again"};
}

std::vector<std::string> environment_with(const std::vector<std::string>& added) {
  std::vector<std::string> out;
  for (char** e = environ; *e != nullptr; ++e) out.emplace_back(*e);
  for (const auto& a : added) {
    const auto name = a.substr(0, a.find('=') + 1);
    if (std::none_of(out.begin(), out.end(), [&](const auto& e) { return e.starts_with(name); }))
      out.push_back(a);
  }
  return out;
}

std::vector<char*> pointers(std::vector<std::string>& words) {
  std::vector<char*> out;
  for (auto& w : words) out.push_back(w.data());
  out.push_back(nullptr);
  return out;
}

/// Between fork and exec: system calls only. The reason of a failure goes through `tell`.
[[noreturn]] void become(char** argv, char** envp, int words, int tell, pid_t parent) {
  ::setpgid(0, 0);
  ::prctl(PR_SET_PDEATHSIG, SIGKILL);
  if (::getppid() != parent) ::_exit(127);
  const int nothing = ::open("/dev/null", O_RDONLY);
  ::dup2(nothing, STDIN_FILENO);
  ::dup2(words, STDOUT_FILENO);
  ::dup2(words, STDERR_FILENO);
  ::close_range(3, UINT_MAX, CLOSE_RANGE_CLOEXEC);
  ::execvpe(argv[0], argv, envp);
  const int reason = errno;
  (void)!::write(tell, &reason, sizeof reason);
  ::_exit(127);
}

}  // namespace

Result<Process> Process::start(const std::string& program,
                               const std::vector<std::string>& arguments,
                               const std::vector<std::string>& environment) {
  std::vector<std::string> words = {program}, variables = environment_with(environment);
  words.insert(words.end(), arguments.begin(), arguments.end());
  auto argv = pointers(words), envp = pointers(variables);
  int tell[2];
  const int file = ::memfd_create("sumo", MFD_CLOEXEC);
  if (file < 0) return cannot_start("no file for its words", errno, program);
  if (::pipe2(tell, O_CLOEXEC) != 0) {
    const int reason = errno;
    ::close(file);
    return cannot_start("no pipe", reason, program);
  }
  const pid_t parent = ::getpid();
  const pid_t pid = ::fork();
  const int fork_failed = pid < 0 ? errno : 0;
  if (pid == 0) become(argv.data(), envp.data(), file, tell[1], parent);
  ::close(tell[1]);
  int reason = fork_failed;
  if (pid > 0) {
    while (::read(tell[0], &reason, sizeof reason) < 0 && errno == EINTR) {
    }
  }
  ::close(tell[0]);
  Process process(pid, file);
  if (reason == 0) return process;
  if (reason == ENOENT || reason == EACCES)
    return Error{
        "CB-SUMO-MISSING",
        fmt::format("the program {} cannot be started: {}", program, std::strerror(reason)), "",
        "apt-get install sumo, or set CITYBRAIN_SUMO to the program"};
  return cannot_start("the program cannot be started", reason, program);
}

Process::Process(Process&& other) noexcept { *this = std::move(other); }

Process& Process::operator=(Process&& other) noexcept {
  if (this == &other) return *this;
  release();
  pid_ = std::exchange(other.pid_, -1);
  words_ = std::exchange(other.words_, -1);
  code_ = other.code_;
  status_killed_ = other.status_killed_;
  return *this;
}

Process::~Process() { release(); }

void Process::release() {
  if (pid_ > 0) {
    kill();
    wait();
  }
  if (words_ >= 0) ::close(std::exchange(words_, -1));
}

void Process::settle(int status) {
  pid_ = -1;
  status_killed_ = WIFSIGNALED(status);
  code_ = status_killed_ ? WTERMSIG(status) : WEXITSTATUS(status);
}

bool Process::runs() {
  if (pid_ < 0) return false;
  int status = 0;
  if (::waitpid(pid_, &status, WNOHANG) == pid_) settle(status);
  return pid_ > 0;
}

void Process::wait() {
  int status = 0;
  while (pid_ > 0) {
    const pid_t ended = ::waitpid(pid_, &status, 0);
    if (ended == pid_) {
      settle(status);
    } else if (errno != EINTR) {
      pid_ = -1;
    }
  }
}

void Process::kill() {
  if (pid_ > 0) ::kill(pid_, SIGKILL);
}

std::string Process::end() const {
  return status_killed_ ? fmt::format("killed by signal {}", code_)
                        : fmt::format("exit code {}", code_);
}

std::string Process::said(std::size_t most) const {
  const off_t size = ::lseek(words_, 0, SEEK_END);
  if (size <= 0) return {};
  std::string out(std::min(most, static_cast<std::size_t>(size)), '\0');
  const auto n = ::pread(words_, out.data(), out.size(), size - static_cast<off_t>(out.size()));
  out.resize(n > 0 ? static_cast<std::size_t>(n) : 0);
  return out;
}

}  // namespace citybrain::connectors::sumo
