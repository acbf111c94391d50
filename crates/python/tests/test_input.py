"""Every way in gives the same model, and the command line's bytes; what can't be read says why."""

from __future__ import annotations

import copy
import pickle
import warnings
from pathlib import Path
from typing import Any

import foretaste
import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest
import scipy.sparse as sp
from foretaste.errors import DataError, ParameterError

from conftest import Sample, trained


def bpr(threads: int = 1, **given: Any) -> foretaste.BPR:
    return foretaste.BPR(factors=8, epochs=4, threads=threads, **given)


def bytes_of(model: foretaste.Estimator) -> bytes:
    return bytes(model._fitted().to_bytes())


def ways(sample: Sample) -> dict[str, Any]:
    users, items, ratings = sample
    columns = {"rating": ratings, "user": users, "item": items}
    frame = pd.DataFrame(columns)
    return {
        "columns": (users, items),
        "lists": (users.tolist(), items.tolist()),
        "small integers": (users.astype(np.int16), items.astype(np.uint16)),
        "big-endian": (users.astype(">i8"), items.astype(">i4")),
        "not contiguous": (np.repeat(users, 2)[::2], np.repeat(items, 3)[::3]),
        "unsigned": (users.astype(np.uint64), items.astype(np.uint32)),
        "pandas": frame,
        "pandas, 32 bits": frame.astype({"user": "int32", "item": "int32"}),
        "pandas, nullable": frame.astype({"user": "Int64", "item": "Int32"}),
        "pandas, odd column": frame.assign(odd=[object()] * len(frame)),
        "polars": pl.DataFrame(columns),
        "polars, columns": (pl.Series(users), pl.Series(items)),
        "pyarrow": pa.table(columns),
        "pyarrow, batches": pa.Table.from_batches(pa.table(columns).to_batches(max_chunksize=100)),
        "a reader": pa.table(columns).to_reader(max_chunksize=64),
        "a batch": pa.table(columns).combine_chunks().to_batches()[0],
        "interactions": foretaste.Interactions(frame),
        "frozen": _frozen(sample),
    }


def _frozen(sample: Sample) -> tuple[np.ndarray, np.ndarray]:
    users, items = sample.users.copy(), sample.items.copy()
    users.flags.writeable = items.flags.writeable = False
    return users, items


def test_every_way_in_gives_the_same_bytes(sample: Sample, csv: Path) -> None:
    expected = bytes_of(bpr().fit(csv))
    for name, data in ways(sample).items():
        assert bytes_of(bpr(2).fit(data)) == expected, name


def test_the_command_line_writes_the_same_bytes(sample: Sample, csv: Path, cli: Path, tmp_path: Path) -> None:
    flags = ["--model", "bpr", "--factors", "8", "--epochs", "4"]
    expected = trained(cli, csv, tmp_path, *flags)
    model = bpr().fit(pd.DataFrame(dict(zip(("user", "item", "rating"), sample, strict=True))))
    assert bytes_of(model) == expected
    assert bytes_of(pickle.loads(pickle.dumps(model))) == expected
    model.save(tmp_path / "python.model")
    assert (tmp_path / "python.model").read_bytes() == expected
    assert foretaste.load(tmp_path / "cli.model").get_params() == model.set_params(threads=0).get_params()


def test_rules_and_validation_are_the_command_lines(
    sample: Sample, csv: Path, cli: Path, tmp_path: Path
) -> None:
    flags = ["--model", "bpr", "--set", "factors=8,epochs=6,patience=1", "--positive", "rating>=3"]
    expected = trained(cli, csv, tmp_path, *flags, "--valid", "0.2", "--validate-every", "2")
    frame = pl.DataFrame({"user": sample.users, "item": sample.items, "rating": sample.ratings})
    model = foretaste.BPR(factors=8, epochs=6, patience=1)
    model.fit(frame, positive="rating>=3", valid=0.2, validate_every=2)
    assert bytes_of(model) == expected


def test_weights_are_the_command_lines(sample: Sample, csv: Path, cli: Path, tmp_path: Path) -> None:
    flags = ["--model", "ials", "--set", "factors=4,epochs=2", "--weight", "rating", "--weight-as", "log1p"]
    expected = trained(cli, csv, tmp_path, *flags)
    frame = pd.DataFrame({"user": sample.users, "item": sample.items, "rating": sample.ratings})
    model = foretaste.IALS(factors=4, epochs=2).fit(frame, weight="rating", weight_as="log1p")
    assert bytes_of(model) == expected


@pytest.mark.parametrize("kind", [sp.csr_matrix, sp.csr_array, sp.coo_matrix, sp.coo_array, sp.csc_array])
@pytest.mark.parametrize("index", [np.int32, np.int64])
def test_matrices_are_rows_of_users(sample: Sample, kind: Any, index: Any) -> None:
    users, items = (sample.users - 1) // 3, sample.items - 500
    expected = bytes_of(bpr().fit((users, items)))
    matrix = kind((np.ones(len(users)), (users, items)), shape=(120, 80))
    for name in ("indices", "indptr", "row", "col"):
        if hasattr(matrix, name) and name in matrix.__dict__:
            setattr(matrix, name, getattr(matrix, name).astype(index))
    assert bytes_of(bpr().fit(matrix)) == expected


