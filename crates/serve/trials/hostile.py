#!/usr/bin/env python3
"""Well over a thousand hostile requests; the server has to stand, answer others meanwhile, and keep its memory.

    hostile.py --url URL --users FILE [--pid PID] [--stderr FILE] [--schemathesis PATH] [--only slow,big]

After every attack the process must be alive, /healthz quick, and a list still what it was. No answer may be a
5xx but 503 (overloaded, draining, time-out). The server's memory is read from /proc throughout. Schemathesis
(pip install schemathesis==4.32.5) makes requests from /openapi.json; name its program, or it is found in
PATH. Some five minutes.
"""
import argparse
import collections
import json
import random
import re
import resource
import select
import shutil
import socket
import struct
import subprocess
import threading
import time

import hostile_bytes
import trial
from hostile_bytes import MB, POST

STATUS = re.compile(rb"HTTP/1\.[01] (\d{3})[ \r]")
SLOW, DROPPED, PIPELINED, UNREAD = 200, 2000, 1000, 50


class Attack:
    def __init__(self, asked):
        self.url, self.token, self.asked = asked.url, asked.token, asked
        self.address = trial.loopback(asked.url)
        self.user = trial.ids(asked.users, 1)[0]
        self.users = trial.ids(asked.users, 256)
        self.key = f"Authorization: Bearer {asked.token}\r\n".encode() if asked.token else b""
        self.verdict, self.statuses, self.asked_for = trial.Verdict(), collections.Counter(), 0

    def connect(self, **options):
        sock = socket.socket(socket.AF_INET6 if ":" in self.address[0] else socket.AF_INET)
        for option, value in options.items():
            sock.setsockopt(socket.SOL_SOCKET, getattr(socket, option), value)
        sock.settimeout(5)
        sock.connect(self.address)
        return sock

    def count(self, statuses):
        self.statuses.update(statuses)
        bad = [status for status in statuses if status >= 500 and status != 503]
        return bad

    def raw(self, request, silence=1, enough=None):
        """Sends bytes while it reads, until the server closes, is silent, or has answered enough; statuses."""
        self.asked_for += 1
        got, rest = b"", memoryview(request)
        with self.connect() as sock:
            sock.setblocking(False)
            try:
                while enough is None or len(STATUS.findall(got)) < enough:
                    readable, writable, _ = select.select([sock], [sock] if rest else [], [], silence)
                    if readable:
                        if not (part := sock.recv(1 << 16)):
                            break
                        got += part
                    elif writable:
                        rest = rest[sock.send(rest[: 1 << 16]) :]
                    else:
                        break
            except OSError:
                pass  # it closed before it had all
        return [int(status) for status in STATUS.findall(got)]

    def call(self, *request, **headers):
        self.asked_for += 1
        client = trial.Client(self.url, self.token, timeout=10)
        answer = client.call(*request, **headers)
        client.close()
        return answer

    def well(self, after):
        """The server is as before."""
        started = time.monotonic()
        try:
            healthy = self.call("GET", "/healthz").status == 200
            took = time.monotonic() - started
            right = self.call("POST", "/v1/recommend", {"users": [self.user]}).body == self.right
        except Exception as error:
            self.verdict.must(f"the server answers after {after}", False, repr(error))
            return
        self.verdict.must(
            f"well after {after}",
            healthy and took < 1 and right and trial.alive(self.pid),
            f"/healthz {'200' if healthy else 'not 200'} in {took * 1e3:.0f} ms, list {'right' if right else 'wrong'}",
        )


def oddities(a):
    bad = {}
    for name, request in hostile_bytes.requests(a.key).items():
        if found := a.count(a.raw(request)):
            bad[name] = found
    for path in hostile_bytes.PATHS:
        request = f"GET {path} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n".encode() + a.key + b"\r\n"
        if found := a.count(a.raw(request)):
            bad[path] = found
    a.verdict.must("requests that are none, and odd paths: no 5xx", not bad, bad)


