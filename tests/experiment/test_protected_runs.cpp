// Runs that sign, seal and mask: outcomes depend on pseudonyms only, keys never get into log, store
// or snapshot, and an erasure changes nothing but who can read.
#include <gtest/gtest.h>

#include <atomic>
#include <fstream>
#include <sstream>

#include "hub/protection/custody.h"
#include "hub/protection/erasure.h"
#include "hub/protection/sealing.h"
#include "scenarios/experiment/audit_entries.h"
#include "scenarios/experiment/audit_report.h"
#include "scenarios/experiment/folder.h"
#include "scenarios/experiment/run.h"
#include "scenarios/experiment/setup.h"
#include "scenarios/experiment/who_saw.h"
#include "schemas/protection.h"
#include "tests/support/temporary_folder.h"

namespace citybrain::experiment {
namespace {

namespace fs = std::filesystem;
using protection::KeyFile;
using protection::Vault;

const fs::path kHome = CITYBRAIN_SOURCE_DIR;
using Settings = std::vector<std::pair<std::string, std::string>>;

const Settings kSealed = {{"protection.sealing", "true"}, {"protection.signatures", "required"}};
const Settings kMasked = {
    {"protection.masking", "true"},
    {"modes.hub.desks.district-brain.purpose", "signal_control"},
    {"modes.hub.desks.district-brain.masks",
     "{navigation.probes: [{field: unix_s, rule: generalise-time, minutes: 1}, "
     "{rule: aggregate, minimum_group: 2, window_s: 30}]}"}};

struct OneRun {
  Scenario scenario;
  World world;
  catalog::Catalog catalog;
  RunOptions options;

  OneRun(const Settings& settings, const fs::path& out, std::uint32_t horizon_s)
      : scenario(load(settings)),
        world(*build_world(scenario, false)),
        catalog(*catalog::Catalog::load(kHome / "schemas/contracts")) {
    RunOptions o;
    o.out = out;
    o.seed = 1;
    o.horizon_s = horizon_s;
    o.shares_process = true;
    options = *settle(scenario, std::move(o));
  }
  static Scenario load(const Settings& settings) {
    ScenarioRequest r;
    r.name_or_path = "quickstart";
    r.settings = settings;
    auto s = load_scenario(r, kHome);
    EXPECT_TRUE(s) << s.error().text();
    return std::move(*s);
  }
  RunReport report(const RunHooks& hooks = {}) {
    auto r = run(scenario, world, catalog, options, hooks);
    EXPECT_TRUE(r) << r.error().text();
    return std::move(*r);
  }
  std::string hash(const RunHooks& hooks = {}) { return report(hooks).evaluation.outcome_hash; }
  std::unique_ptr<network::Log> log() const {
    network::EmbeddedOptions o;
    o.directory = options.out / "log";
    o.identity = identity_of(scenario, options);
    return network::open_embedded(o).value();
  }
};

struct Opened {
  std::shared_ptr<const KeyFile> keys;
  std::vector<std::unique_ptr<Vault>> vaults;

  explicit Opened(const fs::path& folder)
      : keys(std::make_shared<const KeyFile>(KeyFile::load(folder / "keys.txt").value())),
        vaults(protection::open_vaults(folder, *keys).value()) {}
  std::vector<Vault*> all() const {
    std::vector<Vault*> out;
    for (const auto& v : vaults) out.push_back(v.get());
    return out;
  }
  Vault& of(const std::string& source) const {
    for (const auto& v : vaults)
      if (v->source() == source) return *v;
    ADD_FAILURE() << source;
    return *vaults.front();
  }
};

/// Fields of probes that open and that do not, by publish time.
struct Fields {
  std::map<std::int64_t, std::uint64_t> opened, closed;
  std::uint64_t signed_records = 0, records = 0;

