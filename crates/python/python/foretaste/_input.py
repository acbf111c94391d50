"""From what Python has to what the engine learns from."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from . import _native
from ._columns import column, is_pandas
from .errors import DataError, ParameterError

if TYPE_CHECKING:
    from collections.abc import Sequence
    from typing import Any

__all__ = ["Interactions", "read", "refuse_transposed", "unused_values"]

_NAMES = {"user": "user", "item": "item", "weight": "weight", "time": "time"}


class Interactions:
    """Interactions that are read once, to be learnt from or tested on many times.

    Parameters
    ----------
    data:
        A path of a file, a SciPy sparse matrix or array (users × items), a tuple of columns
        ``(users, items[, weights[, times]])``, or a frame: pandas, polars, pyarrow, duckdb, anything
        with ``__arrow_c_stream__``.
    user, item, weight, time:
        Names of columns (of a file also numbers, from 1). Users and items are found by the usual names
        (``user``, ``userId``, ``movie_id``, …) where none are given. Of a matrix, ``weight=True`` takes
        its values. Weights are above 0; those of a repeated pair add up.
    weight_as:
        What a weight r counts in training: ``"linear"``, ``"log1p"`` or ``"log1p:EPS"``.
    positive:
        Which rows are positive feedback: ``"rating>=4"``, ``"event=buy,cart"``. What does not pass was
        seen: nothing is learnt from it, and lists leave it out.
    event, feedback:
        A column that says which feedback a row is, and the feedbacks' names, weakest first, as
        ``["view", "cart", "buy"]``: the last is what is recommended for.
    item_features, user_features:
        ``(ids, vectors)`` of one row an id, vectors of shape (ids, width); or an array of a row an item
        for a matrix.
    item_tags, user_tags:
        ``(ids, tags)``: two columns of the same length.
    on_null:
        What to do about rows without an id: ``"raise"`` or ``"skip"``.
    """

    __slots__ = ("_data",)

    def __init__(
        self,
        data: Any,
        *,
        user: Any = None,
        item: Any = None,
        weight: Any = None,
        weight_as: str = "linear",
        time: Any = None,
        positive: str | None = None,
        event: str | None = None,
        feedback: Sequence[str] | None = None,
        item_features: Any = None,
        user_features: Any = None,
        item_tags: Any = None,
        user_tags: Any = None,
        on_null: str = "raise",
    ) -> None:
        read = _read(data, user, item, weight, time, positive, event, feedback, on_null)
        if weight_as != "linear":
            read = read.weighed(weight_as)
        for side, features in (("item", item_features), ("user", user_features)):
            if features is not None:
                read = _with_features(read, side, features)
        for side, tags in (("item", item_tags), ("user", user_tags)):
            if tags is not None:
                ids, words = _pair(tags, f"{side}_tags", "(ids, tags)")
                read = read.with_tags(side, column(ids, side), column(words, "tag"))
        self._data = read

    @property
    def n_users(self) -> int:
        """Number of users."""
        return self._data.n_users

    @property
    def n_items(self) -> int:
        """Number of items."""
        return self._data.n_items

    @property
    def nnz(self) -> int:
        """Number of pairs of a user and an item."""
        return self._data.nnz

    @property
    def feedback(self) -> list[str]:
        """The names of the feedbacks, weakest first; empty if there is one."""
        return self._data.feedback

    @property
    def facts(self) -> dict[str, int]:
        """What was done to the rows: how many were repeats, skipped, left out."""
        return dict(self._data.facts)

    @property
    def fingerprint(self) -> str:
        """Checksum of ids and interactions, which models keep."""
        return self._data.fingerprint

    def __repr__(self) -> str:
        return f"Interactions({self.nnz} of {self.n_users} users and {self.n_items} items)"


def read(data: Any, **how: Any) -> _native.Data:
    """What is to be learnt from: `data` itself if it is read already."""
    if isinstance(data, _native.Data):
        return data
    if isinstance(data, Interactions):
        given = sorted(name for name, value in how.items() if value not in (None, "raise", "linear"))
        if given:
            raise ParameterError(
                f"{given[0]} must be said to Interactions(…), which has read the data already",
                given[0],
            )
        return data._data
    return Interactions(data, **how)._data


def _read(
    data: Any,
    user: Any,
    item: Any,
    weight: Any,
    time: Any,
    positive: str | None,
    event: str | None,
    feedback: Sequence[str] | None,
    on_null: str,
) -> _native.Data:
    if on_null not in ("raise", "skip"):
        raise ParameterError(
            f'on_null must be "raise" or "skip", not {on_null!r}', "on_null", '"raise" or "skip"', repr(on_null)
        )
    skip = on_null == "skip"
    if isinstance(data, (str, os.PathLike)):
        if feedback is not None:
            raise TypeError("feedback= is of frames: read the file into one, or name the columns")
        return _of_file(data, user, item, weight, time, positive, skip)
    if _is_sparse(data):
        return _of_matrix(data, weight)
    reading = {
        **_NAMES,
        "weight": None,
        "time": None,
        "positive": positive,
        "event": event,
        "feedback": None if feedback is None else [str(name) for name in feedback],
        "skip_missing": skip,
    }
    if feedback is not None and event is None:
        raise ParameterError("event must be the column that says which feedback a row is", "event")
    if isinstance(data, (tuple, list)):
        return _of_tuple(data, reading)
    named = {"weight": weight, "time": time, **_sides(_names_of(data), user, item)}
    reading.update({role: None if name is None else str(name) for role, name in named.items()})
    wanted = [named["user"], named["item"], weight, time, _mark(positive, event)]
    return _of_frame(data, [name for name in wanted if name is not None], reading)


def unused_values(data: Any) -> str | None:
    """What is to be said of a matrix whose values nobody asked for, if they are not all the same."""
    if not _is_sparse(data) or not data.nnz or data.format not in ("csr", "csc", "coo", "bsr"):
        return None
    if data.data.min() == data.data.max():
        return None
    return "the values of the matrix are not used: weight=True takes them as weights"


def refuse_transposed(data: Any, n_users: int, n_items: int) -> None:
    """Refuses a matrix that fits when it is turned, and not as it is."""
    if _is_sparse(data) and data.shape != (n_users, n_items) and data.shape == (n_items, n_users):
        raise DataError(f"the matrix is {n_items} × {n_users}, of {n_users} users: it is transposed")


def _mark(positive: str | None, event: str | None) -> str | None:
    """The column that a rule is about."""
    if positive is None:
        return event
    places = [positive.find(sign) for sign in "<>=" if sign in positive]
    return positive[: min(places)].strip() if places else None


def _is_sparse(data: Any) -> bool:
    return hasattr(data, "tocsr") and hasattr(data, "shape") and hasattr(data, "nnz")


def _of_file(
    path: Any, user: Any, item: Any, weight: Any, time: Any, positive: str | None, skip: bool
) -> _native.Data:
    roles = {"user": user, "item": item, "rating": weight, "time": time}
    columns = ",".join(f"{role}={name}" for role, name in roles.items() if name is not None)
    if os.path.isdir(path):
        raise IsADirectoryError(f"{os.fspath(path)} is a folder: name the file in it, as {os.path.join(os.fspath(path), 'train.csv')}")
    return _native.Data.of_file(
        os.fspath(path), columns or None, positive, weight is not None, time is not None, skip
    )


def _of_matrix(matrix: Any, weight: Any) -> _native.Data:
    import numpy as np

    if matrix.ndim != 2:
        raise DataError(f"the matrix has {matrix.ndim} dimensions, not users × items")
    if isinstance(weight, str):
        raise ParameterError("weight must be True to take the values of a matrix", "weight", "True", weight)
    if matrix.format not in ("csr", "coo"):
        matrix = matrix.tocsr()
    values = matrix.data
    if values.dtype.kind not in "biuf":
        raise DataError(f"values of type {values.dtype} are no interactions")
    if values.dtype.kind in "if" and values.size and (values < 0).any():
        raise DataError("the matrix has negative values: of what was disliked nothing can be learnt here")
    kept = values != 0
    if values.dtype.kind == "f":
        kept &= ~np.isnan(values)
    if not kept.all():
        matrix = matrix.tocoo()
        matrix = type(matrix)((values[kept], (matrix.row[kept], matrix.col[kept])), shape=matrix.shape)
    weights = np.ascontiguousarray(matrix.data, dtype=np.float32) if weight else None
    if matrix.format == "csr":
        return _native.Data.of_csr(_index(matrix.indptr), _index(matrix.indices), weights, matrix.shape)
    return _native.Data.of_coo(_index(matrix.row), _index(matrix.col), weights, matrix.shape)


def _index(indices: Any) -> Any:
    import numpy as np

    kind = np.int32 if indices.dtype.itemsize <= 4 else np.int64
    return np.ascontiguousarray(indices, dtype=kind)


def _of_tuple(columns: Any, reading: dict[str, Any]) -> _native.Data:
    if not 2 <= len(columns) <= 4:
        raise DataError(
            f"{len(columns)} columns: give (users, items), and weights and times behind them if there are such"
        )
    if reading["positive"] or reading["feedback"]:
        raise ParameterError("positive= and feedback= need a frame, whose columns have names", "positive")
    names = list(_NAMES)[: len(columns)]
    given = [column(one, name) for one, name in zip(columns, names, strict=True)]
    users, items, weights, times = given + [None] * (4 - len(given))
    reading["weight"] = None if weights is None else "weight"
    reading["time"] = None if times is None else "time"
    return _native.Data.of_columns(users, items, weights, times, None, reading)


def _names_of(data: Any) -> list[Any]:
    """The names of a frame's columns."""
    kind = f"{type(data).__module__}.{type(data).__qualname__}"
    if data is None:
        raise TypeError("None is no data")
    if "LazyFrame" in kind:
        raise TypeError("a LazyFrame has no rows yet: .collect() makes a frame of it")
    if kind.startswith("pyspark"):
        raise TypeError("a frame of Spark is not here: .toPandas() or .toArrow() brings it")
    if hasattr(data, "column_names"):  # pyarrow
        return list(data.column_names)
    if hasattr(data, "columns"):  # pandas, polars, duckdb
        return list(data.columns)
    if hasattr(data, "schema") and hasattr(data, "__arrow_c_stream__"):  # a reader
        return list(getattr(data.schema, "names", []))
    if hasattr(data, "__arrow_c_stream__"):
        return []
    if isinstance(data, dict):
        raise TypeError("a dict is no data: make a frame of it, or a tuple (users, items)")
    if hasattr(data, "ndim"):
        raise TypeError("a dense array is no data: scipy.sparse.csr_array(…) makes a matrix of it")
    raise TypeError(f"{kind} is no data: a path, a sparse matrix, (users, items) or a frame is")


