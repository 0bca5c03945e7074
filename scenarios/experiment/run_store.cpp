#include "scenarios/experiment/run_store.h"

#include <fmt/format.h>
#include <xxhash.h>

#include <algorithm>
#include <boost/json.hpp>
#include <optional>
#include <vector>

#include "hub/network/network.h"
#include "hub/runtime/faults.h"
#include "hub/runtime/files.h"
#include "hub/store/warehouse.h"
#include "schemas/schemas.h"

namespace citybrain::experiment {

namespace fs = std::filesystem;
namespace bj = boost::json;
using model::Error;
using model::Result;

namespace {

constexpr const char* kRun = "CB-INPUT-RUN";
constexpr const char* kBackup = "CB-INPUT-BACKUP";
constexpr const char* kOut = "CB-INPUT-OUT";
constexpr const char* kManifest = "backup.json";
constexpr int kBackupFormat = 1;

struct Marker {
  std::string identity, prefix;
};

Result<Marker> read_marker(const fs::path& out) {
  CITYBRAIN_ASSIGN(text, runtime::read_file(out / "run.json", kRun));
  boost::system::error_code ec;
  const auto parsed = bj::parse(text, ec);
  const auto* object = ec ? nullptr : parsed.if_object();
  const auto word = [&](const char* key) {
    const auto* v = object == nullptr ? nullptr : object->if_contains(key);
    return v != nullptr && v->is_string() ? std::string(v->get_string()) : std::string();
  };
  Marker marker{word("identity"), word("kafka_prefix")};
  if (marker.identity.empty())
    return Error{kRun, "this is no folder of a run", out.string(),
                 "name the folder that `run --out` made"};
  return marker;
}

Result<void> check_store_is_there(const fs::path& out) {
  std::error_code ec;
  if (fs::exists(out / "store" / "rocksdb", ec)) return {};
  return Error{kRun, "the run has no store", (out / "store").string(),
               "name the folder that `run --out` made"};
}

/// The embedded log; nothing where the run's log is on Kafka.
Result<std::unique_ptr<network::Log>> open_log(const fs::path& out, const Marker& marker) {
  if (!marker.prefix.empty())
    return Error{kRun, "the log of this run is on Kafka (topics " + marker.prefix + ".*)",
                 out.string(), "back it up at its broker"};
  std::error_code ec;
  if (!fs::exists(out / "log" / "rocksdb", ec))
    return Error{kRun, "the run has no log", (out / "log").string(),
                 "name the folder that `run --out` made"};
  network::EmbeddedOptions options;
  options.directory = out / "log";
  options.identity = marker.identity;
  return network::open_embedded(options);
}

/// Event time of Step 0, as "decided up to" of Step 1 says; nothing when the log does not reach
/// back to it.
Result<std::optional<std::int64_t>> start_of(network::Log& log) {
  std::optional<std::int64_t> none;
  CITYBRAIN_ASSIGN(topics, log.topics());
  const auto is_decided = [](const auto& t) { return t.name == schemas::topic::kDecided; };
  if (std::none_of(topics.begin(), topics.end(), is_decided)) return none;
  CITYBRAIN_ASSIGN(begin, log.begin(schemas::topic::kDecided, 0));
  if (begin != 0) return none;
  CITYBRAIN_ASSIGN(cursor, log.cursor(schemas::topic::kDecided, 0, 0));
  CITYBRAIN_ASSIGN(records, cursor->poll(1));
  if (records.empty()) return none;
  return std::optional(records.front().publish_time.ms - model::kStepMs);
}

/// The store's last Step, all of whose records the log has. Opening either recovers it.
Result<model::Step> common_step(const fs::path& out, const Marker& marker) {
  CITYBRAIN_ASSIGN(store, open_past_store(out));
  CITYBRAIN_ASSIGN(warehouse, store::Warehouse::open(*store));
  CITYBRAIN_ASSIGN(log, open_log(out, marker));
  const auto step = warehouse.last_step();
  if (step == 0) return step;
  // What a Step reads and says is in the log before its "decided up to".
  const model::EventTime at{warehouse.city().start_ms + std::int64_t{step} * model::kStepMs};
  CITYBRAIN_ASSIGN(decided, log->position_at(schemas::topic::kDecided, 0, at));
  CITYBRAIN_ASSIGN(end, log->end(schemas::topic::kDecided, 0));
  if (decided < end) return step;
  return Error{"CB-STORE-DAMAGED",
               fmt::format("the store has done step {}, which the log does not reach", step),
               out.string(),
               "go on with the run with --resume, which mends this, and back up then"};
}

std::string digest_of(std::string_view bytes) {
  const auto h = XXH3_128bits(bytes.data(), bytes.size());
  return fmt::format("{:016x}{:016x}", h.high64, h.low64);
}

/// What belongs to a run, relative to its folder, in order; locks are nobody's state.
Result<std::vector<fs::path>> files_of(const fs::path& out) {
  std::vector<fs::path> found;
  std::error_code ec;
  for (const char* name :
       {"run.json", "report.json", "report.html", "trips.csv", "links.csv", "replay.cbr"})
    if (fs::is_regular_file(out / name, ec)) found.emplace_back(name);
  for (const char* folder : {"log", "store"}) {
    fs::recursive_directory_iterator it(out / folder, ec), end;
    for (; !ec && it != end; it.increment(ec)) {
      const auto name = it->path().filename().string();
      if (it->is_regular_file(ec) && name != "LOCK" && name != "in_use")
        found.push_back(fs::relative(it->path(), out, ec));
    }
    if (ec) return runtime::file_error(kRun, "cannot list the run", out / folder, ec.value());
  }
  std::sort(found.begin(), found.end());
  return found;
}

struct FileEntry {
  fs::path path;
  std::uint64_t bytes = 0;
  std::string digest;
};

struct Manifest {
  std::string identity;
  model::Step step = 0;
  std::vector<FileEntry> files;
};

std::string text_of(const Manifest& m) {
  bj::array files;
  for (const auto& f : m.files)
    files.push_back(
        bj::object{{"path", f.path.generic_string()}, {"bytes", f.bytes}, {"xxh3_128", f.digest}});
  return bj::serialize(bj::object{{"citybrain", "backup"},
                                  {"format", kBackupFormat},
                                  {"identity", m.identity},
                                  {"step", m.step},
                                  {"files", files}}) +
         "\n";
}

/// A path of a manifest stays below the folder that it is joined to.
bool is_below(const fs::path& path) {
  if (path.empty() || path.is_absolute()) return false;
  return std::none_of(path.begin(), path.end(), [](const fs::path& p) { return p == ".."; });
}

Result<Manifest> read_manifest(const fs::path& backup) {
  const auto text = runtime::read_file(backup / kManifest, kBackup);
  const Error bad{kBackup, "this is no backup of a run, or it was never finished",
                  (backup / kManifest).string(), "name the folder that `store backup` made"};
  if (!text) return bad;
  try {
    const auto o = bj::parse(*text).as_object();
    if (o.at("citybrain").as_string() != "backup" ||
        o.at("format").to_number<int>() != kBackupFormat)
      return bad;
    Manifest m{
        std::string(o.at("identity").as_string()), o.at("step").to_number<model::Step>(), {}};
    for (const auto& f : o.at("files").as_array()) {
      const auto& entry = f.as_object();
      m.files.push_back({std::string(entry.at("path").as_string()),
                         entry.at("bytes").to_number<std::uint64_t>(),
                         std::string(entry.at("xxh3_128").as_string())});
      if (!is_below(m.files.back().path)) return bad;
    }
    return m;
  } catch (const std::exception&) {  // Boost.JSON throws for a missing key or another kind of value
    return bad;
  }
}

Result<void> copy_file(const fs::path& from, const fs::path& to, FileEntry& entry) {
  CITYBRAIN_ASSIGN(bytes, runtime::read_file(from, "CB-STORE-READ"));
  entry.bytes = bytes.size();
  entry.digest = digest_of(bytes);
  CITYBRAIN_TRY(runtime::make_directory(to.parent_path(), kOut));
  return runtime::write_file_atomically(to, bytes, "CB-STORE-WRITE");
}

/// An empty folder beside `target` that will get its name.
Result<fs::path> begin_folder(const fs::path& target) {
  std::error_code ec;
  if (fs::exists(target, ec) && !(fs::is_directory(target, ec) && fs::is_empty(target, ec)))
    return Error{kOut, "there is something in this place already", target.string(),
                 "name a new folder"};
  fs::path whole = fs::absolute(target, ec).lexically_normal();
  if (whole.filename().empty()) whole = whole.parent_path();
  const fs::path unfinished = whole.string() + ".part";
  fs::remove_all(unfinished, ec);
  CITYBRAIN_TRY(runtime::make_directory(unfinished, kOut));
  return unfinished;
}

Result<void> finish_folder(const fs::path& unfinished, const fs::path& target) {
  runtime::fault_point(runtime::Fault::kSnapshot);
  std::error_code ec;
  fs::remove(target, ec);  // an empty one
  fs::rename(unfinished, target, ec);
  if (ec) return runtime::file_error(kOut, "cannot name the folder", target, ec.value());
  runtime::fault_point(runtime::Fault::kSnapshot);
  return {};
}

BackupReport report_of(const Manifest& m) {
  BackupReport r{m.identity, m.step, m.files.size(), 0};
  for (const auto& f : m.files) r.bytes += f.bytes;
  return r;
}

}  // namespace

Result<std::string> identity_of_past(const fs::path& out) {
  CITYBRAIN_ASSIGN(marker, read_marker(out));
  return std::move(marker.identity);
}

Result<std::unique_ptr<store::Store>> open_past_store(const fs::path& out) {
  CITYBRAIN_ASSIGN(marker, read_marker(out));
  CITYBRAIN_TRY(check_store_is_there(out));
  return store::Store::open({out / "store", marker.identity, false});
}

Result<BackupReport> backup_run(const fs::path& out, const fs::path& backup) {
  CITYBRAIN_ASSIGN(marker, read_marker(out));
  CITYBRAIN_ASSIGN(unfinished, begin_folder(backup));
  Manifest manifest{marker.identity, 0, {}};
  const auto fill = [&]() -> Result<void> {
    CITYBRAIN_ASSIGN(step, common_step(out, marker));
    manifest.step = step;
    const auto log = runtime::DirectoryLock::acquire(out / "log", "CB-NETWORK-OPEN");
    if (!log) return log.error();
    const auto store = runtime::DirectoryLock::acquire(out / "store", "CB-STORE-OPEN");
    if (!store) return store.error();
    CITYBRAIN_ASSIGN(files, files_of(out));
    for (const auto& path : files) {
      auto& entry = manifest.files.emplace_back(FileEntry{path, 0, {}});
      CITYBRAIN_TRY(copy_file(out / path, unfinished / "run" / path, entry));
      runtime::fault_point(runtime::Fault::kSnapshot);
    }
    return runtime::write_file_atomically(unfinished / kManifest, text_of(manifest),
                                          "CB-STORE-WRITE");
  };
  if (const auto filled = fill(); !filled) {
    std::error_code ec;
    fs::remove_all(unfinished, ec);
    return filled.error();
  }
  CITYBRAIN_TRY(finish_folder(unfinished, backup));
  return report_of(manifest);
}

Result<BackupReport> restore_run(const fs::path& backup, const fs::path& out) {
  CITYBRAIN_ASSIGN(manifest, read_manifest(backup));
  for (const auto& f : manifest.files) {
    const auto bytes = runtime::read_file(backup / "run" / f.path, kBackup);
    if (bytes && bytes->size() == f.bytes && digest_of(*bytes) == f.digest) continue;
    return Error{kBackup,
                 bytes ? "a file of the backup was altered" : "a file of the backup is missing",
                 (backup / "run" / f.path).string(), "take another backup"};
  }
  CITYBRAIN_ASSIGN(unfinished, begin_folder(out));
  for (const auto& f : manifest.files) {
    FileEntry copied;
    const auto done = copy_file(backup / "run" / f.path, unfinished / f.path, copied);
    if (!done || copied.digest != f.digest) {
      std::error_code ec;
      fs::remove_all(unfinished, ec);
      if (!done) return done.error();
      return Error{kBackup, "a file of the backup was altered", f.path.string(),
                   "take another backup"};
    }
    runtime::fault_point(runtime::Fault::kSnapshot);
  }
  CITYBRAIN_TRY(finish_folder(unfinished, out));
  return report_of(manifest);
}

Result<std::uint64_t> migrate_run(const fs::path& out) {
  CITYBRAIN_ASSIGN(marker, read_marker(out));
  CITYBRAIN_TRY(check_store_is_there(out));
  std::int64_t start_ms = -1;
  std::error_code ec;
  if (marker.prefix.empty() && fs::exists(out / "log" / "rocksdb", ec)) {
    CITYBRAIN_ASSIGN(log, open_log(out, marker));
    CITYBRAIN_ASSIGN(start, start_of(*log));
    start_ms = start.value_or(-1);
  }
  return store::Store::migrate({out / "store", marker.identity, false}, start_ms);
}

}  // namespace citybrain::experiment
