#!/usr/bin/env python3
"""Times foretaste beside another library, on the same machine in the same run. See README.md.

Every measurement is a process of its own, and those of the two sides alternate. This file only
starts processes and takes medians, and imports nothing heavy: the peak memory of a process counts
what its parent had when it started it. The sides themselves are in peers.py.
"""
import argparse
import json
import os
import platform
import statistics
import subprocess
import sys
import tempfile
import time

HERE = os.path.dirname(os.path.abspath(__file__))
# Epochs of the short and of the long run of each mode.
EPOCHS = {"epoch": (1, 5), "topk": (1, 1), "process": (2, 2)}
SHAPES = ("ml-100k", "ml-1m", "ml-20m")
PEERS = ("implicit", "cornac", "rusket", "lightfm")


def busy_seconds():
    """Seconds that all cores were busy since the start; None where /proc does not say."""
    try:
        with open("/proc/stat") as stat:
            fields = [int(field) for field in stat.readline().split()[1:9]]
    except OSError:
        return None
    return (sum(fields) - fields[3] - fields[4]) / os.sysconf("SC_CLK_TCK")


def run(command, threads, log):
    """Runs a process; its output, wall seconds and peak megabytes, and others' busy cores."""
    single = {name: "1" for name in ("OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS")}
    env = {**os.environ, **single, "OMP_NUM_THREADS": threads, "RAYON_NUM_THREADS": threads}
    before, started = busy_seconds(), time.perf_counter()
    with tempfile.TemporaryFile() as out:
        process = subprocess.Popen(command, env=env, stdout=out, stderr=log)
        _, status, usage = os.wait4(process.pid, 0)
        wall = time.perf_counter() - started
        process.returncode = os.waitstatus_to_exitcode(status)
        out.seek(0)
        text = out.read(1 << 16)
    if process.returncode:
        log.seek(0)
        sys.exit(f"{' '.join(command)}:\n{log.read().decode()[-2000:]}")
    foreign = None
    if before is not None:
        foreign = max(0.0, (busy_seconds() - before - usage.ru_utime - usage.ru_stime) / wall)
    unit = 1 << 20 if sys.platform == "darwin" else 1 << 10
    return {"wall": wall, "mb": usage.ru_maxrss / unit, "foreign": foreign, "text": text}


class Ours:
    def __init__(self, args, folder, log):
        self.args, self.log = args, log
        self.model = os.path.join(folder, "ours.foretaste")

    def train(self, epochs, threads):
        a = self.args
        command = [a.foretaste, "train", a.csv, "-o", self.model, "--force", "--json", "--quiet"]
        command += ["--model", "bpr", "--factors", str(a.factors), "--epochs", str(epochs)]
        command += ["--negatives", "1", "--sampler", "uniform", "--steps", "sgd", "--lr", "0.05"]
        return run(command + ["--reg", "0.01", "--threads", str(threads)], str(threads), self.log)

    def recommend(self, threads):
        command = [self.args.foretaste, "recommend", self.model, "--all", "-k", "10", "--json"]
        return run(command + ["--quiet", "--threads", str(threads)], str(threads), self.log)

    def measure(self, threads):
        few, many = EPOCHS[self.args.mode]
        if self.args.mode == "epoch":
            runs = [self.train(epochs, threads) for epochs in (few, many)]
            seconds = [json.loads(run["text"])["seconds"] for run in runs]
            value = (seconds[1] - seconds[0]) / (many - few)
        elif self.args.mode == "topk":
            if not os.path.exists(self.model):
                self.train(few, threads)
            runs = [self.recommend(threads)]
            value = runs[0]["wall"]
        else:
            runs = [self.train(few, threads), self.recommend(threads)]
            value = sum(run["wall"] for run in runs)
        return figure(value, runs)


class Peer:
    def __init__(self, args, log):
        self.args, self.log = args, log

    def measure(self, threads):
        a = self.args
        few, many = EPOCHS[a.mode]
        command = [sys.executable, os.path.join(HERE, "peers.py"), a.peer, a.mode, a.csv]
        command += [str(n) for n in (a.factors, threads, few, many)]
        result = run(command, str(threads), self.log)
        inside = json.loads(result["text"].splitlines()[-1])["seconds"]
        return figure(result["wall"] if a.mode == "process" else inside, [result])


