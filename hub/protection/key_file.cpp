#include "hub/protection/key_file.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <cstdio>
#include <optional>

#include "hub/runtime/files.h"

namespace citybrain::protection {

using model::Error;
using model::EventTime;
using model::Result;

namespace {

constexpr const char* kKeyFileCode = "CB-INPUT-KEYS";
constexpr std::string_view kKeyFileHead = "citybrain-keys 1";
constexpr std::pair<std::string_view, KeyKind> kKinds[] = {{"sign", KeyKind::kSign},
                                                           {"verify", KeyKind::kVerify},
                                                           {"pseudonym", KeyKind::kPseudonym},
                                                           {"subject", KeyKind::kSubject}};

struct Word {
  std::string_view text;
  std::size_t column = 0;  ///< from 1
};

std::vector<Word> words_of(std::string_view line) {
  std::vector<Word> out;
  for (std::size_t i = 0; i < line.size();) {
    const auto begin = line.find_first_not_of(" \t\r", i);
    if (begin == line.npos) break;
    const auto end = std::min(line.find_first_of(" \t\r", begin), line.size());
    out.push_back({line.substr(begin, end - begin), begin + 1});
    i = end;
  }
  return out;
}

/// Reads one file; keeps the name for errors.
class Parsing {
 public:
  explicit Parsing(std::string_view name) : name_(name) {}

  Error error(std::size_t line, std::size_t column, std::string what, std::string mend = {}) const {
    return {kKeyFileCode, std::move(what), fmt::format("{}:{}:{}", name_, line, column),
            std::move(mend)};
  }
  Result<KeyEntry> entry(const std::vector<Word>& w, std::size_t line) const {
    KeyEntry key;
    if (w.size() != 6)
      return error(line, w.back().column,
                   fmt::format("expected kind, owner, id, from, until and material, found {} words",
                               w.size()));
    const auto kind = std::find_if(std::begin(kKinds), std::end(kKinds),
                                   [&](const auto& k) { return k.first == w[0].text; });
    if (kind == std::end(kKinds))
      return error(line, w[0].column, fmt::format("there is no kind of key \"{}\"", w[0].text),
                   "kinds: sign, verify, pseudonym, subject");
    key.kind = kind->second;
    key.owner = w[1].text;
    key.id = w[2].text;
    for (const auto& [word, bound] : {std::pair{w[3], &key.from}, std::pair{w[4], &key.until}}) {
      if (word.text == "-") continue;
      const auto t = time_from(word.text);
      if (!t)
        return error(
            line, word.column,
            "expected a time like 2026-03-02T07:00:00Z or -, found " + std::string(word.text));
      *bound = *t;
    }
    if (key.until <= key.from)
      return error(line, w[4].column, "the key is over before it begins",
                   "until must be later than from");
    const auto raw = from_hex(w[5].text);
    const auto material = raw ? bytes32(*raw) : std::nullopt;
    if (!material)
      return error(line, w[5].column, "the material must be 64 hexadecimal digits (32 bytes)");
    key.material = *material;
    return key;
  }

