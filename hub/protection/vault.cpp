#include "hub/protection/vault.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <fstream>

#include "hub/runtime/faults.h"
#include "hub/runtime/files.h"

namespace citybrain::protection {

using model::Error;
using model::Result;
using runtime::Fault;
using runtime::fault_point;

namespace {

constexpr const char* kVaultCode = "CB-INPUT-KEYS";
constexpr std::string_view kVaultHead = "citybrain-vault 1\n";
constexpr std::string_view kEnding = ".vault";
constexpr std::size_t kState = 0, kTag = 16, kKey = 32, kPrint = 64, kSum = 96;

std::filesystem::path file_of(const std::filesystem::path& folder, std::string source) {
  std::replace(source.begin(), source.end(), '/', '_');
  return folder / (source + std::string(kEnding));
}

std::string_view view_of(const SubjectTag& tag) {
  return {reinterpret_cast<const char*>(tag.data()), tag.size()};
}

bool read_exactly(int file, std::uint64_t at, std::string& out) {
  std::size_t done = 0;
  while (done < out.size()) {
    const auto n =
        ::pread(file, out.data() + done, out.size() - done, static_cast<off_t>(at + done));
    if (n < 0 && errno == EINTR) continue;
    if (n <= 0) return false;
    done += static_cast<std::size_t>(n);
  }
  return true;
}

}  // namespace

std::string to_hex(const SubjectTag& tag) { return to_hex(view_of(tag)); }

std::optional<SubjectTag> tag_from_hex(std::string_view text) {
  const auto bytes = from_hex(text);
  SubjectTag out{};
  if (!bytes || bytes->size() != out.size()) return std::nullopt;
  std::copy(bytes->begin(), bytes->end(), out.begin());
  return out;
}

Bytes32 fingerprint_of(const Bytes32& key) {
  return hash_of({"citybrain/fingerprint/1", view(key)});
}

Error Vault::failed(const char* doing) const {
  return runtime::file_error("CB-RUN-WRITE", doing, path_, errno);
}

std::string Vault::encode(char state, const SubjectTag& tag, const Entry& entry) {
  std::string slot(kSum, '\0');
  slot[kState] = state;
  slot.replace(kTag, tag.size(), view_of(tag));
  slot.replace(kKey, 32, view(entry.key));
  slot.replace(kPrint, 32, view(entry.fingerprint));
  slot += view(sha256(slot));
  return slot;
}

Result<std::unique_ptr<Vault>> Vault::open(const std::filesystem::path& folder,
                                           const std::string& source, const Bytes32& subject_key) {
  const auto path = file_of(folder, source);
  const int file = ::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600);
  if (file < 0) return runtime::file_error(kVaultCode, "the vault cannot be opened", path, errno);
  std::unique_ptr<Vault> vault(new Vault(file, path, source, subject_key));
  if (::flock(file, LOCK_EX | LOCK_NB) != 0)
    return Error{kVaultCode, "the vault is in use by another process", path.string(),
                 "wait until the run is over, or end it"};
  struct stat about {};
  if (::fstat(file, &about) != 0)
    return runtime::file_error(kVaultCode, "the vault cannot be read", path, errno);
  if ((about.st_mode & 077U) != 0)
    return Error{kVaultCode, "others may read or write the vault (expected mode 0600)",
                 path.string(), "chmod 600 " + path.string()};
  CITYBRAIN_TRY(vault->load());
  return vault;
}

Vault::~Vault() {
  for (auto& [tag, entry] : entries_) wipe(entry.key);
  wipe({reinterpret_cast<std::uint8_t*>(pending_.data()), pending_.size()});
  wipe(subject_);
  if (file_ >= 0) ::close(file_);
}

Result<void> Vault::load() {
  struct stat about {};
  if (::fstat(file_, &about) != 0) return failed("the vault cannot be read");
  const auto size = static_cast<std::uint64_t>(about.st_size);
  std::string head = std::string(kVaultHead) + source_;
  head.resize(kSlot, '\0');
  std::string bytes(std::min<std::uint64_t>(size, kSlot), '\0');
  if (!read_exactly(file_, 0, bytes)) return failed("the vault cannot be read");
  if (bytes.size() < kSlot) {  // new, or it was never begun
    if (::ftruncate(file_, 0) != 0) return failed("the vault cannot be written");
    CITYBRAIN_TRY(write(0, head));
    return sync();
  }
  if (bytes != head)
    return Error{kVaultCode, fmt::format("this is no vault of {}", source_), path_.string(),
                 "each source has a file of its own"};
  slots_ = size / kSlot;
  std::uint64_t good = 1;
  for (std::uint64_t s = 1; s < slots_; ++s) {
    std::string slot(kSlot, '\0');
    if (!read_exactly(file_, s * kSlot, slot)) return failed("the vault cannot be read");
    const bool fits = slot.substr(kSum) == view(sha256(slot.substr(0, kSum)));
    SubjectTag tag{};
    std::copy_n(slot.begin() + kTag, tag.size(), tag.begin());
    Entry entry{s, fits ? slot[kState] : 'X', {}, {}};
    if (fits) {
      good = s + 1;
      entry.key = *bytes32(slot.substr(kKey, 32));
      entry.fingerprint = *bytes32(slot.substr(kPrint, 32));
    }
    entries_[tag] = entry;
  }
  // What was being appended when the power went was not published yet.
  std::erase_if(entries_, [&](const auto& e) { return e.second.slot >= good; });
  slots_ = good;
  if (size != good * kSlot && ::ftruncate(file_, static_cast<off_t>(good * kSlot)) != 0)
    return failed("the vault cannot be written");
  return {};
}

