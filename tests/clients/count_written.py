#!/usr/bin/env python3
"""What a hub took in beyond a run without write_observations.py.

usage: count_written.py ALONE HUB

ALONE is the report.json of `run`, HUB what `hub --json` said about the same run with the records of write_observations.py.
Prints a line a counter, then "N passed, N failed".
"""
import json
import sys

EXPECTED = {"records": 4, "quarantined": 1, "duplicates": 0, "late": 0}


def main():
    if len(sys.argv) != 3:
        sys.exit(__doc__)
    with open(sys.argv[1], encoding="utf-8") as f:
        alone = json.load(f)["hub"]
    with open(sys.argv[2], encoding="utf-8") as f:
        hub = json.load(f)["hub"]["datasets"].values()
    alone["records"] = alone["records_in"]
    failed = 0
    for name in (*EXPECTED, "admitted"):
        more = sum(d[name] for d in hub) - alone[name]
        good = more >= 3 if name == "admitted" else more == EXPECTED[name]
        failed += not good
        print(f"{name} +{more}" + ("" if good else f", expected +{EXPECTED.get(name, '3 or more')}"))
    print(f"{len(EXPECTED) + 1 - failed} passed, {failed} failed")
    sys.exit(1 if failed else 0)


if __name__ == "__main__":
    main()
