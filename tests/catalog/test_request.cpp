// The state machine of requests: what follows what, whose step it is, what the clocks say, and what
// is refused without changing anything.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <string>

#include "hub/catalog/request.h"
#include "hub/catalog/request_log.h"

namespace citybrain::catalog {
namespace {

using ::testing::HasSubstr;

const std::filesystem::path kSchemas = std::string(CITYBRAIN_SOURCE_DIR) + "/schemas";

class Requests : public ::testing::Test {
 protected:
  void under(const char* name) {
    law = Law::load(kSchemas / "laws" / (std::string(name) + ".yaml")).value();
  }
  Rules rules() const { return {law, calendar, catalog}; }
  static model::EventTime at(const char* day) {
    return *parse_time(std::string(day) + "T10:00:00+08:00");
  }
  Event event(Act act, const char* day, const char* by, const char* reason = "") const {
    Event e;
    e.at = at(day);
    e.act = act;
    e.request = "r1";
    e.by = by;
    e.reason = reason;
    if (act == Act::kDraft) e.dataset = dataset;
    if (act == Act::kDraft || act == Act::kUse) e.purpose = "signal_control";
    if (act == Act::kGrant) e.expires = parse_date("2026-06-30");
    return e;
  }
  void allowed(const Event& e) {
    const auto done = apply(rules(), e, book);
    ASSERT_TRUE(done) << done.error().text();
  }
  void refused(const Event& e, const char* code, const char* says) {
    const auto before = book.requests.contains("r1") ? state() : State::kDrafted;
    const auto done = apply(rules(), e, book);
    ASSERT_FALSE(done) << name_of(e.act);
    EXPECT_EQ(done.error().code, code);
    EXPECT_THAT(done.error().text(), HasSubstr(says));
    if (book.requests.contains("r1")) EXPECT_EQ(state(), before);
  }
  const Request& request() const { return book.requests.at("r1"); }
  State state() const { return request().state; }
  std::uint32_t on(const Clock& c, const char* day) const {
    return *counted(calendar, c, *parse_date(day));
  }
  /// Up to the grant, under a law on request.
  void granted_on(const char* day) {
    allowed(event(Act::kDraft, "2026-03-02", "city_brain"));
    allowed(event(Act::kFile, "2026-03-02", "city_brain"));
    allowed(event(Act::kPass, "2026-03-02", "data_authority"));
    allowed(event(Act::kGrant, day, "navigation", "no onward transfer"));
  }
  void in_use_on(const char* day) {
    granted_on(day);
    allowed(event(Act::kDeliver, day, "navigation"));
    allowed(event(Act::kUse, day, "city_brain"));
  }

