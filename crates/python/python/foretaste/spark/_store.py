"""Where workers put what they have learnt, so that a training goes on after one of them is lost.

A checkpoint is parts, which workers write, and a manifest that lists them, which one writes when all parts are there.
Names are those of an attempt alone: a worker that Spark has given up, and that still writes, overwrites nothing. What
is not all there, or not as it was written, is not used; the checkpoint before it is.
"""

from __future__ import annotations

import hashlib
import json
import re
import secrets
import warnings
from dataclasses import asdict, dataclass, field
from typing import TYPE_CHECKING

from ..errors import ClusterError, ParameterError
from ._directory import join, opened, remove, uri

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from typing import Any, TypeVar

    T = TypeVar("T")

__all__ = ["DamagedError", "Manifest", "Part", "Store", "fingerprint"]

_RUN = "run.json"
_PROGRESS = "progress.json"
_LEFT = re.compile(r"shared-[0-9a-f]+|\..+-[0-9a-f]{16}")
_MANIFEST = re.compile(r"manifest-(\d{6,})-[0-9a-f]+\.json")
_PART = re.compile(r"part-(\d{6,})-.*")
# Whole when they are closed; elsewhere a file is written under another name first.
_OBJECTS = ("s3", "gcs", "abfs")


class DamagedError(ClusterError):
    """A file of a checkpoint that is not there, or not as it was written."""


@dataclass(frozen=True)
class Part:
    """A file that a worker has written."""

    name: str
    bytes: int
    sha256: str


@dataclass(frozen=True)
class Manifest:
    """What makes up a checkpoint."""

    fingerprint: str
    #: After how many epochs it was.
    epoch: int
    #: The block numbers that workers had: worker q from `cuts[q]` up to `cuts[q + 1]`.
    cuts: list[int]
    #: By worker.
    users: list[Part]
    #: By worker.
    items: list[Part]
    tallies: Part
    #: By worker, after the last epoch.
    pairs: list[Part] = field(default_factory=list)

    @property
    def parts(self) -> list[Part]:
        """All files."""
        return [*self.users, *self.items, self.tallies, *self.pairs]


def fingerprint(method: str, parameters: str, data: str, version: str) -> str:
    """What tells a run from others: the number of workers is not in it, since it changes no result.

    Parameters
    ----------
    method, parameters:
        The engine's name and its parameters as JSON.
    data:
        The checksum of the data.
    version:
        foretaste's.
    """
    facts = [method, json.loads(parameters), data, version]
    return hashlib.sha256(json.dumps(facts, sort_keys=True).encode()).hexdigest()


