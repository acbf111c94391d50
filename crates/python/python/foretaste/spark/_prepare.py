"""From rows of a frame of Spark to dense pairs, numbered as they are where all is in one place.

What later stages read is written first, and read back: Spark computes again what it has lost, and of rows that come in
another order, or that were drawn, it would number others.
"""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from typing import TYPE_CHECKING

from ..errors import DataError, ForetasteError, ParameterError, UnsupportedError
from ._directory import join, remove, spark_uri

if TYPE_CHECKING:
    from collections.abc import Sequence
    from typing import Any

    import numpy as np
    import pyarrow as pa
    from numpy.typing import NDArray
    from pyspark.sql import Column, DataFrame, SparkSession

__all__ = ["Facts", "Prepared", "Side", "prepare"]

# What Spark's `int` holds.
_MOST = 2**31 - 1
# Users of whom one task sums the pairs, and of whom the driver gets one number.
_CHUNK = 1 << 16
# `monotonically_increasing_id` has the partition above these bits, and the place in it below.
_PLACE_BITS = 33
# What no file of interactions could hold.
_FAULTS = {"empty": "an empty id", "split": "an id with a line break", "broken": "an id that is no UTF-8"}


@dataclass(frozen=True)
class Side:
    """Users or items: the column that they were in, and what ids they have."""

    column: str
    #: Whether the column holds text.
    text: bool
    #: Whether the ids are integers, as those of text that reads as integers throughout are.
    integers: bool

    @property
    def type(self) -> str:
        """Spark's type of the ids."""
        return "bigint" if self.integers else "string"


@dataclass(frozen=True)
class Facts:
    """What is to be known of all the data, wherever they are."""

    n_users: int
    n_items: int
    #: Pairs of a user and an item.
    nnz: int
    #: Pairs of each item, by its dense index: uint32.
    item_counts: NDArray[np.uint32]
    #: The sum of the squares of how many items each user has.
    squares: float
    #: Of the ids and pairs, in whatever order they are.
    checksum: str

    @property
    def active_users(self) -> int:
        """Users with an item: all, since users are known by their pairs."""
        return self.n_users

    @property
    def learnable(self) -> bool:
        """Whether a user lacks an item."""
        return self.nnz < self.n_users * self.n_items

    def whole(self) -> dict[str, object]:
        """The facts as the engine takes them."""
        return {
            "n_users": self.n_users,
            "nnz": self.nnz,
            "active_users": self.active_users,
            "learnable": self.learnable,
            "squares": self.squares,
            "item_counts": self.item_counts,
        }