  Fields(network::Log& log, const Vault& vault, const protection::SubjectTag* subject) {
    for (network::Partition p = 0; p < 2; ++p) {
      auto cursor = log.cursor("navigation.probes", p, 0).value();
      for (;;) {
        const auto batch = cursor->poll(1000).value();
        if (batch.empty()) break;
        for (const auto& r : batch) {
          ++records;
          signed_records += r.header(schemas::header::kSignature).empty() ? 0 : 1;
          const auto fields = protection::open_fields(
              vault, {"navigation.probes", r.header("ce_source"), r.header("ce_id")},
              r.header(schemas::header::kSealed));
          for (const auto& f : *fields)
            if (subject == nullptr || f.subject == *subject)
              ++(f.value ? opened : closed)[r.publish_time.ms];
        }
      }
    }
  }
};

std::string bytes_of(const fs::path& file) {
  std::ifstream in(file, std::ios::binary);
  std::ostringstream s;
  s << in.rdbuf();
  return s.str();
}

/// Of a file, or of all files of a folder.
std::string all_bytes(const fs::path& place) {
  if (!fs::is_directory(place)) return bytes_of(place);
  std::string out;
  for (const auto& e : fs::recursive_directory_iterator(place))
    if (e.is_regular_file()) out += bytes_of(e.path());
  return out;
}

class ProtectedRuns : public ::testing::Test {
 protected:
  test::TemporaryFolder folder;
};

TEST_F(ProtectedRuns, SealingAndSigningChangeNoOutcome) {
  OneRun plain({}, folder.path() / "plain", 90), sealed(kSealed, folder.path() / "sealed", 90);
  const auto expected = plain.report(), report = sealed.report();
  EXPECT_EQ(report.evaluation.outcome_hash, expected.evaluation.outcome_hash);
  EXPECT_EQ(report.hub.quarantined, expected.hub.quarantined) << "every signature is good";
  EXPECT_EQ(report.hub.admitted, expected.hub.admitted);
  const Opened keys(folder.path() / "sealed/keys");
  const auto log = sealed.log();
  const Fields fields(*log, keys.of("navigation/probes"), nullptr);
  EXPECT_GT(fields.opened.size(), 10U);
  EXPECT_TRUE(fields.closed.empty());
  EXPECT_EQ(fields.signed_records, fields.records);
}

TEST_F(ProtectedRuns, KeysAreInNoLogStoreSnapshotOrReport) {
  OneRun sealed(kSealed, folder.path() / "sealed", 90);
  sealed.report();
  std::string bytes;
  for (const auto& e : fs::directory_iterator(sealed.options.out))
    if (e.path().filename() != "keys") bytes += all_bytes(e.path());
  ASSERT_GT(bytes.size(), 100'000U);
  const Opened keys(sealed.options.out / "keys");
  std::size_t looked_for = 0;
  const auto expect_absent = [&](const protection::Bytes32& secret) {
    ++looked_for;
    // Half of it would be enough to say that it is there, wherever a block ends.
    EXPECT_EQ(bytes.find(protection::view(secret).substr(0, 16)), std::string::npos);
    EXPECT_EQ(bytes.find(protection::to_hex(protection::view(secret)).substr(0, 32)),
              std::string::npos);
  };
  for (const auto& k : keys.keys->keys()) expect_absent(k.material);
  for (const auto& vault : keys.vaults) {
    std::size_t n = 0;
    for (const auto& tag : vault->live())
      if (++n <= 100) expect_absent(*vault->find(tag));
  }
  EXPECT_GT(looked_for, 20U);
  // The search finds what is there: tags are in the log.
  std::size_t found = 0;
  for (const auto& tag : keys.of("navigation/probes").live())
    found += bytes.find(std::string(tag.begin(), tag.end())) != std::string::npos;
  EXPECT_GT(found, 0U);
}

TEST_F(ProtectedRuns, AReplayAfterAnErasureGivesTheSameHash) {
  OneRun sealed(kSealed, folder.path() / "sealed", 120);
  const auto expected = sealed.hash();
  const auto keys_folder = sealed.options.out / "keys";
  protection::SubjectTag subject{};
  {
    const Opened keys(keys_folder);
    subject = keys.of("navigation/probes").live().front();
    const auto log = sealed.log();
    auto custodian = protection::Custodian::open(*log, keys.all(), keys.keys).value();
    const model::EventTime end = model::Epoch{sealed.scenario.start}.at(120);
    custodian->request({protection::to_hex(subject), "test", end}).value();
    custodian->carry_out(end).value();
    EXPECT_EQ(custodian->receipts().size(), keys.vaults.size());
  }
  fs::remove_all(sealed.options.out / "store");
  sealed.options.resume = true;
  EXPECT_EQ(sealed.hash(), expected);
  const Opened keys(keys_folder);
  const auto log = sealed.log();
  const Fields erased(*log, keys.of("navigation/probes"), &subject);
  EXPECT_TRUE(erased.opened.empty());
  EXPECT_FALSE(erased.closed.empty());
  const Fields all(*log, keys.of("navigation/probes"), nullptr);
  EXPECT_FALSE(all.opened.empty()) << "everybody else is read as before";
}

TEST_F(ProtectedRuns, AnErasureTakesEffectAtItsStepAndChangesNoOutcome) {
  OneRun plain({}, folder.path() / "plain", 120);
  const auto expected = plain.hash();
  auto settings = kSealed;
  // Every client with a small number: some of them drive.
  std::string erasures;
  for (int i = 0; i < 40; ++i)
    erasures += "{subject: \"client:" + std::to_string(i) + "\", at_s: 60},";
  settings.emplace_back("protection.erasures", "[" + erasures + "]");
  OneRun sealed(settings, folder.path() / "sealed", 120);
  EXPECT_EQ(sealed.hash(), expected);
  const Opened keys(sealed.options.out / "keys");
  const auto& vault = keys.of("navigation/probes");
  const auto log = sealed.log();
  const auto effective = model::Epoch{sealed.scenario.start}.at(60).ms;
  std::size_t persons = 0;
  for (int i = 0; i < 40; ++i) {
    const auto tag = vault.tag_of("client", std::to_string(i));
    const Fields fields(*log, vault, &tag);
    EXPECT_TRUE(fields.opened.empty());
    if (fields.closed.empty()) continue;
    ++persons;
    // What was on its way arrives later; nothing is sealed from that step on.
    EXPECT_LE(fields.closed.rbegin()->first, effective + 10'000);
  }
  EXPECT_GT(persons, 0U);
}

/// The audit chain tells whose key was destroyed and who had been given the person's records; so it
/// does behind an erasure that came when the run was over, once the run goes on.
TEST_F(ProtectedRuns, ErasuresAreInTheAuditAndWhoSawKnowsPersons) {
  auto settings = kSealed;
  std::string erasures;
  for (int i = 0; i < 40; ++i)
    erasures += "{subject: \"client:" + std::to_string(i) + "\", at_s: 60, reason: asked for},";
  settings.emplace_back("protection.erasures", "[" + erasures + "]");
  OneRun sealed(settings, folder.path() / "sealed", 100);
  sealed.report();
  const auto store = past_run(sealed.options.out).value().store().value();
  std::size_t begun = 0, destroyed = 0;
  std::string subject;
  each_entry(*store, [&](const AuditRow& row, const AuditNames&) {
    if (const auto* d = std::get_if<catalog::Deleted>(&row.entry.body)) {
      ++begun;
      EXPECT_EQ(row.at.step, 60U);
      EXPECT_EQ(d->reason, "asked for");
    }
    if (const auto* k = std::get_if<catalog::KeyDestroyed>(&row.entry.body)) {
      ++destroyed;
      subject = k->subject;
      EXPECT_EQ(row.at.step, 60U);
    }
    return true;
  }).value();
  EXPECT_EQ(begun, 40U);
  ASSERT_GT(destroyed, 0U);
  const auto log = sealed.log();
  EXPECT_TRUE(verify_audit(*store, log.get(), {}).value().findings.empty());
  const auto seen = who_saw(*store, log.get(), subject, sealed.options.out / "keys").value();
  EXPECT_EQ(seen.tag, subject);
  EXPECT_FALSE(seen.records.empty());
  EXPECT_FALSE(seen.viewers.empty());
  EXPECT_EQ(seen.erased.size(), 2U);
  const auto named = who_saw(*store, log.get(), "client:1", sealed.options.out / "keys");
  if (named) EXPECT_EQ(named->tag.size(), 32U);
}

TEST_F(ProtectedRuns, AMaskedRunIsTheSameWhenItGoesOn) {
  OneRun whole(kMasked, folder.path() / "whole", 150), cut(kMasked, folder.path() / "cut", 150);
  OneRun plain({}, folder.path() / "plain", 150);
  const auto expected = whole.hash();
  EXPECT_NE(expected, plain.hash()) << "the masks take something away";
  std::atomic<bool> stop{false};
  RunHooks hooks;
  hooks.stop = &stop;
  hooks.progress = [&](const Progress& p) { stop = p.step == 130; };
  const auto stopped = run(cut.scenario, cut.world, cut.catalog, cut.options, hooks);
  ASSERT_FALSE(stopped);
  ASSERT_EQ(stopped.error().code, "CB-RUN-INTERRUPTED");
  cut.options.resume = true;
  EXPECT_EQ(cut.hash(), expected);
}

TEST_F(ProtectedRuns, DesksWithTheSameMasksShareAViewUnlessTheyHavePseudonyms) {
  const std::string desk =
      "department: city_brain, policy: look-ahead, datasets: [navigation.probes, "
      "navigation.link_table], masks: {navigation.probes: [{field: device, rule: ";
  const auto views = [&](const std::string& rule) {
    OneRun setup(
        {{"modes.hub.desks", "{a: {" + desk + rule + "}]}}, b: {" + desk + rule + "}]}}}"}},
        folder.path() / "unused", 10);
    return view_names(setup.scenario, setup.world, setup.catalog, setup.options).value().size();
  };
  EXPECT_EQ(views("drop"), 1U);
  EXPECT_EQ(views("pseudonym"), 2U);
}

/// The department signs with a key that is over in the middle of the run: from then on it is
/// quarantined, and everybody else goes on.
TEST_F(ProtectedRuns, AnExpiredKeyStopsItsDepartmentOnly) {
  OneRun signed_run({{"protection.signatures", "required"}}, folder.path() / "signed", 90);
  auto keys = protection::keys_of_seed(1, {"traffic_police"}, {});
  const auto* secret = keys.find(protection::KeyKind::kSign, "traffic_police", "k1");
  keys.add({protection::KeyKind::kSign, "navigation", "k1", model::EventTime{INT64_MIN},
            model::Epoch{signed_run.scenario.start}.at(45), secret->material});
  const auto file = folder.path() / "own.txt";
  ASSERT_TRUE(keys.save(file));
  signed_run.scenario.protection.keys = file;
  const auto report = signed_run.report();
  for (const auto& d : report.datasets) {
    if (d.dataset == "navigation.probes") {
      EXPECT_GT(d.quarantined, 0U);
      EXPECT_GT(d.admitted, 0U);
    } else {
      EXPECT_EQ(d.quarantined, 0U) << d.dataset;
    }
  }
}

TEST_F(ProtectedRuns, AMissingKeyNamesKeyAndFile) {
  OneRun signed_run({{"protection.signatures", "required"}}, folder.path() / "signed", 10);
  const auto file = folder.path() / "own.txt";
  ASSERT_TRUE(protection::keys_of_seed(1, {"navigation"}, {}).save(file));
  signed_run.scenario.protection.keys = file;
  const auto done =
      run(signed_run.scenario, signed_run.world, signed_run.catalog, signed_run.options, {});
  ASSERT_FALSE(done);
  EXPECT_EQ(done.error().code, "CB-RUN-KEY");
  EXPECT_EQ(done.error().where, file.string());
  EXPECT_NE(done.error().what.find("traffic_police"), std::string::npos) << done.error().what;
}

}  // namespace
}  // namespace citybrain::experiment
