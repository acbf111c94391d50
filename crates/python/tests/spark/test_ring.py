"""Workers exchange bytes on loopback; strangers are dropped, and what goes wrong ends with an error that says so."""

from __future__ import annotations

import multiprocessing
import os
import re
import signal
import socket
import struct
import threading
import time
from collections.abc import Callable, Sequence
from typing import Any

import pytest
from foretaste.errors import ClusterError
from foretaste.spark import _meeting, _ring
from foretaste.spark._ring import Ring

SECRET = bytes(range(32))
HOST = "127.0.0.1"
SOON = 60.0  # seconds in which everything here is over, on a busy machine


class Table:
    """What `allGather` does, for threads."""

    def __init__(self, workers: int) -> None:
        self._barrier = threading.Barrier(workers)
        self._texts = [""] * workers

    def share(self, number: int) -> Callable[[str], Sequence[str]]:
        def share(text: str) -> Sequence[str]:
            self._texts[number] = text
            self._barrier.wait(SOON)
            return list(self._texts)

        return share


def together(workers: int, work: Callable[[int, Table], Any]) -> list[Any]:
    """What each of some threads returns or raises."""
    results: list[Any] = [None] * workers
    table = Table(workers)

    def run(number: int) -> None:
        try:
            results[number] = work(number, table)
        except BaseException as error:
            results[number] = error

    threads = [threading.Thread(target=run, args=(number,), daemon=True) for number in range(workers)]
    for thread in threads:
        thread.start()
    deadline = time.monotonic() + SOON
    for thread in threads:
        thread.join(max(0.0, deadline - time.monotonic()))
        assert not thread.is_alive(), "a worker hangs"
    return results


def ring(number: int, workers: int, table: Table, **how: Any) -> Ring:
    return Ring(number, workers, HOST, table.share(number), how.pop("secret", SECRET), timeout=20, **how)


def sound(results: list[Any]) -> list[Any]:
    for result in results:
        if isinstance(result, BaseException):
            raise result
    return results


@pytest.mark.parametrize("workers", [1, 2, 3, 7])
def test_bytes_go_round_and_to_all(workers: int) -> None:
    # Of all sizes: more than the kernel holds, and nothing.
    sizes = [(5 << 20) + 3, 0, 1, 70_000, 1 << 20, 2, 3]

    def payload(number: int, to: int) -> bytes:
        return bytes([number, to]) * sizes[(number + to) % len(sizes)]

    def work(number: int, table: Table) -> tuple[Any, ...]:
        with ring(number, workers, table) as mine:
            held, seen = payload(number, 0), []
            for super_round in range(workers + 1):
                held = mine.pass_on(held, epoch=1, super_round=super_round)
                seen.append(held)
            got = mine.all_to_all([payload(number, to) for to in range(workers)], epoch=2)
            return seen, got, mine.sent

    for number, (seen, got, sent) in enumerate(sound(together(workers, work))):
        want = [payload((number + 1 + step) % workers, 0) for step in range(workers + 1)]
        assert seen == want
        assert got == [payload(other, number) for other in range(workers)]
        passed = [payload((number + step) % workers, 0) for step in range(workers + 1)]
        dealt = [payload(number, to) for to in range(workers) if to != number]
        assert sent == (sum(map(len, passed + dealt)) if workers > 1 else 0)


