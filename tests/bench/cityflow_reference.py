#!/usr/bin/env python3
"""Travel times of the city beside CityFlow's on the same network, demand and signal control.

CityFlow is whatever is given: its Python module, when `import cityflow` works, or with `--cityflow PROGRAM` a program around its engine. Such a
program is started as `PROGRAM CONFIG.json` (CityFlow's own config) and serves the module's interface over lines: a command a line on standard
input (next_step, set_tl_phase JUNCTION PHASE, get_vehicles, get_lane_vehicles, get_lane_waiting_vehicle_count, get_vehicle_speed,
get_vehicle_distance, get_average_travel_time), its value as one line of JSON on standard output. get_vehicles has those waiting outside, too;
counts [finished, created, lane changes, changes broken off at the stop line, vehicle-seconds] and cpu_seconds are optional.

  tests/bench/cityflow_reference.py --cityflow ./cfserver --roadnet roadnet.json --flow flow.json
  tests/bench/cityflow_reference.py --cityflow ./cfserver --generated --details --json result.json
  tests/bench/cityflow_reference.py --cityflow ./cfserver --cities FOLDER      every sub-folder with roadnet.json and flow.json
"""
import argparse
import hashlib
import json
import pathlib
import subprocess
import sys
import tempfile
import time

import cityflow_cities

PRESSURE = ("max-pressure", "efficient-max-pressure", "advanced-max-pressure")
POLICIES = ("fixed-time",) + PRESSURE
STANDS_MPS = 0.1  # a queue is vehicles slower than this
NEAR_M = 167  # Advanced-MP: running vehicles so near the stop line
ASKED_EVERY_S = 15
QUARTER_S = 900
LONGEST_BRIDGE_S = 5.5  # scenarios/city/import.cpp: a shorter phase that adds no green bridges two others
DEFAULT_INTERGREEN_S = 5


