// Tables of the special database (专题库) and of the hub itself.
#include "hub/store/columns.h"
#include "hub/store/decoders.h"
#include "hub/store/rows.h"

namespace citybrain::store {

namespace {

const Columns kCommandValues = {{"command", "", "its id"},
                                {"desk", "", "desk that wanted it"},
                                {"junction", "", "junction", "junctions"},
                                {"effective_ms", "ms", "event time from which it holds"},
                                {"greens", "", "groups shown green, a bit each"},
                                {"yellows", "", "groups shown yellow, a bit each"},
                                {"phase", "", "phase that it belongs to or leads to"},
                                {"reason", "", "code of the reason"},
                                {"value", "1", "the winner's score"},
                                {"runner_up", "1", "the next best's score"}};

TableSpec decisions() {
  return {"decisions",
          "special",
          Family::kSpecial,
          "decision",
          {{"step", kU32}, {"district", kU32}, {"n", kU32}},
          plus({kStep, kDistrict, {"n", "", "in that Step"}}, kCommandValues),
          3,
          Keeps::kEvents,
          nullptr,
          kRun,
          "Commands with their reasons",
          "指令及其理由",
          decode_decision};
}

TableSpec outbox() {
  return {"outbox",
          "system",
          Family::kOutbox,
          "",
          {{"id", kU64}},
          kCommandValues,
          1,
          Keeps::kLatest,
          nullptr,
          kRun,
          "Commands not yet acknowledged",
          "尚未回执的指令",
          decode_outbox};
}

TableSpec positions() {
  return {"positions",
          "system",
          Family::kPositions,
          "read",
          {{"district", kU32}},
          {kDistrict,
           {"partition", "", "in the order of its topics"},
           {"next", "1", "position read next"}},
          2,
          Keeps::kLatest,
          nullptr,
          kRun,
          "How far the log was read",
          "日志读取位置",
          decode_positions};
}

TableSpec digests() {
  return {"digests",
          "system",
          Family::kDigests,
          "",
          {{"step", kU32}, {"district", kU32}},
          {kStep, kDistrict, {"digest", "", "XXH3-128 of what the Step read, knew and decided"}},
          2,
          Keeps::kEvents,
          nullptr,
          kRun,
          "A digest a Step",
          "逐步摘要",
          decode_digest};
}

}  // namespace

std::vector<TableSpec> other_tables() { return {decisions(), outbox(), positions(), digests()}; }

}  // namespace citybrain::store
