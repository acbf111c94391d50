"""What executors do with a model: each keeps the part that it used last."""

from __future__ import annotations

import json
from functools import lru_cache
from typing import TYPE_CHECKING

from ._kept import Kept

if TYPE_CHECKING:
    from collections.abc import Iterator

    import numpy as np
    import pyarrow as pa
    from numpy.typing import NDArray

    from .. import _native

__all__ = ["AllLists", "Figures", "Rows", "Scores", "Similar", "SomeLists", "Task"]

# Users whose lists are made at once.
_AT_ONCE = 8192


@lru_cache(maxsize=1)
def _shard_of(directory: str, about: str, number: int, threads: int) -> _native.Shard:
    return Kept(directory, json.loads(about)).shard(number, threads)


@lru_cache(maxsize=1)
def _item_ids(directory: str, about: str) -> pa.Array:
    return Kept(directory, json.loads(about)).ids("item")


class Task:
    """What all of them do."""

    def __init__(self, kept: Kept) -> None:
        self.directory, self.about = kept.directory, json.dumps(kept.about)
        self.firsts = kept.firsts

    def shard(self, number: int) -> _native.Shard:
        """A part, on as many threads as the task has."""
        from pyspark import TaskContext

        context = TaskContext.get()
        return _shard_of(self.directory, self.about, number, context.cpus() if context else 1)

    def item_ids(self) -> pa.Array:
        """All ids of items."""
        return _item_ids(self.directory, self.about)

    def parts(self, users: NDArray[np.int64]) -> Iterator[tuple[int, NDArray[np.bool_]]]:
        """The parts that users are of, each with who is."""
        import numpy as np

        of_users = np.searchsorted(self.firsts, users, side="right") - 1
        for number in np.unique(of_users).tolist():
            yield number, of_users == number

    def listed(self, number: int, users: NDArray[np.uint32], n: int, filter_seen: bool) -> pa.RecordBatch:
        """A row for each user: `u`, `recommendations`."""
        lens, items, scores = self.shard(number).lists(users, n, filter_seen=filter_seen)
        return _lists_of(("u", users), self.item_ids(), (lens, items, scores))


def _lists_of(
    of: tuple[str, NDArray[np.uint32]],
    ids: pa.Array,
    lists: tuple[NDArray[np.uint32], NDArray[np.uint32], NDArray[np.float32]],
) -> pa.RecordBatch:
    import numpy as np
    import pyarrow as pa

    name, rows = of
    lens, items, scores = lists
    ends = np.concatenate([[0], np.cumsum(lens)]).astype(np.int32)
    entries = pa.StructArray.from_arrays([ids.take(pa.array(items)), pa.array(scores)], ["item", "score"])
    made = pa.ListArray.from_arrays(pa.array(ends), entries)
    return pa.RecordBatch.from_arrays([pa.array(rows.astype(np.int32)), made], [name, "recommendations"])