class Junction:
    """Phases as the importer of citybrain takes them from the file, so that both are controlled alike."""

    def __init__(self, junction, lanes_of):
        self.id = junction["id"]
        links = junction.get("roadLinks", [])
        self.phases, self.seconds, self.intergreen = self.settle(junction["trafficLight"]["lightphases"])
        served = set().union(*self.phases) if self.phases else set()
        self.always = set.intersection(*self.phases) if self.phases else set()
        self.signalised = any(p != self.phases[0] for p in self.phases)
        self.cycle, covered = [], set()
        for p, greens in enumerate(self.phases):
            if covered == served and not (p > 0 and greens <= self.phases[p - 1]):
                break
            self.cycle.append(p)
            covered |= greens
        movements = {}  # of a lane: how many need a signal
        for i, link in enumerate(links):
            for lane in {l["startLaneIndex"] for l in link["laneLinks"]} if i not in self.always else ():
                movements[link["startRoad"], lane] = movements.get((link["startRoad"], lane), 0) + 1
        self.served = []  # by phase of the cycle: ([(lane, share)], exit lanes) of every movement
        for p in self.cycle:
            of_phase = []
            for i in sorted(self.phases[p] - self.always):
                road = links[i]["startRoad"]
                lanes = [(f"{road}_{k}", 1 / movements[road, k]) for k in sorted({l["startLaneIndex"] for l in links[i]["laneLinks"]})]
                of_phase.append((lanes, [f"{links[i]['endRoad']}_{k}" for k in range(lanes_of[links[i]["endRoad"]])]))
            self.served.append(of_phase)
        self.table = [sorted(p) for p in self.phases]
        self.between = {}
        for a in range(len(self.phases)):
            for b in range(len(self.phases)):
                greens = sorted((self.phases[a] & self.phases[b]) | self.always)
                if greens not in self.table[len(self.phases):]:
                    self.table.append(greens)
                self.between[a, b] = len(self.phases) + self.table[len(self.phases):].index(greens)
        self.now, self.next, self.change_ends = 0, 0, None

    @staticmethod
    def settle(raw):
        always = None
        for p in raw:
            if p["time"] > LONGEST_BRIDGE_S:
                always = set(p["availableRoadLinks"]) if always is None else always & set(p["availableRoadLinks"])
        phases, seconds, bridge, longest, before = [], [], 0, 0, set()
        for i, p in enumerate(raw):
            greens = set(p["availableRoadLinks"])
            nothing_new = greens <= (always or set()) or (i > 0 and greens <= before)
            before = greens
            if len(raw) > 1 and p["time"] <= LONGEST_BRIDGE_S and nothing_new:
                bridge += p["time"]
                longest = max(longest, bridge)
                if phases:
                    seconds[-1] += p["time"]
                continue
            bridge = 0
            if phases and phases[-1] == greens:
                seconds[-1] += p["time"]
            else:
                phases.append(greens)
                seconds.append(p["time"])
        return phases, seconds, longest or DEFAULT_INTERGREEN_S

    def light_phases(self):
        return [{"time": 1000000, "availableRoadLinks": greens} for greens in self.table]

    def fixed(self, t):
        """The plan of the file; the last seconds of a phase are the intergreen to the next one."""
        length = sum(max(self.seconds[p], self.intergreen + 1) for p in self.cycle)
        at = (t + self.intergreen) % length
        for p in self.cycle:
            at -= max(self.seconds[p], self.intergreen + 1)
            if at < 0:
                return p
        return self.cycle[-1]

    def pressure(self, policy, queues, running):
        def of(stage):
            total = 0
            for lanes, exits in self.served[stage]:
                leaving = sum(queues[e] for e in exits)
                total += sum(queues[l] * share for l, share in lanes) - (leaving if policy == PRESSURE[0] else leaving / len(exits))
            return total
        values = [of(s) for s in range(len(self.cycle))]
        best = max(values)
        if policy == PRESSURE[2] and self.now in self.cycle:
            lanes = {l for lanes, _ in self.served[self.cycle.index(self.now)] for l, _ in lanes}
            if sum(running.get(l, 0) for l in lanes) >= best:
                return self.now
        return self.cycle[values.index(best)]

    def ask(self, phase, t):
        """The table's number of what is to be shown from second t on; None when nothing changes."""
        if self.change_ends is not None:
            if t < self.change_ends:
                return None
            self.now, self.change_ends = self.next, None
            if phase is None or phase == self.now:
                return self.now
        if phase is None or phase == self.now:
            return None
        self.next, self.change_ends = phase, t + self.intergreen
        return self.between[self.now, phase]


class Program:
    def __init__(self, command, config):
        self.process = subprocess.Popen([*command.split(), config], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)

    def __getattr__(self, name):
        def call(*arguments):
            self.process.stdin.write(" ".join(map(str, (name, *arguments))) + "\n")
            self.process.stdin.flush()
            line = self.process.stdout.readline()
            if not line:
                sys.exit(f"CityFlow's program ended at {name}")
            return json.loads(line)
        return call


class Module:
    def __init__(self, config):
        try:
            import cityflow
        except ImportError:
            sys.exit("there is no Python module cityflow; give a program with --cityflow (see --help)")
        self.engine = cityflow.Engine(config, thread_num=1)
        self.spent, self.next_step = 0.0, self.step

    def step(self):
        began = time.process_time()
        self.engine.next_step()
        self.spent += time.process_time() - began

    def set_tl_phase(self, junction, phase):
        self.engine.set_tl_phase(junction, phase)

    def get_vehicles(self):
        return self.engine.get_vehicles(include_waiting=True)

    def cpu_seconds(self):
        return self.spent

    def counts(self):
        return "unknown"

    def __getattr__(self, name):
        return getattr(self.engine, name)


