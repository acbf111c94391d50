"""Requests at a fixed rate, each timed from when it was to be sent.

A client that waits for an answer before it asks again hides what a stalled server does to those who come
meanwhile. Here a request has its time whatever happens: if no connection is free then, it waits for one, and
the wait counts. One thread and select(2), whose time-outs are as fine as the clock; epoll's are whole
milliseconds.

    openloop.py URL USERS [--rate 1000] [--seconds 20]      alone, for a look
"""

import argparse
import collections
import json
import random
import re
import select
import socket
import time

import trial

LENGTH = re.compile(rb"\r\ncontent-length: *(\d+)", re.I)
LATE = 2.0  # seconds that answers are waited for after the last request


class Lane:
    """A connection with at most one request on its way."""

    def __init__(self, address):
        self.address, self.intended, self.got, self.wanted = address, 0.0, b"", None
        self.sock = None

    def begin(self):
        """Starts to connect, and does not wait: workers of one server share a burst better than a trickle."""
        self.sock = socket.socket(socket.AF_INET6 if ":" in self.address[0] else socket.AF_INET)
        self.sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.sock.setblocking(False)
        self.sock.connect_ex(self.address)

    def open(self):
        self.sock.close()
        self.begin()
        select.select((), [self], (), 5)
        self.sock.setblocking(True)

    def fileno(self):
        return self.sock.fileno()

    def send(self, request, intended):
        self.intended, self.got, self.wanted = intended, b"", None
        self.sock.send(request)

    def read(self):
        """The status once the answer is whole, nothing before; 0 if the connection was closed."""
        try:
            part = self.sock.recv(1 << 16)
        except OSError:
            part = b""
        if not part:
            return 0
        self.got += part
        if self.wanted is None:
            head = self.got.find(b"\r\n\r\n")
            if head < 0:
                return None
            length = LENGTH.search(self.got, 0, head)
            self.wanted = head + 4 + (int(length[1]) if length else 0)
        return int(self.got[9:12]) if len(self.got) >= self.wanted else None


def requests(url, users, k, token, n=4096, seed=1):
    """Posts for random users, ready to be sent."""
    host, port = trial.loopback(url)
    key = f"Authorization: Bearer {token}\r\n" if token else ""
    made = []
    for user in random.Random(seed).choices(users, k=n):
        body = json.dumps({"users": [user], "k": k})
        made.append(
            f"POST /v1/recommend HTTP/1.1\r\nHost: {host}:{port}\r\n{key}"
            f"Content-Type: application/json\r\nContent-Length: {len(body)}\r\n\r\n{body}".encode()
        )
    return made


def run(url, made, rate, seconds, connections=128):
    """Latencies in ms of what was answered with 200, and counts of the rest."""
    address = trial.loopback(url)
    # First in, first out: a connection that rests for seconds is closed by some servers.
    idle = collections.deque(Lane(address) for _ in range(connections))
    for lane in idle:
        lane.begin()
    for lane in idle:
        select.select((), [lane], (), 5)
        lane.sock.setblocking(True)
    busy, waiting = set(), collections.deque()
    latencies, late, failed = [], [], collections.Counter()
    total, due = int(rate * seconds), 0
    used, clock = time.process_time(), time.perf_counter
    start = clock() + 0.05
    end = start + seconds + LATE
    while (due < total or waiting or busy) and (now := clock()) < end:
        while due < total and start + due / rate <= now:
            waiting.append(start + due / rate)
            due += 1
        while waiting and idle:
            lane, intended = idle.popleft(), waiting.popleft()
            if len(busy) == 0:
                late.append((clock() - intended) * 1e3)
            try:
                lane.send(made[(due - len(waiting)) % len(made)], intended)
            except OSError:
                failed["closed"] += 1
                lane.open()
                idle.append(lane)
                continue
            busy.add(lane)
        pause = start + due / rate - clock() if due < total else 0.1
        for lane in select.select(busy, (), (), max(0.0, min(pause, 0.1)))[0]:
            if (status := lane.read()) is None:
                continue
            busy.discard(lane)
            if status == 200:
                latencies.append((clock() - lane.intended) * 1e3)
            else:
                failed[status or "closed"] += 1
            if not status:
                lane.open()
            idle.append(lane)
    wall = clock() - start
    if unanswered := total - len(latencies) - failed.total():
        failed["unanswered"] = unanswered
    for lane in [*idle, *busy]:
        lane.sock.close()
    # Late: how far behind its own clock this generator was when nothing else was on the way.
    return {
        "answers": len(latencies),
        "rate": len(latencies) / wall,
        "failed": dict(failed),
        "late": trial.percentile(late, 0.99),
        "core": (time.process_time() - used) / wall,
        **{f"p{part}": trial.percentile(latencies, part / 100) for part in (50, 90, 99, 99.9)},
    }


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("url")
    parser.add_argument("users", help="a file of user ids, one a line")
    parser.add_argument("--rate", type=float, default=1000)
    parser.add_argument("--seconds", type=float, default=20)
    parser.add_argument("--token")
    asked = parser.parse_args()
    made = requests(asked.url, trial.ids(asked.users, 1_000_000), 10, asked.token)
    print(json.dumps(run(asked.url, made, asked.rate, asked.seconds)))


if __name__ == "__main__":
    main()