def _sides(names: list[Any], user: Any, item: Any) -> dict[str, Any]:
    """The columns of users and items: those that are said, or else by their names."""
    for given in (user, item):
        if given is not None and names and given not in names:
            raise DataError(f"there is no column {given!r}; there are {_listed(names)}", str(given))
    texts = [str(name) for name in names]
    found = dict(zip(("user", "item"), _native.named_columns(texts), strict=True))
    sides = {}
    for side, given in (("user", user), ("item", item)):
        if given is not None or not names:
            sides[side] = side if given is None else given
        elif (name := found[side]) is None:
            raise DataError(f"no column is known to be the {side}: say {side}=, one of {_listed(names)}")
        else:
            sides[side] = names[texts.index(name)]
    return sides


def _listed(names: list[Any]) -> str:
    return ", ".join(str(name) for name in names[:20]) + (", …" if len(names) > 20 else "")


def _of_frame(data: Any, wanted: list[Any], reading: dict[str, Any]) -> _native.Data:
    names = _names_of(data)
    for name in wanted:
        if names and name not in names:
            raise DataError(f"there is no column {name!r}; there are {_listed(names)}", str(name))
        if names.count(name) > 1:
            raise DataError(f"two columns are called {name!r}: give one another name", str(name))
    if is_pandas(data):
        roles = [reading[role] for role in _NAMES]
        roles.append(_mark(reading["positive"], reading["event"]))
        by_text = {str(name): name for name in data.columns}
        columns = [None if name is None else column(data[by_text[name]], name) for name in roles]
        users, items, weights, times, marks = columns
        return _native.Data.of_columns(users, items, weights, times, marks, reading)
    # What is not needed is not converted, which may fail, or be large.
    distinct = list(dict.fromkeys(wanted))
    if hasattr(data, "select") and names:
        data = data.select(distinct) if not _is_duckdb(data) else data.project(*distinct)
    if not hasattr(data, "__arrow_c_stream__"):
        raise TypeError(f"{type(data).__qualname__} has no __arrow_c_stream__, and is no data")
    return _native.Data.of_stream(data, reading)


def _is_duckdb(data: Any) -> bool:
    return "duckdb" in type(data).__module__


def _pair(given: Any, name: str, form: str) -> tuple[Any, Any]:
    try:
        first, second = given
    except (TypeError, ValueError):
        raise DataError(f"{name} is a pair {form}", name) from None
    return first, second


def _with_features(data: _native.Data, side: str, features: Any) -> _native.Data:
    import numpy as np

    if hasattr(features, "ndim") and features.ndim == 2:
        ids, vectors = np.arange(len(features)), features
    else:
        ids, vectors = _pair(features, f"{side}_features", "(ids, vectors)")
    vectors = np.ascontiguousarray(vectors, dtype=np.float32)
    if vectors.ndim != 2:
        raise DataError(f"{side}_features: vectors have 2 dimensions, ids × width, not {vectors.ndim}")
    return data.with_vectors(side, column(ids, side), vectors)