class Watch:
    """What CityFlow's interface shows second by second: trips, and time on the roads that enter signalised junctions."""

    def __init__(self, roadnet, signalised):
        self.entering = {}
        for road in roadnet["roads"]:
            if road["endIntersection"] in signalised:
                for k in range(len(road["lanes"])):
                    self.entering[f"{road['id']}_{k}"] = (road["id"], road["endIntersection"])
        self.created, self.finished, self.known = {}, {}, set()
        self.on, self.visits, self.spent = {}, {}, {}

    def look(self, engine, t):
        now = set(engine.get_vehicles())
        for v in now - self.known:
            self.created[v] = t
        for v in self.known - now:
            self.finished[v] = t
        self.known = now
        on = {}
        for lane, vehicles in engine.get_lane_vehicles().items():
            if lane in self.entering:
                for v in vehicles:
                    on.setdefault(v.removesuffix("_shadow"), self.entering[lane])
        for v, place in on.items():
            self.spent[place[1]] = self.spent.get(place[1], 0) + 1
            if self.on.get(v) != place:
                self.visits[place[1]] = self.visits.get(place[1], 0) + 1
        self.on = on

    def result(self, seconds):
        quarters = {}
        for v, t in self.created.items():
            q = quarters.setdefault(t // QUARTER_S * QUARTER_S, [0, 0])
            q[0] += 1
            q[1] += self.finished.get(v, seconds) - t
        return {"quarters": {str(q): {"vehicles": n, "mean_s": s / n} for q, (n, s) in sorted(quarters.items())},
                "junctions": {j: {"vehicles": n, "mean_s": self.spent[j] / n} for j, n in sorted(self.visits.items())}}


def reference(command, roadnet_file, flow_file, policy, seconds, seed=0):
    roadnet = json.loads(pathlib.Path(roadnet_file).read_text())
    lanes_of = {r["id"]: len(r["lanes"]) for r in roadnet["roads"]}
    junctions = [Junction(j, lanes_of) for j in roadnet["intersections"] if not j["virtual"]]
    junctions = [j for j in junctions if j.signalised]
    tables = {j.id: j.light_phases() for j in junctions}
    for j in roadnet["intersections"]:
        if j["id"] in tables and policy != "file":
            j["trafficLight"]["lightphases"] = tables[j["id"]]
    with tempfile.TemporaryDirectory() as name:
        folder = pathlib.Path(name)
        (folder / "roadnet.json").write_text(json.dumps(roadnet))
        (folder / "flow.json").write_bytes(pathlib.Path(flow_file).read_bytes())
        config = folder / "config.json"
        config.write_text(json.dumps({"interval": 1.0, "seed": seed, "dir": f"{folder}/", "roadnetFile": "roadnet.json", "flowFile": "flow.json",
                                      "rlTrafficLight": policy != "file", "laneChange": True, "saveReplay": False,
                                      "roadnetLogFile": "r.json", "replayLogFile": "r.txt"}))
        engine = Program(command, str(config)) if command else Module(str(config))
        lengths = {}
        if policy == PRESSURE[2]:
            lengths = lane_lengths(roadnet)
        watch = Watch(roadnet, set(tables))
        for t in range(seconds):
            control(engine, junctions, policy, t, lengths)
            engine.next_step()
            watch.look(engine, t)
        out = {"average_travel_time_s": engine.get_average_travel_time(), "vehicles_finished": len(watch.finished),
               "vehicles_entered": len(watch.created), "cpu_s": engine.cpu_seconds(), **watch.result(seconds)}
        counts = engine.counts()
        if isinstance(counts, list):
            out["vehicle_seconds"] = counts[4]
            out["lane_changes"], out["broken_off"] = counts[2], counts[3]
    return out


def lane_lengths(roadnet):
    width = {j["id"]: 0 if j["virtual"] else j["width"] for j in roadnet["intersections"]}
    out = {}
    for r in roadnet["roads"]:
        p = [(q["x"], q["y"]) for q in r["points"]]
        whole = sum(((a[0] - b[0]) ** 2 + (a[1] - b[1]) ** 2) ** 0.5 for a, b in zip(p, p[1:]))
        for k in range(len(r["lanes"])):
            out[f"{r['id']}_{k}"] = whole - width[r["startIntersection"]] - width[r["endIntersection"]]
    return out


def control(engine, junctions, policy, t, lengths):
    if policy == "file":
        return
    if policy == "fixed-time":
        for j in junctions:
            show(engine, j, j.ask(j.fixed(t), t), t)
        return
    if t % ASKED_EVERY_S != 0:
        for j in junctions:
            show(engine, j, j.ask(None, t), t)
        return
    queues, running = engine.get_lane_waiting_vehicle_count(), {}
    if policy == PRESSURE[2]:
        speed, at = engine.get_vehicle_speed(), engine.get_vehicle_distance()
        for lane, vehicles in engine.get_lane_vehicles().items():
            running[lane] = sum(1 for v in vehicles if speed.get(v, 0) >= STANDS_MPS and lengths[lane] - at[v] <= NEAR_M)
    for j in junctions:
        show(engine, j, j.ask(None, t), t)
        show(engine, j, j.ask(j.pressure(policy, queues, running), t), t)


def show(engine, junction, phase, t):
    if phase is not None or t == 0:
        engine.set_tl_phase(junction.id, phase if phase is not None else junction.now)


def cached(folder, command, roadnet, flow, policy, seconds, seed=0):
    if not folder:
        return reference(command, roadnet, flow, policy, seconds, seed)
    key = hashlib.sha256(b"\0".join((pathlib.Path(roadnet).read_bytes(), pathlib.Path(flow).read_bytes(), f"3 {policy} {seconds}{f' {seed}' if seed else ''}{'' if command else ' module'}".encode())))
    file = pathlib.Path(folder) / f"{key.hexdigest()[:24]}.json"
    if not file.exists():
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(json.dumps(reference(command, roadnet, flow, policy, seconds, seed)))
    return json.loads(file.read_text())


def citybrain(program, roadnet, flow, policy, seconds, settings):
    with tempfile.TemporaryDirectory() as folder:
        command = [*program.split(), "run", "cityflow", "--roadnet", roadnet, "--flow", flow, "--policy", "fixed-time" if policy == "file" else policy,
                   "--perfect-sensors", "--horizon", f"{seconds}s", "--json", "--no-progress", "--out", f"{folder}/run"]
        done = subprocess.run([*map(str, command), *(f"--set={s}" for s in settings)], capture_output=True, text=True)
        if done.returncode != 0:
            sys.exit(f"{' '.join(map(str, command))} failed:\n{done.stderr}")
        report = json.loads(done.stdout)
    out = {k: report["outcomes"][k] for k in ("average_travel_time_s", "vehicles_finished", "vehicles_entered", "vehicles_waiting_outside")}
    out["quarters"] = {str(q["from_s"]): {"vehicles": q["vehicles"], "mean_s": q["mean_travel_s"]} for q in report.get("departures", [])}
    out["junctions"] = {j: {"vehicles": v["vehicles"], "mean_s": v["mean_approach_s"]} for j, v in report.get("junctions", {}).items()}
    return out


def error(ours, theirs):
    return ours / theirs - 1 if theirs else 0.0


def percent(value):
    return f"{100 * value:+.1f}%"


def table(head, rows):
    lines = ["| " + " | ".join(map(str, r)) + " |" for r in (head, ["---"] * len(head), *rows)]
    return "\n".join(lines) + "\n"


def summary(results):
    """A line a city: citybrain / CityFlow and the error of every policy; then mean and worst."""
    policies = list(dict.fromkeys(r["policy"] for r in results))
    rows = []
    for city in dict.fromkeys(r["city"] for r in results):
        row = [city]
        for p in policies:
            cell = [r for r in results if r["city"] == city and r["policy"] == p]
            row.append(f"{cell[0]['citybrain']['average_travel_time_s']:.1f} / {cell[0]['cityflow']['average_travel_time_s']:.1f}"
                       f" ({percent(cell[0]['error'])})" if cell else "-")
        rows.append(row)
    errors = [abs(r["error"]) for r in results]
    return (table(["city", *policies], rows) +
            f"\nMean absolute error {100 * sum(errors) / len(errors):.1f}%, worst {100 * max(errors):.1f}%, {len(errors)} runs.\n")


def details(result, what, first):
    ours, theirs = result["citybrain"][what], result["cityflow"][what]
    keys = sorted(set(ours) | set(theirs), key=lambda k: (len(k), k))
    nobody = {"vehicles": 0, "mean_s": 0.0}
    rows = []
    for k in keys:
        a, b = ours.get(k, nobody), theirs.get(k, nobody)
        rows.append([k, f"{a['vehicles']} / {b['vehicles']}", f"{a['mean_s']:.1f} / {b['mean_s']:.1f}", percent(error(a["mean_s"], b["mean_s"]))])
    return table([first, "vehicles", "seconds", "error"], rows)


def places(a):
    if a.roadnet:
        yield pathlib.Path(a.roadnet).stem, a.roadnet, a.flow
    if a.cities:
        for folder in sorted(pathlib.Path(a.cities).iterdir()):
            if (folder / "roadnet.json").exists():
                yield folder.name, folder / "roadnet.json", folder / "flow.json"


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--citybrain", default="./citybrain", help="the program, with options if need be")
    parser.add_argument("--cityflow", help="a program around CityFlow's engine; without: the Python module")
    parser.add_argument("--roadnet")
    parser.add_argument("--flow")
    parser.add_argument("--cities", help="folder of folders with roadnet.json and flow.json")
    parser.add_argument("--generated", action="store_true", help="the cities of cityflow_cities.py")
    parser.add_argument("--policies", default=",".join(POLICIES), help="of fixed-time, max-pressure, ..., and file: CityFlow runs the file's "
                        "phases by itself, citybrain what its importer makes of them")
    parser.add_argument("--seconds", type=int, default=3600)
    parser.add_argument("--seed", type=int, default=0, help="CityFlow's; citybrain's is --set seed=N")
    parser.add_argument("--set", action="append", default=[], help="setting of the scenario, e.g. safety.max_red_s=300")
    parser.add_argument("--cache", help="folder that keeps CityFlow's results")
    parser.add_argument("--details", action="store_true", help="tables by junction and by quarter of an hour, too")
    parser.add_argument("--json", help="write everything here")
    a = parser.parse_args()
    if bool(a.roadnet) != bool(a.flow):
        parser.error("--roadnet and --flow are needed together")
    for file in filter(None, (a.roadnet, a.flow)):
        if not pathlib.Path(file).is_file():
            parser.error(f"there is no file {file}")
    results = []
    with tempfile.TemporaryDirectory() as folder:
        if a.generated:
            cityflow_cities.write_all(pathlib.Path(folder))
            a.cities = folder
        for city, roadnet, flow in places(a):
            for policy in a.policies.split(","):
                theirs = cached(a.cache, a.cityflow, roadnet, flow, policy, a.seconds, a.seed)
                ours = citybrain(a.citybrain, roadnet, flow, policy, a.seconds, a.set)
                results.append({"city": city, "policy": policy, "error": error(ours["average_travel_time_s"], theirs["average_travel_time_s"]),
                                "citybrain": ours, "cityflow": theirs})
                print(f"{city} {policy}: {percent(results[-1]['error'])}", file=sys.stderr, flush=True)
    if not results:
        parser.error("give --roadnet and --flow, --cities or --generated")
    if a.json:
        pathlib.Path(a.json).write_text(json.dumps({"seconds": a.seconds, "results": results}, indent=1))
    print(summary(results))
    if a.details:
        for r in results:
            print(f"### {r['city']}, {r['policy']}: by junction (time on the roads that enter it)\n\n{details(r, 'junctions', 'junction')}")
            print(f"### {r['city']}, {r['policy']}: by second of departure\n\n{details(r, 'quarters', 'from, s')}")


if __name__ == "__main__":
    main()
