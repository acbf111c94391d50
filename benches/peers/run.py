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
# Epochs of the short and of the long training of `epoch`; of the model of `topk` and `lists`; of
# `process`.
FEW, MANY = 1, 5
MODEL = 1
PROCESS = 2
MODES = ("epoch", "topk", "lists", "process")
SHAPES = ("ml-100k", "ml-1m", "ml-20m")
PEERS = ("implicit", "libmf", "cornac", "rusket", "lightfm")
# Those that list items for all users.
LISTING = ("implicit",)


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

    def prepare(self, mode, threads):
        if mode in ("topk", "lists") and not os.path.exists(self.model):
            self.train(MODEL, threads)

    def measure(self, mode, threads):
        if mode == "epoch":
            runs = [self.train(epochs, threads) for epochs in (FEW, MANY)]
            seconds = [json.loads(run["text"])["seconds"] for run in runs]
            return figure((seconds[1] - seconds[0]) / (MANY - FEW), runs)
        if mode == "topk":
            runs = [run([self.args.caller, self.model], str(threads), self.log)]
            return figure(json.loads(runs[0]["text"])["seconds"], runs)
        runs = [self.train(PROCESS, threads)] if mode == "process" else []
        runs.append(self.recommend(threads))
        return figure(sum(run["wall"] for run in runs), runs)


class Peer:
    """A library of Python, in processes of peers.py."""

    def __init__(self, name, args, folder, log):
        self.name, self.args, self.log = name, args, log
        self.folder = os.path.join(folder, name)

    def run(self, threads, mode, *rest):
        command = [sys.executable, os.path.join(HERE, "peers.py"), self.name, mode]
        return run(command + [str(argument) for argument in rest], str(threads), self.log)

    def prepare(self, mode, threads):
        if mode in ("topk", "lists") and not os.path.exists(self.folder):
            os.mkdir(self.folder)
            a = self.args
            self.run(threads, "train", a.csv, a.factors, threads, MODEL, self.folder)

    def measure(self, mode, threads):
        a = self.args
        if mode in ("topk", "lists"):
            result = self.run(threads, mode, self.folder, threads)
        else:
            epochs = (FEW, MANY) if mode == "epoch" else (PROCESS,)
            result = self.run(threads, mode, a.csv, a.factors, threads, *epochs)
        inside = json.loads(result["text"].splitlines()[-1])["seconds"]
        return figure(result["wall"] if inside is None else inside, [result])


class Libmf:
    """libmf, in processes of the program in libmf/."""

    def __init__(self, args, log):
        self.args, self.log = args, log

    def prepare(self, mode, threads):
        pass

    def measure(self, mode, threads):
        a = self.args
        command = [a.libmf, a.csv, *(str(n) for n in (a.factors, threads, FEW, MANY))]
        result = run(command, str(threads), self.log)
        return figure(json.loads(result["text"])["seconds"], [result])


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


def row(mode, name, threads, s, ours, work):
    rate = work / s["median"]
    rate = f"{rate / 1e6:.2f} M/s" if rate >= 1e6 else f"{rate:,.0f}/s"
    foreign = "?" if s["foreign"] is None else f"{s['foreign']:.2f}"
    seconds = f"{s['median']:.3f} ({s['low']:.3f}–{s['high']:.3f})"
    ratio = f"{s['median'] / ours['median']:.2f} ({s['low'] / ours['low']:.2f})"
    cells = (mode, name, threads, seconds, rate, f"{s['mb']:.0f}", foreign, ratio)
    return f"| {' | '.join(map(str, cells))} |"


def arguments():
    parser = argparse.ArgumentParser(description="Time foretaste beside other libraries.")
    parser.add_argument("mode", choices=(*MODES, "all"))
    parser.add_argument("--peer", default="implicit", help=f"one or several of {','.join(PEERS)}")
    parser.add_argument("--data", default="ml-1m", help="ml-100k, ml-1m, ml-20m, or a csv file")
    parser.add_argument("--factors", type=int, default=64)
    parser.add_argument("--threads", default="1,2", help="numbers of threads")
    parser.add_argument("--repeats", type=int, default=5, help="runs of each side")
    parser.add_argument("--foretaste", default="foretaste", help="the binary")
    parser.add_argument("--caller", help="benches' `recommend`; default: beside the binary")
    parser.add_argument("--libmf", default=os.path.join(HERE, "libmf/target/release/peer-libmf"))
    args = parser.parse_args()
    if args.data not in SHAPES and not os.path.exists(args.data):
        parser.error(f"--data {args.data}: neither a file nor one of {', '.join(SHAPES)}")
    args.peers, args.threads = args.peer.split(","), [int(n) for n in args.threads.split(",")]
    args.modes = MODES if args.mode == "all" else (args.mode,)
    for peer in args.peers:
        if peer not in PEERS:
            parser.error(f"--peer {peer}: none of {', '.join(PEERS)}")
        if args.mode not in ("all", "epoch") and peer not in LISTING:
            parser.error(f"{args.mode}: {peer} has no call that lists items for all users")
    args.caller = args.caller or os.path.join(os.path.dirname(args.foretaste), "recommend")
    for path, needed in ((args.caller, "topk" in args.modes), (args.libmf, "libmf" in args.peers)):
        if needed and not os.path.exists(path):
            parser.error(f"{path}: not built, see README.md")
    return args


def compare(mode, threads, sides, repeats, work):
    found = {name: [] for name in sides}
    for side in sides.values():
        side.prepare(mode, threads)
    for repeat in range(repeats):
        # Who comes first changes: the second may find warmer caches, or a hotter core.
        for name in list(sides) if repeat % 2 == 0 else list(sides)[::-1]:
            found[name].append(sides[name].measure(mode, threads))
    figures = {name: summary(figures) for name, figures in found.items()}
    for name, s in figures.items():
        print(row(mode, name, threads, s, figures["foretaste"], work), flush=True)


def main():
    args = arguments()
    peers = os.path.join(HERE, "peers.py")
    with tempfile.TemporaryDirectory() as folder, tempfile.TemporaryFile() as log:
        args.csv = args.data
        if args.data in SHAPES:
            args.csv = os.path.join(folder, f"{args.data}.csv")
            output_of([sys.executable, peers, "generate", args.data, args.csv])
        data = json.loads(output_of([sys.executable, peers, "describe", args.peer, args.csv]))
        sides = {"foretaste": Ours(args, folder, log)}
        for name in args.peers:
            sides[name] = Libmf(args, log) if name == "libmf" else Peer(name, args, folder, log)
        versions = [output_of([args.foretaste, "--version"]), data["peers"]]
        if "libmf" in args.peers:
            versions.append(output_of([args.libmf, "--version"]))
        print(f"{args.data}: {data['data']}, K = {args.factors}, median (range) of {args.repeats}. "
              f"{', '.join(versions)}; {cpu()}.\n")
        print("| mode | | threads | seconds | rate | peak MB | foreign cores "
              "| × foretaste's median (lowest) |")
        print("|---|---|---|---|---|---|---|---|", flush=True)
        work = {"epoch": data["rows"], "process": PROCESS * data["rows"]}
        for mode in args.modes:
            able = {name: side for name, side in sides.items()
                    if mode == "epoch" or name == "foretaste" or name in LISTING}
            for threads in args.threads:
                compare(mode, threads, able, args.repeats, work.get(mode, data["users"]))


if __name__ == "__main__":
    main()
