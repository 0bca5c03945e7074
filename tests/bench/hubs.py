#!/usr/bin/env python3
"""Lock-step cost: simulated seconds per wall second of one loop and of parts with 1, 2 and 4 hubs.

    python3 tests/bench/hubs.py [--network kafka:HOST:PORT] [--horizon 600] [--repeat 3] [SCENARIO ...]

Runs ./citybrain run and up over the embedded log and, when a network is given, over Kafka; checks
that all have one outcome_hash (exit 1 if not), and prints a table for docs/processes.md: the best of
the repeats, whole command, with what it takes to start processes.
"""
import argparse
import json
import os
import pathlib
import subprocess
import sys
import tempfile
import time

ROOT = pathlib.Path(__file__).resolve().parents[2]
PROGRAM = os.environ.get("CITYBRAIN", str(ROOT / "citybrain"))
HUBS = (1, 2, 4)


def command(scenario, kind, hubs, network, horizon, out):
    words = [PROGRAM, kind, *scenario.split(), "--horizon", f"{horizon}s", "--out", out, "--json",
             "--no-progress", "--network", network]
    if kind == "up":
        words += ["--hubs", str(hubs)]
    return words


def measure(scenario, kind, hubs, network, horizon, repeat):
    best = None
    for _ in range(repeat):
        with tempfile.TemporaryDirectory() as folder:
            began = time.monotonic()
            done = subprocess.run(command(scenario, kind, hubs, network, horizon, f"{folder}/out"),
                                  capture_output=True, text=True)
            wall = time.monotonic() - began
        if done.returncode != 0:
            sys.exit(f"{kind} --hubs {hubs} on {network} failed:\n{done.stderr}")
        report = json.loads(done.stdout)
        if best is None or wall < best["wall"]:
            best = {"wall": wall, "cpu": report["cpu_s"], "hash": report["outcome_hash"]}
    return best


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--network", help="kafka:HOST:PORT; without it the embedded log only")
    parser.add_argument("--horizon", type=int, default=600)
    parser.add_argument("--repeat", type=int, default=3)
    parser.add_argument("scenario", nargs="*", default=["quickstart"], help="with its options in one word")
    arguments = parser.parse_args()
    same = True
    for scenario in arguments.scenario:
        print(f"\n`{scenario}`, {arguments.horizon} simulated seconds\n")
        print("| | wall s | CPU s (without the broker) | simulated s per wall s | outcome_hash |\n|---|---|---|---|---|")
        hashes = set()
        for network in ["embedded"] + ([arguments.network] if arguments.network else []):
            for kind, hubs in [("run", 0)] + [("up", n) for n in HUBS]:
                m = measure(scenario, kind, hubs, network, arguments.horizon, arguments.repeat)
                hashes.add(m["hash"])
                name = f"`{kind}`" + (f" --hubs {hubs}" if kind == "up" else "") + f", {network.split(':')[0]}"
                print(f"| {name} | {m['wall']:.2f} | {m['cpu']:.2f} | {arguments.horizon / m['wall']:.0f} "
                      f"| {m['hash'][:8]} |", flush=True)
        same = same and len(hashes) == 1
    sys.exit(0 if same else "the outcomes differ")


if __name__ == "__main__":
    main()
