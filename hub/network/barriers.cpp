#include "hub/network/barriers.h"

#include <algorithm>

#include "citybrain/v1/records.pb.h"
#include "hub/network/framing.h"

namespace citybrain::network {

using model::EventTime;
using model::Result;

namespace {

constexpr std::size_t kBarrierPoll = 256;

}  // namespace

Result<Barriers> Barriers::open(Log& log, std::string_view topic,
                                const std::vector<std::string>& sources) {
  CITYBRAIN_ASSIGN(first, log.begin(topic, 0));
  CITYBRAIN_ASSIGN(cursor, log.cursor(topic, 0, first));
  Barriers out(log, std::string(topic), std::move(cursor));
  for (const auto& s : sources) out.through_.emplace(s, INT64_MIN);
  return out;
}

const std::string* Barriers::behind(EventTime until) const {
  const auto it = std::find_if(through_.begin(), through_.end(),
                               [&](const auto& s) { return s.second < until.ms; });
  return it == through_.end() ? nullptr : &it->first;
}

Result<bool> Barriers::read(bool surely) {
  auto polled = surely ? cursor_->poll(kBarrierPoll) : cursor_->poll(kBarrierPoll, kComing);
  if (!polled && polled.error().code == "CB-NETWORK-POSITION") {
    CITYBRAIN_ASSIGN(first, log_->begin(topic_, 0));
    cursor_->seek(first);
    return true;
  }
  CITYBRAIN_ASSIGN(records, std::move(polled));
  v1::Barrier barrier;
  for (const auto& r : records) {
    const auto framed = unframe(r.value);
    if (!framed ||
        !barrier.ParseFromArray(framed->payload.data(), static_cast<int>(framed->payload.size())))
      continue;
    const auto it = through_.find(barrier.source());
    if (it != through_.end()) it->second = std::max(it->second, barrier.until_ms());
  }
  return !records.empty();
}

Result<std::string> Barriers::wait(EventTime until, const Patience& patience) {
  if (behind(until) == nullptr) return std::string();
  for (Wait wait(patience);;) {
    CITYBRAIN_ASSIGN(more, read(false));
    const std::string* silent = behind(until);
    if (silent == nullptr) return std::string();
    if (more) continue;  // an error only when all that is there was read
    CITYBRAIN_ASSIGN(again, wait.again());
    if (again) continue;
    // Nobody is called silent while it is the network that cannot be reached: that is an error.
    CITYBRAIN_ASSIGN(unread, read(true));
    if (!unread) return *silent;
  }
}

}  // namespace citybrain::network
