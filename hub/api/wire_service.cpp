#include "hub/api/wire_service.h"

#include <algorithm>
#include <array>
#include <set>

namespace citybrain::api {
namespace {

struct Served {
  WireApi api;
  std::int16_t least;
  std::int16_t most;
};

// The oldest versions are those of Kafka 4 (KIP-896), the newest the last ones without compact
// encodings, which every client still speaks; ApiVersions alone has to answer in both. Produce is
// among them, and it and JoinGroup from version 0, because librdkafka tells by them what a broker
// can do.
constexpr std::array<Served, 16> kServed = {{{WireApi::kProduce, 0, 8},
                                             {WireApi::kFetch, 4, 11},
                                             {WireApi::kListOffsets, 1, 5},
                                             {WireApi::kMetadata, 0, 8},
                                             {WireApi::kOffsetCommit, 2, 6},
                                             {WireApi::kOffsetFetch, 1, 5},
                                             {WireApi::kFindCoordinator, 0, 2},
                                             {WireApi::kJoinGroup, 0, 4},
                                             {WireApi::kHeartbeat, 0, 2},
                                             {WireApi::kLeaveGroup, 0, 2},
                                             {WireApi::kSyncGroup, 0, 2},
                                             {WireApi::kApiVersions, 0, 3},
                                             {WireApi::kCreateTopics, 2, 4},
                                             {WireApi::kDeleteTopics, 1, 3},
                                             {WireApi::kInitProducerId, 0, 1},
                                             {WireApi::kDescribeConfigs, 1, 2}}};

constexpr std::int32_t kNode = 1;
constexpr std::int32_t kNoOperations = static_cast<std::int32_t>(0x80000000U);  // "not asked for"
constexpr const char* kReadOnly = "this is a run's log; it is read, never written, by clients";

std::int16_t code(WireError error) { return static_cast<std::int16_t>(error); }

void partition_metadata(WireWriter& out, std::int32_t number, std::int16_t version) {
  out.i16(0);
  out.i32(number);
  out.i32(kNode);
  if (version >= 7) out.i32(0);  // leader epoch
  out.count(1);                  // replicas
  out.i32(kNode);
  out.count(1);  // in sync
  out.i32(kNode);
  if (version >= 5) out.count(0);  // offline
}

}  // namespace

const WireService::Known& WireService::topics() {
  if (auto all = log_.topics())
    for (const auto& t : *all) topics_[t.name] = t.partitions;
  return topics_;
}

bool WireService::known(std::string_view topic, std::int32_t partition) {
  auto at = topics_.find(topic);
  if (at == topics_.end()) {
    topics();
    at = topics_.find(topic);
  }
  return at != topics_.end() && partition >= 0 &&
         static_cast<std::uint32_t>(partition) < at->second;
}

WireStep WireService::answer(WireConnection& connection, WireExchange& exchange, std::int64_t now,
                             std::size_t room) {
  WireReader in(exchange.request);
  Header header;
  header.api = static_cast<WireApi>(in.i16());
  header.version = in.i16();
  header.correlation = in.i32();
  header.client = in.nullable_string().value_or(std::string_view{});
  if (!in.ok()) return WireStep::kClose;
  exchange.reply.clear();
  if (!exchange.waits) exchange.since = now;
  WireWriter out(exchange.reply);
  out.i32(0);  // length
  out.i32(header.correlation);
  Call call{header, in, out, connection, exchange, now, std::min(room, max_reply_bytes_)};
  const auto step = dispatch(call);
  exchange.waits = step == WireStep::kAgain;
  if (step == WireStep::kAgain) return step;
  if (!in.ok()) return WireStep::kClose;
  if (step == WireStep::kReply)
    out.patch_i32(0, static_cast<std::uint32_t>(exchange.reply.size() - 4));
  return step;
}

WireStep WireService::dispatch(Call& c) {
  const auto served =
      std::find_if(kServed.begin(), kServed.end(), [&](auto& s) { return s.api == c.header.api; });
  if (served == kServed.end()) return WireStep::kClose;
  if (c.header.api == WireApi::kApiVersions) return api_versions(c);
  if (c.version() < served->least || c.version() > served->most) return WireStep::kClose;
  switch (c.header.api) {
    case WireApi::kProduce:
      return produce(c);
    case WireApi::kFetch:
      return fetch(c);
    case WireApi::kListOffsets:
      return list_offsets(c);
    case WireApi::kMetadata:
      return metadata(c);
    case WireApi::kOffsetCommit:
      return offset_commit(c);
    case WireApi::kOffsetFetch:
      return offset_fetch(c);
    case WireApi::kFindCoordinator:
      return find_coordinator(c);
    case WireApi::kJoinGroup:
      return join_group(c);
    case WireApi::kHeartbeat:
      return heartbeat(c);
    case WireApi::kLeaveGroup:
      return leave_group(c);
    case WireApi::kSyncGroup:
      return sync_group(c);
    case WireApi::kCreateTopics:
      return create_topics(c);
    case WireApi::kDeleteTopics:
      return delete_topics(c);
    case WireApi::kInitProducerId:
      return init_producer_id(c);
    default:
      return describe_configs(c);
  }
}

/// KIP-511: a version that is not known is answered in version 0, with what is known.
WireStep WireService::api_versions(Call& c) {
  const bool is_known = c.version() >= 0 && c.version() <= 3;
  const bool compact = c.version() == 3;
  if (compact) {
    c.in.skip_tagged_fields();  // of the header
    (void)c.in.compact_string();
    (void)c.in.compact_string();
    c.in.skip_tagged_fields();
  }
  c.out.i16(code(is_known ? WireError::kNone : WireError::kUnsupportedVersion));
  compact ? c.out.varint(kServed.size() + 1) : c.out.count(kServed.size());
  for (const auto& s : kServed) {
    c.out.i16(static_cast<std::int16_t>(s.api));
    c.out.i16(s.least);
    c.out.i16(s.most);
    if (compact) c.out.varint(0);
  }
  if (is_known && c.version() >= 1) c.out.i32(0);  // not throttled
  if (compact) c.out.varint(0);
  return WireStep::kReply;
}

WireStep WireService::metadata(Call& c) {
  const auto n = c.in.count(2);
  std::set<std::string_view> asked;
  for (std::int32_t i = 0; i < n && c.in.ok(); ++i) asked.insert(c.in.string());
  const auto& all = topics();
  if (n < 0 || (n == 0 && c.version() == 0))
    for (const auto& [name, partitions] : all) asked.insert(name);
  if (c.version() >= 3) c.out.i32(0);
  c.out.count(1);
  c.out.i32(kNode);
  c.out.string(c.connection.endpoint.host);
  c.out.i32(c.connection.endpoint.port);
  if (c.version() >= 1) c.out.null_string();  // rack
  if (c.version() >= 2) c.out.string("citybrain");
  if (c.version() >= 1) c.out.i32(kNode);  // controller
  c.out.count(asked.size());
  for (const auto name : asked) {
    const auto at = all.find(name);
    const bool there = at != all.end();
    c.out.i16(code(there ? WireError::kNone : WireError::kUnknownTopicOrPartition));
    c.out.string(name);
    if (c.version() >= 1) c.out.i8(0);  // no topic of the broker's own
    c.out.count(there ? at->second : 0);
    for (std::uint32_t p = 0; there && p < at->second; ++p)
      partition_metadata(c.out, static_cast<std::int32_t>(p), c.version());
    if (c.version() >= 8) c.out.i32(kNoOperations);
  }
  if (c.version() >= 8) c.out.i32(kNoOperations);
  return WireStep::kReply;
}

WireStep WireService::find_coordinator(Call& c) {
  (void)c.in.string();
  const bool group = c.version() < 1 || c.in.i8() == 0;
  if (c.version() >= 1) c.out.i32(0);
  c.out.i16(code(group ? WireError::kNone : WireError::kTransactionalIdAuthorizationFailed));
  if (c.version() >= 1) c.out.null_string();
  c.out.i32(group ? kNode : -1);
  c.out.string(group ? c.connection.endpoint.host : "");
  c.out.i32(group ? c.connection.endpoint.port : -1);
  return WireStep::kReply;
}

WireStep WireService::describe_configs(Call& c) {
  constexpr std::int8_t kTopicResource = 2;
  constexpr std::array<std::pair<std::string_view, std::string_view>, 4> kSettings = {
      {{"cleanup.policy", "delete"},
       {"message.timestamp.type", "CreateTime"},
       {"retention.bytes", "-1"},
       {"retention.ms", "-1"}}};
  const auto n = c.in.count(7);
  c.out.i32(0);
  c.out.count(static_cast<std::size_t>(std::max(n, 0)));
  for (std::int32_t i = 0; i < n && c.in.ok(); ++i) {
    const auto type = c.in.i8();
    const auto name = c.in.string();
    const auto keys = c.in.count(2);
    std::vector<std::string_view> asked;
    for (std::int32_t k = 0; k < keys && c.in.ok(); ++k) asked.push_back(c.in.string());
    const bool topic = type == kTopicResource;
    const bool there = !topic || known(name, 0);
    c.out.i16(code(there ? WireError::kNone : WireError::kUnknownTopicOrPartition));
    c.out.null_string();
    c.out.i8(type);
    c.out.string(name);
    std::vector<std::pair<std::string_view, std::string_view>> shown;
    for (const auto& s : kSettings)
      if (topic && there &&
          (keys < 0 || std::find(asked.begin(), asked.end(), s.first) != asked.end()))
        shown.push_back(s);
    c.out.count(shown.size());
    for (const auto& [key, value] : shown) {
      c.out.string(key);
      c.out.string(value);
      c.out.i8(1);  // read only
      c.out.i8(1);  // source: the topic
      c.out.i8(0);  // no secret
      c.out.count(0);
    }
  }
  if (c.version() >= 1) (void)c.in.i8();  // synonyms wanted
  return WireStep::kReply;
}

WireStep WireService::produce(Call& c) {
  if (c.version() >= 3) (void)c.in.nullable_string();  // transaction
  const auto acks = c.in.i16();
  (void)c.in.i32();
  const auto topics_asked = c.in.count(6);
  c.out.count(static_cast<std::size_t>(std::max(topics_asked, 0)));
  for (std::int32_t t = 0; t < topics_asked && c.in.ok(); ++t) {
    c.out.string(c.in.string());
    const auto partitions = c.in.count(8);
    c.out.count(static_cast<std::size_t>(std::max(partitions, 0)));
    for (std::int32_t p = 0; p < partitions && c.in.ok(); ++p) {
      c.out.i32(c.in.i32());
      (void)c.in.bytes();
      c.out.i16(code(WireError::kTopicAuthorizationFailed));
      c.out.i64(-1);
      if (c.version() >= 2) c.out.i64(-1);
      if (c.version() >= 5) c.out.i64(-1);
      if (c.version() >= 8) {
        c.out.count(0);
        c.out.string(kReadOnly);
      }
    }
  }
  if (c.version() >= 1) c.out.i32(0);
  return acks == 0 ? WireStep::kSilence : WireStep::kReply;
}

WireStep WireService::create_topics(Call& c) {
  const auto n = c.in.count(14);
  c.out.i32(0);
  c.out.count(static_cast<std::size_t>(std::max(n, 0)));
  for (std::int32_t t = 0; t < n && c.in.ok(); ++t) {
    c.out.string(c.in.string());
    c.out.i16(code(WireError::kPolicyViolation));
    c.out.string(kReadOnly);
    (void)c.in.i32();
    (void)c.in.i16();
    const auto assignments = c.in.count(8);
    for (std::int32_t a = 0; a < assignments && c.in.ok(); ++a) {
      (void)c.in.i32();
      const auto brokers = c.in.count(4);
      for (std::int32_t b = 0; b < brokers && c.in.ok(); ++b) (void)c.in.i32();
    }
    const auto settings = c.in.count(4);
    for (std::int32_t s = 0; s < settings && c.in.ok(); ++s) {
      (void)c.in.string();
      (void)c.in.nullable_string();
    }
  }
  (void)c.in.i32();
  (void)c.in.i8();
  return WireStep::kReply;
}

WireStep WireService::delete_topics(Call& c) {
  const auto n = c.in.count(2);
  c.out.i32(0);
  c.out.count(static_cast<std::size_t>(std::max(n, 0)));
  for (std::int32_t t = 0; t < n && c.in.ok(); ++t) {
    c.out.string(c.in.string());
    c.out.i16(code(WireError::kPolicyViolation));
  }
  (void)c.in.i32();
  return WireStep::kReply;
}

WireStep WireService::init_producer_id(Call& c) {
  (void)c.in.nullable_string();
  (void)c.in.i32();
  c.out.i32(0);
  c.out.i16(code(WireError::kClusterAuthorizationFailed));
  c.out.i64(-1);
  c.out.i16(-1);
  return WireStep::kReply;
}

}  // namespace citybrain::api
