#include "scenarios/experiment/folder.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

#include <cerrno>
#include <fstream>
#include <sstream>

#include "hub/runtime/files.h"

namespace citybrain::experiment {

namespace fs = std::filesystem;
using model::Error;
using model::Result;

namespace {

constexpr int kRunFormat = 2;
constexpr const char* kMarker = "run.json";
constexpr const char* kUnfinishedMarker = "run.json.part";

std::string identity_of(const Scenario& scenario, const RunOptions& o) {
  return fmt::format(
      "citybrain-run-{} scenario={} config={} seed={} sharing={} horizon={} policy={} perfect={}",
      kRunFormat, scenario.name, scenario.config_hash, *o.seed, o.sharing, o.horizon_s,
      o.policy.empty() ? "-" : o.policy, o.perfect_sensors ? 1 : 0);
}

std::string read_marker(const fs::path& out) {
  std::ifstream in(out / kMarker, std::ios::binary);
  std::ostringstream text;
  text << in.rdbuf();
  return text.str();
}

std::string marker_text(const std::string& identity) {
  return fmt::format("{{\"citybrain\": \"run\", \"identity\": \"{}\"}}\n", identity);
}

Result<void> make_folder(const fs::path& out) {
  if (const auto made = runtime::make_directory(out, "CB-INPUT-OUT"); !made) {
    return Error{"CB-INPUT-OUT", "the output folder cannot be written: " + made.error().what,
                 out.string(), "choose another one with --out FOLDER"};
  }
  return {};
}

/// Removes what an earlier run left, and only that. The marker stays, so that the folder remains
/// ours when the process dies in between.
Result<void> clear(const fs::path& out) {
  for (const char* name :
       {"log", "store", "report.json", "report.html", "trips.csv", "trips.csv.part", "links.csv",
        "links.csv.part", "replay.cbr", "replay.cbr.part"}) {
    std::error_code ec;
    fs::remove_all(out / name, ec);
    if (ec)
      return Error{"CB-INPUT-OUT", "an earlier run cannot be removed: " + ec.message(),
                   (out / name).string(), "choose another --out FOLDER"};
  }
  return {};
}

/// What a process leaves that dies before it has begun: nothing but a marker without its name.
void remove_unfinished_marker(const fs::path& out) {
  std::error_code ec;
  const auto entries = std::distance(fs::directory_iterator(out, ec), fs::directory_iterator());
  if (!ec && entries == 1) fs::remove(out / kUnfinishedMarker, ec);
}

Result<void> start_anew(const fs::path& out, const std::string& identity) {
  std::error_code ec;
  const bool ours = fs::exists(out / kMarker, ec);
  if (!ours) remove_unfinished_marker(out);
  if (fs::exists(out, ec) && !ours && !fs::is_empty(out, ec)) {
    return Error{"CB-INPUT-OUT", "the output folder holds something that is not a run of citybrain",
                 out.string(), "choose an empty or new folder with --out FOLDER"};
  }
  CITYBRAIN_TRY(make_folder(out));
  if (ours) {  // half removed, it must not be resumed
    CITYBRAIN_TRY(write_file(out / kMarker, marker_text("being replaced")));
    CITYBRAIN_TRY(clear(out));
  }
  return write_file(out / kMarker, marker_text(identity));
}

Result<void> check_resumable(const fs::path& out, const std::string& identity) {
  std::error_code ec;
  if (!fs::exists(out / kMarker, ec))
    return Error{"CB-INPUT-RESUME", "there is no run to resume in this folder", out.string(),
                 "start it without --resume, or name its folder with --out"};
  if (read_marker(out) != marker_text(identity)) {
    return Error{"CB-INPUT-STORE",
                 "the folder holds another run (scenario, configuration, seed, mode, horizon, "
                 "policy or version differ)",
                 out.string(),
                 "resume with the options of that run, or choose another --out FOLDER"};
  }
  return make_folder(out);
}

}  // namespace

Result<void> write_file(const fs::path& path, std::string_view text) {
  const fs::path temporary = path.string() + ".part";
  const auto failed = [&](const char* what) {
    const int reason = errno;
    ::unlink(temporary.c_str());
    return runtime::file_error("CB-RUN-WRITE", what, path, reason);
  };
  const int fd = ::open(temporary.c_str(), O_CREAT | O_TRUNC | O_WRONLY | O_CLOEXEC, 0644);
  if (fd < 0) return failed("the file cannot be written");
  std::size_t done = 0;
  while (done < text.size()) {
    const ssize_t n = ::write(fd, text.data() + done, text.size() - done);
    if (n < 0 && errno == EINTR) continue;
    if (n < 0) {
      auto error = failed("the file cannot be written");
      ::close(fd);
      return error;
    }
    done += static_cast<std::size_t>(n);
  }
  if (::close(fd) != 0) return failed("the file cannot be written");
  return runtime::put_in_place(temporary, path, "CB-RUN-WRITE");
}

Result<RunFolder> RunFolder::open(const Scenario& scenario, const RunOptions& options) {
  const std::string identity = identity_of(scenario, options);
  if (options.resume) {
    CITYBRAIN_TRY(check_resumable(options.out, identity));
  } else {
    CITYBRAIN_TRY(start_anew(options.out, identity));
  }
  return RunFolder(options.out, identity);
}

Result<void> RunFolder::finish(const RunReport& report, const model::RoadNetwork& network,
                               Language language) const {
  CITYBRAIN_TRY(write_file(out_ / "report.html", run_html(report, network, language)));
  return write_file(out_ / "report.json", run_json(report));
}

}  // namespace citybrain::experiment