@dataclass(frozen=True)
class Prepared:
    """Dense pairs and the ids behind them, as they were written."""

    #: The directory in which they are.
    directory: str
    user: Side
    item: Side
    #: `id`, `dense` (int).
    users: DataFrame
    #: `id`, `dense` (int).
    items: DataFrame
    #: `u` (int), `i` (int): no pair twice.
    pairs: DataFrame
    facts: Facts

    def bounds(self, shares: Sequence[int]) -> NDArray[np.int64]:
        """The first users of blocks, and at the end the number of users.

        Block t starts at the first user before whom there are at least ``shares[t - 1]`` pairs.
        """
        import numpy as np
        from pyspark.sql import functions as f

        thresholds = np.asarray(shares, dtype=np.int64)
        if (np.diff(thresholds) < 0).any():
            raise ValueError("shares fall")
        n_users = self.facts.n_users
        bounds = np.full(len(thresholds) + 2, n_users, dtype=np.int64)
        bounds[0] = 0
        if not len(thresholds):
            return bounds
        chunk = f.shiftright("u", _CHUNK.bit_length() - 1).alias("chunk")
        sums = self.pairs.groupBy(chunk).agg(f.count(f.lit(1)).alias("n")).toArrow()
        before = np.zeros((n_users - 1) // _CHUNK + 2, dtype=np.int64)
        before[sums["chunk"].to_numpy() + 1] = sums["n"].to_numpy()
        before = np.cumsum(before)
        # The first user at or past a threshold is in the chunk where it falls, or is the first of the next one.
        inside = np.searchsorted(before, thresholds, side="left") - 1
        wanted = np.unique(inside[(inside >= 0) & (inside < len(before) - 1)]).tolist()
        starts = self._starts(wanted, before, thresholds) if wanted else {}
        for at, threshold in enumerate(thresholds.tolist(), start=1):
            within = int(inside[at - 1])
            if within < 0:
                bounds[at] = 0
            elif within < len(before) - 1:
                bounds[at] = min(starts.get(threshold, (within + 1) * _CHUNK), n_users)
        return bounds

    def _starts(
        self, chunks: list[int], before: NDArray[np.int64], thresholds: NDArray[np.int64]
    ) -> dict[int, int]:
        """Of thresholds, the first users in these chunks before whom there are as many pairs."""
        from pyspark.sql import functions as f

        chunk = f.shiftright("u", _CHUNK.bit_length() - 1)
        counts = (
            self.pairs.where(_is_one_of(chunk, chunks))
            .groupBy("u")
            .agg(f.count(f.lit(1)).alias("n"))
            .withColumn("chunk", chunk)
        )

        def first(key: Any, table: pa.Table) -> pa.Table:
            import numpy as np
            import pyarrow as pa

            number = key[0].as_py()
            users, n = table["u"].to_numpy(), table["n"].to_numpy()
            order = np.argsort(users)
            starts = before[number] + np.cumsum(n[order]) - n[order]
            mine = np.unique(thresholds[(thresholds > before[number]) & (thresholds <= before[number + 1])])
            at = np.searchsorted(starts, mine, side="left")
            there = at < len(starts)
            return pa.table(
                {"threshold": mine[there], "u": users[order][at[there]].astype(np.int64)}
            )

        found = counts.groupBy("chunk").applyInArrow(first, "threshold bigint, u bigint").toArrow()
        return dict(zip(found["threshold"].to_pylist(), found["u"].to_pylist(), strict=True))

    def placed(self, bounds: NDArray[np.int64], cuts: Sequence[int]) -> DataFrame:
        """The pairs with those of worker q, who has blocks ``cuts[q]..cuts[q + 1]``, in partition q: `u`, `i`."""
        from pyspark.sql import functions as f

        firsts = [int(bounds[cut]) for cut in cuts]
        workers = len(cuts) - 1
        if not hasattr(self.pairs, "repartitionById"):
            raise UnsupportedError("foretaste.spark needs pyspark 4.1 or later")

        def among(low: int, high: int) -> Column:
            if low + 1 == high:
                return f.lit(low)
            middle = (low + high) // 2
            return f.when(f.col("u") < firsts[middle], among(low, middle)).otherwise(among(middle, high))

        part = among(0, workers).cast("int")
        return self.pairs.withColumn("part", part).repartitionById(workers, "part").select("u", "i")


def prepare(frame: DataFrame, user: str, item: str, directory: str) -> Prepared:
    """Numbers users and items, and writes ids and pairs below a directory that holds nothing yet.

    Parameters
    ----------
    frame:
        Rows of interactions; a row that is there twice counts once.
    user, item:
        The columns with ids: integers of any size, or text.
    directory:
        A URI.
    """
    from pyspark.sql import functions as f

    sides = _sides(frame, user, item)
    session = frame.sparkSession
    written = _Written(session, directory)
    raw_type = "user {}, item {}".format(*("string" if text else "bigint" for _, text in sides))
    columns = _positional(frame, sides)
    raw = written.table("raw", columns.distinct(), raw_type)
    found = raw.agg(
        f.count(f.lit(1)).alias("rows"),
        *(_facts_of(side, text) for side, (_, text) in zip(("user", "item"), sides, strict=True)),
    ).first()
    assert found is not None  # an aggregate without groups has a row
    if not found["rows"]:
        raise DataError("there is no row in the data")
    for side, (name, text) in zip(("user", "item"), sides, strict=True):
        if found[side]["nulls"]:
            rows = columns.where(f.col(side).isNull()).count()
            raise DataError(f"column {name}: {_rows(rows)} without an id (null)", name)
        for fault, said in _FAULTS.items() if text else ():
            if count := found[side][fault]:
                raise DataError(f"column {name}: {said} in {count} of {found['rows']} pairs", name)
    known = [
        Side(name, text, not text or bool(found[side]["integers"]))
        for side, (name, text) in zip(("user", "item"), sides, strict=True)
    ]
    typed = raw.select(
        *(f.col(side).cast(one.type).alias(side) for side, one in zip(("user", "item"), known, strict=True))
    )
    users, n_users = _numbered(written, typed, "user", known[0])
    items, n_items = _numbered(written, typed, "item", known[1])
    dense = (
        typed.join(users.select(f.col("id").alias("user"), f.col("dense").alias("u")), "user")
        .join(items.select(f.col("id").alias("item"), f.col("dense").alias("i")), "item")
        .select("u", "i")
    )
    pairs = written.table("pairs", dense, "u int, i int")
    facts = _facts(pairs, users, items, n_users, n_items)
    if facts.nnz != found["rows"]:
        raise ForetasteError(f"{found['rows']} pairs were read, and {facts.nnz} written: a fault of foretaste's")
    written.forget("raw")
    return Prepared(directory, known[0], known[1], users, items, pairs, facts)


def _sides(frame: DataFrame, user: str, item: str) -> list[tuple[str, bool]]:
    """The columns of users and items, and whether they are text; refuses what can't be ids."""
    if getattr(frame, "isStreaming", False):
        raise UnsupportedError("a stream never ends: learn from what it has written")
    if user == item:
        raise ParameterError(f"userCol and itemCol are both {user!r}", "itemCol", None, repr(item))
    sides = []
    for name in (user, item):
        fields = [field for field in frame.schema.fields if field.name == name]
        if not fields:
            raise DataError(f"there is no column {name!r}; there are {', '.join(frame.columns[:20])}", name)
        if len(fields) > 1:
            raise DataError(f"two columns are called {name!r}: give one another name", name)
        sides.append((name, _is_text(name, fields[0].dataType)))
    return sides


def _is_text(name: str, kind: Any) -> bool:
    from pyspark.sql import types

    if isinstance(kind, (types.ByteType, types.ShortType, types.IntegerType, types.LongType)):
        return False
    if isinstance(kind, (types.CharType, types.VarcharType)):
        return True
    if isinstance(kind, types.StringType):
        collation = getattr(kind, "collation", "UTF8_BINARY")
        if collation != "UTF8_BINARY":
            raise DataError(
                f"column {name} has the collation {collation}, by which ids that differ may be the same: "
                f'cast it, as col("{name}").cast("string collate UTF8_BINARY")',
                name,
            )
        return True
    said = kind.simpleString()
    if isinstance(kind, (types.FloatType, types.DoubleType, types.DecimalType)):
        raise DataError(
            f"column {name} is {said}, and ids are integers or text: did a missing value make your integers floats? "
            f'col("{name}").cast("bigint") makes them integers',
            name,
        )
    raise DataError(f"column {name} is {said}, and ids are integers or text", name)


def _positional(frame: DataFrame, sides: list[tuple[str, bool]]) -> DataFrame:
    """`user`, `item`, found by their places: names may hold dots, and differ by case alone."""
    from pyspark.sql import functions as f

    names = frame.columns
    by_place = frame.toDF(*(f"c{at}" for at in range(len(names))))
    return by_place.select(
        *(
            f.col(f"c{names.index(name)}").cast("string" if text else "bigint").alias(side)
            for side, (name, text) in zip(("user", "item"), sides, strict=True)
        )
    )


def _facts_of(side: str, text: bool) -> Column:
    """What is to be known of a column before its ids are numbered."""
    from pyspark.sql import functions as f

    column = f.col(side)
    facts = [f.count_if(column.isNull()).alias("nulls")]
    if text:
        facts.append(f.bool_and(_canonical(column)).alias("integers"))
        facts.append(f.count_if(column == "").alias("empty"))
        facts.append(f.count_if(column.rlike("[\\n\\r]")).alias("split"))
        facts.append(f.count_if(~f.is_valid_utf8(column)).alias("broken"))
    return f.struct(*facts).alias(side)


def _canonical(column: Column) -> Column:
    """Whether text is an integer of 64 bits that is printed as it was written."""
    from pyspark.sql import functions as f

    return f.coalesce(column.try_cast("bigint").cast("string") == column, f.lit(False))


def _numbered(written: _Written, pairs: DataFrame, side: str, known: Side) -> tuple[DataFrame, int]:
    """The ids of a side with their ranks, and how many there are."""
    from pyspark.sql import functions as f

    ordered = pairs.select(f.col(side).alias("id")).distinct().sort("id")
    places = ordered.withColumn("place", f.monotonically_increasing_id())
    places = written.table(f"{side}s-sorted", places, f"id {known.type}, place bigint")
    part = f.shiftright("place", _PLACE_BITS)
    sizes = places.groupBy(part.alias("part")).agg(f.count(f.lit(1)).alias("n")).sort("part").collect()
    before, offsets = 0, []
    for size in sizes:
        offsets.append((size["part"], before))
        before += size["n"]
    if before > _MOST:
        raise DataError(f"column {known.column} has {before} ids, and {_MOST} are the most", known.column)
    offset = places.sparkSession.createDataFrame(offsets, "part bigint, offset bigint")
    in_part = f.col("place").bitwiseAND(f.lit((1 << _PLACE_BITS) - 1))
    ranks = (
        places.withColumn("part", part)
        .join(f.broadcast(offset), "part")
        .select("id", (in_part + f.col("offset")).cast("int").alias("dense"))
    )
    table = written.table(f"{side}s", ranks, f"id {known.type}, dense int")
    written.forget(f"{side}s-sorted")
    return table, before


def _facts(pairs: DataFrame, users: DataFrame, items: DataFrame, n_users: int, n_items: int) -> Facts:
    import numpy as np
    from pyspark.sql import functions as f

    by_item = pairs.groupBy("i").agg(
        f.count(f.lit(1)).alias("n"), f.bit_xor(f.xxhash64("u", "i")).alias("sum")
    ).toArrow()
    counts = np.zeros(n_items, dtype=np.uint32)
    counts[by_item["i"].to_numpy()] = by_item["n"].to_numpy()
    sums = [int(np.bitwise_xor.reduce(by_item["sum"].to_numpy()))]
    for ids in (users, items):
        row = ids.agg(f.bit_xor(f.xxhash64("id", "dense"))).first()
        assert row is not None  # an aggregate without groups has a row
        sums.append(row[0])
    nnz = int(counts.sum(dtype=np.int64))
    # Whole numbers, whose sum is the same in any order.
    n = f.count(f.lit(1)).cast("double")
    of_users = pairs.groupBy("u").agg((n * n).alias("square")).agg(f.sum("square")).first()
    assert of_users is not None  # an aggregate without groups has a row
    text = json.dumps([n_users, n_items, nnz, *sums])
    checksum = hashlib.sha256(text.encode() + counts.astype("<u4").tobytes()).hexdigest()
    return Facts(n_users, n_items, nnz, counts, float(of_users[0]), checksum)


class _Written:
    """Tables below a directory, written and read back."""

    def __init__(self, session: SparkSession, directory: str) -> None:
        self._session = session
        self._directory = directory

    def table(self, name: str, frame: DataFrame, schema: str) -> DataFrame:
        path = spark_uri(join(self._directory, name), self._session)
        frame.write.mode("errorifexists").parquet(path)
        return self._session.read.schema(schema).parquet(path)

    def forget(self, name: str) -> None:
        remove(join(self._directory, name))


def _rows(count: int) -> str:
    return "a row is" if count == 1 else f"{count} rows are"


def _is_one_of(column: Column, numbers: list[int]) -> Column:
    """Whether a column has one of these numbers."""
    from pyspark.sql import functions as f

    if len(numbers) > 1000:  # more than a condition should name, and of most blocks' chunks not the fewest
        return f.lit(True)
    return column.isin(numbers)