Result<void> Vault::write(std::uint64_t slot, std::string_view bytes) {
  std::size_t done = 0;
  while (done < bytes.size()) {
    const auto n = ::pwrite(file_, bytes.data() + done, bytes.size() - done,
                            static_cast<off_t>(slot * kSlot + done));
    if (n < 0 && errno == EINTR) continue;
    if (n <= 0) return failed("the vault cannot be written");
    done += static_cast<std::size_t>(n);
  }
  return {};
}

Result<void> Vault::sync() {
  if (::fdatasync(file_) != 0) return failed("the vault cannot be synced");
  return {};
}

SubjectTag tag_of(const Bytes32& subject_key, std::string_view kind, std::string_view identity) {
  const auto h = hmac_sha256(subject_key, fmt::format("{}:{}", kind, identity));
  SubjectTag out{};
  std::copy_n(h.begin(), out.size(), out.begin());
  return out;
}

SubjectTag Vault::tag_of(std::string_view kind, std::string_view identity) const {
  return protection::tag_of(subject_, kind, identity);
}

Vault::Entry& Vault::add(const SubjectTag& tag, char state, const Bytes32& key) {
  Entry entry{slots_++, state, key, state == 'L' ? fingerprint_of(key) : Bytes32{}};
  pending_ += encode(state, tag, entry);
  return entries_[tag] = entry;
}

const Bytes32* Vault::find(const SubjectTag& tag) const {
  const auto it = entries_.find(tag);
  return it == entries_.end() || it->second.state != 'L' ? nullptr : &it->second.key;
}

const Bytes32* Vault::key_for(const SubjectTag& tag) {
  if (!entries_.contains(tag)) add(tag, 'L', random_key());
  return find(tag);
}

Result<void> Vault::flush() {
  if (pending_.empty()) return {};
  CITYBRAIN_TRY(write(slots_ - pending_.size() / kSlot, pending_));
  CITYBRAIN_TRY(sync());
  wipe({reinterpret_cast<std::uint8_t*>(pending_.data()), pending_.size()});
  pending_.clear();
  return {};
}

Result<Vault::Destroyed> Vault::destroy(const SubjectTag& tag) {
  CITYBRAIN_TRY(flush());
  Destroyed out;
  const auto it = entries_.find(tag);
  if (it == entries_.end()) {  // it shall not get a key later either
    add(tag, 'D', {});
    fault_point(Fault::kErase);
    CITYBRAIN_TRY(flush());
    fault_point(Fault::kErase);
    return out;
  }
  Entry& entry = it->second;
  out.held = entry.fingerprint != Bytes32{};
  out.fingerprint = entry.fingerprint;
  entry.state = 'D';
  for (const auto& over : {random_key(), Bytes32{}}) {
    wipe(entry.key);
    entry.key = over;
    fault_point(Fault::kErase);
    CITYBRAIN_TRY(write(entry.slot, encode('D', tag, entry)));
    fault_point(Fault::kErase);
    CITYBRAIN_TRY(sync());
    ++out.overwrites;
  }
  fault_point(Fault::kErase);
  CITYBRAIN_ASSIGN(gone, is_destroyed(tag));
  if (!gone) return Error{"CB-RUN-WRITE", "the key is still in the vault", path_.string(), ""};
  return out;
}

Result<bool> Vault::is_destroyed(const SubjectTag& tag) const {
  const auto it = entries_.find(tag);
  if (it == entries_.end()) return true;
  std::string slot(kSlot, '\0');
  if (!read_exactly(file_, it->second.slot * kSlot, slot))
    return failed("the vault cannot be read");
  return slot[kState] == 'D' && slot.substr(kKey, 32) == std::string(32, '\0');
}

Vault::Counts Vault::counts() const {
  Counts out;
  for (const auto& [tag, entry] : entries_)
    ++(entry.state == 'L' ? out.live : entry.state == 'D' ? out.destroyed : out.damaged);
  return out;
}

std::vector<SubjectTag> Vault::live() const {
  std::vector<SubjectTag> out;
  for (const auto& [tag, entry] : entries_)
    if (entry.state == 'L') out.push_back(tag);
  return out;
}

Result<std::vector<std::string>> vault_sources(const std::filesystem::path& folder) {
  std::vector<std::filesystem::path> files;
  std::error_code ec;
  for (std::filesystem::directory_iterator it(folder, ec), end; !ec && it != end; it.increment(ec))
    if (it->path().extension() == kEnding) files.push_back(it->path());
  if (ec)
    return Error{kVaultCode, "the folder of keys cannot be read: " + ec.message(), folder.string(),
                 "a run with protection.sealing has one"};
  std::sort(files.begin(), files.end());
  std::vector<std::string> out;
  for (const auto& file : files) {
    std::ifstream in(file, std::ios::binary);
    std::string head(kVaultHead.size() + 96, '\0');
    in.read(head.data(), static_cast<std::streamsize>(head.size()));
    head.resize(static_cast<std::size_t>(in.gcount()));
    if (head.empty()) continue;  // it was never begun
    if (!head.starts_with(kVaultHead))
      return Error{kVaultCode, "this is no vault", file.string(), ""};
    head.erase(0, kVaultHead.size());
    out.push_back(head.substr(0, head.find('\0')));
  }
  return out;
}

}  // namespace citybrain::protection
