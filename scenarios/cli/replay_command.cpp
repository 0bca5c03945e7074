#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <array>
#include <boost/json.hpp>
#include <cmath>
#include <memory>
#include <optional>

#include "hub/runtime/files.h"
#include "scenarios/cli/commands.h"
#include "scenarios/cli/console.h"
#include "scenarios/cli/options.h"
#include "scenarios/outputs/replay.h"

namespace citybrain::cli {

using experiment::Language;
using model::Result;
using outputs::Replay;
using outputs::ReplayFrame;

namespace {

struct ReplayArguments {
  std::string file, at, svg, lang;
  bool json = false;
};

constexpr const char* kReplayExamples = R"(
Examples:
  ./citybrain run quickstart --replay --out runs/seen
  ./citybrain replay runs/seen/replay.cbr                        what is in it
  ./citybrain replay runs/seen/replay.cbr --at 15m --svg 15m.svg a second of it as a picture
The file's layout is in docs/replay.md.
)";

void print_json(const Replay& replay, const ReplayFrame& frame,
                const std::array<std::size_t, 5>& by_speed) {
  boost::json::array classes;
  for (const auto n : by_speed) classes.push_back(n);
  const boost::json::object out = {{"start_ms", replay.start_ms()},
                                   {"interval_s", replay.interval_s()},
                                   {"frames", replay.frames()},
                                   {"cut", replay.cut()},
                                   {"anchor", {replay.anchor().lon_deg, replay.anchor().lat_deg}},
                                   {"roads", replay.network().road_names.size()},
                                   {"lanes", replay.network().lane_road.size()},
                                   {"signals", replay.network().signal_junction.size()},
                                   {"at_s", frame.time_s},
                                   {"vehicles", frame.vehicles.size()},
                                   {"vehicles_by_speed_class", classes}};
  fmt::print("{}\n", boost::json::serialize(out));
}

void print(const Replay& replay, const ReplayFrame& frame, const ReplayArguments& a,
           Language language) {
  std::array<std::size_t, 5> by_speed{};
  for (const auto& v : frame.vehicles) ++by_speed[static_cast<std::size_t>(v.speed)];
  if (a.json) return print_json(replay, frame, by_speed);
  const bool zh = language == Language::kChinese;
  fmt::print(fmt::runtime(zh ? "道路 {},车道 {},信号控制路口 {};{} 帧,每 {} 秒一帧{}\n"
                             : "{} roads, {} lanes, {} signals; {} frames, one every {} s{}\n"),
             replay.network().road_names.size(), replay.network().lane_road.size(),
             replay.network().signal_junction.size(), replay.frames(), replay.interval_s(),
             !replay.cut() ? ""
             : zh          ? "(文件不完整)"
                           : " (the file's end is missing)");
  fmt::print(fmt::runtime(zh ? "{} 秒:车道上车辆 {},其中停驶 {},不足限速四分之一 {},二分之一 "
                               "{},四分之三 {},畅行 {}\n"
                             : "{} s: {} vehicles on lanes; standing {}, below a quarter of the "
                               "limit {}, a half {}, three quarters {}, free {}\n"),
             frame.time_s, frame.vehicles.size(), by_speed[0], by_speed[1], by_speed[2],
             by_speed[3], by_speed[4]);
}

Result<void> work(const ReplayArguments& a, Language language) {
  CITYBRAIN_ASSIGN(bytes, runtime::read_file(a.file, "CB-INPUT-REPLAY"));
  CITYBRAIN_ASSIGN(replay, Replay::open(std::move(bytes)));
  std::uint32_t i = replay.frames() > 0 ? replay.frames() - 1 : 0;
  if (!a.at.empty()) {
    CITYBRAIN_ASSIGN(at_s, parse_duration(a.at, "--at"));
    i = static_cast<std::uint32_t>(std::max(0.0, std::ceil(at_s / replay.interval_s()) - 1));
  }
  CITYBRAIN_ASSIGN(frame, replay.frame(i));
  if (!a.svg.empty())
    CITYBRAIN_TRY(
        runtime::write_file_atomically(a.svg, outputs::replay_svg(replay, frame), "CB-RUN-WRITE"));
  print(replay, frame, a, language);
  return {};
}

int execute(const ReplayArguments& a) {
  const auto lang = language(a.lang);
  if (!lang) return fail(lang.error(), Language::kEnglish);
  const auto done = work(a, *lang);
  return done ? 0 : fail(done.error(), *lang);
}

}  // namespace

std::function<int()> add_replay(CLI::App& app) {
  auto a = std::make_shared<ReplayArguments>();
  auto* command = app.add_subcommand("replay", "Look at a second of a recorded city");
  command->add_option("FILE", a->file, "what --replay of run or bench city has written")
      ->required();
  command->add_option("--at", a->at, "time since the recording's start, e.g. 90s, 15m; the end");
  command->add_option("--svg", a->svg, "write that second as a picture to this file");
  command->add_option("--lang", a->lang, "en or zh; default from the locale");
  command->add_flag("--json", a->json, "print JSON to standard output, and nothing else there");
  command->footer(kReplayExamples);
  return [a] { return execute(*a); };
}

}  // namespace citybrain::cli
