#!/usr/bin/env python3
"""Cities in CityFlow's format that nobody has tuned for: grids that differ in what the public sets have in common.

  tests/bench/cityflow_cities.py FOLDER        writes FOLDER/NAME/roadnet.json and flow.json of every city

The same bytes every time. Lane 0 is the inner one; a road's line is its left edge, as in CityFlow.
"""
import json
import pathlib
import random
import sys

CAR = {"length": 5.0, "width": 2.0, "maxPosAcc": 2.0, "maxNegAcc": 4.5, "usualPosAcc": 2.0, "usualNegAcc": 4.5, "minGap": 2.5,
       "maxSpeed": 11.111, "headwayTime": 2.0}
VAN = {**CAR, "length": 6.5, "maxPosAcc": 1.6, "usualPosAcc": 1.4, "usualNegAcc": 3.0, "maxSpeed": 13.0, "headwayTime": 1.5}
LORRY = {**CAR, "length": 12.0, "width": 2.5, "maxPosAcc": 1.0, "maxNegAcc": 3.5, "usualPosAcc": 0.8, "usualNegAcc": 2.5, "minGap": 3.0,
         "maxSpeed": 9.0, "headwayTime": 2.5}
QUICK = {**CAR, "length": 4.3, "maxPosAcc": 3.5, "maxNegAcc": 6.0, "usualPosAcc": 3.0, "usualNegAcc": 4.0, "minGap": 1.5, "maxSpeed": 18.0,
         "headwayTime": 1.0}
LEFT, STRAIGHT, RIGHT = "turn_left", "go_straight", "turn_right"
ALL = {LEFT, STRAIGHT, RIGHT}
SEPARATE = [{LEFT}, {STRAIGHT}, {RIGHT}]
STEPS = ((1, 0), (0, 1), (-1, 0), (0, -1))  # east, north, west, south

# rows, columns; blocks: shortest and longest; lanes: what each leads to, of roads from west to east and of those from south to north;
# phases: none (no signals), two (permissive left turns), four (left apart), approach (one at a time); yellow: none, first (phase 0), between (after each
# phase); vehicles an hour and kinds with weights; interval: entries are streams of vehicles. missing: so many of the inner roads are not there.
CITIES = {
    "one-lane-100": dict(rows=4, columns=4, blocks=(100, 100), lanes=[ALL], phases="two", yellow="none", vehicles=3600, green=20),
    "two-shared-200": dict(rows=4, columns=5, blocks=(200, 200), lanes=[{LEFT, STRAIGHT}, {STRAIGHT, RIGHT}], phases="two", yellow="between",
                           vehicles=4200, green=25),
    "three-separate-300": dict(rows=3, columns=5, blocks=(300, 300), lanes=SEPARATE, phases="four", yellow="first", vehicles=5500, green=25,
                               speed=13.889, kinds=((VAN, 1),)),
    "three-separate-100": dict(rows=5, columns=5, blocks=(100, 100), lanes=SEPARATE, phases="four", yellow="between", vehicles=5500, green=20),
    "irregular": dict(rows=4, columns=4, blocks=(80, 520), lanes=[{LEFT}, {STRAIGHT, RIGHT}], phases="four", yellow="first", vehicles=3000,
                      green=25),
    "blocked-entries": dict(rows=3, columns=3, blocks=(150, 150), lanes=[{LEFT, STRAIGHT}, {STRAIGHT, RIGHT}], phases="four", yellow="first",
                            vehicles=6000, green=20),
    "near-gridlock": dict(rows=4, columns=4, blocks=(120, 120), lanes=[{LEFT, STRAIGHT}, {STRAIGHT, RIGHT}], phases="two", yellow="between",
                          vehicles=9500, green=30),
    "lorries": dict(rows=3, columns=4, blocks=(200, 350), lanes=SEPARATE, phases="four", yellow="between", vehicles=2800, green=30,
                    kinds=((CAR, 5), (VAN, 3), (LORRY, 2))),
    "quick": dict(rows=4, columns=4, blocks=(300, 500), lanes=[{LEFT}, {STRAIGHT}, {STRAIGHT, RIGHT}], phases="four", yellow="first",
                  vehicles=7000, green=20, speed=16.667, kinds=((QUICK, 1),)),
    "streams": dict(rows=3, columns=4, blocks=(180, 260), lanes=[{LEFT, STRAIGHT}, {STRAIGHT, RIGHT}], phases="approach", yellow="between",
                    vehicles=2600, green=15, interval=True),
    "arterials": dict(rows=3, columns=6, blocks=(150, 400), lanes=SEPARATE, lanes_across=[ALL], phases="two", yellow="none", vehicles=4200,
                      green=30),
    "free-lanes": dict(rows=4, columns=4, blocks=(250, 250), lanes=[ALL, ALL], phases="approach", yellow="none", vehicles=2800, green=15,
                       shapes=False),
    "unsignalised": dict(rows=4, columns=4, blocks=(120, 260), lanes=[ALL], phases="none", yellow="none", vehicles=2200, green=30),
    "missing-roads": dict(rows=4, columns=5, blocks=(90, 280), lanes=[{LEFT, STRAIGHT}, {STRAIGHT, RIGHT}], phases="two", yellow="between",
                          vehicles=3200, green=25, missing=0.15),
    "rush-60": dict(rows=5, columns=5, blocks=(60, 75), lanes=[ALL], phases="approach", yellow="between", vehicles=3000, green=12),
    "rights-controlled": dict(rows=3, columns=3, blocks=(200, 300), lanes=[{LEFT}, {STRAIGHT}, {STRAIGHT, RIGHT}], phases="four", yellow="first",
                              vehicles=4000, green=25, rights_free=False),
}


