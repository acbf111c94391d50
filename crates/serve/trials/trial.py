"""What the trials share: asking a server, starting one, looking at its process, and the verdict.

Standard library only, Linux only (/proc).
"""

import contextlib
import http.client
import json
import os
import re
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time
from urllib.parse import quote, urlsplit

LOOPBACK = ("127.0.0.1", "localhost", "::1")


def loopback(url):
    """Host and port of a url; a trial never leaves this machine."""
    parts = urlsplit(url)
    if parts.hostname not in LOOPBACK:
        sys.exit(f"{url}: trials talk to this machine only: {', '.join(LOOPBACK)}")
    return parts.hostname, parts.port or 80


def quoted(text):
    """An id as a part of a path."""
    return quote(text, safe="")


def ids(path, n):
    """The first n ids of a file with one a line."""
    with open(path) as file:
        found = [line.strip() for line, _ in zip(file, range(n))]
    if not found:
        sys.exit(f"{path}: no id; one a line is wanted")
    return found


class Answer:
    def __init__(self, status, headers, body):
        self.status, self.headers, self.body = status, headers, body

    @property
    def json(self):
        return json.loads(self.body)

    @property
    def code(self):
        """The code of an error; nothing where the answer is none."""
        try:
            return self.json["error"]["code"]
        except (ValueError, KeyError, TypeError):
            return None


class Client:
    """One connection, made anew after an error or a rest, since servers close what rests. For one thread."""

    REST = 2  # seconds

    def __init__(self, url, token=None, timeout=30):
        self.host, self.port = loopback(url)
        self.token, self.timeout, self.connection, self.used = token, timeout, None, 0.0

    def call(self, method, path, body=None, **headers):
        """Bodies that are no bytes are sent as JSON; `_` in a header's name stands for `-`."""
        headers = {name.replace("_", "-"): value for name, value in headers.items()}
        if self.token and "Authorization" not in headers:
            headers["Authorization"] = f"Bearer {self.token}"
        if body is not None:
            headers.setdefault("Content-Type", "application/json")
            body = body if isinstance(body, bytes) else json.dumps(body).encode()
        if time.monotonic() - self.used > self.REST:
            self.close()
        if self.connection is None:
            self.connection = http.client.HTTPConnection(self.host, self.port, self.timeout)
            self.connection.connect()
            self.connection.sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        try:
            self.connection.request(method, path, body, headers)
            answer = self.connection.getresponse()
            answer = Answer(answer.status, answer.headers, answer.read())
            # Who refuses a request may leave its body unread, and close.
            self.used = time.monotonic() if answer.status < 400 else 0.0
            return answer
        except (OSError, http.client.HTTPException):
            self.close()
            raise

    def get(self, path, **headers):
        return self.call("GET", path, **headers)

    def post(self, path, body, **headers):
        return self.call("POST", path, body, **headers)

    def close(self):
        if self.connection:
            self.connection.close()
        self.connection = None


