#!/usr/bin/env python3
"""The model file is replaced once a second under load: no error, and no answer that mixes two models.

    swap.py --url URL --served FILE --first A --second B --users FILE [--reload]

The server serves FILE, a copy of A or B that this script replaces by rename; both models know the users.
Answers to some hundred requests are kept from each model first. Then 32 connections ask them in random order
for 60 seconds, and every answer must be, byte for byte, the one that one of the two models gave: so
fingerprint and lists belong together. Without --reload the server has to notice by itself: start it with a
short `--watch`, as 300ms. With it, each replacement is followed by `POST /v1/admin/reload`, whose answer must
name the model that was put there.
"""

import argparse
import collections
import os
import random
import shutil
import threading
import time

import trial

NOTICE = 15  # seconds that a server may take to notice a file


def place(source, served):
    """Replaces the file in one step; its time differs from the last one's."""
    shutil.copyfile(source, served + ".new")
    os.replace(served + ".new", served)


def questions(users, rng):
    """Method, path and body: single users, batches, by GET, with filters, histories."""
    made = [("POST", "/v1/recommend", {"users": [user], "k": 10}) for user in users]
    made += [("POST", "/v1/recommend", {"users": rng.sample(users, min(len(users), 20)), "k": 5}) for _ in range(20)]
    made += [("GET", f"/v1/users/{trial.quoted(user)}/recommendations?k=20", None) for user in users[:50]]
    return made


def more(client, rng):
    """Questions by items of a list: histories, allow, similar items."""
    items = client.get("/v1/items?q=&limit=20").json["items"]
    items = [place["item"] for place in items]
    made = [("POST", "/v1/recommend", {"history": rng.sample(items, 3 if len(items) > 3 else 1)}) for _ in range(20)]
    made += [("GET", f"/v1/items/{trial.quoted(item)}/similar", None) for item in items]
    return made


class Load(threading.Thread):
    """One connection that asks until it is told to stop."""

    def __init__(self, asked, made, expected, seed):
        super().__init__(daemon=True)
        self.client, self.rng = trial.Client(asked.url, asked.token, timeout=10), random.Random(seed)
        self.made, self.expected, self.stopped = made, expected, threading.Event()
        self.answers, self.errors, self.wrong = collections.Counter(), [], []
        self.latencies = []

    def run(self):
        while not self.stopped.is_set():
            question = self.rng.randrange(len(self.made))
            started = time.perf_counter()
            try:
                answer = self.client.call(*self.made[question])
            except Exception as error:  # whatever it was, it is counted
                self.errors.append(repr(error))
                continue
            self.latencies.append((time.perf_counter() - started) * 1e3)
            if answer.status != 200:
                self.errors.append(f"{answer.status} {answer.body[:100]}")
                continue
            model = next((name for name, bodies in self.expected.items() if bodies[question] == answer.body), None)
            if model is None:
                self.wrong.append((self.made[question], answer.body[:200]))
            self.answers[model] += 1


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    for name in ("--url", "--served", "--first", "--second", "--users"):
        parser.add_argument(name, required=True)
    parser.add_argument("--reload", action="store_true")
    parser.add_argument("--token")
    parser.add_argument("--seconds", type=int, default=60)
    parser.add_argument("--every", type=float, default=1.0)
    parser.add_argument("--connections", type=int, default=32)
    asked = parser.parse_args()
    verdict, rng = trial.Verdict(), random.Random(3)
    client = trial.Client(asked.url, asked.token)
    pids = trial.listeners(trial.loopback(asked.url)[1])
    loaded = trial.metric(client, "foretaste_reloads_total")

    def put(path):
        """The fingerprint after a reload; nothing if the server has to notice, or refuses."""
        place(path, asked.served)
        if not asked.reload:
            return None
        answer = client.post("/v1/admin/reload", b"")
        if answer.status != 200:
            verdict.must("reload is answered with 200", False, f"{answer.status} {answer.body[:200]}")
            return None
        return answer.json["model"]

    def fingerprint():
        return client.get("/v1/model").json["model"]

    # What each model answers. The second is put first, so that the first is seen to come.
    put(asked.second)
    time.sleep(0 if asked.reload else NOTICE)
    second = fingerprint()
    put(asked.first)
    first = trial.wait(NOTICE, lambda: (found := fingerprint()) != second and found)
    if not verdict.must("the server takes a replaced file", first, f"within {NOTICE} s"):
        verdict.end()
    made = questions(trial.ids(asked.users, 200), rng) + more(client, rng)
    expected = {}
    for name, path in ((first, asked.first), (second, asked.second)):
        put(path)
        verdict.must("it is the model of the file", trial.wait(NOTICE, lambda: fingerprint() == name), name)
        answers = [client.call(*question) for question in made]
        bad = [answer.status for answer in answers if answer.status != 200]
        verdict.must(f"{len(made)} requests answered before", not bad, bad[:3])
        expected[name] = [answer.body for answer in answers]
    differ = sum(a != b for a, b in zip(*expected.values()))
    verdict.must("the models answer differently", differ == len(made), f"{differ} of {len(made)}")

    watch = trial.Watch(pids[0]) if pids else None
    before = trial.megabytes(pids[0]) if pids else 0
    threads = [Load(asked, made, expected, seed) for seed in range(asked.connections)]
    for thread in threads:
        thread.start()
    started, swaps, misnamed, seconds = time.monotonic(), 0, 0, []
    while time.monotonic() - started < asked.seconds:
        name, path = ((first, asked.first), (second, asked.second))[swaps % 2]
        began = time.monotonic()
        found = put(path)
        seconds.append(time.monotonic() - began)
        misnamed += asked.reload and found != name
        swaps += 1
        time.sleep(max(0.0, started + swaps * asked.every - time.monotonic()))
    for thread in threads:
        thread.stopped.set()
    for thread in threads:
        thread.join(15)
    answers = sum((thread.answers for thread in threads), collections.Counter())
    errors = sum((thread.errors for thread in threads), [])
    wrong = sum((thread.wrong for thread in threads), [])
    latencies = sum((thread.latencies for thread in threads), [])
    changes = trial.metric(client, "foretaste_reloads_total") - loaded
    verdict.must("no error", not errors, f"{len(errors)} {errors[:1] or ''}")
    verdict.must("every answer is one model's", not wrong, f"{len(wrong)} {wrong[:1] or ''}")
    verdict.must("both models answered", answers[first] and answers[second], dict(answers))
    # Without --reload some replacements may fall between two looks at the file.
    verdict.must(
        "the replaced files were taken",
        changes >= swaps / (1 if asked.reload else 4),
        f"{changes:.0f} loaded for {swaps} replaced",
    )
    verdict.must("no reload failed", trial.metric(client, "foretaste_reload_failures_total") == 0)
    if asked.reload:
        verdict.must("reload names the model that was put there", not misnamed, misnamed)
    print()
    rows = [
        ["answers", sum(answers.values())],
        ["a second", f"{sum(answers.values()) / asked.seconds:,.0f}"],
        ["replacements", swaps],
        ["slowest replacement, s", f"{max(seconds):.3f}"],
    ]
    rows += [[f"p{part} ms", f"{trial.percentile(latencies, part / 100):.1f}"] for part in (50, 99, 99.9)]
    rows += [["slowest answer, ms", f"{max(latencies, default=0):.1f}"]]
    rows += [["memory MB: before, most", f"{before:.0f}, {watch.stop():.0f}"]] if watch else []
    trial.table(["figure", "found"], rows)
    verdict.end()


if __name__ == "__main__":
    main()
