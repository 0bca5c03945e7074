// How calls were served, from hand-made steps of the truth as a run's topic holds them: response
// times worked out by hand.
#include <gtest/gtest.h>

#include <map>

#include "connectors/city_port/city_port.h"
#include "hub/network/publisher.h"
#include "scenarios/evaluator/emergencies.h"
#include "schemas/schemas.h"
#include "tests/support/temporary_folder.h"

namespace citybrain::evaluator {
namespace {

using What = EmergencyTruth::What;

constexpr auto kAmbulance = static_cast<std::uint32_t>(city_port::Role::kAmbulance);
constexpr auto kPolice = static_cast<std::uint32_t>(city_port::Role::kPolice);
constexpr model::Step kSteps = 1500;

class EmergenciesTest : public ::testing::Test {
 protected:
  void happens(model::Step step, What what, std::uint32_t call, std::uint32_t unit,
               std::uint32_t role) {
    all[step].push_back({static_cast<std::uint32_t>(what), call, unit, role, 2});
  }
  void called(model::Step step, std::uint32_t call, std::uint32_t role) {
    happens(step, What::kCalled, call, 0, role);
  }
  /// Published, read back and evaluated.
  Emergencies evaluated() const {
    const test::TemporaryFolder folder;
    const auto log = std::move(*network::open_embedded({folder.path() / "log", {}, "t"}));
    log->create({schemas::topic::kTruth, 1}).value();
    auto publisher = network::Publisher::make(*log, "city");
    const auto say = [&](model::Step s, const std::string& block) {
      publisher->publish(schemas::topic::kTruth, 0, schemas::kTruthBlock, {s * 1000}, {s * 1000},
                         std::to_string(s), "city", block);
    };
    TruthBlocks blocks;
    for (model::Step s = 1; s <= kSteps; ++s) {
      TruthRecord record;
      record.step = s;
      if (const auto it = all.find(s); it != all.end()) record.emergencies = it->second;
      if (const auto block = blocks.add(std::move(record))) say(s, *block);
    }
    say(kSteps, blocks.finish({}));
    publisher->send().value();
    const auto truth = read_truth(*log, kSteps, 0);
    EXPECT_TRUE(truth) << truth.error().text();
    return truth ? emergencies(*truth) : Emergencies();
  }

