"""How the workers of one training hand items to each other: straight from Python process to Python process.

A connection goes one way, from each worker to each other. It begins with a proof that both ends know the run's secret;
who has none is dropped. Then come messages: a header (kind, epoch, super-round, length), the bytes, and a checksum of
them. It is CRC-32, since ends are known and TCP has looked at the bytes: SHA-256 would take longer than 10 Gbit/s do.

Nothing here waits for ever. While a worker waits, it watches all its connections, so that a worker who dies is noticed
by all; and who computes tells the others from a thread that it is there.
"""

from __future__ import annotations

import hmac
import json
import secrets
import select
import socket
import struct
import threading
import time
import zlib
from typing import TYPE_CHECKING

from ..errors import ClusterError
from ._meeting import Meeting, dead, host_of, listening, named

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from types import TracebackType
    from typing import Any

    from typing_extensions import Self

__all__ = ["Ring"]

_HEADER = struct.Struct("<BIIQ")
_CHECK = struct.Struct("<I")
_BEAT, _ITEMS, _PARTS, _END = 0, 1, 2, 3
_CALLED = {_BEAT: "a sign of life", _ITEMS: "items", _PARTS: "parts", _END: "an end"}
_BEATS = _HEADER.pack(_BEAT, 0, 0, 0)
_PIECE = 1 << 20
_GONE = select.POLLERR | select.POLLHUP | select.POLLNVAL | getattr(select, "POLLRDHUP", 0)


