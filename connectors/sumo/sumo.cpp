#include "connectors/sumo/sumo.h"

#include <fmt/format.h>

#include <algorithm>

#include "connectors/sumo/connection.h"
#include "connectors/sumo/process.h"
#include "connectors/sumo/traci.h"

namespace citybrain::connectors::sumo {

using model::Error;
using model::Result;

namespace {

/// SUMO draws its next port when the one it was given is taken; more often than this nobody is that
/// unlucky.
constexpr int kPorts = 5;
/// Reading a big network takes minutes, a second of a full one may.
constexpr std::chrono::seconds kPatience{1800};
constexpr std::chrono::milliseconds kLook{5}, kGoodbye{2000};
/// Around any junction, any vehicle.
constexpr double kEverywhere_m = 1e9;

std::vector<std::string> arguments(const Setup& s, std::uint16_t port) {
  const auto list = [](const std::vector<std::filesystem::path>& files) {
    std::string out;
    for (const auto& f : files) out += (out.empty() ? "" : ",") + f.string();
    return out;
  };
  std::vector<std::string> a = {"--net-file", s.net.string()};
  const auto add = [&](const char* option, std::string value) {
    a.emplace_back(option);
    a.push_back(std::move(value));
  };
  if (!s.routes.empty()) add("--route-files", list(s.routes));
  if (!s.additional.empty()) add("--additional-files", list(s.additional));
  add("--begin", fmt::format("{}", s.begin_s));
  add("--step-length", "1");
  add("--seed", fmt::format("{}", s.seed));
  add("--time-to-teleport", s.teleport_after_s > 0 ? fmt::format("{}", s.teleport_after_s) : "-1");
  if (s.depart_offset_s > 0) add("--random-depart-offset", fmt::format("{}", s.depart_offset_s));
  a.insert(a.end(), s.options.begin(), s.options.end());
  add("--no-step-log", "true");
  add("--no-warnings", "true");
  add("--remote-port", fmt::format("{}", port));
  return a;
}

/// The answer to a subscription has the first values, which nobody needs.
Result<void> subscribed(Reply& reply, std::uint8_t command) {
  CITYBRAIN_TRY(reply.status(command));
  const auto s = reply.subscription();
  Value v;
  for (std::uint32_t o = 0; o < s.objects && reply.good(); ++o) {
    if (s.context) reply.object();
    for (int i = 0; i < s.variables && reply.good(); ++i) reply.variable(v);
  }
  return reply.checked();
}

/// SUMO's complaints without what only says that it ends.
std::string complaints(const std::string& said) {
  std::string out;
  std::size_t kept = 0;
  for (std::size_t at = 0; at < said.size() && kept < 6;) {
    const auto end = std::min(said.find('\n', at), said.size());
    std::string line = said.substr(at, end - at);
    at = end + 1;
    if (line.starts_with("Error: ")) line.erase(0, 7);
    if (line.empty() || line.starts_with("Quitting") || line.find("tcpip::") != line.npos) continue;
    line.erase(0, line.find_first_not_of(' '));
    out += (out.empty() ? "" : " ") + line;
    ++kept;
  }
  return out;
}

}  // namespace

struct Session::State {
  Setup setup;
  std::vector<std::string> lights;
  std::optional<Port> port;
  std::optional<Process> process;
  std::optional<Connection> connection;
  std::string version;
  Message message;
  std::size_t lights_set = 0;
  std::string heard;  // what `second` looks into
  Second second;

