#!/usr/bin/env python3
"""Mean travel times of the city beside SUMO's on the same network, demand and signal plans.

Needs Debian's `sumo` (netconvert and sumo). A generated grid is written by `citybrain import --sumo`, joined by netconvert and run by
both; `--net` and `--routes` take SUMO files as they are.

  tests/bench/sumo_reference.py --citybrain ./citybrain
  tests/bench/sumo_reference.py --citybrain ./citybrain --net cologne3.net.xml --routes cologne3.rou.xml --begin 25200
"""
import argparse
import json
import os
import pathlib
import subprocess
import sys
import tempfile
import xml.etree.ElementTree as ElementTree


def run(command, **options):
    done = subprocess.run(command, capture_output=True, text=True, **options)
    if done.returncode != 0:
        sys.exit(f"{' '.join(map(str, command))} failed:\n{done.stderr or done.stdout}")
    return done.stdout


def sumo(net, routes, folder, begin, seconds, teleport):
    """Mean travel time, waiting before departure included; unfinished trips count up to the end."""
    trips = folder / "tripinfo.xml"
    cpu = os.times().children_user
    run(["sumo", "-n", net, "-r", routes, "--begin", str(begin), "--end", str(begin + seconds), "--tripinfo-output", trips,
         "--tripinfo-output.write-unfinished", "--tripinfo-output.write-undeparted", "--time-to-teleport", str(teleport), "--no-step-log", "--no-warnings"])
    cpu = os.times().children_user - cpu
    times = [float(t.get("duration")) + float(t.get("departDelay")) for t in ElementTree.parse(trips).getroot()]
    return sum(times) / len(times), len(times), cpu


def citybrain(program, arguments, seconds):
    out = json.loads(run([program, "bench", "city", *arguments, "--horizon", f"{seconds}s", "--json", "--no-progress"]))
    return out["average_travel_time_s"], out["vehicles_created"], out["vehicle_seconds_per_second"]


def report(name, ours, theirs):
    print(f"{name:24} SUMO {theirs[0]:8.1f} s ({theirs[1]} vehicles)   citybrain {ours[0]:8.1f} s ({ours[1]})   "
          f"{100 * (ours[0] / theirs[0] - 1):+6.1f}%   SUMO's CPU {theirs[2]:.1f} s")


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--citybrain", default="./citybrain")
    parser.add_argument("--preset", default="grid-8x8")
    parser.add_argument("--vehicles", default="400,800,1200", help="levels of demand of the preset")
    parser.add_argument("--net")
    parser.add_argument("--routes")
    parser.add_argument("--begin", type=int, default=0)
    parser.add_argument("--teleport", type=int, default=300, help="seconds; SUMO's default; -1: never")
    parser.add_argument("--seconds", type=int, default=3600)
    a = parser.parse_args()
    os.environ.setdefault("SUMO_HOME", "/usr/share/sumo")
    with tempfile.TemporaryDirectory() as name:
        folder = pathlib.Path(name)
        if a.net:
            theirs = sumo(a.net, a.routes, folder, a.begin, a.seconds, a.teleport)
            ours = citybrain(a.citybrain, ["--roadnet", a.net, "--flow", a.routes], a.seconds)
            report(pathlib.Path(a.net).name, ours, theirs)
            return
        for vehicles in a.vehicles.split(","):
            city = ["--preset", a.preset, "--vehicles", vehicles]
            run([a.citybrain, "import", *city, "--horizon", f"{a.seconds}s", "--sumo", folder])
            run(["netconvert", "-n", "city.nod.xml", "-e", "city.edg.xml", "-x", "city.con.xml", "-i", "city.tll.xml",
                 "-o", "city.net.xml"], cwd=folder)
            theirs = sumo(folder / "city.net.xml", folder / "city.rou.xml", folder, 0, a.seconds, a.teleport)
            report(f"{a.preset}, {vehicles} vehicles", citybrain(a.citybrain, city, a.seconds), theirs)


if __name__ == "__main__":
    main()
