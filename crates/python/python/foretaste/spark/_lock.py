"""One driver at a time on a directory of checkpoints."""

from __future__ import annotations

import json
import os
import re
import secrets
import socket
import threading
import time
from typing import TYPE_CHECKING

from ..errors import ClusterError
from ._directory import join

if TYPE_CHECKING:
    from types import TracebackType
    from typing import Any

    from typing_extensions import Self

    from ._store import Store

__all__ = ["Lock"]

_NAME = re.compile(r"lock-[0-9a-f]+\.json")
# Those that this process holds.
_HELD: set[str] = set()


class Lock:
    """Holds a directory until it is released, and says so in a file there every few seconds.

    Each driver writes a file of its own, and then looks for those of others: there is no file system on which that
    would not do. Of two that come at once, both may be refused.
    """

    def __init__(self, store: Store, beat: float = 30.0) -> None:
        self._store, self._beat = store, beat
        self.name = f"lock-{secrets.token_hex(8)}.json"
        self._since = time.time()
        self._released = threading.Event()
        self._thread: threading.Thread | None = None

    def __enter__(self) -> Self:
        self._say()
        _HELD.add(self.name)
        try:
            for name in self._store._sizes():
                if _NAME.fullmatch(name) and name != self.name:
                    self._yield_to(name)
        except BaseException:
            self._release()
            raise
        self._thread = threading.Thread(target=self._live, name="foretaste-lock", daemon=True)
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._release()

    def _release(self) -> None:
        self._released.set()
        if self._thread is not None:
            self._thread.join()
        self._store._delete(self.name)
        _HELD.discard(self.name)

    def _live(self) -> None:
        while not self._released.wait(self._beat):
            try:
                self._say()
            except OSError:
                continue  # the next one may come through

    def _say(self) -> None:
        said = {**_here(), "pid": os.getpid(), "since": self._since, "beat": time.time()}
        self._store.put(self.name, json.dumps(said).encode(), always=True)

    def _yield_to(self, name: str) -> None:
        """Refuses to go on beside another driver, unless it is known to be dead."""
        said = self._store._bytes(name)
        if said is None:
            return  # it has been released meanwhile
        try:
            other: dict[str, Any] = json.loads(said)
            if _is_dead(name, other):
                self._store._delete(name)
                return
            age = max(0, round(time.time() - other["beat"]))
            who = f"process {other['pid']} on {other['host']}, which last said so {age} s ago"
        except (ValueError, KeyError, TypeError):
            who = "a driver that does not say who it is"
        file = join(self._store.directory, name)
        raise ClusterError(
            f"checkpointDir {self._store.directory} is in use by {who}. If that driver is dead, remove {file}"
        )


def _here() -> dict[str, str]:
    """What tells this machine, and its numbering of processes, from others."""
    return {"host": socket.gethostname(), "boot": _read("/proc/sys/kernel/random/boot_id"), "space": _space()}


def _read(path: str) -> str:
    try:
        with open(path, encoding="ascii") as file:
            return file.read().strip()
    except (OSError, ValueError):
        return ""


def _space() -> str:
    try:
        return os.readlink("/proc/self/ns/pid")
    except OSError:
        return ""


def _is_dead(name: str, other: dict[str, Any]) -> bool:
    """Whether a driver is known to be dead: it was on this machine, and there is no such process."""
    if any(other[field] != value for field, value in _here().items()):
        return False
    pid = int(other["pid"])
    if pid == os.getpid():
        return name not in _HELD
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return True
    except OSError:
        pass
    return False
