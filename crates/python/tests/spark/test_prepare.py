"""Ids are numbered as they are in one place, and blocks and placements are those of a straightforward computation."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import foretaste
import numpy as np
import pyarrow as pa
import pytest
from foretaste.errors import DataError, ParameterError, UnsupportedError
from foretaste.spark import _prepare
from foretaste.spark._prepare import Prepared, prepare


def prepared(frame: Any, folder: Path, user: str = "user", item: str = "item") -> Prepared:
    return prepare(frame, user, item, (folder / "data").as_uri())


def pairs_of(found: Any) -> list[tuple[int, int]]:
    table = found.toArrow()
    return sorted(zip(table["u"].to_pylist(), table["i"].to_pylist(), strict=True))


def ids_of(table: Any) -> list[Any]:
    """The ids in the order of their dense indices, which are 0, 1, …"""
    rows = sorted((dense, id_) for id_, dense in table.toArrow().to_pandas().itertuples(index=False))
    assert [dense for dense, _ in rows] == list(range(len(rows)))
    return [id_ for _, id_ in rows]


def local(users: list[Any], items: list[Any]) -> tuple[list[Any], list[Any]]:
    """Ids in dense order, by the engine."""
    data = foretaste.Interactions((users, items))._data
    return [list(data.ids(side)) for side in ("user", "item")]  # type: ignore[return-value]


# Beyond the plane of 16 bits, UTF-16 sorts otherwise than UTF-8; what looks like a number is text unless all are.
ODD = ["\U0001f375", "\ufb01", "é", "e\u0301", "z", " ", "a\0b", "a", "Z", "10", "9", "-1", "-10", "007"]
INTEGERS = ["10", "9", "-3", "0", "9223372036854775807", "-9223372036854775808", "100", "-20", "1", "-1"]
NEARLY = ["007", "+7", "7.0", "", " 7", "7 ", "-0", "9223372036854775808", "-9223372036854775809", "1e3", "0x1", "١",
          "-", "1_0", "7L", "00", "--1", "1-", "\t7", "7\0", "NaN", "true", "７"]  # fmt: skip


@pytest.mark.parametrize("ids", [ODD, INTEGERS, [*INTEGERS, "01"]], ids=["odd", "integers", "nearly integers"])
def test_text_is_numbered_as_the_engine_numbers_it(spark: Any, tmp_path: Path, ids: list[str]) -> None:
    users = [*ids, *reversed(ids)]
    items = ["x"] * len(ids) + ["y"] * len(ids)
    frame = spark.createDataFrame(pa.table({"user": users, "item": items})).repartition(3)
    found = prepared(frame, tmp_path)
    want, _ = local(users, items)
    got = ids_of(found.users)
    assert [str(one) for one in got] == [str(one) for one in want]
    assert found.user.integers == all(isinstance(one, int) for one in got)
    assert found.user.integers == (ids is INTEGERS)
    assert ids_of(found.items) == ["x", "y"]


@pytest.mark.parametrize("ansi", ["true", "false"])
def test_text_is_an_integer_if_it_is_printed_so(spark: Any, ansi: str) -> None:
    was = spark.conf.get("spark.sql.ansi.enabled")
    spark.conf.set("spark.sql.ansi.enabled", ansi)
    try:
        frame = spark.createDataFrame(pa.table({"id": INTEGERS + NEARLY}))
        found = frame.select(_prepare._canonical(frame["id"]).alias("is")).toArrow()["is"].to_pylist()
    finally:
        spark.conf.set("spark.sql.ansi.enabled", was)
    assert found == [True] * len(INTEGERS) + [False] * len(NEARLY)
    # As the engine has it: one that is none makes all of them text.
    for odd in NEARLY:
        if odd:
            assert local(["1", odd], ["x", "x"])[0] == sorted(["1", odd], key=str.encode)


def test_one_column_may_be_integers_and_the_other_text(spark: Any, tmp_path: Path) -> None:
    rows = pa.table({"user": pa.array([3, -5, 2**62], pa.int64()), "item": ["1", "10", "2"]})
    found = prepared(spark.createDataFrame(rows), tmp_path)
    assert ids_of(found.users) == [-5, 3, 2**62]
    assert ids_of(found.items) == [1, 2, 10]
    assert (found.user.text, found.user.integers, found.item.text, found.item.integers) == (False, True, True, True)
    assert pairs_of(found.pairs) == [(0, 2), (1, 0), (2, 1)]


@pytest.mark.parametrize("kind", ["tinyint", "smallint", "string"])
def test_ids_are_of_any_integer_type(spark: Any, tmp_path: Path, kind: str) -> None:
    frame = spark.createDataFrame([(7, -1), (5, 3), (7, -1)], "user int, item int")
    frame = frame.selectExpr("'odd' as `a.b`", f"cast(user as {kind}) `the.user`", f"cast(item as {kind}) ITEM")
    found = prepared(frame, tmp_path, "the.user", "ITEM")
    assert pairs_of(found.pairs) == [(0, 1), (1, 0)]
    assert ids_of(found.items) == [-1, 3]


def skewed(seed: int, rows: int) -> tuple[np.ndarray, np.ndarray]:
    draw = np.random.default_rng(seed)
    users = (draw.random(rows) ** 4 * 300).astype(np.int64) * 7 - 100
    items = (draw.random(rows) ** 2 * 90).astype(np.int64) * 3
    return users, items


@pytest.mark.parametrize("chunk", [1 << 3, 1 << 16])
def test_dense_pairs_counts_and_bounds_are_those_of_numpy(
    spark: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, chunk: int
) -> None:
    monkeypatch.setattr(_prepare, "_CHUNK", chunk)
    users, items = skewed(5, 4000)
    frame = spark.createDataFrame(pa.table({"user": users, "item": items, "other": items * 0.5})).repartition(5)
    found = prepared(frame, tmp_path)
    user_ids, u = np.unique(users, return_inverse=True)
    item_ids, i = np.unique(items, return_inverse=True)
    want = sorted(set(zip(u.tolist(), i.tolist(), strict=True)))
    assert pairs_of(found.pairs) == want
    assert ids_of(found.users) == user_ids.tolist()
    facts = found.facts
    assert (facts.n_users, facts.n_items, facts.nnz) == (len(user_ids), len(item_ids), len(want))
    assert facts.learnable and facts.active_users == facts.n_users
    assert facts.item_counts.dtype == np.uint32
    u, i = np.array(want).T
    assert facts.item_counts.tolist() == np.bincount(i).tolist()
    counts = np.bincount(u)
    starts = np.cumsum(counts) - counts
    for blocks in (1, 7, 500):
        shares = [facts.nnz * t // blocks for t in range(1, blocks)]
        assert found.bounds(shares).tolist() == [
            0, *(int(np.argmax(starts >= s)) if (starts >= s).any() else len(starts) for s in shares), len(starts)
        ]  # fmt: skip
    odd = [0, 0, 1, *starts[[1, 2, 9]].tolist(), facts.nnz - 1, facts.nnz, facts.nnz + 1]
    odd.sort()
    assert found.bounds(odd).tolist() == [0, *np.searchsorted(starts, odd).tolist(), len(starts)]


@pytest.mark.parametrize("workers", [1, 2, 5])
def test_each_worker_gets_the_pairs_of_its_blocks(spark: Any, tmp_path: Path, workers: int) -> None:
    users, items = skewed(9, 2000)
    found = prepared(spark.createDataFrame(pa.table({"user": users, "item": items})), tmp_path)
    blocks = 6
    bounds = found.bounds([found.facts.nnz * t // blocks for t in range(1, blocks)])
    cuts = [q * blocks // workers for q in range(workers + 1)]
    placed = found.placed(bounds, cuts)
    assert placed.dtypes == [("u", "int"), ("i", "int")]

    def where(batches: Any) -> Any:
        from pyspark import BarrierTaskContext

        part = BarrierTaskContext.get().partitionId()
        for batch in batches:
            parts = pa.array([part] * len(batch), pa.int32())
            yield pa.record_batch({"part": parts, "u": batch["u"], "i": batch["i"]})

    barrier = workers <= 2  # the session has two cores
    rows = placed.mapInArrow(where, "part int, u int, i int", barrier=barrier) if barrier else placed.selectExpr(
        "spark_partition_id() as part", "u", "i"
    )  # fmt: skip
    rows = rows.toArrow()
    for part, u in zip(rows["part"].to_pylist(), rows["u"].to_pylist(), strict=True):
        assert bounds[cuts[part]] <= u < bounds[cuts[part + 1]]
    got = sorted(zip(rows["u"].to_pylist(), rows["i"].to_pylist(), strict=True))
    assert got == pairs_of(found.pairs)


def test_the_checksum_is_of_the_pairs_and_not_of_their_order(spark: Any, tmp_path: Path) -> None:
    def checksum(name: str, users: list[int], items: list[int], parts: int) -> str:
        frame = spark.createDataFrame(pa.table({"user": users, "item": items})).repartition(parts)
        return prepared(frame, tmp_path / name).facts.checksum

    users, items = [1, 1, 2, 2, 3], [1, 2, 2, 3, 1]
    first = checksum("a", users, items, 1)
    assert first == checksum("b", users[::-1] + [1], items[::-1] + [1], 3)
    # The same counts, and other pairs; the same pairs, and another id.
    assert first != checksum("c", users, [1, 2, 2, 1, 3], 1)
    assert first != checksum("d", [1, 1, 2, 2, 4], items, 1)


def test_nothing_is_computed_again_that_was_drawn(spark: Any, tmp_path: Path) -> None:
    frame = spark.range(500).selectExpr("cast(rand() * 100 as int) as user", "cast(rand() * 30 as int) as item")
    found = prepared(frame, tmp_path)
    assert pairs_of(found.pairs) == pairs_of(found.pairs)
    assert len(pairs_of(found.pairs)) == found.facts.nnz
    assert sorted(path.name for path in (tmp_path / "data").iterdir()) == ["items", "pairs", "users"]


def test_users_with_all_items_leave_nothing_to_learn(spark: Any, tmp_path: Path) -> None:
    frame = spark.createDataFrame([(1, 1), (1, 2), (2, 1), (2, 2)], "user int, item int")
    assert not prepared(frame, tmp_path).facts.learnable


@pytest.mark.parametrize(
    ("select", "error", "says"),
    [
        ("cast(id as double) user, id item", DataError, "column user is double.*did a missing value make your"),
        ("id user, cast(id as decimal(20, 0)) item", DataError, r"column item is decimal\(20,0\)"),
        ("id user, cast(id as boolean) item", DataError, "column item is boolean, and ids are integers or text"),
        ("id user, current_timestamp() item", DataError, "column item is timestamp"),
        ("array(id) user, id item", DataError, "column user is array<bigint>"),
        ("id user, cast('x' as string collate utf8_lcase) item", DataError, "collation UTF8_LCASE.*cast it"),
        ("id person, id item", DataError, "no column 'user'; there are person, item"),
        ("id user, 1 user, id item", DataError, "two columns are called 'user'"),
        ("if(id = 3, null, id) user, id item", DataError, r"column user: a row is without an id \(null\)"),
        ("id user, if(id > 3, null, 'x') item", DataError, r"column item: 6 rows are without an id"),
        ("id user, cast(X'ff41' as string) item", DataError, "column item: an id that is no UTF-8 in 10 of 10 pairs"),
        ("id user, if(id > 7, '', 'x') item", DataError, "column item: an empty id in 2 of 10 pairs"),
        ("concat(id, '\\n') user, id item", DataError, "column user: an id with a line break"),
    ],
)
def test_what_has_no_ids_is_refused(
    spark: Any, tmp_path: Path, select: str, error: type[Exception], says: str
) -> None:
    frame = spark.range(10).selectExpr(*_split(select))
    with pytest.raises(error, match=says):
        prepared(frame, tmp_path)


def _split(select: str) -> list[str]:
    """At commas outside of brackets."""
    parts, depth = [""], 0
    for letter in select:
        depth += (letter == "(") - (letter == ")")
        if letter == "," and not depth:
            parts.append("")
        else:
            parts[-1] += letter
    return parts


def test_no_rows_streams_and_one_column_for_both_are_refused(spark: Any, tmp_path: Path) -> None:
    frame = spark.createDataFrame([], "user int, item int")
    with pytest.raises(DataError, match="no row"):
        prepared(frame, tmp_path)
    with pytest.raises(ParameterError, match="both 'user'"):
        prepared(frame, tmp_path, "user", "user")
    stream = spark.readStream.format("rate").load()
    with pytest.raises(UnsupportedError, match="stream"):
        prepared(stream, tmp_path)
