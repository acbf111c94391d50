#!/usr/bin/env python3
"""Lists by HTTP are those of the command line, byte for byte.

    equal.py --url URL --foretaste BIN --model FILE --users FILE

The server serves FILE. Asked for 256 users: one at a time, by GET, and in batches of random sizes of 1 to 256
from 16 connections at once, so that the server makes lists together in every composition; plainly, with what
was seen, with --allow, --deny and both, at several k. Each list's text in an answer must be the line that
`foretaste recommend --json` prints. Some histories are posted, too, beside `recommend --items`. A minute or
so.
"""

import argparse
import concurrent.futures
import json
import random
import subprocess
import tempfile
import threading

import trial

CONNECTIONS, BATCHES, HISTORIES = 16, 400, 8


def lists(text):
    """The texts of the lists in an answer, cut where each object begins and ends."""
    decoder, place = json.JSONDecoder(), text.index('"lists":[') + len('"lists":[')
    found = []
    while text[place] != "]":
        _, end = decoder.raw_decode(text, place)
        found.append(text[place:end])
        place = end + (text[end] == ",")
    return found


class Cli:
    def __init__(self, asked, folder):
        self.asked, self.folder = asked, folder

    def file(self, name, ids):
        path = f"{self.folder}/{name}"
        with open(path, "w") as file:
            file.writelines(f"{one}\n" for one in ids)
        return path

    def lines(self, *options):
        command = [self.asked.foretaste, "recommend", self.asked.model, "--json", "--quiet", *options]
        command += ["--titles", self.asked.titles] if self.asked.titles else []
        return subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True, timeout=300).stdout.splitlines()

    def of_users(self, users, query):
        """The line of each user."""
        options = ["--users", self.file("users", users), "-k", str(query.get("k", 10))]
        for name in ("allow", "deny"):
            if name in query:
                options += [f"--{name}", self.file(name, query[name])]
        options += [f"--{name.replace('_', '-')}" for name in ("with_seen", "include_cold") if query.get(name)]
        return {json.loads(line)["user"]: line for line in self.lines(*options)}


class Clients(threading.local):
    """A connection for each thread."""

    def __init__(self, asked):
        self.client = trial.Client(asked.url, asked.token)


def compare(clients, query, batch, expected):
    """What differs: user, text by HTTP, line of the command."""
    answer = clients.client.post("/v1/recommend", {"users": batch, **query})
    if answer.status != 200:
        return [(batch[0], f"{answer.status} {answer.body[:200]}", "")]
    found = lists(answer.body.decode())
    if len(found) != len(batch):
        return [(batch[0], f"{len(found)} lists for {len(batch)} users", "")]
    pairs = zip(batch, found, (expected[user] for user in batch))
    return [pair for pair in pairs if pair[1] != pair[2]]


def queries(items, rng):
    """Names and bodies."""
    some, few = rng.sample(items, min(len(items), 10_000) // 2), rng.sample(items, min(len(items), 20))
    return {
        "plain": {},
        "k 1": {"k": 1},
        "k 1000": {"k": 1000},
        "with seen": {"with_seen": True, "k": 20},
        "with cold": {"include_cold": True},
        "allow many": {"allow": some, "k": 50},
        "allow 20": {"allow": few, "k": 50},
        "deny many": {"deny": some},
        "both": {"allow": some, "deny": some[::3], "k": 30},
    }


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    for name in ("--url", "--foretaste", "--model", "--users"):
        parser.add_argument(name, required=True)
    parser.add_argument("--titles", help="the file that the server was given")
    parser.add_argument("--token")
    asked = parser.parse_args()
    verdict, rng = trial.Verdict(), random.Random(7)
    clients, users = Clients(asked), trial.ids(asked.users, 256)
    with tempfile.TemporaryDirectory() as folder, concurrent.futures.ThreadPoolExecutor(CONNECTIONS) as pool:
        cli = Cli(asked, folder)
        users = list(cli.of_users(users, {}))  # without those whom the model does not know
        seen = json.loads(cli.lines("--users", cli.file("users", users), "-k", "1000", "--with-seen")[0])
        histories = [json.loads(line)["items"] for line in cli.lines("--users", cli.file("users", users), "-k", "400")]
        items = sorted({place["item"] for history in [seen["items"], *histories] for place in history})
        rows = []
        for name, query in queries(items, rng).items():
            expected = cli.of_users(users, query)
            most = 32 if query.get("k") == 1000 else len(users)
            sizes = [rng.randint(1, most) for _ in range(BATCHES // (20 if query.get("k") == 1000 else 4))]
            batches = [[user] for user in users] + [rng.sample(users, size) for size in sizes]
            differing = sum(pool.map(lambda batch: compare(clients, query, batch, expected), batches), [])
            compared = sum(map(len, batches))
            verdict.must(f"{name}: equal text", not differing, differing[0] if differing else "")
            rows.append([name, len(batches), compared, len(differing)])
        by_get = 0
        expected = cli.of_users(users, {})
        for user in users:
            answer = clients.client.get(f"/v1/users/{trial.quoted(user)}/recommendations")
            by_get += answer.status != 200 or lists(answer.body.decode()) != [expected[user]]
        verdict.must("by GET: equal text", not by_get, by_get)
        rows.append(["by GET", len(users), len(users), by_get])
        folded = 0
        for n in range(HISTORIES):
            history = rng.sample(items, min(len(items), 1 + 5 * n))
            line = cli.lines("--items", ",".join(history), "-k", "10")
            answer = clients.client.post("/v1/recommend", {"history": history})
            folded += answer.status != 200 or lists(answer.body.decode()) != line
        verdict.must("posted histories: equal text", not folded, folded)
        rows.append(["histories", HISTORIES, HISTORIES, folded])
    print()
    trial.table(["query", "requests", "lists", "differing"], rows)
    verdict.end()


if __name__ == "__main__":
    main()