 private:
  std::string name_;
};

}  // namespace

std::string_view name_of(KeyKind kind) { return kKinds[static_cast<std::size_t>(kind)].first; }

std::optional<EventTime> time_from(std::string_view text) {
  int y = 0, mo = 0, d = 0, h = 0, mi = 0, s = 0, read = 0;
  if (text.size() != 20) return std::nullopt;
  const std::string copy(text);
  if (std::sscanf(copy.c_str(), "%4d-%2d-%2dT%2d:%2d:%2dZ%n", &y, &mo, &d, &h, &mi, &s, &read) !=
          6 ||
      read != 20)
    return std::nullopt;
  const auto date = std::chrono::year{y} / static_cast<unsigned>(mo) / static_cast<unsigned>(d);
  if (y < 1970 || !date.ok() || h < 0 || h > 23 || mi < 0 || mi > 59 || s < 0 || s > 59)
    return std::nullopt;
  const std::int64_t days = std::chrono::sys_days{date}.time_since_epoch().count();
  return EventTime{(((days * 24 + h) * 60 + mi) * 60 + s) * 1000};
}

std::string time_text(EventTime t) {
  if (t.ms == INT64_MIN || t.ms == INT64_MAX) return "-";
  using namespace std::chrono;
  const sys_seconds time{floor<seconds>(sys_time<milliseconds>{milliseconds{t.ms}})};
  const year_month_day date{floor<days>(time)};
  const auto s = (time - floor<days>(time)).count();
  return fmt::format("{:04}-{:02}-{:02}T{:02}:{:02}:{:02}Z", static_cast<int>(date.year()),
                     static_cast<unsigned>(date.month()), static_cast<unsigned>(date.day()),
                     s / 3600, s / 60 % 60, s % 60);
}

Result<KeyFile> KeyFile::parse(std::string_view text, std::string_view name) {
  KeyFile out;
  out.name_ = name;
  const Parsing parsing(name);
  std::size_t number = 0;
  for (std::size_t at = 0; at < text.size();) {
    const auto end = std::min(text.find('\n', at), text.size());
    const auto line = text.substr(at, end - at);
    at = end + 1;
    ++number;
    const auto w = words_of(line);
    if (number == 1) {
      if (line.substr(0, line.find_last_not_of(" \t\r") + 1) != kKeyFileHead)
        return parsing.error(1, 1, fmt::format("expected \"{}\" in the first line", kKeyFileHead));
      continue;
    }
    if (w.empty() || w[0].text.starts_with("#")) continue;
    CITYBRAIN_ASSIGN(key, parsing.entry(w, number));
    if (out.find(key.kind, key.owner, key.id) != nullptr)
      return parsing.error(
          number, w[2].column,
          fmt::format("{} {} {} is in the file twice", w[0].text, key.owner, key.id));
    key.line = number;
    out.keys_.push_back(std::move(key));
  }
  if (number == 0)
    return parsing.error(1, 1, fmt::format("expected \"{}\" in the first line", kKeyFileHead));
  return out;
}

Result<KeyFile> KeyFile::load(const std::filesystem::path& file) {
  struct stat about {};
  if (::stat(file.c_str(), &about) != 0)
    return runtime::file_error(kKeyFileCode, "the key file cannot be read", file, errno);
  if ((about.st_mode & 077U) != 0)
    return Error{kKeyFileCode,
                 fmt::format("others may read or write the key file (mode {:04o}, expected 0600)",
                             static_cast<unsigned>(about.st_mode & 07777U)),
                 file.string(), "chmod 600 " + file.string()};
  CITYBRAIN_ASSIGN(text, runtime::read_file(file, kKeyFileCode));
  return parse(text, file.string());
}

std::string KeyFile::text() const {
  std::string out = fmt::format("{}\n# kind owner id from until material\n", kKeyFileHead);
  for (const auto& k : keys_)
    out += fmt::format("{} {} {} {} {} {}\n", name_of(k.kind), k.owner, k.id, time_text(k.from),
                       time_text(k.until), to_hex(view(k.material)));
  return out;
}

Result<void> KeyFile::save(const std::filesystem::path& file) const {
  const auto failed = [&](const char* doing) {
    return runtime::file_error("CB-RUN-WRITE", doing, file, errno);
  };
  auto part = file;
  part += fmt::format(".{}.part", ::getpid());  // several processes may make the same file
  ::unlink(part.c_str());
  const int to = ::open(part.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
  if (to < 0) return failed("the key file cannot be written");
  const std::string bytes = text();
  std::size_t done = 0;
  while (done < bytes.size()) {
    const auto n = ::write(to, bytes.data() + done, bytes.size() - done);
    if (n < 0 && errno == EINTR) continue;
    if (n <= 0) {
      ::close(to);
      ::unlink(part.c_str());
      return failed("the key file cannot be written");
    }
    done += static_cast<std::size_t>(n);
  }
  ::close(to);
  return runtime::put_in_place(part, file, "CB-RUN-WRITE");
}

const KeyEntry* KeyFile::find(KeyKind kind, std::string_view owner, std::string_view id) const {
  const auto it = std::find_if(keys_.begin(), keys_.end(), [&](const KeyEntry& k) {
    return k.kind == kind && k.owner == owner && k.id == id;
  });
  return it == keys_.end() ? nullptr : &*it;
}

Result<const KeyEntry*> KeyFile::valid(KeyKind kind, std::string_view owner, EventTime at) const {
  const KeyEntry* last = nullptr;
  for (const auto& k : keys_) {
    if (k.kind != kind || k.owner != owner) continue;
    if (last == nullptr || !last->valid(at) || k.valid(at)) last = &k;
  }
  if (last != nullptr && last->valid(at)) return last;
  const auto of = fmt::format("{} {}", name_of(kind), owner);
  if (last == nullptr)
    return Error{"CB-RUN-KEY", fmt::format("there is no key {}", of), name_,
                 "add one, or make it with ./citybrain keys rotate"};
  return Error{"CB-RUN-KEY",
               fmt::format("the key {} {} is valid from {} until {}, not at {}", of, last->id,
                           time_text(last->from), time_text(last->until), time_text(at)),
               place(*last, at), "./citybrain keys rotate makes the next one"};
}

std::string KeyFile::place(const KeyEntry& key, EventTime at, bool short_name) const {
  const auto name = short_name ? std::filesystem::path(name_).filename().string() : name_;
  if (key.line == 0) return name;
  return fmt::format("{}:{}: {}", name, key.line, at < key.from ? "from" : "until");
}

Result<const KeyEntry*> KeyFile::rotate(KeyKind kind, std::string_view owner, EventTime at,
                                        const Bytes32& material) {
  CITYBRAIN_TRY(valid(kind, owner, at));
  std::size_t number = 1;
  for (auto& k : keys_) {
    if (k.kind != kind || k.owner != owner) continue;
    ++number;
    if (k.valid(at) && k.from < at) k.until = at;
  }
  KeyEntry next{kind, std::string(owner), {}, at, EventTime{INT64_MAX}, material};
  do next.id = fmt::format("k{}", number++);
  while (find(kind, owner, next.id) != nullptr);
  keys_.push_back(std::move(next));
  return &keys_.back();
}

KeyFile keys_of_seed(std::uint64_t seed, const std::vector<std::string>& departments,
                     const std::vector<std::string>& recipients) {
  KeyFile out;
  const auto root = hash_of({"citybrain/keys of a seed/1", std::to_string(seed)});
  const auto add = [&](KeyKind kind, const std::string& owner) {
    if (out.find(kind, owner, "k1") != nullptr) return;
    const auto name = fmt::format("{} {} k1", name_of(kind), owner);
    out.add(
        {kind, owner, "k1", EventTime{INT64_MIN}, EventTime{INT64_MAX}, hmac_sha256(root, name)});
  };
  for (const auto& d : departments) add(KeyKind::kSign, d);
  for (const auto& r : recipients) add(KeyKind::kPseudonym, r);
  add(KeyKind::kSign, kCustodian);
  add(KeyKind::kSubject, kCustodian);
  return out;
}

}  // namespace citybrain::protection
