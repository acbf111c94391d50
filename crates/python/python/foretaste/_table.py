"""Tables of results, for whichever library of frames there is."""

from __future__ import annotations

from typing import TYPE_CHECKING

from . import _native

if TYPE_CHECKING:
    from collections.abc import Iterator
    from typing import Any

__all__ = ["Table"]

# Of a table, so many rows are shown.
_SHOWN = 20


class Table:
    """Columns of equal length by name, each an array of NumPy or a list.

    It is itself an Arrow stream: ``polars.DataFrame(t)``, ``pyarrow.table(t)`` and duckdb take it.
    """

    def __init__(self, columns: dict[str, Any]) -> None:
        self._columns = columns

    @property
    def columns(self) -> list[str]:
        """The names of the columns."""
        return list(self._columns)

    def __len__(self) -> int:
        return len(next(iter(self._columns.values()), ()))

    def __getitem__(self, name: str) -> Any:
        """A column."""
        try:
            return self._columns[name]
        except KeyError:
            raise KeyError(f"there is no column {name!r}; there are {', '.join(self._columns)}") from None

    def rows(self) -> Iterator[dict[str, Any]]:
        """The rows, each a dict by the names of the columns."""
        lists = self.to_dict()
        for row in zip(*lists.values(), strict=True):
            yield dict(zip(lists, row, strict=True))

    def to_dict(self) -> dict[str, list[Any]]:
        """The columns as lists."""
        return {name: _listed(column) for name, column in self._columns.items()}

    def to_pandas(self) -> Any:
        """A data frame of pandas; needs no pyarrow."""
        import pandas as pd

        return pd.DataFrame(self._columns)

    def to_polars(self) -> Any:
        """A data frame of polars."""
        import polars as pl

        return pl.DataFrame(self)

    def to_arrow(self) -> Any:
        """A table of pyarrow."""
        import pyarrow as pa

        return pa.table(self)

    def __arrow_c_stream__(self, requested_schema: Any = None) -> Any:
        return _native.stream_columns(list(self._columns.items()), requested_schema)

    def __repr__(self) -> str:
        lines = [list(self._columns), *_cells(self)]
        widths = [max(len(cell) for cell in column) for column in zip(*lines, strict=True)]
        text = ("  ".join(cell.rjust(width) for cell, width in zip(row, widths, strict=True)) for row in lines)
        more = len(self) - _SHOWN
        return "\n".join([*text, *([f"and {more} rows more"] if more > 0 else [])])

    def _repr_html_(self) -> str:
        more = len(self) - _SHOWN
        foot = f"<p>and {more} rows more</p>" if more > 0 else ""
        return page(list(self._columns), _cells(self)) + foot


def _listed(column: Any) -> list[Any]:
    return list(column) if isinstance(column, list) else column.tolist()


def _cells(table: Table) -> list[list[str]]:
    columns = [_listed(column[:_SHOWN]) for column in table._columns.values()]
    return [[shown(cell) for cell in row] for row in zip(*columns, strict=True)]


def shown(value: Any) -> str:
    """A value as tables show it: four digits that count, nothing of what is missing."""
    if value is None or (value != value):
        return ""
    return f"{value:.4g}" if isinstance(value, float) else str(value)


def page(head: list[str], rows: list[list[str]], bold: frozenset[int] = frozenset()) -> str:
    """A table of HTML; the rows at `bold` are set so."""
    import html

    def cells(row: list[str], tag: str, weight: str = "") -> str:
        style = f' style="text-align:right;{weight}"'
        return "".join(f"<{tag}{style}>{html.escape(cell)}</{tag}>" for cell in row)

    body = (
        f"<tr>{cells(row, 'td', 'font-weight:bold' if at in bold else '')}</tr>" for at, row in enumerate(rows)
    )
    return f"<table><thead><tr>{cells(head, 'th')}</tr></thead><tbody>{''.join(body)}</tbody></table>"
