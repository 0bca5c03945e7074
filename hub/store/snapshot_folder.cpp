#include "hub/store/snapshot_folder.h"

#include <fmt/format.h>
#include <xxhash.h>

#include <algorithm>
#include <charconv>

#include "hub/model/archive.h"
#include "hub/runtime/faults.h"
#include "hub/runtime/files.h"

namespace citybrain::store {

namespace fs = std::filesystem;
using model::Error;
using model::Result;
using model::Step;

namespace {

constexpr const char* kCode = "CB-STORE-SNAPSHOT";
constexpr const char* kSuffix = ".snapshot";
constexpr const char* kFormat = "citybrain-snapshot-1";
constexpr std::size_t kKept = 3;

struct File {
  std::string format, identity;
  Step step = 0;
  std::string bytes;
  std::uint64_t checksum = 0;

  template <class A>
  void fields(A& a) {
    a(format, identity, step, bytes, checksum);
  }
  std::uint64_t sum() const { return XXH3_64bits_withSeed(bytes.data(), bytes.size(), step); }
};

/// The step in a file's name; nothing when it is no snapshot's name.
std::optional<Step> step_of(const fs::path& file) {
  const std::string name = file.stem().string();
  Step step = 0;
  const auto end = name.data() + name.size();
  if (file.extension() != kSuffix || std::from_chars(name.data(), end, step).ptr != end) return {};
  return step;
}

}  // namespace

fs::path SnapshotFolder::file(const std::string& part, Step step) const {
  return folder_ / part / (fmt::format("{:010}", step) + kSuffix);
}

Result<std::vector<Step>> SnapshotFolder::steps(const std::string& part) const {
  std::vector<Step> out;
  std::error_code ec;
  for (fs::directory_iterator it(folder_ / part, ec), end; !ec && it != end; it.increment(ec))
    if (const auto step = step_of(it->path())) out.push_back(*step);
  if (ec && ec != std::errc::no_such_file_or_directory)
    return Error{kCode, "the snapshots cannot be read: " + ec.message(), (folder_ / part).string(),
                 "name another folder with --snapshots"};
  std::sort(out.begin(), out.end());
  return out;
}

Result<void> SnapshotFolder::put(const std::string& part, const Snapshot& snapshot) {
  CITYBRAIN_TRY(runtime::make_directory(folder_ / part, kCode));
  File f{kFormat, identity_, snapshot.step, snapshot.bytes, 0};
  f.checksum = f.sum();
  model::Writer w;
  w(f);
  runtime::fault_point(runtime::Fault::kSnapshot);
  // Writers have any names; a file's name has no slashes and is short.
  const auto by = XXH3_64bits(writer_.data(), writer_.size());
  const fs::path name = file(part, snapshot.step),
                 own = fmt::format("{}.{:016x}", name.string(), by);
  CITYBRAIN_TRY(runtime::write_file_atomically(own, w.bytes(), kCode));
  CITYBRAIN_TRY(runtime::put_in_place(own, name, kCode));
  runtime::fault_point(runtime::Fault::kSnapshot);
  CITYBRAIN_ASSIGN(there, steps(part));
  std::error_code ec;  // what cannot be removed stays, and does no harm
  for (std::size_t i = 0; i + kKept < there.size(); ++i) fs::remove(file(part, there[i]), ec);
  return {};
}

Result<std::optional<Snapshot>> SnapshotFolder::at_or_before(const std::string& part,
                                                             Step step) const {
  runtime::fault_point(runtime::Fault::kRestore);
  CITYBRAIN_ASSIGN(there, steps(part));
  for (auto it = there.rbegin(); it != there.rend(); ++it) {
    if (*it > step) continue;
    CITYBRAIN_ASSIGN(found, read(part, *it));
    if (found) return std::move(found);
  }
  return std::optional<Snapshot>();
}

Result<std::optional<Snapshot>> SnapshotFolder::oldest(const std::string& part) const {
  CITYBRAIN_ASSIGN(there, steps(part));
  for (const auto step : there) {
    CITYBRAIN_ASSIGN(found, read(part, step));
    if (found) return std::move(found);
  }
  return std::optional<Snapshot>();
}

Result<std::optional<Snapshot>> SnapshotFolder::read(const std::string& part, Step step) const {
  const auto bytes = runtime::read_file(file(part, step), kCode);
  if (!bytes) return std::optional<Snapshot>();  // somebody removed it meanwhile
  model::Reader r(*bytes);
  File f;
  r(f);
  if (!r.complete() || f.format != kFormat || f.step != step || f.checksum != f.sum())
    return std::optional<Snapshot>();
  if (f.identity != identity_)
    return Error{
        "CB-INPUT-SNAPSHOT",
        fmt::format("the snapshot belongs to \"{}\", not to \"{}\"", f.identity, identity_),
        file(part, step).string(), "name another folder with --snapshots"};
  return std::optional(Snapshot{f.step, std::move(f.bytes)});
}

Result<std::vector<std::string>> SnapshotFolder::parts() const {
  std::vector<std::string> out;
  std::error_code ec;
  for (fs::directory_iterator it(folder_, ec), end; !ec && it != end; it.increment(ec))
    if (it->is_directory(ec)) out.push_back(it->path().filename().string());
  if (ec && ec != std::errc::no_such_file_or_directory)
    return Error{kCode, "the snapshots cannot be read: " + ec.message(), folder_.string(),
                 "name another folder with --snapshots"};
  std::sort(out.begin(), out.end());
  return out;
}

}  // namespace citybrain::store