def smuggling(a):
    """A hidden request must not get an answer of its own."""
    for name, request in hostile_bytes.smuggled(a.key).items():
        statuses = a.raw(request)
        bad = a.count(statuses)
        a.verdict.must(f"smuggling, {name}: one answer at most", len(statuses) <= 1 and not bad, statuses)


def bodies(a):
    bad, accepted = {}, []
    for name, body in hostile_bytes.bodies(a.user).items():
        answer = a.call("POST", "/v1/recommend", body if isinstance(body, bytes) else body.encode())
        if found := a.count([answer.status]):
            bad[name] = (found, answer.body[:100])
        elif answer.status >= 400 and (
            answer.code is None or not answer.headers["Content-Type"].startswith("application/json")
        ):
            bad[name] = (answer.status, answer.body[:100])
        elif answer.status == 200:
            json.loads(answer.body, parse_constant=lambda word: bad.update({name: word}))
            accepted.append(name)
    a.verdict.must("hostile bodies: no 5xx, errors as documented, JSON without NaN", not bad, bad)
    a.verdict.note("accepted", ", ".join(accepted))
    bad = {}
    client = trial.Client(a.url, a.token)
    for body in hostile_bytes.mutated(a.user, 600):
        answer = client.post("/v1/recommend", body)
        a.asked_for += 1
        if a.count([answer.status]) or (answer.status != 200 and answer.code is None):
            bad[body] = answer.status
    a.verdict.must("600 mutated bodies: no 5xx, errors as documented", not bad, list(bad.items())[:2])


def big(a):
    """Bodies that go on and on: they must be refused, or cut off, long before a gigabyte."""
    block = b" " * (1 << 16)
    for name, head, part in (
        ("1 GB announced", POST + a.key + b"Content-Length: 1000000000\r\n\r\n", block),
        (
            "1 GB announced, without token or type",
            b"POST /v1/recommend HTTP/1.1\r\nHost: x\r\nContent-Length: 1000000000\r\n\r\n",
            block,
        ),
        ("1 GB to a path that is none", b"POST /x HTTP/1.1\r\nHost: x\r\nContent-Length: 1000000000\r\n\r\n", block),
        ("chunks without end", POST + a.key + b"Transfer-Encoding: chunked\r\n\r\n", b"10000\r\n" + block + b"\r\n"),
        ("a header without end", b"GET / HTTP/1.1\r\nX: ", b"a" * (1 << 16)),
        ("headers without end", b"GET / HTTP/1.1\r\n", b"X: 1\r\n" * 8192),
    ):
        a.asked_for += 1
        sent, got, end = 0, b"", time.monotonic() + 30
        with a.connect() as sock:
            try:
                sock.sendall(head)
                while sent < 1_000_000_000 and time.monotonic() < end:
                    readable, writable, _ = select.select([sock], [sock], [], 1)
                    if readable:
                        got += (read := sock.recv(1 << 16))
                        if not read:
                            break
                    if writable:
                        sent += sock.send(part)
            except OSError:
                pass
        statuses = [int(status) for status in STATUS.findall(got)]
        bad = a.count(statuses)
        a.verdict.must(
            f"{name}: refused or cut off early",
            not bad and sent < 64 * MB and time.monotonic() < end,
            f"after {sent / MB:.1f} MB, {statuses or 'closed'}",
        )


