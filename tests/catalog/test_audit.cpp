// The audit chain: bytes of every kind, what a checker says of each way to tamper with it, and that
// it goes on where it was left.
#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>

#include "tests/catalog/audit_trails.h"

namespace citybrain::catalog {
namespace {

using test::AuditRows;
using test::every_kind;
using test::some_chains;

std::string hex_of(std::string_view bytes) {
  std::string out;
  for (const char c : bytes) {
    constexpr const char* kDigits = "0123456789abcdef";
    out += kDigits[static_cast<unsigned char>(c) >> 4];
    out += kDigits[static_cast<unsigned char>(c) & 15];
  }
  return out;
}

/// Seals a Step anew after its entries were changed, as somebody would who knows how.
void reseal(SealedStep& s) {
  Sha256 sha256;
  std::vector<Hash> leaves;
  for (auto& e : s.entries) leaves.push_back(e.hash = hash_of_entry(sha256, e.bytes));
  s.count = static_cast<std::uint32_t>(s.entries.size());
  s.root = sha256.root(leaves);
  s.head = head_of(sha256, s);
}

TEST(Audit, BytesOfEveryKindAreGolden) {
  std::string text;
  AuditTrail trail(2);
  std::uint64_t number = 0;
  for (const auto& body : every_kind()) {
    text += std::string(kind_of(body)) + " " + hex_of(encode(AuditEntry{number++, body})) + "\n";
    trail.add(body);
  }
  trail.seal(1);
  text += "step " + hex_of(encode(trail.sealed())) + "\n";
  const auto file = std::filesystem::path(CITYBRAIN_SOURCE_DIR) / "schemas/golden/audit-1.hex";
  if (!std::filesystem::exists(file) && std::getenv("CITYBRAIN_WRITE_GOLDEN") != nullptr)
    std::ofstream(file) << text;
  std::ifstream in(file);
  const std::string golden((std::istreambuf_iterator<char>(in)), std::istreambuf_iterator<char>());
  EXPECT_EQ(text, golden) << file;
}

TEST(Audit, EveryKindComesBackFromItsBytes) {
  std::uint64_t number = 7;
  for (const auto& body : every_kind()) {
    const auto bytes = encode(AuditEntry{++number, body});
    const auto back = decode_entry(bytes);
    ASSERT_TRUE(back) << kind_of(body);
    EXPECT_EQ(back->number, number);
    EXPECT_EQ(back->body.index(), body.index());
    EXPECT_EQ(encode(*back), bytes);
    EXPECT_FALSE(decode_entry(bytes + "x"));
    EXPECT_FALSE(decode_entry(std::string_view(bytes).substr(0, bytes.size() - 1)));
  }
  EXPECT_EQ(every_kind().size(), std::variant_size_v<AuditBody>);
  EXPECT_EQ(audit_kinds().size(), std::variant_size_v<AuditBody>);
}

/// RFC 6962, 2.1.3: the tree over seven leaves, spelled out.
TEST(Audit, MerkleRootIsThatOfRfc6962) {
  Sha256 h;
  std::vector<Hash> leaf;
  for (char c = 'a'; c < 'h'; ++c) leaf.push_back(h({std::string_view("\0", 1), {&c, 1}}));
  const auto node = [&](const Hash& l, const Hash& r) {
    return h({std::string_view("\1", 1), view(l), view(r)});
  };
  const auto left = node(node(leaf[0], leaf[1]), node(leaf[2], leaf[3]));
  const auto right = node(node(leaf[4], leaf[5]), leaf[6]);
  EXPECT_EQ(h.root(leaf), node(left, right));
  EXPECT_EQ(hex(h.root({})), "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
  EXPECT_EQ(h.root({leaf.data(), 1}), leaf[0]);
}

TEST(Audit, AnUntouchedChainHolds) {
  const auto chains = some_chains();
  EXPECT_TRUE(chains.check().empty());
  EXPECT_TRUE(chains.check(false).empty());
  AuditChecker checker(chains.anchors);
  for (const auto& [key, row] : chains.rows) checker.take(key, row);
  checker.finish();
  ASSERT_EQ(checker.chains().size(), 2U);
  EXPECT_EQ(checker.chains().at(1).anchored, 6U);
  EXPECT_EQ(checker.chains().at(1).last, 6U);
}

TEST(Audit, GoesOnFromItsState) {
  AuditTrail whole(0), first(0), second(0);
  for (model::Step s = 1; s <= 4; ++s) {
    auto& half = s <= 2 ? first : second;
    if (s == 3) {
      second.add(Refused{1, 2, "forgotten"});  // what was not sealed is not kept
      second.restore(first.state());
    }
    whole.add(Refused{1, s, "min-green"});
    half.add(Refused{1, s, "min-green"});
    whole.seal(s);
    half.seal(s);
    EXPECT_EQ(encode(whole.sealed()), encode(half.sealed())) << s;
  }
}

struct Case {
  const char* what;
  void (*tamper)(AuditRows&);
  AuditFault fault;
  model::Step step;
  std::optional<std::uint64_t> entry;
};

void change_entry(AuditRows& rows, model::Step at, std::size_t i) {
  auto s = rows.step(0, at);
  s.entries[i].bytes.back() ^= 1;
  rows.put(s);
}

// Entries of chain 0: Step 1 has 0..9, Step 2 10 and 11, Step 3 12 to 14, Step 4 none, Step 5 15.
const Case kCases[] = {
    {"altered", [](AuditRows& r) { change_entry(r, 3, 1); }, AuditFault::kAltered, 3, 13},
    {"the last one altered", [](AuditRows& r) { change_entry(r, 5, 0); }, AuditFault::kAltered, 5,
     15},
    {"its hash altered",
     [](AuditRows& r) {
       auto s = r.step(0, 3);
       s.entries[2].hash[5] ^= 8;
       r.put(s);
     },
     AuditFault::kAltered, 3, 14},
    {"removed",
     [](AuditRows& r) {
       auto s = r.step(0, 3);
       s.entries.erase(s.entries.begin() + 1);
       r.put(s);
     },
     AuditFault::kRemoved, 3, 13},
    {"the last of a Step removed",
     [](AuditRows& r) {
       auto s = r.step(0, 2);
       s.entries.pop_back();
       r.put(s);
     },
     AuditFault::kRemoved, 2, 11},
    {"removed and sealed anew",
     [](AuditRows& r) {
       r.anchors.clear();
       auto s = r.step(0, 2);
       s.entries.pop_back();
       reseal(s);
       r.put(s);
     },
     AuditFault::kRemoved, 3, 11},
    {"reordered",
     [](AuditRows& r) {
       auto s = r.step(0, 3);
       std::swap(s.entries[0], s.entries[2]);
       r.put(s);
     },
     AuditFault::kReordered, 3, 12},
    {"put in",
     [](AuditRows& r) {
       auto s = r.step(0, 2);
       s.entries.push_back(r.step(0, 3).entries[0]);
       r.put(s);
     },
     AuditFault::kInserted, 2, 12},
    {"a Step removed", [](AuditRows& r) { r.rows.erase(audit_key(0, 3)); }, AuditFault::kRemoved, 3,
     12},
    {"a Step in another's place",
     [](AuditRows& r) { r.rows[audit_key(0, 5)] = r.rows.at(audit_key(0, 4)); },
     AuditFault::kMisplaced, 5, std::nullopt},
    {"a Step's numbers altered",
     [](AuditRows& r) {
       auto s = r.step(0, 5);
       s.first += 1;
       r.put(s);
     },
     AuditFault::kSeal, 5, std::nullopt},
    {"a head altered",
     [](AuditRows& r) {
       auto s = r.step(0, 4);
       s.head[0] ^= 1;
       r.put(s);
     },
     AuditFault::kSeal, 4, std::nullopt},
    {"a Step that goes on from elsewhere",
     [](AuditRows& r) {
       auto s = r.step(0, 4);
       s.previous[0] ^= 1;
       reseal(s);
       r.put(s);
     },
     AuditFault::kBroken, 4, std::nullopt},
    {"a row of no Step", [](AuditRows& r) { r.rows["quarantine"] = "x"; }, AuditFault::kForeign, 0,
     std::nullopt},
    {"a row cut short",
     [](AuditRows& r) {
       auto& row = r.rows.at(audit_key(0, 3));
       row.resize(row.size() / 2);
     },
     AuditFault::kUnreadable, 3, 12},
    {"a tail cut off",
     [](AuditRows& r) {
       r.rows.erase(audit_key(0, 5));
       r.rows.erase(audit_key(0, 6));
     },
     AuditFault::kTruncated, 5, 15},
    {"a chain cut off",
     [](AuditRows& r) {
       std::erase_if(r.rows,
                     [](const auto& row) { return parse_audit_key(row.first)->chain == 0; });
     },
     AuditFault::kTruncated, 1, 0},
};

TEST(Audit, NamesWhatWasDone) {
  for (const auto& c : kCases) {
    auto rows = some_chains();
    c.tamper(rows);
    const auto findings = rows.check();
    ASSERT_FALSE(findings.empty()) << c.what;
    EXPECT_EQ(findings[0].fault, c.fault)
        << c.what << ": " << name(findings[0].fault) << ", " << findings[0].detail;
    EXPECT_EQ(findings[0].step, c.step) << c.what;
    EXPECT_EQ(findings[0].entry, c.entry) << c.what;
    EXPECT_EQ(findings[0].chain, 0U) << c.what;
  }
}

/// Whoever rewrites a Step and everything after it, hashes and all, is found by what was published.
TEST(Audit, ARewrittenChainIsFoundByItsAnchors) {
  auto rows = some_chains();
  Hash head = rows.step(0, 2).head;
  for (model::Step at = 3; at <= 6; ++at) {
    auto s = rows.step(0, at);
    if (at == 3) {
      auto entry = *decode_entry(s.entries[1].bytes);
      std::get<Accessed>(entry.body).view = 9;
      s.entries[1].bytes = encode(entry);
    }
    s.previous = head;
    reseal(s);
    head = s.head;
    rows.put(s);
  }
  EXPECT_TRUE(rows.check(false).empty()) << "in itself it holds";
  const auto findings = rows.check();
  ASSERT_EQ(findings.size(), 1U);
  EXPECT_EQ(findings[0].fault, AuditFault::kRewritten);
  EXPECT_EQ(findings[0].step, 3U);
  EXPECT_EQ(findings[0].entry, 12U);
  EXPECT_EQ(findings[0].entries, 3U);
}

}  // namespace
}  // namespace citybrain::catalog
