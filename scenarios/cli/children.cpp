#include "scenarios/cli/children.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <cstring>
#include <deque>
#include <fstream>
#include <thread>

namespace citybrain::cli {

using model::Error;
using model::Result;

namespace {

constexpr std::chrono::seconds kGrace{10};
constexpr std::chrono::milliseconds kLook{20};

/// Between fork and exec: only what may be called there.
[[noreturn]] void become(char* const* argv, int out, int err, pid_t parent) {
  ::setpgid(0, 0);
  ::prctl(PR_SET_PDEATHSIG, SIGTERM);
  if (::getppid() != parent) ::_exit(143);  // it ended before it could be told
  ::dup2(out, STDOUT_FILENO);
  ::dup2(err, STDERR_FILENO);
  ::execv("/proc/self/exe", argv);
  ::_exit(127);
}

Result<int> open_file(const std::filesystem::path& path) {
  const int fd = ::open(path.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
  if (fd < 0)
    return Error{"CB-RUN-WRITE",
                 fmt::format("the file cannot be written: {}", std::strerror(errno)), path.string(),
                 "free some space or choose another --out FOLDER"};
  return fd;
}

int code_of(int status) { return WIFSIGNALED(status) ? -WTERMSIG(status) : WEXITSTATUS(status); }

}  // namespace

Children::~Children() { stop(); }

Result<void> Children::start(std::string name, std::vector<std::string> arguments,
                             const std::filesystem::path& out, const std::filesystem::path& err) {
  CITYBRAIN_ASSIGN(out_file, open_file(out));
  const auto err_file = open_file(err);
  if (!err_file) {
    ::close(out_file);
    return err_file.error();
  }
  arguments.insert(arguments.begin(), "citybrain");
  std::vector<char*> argv;
  for (auto& a : arguments) argv.push_back(a.data());
  argv.push_back(nullptr);
  const pid_t parent = ::getpid();
  const pid_t process = ::fork();
  if (process == 0) become(argv.data(), out_file, *err_file, parent);
  const int reason = errno;
  ::close(out_file);
  ::close(*err_file);
  if (process < 0)
    return Error{"CB-RUN-PART",
                 fmt::format("the part cannot be started: {}", std::strerror(reason)), name, ""};
  children_.push_back({std::move(name), process, err});
  return {};
}

std::optional<Children::End> Children::ended() {
  for (auto child = children_.begin(); child != children_.end(); ++child) {
    int status = 0;
    if (::waitpid(child->process, &status, WNOHANG) != child->process) continue;
    End end{child->name, code_of(status), child->err};
    children_.erase(child);
    return end;
  }
  return std::nullopt;
}

bool Children::running() const { return !children_.empty(); }

void Children::signal(int number) const {
  for (const auto& c : children_) ::kill(c.process, number);
}

void Children::stop() {
  signal(SIGTERM);
  const auto until = std::chrono::steady_clock::now() + kGrace;
  while (running() && std::chrono::steady_clock::now() < until)
    if (!ended()) std::this_thread::sleep_for(kLook);
  signal(SIGKILL);
  for (const auto& c : children_) ::waitpid(c.process, nullptr, 0);
  children_.clear();
}

std::string tail(const std::filesystem::path& file, std::size_t most) {
  std::ifstream in(file);
  std::deque<std::string> lines;
  for (std::string line; std::getline(in, line);) {
    lines.push_back(std::move(line));
    if (lines.size() > most) lines.pop_front();
  }
  std::string out;
  for (const auto& l : lines) out += (out.empty() ? "" : "\n  ") + l;
  return out;
}

}  // namespace citybrain::cli
