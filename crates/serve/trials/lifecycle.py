#!/usr/bin/env python3
"""Starts, ends, reloads, tokens and refusals: the server is started here, a dozen times.

    lifecycle.py --foretaste BIN --model FILE --second FILE --users FILE [--only tokens,requests]

Both models know the users and answer differently. Everything happens in a temporary folder and on 127.0.0.1;
the one public address that is asked for has to be refused. Two or three minutes.
"""

import argparse
import contextlib
import http.client
import json
import os
import shutil
import signal
import socket
import subprocess
import tempfile
import time

import trial
from asked import requests, tokens

IN_FLIGHT = 64
GONE = (OSError, http.client.HTTPException)


class Trial:
    def __init__(self, asked, folder):
        self.binary, self.first, self.second = asked.foretaste, asked.model, asked.second
        self.folder, self.users = folder, trial.ids(asked.users, 256)
        self.served = os.path.join(folder, "model.foretaste")
        self.verdict, self.rows = trial.Verdict(), []
        shutil.copyfile(self.first, self.served)

    def server(self, *options, **more):
        return trial.Server(self.binary, self.served, *options, **more)

    def put(self, content):
        """Replaces the served file in one step."""
        with open(self.served + ".new", "wb") as file:
            file.write(content)
        os.replace(self.served + ".new", self.served)

    def put_model(self, path):
        with open(path, "rb") as file:
            self.put(file.read())

    def file(self, name, text):
        path = os.path.join(self.folder, name)
        with open(path, "w") as file:
            file.write(text)
        return path

    def ask(self, client):
        """What the first user is recommended."""
        return client.post("/v1/recommend", {"users": self.users[:1]})

    def run(self, *arguments, seconds=20):
        """A command that ends by itself: its exit code (nothing if it does not end) and output."""
        try:
            done = subprocess.run(
                [self.binary, "serve", *arguments], stdin=subprocess.DEVNULL, capture_output=True, timeout=seconds
            )
        except subprocess.TimeoutExpired:
            return None, ""
        return done.returncode, (done.stdout + done.stderr).decode(errors="replace")

    def refused(self, what, *arguments, says=""):
        """It must end at once, not with 0, with an error and no panic."""
        code, text = self.run(*arguments)
        holds = code not in (None, 0) and code > 0 and "error" in text and "panic" not in text and says in text
        self.verdict.must(f"refused: {what}", holds, f"exit {code}: {text.strip()}")


def start(t):
    times = []
    for _ in range(3):
        with t.server() as server:
            took = server.ready()
            if not t.verdict.must(
                "it starts", took, f"{took and round(took, 3)} s {server.text() if not took else ''}"
            ):
                return
            times.append(took)
            client = trial.Client(server.url)
            time.sleep(1)
            idle, size = trial.megabytes(server.pid), os.path.getsize(t.served) / 1e6
            t.verdict.must("it lists", t.ask(client).status == 200)
            code, text = t.run("--check", server.url)
            t.verdict.must("--check of a server that is ready: 0", code == 0, text)
            document = client.get("/openapi.json").body
    t.rows += [
        ["start to ready, s (median of 3)", f"{sorted(times)[1]:.3f}"],
        ["model file, MB", f"{size:.1f}"],
        ["idle memory, MB", f"{idle:.1f}"],
    ]
    code, text = t.run("--check", server.url)
    t.verdict.must("--check of no server: not 0", code and code > 0, f"exit {code}")
    code, text = t.run("--check", "nonsense")
    t.verdict.must("--check of no url: not 0", code and code > 0, f"exit {code}")
    code, text = t.run("--print-openapi")
    same = code == 0 and json.loads(text) == json.loads(document)
    t.verdict.must("--print-openapi is /openapi.json", same, f"exit {code}")