def test_strangers_are_dropped_and_harm_nobody(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(_meeting, "_PROOF", 0.3)
    monkeypatch.setattr(_meeting, "_STRANGERS", 5)
    rubbish = [
        b"",
        b"GET / HTTP/1.1\r\n\r\n",
        _meeting._MAGIC[:4],
        _meeting._hello(b"x" * 32, b"from", 1, 0),
        _meeting._hello(b"x" * 32, b"from", 1 << 31, 0),
        struct.pack("<8sII32s", _meeting._MAGIC, 1, 0, b"\0" * 32),
        os.urandom(100_000),
    ]
    kept: list[socket.socket] = []

    def work(number: int, table: Table) -> bytes:
        share = table.share(number)

        def told(text: str) -> Sequence[str]:
            port = int(re.search(r'"port": (\d+)', text)[1])  # type: ignore[index]
            for said in rubbish * 3:
                stranger = socket.create_connection((HOST, port))
                try:
                    stranger.sendall(said)
                except OSError:
                    pass
                kept.append(stranger)  # open, and silent from here on
            return share(text)

        with Ring(number, 3, HOST, told, SECRET, timeout=20) as mine:
            return mine.pass_on(bytes([number]) * 1000)

    assert sound(together(3, work)) == [bytes([n]) * 1000 for n in (1, 2, 0)]
    for stranger in kept:
        stranger.close()


def test_a_worker_with_another_secret_is_a_stranger() -> None:
    def work(number: int, table: Table) -> Any:
        secret = SECRET if number < 2 else SECRET[::-1]
        return Ring(number, 3, HOST, table.share(number), secret, timeout=1)

    for error in together(3, work):
        assert isinstance(error, ClusterError)


def test_an_earlier_attempts_workers_cant_join(monkeypatch: pytest.MonkeyPatch) -> None:
    """What proves a worker is the secret and the attempt: who knows of another attempt is a stranger."""
    keys: list[bytes] = []

    class Noted(_meeting.Meeting):
        def __init__(self, number: int, names: list[str], key: bytes, timeout: float) -> None:
            super().__init__(number, names, key, timeout)
            keys.append(key)

    monkeypatch.setattr(_ring, "Meeting", Noted)

    def work(number: int, table: Table) -> None:
        with ring(number, 2, table):
            pass

    for _ in range(2):
        sound(together(2, work))
    assert keys[0] == keys[1] != keys[2] == keys[3]
    assert SECRET not in keys


def test_who_cant_be_reached_is_named() -> None:
    with socket.create_server((HOST, 0)) as other:
        closed = other.getsockname()[1]

    def share(text: str) -> Sequence[str]:
        return [text, text.replace(re.search(r'"port": (\d+)', text)[1], str(closed))]  # type: ignore[index]

    began = time.monotonic()
    with pytest.raises(ClusterError, match=rf"worker 1 at {HOST}:{closed} can't be reached within 0.5 s .*each other"):
        Ring(0, 2, HOST, share, SECRET, timeout=0.5)
    assert time.monotonic() - began < SOON


def test_who_does_not_connect_is_named() -> None:
    with socket.create_server((HOST, 0)) as other:
        port = other.getsockname()[1]

        def share(text: str) -> Sequence[str]:
            return [text, text.replace(re.search(r'"port": (\d+)', text)[1], str(port))]  # type: ignore[index]

        with pytest.raises(ClusterError, match=rf"worker 1 at {HOST}:{port} has not connected .* within 0.5 s"):
            Ring(0, 2, HOST, share, SECRET, timeout=0.5)


def test_a_worker_that_fails_is_noticed_by_all_at_once() -> None:
    """Also by those who wait for others: nobody but worker 0 waits for worker 1."""

    def work(number: int, table: Table) -> float:
        with ring(number, 4, table) as mine:
            mine.pass_on(b"first")
            began = time.monotonic()
            if number == 1:
                raise ZeroDivisionError
            if number == 3:
                time.sleep(1)  # computes, while 2 waits for it
            try:
                mine.pass_on(b"x" * (20 << 20))
            except ClusterError as error:
                assert "has ended or lost its connection" in str(error)
                return time.monotonic() - began
            raise AssertionError("it was not noticed")

    results = together(4, work)
    assert isinstance(results[1], ZeroDivisionError)
    assert all(isinstance(results[n], float) and results[n] < SOON / 2 for n in (0, 2, 3)), results
    assert results[2] < 1, "worker 2 has waited for worker 3, though worker 1 was dead"


def _in_process(number: int, workers: int, pipe: Any, deed: str) -> None:
    """A worker whose `allGather` is a pipe to the test."""

    def share(text: str) -> Sequence[str]:
        pipe.send(text)
        told: list[str] = pipe.recv()
        return told

    try:
        with Ring(number, workers, HOST, share, SECRET, timeout=30, silence=2.0) as mine:
            mine.pass_on(b"first")
            pipe.send("ready")
            if number == 1 and deed == "kill":
                os.kill(os.getpid(), signal.SIGKILL)
            if number == 1 and deed == "stop":
                os.kill(os.getpid(), signal.SIGSTOP)
            if number == 1 and deed == "compute":
                time.sleep(5)  # longer than the silence after which one is dead
            pipe.send(len(mine.pass_on(bytes([number]) * (8 << 20))))
    except ClusterError as error:
        pipe.send(str(error))


def processes(workers: int, deed: str) -> list[Any]:
    """What each says last; None if it says nothing."""
    context = multiprocessing.get_context("spawn")
    pipes = [context.Pipe() for _ in range(workers)]
    started = [
        context.Process(target=_in_process, args=(number, workers, pipes[number][1], deed), daemon=True)
        for number in range(workers)
    ]
    for process in started:
        process.start()
    try:
        ours = [pipe for pipe, _ in pipes]
        for _, theirs in pipes:
            theirs.close()
        for pipe in ours:
            assert pipe.poll(SOON)
        texts = [pipe.recv() for pipe in ours]
        for pipe in ours:
            pipe.send(texts)
        last: list[Any] = [None] * workers
        for number, pipe in enumerate(ours):
            try:
                while last[number] in (None, "ready") and pipe.poll(5 if number == 1 and deed != "compute" else SOON):
                    last[number] = pipe.recv()
            except EOFError:
                pass
        return last
    finally:
        for process in started:
            process.kill()
            process.join(SOON)


def test_a_process_that_is_killed_is_noticed() -> None:
    last = processes(3, "kill")
    assert last[1] == "ready"
    for number in (0, 2):
        assert "has ended or lost its connection" in last[number]


def test_a_process_that_is_stopped_is_taken_for_dead() -> None:
    last = processes(3, "stop")
    assert re.search(r"worker 1 at .* has not been heard of for 2 s", last[0]), last
    # Worker 2 waits for worker 0, who has given up.
    assert "has ended or lost its connection" in last[2]


def test_a_process_that_computes_for_long_is_not() -> None:
    assert processes(3, "compute") == [8 << 20] * 3


def test_workers_that_have_lost_step_say_so() -> None:
    def work(number: int, table: Table) -> None:
        with ring(number, 2, table) as mine:
            mine.pass_on(b"", epoch=3, super_round=number)

    errors = together(2, work)
    assert all(isinstance(error, ClusterError) for error in errors)
    assert any("sends items of epoch 3, super-round" in str(error) for error in errors)


def test_more_than_is_expected_is_not_taken() -> None:
    def work(number: int, table: Table) -> None:
        with ring(number, 2, table) as mine:
            mine.pass_on(b"x" * 1001, at_most=1000)

    assert any("sends 1001 bytes, and 1000 are the most" in str(error) for error in together(2, work))


def test_bytes_that_came_otherwise_are_not_taken(monkeypatch: pytest.MonkeyPatch) -> None:
    def work(number: int, table: Table) -> None:
        with ring(number, 2, table) as mine:
            if number == 0:
                frame = _ring._HEADER.pack(_ring._ITEMS, 0, 0, 4) + b"good" + _ring._CHECK.pack(1)
                mine._out[1].socket.sendall(frame)
                time.sleep(0.5)
            else:
                mine.pass_on(b"good")

    assert "checksums differ" in str(together(2, work)[1])


def test_leaving_early_after_the_end_is_no_death() -> None:
    """Some leave long before others come to the end of what they do."""

    def work(number: int, table: Table) -> bytes:
        with ring(number, 5, table) as mine:
            got = mine.pass_on(bytes([number]))
            time.sleep(0.1 * number)
            return got

    assert sound(together(5, work)) == [bytes([(n + 1) % 5]) for n in range(5)]


@pytest.mark.parametrize(
    ("address", "host"),
    [("10.0.0.7:34", "10.0.0.7"), ("[::1]:34", "::1"), ("node-3:1", "node-3"), ("node-3", "node-3"), ("[::1]", "::1")],
)
def test_the_host_of_an_address(address: str, host: str) -> None:
    assert _meeting.host_of(address) == host


def test_a_name_that_is_not_this_machines_is_listened_for_on_all_addresses() -> None:
    with _meeting.listening("192.0.2.1") as listener:
        assert listener.getsockname()[0] == "0.0.0.0"
    with _meeting.listening(HOST) as listener:
        assert listener.getsockname()[0] == HOST