class Ring:
    """The workers of one training, of whom this is one.

    Parameters
    ----------
    number, workers:
        Which of how many.
    host:
        Where the others reach this one.
    share:
        Gives all workers, in their order, the texts that they call it with, as `BarrierTaskContext.allGather`.
    secret:
        What only the workers of this run know; at least 32 bytes.
    timeout:
        Seconds until all must be connected.
    silence:
        Seconds after which a worker of whom nothing is heard is taken for dead.
    at_most:
        Bytes of the longest message that is taken.
    """

    #: Bytes that were sent.
    sent: int

    def __init__(
        self,
        number: int,
        workers: int,
        host: str,
        share: Callable[[str], Sequence[str]],
        secret: bytes,
        *,
        timeout: float = 60.0,
        silence: float = 300.0,
        at_most: int = 1 << 36,
    ) -> None:
        if len(secret) < 32:
            raise ValueError("a secret has at least 32 bytes")
        self.number, self.workers, self.sent = number, workers, 0
        self._silence, self._at_most = silence, at_most
        self._out: dict[int, _Out] = {}
        self._in: dict[int, socket.socket] = {}
        self._names: list[str] = [host] * workers
        self._busy = threading.Lock()
        self._closed = threading.Event()
        self._beats: threading.Thread | None = None
        if workers == 1:
            return
        listener = listening(host)
        try:
            port = listener.getsockname()[1]
            mine = json.dumps({"host": host, "port": port, "draw": secrets.token_hex(32)})
            told = list(share(mine))
            places = [json.loads(one) for one in told]
            if len(places) != workers or told[number] != mine:
                raise ClusterError(f"worker {number} of {workers} was told of {len(places)} workers")
            self._names = [f"{place['host']}:{place['port']}" for place in places]
            # Of this attempt alone: who is left over from an earlier one can't join.
            key = hmac.digest(secret, "\n".join(told).encode(), "sha256")
            out, self._in = Meeting(number, self._names, key, timeout).meet(listener, places)
            self._out = {other: _Out(connection) for other, connection in out.items()}
        except BaseException:
            self.close()
            raise
        finally:
            listener.close()
        self._beats = threading.Thread(target=self._beat, name="foretaste-ring", daemon=True)
        self._beats.start()

    @classmethod
    def of_task(cls, secret: bytes, **how: Any) -> Self:
        """The ring of the task that runs here, one of a barrier stage."""
        from pyspark import BarrierTaskContext

        context = BarrierTaskContext.get()
        addresses = [info.address for info in context.getTaskInfos()]
        host = host_of(addresses[context.partitionId()])
        return cls(context.partitionId(), len(addresses), host, context.allGather, secret, **how)

    def pass_on(
        self, data: bytes | memoryview, *, epoch: int = 0, super_round: int = 0, at_most: int | None = None
    ) -> bytes | memoryview:
        """Sends bytes to the worker before this one, and gives what comes from the one after it."""
        if self.workers == 1:
            return data
        return self._exchange(1, data, (_ITEMS, epoch, super_round), at_most)

    def all_to_all(
        self, parts: Sequence[bytes | memoryview], *, epoch: int = 0, at_most: int | None = None
    ) -> list[bytes | memoryview]:
        """Sends each worker its part, and gives what each has sent, in the workers' order; its own is returned."""
        if len(parts) != self.workers:
            raise ValueError(f"{len(parts)} parts for {self.workers} workers")
        got = list(parts)
        for step in range(1, self.workers):
            data = parts[(self.number - step) % self.workers]
            got[(self.number + step) % self.workers] = self._exchange(step, data, (_PARTS, epoch, step), at_most)
        return got

    def gather(self, text: str, *, epoch: int = 0) -> list[str]:
        """The texts of all workers, in their order. Spark's own way looks for them but once a second."""
        said = self.all_to_all([text.encode()] * self.workers, epoch=epoch)
        return [str(one, "utf-8") for one in said]

    def finish(self) -> None:
        """Waits until all workers are here, and closes: after that, nobody takes a closed connection for a death."""
        step = 1
        while step < self.workers:
            self._exchange(step, b"", (_END, 0, step), 0)
            step *= 2
        self.close()

    def close(self) -> None:
        """Closes all connections at once: to those who wait for this worker it is dead."""
        self._closed.set()
        with self._busy:
            for connection in (*(out.socket for out in self._out.values()), *self._in.values()):
                connection.close()
            self._out, self._in = {}, {}

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if kind is None and not self._closed.is_set():
            self.finish()
        else:
            self.close()

    def _exchange(
        self, step: int, data: bytes | memoryview, what: tuple[int, int, int], at_most: int | None
    ) -> bytes:
        """Sends bytes to the worker `step` before, and receives from the one `step` after, both at once."""
        try:
            return self._exchanged(step, data, what, self._at_most if at_most is None else at_most)
        except BaseException:
            self.close()
            raise

    def _exchanged(
        self, step: int, data: bytes | memoryview, what: tuple[int, int, int], at_most: int
    ) -> bytes:
        target, source = (self.number - step) % self.workers, (self.number + step) % self.workers
        with self._busy:
            if self._closed.is_set():
                raise ClusterError("the ring is closed")
            out = self._out[target]
            message = _Message(self._names, source, what, at_most)
            out.put(_HEADER.pack(*what, len(data)), data, _CHECK.pack(zlib.crc32(data)))
            self.sent += len(data)
            incoming = self._in[source]
            poll = select.poll()
            watched: dict[int, int] = {}
            for other, connection in self._in.items():
                poll.register(connection, _GONE | (select.POLLIN if other == source else 0))
                watched[connection.fileno()] = other
            for other, mine in self._out.items():
                poll.register(mine.socket, _GONE | (select.POLLOUT if other == target else 0))
                watched[mine.socket.fileno()] = other
            heard = beaten = time.monotonic()
            end = what[0] == _END
            while not (message.done and out.empty):
                for number, events in poll.poll(min(1000.0, self._silence * 250)):
                    other = watched[number]
                    if number == incoming.fileno() and events & select.POLLIN:
                        # What a worker sent before it died is read first.
                        if message.read(incoming):
                            heard = time.monotonic()
                        if message.done:
                            poll.modify(incoming, _GONE)
                    elif events & _GONE:
                        # At the end, those whom this worker needs no longer may have left.
                        if not end or (number == incoming.fileno() and not message.done):
                            raise dead(self._names, other, None)
                        poll.unregister(number)
                        if number == out.socket.fileno():
                            out.forget()
                    elif number == out.socket.fileno() and events & select.POLLOUT:
                        try:
                            out.push()
                        except OSError as error:
                            raise dead(self._names, other, error) from None
                        if out.empty:
                            poll.modify(out.socket, _GONE)
                now = time.monotonic()
                if not message.done and now - heard > self._silence:
                    raise ClusterError(
                        f"{named(self._names, source)} has not been heard of for {self._silence:g} s: its machine or "
                        "the way to it is gone, or it is stopped"
                    )
                if now - beaten > self._silence / 6:
                    self._tell(now)
                    beaten = now
            return message.data

    def _tell(self, now: float) -> None:
        """Tells the others that this worker is there: those whose messages are not under way."""
        for out in self._out.values():
            if out.empty:
                try:
                    out.beat()
                except OSError:
                    continue  # noticed when something is waited for

    def _beat(self) -> None:
        while not self._closed.wait(self._silence / 6):
            # An exchange tells by itself.
            if self._busy.acquire(blocking=False):
                try:
                    self._tell(time.monotonic())
                finally:
                    self._busy.release()


