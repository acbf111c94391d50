"""How the workers of one training come to be connected: each to each other, and to nobody else."""

from __future__ import annotations

import hmac
import select
import socket
import struct
import time
from typing import TYPE_CHECKING

from ..errors import ClusterError

if TYPE_CHECKING:
    from typing import Any

__all__ = ["Meeting", "dead", "host_of", "listening", "named"]

_HELLO = struct.Struct("<8sII32s")
_MAGIC = b"foretst1"
# Of a stranger that has connected: how long it may take to prove that it is none, and how many may try at once.
_PROOF = 5.0
_STRANGERS = 64


class Meeting:
    """Connects one worker with all others, within some seconds.

    A connection begins with a proof, by each end, that it knows a key; the key itself is not sent.
    """

    def __init__(self, number: int, names: list[str], key: bytes, timeout: float) -> None:
        self._number, self._names, self._key, self._timeout = number, names, key, timeout
        self._deadline = time.monotonic() + timeout
        self._others = [other for other in range(len(names)) if other != number]
        self._out: dict[int, socket.socket] = {}
        self._in: dict[int, socket.socket] = {}

    def meet(
        self, listener: socket.socket, places: list[dict[str, Any]]
    ) -> tuple[dict[int, socket.socket], dict[int, socket.socket]]:
        """Connections to all others, and from them, which wait for nothing."""
        try:
            self._meet(listener, places)
        except BaseException:
            for connection in (*self._out.values(), *self._in.values()):
                connection.close()
            raise
        return self._out, self._in

    def _meet(self, listener: socket.socket, places: list[dict[str, Any]]) -> None:
        # All say who they are before any listens, which the kernel's queue allows; then all listen; then all know.
        for other in self._others:
            place = places[other]
            connection = self._reach(other, place["host"], place["port"])
            self._out[other] = connection
            try:
                connection.sendall(_hello(self._key, b"from", self._number, other))
            except OSError as error:
                raise dead(self._names, other, error) from None
        self._accept(listener)
        for other in self._others:
            self._welcomed(other)
        for connection in (*self._out.values(), *self._in.values()):
            _keep(connection)
            connection.setblocking(False)

    def _reach(self, other: int, host: str, port: int) -> socket.socket:
        why: OSError | None = None
        while (left := self._deadline - time.monotonic()) > 0:
            try:
                return socket.create_connection((host, port), timeout=left)
            except OSError as error:
                why = error
                time.sleep(min(0.2, max(0.0, self._deadline - time.monotonic())))
        raise ClusterError(
            f"{named(self._names, other)} can't be reached within {self._timeout:g} s ({why}): executors must be able "
            "to connect to each other, on any port; a firewall or a network policy between them forbids it, or the "
            "worker has ended"
        )

    def _accept(self, listener: socket.socket) -> None:
        """Takes the connections of all others; strangers are dropped, and cost nobody any time."""
        poll = select.poll()
        listener.setblocking(False)
        poll.register(listener, select.POLLIN)
        unproven: dict[int, tuple[socket.socket, bytearray, float]] = {}

        def drop(number: int) -> None:
            poll.unregister(number)
            unproven.pop(number)[0].close()

        try:
            while len(self._in) < len(self._others):
                now = time.monotonic()
                for number in [number for number, (_, _, until) in unproven.items() if until < now]:
                    drop(number)
                if now >= self._deadline:
                    missing = [other for other in self._others if other not in self._in]
                    raise ClusterError(
                        f"{named(self._names, missing[0])} has not connected to "
                        f"{named(self._names, self._number)} within {self._timeout:g} s: executors must be able to "
                        "connect to each other, on any port"
                    )
                for number, _ in poll.poll(max(0.0, min(self._deadline - now, 0.5)) * 1000):
                    if number == listener.fileno():
                        while len(unproven) >= _STRANGERS:
                            drop(next(iter(unproven)))
                        try:
                            connection, _ = listener.accept()
                        except OSError:
                            continue
                        connection.setblocking(False)
                        poll.register(connection, select.POLLIN)
                        unproven[connection.fileno()] = (connection, bytearray(), now + _PROOF)
                    elif number in unproven:
                        connection, said, _ = unproven[number]
                        who = self._proven(connection, said)
                        if who is None:
                            drop(number)
                        elif who >= 0:
                            poll.unregister(number)
                            del unproven[number]
                            if earlier := self._in.pop(who, None):
                                earlier.close()
                            self._in[who] = connection
        finally:
            for connection, _, _ in unproven.values():
                connection.close()

    def _proven(self, connection: socket.socket, said: bytearray) -> int | None:
        """Who has connected; −1 if it has not said all yet, None if it is a stranger."""
        try:
            more = connection.recv(_HELLO.size - len(said))
        except BlockingIOError:
            return -1
        except OSError:
            return None
        said += more
        if not more or said[: len(_MAGIC)] != _MAGIC[: len(said)]:
            return None
        if len(said) < _HELLO.size:
            return -1
        _, sender, receiver, _ = _HELLO.unpack(said)
        right = hmac.compare_digest(bytes(said), _hello(self._key, b"from", sender, receiver))
        if not right or receiver != self._number or sender == receiver or sender >= len(self._names):
            return None
        try:
            connection.send(_hello(self._key, b"to", sender, receiver))
        except OSError:
            return None
        return int(sender)

    def _welcomed(self, other: int) -> None:
        connection = self._out[other]
        said = b""
        try:
            while len(said) < _HELLO.size:
                connection.settimeout(max(self._deadline - time.monotonic(), 0.001))
                more = connection.recv(_HELLO.size - len(said))
                if not more:
                    break
                said += more
        except TimeoutError:
            raise ClusterError(f"{named(self._names, other)} has not answered within {self._timeout:g} s") from None
        except OSError as error:
            raise dead(self._names, other, error) from None
        if not hmac.compare_digest(said, _hello(self._key, b"to", self._number, other)):
            raise ClusterError(f"{named(self._names, other)} is no worker of this run, or it has ended")