  Law law = Law::load(kSchemas / "laws/order-809.yaml").value();
  Calendar calendar = Calendar::load(kSchemas / "calendars/china.yaml").value();
  Catalog catalog = Catalog::load(kSchemas / "contracts").value();
  std::string dataset = "navigation.probes";
  Book book;
};

TEST_F(Requests, GoFromDraftToUseAndClose) {
  granted_on("2026-03-13");
  EXPECT_EQ(state(), State::kGranted);
  EXPECT_EQ(request().conditions, "no onward transfer");
  allowed(event(Act::kDeliver, "2026-03-20", "navigation"));
  EXPECT_EQ(granted(rules(), book, "city_brain", "signal_control", at("2026-03-21")).bits, 0U);
  allowed(event(Act::kUse, "2026-03-23", "city_brain"));
  const auto id = catalog.find("navigation.probes")->id;
  EXPECT_TRUE(granted(rules(), book, "city_brain", "signal_control", at("2026-03-23")).has(id));
  EXPECT_EQ(granted(rules(), book, "city_brain", "bus_priority", at("2026-03-23")).bits, 0U);
  EXPECT_EQ(granted(rules(), book, "transport", "signal_control", at("2026-03-23")).bits, 0U);
  allowed(event(Act::kClose, "2026-03-30", "city_brain"));
  EXPECT_EQ(granted(rules(), book, "city_brain", "signal_control", at("2026-03-30")).bits, 0U);
  EXPECT_EQ(figures(rules(), book, at("2026-04-01"))->working_days_waited, 15U);
}

TEST_F(Requests, ClocksCountWorkingDaysAndStopWithTheAnswer) {
  granted_on("2026-03-13");
  const auto& clocks = request().clocks;
  ASSERT_EQ(clocks.size(), 3U);
  EXPECT_EQ(clocks[1].kind, ClockKind::kAnswer);
  EXPECT_EQ(clocks[1].limit, 10U);
  EXPECT_EQ(on(clocks[1], "2026-05-01"), 9U);
  EXPECT_EQ(clocks[2].kind, ClockKind::kDelivery);
  EXPECT_EQ(date_text(**due(calendar, clocks[2])), "2026-04-13");  // 20, over Qingming
  EXPECT_EQ(on(clocks[2], "2026-04-13"), 20U);
  EXPECT_EQ(figures(rules(), book, at("2026-04-13"))->limits_missed, 0U);
  EXPECT_EQ(figures(rules(), book, at("2026-04-14"))->limits_missed, 1U);
}

TEST_F(Requests, LimitsFollowClassAndPlatform) {
  under("county-2024");
  auto draft = event(Act::kDraft, "2026-03-02", "city_brain");
  draft.on_platform = true;
  allowed(draft);
  allowed(event(Act::kFile, "2026-03-02", "city_brain"));
  EXPECT_EQ(request().clocks.back().limit, 2U);
  allowed(event(Act::kPass, "2026-03-04", "data_authority"));
  EXPECT_EQ(request().clocks.back().limit, 5U);
  dataset = "transport.bus_positions";  // unconditional
  book = {};
  auto open = event(Act::kDraft, "2026-03-02", "city_brain");
  open.purpose = "bus_priority";
  under("order-809");
  allowed(open);
  allowed(event(Act::kFile, "2026-03-02", "city_brain"));
  allowed(event(Act::kPass, "2026-03-02", "data_authority"));
  EXPECT_EQ(request().clocks.back().limit, 1U);
}

TEST_F(Requests, AreReturnedOnce) {
  allowed(event(Act::kDraft, "2026-03-02", "city_brain"));
  allowed(event(Act::kFile, "2026-03-02", "city_brain"));
  refused(event(Act::kReturn, "2026-03-02", "data_authority"), "CB-INPUT-REQUEST", "reason");
  allowed(event(Act::kReturn, "2026-03-02", "data_authority", "no purpose"));
  EXPECT_EQ(state(), State::kReturned);
  allowed(event(Act::kFile, "2026-03-04", "city_brain"));
  refused(event(Act::kReturn, "2026-03-04", "data_authority", "again"), "CB-INPUT-REQUEST",
          "returned 1 times");
  EXPECT_EQ(on(request().clocks[1], "2026-03-31"), 2U);  // the requester's days of completion
}

TEST_F(Requests, NegotiationStopsTheProvidersClock) {
  allowed(event(Act::kDraft, "2026-03-02", "city_brain"));
  allowed(event(Act::kFile, "2026-03-02", "city_brain"));
  allowed(event(Act::kPass, "2026-03-02", "data_authority"));
  allowed(event(Act::kNegotiate, "2026-03-05", "navigation"));
  const Clock answer = *request().running(ClockKind::kAnswer);
  EXPECT_EQ(on(answer, "2026-03-20"), 3U);
  EXPECT_FALSE(*due(calendar, answer));
  allowed(event(Act::kAgree, "2026-03-20", "navigation"));
  EXPECT_EQ(date_text(**due(calendar, *request().running(ClockKind::kAnswer))), "2026-03-31");
  EXPECT_EQ(on(*request().running(ClockKind::kAnswer), "2026-03-23"), 4U);
}

TEST_F(Requests, AreEscalatedWhenRefusedOrTooLate) {
  allowed(event(Act::kDraft, "2026-03-02", "city_brain"));
  allowed(event(Act::kFile, "2026-03-02", "city_brain"));
  allowed(event(Act::kPass, "2026-03-02", "data_authority"));
  refused(event(Act::kEscalate, "2026-03-16", "city_brain"), "CB-INPUT-REQUEST", "day 10 of 10");
  allowed(event(Act::kEscalate, "2026-03-17", "city_brain"));
  refused(event(Act::kGrant, "2026-03-18", "navigation"), "CB-INPUT-REQUEST",
          "expected data_authority");
  allowed(event(Act::kRefuse, "2026-03-18", "data_authority", "secret"));
  EXPECT_EQ(state(), State::kRefused);
  allowed(event(Act::kNegotiate, "2026-03-19", "city_brain"));
  allowed(event(Act::kEscalate, "2026-03-20", "city_brain"));
  allowed(event(Act::kGrant, "2026-03-20", "data_authority"));
  const auto f = *figures(rules(), book, at("2026-03-20"));
  EXPECT_EQ(f.escalated, 2U);
  EXPECT_EQ(f.refused, 1U);
  EXPECT_EQ(f.negotiated, 1U);
}

TEST_F(Requests, EndWithTheirLastDayOrWhenRevoked) {
  in_use_on("2026-03-13");
  const auto id = catalog.find("navigation.probes")->id;
  const auto may = [&](const char* time) {
    return granted(rules(), book, "city_brain", "signal_control", *parse_time(time)).has(id);
  };
  EXPECT_TRUE(may("2026-06-30T23:59:59+08:00"));
  EXPECT_FALSE(may("2026-07-01T00:00:00+08:00"));
  EXPECT_EQ(figures(rules(), book, at("2026-07-01"))->expired, 1U);
  refused(event(Act::kUse, "2026-07-01", "city_brain"), "CB-INPUT-SCOPE", "expired on 2026-06-30");
  refused(event(Act::kRevoke, "2026-03-16", "navigation"), "CB-INPUT-REQUEST", "reason");
  allowed(event(Act::kRevoke, "2026-03-16", "data_authority", "passed on"));
  EXPECT_FALSE(may("2026-03-16T10:00:00+08:00"));
}

TEST_F(Requests, BeyondScopeAreRefused) {
  auto other = event(Act::kDraft, "2026-03-02", "city_brain");
  other.purpose = "advertising";
  refused(other, "CB-INPUT-SCOPE", "signal_control, traffic_estimation");
  auto unknown = event(Act::kDraft, "2026-03-02", "city_brain");
  unknown.dataset = "navigation.probe";
  refused(unknown, "CB-INPUT-DATASET", "navigation.probes");
  refused(event(Act::kDraft, "2026-03-02", "navigation"), "CB-INPUT-REQUEST", "needs no request");
  std::vector<Contract> contracts(catalog.contracts().begin(), catalog.contracts().end());
  for (auto& c : contracts)
    if (c.dataset == "navigation.probes") {
      c.sharing = SharingClass::kNotShared;
      c.sharing_law = "some law, article 3";
    }
  catalog = Catalog::from(std::move(contracts)).value();
  refused(event(Act::kDraft, "2026-03-02", "city_brain"), "CB-INPUT-SCOPE", "article 3");
}

TEST_F(Requests, UseIsForWhomAndWhatWasGranted) {
  in_use_on("2026-03-13");
  auto use = event(Act::kUse, "2026-03-16", "city_brain");
  use.purpose = "traffic_estimation";
  refused(use, "CB-INPUT-SCOPE", "was granted for \"signal_control\"");
  refused(event(Act::kUse, "2026-03-16", "transport"), "CB-INPUT-SCOPE", "not to transport");
  auto late = event(Act::kGrant, "2026-03-16", "navigation");
  late.request = "r1";
  refused(late, "CB-INPUT-REQUEST", "the request is in-use");
  Book counted_book = book;
  const Event events[] = {use, event(Act::kPass, "2026-03-16", "data_authority")};
  fold(rules(), events, counted_book);
  const auto f = *figures(rules(), counted_book, at("2026-03-16"));
  EXPECT_EQ(f.scope_violations_refused, 1U);
  EXPECT_EQ(f.steps_refused, 1U);
}

TEST_F(Requests, AGrantThatEndsBeforeItBeginsIsBeyondScope) {
  allowed(event(Act::kDraft, "2026-07-02", "city_brain"));
  allowed(event(Act::kFile, "2026-07-02", "city_brain"));
  allowed(event(Act::kPass, "2026-07-02", "data_authority"));
  refused(event(Act::kGrant, "2026-07-03", "navigation"), "CB-INPUT-SCOPE", "expires");
}

TEST_F(Requests, CorrectionsAndDisputesHaveDeadlines) {
  in_use_on("2026-03-13");
  auto correct = event(Act::kCorrect, "2026-03-16", "city_brain", "speeds of road 12");
  correct.item = "c1";
  allowed(correct);
  refused(correct, "CB-INPUT-REQUEST", "already");
  auto dispute = event(Act::kDispute, "2026-03-16", "navigation", "the purpose");
  dispute.item = "d1";
  allowed(dispute);
  allowed(event(Act::kGiveBack, "2026-03-17", "city_brain"));
  auto answer = event(Act::kCorrected, "2026-03-31", "navigation");
  answer.item = "c1";
  allowed(answer);
  auto settle = event(Act::kSettle, "2026-03-31", "data_authority");
  settle.item = "d2";
  refused(settle, "CB-INPUT-REQUEST", "no open dispute");
  const auto f = *figures(rules(), book, at("2026-03-31"));
  EXPECT_EQ(f.corrections, 1U);
  EXPECT_EQ(f.corrections_late, 1U);  // 11 of 10
  EXPECT_EQ(f.disputes, 1U);
  EXPECT_EQ(f.given_back, 1U);
  EXPECT_EQ(f.limits_missed, 2U);
}

TEST_F(Requests, AreOpenOrRefusedWhereTheLawSaysSo) {
  under("unconditional");
  allowed(event(Act::kDraft, "2026-03-07", "city_brain"));  // a Saturday
  allowed(event(Act::kFile, "2026-03-07", "city_brain"));
  EXPECT_EQ(state(), State::kDelivered);
  allowed(event(Act::kUse, "2026-03-07", "city_brain"));
  EXPECT_EQ(figures(rules(), book, at("2026-03-31"))->working_days_waited, 0U);
  under("refusal");
  book = {};
  allowed(event(Act::kDraft, "2026-03-02", "city_brain"));
  allowed(event(Act::kFile, "2026-03-02", "city_brain"));
  EXPECT_EQ(state(), State::kRefused);
  refused(event(Act::kEscalate, "2026-03-03", "city_brain"), "CB-INPUT-REQUEST", "no right");
}

TEST_F(Requests, BeyondTheCalendarAreErrorsAndTheRestGoesOn) {
  allowed(event(Act::kDraft, "2026-12-30", "city_brain"));
  auto late = event(Act::kFile, "2027-01-04", "city_brain");
  refused(late, "CB-INPUT-CALENDAR", "2027-01-04 is outside");
  allowed(event(Act::kFile, "2026-12-31", "city_brain"));
}

TEST_F(Requests, MasksOfDraftAndGrantComeToTheContracts) {
  auto draft = event(Act::kDraft, "2026-03-02", "city_brain");
  draft.masks = {"field: device, rule: drop"};
  allowed(draft);
  allowed(event(Act::kFile, "2026-03-02", "city_brain"));
  allowed(event(Act::kPass, "2026-03-02", "data_authority"));
  auto grant = event(Act::kGrant, "2026-03-13", "navigation");
  grant.masks = {"{field: lon_e6, rule: generalise-place, to: cell, size_m: 500}",
                 "{rule: aggregate, minimum_group: 5, window_s: 60}"};
  allowed(grant);
  EXPECT_TRUE(
      granted_masks(rules(), book, "city_brain", "signal_control", at("2026-03-13")).empty())
      << "it is not in use";
  allowed(event(Act::kDeliver, "2026-03-13", "navigation"));
  allowed(event(Act::kUse, "2026-03-13", "city_brain"));
  const auto masks = granted_masks(rules(), book, "city_brain", "signal_control", at("2026-03-16"));
  ASSERT_EQ(masks.size(), 1U);
  const auto& all = masks.at(catalog.find(dataset)->id);
  ASSERT_EQ(all.size(), 3U);
  EXPECT_EQ(all[0].kind, MaskKind::kDrop);
  EXPECT_EQ(all[1].cell_m, 500U);
  EXPECT_EQ(all[2].minimum_group, 5U);
  EXPECT_TRUE(
      granted_masks(rules(), book, "transport", "signal_control", at("2026-03-16")).empty());
  EXPECT_TRUE(
      granted_masks(rules(), book, "city_brain", "signal_control", at("2026-07-01")).empty())
      << "expired";
}

TEST_F(Requests, AGrantThatShowsMoreThanTheContractIsBeyondItsScope) {
  dataset = "transport.taxi_positions";
  auto draft = event(Act::kDraft, "2026-03-02", "city_brain");
  draft.purpose = catalog.find(dataset)->purposes.front();
  draft.masks = {"field: speeed, rule: drop"};
  refused(draft, "CB-INPUT-SCOPE", "no field \"speeed\"");
  draft.masks = {"field: [, rule"};
  refused(draft, "CB-INPUT-SCOPE", "no masking rule");
  draft.masks = {std::string(1000, 'x')};
  refused(draft, "CB-INPUT-SCOPE", "1000 characters");
  draft.masks.clear();
  allowed(draft);
  allowed(event(Act::kFile, "2026-03-02", "city_brain"));
  allowed(event(Act::kPass, "2026-03-02", "data_authority"));
  auto grant = event(Act::kGrant, "2026-03-13", "transport");
  grant.masks = {"rule: aggregate, minimum_group: 2, window_s: 60"};
  refused(grant, "CB-INPUT-SCOPE", "goes beyond its scope");
  grant.masks = {"rule: aggregate, minimum_group: 9, window_s: 60"};
  allowed(grant);
  ASSERT_EQ(request().masks.size(), 1U);
  EXPECT_EQ(rule_text(request().masks[0]), "{rule: aggregate, minimum_group: 9, window_s: 60}");
}

TEST_F(Requests, EventsGoThroughBytesAndLines) {
  auto e = event(Act::kGrant, "2026-03-13", "navigation", "条件: \"x\"\nb");
  e.item = "i";
  e.masks = {"{field: device, rule: drop}", "rule: aggregate, minimum_group: 2, window_s: 9"};
  EXPECT_EQ(decode_event(encode(e)), e);
  const auto text = head_line("order-809", "china") + event_line(e, 480);
  const auto log = parse_request_log(text + "{\"at\": \"cut", "r.jsonl").value();
  EXPECT_EQ(log.law, "order-809");
  ASSERT_EQ(log.events.size(), 1U);
  EXPECT_EQ(log.events.front(), e);
  EXPECT_EQ(log.whole_bytes, text.size());
  EXPECT_FALSE(decode_event("\xff\xff"));
}

TEST_F(Requests, LinesNameWhatIsWrong) {
  const std::string head = head_line("order-809", "china");
  const auto error = [&](const std::string& line) {
    const auto log = parse_request_log(head + line + "\n", "r.jsonl");
    return log ? std::string("none") : log.error().text();
  };
  EXPECT_THAT(error("x"), HasSubstr("r.jsonl:2"));
  EXPECT_THAT(error(R"({"at":"yesterday","act":"file","request":"r","by":"b"})"),
              HasSubstr("r.jsonl:2: at"));
  EXPECT_THAT(error(R"({"at":"2026-03-02T10:00:00+08:00","act":"fiel","request":"r","by":"b"})"),
              HasSubstr("did you mean \"file\""));
  EXPECT_THAT(
      error(R"({"at":"2026-03-02T10:00:00+08:00","act":"file","request":"r","by":"b","whoo":1})"),
      HasSubstr("there is no such field"));
  EXPECT_THAT(
      error(
          R"({"at":"2026-03-02T10:00:00+08:00","act":"grant","request":"r","by":"b","masks":[1]})"),
      HasSubstr("r.jsonl:2: masks"));
  EXPECT_FALSE(parse_request_log("", "r.jsonl"));
}

}  // namespace
}  // namespace citybrain::catalog
