#!/usr/bin/env python3
"""Flow over density, a point a lane and minute, of the city over SUMO's, on the same network and demand.

Needs Debian's `sumo` and python3-matplotlib. The city's lanes come from `bench city --links`, SUMO's from laneData.

  tests/bench/fundamental_diagram.py --net cologne3.net.xml --routes cologne3.rou.xml --begin 25200 --svg out.svg
"""
import argparse
import csv
import os
import pathlib
import subprocess
import tempfile
import xml.etree.ElementTree as ElementTree
from collections import Counter

SHORTEST_M = 50  # on shorter lanes a minute's density is noise


def lanes_of(net):
    """By edge: length and lanes that cars may use."""
    out = {}
    for e in ElementTree.parse(net).getroot().iter("edge"):
        if e.get("function") is None:
            lanes = e.findall("lane")
            out[e.get("id")] = (float(lanes[0].get("length")), len(lanes))
    return out


def of_sumo(a, folder, lanes):
    (folder / "lanes.add.xml").write_text('<additional><laneData id="l" file="lanes.xml" period="60"/></additional>')
    subprocess.run(["sumo", "-n", a.net, "-r", a.routes, "-a", "lanes.add.xml", "--begin", str(a.begin), "--end",
                    str(a.begin + a.seconds), "--no-step-log", "--no-warnings"], cwd=folder, check=True, capture_output=True)
    points = []
    for edge in ElementTree.parse(folder / "lanes.xml").getroot().iter("edge"):
        if edge.get("id") in lanes and lanes[edge.get("id")][0] >= SHORTEST_M:
            for lane in edge.iter("lane"):
                seconds, speed = float(lane.get("sampledSeconds", 0)), float(lane.get("speed", 0))
                density = seconds / 60 / lanes[edge.get("id")][0] * 1000
                points.append((density, density * speed * 3.6))
    return points


def of_city(a, folder, lanes):
    table = a.links
    if not table:
        table = folder / "links.csv"
        subprocess.run([a.citybrain, "bench", "city", "--roadnet", a.net, "--flow", a.routes, "--horizon", f"{a.seconds}s",
                        "--links", table, "--links-interval", "60s", "--no-progress", "--json"], check=True, capture_output=True)
    points = []
    for row in csv.DictReader(open(table)):
        if row["road"] in lanes and lanes[row["road"]][0] >= SHORTEST_M and float(row["vehicles_mean"]) > 0:
            density = float(row["vehicles_mean"]) / lanes[row["road"]][0] * 1000
            points.append((density, density * float(row["speed_mps"]) * 3.6))
    return points


def medians(points, width=10):
    """The median flow by class of density, where there are ten points or more."""
    classes = {}
    for density, flow in points:
        classes.setdefault(int(density // width), []).append(flow)
    return [((c + 0.5) * width, sorted(f)[len(f) // 2]) for c, f in sorted(classes.items()) if len(f) >= 10]


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--citybrain", default="./citybrain")
    parser.add_argument("--net", required=True)
    parser.add_argument("--routes", required=True)
    parser.add_argument("--begin", type=int, default=0)
    parser.add_argument("--seconds", type=int, default=3600)
    parser.add_argument("--links", help="a table that --links wrote, instead of a run")
    parser.add_argument("--title", default="")
    parser.add_argument("--svg", required=True)
    a = parser.parse_args()
    a.net, a.routes = str(pathlib.Path(a.net).resolve()), str(pathlib.Path(a.routes).resolve())
    os.environ.setdefault("SUMO_HOME", "/usr/share/sumo")
    from plots import pyplot, save
    lanes = lanes_of(a.net)
    with tempfile.TemporaryDirectory() as name:
        both = {"SUMO": of_sumo(a, pathlib.Path(name), lanes), "citybrain": of_city(a, pathlib.Path(name), lanes)}
    figure, axes = pyplot.subplots(figsize=(4.2, 3))
    for (name, points), colour in zip(both.items(), ("#999999", "#c04000")):
        # Points on a raster, so that a plot of many minutes stays small.
        drawn = Counter((round(d / 2) * 2, round(f / 40) * 40) for d, f in points)
        axes.scatter(*zip(*sorted(drawn)), s=2, color=colour, alpha=0.35, linewidths=0, rasterized=False)
        middle = medians(points)
        axes.plot(*zip(*middle), color=colour, label=f"{name} (median)")
        print(name, len(points), "points;", " ".join(f"{d:.0f}:{f:.0f}" for d, f in middle))
    axes.set_xlabel("density, vehicles/km and lane")
    axes.set_ylabel("flow, vehicles/h and lane")
    axes.set_title(a.title)
    axes.legend()
    save(figure, a.svg)


if __name__ == "__main__":
    main()
