#!/usr/bin/env python3
"""CPU seconds of the city for a simulated hour, over the number of vehicles: on one network, and at the same density
over growing networks; with the exponent of a fit in logarithms (1: linear), as a table and an SVG.

  tests/bench/linearity.py --svg docs/plots/linearity.svg
"""
import argparse
import json
import math
import subprocess


def measure(program, preset, vehicles, horizon_s):
    out = json.loads(subprocess.run([program, "bench", "city", "--preset", preset, "--vehicles", str(vehicles), "--horizon",
                                     f"{horizon_s}s", "--json", "--no-progress"], check=True, capture_output=True, text=True).stdout)
    return out["vehicles_running_mean"], out["cpu_s"] * 3600 / out["simulated_s"]


def exponent(points):
    xs, ys = [math.log(x) for x, _ in points], [math.log(y) for _, y in points]
    mx, my = sum(xs) / len(xs), sum(ys) / len(ys)
    return sum((x - mx) * (y - my) for x, y in zip(xs, ys)) / sum((x - mx) ** 2 for x in xs)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--citybrain", default="./citybrain")
    parser.add_argument("--seconds", type=int, default=600)
    parser.add_argument("--network", default="hangzhou")
    parser.add_argument("--vehicles", default="3000,10000,30000,100000,300000", help="on the same network")
    parser.add_argument("--grids", default="10,20,30,40,60", help="sizes of square grids")
    parser.add_argument("--density", type=float, default=12.5, help="vehicles a junction of the grids")
    parser.add_argument("--svg")
    a = parser.parse_args()
    series = {
        f"{a.network}, more vehicles": [(a.network, int(v)) for v in a.vehicles.split(",")],
        f"grids of {a.density:g} vehicles a junction": [(f"grid-{n}x{n}", round(int(n) ** 2 * a.density)) for n in a.grids.split(",")],
    }
    measured = {}
    for name, runs in series.items():
        print(f"\n{name}\n\n| city | running | CPU s for an hour | vehicle-seconds a CPU second |\n|---|---|---|---|")
        points = []
        for preset, vehicles in runs:
            running, cpu = measure(a.citybrain, preset, vehicles, a.seconds)
            points.append((running, cpu))
            print(f"| {preset} | {running:,.0f} | {cpu:.2f} | {running * 3600 / cpu / 1e6:.1f} M |", flush=True)
        measured[name] = points
        print(f"\nCPU time grows with vehicles to the power of {exponent(points):.2f}")
    if a.svg:
        from plots import pyplot, save
        figure, axes = pyplot.subplots(figsize=(4.2, 3))
        for (name, points), mark in zip(measured.items(), "os"):
            axes.loglog(*zip(*points), mark + "-", label=f"{name} (exponent {exponent(points):.2f})")
        axes.set_xlabel("vehicles on the road")
        axes.set_ylabel("CPU seconds for a simulated hour")
        axes.legend()
        save(figure, a.svg)


if __name__ == "__main__":
    main()