def kill(t):
    with t.server() as server:
        server.ready()
        before = t.ask(trial.Client(server.url)).body
        server.end(signal.SIGKILL)
        with t.server(port=server.port) as again:
            took = again.ready()
            if t.verdict.must("after kill -9 it starts on the same port", took, again.text() if not took else ""):
                t.rows.append(["ready again after kill -9, s", f"{took:.3f}"])
                t.verdict.must("with the same list", t.ask(trial.Client(again.url)).body == before)


def in_flight(t):
    """Each connection has had an answer before, so that it is accepted; then all ask, and the signal comes."""
    body = json.dumps({"users": t.users[:128], "k": 100})
    with t.server("--timeout", "30s") as server:
        server.ready()
        clients = [trial.Client(server.url, timeout=30) for _ in range(IN_FLIGHT)]
        expected, answers = [t.ask(client).status for client in clients], []
        for client in clients:
            client.connection.request("POST", "/v1/recommend", body, {"Content-Type": "application/json"})
        time.sleep(0.3)  # what lies in the system's buffers yet is not in flight
        server.process.send_signal(signal.SIGTERM)
        started = time.monotonic()
        for client in clients:
            try:
                answer = client.connection.getresponse()
                json.loads(answer.read())
                answers.append(answer.status)
            except (*GONE, ValueError) as error:
                answers.append(repr(error))
        with contextlib.suppress(subprocess.TimeoutExpired):
            server.process.wait(15)
        took, code = time.monotonic() - started, server.process.poll()
        lost = [answer for answer in answers if answer != 200]
        t.verdict.must("SIGTERM: all in flight are answered", answers == expected, f"{len(lost)} not: {lost[:2]}")
        t.verdict.must("SIGTERM: exit 0", code == 0, code)
        t.rows.append([f"SIGTERM with {IN_FLIGHT} in flight: to the end, s", f"{took:.3f}"])


def half(server):
    """A connection with a request of which the body does not come."""
    sock = socket.create_connection(trial.loopback(server.url), 5)
    sock.sendall(
        b"POST /v1/recommend HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: 90\r\n\r\n{"
    )
    time.sleep(0.2)
    return sock


def drain(t):
    for what, signals, most in (
        ("SIGTERM and a body that never comes: --drain 2s is kept to", 1, 5),
        ("a second SIGTERM ends it at once", 2, 2),
    ):
        with t.server("--drain", "2s" if signals == 1 else "60s", "--timeout", "60s") as server:
            server.ready()
            sock, started = half(server), time.monotonic()
            for _ in range(signals):
                server.process.send_signal(signal.SIGTERM)
                time.sleep(0.3)
            if signals == 1:
                try:
                    ready = trial.Client(server.url, timeout=1).get("/readyz").status
                except GONE as error:
                    ready = type(error).__name__
                t.verdict.must("draining: /readyz is 503, or nothing listens", ready != 200, ready)
            try:
                server.process.wait(most + 3)
            except subprocess.TimeoutExpired:
                pass
            took = time.monotonic() - started
            t.verdict.must(what, took <= most, f"{took:.2f} s, exit {server.process.poll()}")
            sock.close()
    with t.server() as server:
        server.ready()
        code, took = server.end(signal.SIGINT)
        t.verdict.must("SIGINT, idle: exit 0 within a second", code == 0 and took < 1, f"exit {code}, {took:.2f} s")


