#include "hub/network/members.h"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>

#include "citybrain/v1/hub.pb.h"
#include "hub/network/framing.h"
#include "hub/network/patience.h"

namespace citybrain::network {

using model::Error;
using model::Result;
using v1::HubMember;

namespace {

constexpr std::size_t kMemberPoll = 256;
constexpr int kBeatsPerSession = 4;
/// Times of these records mean nothing to anybody; 0 is no time that a broker keeps.
constexpr model::EventTime kNoTime{1};

}  // namespace

Result<Members> Members::join(Log& log, MemberOptions options) {
  CITYBRAIN_ASSIGN(first, log.begin(options.topic, 0));
  CITYBRAIN_ASSIGN(end, log.end(options.topic, 0));
  CITYBRAIN_ASSIGN(cursor, log.cursor(options.topic, 0, first));
  char host[256] = {};
  ::gethostname(host, sizeof host - 1);
  // Another process of this name joins at another place of the log, or under another number.
  static std::atomic<std::uint32_t> lives{0};
  auto life = fmt::format("{}-{}-{}-{}", host, ::getpid(), end, ++lives);
  CITYBRAIN_ASSIGN(publisher,
                   Publisher::make(log, fmt::format("member/{}/{}", options.name, life)));
  Members out(std::move(options), std::move(cursor), std::move(publisher), std::move(life));
  CITYBRAIN_TRY(out.read());
  out.say(HubMember::JOIN, out.options_.name, out.life_);
  CITYBRAIN_TRY(out.publisher_.send());
  CITYBRAIN_TRY(out.publisher_.flush());
  out.beat_ = out.ticked_ = Clock::now();
  for (Wait wait({out.options_.session, nullptr}); !out.joined_;) {
    CITYBRAIN_TRY(out.read());
    if (out.joined_) break;
    CITYBRAIN_ASSIGN(again, wait.again());
    if (!again)
      return Error{"CB-NETWORK-GROUP", "the group's topic does not show what was said on it",
                   out.options_.topic, "look whether the network works"};
  }
  return out;
}

void Members::say(int what, const std::string& member, const std::string& life) {
  HubMember message;
  message.set_what(static_cast<HubMember::What>(what));
  message.set_member(member);
  message.set_life(life);
  if (what == HubMember::OUT) message.set_by(options_.name);
  message.set_session_ms(static_cast<std::uint32_t>(options_.session.count()));
  publisher_.publish(options_.topic, 0, schemas::kHubMember, kNoTime, kNoTime,
                     fmt::format("{}-{}", life_, ++said_), member, message.SerializeAsString());
}

std::optional<Error> Members::take(const RecordView& record) {
  HubMember said;
  const auto framed = unframe(record.value);
  if (!framed || framed->schema != schemas::kHubMember ||
      !said.ParseFromArray(framed->payload.data(), static_cast<int>(framed->payload.size())))
    return {};
  const bool is_me = said.member() == options_.name && said.life() == life_;
  const auto found = members_.find(said.member());
  const bool is_life = found != members_.end() && found->second.life == said.life();
  switch (said.what()) {
    case HubMember::JOIN:
      if (joined_ && said.member() == options_.name && !is_me)
        return Error{"CB-NETWORK-FENCED",
                     fmt::format("another process ({}) has joined under this name", said.life()),
                     fmt::format("{}: {}", options_.topic, options_.name),
                     "give every hub a name of its own with --name"};
      joined_ = joined_ || is_me;
      members_[said.member()] = {said.life(), std::chrono::milliseconds(said.session_ms()),
                                 Clock::now()};
      if (!std::binary_search(known_.begin(), known_.end(), said.member()))
        known_.insert(std::upper_bound(known_.begin(), known_.end(), said.member()), said.member());
      ++version_;
      return {};
    case HubMember::LEAVE:
    case HubMember::OUT:
      // Of two that put each other out, the one that said it first is still there.
      if (said.what() == HubMember::OUT && !members_.contains(said.by())) return {};
      if (is_me && said.what() == HubMember::OUT)
        return Error{"CB-NETWORK-FENCED",
                     fmt::format("\"{}\" heard nothing of this process for {} ms and took it for "
                                 "dead; others do its work",
                                 said.by(), options_.session.count()),
                     fmt::format("{}: {}", options_.topic, options_.name),
                     "start it again; give it a longer --session if it only was slow"};
      if (!is_life) return {};
      members_.erase(found);
      ++version_;
      return {};
    default:
      if (is_life) found->second.heard = Clock::now();
      return {};
  }
}

Result<void> Members::read() {
  for (;;) {
    CITYBRAIN_ASSIGN(records, cursor_->poll(kMemberPoll, kComing));
    if (records.empty()) return {};
    for (const auto& r : records)
      if (const auto fenced = take(r)) return *fenced;
  }
}

void Members::put_out_the_silent(Clock::time_point now) {
  for (const auto& [name, m] : members_)
    if (name != options_.name && now - m.heard > m.session) say(HubMember::OUT, name, m.life);
}

Result<void> Members::tick() {
  CITYBRAIN_TRY(read());
  const auto now = Clock::now();
  // Who was away itself has not heard the others: it listens for a while first.
  const bool was_away = now - ticked_ > options_.session / 2;
  ticked_ = now;
  if (was_away) {
    for (auto& [name, m] : members_) m.heard = now;
  }
  put_out_the_silent(now);
  if (now - beat_ >= options_.session / kBeatsPerSession) {
    say(HubMember::BEAT, options_.name, life_);
    beat_ = now;
  }
  CITYBRAIN_TRY(publisher_.send());
  return {};
}

std::vector<std::string> Members::live() const {
  std::vector<std::string> out;
  for (const auto& [name, m] : members_) out.push_back(name);
  return out;
}

Result<void> Members::leave() {
  say(HubMember::LEAVE, options_.name, life_);
  CITYBRAIN_TRY(publisher_.send());
  return publisher_.flush();
}

}  // namespace citybrain::network