  std::map<model::Step, std::vector<TruthEmergency>> all;
};

TEST_F(EmergenciesTest, NobodyCalls) {
  const auto e = evaluated();
  EXPECT_FALSE(e.any());
  EXPECT_EQ(e.answered, 0U);
  for (const Spread* s : {&e.response_s, &e.hospital_s, &e.police_s}) {
    EXPECT_EQ(s->n, 0U);
    EXPECT_EQ(s->mean, 0);
    EXPECT_EQ(s->p90, 0);
  }
}

TEST_F(EmergenciesTest, OneCallFromTheCallToTheHospital) {
  called(100, 0, kAmbulance);
  happens(160, What::kSent, 0, 3, kAmbulance);
  happens(580, What::kAtScene, 0, 3, kAmbulance);
  happens(1300, What::kAtHospital, 0, 3, kAmbulance);
  happens(1400, What::kFree, 0, 3, kAmbulance);
  const auto e = evaluated();
  EXPECT_TRUE(e.any());
  EXPECT_EQ(e.calls, 1U);
  EXPECT_EQ(e.answered, 1U);
  EXPECT_EQ(e.response_s.n, 1U);
  EXPECT_DOUBLE_EQ(e.response_s.mean, 480);
  EXPECT_DOUBLE_EQ(e.response_s.p50, 480);
  EXPECT_DOUBLE_EQ(e.response_s.p90, 480);
  EXPECT_EQ(e.hospital_s.n, 1U);
  EXPECT_DOUBLE_EQ(e.hospital_s.mean, 1200) << "from the call, not from the scene";
  EXPECT_EQ(e.incidents, 0U);
  EXPECT_EQ(e.police_s.n, 0U);
}

TEST_F(EmergenciesTest, CallsWithoutAnArrivalAreCountedAndHaveNoTime) {
  called(10, 0, kAmbulance);  // nobody is sent
  called(20, 1, kAmbulance);  // somebody is on the way when the run ends
  happens(80, What::kSent, 1, 0, kAmbulance);
  called(30, 2, kPolice);
  const auto e = evaluated();
  EXPECT_EQ(e.calls, 2U);
  EXPECT_EQ(e.incidents, 1U);
  EXPECT_EQ(e.answered, 0U);
  EXPECT_EQ(e.response_s.n, 0U);
  EXPECT_EQ(e.police_s.n, 0U);
}

/// Units of both kinds have the same numbers; calls are answered in another order than they came.
TEST_F(EmergenciesTest, AmbulancesAndPoliceAreKeptApart) {
  called(10, 0, kAmbulance);
  called(40, 1, kAmbulance);
  called(50, 2, kPolice);
  called(60, 3, kAmbulance);
  called(60, 4, kPolice);
  for (const std::uint32_t call : {0U, 1U}) happens(100, What::kSent, call, call, kAmbulance);
  happens(170, What::kAtScene, 2, 1, kPolice);         // 120 s
  happens(250, What::kAtScene, 1, 1, kAmbulance);      // 210 s
  happens(250, What::kAtScene, 4, 0, kPolice);         // 190 s
  happens(400, What::kAtScene, 0, 0, kAmbulance);      // 390 s
  happens(900, What::kFree, 1, 1, kAmbulance);         // treated on the spot
  happens(1000, What::kAtHospital, 0, 0, kAmbulance);  // 990 s
  happens(1100, What::kFree, 2, 1, kPolice);
  const auto e = evaluated();
  EXPECT_EQ(e.calls, 3U);
  EXPECT_EQ(e.incidents, 2U);
  EXPECT_EQ(e.answered, 2U);
  EXPECT_EQ(e.response_s.n, 2U);
  EXPECT_DOUBLE_EQ(e.response_s.mean, (390 + 210) / 2.0);
  EXPECT_EQ(e.hospital_s.n, 1U);
  EXPECT_DOUBLE_EQ(e.hospital_s.mean, 990);
  EXPECT_EQ(e.police_s.n, 2U);
  EXPECT_DOUBLE_EQ(e.police_s.mean, (120 + 190) / 2.0);
}

/// The share of the sorted times is rounded to the nearest of them: of ten, the sixth and the
/// ninth.
TEST_F(EmergenciesTest, MediansAndTailsAreTimesThatWereMeasured) {
  const double times_s[] = {600, 60, 300, 480, 120, 540, 180, 420, 240, 360};
  for (std::uint32_t call = 0; call < 10; ++call) {
    const model::Step at = 10 * call + 1;
    called(at, call, kAmbulance);
    happens(at + static_cast<model::Step>(times_s[call]), What::kAtScene, call, call, kAmbulance);
  }
  const auto e = evaluated();
  EXPECT_EQ(e.answered, 10U);
  EXPECT_DOUBLE_EQ(e.response_s.mean, 330);
  EXPECT_DOUBLE_EQ(e.response_s.p50, 360);
  EXPECT_DOUBLE_EQ(e.response_s.p90, 540);
}

/// A pre-empted signal is named by its junction, which may be a call's number, too.
TEST_F(EmergenciesTest, PreemptedSignalsAreNoArrivals) {
  called(10, 7, kAmbulance);
  for (const model::Step s : {100U, 140U, 140U}) happens(s, What::kPreempted, 7, 0, kAmbulance);
  const auto e = evaluated();
  EXPECT_EQ(e.preemptions, 3U);
  EXPECT_EQ(e.calls, 1U);
  EXPECT_EQ(e.answered, 0U);
  EXPECT_EQ(e.response_s.n, 0U);
}

TEST_F(EmergenciesTest, ArrivalsAtTheSceneOfNoCallAreLeftOut) {
  called(10, 0, kAmbulance);
  happens(10, What::kAtScene, 0, 0, kAmbulance);  // beside it when it happens
  happens(200, What::kAtScene, 99, 1, kAmbulance);
  happens(300, What::kAtHospital, 99, 1, kAmbulance);
  const auto e = evaluated();
  EXPECT_EQ(e.answered, 1U);
  EXPECT_DOUBLE_EQ(e.response_s.mean, 0);
  EXPECT_EQ(e.hospital_s.n, 0U);
}

}  // namespace
}  // namespace citybrain::evaluator