def damaged(t):
    with open(t.first, "rb") as file:
        whole = file.read()
    middle = len(whole) // 2
    bad = {
        "cut": whole[:middle],
        "a bit turned": whole[:middle] + bytes([whole[middle] ^ 1]) + whole[middle + 1 :],
        "empty": b"",
        "something else": b"userId,movieId\n1,2\n" * 100,
        "longer": whole + b"\0" * 64,
    }
    with t.server("--watch", "300ms") as server:
        server.ready()
        client = trial.Client(server.url)
        before = t.ask(client).body
        for name, content in bad.items():
            failures = trial.metric(client, "foretaste_reload_failures_total")
            t.put(content)
            rose = trial.wait(10, lambda: trial.metric(client, "foretaste_reload_failures_total") > failures)
            t.verdict.must(f"a damaged model is counted: {name}", rose)
            answer = client.post("/v1/admin/reload", b"")
            t.verdict.must(
                "reload: 500 reload_failed", (answer.status, answer.code) == (500, "reload_failed"), answer.body[:200]
            )
            t.verdict.must("the old model stays", t.ask(client).body == before)
        os.remove(t.served)
        time.sleep(1)
        answer = client.post("/v1/admin/reload", b"")
        t.verdict.must(
            "no file: 500 reload_failed", (answer.status, answer.code) == (500, "reload_failed"), answer.body[:200]
        )
        t.verdict.must("the old model stays", t.ask(client).body == before)
        loads = trial.metric(client, "foretaste_reloads_total")
        t.put_model(t.second)
        started = time.monotonic()
        taken = trial.wait(10, lambda: t.ask(client).body != before)
        if t.verdict.must("a good one is taken later", taken):
            t.rows.append(["a replaced file is answered from, s (--watch 300ms)", f"{time.monotonic() - started:.3f}"])
        t.verdict.must("foretaste_reloads_total rises", trial.metric(client, "foretaste_reloads_total") > loads)
        t.put_model(t.first)
        answer = client.post("/v1/admin/reload", b"")
        t.verdict.must(
            "reload takes the first again", answer.status == 200 and t.ask(client).body == before, answer.body[:200]
        )
        answer = client.post("/v1/admin/reload", b"")
        t.verdict.must(
            "reload of the same file: not changed",
            answer.status == 200 and answer.json["changed"] is False,
            answer.body,
        )


def refusals(t):
    with t.server() as server:
        server.ready()
        t.refused("a port that is taken", t.served, "--addr", f"127.0.0.1:{server.port}", says=str(server.port))
        t.verdict.must("and the first goes on", t.ask(trial.Client(server.url)).status == 200)
    with open(t.first, "rb") as file:
        whole = file.read()
    loopback = ["--addr", f"127.0.0.1:{trial.free_port()}"]
    cut = os.path.join(t.folder, "cut.foretaste")
    with open(cut, "wb") as file:
        file.write(whole[: len(whole) // 3])
    t.refused("a model that is not there", t.served + "-not", *loopback, says="-not")
    t.refused("a model that is cut", cut, *loopback, says="cut.foretaste")
    t.refused("a model that is a text", t.file("ids.txt", "1\n2\n"), *loopback)
    t.refused("a folder", t.folder, *loopback)
    t.refused("a public address without a token", t.served, "--addr", f"0.0.0.0:{trial.free_port()}", says="token")
    t.refused("the same of IPv6", t.served, "--addr", f"[::]:{trial.free_port()}", says="token")
    t.refused("an address that is none", t.served, "--addr", "nonsense")
    t.refused("an empty token file", t.served, *loopback, "--token-file", t.file("empty", "\n"), says="token")
    t.refused("a token file that is not there", t.served, *loopback, "--token-file", t.served + "-not")
    t.refused("titles that are not there", t.served, *loopback, "--titles", t.served + "-not")
    t.refused("no time", t.served, *loopback, "--timeout", "soon")


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    for name in ("--foretaste", "--model", "--second", "--users"):
        parser.add_argument(name, required=True)
    parts = {part.__name__: part for part in (start, kill, in_flight, drain, damaged, refusals, tokens, requests)}
    parser.add_argument("--only", default=",".join(parts), help="some of " + ",".join(parts))
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        t = Trial(asked, folder)
        for name in asked.only.split(","):
            print(f"\n{name}")
            t.put_model(t.first)
            try:
                parts[name](t)
            except (*GONE, ValueError, KeyError) as error:
                t.verdict.must(f"{name} came to its end", False, repr(error))
    print()
    if t.rows:
        trial.table(["figure", "found"], t.rows)
    t.verdict.end()


if __name__ == "__main__":
    main()