def slow(a):
    """A byte a second on many connections; others are served meanwhile, and the slow are sent away in the end."""
    for name, first, rest in (
        ("headers", b"GET /healthz HTTP/1.1\r\n", b"X-A: " + b"a" * 100),
        ("a body", POST + a.key + b"Content-Length: 1000\r\n\r\n", b"{" + b" " * 999),
        ("nothing", b"", b""),
    ):
        socks, closed, slowest, began = [a.connect() for _ in range(SLOW)], 0, 0.0, time.monotonic()
        a.asked_for += SLOW
        for sock in socks:
            sock.sendall(first)
        for second in range(a.asked.slow):
            for sock in list(socks):
                try:
                    if rest:
                        sock.sendall(rest[second : second + 1])
                    if select.select([sock], [], [], 0)[0]:
                        got = sock.recv(4096)
                        a.count([int(status) for status in STATUS.findall(got)])
                        if not got:
                            raise ConnectionResetError
                except OSError:
                    socks.remove(sock)
                    sock.close()
                    closed += 1
            started = time.monotonic()
            a.call("GET", "/healthz")
            a.call("POST", "/v1/recommend", {"users": [a.user]})
            slowest = max(slowest, time.monotonic() - started)
            time.sleep(max(0.0, began + second + 1 - time.monotonic()))
        for sock in socks:
            sock.close()
        a.verdict.must(
            f"{SLOW} connections with {name}, slowly: others are served",
            slowest < 1,
            f"at worst in {slowest * 1e3:.0f} ms",
        )
        if rest:
            a.verdict.must(f"and are sent away within {a.asked.slow} s", closed == SLOW, closed)
        else:
            a.verdict.note(f"idle ones sent away within {a.asked.slow} s", closed)


