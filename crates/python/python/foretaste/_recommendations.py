"""Lists, as people and other libraries take them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from . import _native

if TYPE_CHECKING:
    from collections.abc import Iterator
    from typing import Any

__all__ = ["Recommendations"]

class Recommendations:
    """Lists of items (or of users) with scores, best first.

    Of one user, or one item, it is the list: iterating gives ``(id, score)``. Of several, iterating gives
    ``(subject, [(id, score), …])``, and ``recommendations[subject]`` is one of the lists. As a table it
    has the columns `user` (or what the lists are for), `rank` from 1, `item`, `score`; it is itself an
    Arrow stream (``polars.DataFrame(r)``, ``pyarrow.table(r)``, ``duckdb``).
    """

    def __init__(
        self,
        model: _native.Model,
        lists: list[_native.Lists],
        subjects: Any,
        *,
        single: bool = False,
        names: tuple[str, str] = ("user", "item"),
        finds: str = "item",
    ) -> None:
        self._model = model
        self._lists = lists
        self._single = single
        self._names = names
        self._finds = finds
        #: The ids that lists are for, one a list.
        self.subjects = subjects
        self._by_subject: dict[Any, int] | None = None

    def _joined(self, name: str) -> Any:
        import numpy as np

        parts = [getattr(lists, name) for lists in self._lists]
        kinds = {"lengths": np.uint32, "found": np.uint32, "scores": np.float32}
        return np.concatenate(parts) if parts else np.empty(0, kinds[name])

    @property
    def lengths(self) -> Any:
        """How long each list is: shape (lists,)."""
        return self._joined("lengths")

    @property
    def scores(self) -> Any:
        """All scores, list after list: shape (rows,), 32-bit floats."""
        return self._joined("scores")

    @property
    def ids(self) -> Any:
        """All ids that were found, list after list: an array of integers, or a list of text."""
        return self._model.ids(self._finds, self._joined("found"))

    def _all(self) -> list[list[tuple[Any, float]]]:
        ids, scores = self.ids, self.scores.tolist()
        ids = ids if isinstance(ids, list) else ids.tolist()
        rows, start = [], 0
        for length in self.lengths.tolist():
            rows.append(list(zip(ids[start : start + length], scores[start : start + length], strict=True)))
            start += length
        return rows

    def _keys(self) -> list[Any]:
        return self.subjects if isinstance(self.subjects, list) else self.subjects.tolist()

    def __len__(self) -> int:
        return int(self.lengths.sum()) if self._single else len(self.subjects)

    def __iter__(self) -> Iterator[Any]:
        rows = self._all()
        return iter(rows[0]) if self._single else iter(zip(self._keys(), rows, strict=True))

    def __getitem__(self, subject: Any) -> Any:
        """The list of a subject; of a single list, the row at a place."""
        if self._single:
            return self._all()[0][subject]
        if self._by_subject is None:
            self._by_subject = {key: at for at, key in enumerate(self._keys())}
        try:
            at = self._by_subject[subject]
        except KeyError:
            raise KeyError(f"there is no list for {subject!r}") from None
        lengths = self.lengths
        start = int(lengths[:at].sum())
        chosen = slice(start, start + int(lengths[at]))
        ids = self._model.ids(self._finds, self._joined("found")[chosen])
        ids = ids if isinstance(ids, list) else ids.tolist()
        return list(zip(ids, self.scores[chosen].tolist(), strict=True))

    def to_dict(self) -> dict[Any, list[tuple[Any, float]]]:
        """``{subject: [(id, score), …]}``."""
        return dict(zip(self._keys(), self._all(), strict=True))

    def to_ranx(self) -> dict[str, dict[str, float]]:
        """``{subject: {id: score}}`` with ids as text, which ``ranx.Run`` takes."""
        return {str(key): {str(item): score for item, score in row} for key, row in self.to_dict().items()}

    def to_pandas(self) -> Any:
        """A data frame of pandas; needs no pyarrow."""
        import numpy as np
        import pandas as pd

        lengths = self.lengths
        subject = np.repeat(np.arange(len(lengths)), lengths)
        keys = self.subjects
        keys = [keys[at] for at in subject.tolist()] if isinstance(keys, list) else keys[subject]
        starts = np.repeat(np.cumsum(lengths) - lengths, lengths)
        rank = np.arange(len(subject)) - starts + 1
        columns = {self._names[0]: keys, "rank": rank.astype(np.int32), self._names[1]: self.ids}
        return pd.DataFrame({**columns, "score": self.scores})

    def to_polars(self) -> Any:
        """A data frame of polars."""
        import polars as pl

        return pl.DataFrame(self)

    def to_arrow(self) -> Any:
        """A table of pyarrow."""
        import pyarrow as pa

        return pa.table(self)

    def __arrow_c_stream__(self, requested_schema: Any = None) -> Any:
        finds_users = self._finds == "user"
        return _native.stream(
            self._model, self._lists, self.subjects, self._names, finds_users, requested_schema
        )

    def __repr__(self) -> str:
        if self._single:
            shown = ", ".join(f"{item!r}: {score:.4g}" for item, score in list(self)[:10])
            return f"Recommendations({shown})"
        return f"Recommendations({len(self.subjects)} lists, {int(self.lengths.sum())} rows)"

    def _repr_html_(self) -> str:
        import html

        rows, left = [], 20
        for key, row in zip(self._keys(), self._all(), strict=True):
            for rank, (item, score) in enumerate(row[:left], 1):
                cells = (key, rank, item, f"{score:.4g}")
                rows.append("".join(f"<td>{html.escape(str(cell))}</td>" for cell in cells))
            left -= len(row)
            if left <= 0:
                break
        head = (self._names[0], "rank", self._names[1], "score")
        head_row = "".join(f"<th>{html.escape(name)}</th>" for name in head)
        body = "".join(f"<tr>{row}</tr>" for row in rows)
        more = int(self.lengths.sum()) - len(rows)
        foot = f"<p>and {more} rows more</p>" if more > 0 else ""
        return f"<table><thead><tr>{head_row}</tr></thead><tbody>{body}</tbody></table>{foot}"