  /// The connection broke: because SUMO ended, and why?
  Error ended(const Error& broken) {
    for (auto waited = kLook; process->runs() && waited < kGoodbye; waited += kLook) pause(kLook);
    if (process->runs()) return broken;
    const std::string words = complaints(process->said());
    if (!words.empty() && !process->was_killed())
      return {"CB-INPUT-SUMO", "SUMO does not accept its input: " + words, setup.net.string(),
              "mend the file that it names; sumo --net-file ... --route-files ... says the same"};
    return {"CB-SUMO-DIED",
            fmt::format("SUMO ended in the middle of the run ({}){}{}", process->end(),
                        words.empty() ? "" : ": ", words),
            setup.net.string(), "go on with the same command and --resume"};
  }
  Result<std::string_view> exchange(const Message& m) {
    auto reply = connection->exchange(m.framed(), kPatience);
    if (reply) return reply;
    return ended(reply.error());
  }
  /// True when the port was taken by somebody else.
  Result<bool> launch() {
    CITYBRAIN_ASSIGN(reserved, Port::reserve());
    port = std::move(reserved);
    CITYBRAIN_ASSIGN(child, Process::start(setup.program, arguments(setup, port->number()),
                                           {std::string("SUMO_HOME=") + kHome}));
    process = std::move(child);
    for (;;) {
      auto opened = Connection::open(port->number());
      if (opened && process->runs()) {
        connection = std::move(*opened);
        return false;
      }
      if (!process->runs()) {
        if (process->said().find("Address already in use") != std::string::npos) return true;
        return ended({});
      }
      pause(kLook);
    }
  }
  Result<void> greet(std::string_view junction);
};

Result<void> Session::State::greet(std::string_view junction) {
  CITYBRAIN_ASSIGN(hello, exchange(Message().get_version()));
  Reply answer(hello);
  CITYBRAIN_ASSIGN(known, answer.version());
  version = known.second;
  if (known.first < kOldestApi || !version.starts_with("SUMO"))
    return Error{"CB-SUMO-VERSION",
                 fmt::format("{} speaks TraCI {}; expected SUMO {} or newer (TraCI {})", version,
                             known.first, kOldestVersion, kOldestApi),
                 setup.program, "apt-get install sumo, or set CITYBRAIN_SUMO to a newer one"};
  Message m;
  m.subscribe_vehicles_around(junction, kEverywhere_m,
                              {traci::kLaneId, traci::kLanePosition, traci::kSpeed, traci::kRouteId,
                               traci::kRouteIndex, traci::kStopState});
  m.subscribe_simulation({traci::kTime, traci::kLoaded, traci::kDeparted, traci::kArrived,
                          traci::kTeleportStarts, traci::kPending, traci::kCollisions});
  for (const auto& light : lights) m.subscribe_light(light);
  CITYBRAIN_ASSIGN(reply, exchange(m));
  Reply said(reply);
  CITYBRAIN_TRY(subscribed(said, traci::kSubscribeJunctionContext));
  CITYBRAIN_TRY(subscribed(said, traci::kSubscribeSimulation));
  for (std::size_t i = 0; i < lights.size(); ++i)
    CITYBRAIN_TRY(subscribed(said, traci::kSubscribeLight));
  return {};
}

Session::Session(std::unique_ptr<State> state) : state_(std::move(state)) {}

Result<std::unique_ptr<Session>> Session::start(const Setup& setup, std::string_view junction,
                                                std::vector<std::string> lights) {
  auto state = std::make_unique<State>();
  state->setup = setup;
  state->lights = std::move(lights);
  for (int i = 0; i < kPorts; ++i) {
    CITYBRAIN_ASSIGN(taken, state->launch());
    if (taken) continue;
    CITYBRAIN_TRY(state->greet(junction));
    return std::unique_ptr<Session>(new Session(std::move(state)));
  }
  return Error{"CB-SUMO-PORT",
               fmt::format("{} ports that were free were taken before SUMO could listen", kPorts),
               "", "close programs that take ports, then start again"};
}

Session::~Session() {
  if (!state_->connection || !state_->process->runs()) return;
  // SUMO writes what its additional files asked for when it is told to close.
  (void)state_->connection->exchange(Message().close().framed(), std::chrono::seconds(2));
  state_->connection.reset();
  for (auto waited = kLook; state_->process->runs() && waited < kGoodbye; waited += kLook)
    pause(kLook);
}

const std::string& Session::version() const { return state_->version; }
const Second& Session::second() const { return state_->second; }

void Session::set_light(std::size_t light, std::string_view wanted) {
  state_->message.set_light(state_->lights[light], wanted);
  ++state_->lights_set;
}

Result<void> Session::step() {
  auto& s = *state_;
  s.message.step();
  const auto reply = s.exchange(s.message);
  const auto set = std::exchange(s.lights_set, 0);
  s.message.clear();
  if (!reply) return reply.error();
  s.heard.assign(*reply);
  return read_second(s.heard, set, s.lights, s.second);
}

Result<std::vector<About>> Session::about(std::span<const std::string> vehicles) {
  Message m;
  for (const auto& v : vehicles)
    m.get_vehicle(traci::kClass, v)
        .get_vehicle(traci::kLine, v)
        .get_vehicle(traci::kRouteId, v)
        .get_vehicle(traci::kEdges, v);
  CITYBRAIN_ASSIGN(reply, state_->exchange(m));
  return read_about(reply, vehicles);
}

std::int64_t Session::process() const { return state_->process->id(); }

}  // namespace citybrain::connectors::sumo