def test_empty_rows_of_a_matrix_stay_and_zeros_are_nothing() -> None:
    matrix = sp.csr_array(np.array([[1.0, 0.0, 2.0], [0.0, 0.0, 0.0], [1.0, 3.0, 0.0], [0.0, 0.0, 0.0]]))
    matrix.data[0] = 0.0
    model = foretaste.Popularity().fit(matrix)
    assert model.users_.tolist() == [0, 1, 2, 3]
    assert len(model.recommend(0)) == 2
    matrix.data[1] = np.nan
    assert len(foretaste.Popularity().fit(matrix).recommend(0)) == 3


def test_ids_come_back_as_they_were_given() -> None:
    numbers = foretaste.Popularity().fit(([-7, 2**40, 3], [5, 6, 7]))
    assert numbers.users_.tolist() == [-7, 3, 2**40]
    assert [type(item) for item, _ in numbers.recommend(3)] == [int, int]
    texts = foretaste.Popularity().fit((["-7", "8", "8"], ["5", "6", "007"]))
    for model in (texts, pickle.loads(pickle.dumps(texts)), copy.deepcopy(texts)):
        assert model.users_ == ["-7", "8"]
        assert {item for item, _ in model.recommend("-7")} == {"6", "007"}
    numeric = foretaste.Popularity().fit((["1", "2"], ["30", "4"]))
    assert [item for item, _ in numeric.recommend("1")] == ["4"]
    assert pickle.loads(pickle.dumps(numeric)).items_ == ["4", "30"]
    large = foretaste.Popularity().fit((np.array([2**63, 1], np.uint64), [1, 2]))
    assert list(large.users_) == [1, 2**63]
    assert len(large.recommend(2**63)) == 1


def test_text_of_every_kind(tmp_path: Path) -> None:
    users, items = ["b", "a", "b", "é"], ["x", "y", "y", "x"]
    unused = pd.Categorical(items, categories=["unused", "x", "y", "z"])
    frames = {
        "objects": pd.DataFrame({"user": users, "item": items}, dtype=object),
        "str": pd.DataFrame({"user": users, "item": items}),
        "categories": pd.DataFrame({"user": pd.Categorical(users), "item": unused}),
        "views": pl.DataFrame({"user": users, "item": items}),
        "polars' categories": pl.DataFrame({"user": users, "item": pl.Series(items, dtype=pl.Categorical)}),
        "large": pa.table({"user": pa.array(users, pa.large_string()), "item": pa.array(items)}),
        "dictionary": pa.table({"user": pa.array(users).dictionary_encode(), "item": items}),
        "NumPy": (np.array(users), np.array(items)),
    }
    expected = bytes_of(foretaste.Popularity().fit((users, items)))
    for name, data in frames.items():
        model = foretaste.Popularity().fit(data)
        assert bytes_of(model) == expected, name
        assert model.items_ == ["x", "y"], name


def test_feedbacks_by_a_column_of_events(sample: Sample) -> None:
    events = np.array(["view", "cart", "buy", "other"])[sample.ratings % 4]
    frame = pd.DataFrame({"user": sample.users, "item": sample.items, "event": events})
    data = foretaste.Interactions(frame, event="event", feedback=["view", "cart", "buy"])
    assert data.feedback == ["view", "cart", "buy"]
    assert data.facts["left_out"] == int((events == "other").sum())
    model = foretaste.GNOLR(factors=48, epochs=2).fit(data)
    assert model.info_["training"]["feedback"]["names"] == ["view", "cart", "buy"]
    union = foretaste.BPR(factors=4, epochs=1).fit(data, feedback_as="union")
    assert union.info_["training"]["feedback"]["as"] == "union"


def test_features_of_items(sample: Sample) -> None:
    items = np.unique(sample.items)
    tags = (np.concatenate([items, items]), [f"t{n % 2}" for n in items] + ["all"] * len(items))
    model = foretaste.SESA(epochs=2, min_items=2)
    model.fit((sample.users, sample.items), item_tags=tags)
    explained = model.explain(1, 501)
    assert {name for name, _ in explained.terms} <= {"t0", "t1", "all", "rest"} | {n for n, _ in explained.terms}
    vectors = np.random.default_rng(1).normal(size=(len(items), 6))
    foretaste.AlphaRec(epochs=1).fit((sample.users, sample.items), item_features=(items, vectors))
    with pytest.raises(DataError, match="vectors"):
        foretaste.AlphaRec().fit((sample.users, sample.items), item_features=(items[1:], vectors))


