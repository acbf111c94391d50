#!/usr/bin/env python3
"""Load: requests a second when saturated, and latencies at fixed rates, beside a baseline.

    load.py --url http://127.0.0.1:8080 --users FILE [--baseline http://127.0.0.1:8081]

Each round takes one side after the other, in turns, so that both meet the same machine; the table shows the
medians of the rounds. Saturation is wrk's with 64 connections (its latencies are those of a full house); the
fixed rates are openloop.py's. Needs Debian's wrk. It takes rounds × sides × (wrk + rates) × seconds: 6
minutes by default with a baseline.
"""

import argparse
import json
import os
import statistics
import subprocess

import openloop
import trial

HERE = os.path.dirname(os.path.abspath(__file__))


def saturate(url, asked):
    command = [
        "wrk",
        "-t1",
        f"-c{asked.connections}",
        f"-d{asked.seconds}s",
        "--latency",
        "-s",
        os.path.join(HERE, "post.lua"),
        url,
        "--",
        asked.users,
        str(asked.k),
    ]
    command += [asked.token] if asked.token else []
    done = subprocess.run(command, stdout=subprocess.PIPE, text=True, check=True, timeout=asked.seconds + 60)
    line = next(line for line in done.stdout.splitlines() if line.startswith("JSON "))
    found = json.loads(line.removeprefix("JSON "))
    return {
        "answers": found["requests"],
        "rate": found["requests"] / found["seconds"],
        "failed": found["errors"],
        **{part: found[part] for part in ("p50", "p90", "p99")},
    }


def measure(url, load, made, asked):
    """Figures of one run, with the ms of a core that an answer took the server."""
    pids = trial.listeners(trial.loopback(url)[1])
    before = trial.cpu_seconds(pids)
    if load == "saturated":
        found = saturate(url, asked)
    else:
        found = openloop.run(url, made, load, asked.seconds)
        found["failed"] = sum(found["failed"].values())
    used = trial.cpu_seconds(pids) - before
    return {**found, "cpu": used / max(1, found["answers"]) * 1e3}


def row(side, load, runs):
    def median(name):
        values = [run[name] for run in runs if name in run]
        return f"{statistics.median(values):.2f}" if values else "-"

    rates = [run["rate"] for run in runs]
    load = load if load == "saturated" else f"{load:g}/s"
    return [
        side,
        load,
        f"{statistics.median(rates):,.0f}",
        f"{min(rates):,.0f}..{max(rates):,.0f}",
        *(median(name) for name in ("p50", "p90", "p99", "p99.9", "cpu", "late", "core")),
        sum(run["failed"] for run in runs),
    ]


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--url", required=True)
    parser.add_argument("--baseline", help="the url of baseline/app.py")
    parser.add_argument("--users", required=True, help="a file of user ids, one a line, that both sides know")
    parser.add_argument("--token")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--seconds", type=int, default=20)
    parser.add_argument("--connections", type=int, default=64)
    parser.add_argument("-k", type=int, default=10)
    parser.add_argument("--rates", default="200,1000")
    parser.add_argument("--least", type=float, default=8000, help="requests a second, saturated")
    parser.add_argument("--p50", type=float, default=1.0, help="ms at most, at the highest rate")
    parser.add_argument("--p99", type=float, default=5.0, help="ms at most, at the highest rate")
    asked = parser.parse_args()
    made = openloop.requests(asked.url, trial.ids(asked.users, 1_000_000), asked.k, asked.token)
    sides = {"foretaste": asked.url, "baseline": asked.baseline}
    sides = {name: url for name, url in sides.items() if url}
    loads = ["saturated", *(float(rate) for rate in asked.rates.split(","))]
    for url in sides.values():
        openloop.run(url, made, 50, 1)  # whatever happens once
    runs = {(side, load): [] for load in loads for side in sides}
    for _ in range(asked.rounds):
        for (side, load), found in runs.items():
            found.append(measure(sides[side], load, made, asked))
    trial.table(
        [
            "side",
            "load",
            "answers/s",
            "range",
            "p50 ms",
            "p90",
            "p99",
            "p99.9",
            "cpu ms",
            "late ms",
            "own core",
            "failed",
        ],
        [row(side, load, found) for (side, load), found in runs.items()],
    )
    medians = {
        at: {name: statistics.median(run[name] for run in found) for name in ("rate", "p50", "p99")}
        for at, found in runs.items()
    }
    if asked.baseline:
        trial.table(
            ["foretaste / baseline", "answers/s", "p50", "p99"],
            [
                [
                    load,
                    *(
                        f"{medians['foretaste', load][name] / medians['baseline', load][name]:.3f}"
                        for name in ("rate", "p50", "p99")
                    ),
                ]
                for load in loads
            ],
        )
    verdict = trial.Verdict()
    ours, highest = medians["foretaste", "saturated"], medians["foretaste", max(loads[1:])]
    failed = sum(run["failed"] for (side, _), found in runs.items() if side == "foretaste" for run in found)
    verdict.must("every request is answered with 200", failed == 0, failed)
    verdict.must(f"saturated at least {asked.least:,.0f} a second", ours["rate"] >= asked.least, f"{ours['rate']:,.0f}")
    for part, most in (("p50", asked.p50), ("p99", asked.p99)):
        verdict.must(f"{part} at {max(loads[1:]):g}/s at most {most} ms", highest[part] <= most, f"{highest[part]:.2f}")
    verdict.end()


if __name__ == "__main__":
    main()