class AllLists(Task):
    """Lists of all users of the parts whose numbers come."""

    def __init__(self, kept: Kept, n: int, filter_seen: bool) -> None:
        super().__init__(kept)
        self.n, self.filter_seen = n, filter_seen

    def __call__(self, batches: Iterator[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
        import numpy as np

        for batch in batches:
            for number in batch.column(0).to_pylist():
                for first in range(self.firsts[number], self.firsts[number + 1], _AT_ONCE):
                    last = min(first + _AT_ONCE, self.firsts[number + 1])
                    yield self.listed(number, np.arange(first, last, dtype=np.uint32), self.n, self.filter_seen)


class SomeLists(AllLists):
    """Lists of the users that come."""

    def __call__(self, batches: Iterator[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
        import numpy as np

        for batch in batches:
            users = batch.column(0).to_numpy()
            for number, own in self.parts(users):
                yield self.listed(number, users[own].astype(np.uint32), self.n, self.filter_seen)


class Scores(Task):
    """The scores of rows whose last columns are `u`, `i`, in place of these."""

    def __init__(self, kept: Kept, column: str) -> None:
        super().__init__(kept)
        self.column = column

    def __call__(self, batches: Iterator[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
        import numpy as np
        import pyarrow as pa

        for batch in batches:
            users, items = (
                batch.column(at).fill_null(-1).to_numpy(zero_copy_only=False)
                for at in (batch.num_columns - 2, batch.num_columns - 1)
            )
            scores = np.full(len(users), np.nan, np.float32)
            known = np.flatnonzero((users >= 0) & (items >= 0))
            for number, own in self.parts(users[known]):
                rows = known[own]
                scores[rows] = self.shard(number).scores(users[rows].astype(np.uint32), items[rows].astype(np.uint32))
            names = [*batch.schema.names[:-2], self.column]
            yield pa.RecordBatch.from_arrays([*batch.columns[:-2], pa.array(scores)], names)


class Figures(Task):
    """Of rows `u`, `i` (null where the item is unknown): sums of metrics of each block of users."""

    def __init__(self, kept: Kept, metrics: list[str], filter_seen: bool) -> None:
        super().__init__(kept)
        self.metrics, self.filter_seen = metrics, filter_seen
        self.bounds = kept.about["bounds"]

    def __call__(self, batches: Iterator[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
        import numpy as np
        import pyarrow as pa

        all_of = [(batch.column(0).to_numpy(), batch.column(1).fill_null(-1).to_numpy(zero_copy_only=False)) for batch in batches]
        if not all_of:
            return
        users, items = (np.concatenate([one[at] for one in all_of]) for at in (0, 1))
        for number, own in self.parts(users):
            of, what = users[own].astype(np.uint32), items[own]
            unknown, counts = np.unique(of[what < 0], return_counts=True)
            found, values = self.shard(number).evaluate(
                (of[what >= 0], what[what >= 0].astype(np.uint32)),
                (unknown.astype(np.uint32), counts.astype(np.uint32)),
                self.metrics,
                self.filter_seen,
            )
            values = values.reshape(len(found), len(self.metrics))
            blocks = np.searchsorted(self.bounds, found, side="right") - 1
            for block in np.unique(blocks).tolist():
                rows = values[blocks == block]
                # In the order of the users, so that the sum is the same wherever they are.
                sums = [float(np.add.accumulate(rows[:, at])[-1]) for at in range(rows.shape[1])]
                yield pa.RecordBatch.from_arrays(
                    [pa.array([block], pa.int32()), pa.array([len(rows)], pa.int64()), pa.array([sums])],
                    ["block", "n", "sums"],
                )


class Rows(Task):
    """The rows of users of the parts whose numbers come, or of all items: `n` (number), `features`."""

    def __init__(self, kept: Kept, side: str) -> None:
        super().__init__(kept)
        self.side = side

    def __call__(self, batches: Iterator[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
        import numpy as np
        import pyarrow as pa

        for batch in batches:
            for number in batch.column(0).to_pylist():
                rows = self.shard(number).factors(self.side)
                first = self.firsts[number] if self.side == "user" else 0
                for start in range(0, len(rows), _AT_ONCE):
                    some = rows[start : start + _AT_ONCE]
                    ends = np.arange(0, some.size + 1, some.shape[1], dtype=np.int32)
                    features = pa.ListArray.from_arrays(pa.array(ends), pa.array(some.reshape(-1)))
                    numbers = np.arange(first + start, first + start + len(some), dtype=np.int32)
                    yield pa.RecordBatch.from_arrays([pa.array(numbers), features], ["n", "features"])


class Similar(Task):
    """The items most like those that come: `i`, `recommendations`."""

    def __init__(self, kept: Kept, n: int) -> None:
        super().__init__(kept)
        self.n = n

    def __call__(self, batches: Iterator[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
        import numpy as np

        for batch in batches:
            items = batch.column(0).to_numpy().astype(np.uint32)
            lists = self.shard(0).similar_items(items, self.n)
            yield _lists_of(("i", items), self.item_ids(), lists)