def wait(seconds, ask):
    """Asks again and again until there is something; nothing after so many seconds."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        with contextlib.suppress(OSError, http.client.HTTPException, ValueError):
            if found := ask():
                return found
        time.sleep(0.01)
    return None


def metric(client, name):
    """The sum of a metric over its labels; 0 where it is not there yet."""
    text = client.get("/metrics").body.decode()
    lines = re.findall(rf"^{name}(?:\{{[^}}]*\}})? (\S+)", text, re.M)
    return sum(float(value) for value in lines)


# -- processes


def listeners(port):
    """The processes that hold a listening socket of this port."""
    sockets = set()
    for table in ("/proc/net/tcp", "/proc/net/tcp6"):
        with contextlib.suppress(OSError), open(table) as file:
            rows = [line.split() for line in file.readlines()[1:]]
            sockets |= {
                f"socket:[{row[9]}]" for row in rows if row[3] == "0A" and int(row[1].split(":")[1], 16) == port
            }
    found = []
    for pid in filter(str.isdigit, os.listdir("/proc")):
        with contextlib.suppress(OSError):
            folder = f"/proc/{pid}/fd"
            if any(os.readlink(f"{folder}/{fd}") in sockets for fd in os.listdir(folder)):
                found.append(int(pid))
    return found


def status(pid, field):
    """A number of /proc/PID/status: VmRSS and VmHWM are kB."""
    with open(f"/proc/{pid}/status") as file:
        return int(re.search(rf"^{field}:\s+(\d+)", file.read(), re.M)[1])


def megabytes(pid):
    return status(pid, "VmRSS") / 1024


def alive(pid):
    try:
        with open(f"/proc/{pid}/stat") as file:
            return file.read().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False


def cpu_seconds(pids):
    total = 0
    for pid in pids:
        with contextlib.suppress(OSError), open(f"/proc/{pid}/stat") as file:
            fields = file.read().rpartition(")")[2].split()
            total += int(fields[11]) + int(fields[12])
    return total / os.sysconf("SC_CLK_TCK")


class Watch(threading.Thread):
    """Looks at a process's memory ten times a second."""

    def __init__(self, pid):
        super().__init__(daemon=True)
        self.pid, self.most, self.ended = pid, megabytes(pid), threading.Event()
        self.start()

    def run(self):
        while not self.ended.wait(0.1):
            with contextlib.suppress(OSError, TypeError):
                self.most = max(self.most, megabytes(self.pid))

    def stop(self):
        self.ended.set()
        self.join()
        return self.most


def free_port():
    with socket.socket() as sock:
        sock.bind(("127.0.0.1", 0))
        return sock.getsockname()[1]


class Server:
    """`foretaste serve`, started and ended here."""

    def __init__(self, binary, model, *options, port=None, env=None):
        self.port = port or free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        self.log = tempfile.TemporaryFile()
        command = [binary, "serve", model, "--addr", f"127.0.0.1:{self.port}", *options]
        self.started = time.monotonic()
        self.process = subprocess.Popen(
            command, stdin=subprocess.DEVNULL, stdout=self.log, stderr=self.log, env={**os.environ, **(env or {})}
        )
        self.pid = self.process.pid

    def ready(self, seconds=60):
        """Seconds from the start to a 200 of /readyz; None if it ended or was not ready in time."""
        client = Client(self.url, timeout=1)

        def ask():
            return self.process.poll() is not None or client.get("/readyz").status == 200

        wait(seconds, ask)
        took = time.monotonic() - self.started
        client.close()
        return took if self.process.poll() is None and took < seconds else None

    def text(self):
        """What it has written."""
        return os.pread(self.log.fileno(), 1 << 20, 0).decode(errors="replace")

    def end(self, how=signal.SIGTERM, seconds=30):
        """Exit code and seconds; it is killed if it takes longer."""
        started = time.monotonic()
        if self.process.poll() is None:
            self.process.send_signal(how)
        try:
            self.process.wait(seconds)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
            return None, time.monotonic() - started
        return self.process.returncode, time.monotonic() - started

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.end(signal.SIGKILL)
        self.log.close()


# -- figures and verdict


def percentile(values, part):
    """The value at a part of the sorted values: 0.5 is the median."""
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(part * len(ordered)))] if ordered else float("nan")


def table(header, rows):
    rows = [header, *[[str(cell) for cell in row] for row in rows]]
    widths = [max(len(row[n]) for row in rows) for n in range(len(header))]
    for row in rows:
        first, *rest = (cell.rjust(width) for cell, width in zip(row, widths))
        print("  ".join([row[0].ljust(widths[0]), *rest]))
    print(flush=True)


class Verdict:
    """Counts what must be and is not."""

    def __init__(self):
        self.held, self.broken = 0, []

    def must(self, what, holds, found=""):
        """Prints it at once; goes on whatever comes out."""
        found = str(found)[: 100 if holds else 400]
        print(f"{'ok    ' if holds else 'FAILED'}  {what}{': ' if found else ''}{found}", flush=True)
        if holds:
            self.held += 1
        else:
            self.broken.append(what)
        return bool(holds)

    def note(self, what, found):
        print(f"        {what}: {found}", flush=True)

    def end(self):
        print(f"\n{self.held} held, {len(self.broken)} failed", *self.broken, sep="\n  ")
        sys.exit(1 if self.broken else 0)