class Store:
    """The checkpoints in a directory. It holds no connection, and can be sent to workers."""

    def __init__(self, directory: str) -> None:
        self.directory = uri(directory)

    # Files.

    def write(self, epoch: int, what: str, data: bytes | memoryview) -> Part:
        """Writes a part of a checkpoint, under a name that nobody else writes."""
        name = f"part-{epoch:06}-{what}-{secrets.token_hex(8)}"
        system, path = opened(self.directory)
        system.create_dir(path, recursive=True)
        with system.open_output_stream(f"{path}/{name}") as stream:
            stream.write(data)
        return Part(name, len(data), hashlib.sha256(data).hexdigest())

    def read(self, part: Part) -> bytes:
        """A part's bytes, as they were written; else DamagedError."""
        data = self._bytes(part.name)
        if data is None or len(data) != part.bytes or hashlib.sha256(data).hexdigest() != part.sha256:
            why = "is not there" if data is None else "is not as it was written"
            raise DamagedError(f"{join(self.directory, part.name)} {why}")
        return data

    def _bytes(self, name: str) -> bytes | None:
        system, path = opened(self.directory)
        try:
            with system.open_input_stream(f"{path}/{name}", compression=None) as stream:
                data: bytes = stream.read()
                return data
        except FileNotFoundError:
            return None

    def put(self, name: str, data: bytes, always: bool = False) -> None:
        """Writes a file whole or not at all; one that must `always` be there is written over where it is, if need be."""
        system, path = opened(self.directory)
        system.create_dir(path, recursive=True)
        if system.type_name in _OBJECTS or (always and system.type_name != "local"):
            with system.open_output_stream(f"{path}/{name}") as stream:
                stream.write(data)
            return
        draft = f"{path}/.{name}-{secrets.token_hex(8)}"
        try:
            with system.open_output_stream(draft) as stream:
                stream.write(data)
            if system.type_name != "local":  # where a name is not taken over
                self._delete(name)
            system.move(draft, f"{path}/{name}")
        except BaseException:
            self._delete(draft.rpartition("/")[2])
            raise

    def _delete(self, name: str) -> None:
        system, path = opened(self.directory)
        try:
            system.delete_file(f"{path}/{name}")
        except OSError:
            pass  # it is not there, or somebody else removes it

    def _sizes(self) -> dict[str, int]:
        """The files that there are."""
        from pyarrow.fs import FileSelector, FileType

        system, path = opened(self.directory)
        infos = system.get_file_info(FileSelector(path, allow_not_found=True))
        return {info.base_name: info.size for info in infos if info.type == FileType.File}

    # Checkpoints.

    def belong(self, run: str) -> None:
        """Makes this the directory of a run, told by its fingerprint; refuses that of another one."""
        found = _of_json(self._bytes(_RUN))
        if found is None:
            if any(_MANIFEST.fullmatch(name) for name in self._sizes()):
                raise self._refusal("has checkpoints of which nothing says whose they are")
            self.put(_RUN, _json({"fingerprint": run}))
        elif found.get("fingerprint") != run:
            raise self._refusal("has checkpoints of other parameters, other data or another version of foretaste")
        # What drivers and workers have left that died while they wrote.
        for name in self._sizes():
            if _LEFT.fullmatch(name):
                self._delete(name)

    def _refusal(self, why: str) -> ParameterError:
        return ParameterError(
            f"checkpointDir {self.directory} {why}: name another directory, or remove this one",
            "checkpointDir",
            None,
            repr(self.directory),
        )

    def complete(self, manifest: Manifest) -> str:
        """Writes a manifest, when all its parts are written; the name of its file."""
        name = f"manifest-{manifest.epoch:06}-{secrets.token_hex(8)}.json"
        self.put(name, _json(asdict(manifest)))
        return name

    def manifest(self, name: str) -> Manifest:
        """The manifest in a file; DamagedError if it is none."""
        found = _of_json(self._bytes(name))
        try:
            assert found is not None
            lists = {side: [Part(**part) for part in found[side]] for side in ("users", "items", "pairs")}
            tallies = Part(**found["tallies"])
            return Manifest(found["fingerprint"], int(found["epoch"]), list(found["cuts"]), tallies=tallies, **lists)
        except (AssertionError, KeyError, TypeError, ValueError):
            raise DamagedError(f"{join(self.directory, name)} is no manifest, or not as it was written") from None

    def names(self, run: str) -> list[str]:
        """The manifests of a run whose parts are there in full length, newest first; warns of others."""
        sizes = self._sizes()
        names = []
        for name in sorted(filter(_MANIFEST.fullmatch, sizes), key=_epoch_of, reverse=True):
            try:
                manifest = self.manifest(name)
                for part in manifest.parts:
                    if sizes.get(part.name) != part.bytes:
                        why = "is cut" if part.name in sizes else "is not there"
                        raise DamagedError(f"{join(self.directory, part.name)} {why}")
            except DamagedError as error:
                _warn(error, _epoch_of(name)[0])
                continue
            if manifest.fingerprint == run:
                names.append(name)
        return names

    def newest(self, run: str) -> Manifest | None:
        """The newest checkpoint of a run that is there in full length, if there is one."""
        names = self.names(run)
        return self.manifest(names[0]) if names else None

    def resume(
        self,
        run: str,
        number: int,
        share: Callable[[str], Sequence[str]],
        restore: Callable[[Manifest], T],
    ) -> tuple[Manifest, T] | None:
        """Restores all workers from the newest checkpoint that none of them finds damaged; None if there is none.

        Parameters
        ----------
        run:
            The fingerprint.
        number:
            The worker that calls; all do.
        share:
            Gives all workers the texts that they call it with, in their order.
        restore:
            Reads what this worker needs of a checkpoint; raises DamagedError as `read` does.
        """
        names = json.loads(share(json.dumps(self.names(run) if number == 0 else None))[0])
        for name in names:
            found: tuple[Manifest, T] | None = None
            fault = ""
            try:
                manifest = self.manifest(name)
                found = (manifest, restore(manifest))
            except DamagedError as error:
                fault = str(error)
            faults = [one for one in share(fault) if one]
            if found is not None and not faults:
                return found
            _warn(faults[0], _epoch_of(name)[0])
        return None

    def prune(self, run: str, keep: int = 2) -> None:
        """Removes what is older than the newest checkpoints of a run, of which as many are kept."""
        names = self.names(run)[:keep]
        kept = [self.manifest(name) for name in names]
        if not kept:
            return
        wanted = {*names, *(part.name for manifest in kept for part in manifest.parts)}
        for name in self._sizes():
            found = _MANIFEST.fullmatch(name) or _PART.fullmatch(name)
            # What is newer than the newest is being written.
            if found and int(found[1]) <= kept[0].epoch and name not in wanted:
                self._delete(name)

    def clear(self) -> None:
        """Removes all checkpoints, and whose they are."""
        # Manifests first: one without its parts would be warned of.
        for name in sorted(self._sizes(), key=lambda name: not _MANIFEST.fullmatch(name)):
            if _MANIFEST.fullmatch(name) or _PART.fullmatch(name) or _LEFT.fullmatch(name):
                self._delete(name)
        self._delete(_PROGRESS)
        self._delete(_RUN)

    # What is said of it meanwhile.

    def tell(self, text: str) -> None:
        """Says how far the training is."""
        self.put(_PROGRESS, text.encode())

    def told(self) -> str:
        """What was said last; empty if nothing was."""
        return (self._bytes(_PROGRESS) or b"").decode(errors="replace")

    # Other directories in this one.

    def folder(self, name: str) -> str:
        """A URI in this directory."""
        return join(self.directory, name)

    def forget(self, name: str) -> None:
        """Removes a directory in this one."""
        remove(self.folder(name))

    def keep_folders(self, prefix: str, kept: str) -> None:
        """Removes directories in this one whose names begin so, but for the one that is kept."""
        from pyarrow.fs import FileSelector, FileType

        system, path = opened(self.directory)
        for info in system.get_file_info(FileSelector(path, allow_not_found=True)):
            name = info.base_name
            if info.type == FileType.Directory and name.startswith(f"{prefix}-") and name != kept:
                self.forget(name)

    # Whether it is the same everywhere.

    def mark(self) -> str:
        """Writes a file that tells this directory from others; its name."""
        name = f"shared-{secrets.token_hex(16)}"
        self.put(name, name.encode())
        return name

    def see(self, mark: str) -> None:
        """Refuses a directory in which that file is not: it is another one here."""
        if self._bytes(mark) != mark.encode():
            raise ParameterError(
                f"checkpointDir is not the same directory on the executors: what the driver has written to "
                f"{self.directory} is not there; name one that all see, as on S3, HDFS or a file system that is shared",
                "checkpointDir",
                None,
                repr(self.directory),
            )

    def unmark(self, mark: str) -> None:
        """Removes that file."""
        self._delete(mark)


def _warn(why: object, epoch: int) -> None:
    warnings.warn(f"the checkpoint after epoch {epoch} is not used: {why}", RuntimeWarning, stacklevel=3)


def _epoch_of(name: str) -> tuple[int, str]:
    found = _MANIFEST.fullmatch(name)
    return (int(found[1]) if found else -1), name


def _json(fields: dict[str, Any]) -> bytes:
    """Text with a checksum of itself."""
    text = json.dumps(fields, sort_keys=True)
    return json.dumps({"of": fields, "sha256": hashlib.sha256(text.encode()).hexdigest()}, indent=1).encode()


def _of_json(data: bytes | None) -> dict[str, Any] | None:
    """What is in such text; None if there is none, or it is not as it was written."""
    try:
        found = json.loads(data or b"")
        text = json.dumps(found["of"], sort_keys=True)
        if hashlib.sha256(text.encode()).hexdigest() != found["sha256"]:
            return None
        fields: dict[str, Any] = found["of"]
        return fields if isinstance(fields, dict) else None
    except (ValueError, KeyError, TypeError):
        return None