def figure(seconds, runs):
    foreign = [run["foreign"] for run in runs if run["foreign"] is not None]
    return {
        "seconds": seconds,
        "mb": max(run["mb"] for run in runs),
        "foreign": max(foreign, default=None),
    }


def output_of(command):
    return subprocess.run(command, capture_output=True, text=True, check=True).stdout.strip()


def cpu():
    try:
        with open("/proc/cpuinfo") as info:
            names = [line.split(":", 1)[1].strip() for line in info if "model name" in line]
    except OSError:
        names = []
    return f"{names[0] if names else platform.processor()}, {os.cpu_count()} cores"


def summary(figures):
    seconds = sorted(figure["seconds"] for figure in figures)
    foreign = [figure["foreign"] for figure in figures if figure["foreign"] is not None]
    return {
        "median": statistics.median(seconds),
        "low": seconds[0],
        "high": seconds[-1],
        "mb": statistics.median(figure["mb"] for figure in figures),
        "foreign": max(foreign, default=None),
    }


def row(name, threads, s, ratio, work):
    rate = work / s["median"]
    rate = f"{rate / 1e6:.2f} M/s" if rate >= 1e6 else f"{rate:,.0f}/s"
    foreign = "?" if s["foreign"] is None else f"{s['foreign']:.2f}"
    seconds = f"{s['median']:.3f} ({s['low']:.3f}–{s['high']:.3f})"
    return f"| {name} | {threads} | {seconds} | {rate} | {s['mb']:.0f} | {foreign} | {ratio} |"


def arguments():
    parser = argparse.ArgumentParser(description="Time foretaste beside another library.")
    parser.add_argument("mode", choices=EPOCHS)
    parser.add_argument("--peer", default="implicit", choices=PEERS)
    parser.add_argument("--data", default="ml-1m", help="ml-100k, ml-1m, ml-20m, or a csv file")
    parser.add_argument("--factors", type=int, default=64)
    parser.add_argument("--threads", default="1,2", help="numbers of threads")
    parser.add_argument("--repeats", type=int, default=5, help="runs of each side")
    parser.add_argument("--foretaste", default="foretaste", help="the binary")
    args = parser.parse_args()
    if args.data not in SHAPES and not os.path.exists(args.data):
        parser.error(f"--data {args.data}: neither a file nor one of {', '.join(SHAPES)}")
    if args.mode != "epoch" and args.peer != "implicit":
        parser.error(f"{args.mode}: {args.peer} has no call that lists items for all users")
    args.threads = [int(threads) for threads in args.threads.split(",")]
    return args


def main():
    args = arguments()
    peers = os.path.join(HERE, "peers.py")
    with tempfile.TemporaryDirectory() as folder, tempfile.TemporaryFile() as log:
        args.csv = args.data
        if args.data in SHAPES:
            args.csv = os.path.join(folder, f"{args.data}.csv")
            output_of([sys.executable, peers, "generate", args.data, args.csv])
        described = json.loads(output_of([sys.executable, peers, "describe", args.peer, args.csv]))
        sides = {"foretaste": Ours(args, folder, log), args.peer: Peer(args, log)}
        ours = output_of([args.foretaste, "--version"])
        print(f"{args.mode} on {args.data}: {described['data']}, K = {args.factors}, median "
              f"(range) of {args.repeats}. {ours}, {described['peer']}; {cpu()}.\n")
        print("| | threads | seconds | rate | peak MB | foreign cores | times as fast |")
        print("|---|---|---|---|---|---|---|")
        work = described["users"] if args.mode == "topk" else described["rows"]
        work *= EPOCHS["process"][0] if args.mode == "process" else 1
        for threads in args.threads:
            found = {name: [] for name in sides}
            for repeat in range(args.repeats):
                # Who comes first changes: the second may find warmer caches, or a hotter core.
                order = list(sides) if repeat % 2 == 0 else list(sides)[::-1]
                for name in order:
                    found[name].append(sides[name].measure(threads))
            a, b = (summary(found[name]) for name in sides)
            print(row("foretaste", threads, a, f"{b['median'] / a['median']:.2f}", work))
            print(row(args.peer, threads, b, "1", work), flush=True)


if __name__ == "__main__":
    main()