BAD: dict[str, tuple[Any, type[Exception], str]] = {
    "None": (None, TypeError, "None is no data"),
    "a dict": ({"user": [1], "item": [1]}, TypeError, "a frame"),
    "a lazy frame": (pl.LazyFrame({"user": [1], "item": [2]}), TypeError, "collect"),
    "a dense array": (np.ones((2, 2)), TypeError, "sparse"),
    "a number": (3, TypeError, "no data"),
    "one column": (([1, 2],), DataError, "columns"),
    "floats with NaN": ((np.array([1.0, np.nan]), [1, 2]), DataError, "missing value made"),
    "floats": ((np.array([1.0, 2.0]), [1, 2]), DataError, "floats are no ids"),
    "None among ids": (([1, None], [1, 2]), DataError, "row 1"),
    "mixed": (([1, "a"], [1, 2]), DataError, "integers and text"),
    "truths": (([True, False], [1, 2]), DataError, "no id"),
    "bytes": (([b"a", b"b"], [1, 2]), DataError, "no id"),
    "objects": (([object(), 1], [1, 2]), DataError, "no id"),
    "huge": (([2**70], [1]), DataError, "64 bits"),
    "empty text": ((["", "a"], [1, 2]), DataError, "empty id"),
    "a line break": ((["a\nb"], [1]), DataError, "line break"),
    "a lone surrogate": ((["\ud800"], [1]), DataError, "no text"),
    "unequal": (([1, 2], [1]), DataError, "1 values"),
    "two dimensions": ((np.ones((2, 2), int), [1, 2]), DataError, "dimensions"),
    "no rows": (([], []), DataError, "nothing to learn"),
    "an empty frame": (pd.DataFrame({"user": [], "item": []}), DataError, "no|nothing"),
    "columns of one name": (pd.DataFrame([[1, 2, 3]], columns=["user", "item", "user"]), DataError, "two columns"),
    "nameless columns": (pd.DataFrame({"a": [1], "b": [2]}), DataError, "user="),
    "nulls of Arrow": (pa.table({"user": [1, None], "item": [1, 2]}), DataError, "on_null"),
    "nulls of pandas": (pd.DataFrame({"user": pd.array([1, None], "Int64"), "item": [1, 2]}), DataError, "row 1"),
    "negative values": (sp.csr_array(np.array([[1, -1]])), DataError, "negative"),
    "complex values": (sp.csr_array(np.array([[1j]])), DataError, "complex"),
    "no file": ("/nowhere/at/all.csv", FileNotFoundError, "no such file"),
    "a folder": (".", IsADirectoryError, "folder"),
}


@pytest.mark.parametrize("name", BAD)
def test_bad_data_says_what_is_wrong(name: str) -> None:
    data, error, what = BAD[name]
    with pytest.raises(error, match=what):
        foretaste.Popularity().fit(data)


def test_rows_without_ids_are_skipped_if_that_is_said() -> None:
    frame = pl.DataFrame({"user": [1, None, 2, 3], "item": ["a", "b", None, "a"]})
    data = foretaste.Interactions(frame, on_null="skip")
    assert (data.nnz, data.facts["skipped"]) == (2, 2)
    assert data.n_items == 1


def test_weights_are_above_0() -> None:
    for weights in ([1.0, 0.0], [1.0, -1.0], [1.0, float("nan")], [1.0, float("inf")]):
        with pytest.raises(DataError, match="row 1"):
            foretaste.IALS().fit(([1, 2], [1, 2], weights))
    with pytest.raises(ParameterError, match="weight_as"):
        foretaste.IALS().fit(([1, 2], [1, 2], [1, 2]), weight_as="square")


def test_parameters_are_told_by_their_names_here() -> None:
    for given, what in (
        ({"random_state": -1}, "random_state must be at least 0"),
        ({"factors": 8.5}, "factors must be from 1 to 4096, not 8.5"),
        ({"steps": "adam"}, "steps must be `sgd` or `adagrad`"),
        ({"lr": float("nan")}, "lr must be"),
    ):
        with pytest.raises(ParameterError, match=what) as wrong:
            foretaste.BPR(**given).fit(([1], [2]))
        assert wrong.value.name == next(iter(given))
    with pytest.raises(DataError, match="item_features= has them"):
        foretaste.AlphaRec().fit(([1, 1], [2, 3]))


def test_a_reader_is_read_once(sample: Sample) -> None:
    reader = pa.table({"user": sample.users, "item": sample.items}).to_reader()
    foretaste.Popularity().fit(reader)
    with pytest.raises((DataError, ValueError, TypeError)):
        foretaste.Popularity().fit(reader)


def test_duckdb_relations(sample: Sample) -> None:
    duckdb = pytest.importorskip("duckdb")
    frame = pd.DataFrame({"user": sample.users, "item": sample.items, "more": "x"})
    relation = duckdb.sql("select * from frame")
    assert bytes_of(bpr().fit(relation)) == bytes_of(bpr().fit(frame))


def test_pandas_without_pyarrow(sample: Sample, monkeypatch: pytest.MonkeyPatch) -> None:
    import importlib.util

    find = importlib.util.find_spec
    monkeypatch.setattr(importlib.util, "find_spec", lambda name, *a: None if name == "pyarrow" else find(name, *a))
    users = [f"u{n}" for n in sample.users]
    frame = pd.DataFrame({"user": pd.Categorical(users), "item": sample.items})
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        model = bpr().fit(frame)
    assert bytes_of(model) == bytes_of(bpr().fit((users, sample.items)))
    assert list(model.recommend(users[0]).to_pandas().columns) == ["user", "rank", "item", "score"]
