"""Kills executors, their Pythons and drivers of trainings at random, and holds what is trained to the local bytes.

`python kills.py --kills 100` prints how many trainings ended, how many were wrong and how many hung; it ends with 1 if
any was or did. Not one of the tests: a hundred kills take an hour. Executors take their
time to come, a few seconds each; killed as often as that, nothing is ever begun.
"""

from __future__ import annotations

import argparse
import hashlib
import os
import queue
import random
import signal
import subprocess
import sys
import tempfile
import threading
import time
from pathlib import Path
from typing import Any

EPOCHS = 240
#: Seconds without a word after which a driver is taken for hung.
HUNG = 300.0


def rows() -> Any:
    """Some 200,000 pairs: an epoch takes long enough to be killed in."""
    import numpy as np
    import pandas as pd

    rng = np.random.default_rng(4)
    users, items = rng.integers(0, 4000, 200_000), (rng.random(200_000) ** 2 * 3000).astype(int)
    return pd.DataFrame({"user": users, "item": items}).drop_duplicates()


def fingerprint(estimator: Any, directory: Path) -> str:
    """The SHA-256 of a model's file."""
    path = directory / "some.model"
    estimator.save(path, overwrite=True)
    return hashlib.sha256(path.read_bytes()).hexdigest()


def drive(directory: Path, first: int) -> None:
    """A driver: trains again and again, until there is a file that says to stop."""
    from pyspark.sql import SparkSession

    from foretaste.spark import BPR

    spark = (
        SparkSession.builder.master("local-cluster[2,1,1024]")
        .config("spark.ui.enabled", "false")
        .config("spark.driver.memory", "1g")
        .config("spark.executor.memory", "512m")
        .config("spark.driver.host", "127.0.0.1")
        .config("spark.driver.bindAddress", "127.0.0.1")
        .config("spark.sql.shuffle.partitions", "2")
        .config("spark.log.level", "OFF")
        # Here executors are to be replaced however often they are killed.
        .config("spark.deploy.maxExecutorRetries", "-1")
        .config("spark.network.timeout", "60s")
        .config("spark.executor.heartbeatInterval", "5s")
        .getOrCreate()
    )
    parquet = str(directory / "rows.parquet")
    number = first
    while not (directory / "stop").exists():
        print("fitting", flush=True)
        estimator = BPR(
            factors=32,
            maxIter=EPOCHS,
            numWorkers=2,
            checkpointDir=str(directory / f"run{number}"),
            checkpointInterval=10,
        )
        model = estimator.fit(spark.read.parquet(parquet))
        print("fitted", number, fingerprint(model.toLocal(), directory), model.trainingInfo["resumed"], flush=True)
        number += 1
    spark.stop()


def descendants(root: int) -> list[tuple[int, str]]:
    """The processes below one, with what they run."""
    parents: dict[int, list[tuple[int, str]]] = {}
    for entry in os.listdir("/proc"):
        if entry.isdigit():
            try:
                parent = int(Path(f"/proc/{entry}/stat").read_text().rpartition(")")[2].split()[1])
                command = Path(f"/proc/{entry}/cmdline").read_bytes().replace(b"\0", b" ").decode(errors="replace")
            except (OSError, ValueError):
                continue
            parents.setdefault(parent, []).append((int(entry), command))
    found, open_ = [], [root]
    while open_:
        for one in parents.get(open_.pop(), []):
            found.append(one)
            open_.append(one[0])
    return found


def victims(root: int) -> list[int]:
    """Executors, and the Pythons that work for them."""
    all_of = descendants(root)
    executors = [pid for pid, command in all_of if "CoarseGrainedExecutorBackend" in command]
    if len(executors) < 2:
        return []  # with one that is always on its way, nothing would ever begin
    below = [pid for executor in executors for pid, command in descendants(executor) if "pyspark" in command]
    return executors + below


def main() -> int:
    """Kills until it has killed enough."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--kills", type=int, default=100)
    parser.add_argument("--minutes", type=float, default=120.0)
    parser.add_argument("--every", nargs=2, type=float, default=(15.0, 45.0), help="seconds from one to the next")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--driver", nargs=2, metavar=("DIRECTORY", "NUMBER"))
    asked = parser.parse_args()
    if asked.driver:
        drive(Path(asked.driver[0]), int(asked.driver[1]))
        return 0
    import foretaste

    draw = random.Random(asked.seed)
    kills = {"executor or its Python": 0, "driver": 0}
    fits = wrong = hung = gave_up = 0
    with tempfile.TemporaryDirectory() as name:
        directory = Path(name)
        frame = rows()
        frame.to_parquet(directory / "rows.parquet")
        local = foretaste.BPR(factors=32, epochs=EPOCHS).fit(frame, verbose=False)
        expected = fingerprint(local, directory)
        end = time.monotonic() + asked.minutes * 60
        driver: subprocess.Popen[str] | None = None
        said: queue.Queue[str] = queue.Queue()

        def listen(of: subprocess.Popen[str]) -> None:
            assert of.stdout is not None
            for line in of.stdout:
                said.put(line)

        heard = time.monotonic()
        while sum(kills.values()) < asked.kills and time.monotonic() < end or (driver and driver.poll() is None):
            enough = sum(kills.values()) >= asked.kills or time.monotonic() >= end
            if enough:
                (directory / "stop").touch()
            if driver is None or driver.poll() is not None:
                if driver is not None and driver.returncode != -signal.SIGKILL:
                    # With an error that says why: what came of it goes on.
                    gave_up += 1
                    print("the driver gave up", flush=True)
                command = [sys.executable, __file__, "--driver", str(directory), str(fits)]
                errors = (directory / "errors").open("ab")
                driver = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=errors, text=True)
                threading.Thread(target=listen, args=(driver,), daemon=True).start()
                heard = time.monotonic()
            try:
                line = said.get(timeout=draw.uniform(*asked.every)).split()
                heard = time.monotonic()
                if line[0] == "fitted":
                    fits += 1
                    wrong += line[2] != expected
                    right = "right" if line[2] == expected else "WRONG"
                    print(f"training {line[1]}: {right}, {sum(kills.values())} kills so far", flush=True)
                continue
            except queue.Empty:
                pass
            if time.monotonic() - heard > HUNG:
                hung += 1
                print("hung", flush=True)
                driver.kill()
                heard = time.monotonic()
            elif not enough and draw.random() < 0.08:
                for pid, _ in descendants(driver.pid):
                    _kill(pid)
                driver.kill()
                driver.wait()
                kills["driver"] += 1
            elif not enough and (found := victims(driver.pid)):
                kills["executor or its Python"] += _kill(draw.choice(found))
    for what, count in kills.items():
        print(f"kills of a {what}: {count}")
    print(f"trainings that ended: {fits}; wrong: {wrong}; hung: {hung}; given up, with an error: {gave_up}")
    return int(wrong or hung or not fits)


def _kill(pid: int) -> bool:
    try:
        os.kill(pid, signal.SIGKILL)
    except OSError:
        return False
    return True


if __name__ == "__main__":
    sys.exit(main())
