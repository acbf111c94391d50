"""The best items by inner products: the engine's exact search over arrays of factors."""

from __future__ import annotations

from typing import Any

import numpy as np

from foretaste import _native

from .. import _arguments as arguments

__all__ = ["topk"]


def topk(
    items: np.ndarray,
    query: np.ndarray,
    k: int,
    item_norms: np.ndarray | None = None,
    filter_query_items: Any = None,
    filter_items: Any = None,
    num_threads: int = 0,
    items_among: np.ndarray | None = None,
) -> tuple[np.ndarray, np.ndarray]:
    """The ``k`` items with the largest inner products with each row of ``query``: ``(ids, scores)``.

    ``item_norms`` divides the items' rows. ``filter_query_items`` is a CSR matrix of items that the row of the
    same number has not; ``filter_items`` are left out of all lists, and ``items_among`` are all there are.
    What is missing of a list is id −1. Equal scores come by ascending id, and a list is the same whatever
    is asked for with it.
    """
    query = np.atleast_2d(query)
    if k < 0:
        raise ValueError(f"N must be 0 or more, not {k}")
    rows = items if item_norms is None else items / item_norms[:, None]
    seen = None
    if filter_query_items is not None:
        seen = arguments.parts(arguments.clean(_marks(filter_query_items)))
    ids, scores = _native.implicit_top_k(
        np.ascontiguousarray(query, dtype=np.float32),
        np.ascontiguousarray(rows, dtype=np.float32),
        min(k, len(items)),
        seen=seen,
        allow=None if items_among is None else items_among.astype(np.uint32),
        deny=arguments.left_out(filter_items, len(items), "filter_items"),
        threads=num_threads,
    )
    scores = scores.astype(query.dtype if query.dtype == np.float64 else np.float32, copy=False)
    return arguments.padded(ids, scores, k)


def _marks(rows: Any) -> Any:
    """The same entries, each of 1: a like is one at any weight, 0 too."""
    marks = np.ones(len(rows.indices), dtype=np.float32)
    return type(rows)((marks, rows.indices, rows.indptr), shape=rows.shape)
