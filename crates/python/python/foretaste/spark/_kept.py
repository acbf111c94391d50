"""A model that was trained on Spark, as it lies in a directory."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from .. import __version__, _native
from ..errors import ModelFileError
from ._directory import opened
from ._store import Part, Store
from ._worker import buffer

if TYPE_CHECKING:
    from typing import Any, Self

    import numpy as np
    import pyarrow as pa
    from numpy.typing import NDArray

__all__ = ["ABOUT", "DATA", "Kept"]

#: What tells of a model's files.
ABOUT = "model.json"
#: What directories of ids and pairs in that of a run begin with.
DATA = "data"


class Kept:
    """A model as it lies in a directory: what executors read it by. It holds no connection."""

    def __init__(self, directory: str, about: dict[str, Any]) -> None:
        self.directory, self.about = directory, about

    @staticmethod
    def about_of(directory: str) -> dict[str, Any]:
        """What tells of the files in a directory; ModelFileError where there is no model, of whatever version."""
        system, path = opened(directory)
        try:
            with system.open_input_stream(f"{path}/{ABOUT}", compression=None) as stream:
                about: dict[str, Any] = json.loads(stream.read())
                return about
        except (FileNotFoundError, NotADirectoryError, ValueError):
            raise ModelFileError(f"there is no model of foretaste.spark in {directory}") from None

    @classmethod
    def load(cls, directory: str) -> Self:
        about = cls.about_of(directory)
        if about.get("version") != __version__:
            raise ModelFileError(
                f"the model in {directory} is of foretaste {about.get('version')}, and this is {__version__}"
            )
        return cls(directory, about)

    @property
    def workers(self) -> int:
        """How many parts there are."""
        return len(self.about["users"])

    @property
    def firsts(self) -> list[int]:
        """The first user of each part, and then how many users there are."""
        return [self.about["bounds"][cut] for cut in self.about["cuts"]]

    def write(self, directory: str) -> None:
        """Tells of its files in a directory where they are."""
        Store(directory).put(ABOUT, json.dumps(self.about).encode())

    def read(self, part: dict[str, Any]) -> NDArray[np.uint8]:
        """The bytes of a file, which are checked."""
        return buffer(Store(self.directory).read(Part(**part)))

    def apart(self, threads: int = 1) -> _native.Apart:
        """The training."""
        import numpy as np

        facts = {**self.about["facts"], "item_counts": self.read(self.about["item_counts"]).view("<u4").astype(np.uint32)}
        given = [(name, value) for name, value in self.about["given"]]
        return _native.Apart(self.about["method"], given, facts, threads)

    def pairs(self, number: int) -> tuple[NDArray[np.uint32], NDArray[np.uint32]]:
        """The pairs that a part was trained on."""
        import numpy as np

        rows = self.read(self.about["pairs"][number]).view("<u4").astype(np.uint32, copy=False)
        first, last = self.firsts[number : number + 2]
        users = np.repeat(np.arange(first, last, dtype=np.uint32), rows[: last - first])
        return users, rows[last - first :]

    def shard(self, number: int, threads: int = 1) -> _native.Shard:
        """The users of a part, with all items."""
        items = [self.read(part) for part in self.about["items"]]
        users = self.read(self.about["users"][number])
        apart = self.apart(threads)
        pairs = apart.pairs((self.firsts[number], self.firsts[number + 1]), [self.pairs(number)])
        return apart.shard(users, items, pairs)

    def ids(self, side: str) -> pa.Array:
        """All ids of users or of items, in the order of their numbers."""
        import pyarrow.dataset as ds

        system, path = opened(self.directory)
        table = ds.dataset(f"{path}/{self.about['data']}/{side}s", filesystem=system, format="parquet").to_table()
        return table.sort_by("dense")["id"].combine_chunks()