class _Out:
    """A connection to another worker, and what is still to be sent on it."""

    def __init__(self, connection: socket.socket) -> None:
        self.socket = connection
        self._rest: list[memoryview] = []

    @property
    def empty(self) -> bool:
        return not self._rest

    def put(self, *parts: bytes | memoryview) -> None:
        self._rest.extend(memoryview(part) for part in parts if part)

    def forget(self) -> None:
        self._rest.clear()

    def push(self) -> None:
        """Sends what the kernel takes now, but no more than a few pieces: there may be something to read."""
        for _ in range(4):
            if not self._rest:
                return
            try:
                taken = self.socket.send(self._rest[0][:_PIECE])
            except BlockingIOError:
                return
            if taken == len(self._rest[0]):
                self._rest.pop(0)
            else:
                self._rest[0] = self._rest[0][taken:]
                if taken < _PIECE:
                    return

    def beat(self) -> None:
        poll = select.poll()
        poll.register(self.socket, select.POLLOUT)
        # Where nobody reads, nobody waits either.
        if any(events & select.POLLOUT and not events & _GONE for _, events in poll.poll(0)):
            self.put(_BEATS)
            self.push()


class _Message:
    """A message as it comes in."""

    def __init__(self, names: list[str], source: int, what: tuple[int, int, int], at_most: int) -> None:
        self._names, self._source, self._what, self._at_most = names, source, what, at_most
        self._head = bytearray()
        self._pieces: list[bytes] = []
        self._left = -1
        self._tail = bytearray()
        self._sum = 0
        self.data = b""
        self.done = False

    def read(self, connection: socket.socket) -> bool:
        """Reads what there is now; whether there was something."""
        name = named(self._names, self._source)
        wanted = (
            _HEADER.size - len(self._head)
            if self._left < 0
            else min(self._left, _PIECE) or _CHECK.size - len(self._tail)
        )
        try:
            more = connection.recv(wanted)
        except BlockingIOError:
            return False
        except OSError as error:
            raise dead(self._names, self._source, error) from None
        if not more:
            raise dead(self._names, self._source, None)
        if self._left < 0:
            self._head += more
            if len(self._head) == _HEADER.size:
                self._open(name)
        elif self._left:
            self._pieces.append(more)
            self._sum = zlib.crc32(more, self._sum)
            self._left -= len(more)
        else:
            self._tail += more
            if len(self._tail) == _CHECK.size:
                if _CHECK.unpack(self._tail)[0] != self._sum:
                    raise ClusterError(f"{name} has sent bytes that came otherwise: the checksums differ")
                self.data, self._pieces = b"".join(self._pieces), []
                self.done = True
        return True

    def _open(self, name: str) -> None:
        *what, length = _HEADER.unpack(self._head)
        if what[0] == _BEAT:
            self._head.clear()
            return
        if tuple(what) != self._what:
            said, wanted = (
                f"{_CALLED.get(kind, 'what is not known')} of epoch {epoch}, super-round {super_round}"
                for kind, epoch, super_round in (what, self._what)
            )
            raise ClusterError(f"{name} sends {said}, and not {wanted}: the workers have lost step")
        if length > self._at_most:
            raise ClusterError(f"{name} sends {length} bytes, and {self._at_most} are the most expected")
        self._left = length
