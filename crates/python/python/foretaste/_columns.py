"""Columns, as the engine takes them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from .errors import DataError

if TYPE_CHECKING:
    from typing import Any

__all__ = ["column", "is_pandas"]


def is_pandas(data: Any) -> bool:
    """Whether this is of pandas, or of a class that is derived from one of its."""
    return type(data).__module__.partition(".")[0] == "pandas" or any(
        base.__module__.partition(".")[0] == "pandas" for base in type(data).__mro__
    )


def column(values: Any, name: str) -> Any:
    """A column as the engine takes it: without a copy where it can be read in place."""
    if is_pandas(values):
        values = _of_series(values)
    if isinstance(values, list):
        return values
    if isinstance(values, tuple) or type(values).__name__ in ("range", "dict_keys", "dict_values"):
        return list(values)
    if not hasattr(values, "dtype") or not hasattr(values, "tolist"):
        if hasattr(values, "__arrow_c_array__") or hasattr(values, "__arrow_c_stream__"):
            return values
        raise DataError(f"column {name}: {type(values).__qualname__} is no column", name)
    import numpy as np

    if hasattr(values, "__arrow_c_stream__"):  # a series of polars
        return values
    values = np.asarray(values)
    if values.ndim != 1:
        raise DataError(f"column {name} has {values.ndim} dimensions", name)
    kind, size = values.dtype.kind, values.dtype.itemsize
    if kind in "iu":
        return np.ascontiguousarray(values, dtype=f"{kind}{4 if size == 4 else 8}")
    if kind == "f":
        return np.ascontiguousarray(values, dtype=np.float64)
    if kind == "M":
        if np.isnat(values).any():
            row = int(np.flatnonzero(np.isnat(values))[0])
            raise DataError(f"column {name}, row {row}: there is no time", name, row)
        return np.ascontiguousarray(values).astype(np.int64)
    return values.tolist()


def _of_series(series: Any) -> Any:
    dtype = series.dtype
    kind = getattr(dtype, "kind", "O")
    if str(dtype) == "category" or (kind == "O" and str(dtype) != "object"):
        # Text and categories are read in place where pandas can hand them over.
        from importlib.util import find_spec

        if hasattr(series, "__arrow_c_stream__") and find_spec("pyarrow"):
            return _Stream(series)
        return series.tolist()
    if type(dtype).__module__.startswith("numpy"):
        return series.to_numpy()
    # Of the types that have a place for what is missing.
    return series.tolist() if series.isna().any() else series.to_numpy(dtype=getattr(dtype, "numpy_dtype", None))


class _Stream:
    """What hands a column over, and is nothing else."""

    def __init__(self, series: Any) -> None:
        self._series = series

    def __arrow_c_stream__(self, requested_schema: Any = None) -> Any:
        return self._series.__arrow_c_stream__(requested_schema)