class City:
    def __init__(self, name, rows, columns, blocks, lanes, phases, yellow, vehicles, green, lanes_across=None, speed=11.111, kinds=((CAR, 1),),
                 interval=False, shapes=True, rights_free=True, missing=0.0):
        self.random = random.Random(name)
        self.lanes = (lanes, lanes_across or lanes)
        self.speed, self.plan, self.yellow, self.green, self.rights_free, self.shapes = speed, phases, yellow, green, rights_free, shapes
        self.x, self.y = ([sum(steps[:i]) for i in range(n + 2)] for n, steps in
                          ((n, [self.random.randint(*blocks) for _ in range(n + 1)]) for n in (columns, rows)))
        self.inside = [(c, r) for c in range(1, columns + 1) for r in range(1, rows + 1)]
        self.nodes = self.inside + [(c, r) for c in range(columns + 2) for r in range(rows + 2)
                                    if (c in (0, columns + 1)) != (r in (0, rows + 1))]
        self.width = 4 * max(len(l) for l in self.lanes) + 3
        self.roads = {}  # (node, direction): id
        for c, r in self.nodes:
            for d, (dx, dy) in enumerate(STEPS):
                end = (c + dx, r + dy)
                if end in self.nodes and ((c, r) in self.inside or end in self.inside):
                    self.roads[(c, r), d] = f"road_{c}_{r}_{d}"
        for (c, r), d in [k for k in self.roads if self.random.random() < missing and k[0] in self.inside and self.end(*k) in self.inside]:
            for road in (((c, r), d), (self.end((c, r), d), (d + 2) % 4)):
                self.roads.pop(road, None)
        self.links = {}  # road and where it leads by turn
        for (node, d), _ in self.roads.items():
            end = self.end(node, d)
            if end in self.inside:
                for turn, way in ((LEFT, (d + 1) % 4), (STRAIGHT, d), (RIGHT, (d + 3) % 4)):
                    if (end, way) in self.roads and any(turn in l for l in self.lanes[d % 2]):
                        self.links.setdefault((node, d), []).append((turn, (end, way)))
        self.flow = self.demand(vehicles, kinds, interval)

    @staticmethod
    def end(node, d):
        return node[0] + STEPS[d][0], node[1] + STEPS[d][1]

    def demand(self, vehicles, kinds, interval):
        entries = [k for k in self.roads if k[0] not in self.inside]
        weight = {k: self.random.uniform(0.4, 1.6) for k in entries}
        flow = []
        while vehicles > 0:
            start = self.random.choices(entries, [weight[k] for k in entries])[0]
            route = self.route(start)
            if route is None:
                continue
            entry = {"vehicle": self.random.choices([k for k, _ in kinds], [w for _, w in kinds])[0], "route": [self.roads[k] for k in route]}
            begin = self.random.randint(0, 3599)
            if interval:
                every, number = self.random.randint(4, 30), self.random.randint(5, 60)
                flow.append({**entry, "interval": float(every), "startTime": begin // 2, "endTime": begin // 2 + every * (number - 1)})
                vehicles -= number
            else:
                flow.append({**entry, "interval": 1.0, "startTime": begin, "endTime": begin})
                vehicles -= 1
        return flow

    def route(self, start):
        """To the edge, straight on by preference, in at most twice the city's size."""
        route = [start]
        while self.end(*route[-1]) in self.inside:
            ways = self.links.get(route[-1])
            if not ways:
                return None
            turn, way = self.random.choices(ways, [3 if t == STRAIGHT else 1 for t, _ in ways])[0]
            if way in route or len(route) > len(self.x) + len(self.y):
                return None
            route.append(way)
        return route

    def point(self, node):
        return {"x": self.x[node[0]], "y": self.y[node[1]]}

    def lane_end(self, road, lane, at_end):
        """The middle of a lane where it meets the junction."""
        node, d = road
        dx, dy = STEPS[d]
        side = 4 * lane + 2
        at = self.point(self.end(node, d) if at_end else node)
        back = -self.width if at_end else self.width
        return at["x"] + back * dx + side * dy, at["y"] + back * dy - side * dx

    def shape(self, road, lane, to, exit_lane):
        """A cubic curve whose handles are half the distance long."""
        a, b = self.lane_end(road, lane, True), self.lane_end(to, exit_lane, False)
        reach = ((a[0] - b[0]) ** 2 + (a[1] - b[1]) ** 2) ** 0.5 / 2
        (ux, uy), (vx, vy) = STEPS[road[1]], STEPS[to[1]]
        handles = (a, (a[0] + reach * ux, a[1] + reach * uy), (b[0] - reach * vx, b[1] - reach * vy), b)
        out = []
        for i in range(11):
            t = i / 10
            weights = ((1 - t) ** 3, 3 * (1 - t) ** 2 * t, 3 * (1 - t) * t ** 2, t ** 3)
            out.append({"x": round(sum(w * h[0] for w, h in zip(weights, handles)), 6), "y": round(sum(w * h[1] for w, h in zip(weights, handles)), 6)})
        return out

    def junction(self, node):
        touching = [name for (n, d), name in self.roads.items() if node in (n, self.end(n, d))]
        out = {"id": f"node_{node[0]}_{node[1]}", "point": self.point(node), "width": self.width if node in self.inside else 0, "roads": touching,
               "roadLinks": [], "trafficLight": {"roadLinkIndices": [], "lightphases": []}, "virtual": node not in self.inside}
        if node not in self.inside:
            return out
        kinds = []  # of each road link: direction and turn
        for d in range(4):
            road = ((node[0] - STEPS[d][0], node[1] - STEPS[d][1]), d)
            for turn, to in self.links.get(road, ()):
                links = []
                for lane, leads in enumerate(self.lanes[d % 2]):
                    for exit_lane in range(len(self.lanes[to[1] % 2])) if turn in leads else ():
                        link = {"startLaneIndex": lane, "endLaneIndex": exit_lane}
                        if self.shapes:
                            link["points"] = self.shape(road, lane, to, exit_lane)
                        links.append(link)
                out["roadLinks"].append({"type": turn, "startRoad": self.roads[road], "endRoad": self.roads[to], "direction": d, "laneLinks": links})
                kinds.append((d, turn))
        out["trafficLight"]["roadLinkIndices"] = list(range(len(kinds)))
        out["trafficLight"]["lightphases"] = self.phases(kinds)
        return out

    def phases(self, kinds):
        def numbers(test):
            return [i for i, (d, turn) in enumerate(kinds) if test(d, turn) or (turn == RIGHT and self.rights_free)]
        if self.plan == "none":
            return [{"time": self.green, "availableRoadLinks": list(range(len(kinds)))}]
        if self.plan == "two":
            greens = [numbers(lambda d, turn, a=a: d % 2 == a) for a in (0, 1)]
        elif self.plan == "approach":
            greens = [numbers(lambda d, turn, a=a: d == a) for a in range(4)]
        else:
            greens = [numbers(lambda d, turn, a=a, left=left: d % 2 == a and (turn == LEFT) == left) for left in (False, True) for a in (0, 1)]
        yellow = {"time": 5, "availableRoadLinks": numbers(lambda d, turn: False)}
        out = [yellow] if self.yellow == "first" else []
        for g in greens:
            out.append({"time": self.green + (5 if self.yellow == "first" else 0), "availableRoadLinks": g})
            if self.yellow == "between":
                out.append(yellow)
        return out

    def roadnet(self):
        roads = [{"id": name, "points": [self.point(node), self.point(self.end(node, d))],
                  "lanes": [{"width": 4, "maxSpeed": self.speed} for _ in self.lanes[d % 2]],
                  "startIntersection": f"node_{node[0]}_{node[1]}", "endIntersection": "node_{}_{}".format(*self.end(node, d))}
                 for (node, d), name in self.roads.items()]
        return {"intersections": [self.junction(n) for n in self.nodes], "roads": roads}


def write_all(folder):
    for name, options in CITIES.items():
        city = City(name, **options)
        place = folder / name
        place.mkdir(parents=True, exist_ok=True)
        (place / "roadnet.json").write_text(json.dumps(city.roadnet()))
        (place / "flow.json").write_text(json.dumps(city.flow))


if __name__ == "__main__":
    if len(sys.argv) != 2:
        sys.exit(__doc__)
    write_all(pathlib.Path(sys.argv[1]))
