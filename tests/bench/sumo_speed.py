#!/usr/bin/env python3
"""Vehicle-seconds a CPU second of SUMO (mesoscopic and microscopic) and of the city, on one network and
demand, in one run.

Needs Debian's `sumo`. The city is written by `citybrain import --sumo` and joined by netconvert. SUMO's CPU
time is the child's user and system time (rusage), less that of a run of no steps, which loads the same files.

  tests/bench/sumo_speed.py --preset grid-40x40 --vehicles 20000 --seconds 600
  tests/bench/sumo_speed.py --roadnet roadnet.json --flow flow.json --seconds 3600
"""
import argparse
import json
import os
import pathlib
import resource
import subprocess
import sys
import tempfile
import xml.etree.ElementTree as ElementTree


def cpu_of(command, **options):
    """CPU seconds of a command, its children included."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    done = subprocess.run(command, capture_output=True, text=True, **options)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    if done.returncode != 0:
        sys.exit(f"{' '.join(map(str, command))} failed:\n{done.stderr or done.stdout}")
    return after.ru_utime - before.ru_utime + after.ru_stime - before.ru_stime, done.stdout


def sumo(folder, seconds, options):
    """Vehicle-seconds and CPU seconds of the steps alone."""
    command = ["sumo", "-n", "city.net.xml", "-r", "city.rou.xml", "--no-step-log", "--no-warnings", "--xml-validation", "never",
               *options]
    loading, _ = cpu_of([*command, "--end", "0"], cwd=folder)
    cpu, _ = cpu_of([*command, "--end", str(seconds), "--summary-output", "summary.xml"], cwd=folder)
    steps = ElementTree.parse(folder / "summary.xml").getroot()
    return sum(int(s.get("running")) for s in steps), max(cpu - loading, 1e-3)


def city(program, source, seconds):
    _, out = cpu_of([program, "bench", "city", *source, "--horizon", f"{seconds}s", "--json", "--no-progress"])
    out = json.loads(out)
    return out["vehicle_seconds_per_second"] * out["cpu_s"], out["cpu_s"], out["vehicles_running_mean"]


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--citybrain", default="./citybrain")
    parser.add_argument("--preset")
    parser.add_argument("--vehicles")
    parser.add_argument("--roadnet")
    parser.add_argument("--flow")
    parser.add_argument("--seconds", type=int, default=600)
    parser.add_argument("--micro-seconds", type=int, default=120, help="horizon of SUMO's microscopic model, which is slow")
    a = parser.parse_args()
    os.environ.setdefault("SUMO_HOME", "/usr/share/sumo")
    source = ["--preset", a.preset, "--vehicles", a.vehicles] if a.preset else ["--roadnet", a.roadnet, "--flow", a.flow]
    program = str(pathlib.Path(a.citybrain).resolve())
    with tempfile.TemporaryDirectory() as name:
        folder = pathlib.Path(name)
        horizon = ["--horizon", f"{a.seconds}s"] if a.preset else []
        cpu_of([program, "import", *source, *horizon, "--sumo", folder])
        cpu_of(["netconvert", "-n", "city.nod.xml", "-e", "city.edg.xml", "-x", "city.con.xml", "-i", "city.tll.xml",
                "-o", "city.net.xml"], cwd=folder)
        rows = []
        for label, seconds, options in (("SUMO mesoscopic", a.seconds, ["--mesosim", "--meso-junction-control"]),
                                        ("SUMO microscopic", a.micro_seconds, [])):
            vehicle_seconds, cpu = sumo(folder, seconds, options)
            rows.append((label, seconds, vehicle_seconds, cpu))
        vehicle_seconds, cpu, running = city(program, source, a.seconds)
        rows.append(("citybrain", a.seconds, vehicle_seconds, cpu))
    meso = rows[0][2] / rows[0][3]
    print(f"{a.preset or a.roadnet}: {running:.0f} running on average (citybrain)")
    for label, seconds, vehicle_seconds, cpu in rows:
        rate = vehicle_seconds / cpu
        print(f"{label:18} {seconds:6} s simulated {cpu:9.2f} CPU s {rate / 1e6:9.3f} M vehicle-seconds a CPU second {rate / meso:8.1f} x meso")


if __name__ == "__main__":
    main()