def dropped(a):
    """Opened and dropped: with nothing, a part or a whole request sent; closed or reset."""
    rng, whole = random.Random(2), hostile_bytes.sized(json.dumps({"users": a.users, "k": 100}).encode())
    whole = whole.replace(b"\r\n\r\n", b"\r\n" + a.key + b"\r\n", 1)
    failed = 0
    for n in range(DROPPED):
        try:
            with a.connect() as sock:
                sock.sendall(whole[: rng.choice([0, 1, 30, len(whole) // 2, len(whole) if n % 10 == 0 else 200])])
                if n % 2:
                    sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        except OSError:
            failed += 1
        a.asked_for += 1
    a.verdict.must(f"{DROPPED} connections opened and dropped: all were taken", failed == 0, failed)


def pipelined(a):
    """Many requests at once on one connection get as many answers, in their order."""
    one = b"GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n"
    other = b"GET /nothing HTTP/1.1\r\nHost: x\r\n" + a.key + b"\r\n"
    statuses = a.raw((one + other) * (PIPELINED // 2), silence=10, enough=PIPELINED)
    a.asked_for += PIPELINED - 1
    a.count(statuses)
    a.verdict.must(
        f"{PIPELINED} pipelined requests are answered in order",
        statuses == [200, 404] * (PIPELINED // 2),
        f"{len(statuses)} answers",
    )


def unread(a):
    """Clients that ask for much and never read it."""
    body = json.dumps({"users": a.users[:32], "k": 1000}).encode()
    request = hostile_bytes.sized(body).replace(b"\r\n\r\n", b"\r\n" + a.key + b"\r\n", 1)
    socks = [a.connect(SO_RCVBUF=4096) for _ in range(UNREAD)]
    for sock in socks:
        sock.setblocking(False)
        try:
            for _ in range(4):
                sock.send(request)
        except OSError:
            pass
        a.asked_for += 4
    slowest = 0.0
    for _ in range(10):
        time.sleep(1)
        started = time.monotonic()
        a.call("GET", "/healthz")
        slowest = max(slowest, time.monotonic() - started)
    a.verdict.must(
        f"{UNREAD} clients that never read: others are served", slowest < 1, f"at worst in {slowest * 1e3:.0f} ms"
    )
    for sock in socks:
        sock.close()


def flood(a):
    """More at once than the server takes: an answer, or 503 with Retry-After."""
    statuses, lacking = [], []

    def one():
        try:
            answer = a.call("POST", "/v1/recommend", {"users": a.users, "k": 10})
            statuses.append(answer.status)
            if answer.code in ("overloaded", "draining") and not answer.headers["Retry-After"]:
                lacking.append(answer.body[:100])
        except Exception as error:
            lacking.append(repr(error))

    threads = [threading.Thread(target=one) for _ in range(600)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    a.statuses.update(statuses)
    a.verdict.must(
        "600 at once: 200, or 503 that says when to come again",
        set(statuses) <= {200, 503} and not lacking,
        f"{dict(collections.Counter(statuses))} {lacking[:2] or ''}",
    )


def schema(a):
    """Requests made from the server's own description, good and bad."""
    program = a.asked.schemathesis or shutil.which("schemathesis")
    if not program:
        a.verdict.must("schemathesis is there", False, "pip install schemathesis==4.32.5, or --only without schema")
        return
    command = [
        program,
        "run",
        f"{a.url}/openapi.json",
        "--checks",
        "not_a_server_error,content_type_conformance,response_schema_conformance,status_code_conformance",
        "--max-examples",
        str(a.asked.examples),
        "--seed",
        "1",
        "--request-timeout",
        "5",
        "--workers",
        "1",
        "--generation-database",
        "none",
        "--no-color",
    ]
    command += ["--header", f"Authorization: Bearer {a.token}"] if a.token else []
    try:
        done = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, timeout=600)
        code, text = done.returncode, done.stdout
    except subprocess.TimeoutExpired as late:
        code, text = None, (late.stdout or b"").decode(errors="replace")
    cases = [int(n) for n in re.findall(r"(\d+) generated", text)] or [0]
    a.asked_for += max(cases)
    a.verdict.must("schemathesis finds nothing", code == 0, f"exit {code}, {max(cases)} requests")
    if code != 0:
        print(text[-12_000:])


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--url", required=True)
    parser.add_argument("--users", required=True, help="a file of user ids, one a line")
    parser.add_argument("--token")
    parser.add_argument("--pid", type=int, help="the server; found by its port if it is not said")
    parser.add_argument("--stderr", help="the file that its stderr goes to")
    parser.add_argument("--memory", type=float, default=512, help="MB that it may take on more than before")
    parser.add_argument("--slow", type=int, default=40, help="seconds of each slow attack")
    parser.add_argument("--schemathesis")
    parser.add_argument("--examples", type=int, default=40, help="of schemathesis, for each operation")
    parts = {
        part.__name__: part
        for part in (oddities, smuggling, bodies, big, slow, dropped, pipelined, unread, flood, schema)
    }
    parser.add_argument("--only", default=",".join(parts), help="some of " + ",".join(parts))
    asked = parser.parse_args()
    _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (min(most, 65_536), most))
    a = Attack(asked)
    a.pid = asked.pid or next(iter(trial.listeners(a.address[1])), None)
    if not a.pid:
        raise SystemExit(f"{asked.url}: no process of mine listens there; --pid says which it is")
    first = a.call("POST", "/v1/recommend", {"users": [a.user]})
    if first.status != 200:
        raise SystemExit(f"{asked.url}: {first.status} {first.body[:300]}")
    a.right, before, watch, rows = first.body, trial.megabytes(a.pid), trial.Watch(a.pid), []
    for name in asked.only.split(","):
        print(f"\n{name}")
        watch.most, started = 0.0, time.monotonic()
        try:
            parts[name](a)
        except Exception as error:  # a server that is gone is a finding, not the end
            a.verdict.must(f"{name} came to its end", False, repr(error))
        a.well(name)
        now = trial.megabytes(a.pid) if trial.alive(a.pid) else float("nan")
        rows.append([name, f"{time.monotonic() - started:.0f}", f"{max(watch.most, now):.0f}", f"{now:.0f}"])
    watch.stop()
    print()
    grown = max(float(row[2]) for row in rows) - before
    a.verdict.must(f"memory grows by {asked.memory:.0f} MB at most", grown <= asked.memory, f"{grown:.0f} MB")
    if asked.stderr:
        with open(asked.stderr, errors="replace") as file:
            a.verdict.must("no panic in its stderr", "panic" not in file.read())
    if set(asked.only.split(",")) == set(parts):
        a.verdict.must("a thousand hostile requests at least", a.asked_for >= 1000, a.asked_for)
    print()
    trial.table(["attack", "seconds", "most MB", "MB after"], [["before", "", "", f"{before:.0f}"], *rows])
    trial.table(["status", "answers"], sorted(a.statuses.items()))
    a.verdict.end()


if __name__ == "__main__":
    main()