def named(names: list[str], other: int) -> str:
    """A worker, as errors call it."""
    return f"worker {other} at {names[other]}"


def dead(names: list[str], other: int, error: OSError | None) -> ClusterError:
    """The error that a worker is gone."""
    why = f" ({error})" if error else ""
    return ClusterError(f"{named(names, other)} has ended or lost its connection{why}")


def _hello(key: bytes, way: bytes, sender: int, receiver: int) -> bytes:
    proof = hmac.digest(key, way + struct.pack("<II", sender, receiver), "sha256")
    return _HELLO.pack(_MAGIC, sender, receiver, proof)


def host_of(address: str) -> str:
    """The host of an executor's address, as 10.0.0.7:34567, [::1]:34567."""
    host, colon, port = address.rpartition(":")
    if not colon or not port.isdigit():
        host = address
    return host.removeprefix("[").removesuffix("]")


def listening(host: str) -> socket.socket:
    """A socket that listens at a host of this machine."""
    try:
        family, _, _, _, place = socket.getaddrinfo(host, 0, type=socket.SOCK_STREAM)[0]
        # A machine that calls itself by a loopback address would not be reached there from another one.
        if host in ("localhost", place[0]) or not str(place[0]).startswith("127."):
            return socket.create_server(tuple(place[:2]), family=family, backlog=1024)
    except OSError:
        pass  # the address is one of others' view: a container's host, say
    try:
        return socket.create_server(("", 0), backlog=1024)
    except OSError as error:
        raise ClusterError(f"no port can be listened on at {host}: {error}") from None


def _keep(connection: socket.socket) -> None:
    """Has the kernel look whether the other end is there, and wait for nothing before it sends."""
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
    for name, value in (("TCP_KEEPIDLE", 15), ("TCP_KEEPINTVL", 5), ("TCP_KEEPCNT", 4)):
        if hasattr(socket, name):
            connection.setsockopt(socket.IPPROTO_TCP, getattr(socket, name), value)
    connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
