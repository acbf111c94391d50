"""Arguments of users, items and matrices, checked: what the models have in common."""

from __future__ import annotations

from typing import Any

import numpy as np
import scipy.sparse

LOWEST = -np.finfo(np.float32).max


def rows_of(user_items: Any, count: int, what: str = "user") -> scipy.sparse.csr_matrix:
    """The matrix, which has a row for each user (or item) asked for.

    Raises ``ValueError`` if it is not in CSR format, or has another number of rows.
    """
    matrix = f"{what}_{'items' if what == 'user' else 'users'}"
    if not scipy.sparse.issparse(user_items) or user_items.format != "csr":
        raise ValueError(f"{matrix} needs to be a CSR sparse matrix")
    if user_items.shape[0] != count:
        raise ValueError(
            f"{matrix} must contain 1 row for every {what} in {what}ids: it has {user_items.shape[0]} rows, "
            f"not {count}; pass {matrix}[{what}id]"
        )
    return scipy.sparse.csr_matrix(user_items)


def fits(rows: scipy.sparse.csr_matrix, n_users: int, n_items: int) -> None:
    """Raises if the rows have items that the model has not: ``ValueError`` if it is the transposed matrix."""
    if rows.shape[1] > n_items and rows.shape[1] == n_users:
        raise ValueError(
            f"user_items has {n_users} columns, as many as there are users, and the model {n_items} items: "
            "pass the transpose, whose rows are users"
        )
    if rows.indices.size and rows.indices.max() >= n_items:
        raise IndexError(f"user_items has item {rows.indices.max()}, and the model has {n_items} items")


def clean(matrix: scipy.sparse.csr_matrix, dtype: Any = np.float32) -> scipy.sparse.csr_matrix:
    """A copy, or itself: sorted columns, each once, without zeros."""
    own = matrix.astype(dtype, copy=False)
    if not own.has_canonical_format or (own.data == 0).any():
        own = own.copy() if own is matrix else own
        own.sum_duplicates()
        own.eliminate_zeros()
    return own


def parts(matrix: scipy.sparse.csr_matrix) -> tuple[np.ndarray, np.ndarray]:
    """Starts of rows and columns, as the engine takes them."""
    return matrix.indptr.astype(np.int64), matrix.indices.astype(np.uint32)


def chosen(ids: Any, n: int, argument: str, what: str) -> np.ndarray:
    """Ids that lists are restricted to, ascending. Raises ``IndexError`` if the model has one not."""
    ids = np.array(ids)
    if ids.ndim != 1 or ids.size == 0 or ids.dtype.kind not in "iub":
        raise IndexError(f"{argument} must be a list of {what} ids, of one at least")
    if ids.dtype.kind == "b":
        ids = np.flatnonzero(ids)
    if ids.max(initial=0) >= n or ids.min(initial=0) < 0:
        raise IndexError(f"Some {what}ids in the {argument} parameter are not in the model")
    # Unsigned ids have no −1, which stands for none.
    return np.unique(ids.astype(np.int64) if ids.dtype.kind == "u" else ids)


def left_out(ids: Any, n: int, argument: str) -> np.ndarray:
    """Ids that no list has: numbers, or a mask. −1, which ends short lists, is none."""
    ids = np.asarray(ids if ids is not None else [])
    if ids.dtype.kind == "b":
        ids = np.flatnonzero(ids)
    if ids.size and ids.dtype.kind not in "iu":
        raise IndexError(f"{argument} must be integers")
    if ids.size and (ids.max() >= n or ids.min() < -1):
        raise IndexError(f"{argument} has an id that is out of bounds: there are {n}")
    ids = ids.astype(np.int64, copy=False)
    kept: np.ndarray = ids[ids >= 0].astype(np.uint32)
    return kept


def is_given(ids: Any) -> bool:
    """Whether a filter has anything: ``[]`` has not."""
    return ids is not None and len(ids) > 0


def padded(ids: np.ndarray, scores: np.ndarray, n: int) -> tuple[np.ndarray, np.ndarray]:
    """Lists of ``n``: what is missing is id −1 with the lowest score."""
    missing = n - ids.shape[1]
    if missing <= 0:
        return ids, scores
    rows = ids.shape[0]
    ids = np.concatenate([ids, np.full((rows, missing), -1, dtype=ids.dtype)], axis=1)
    lowest = np.full((rows, missing), LOWEST, dtype=scores.dtype)
    return ids, np.concatenate([scores, lowest], axis=1)


def save(file: Any, model: Any, names: list[str]) -> None:
    """Writes these attributes of a model as ``.npz``, with its dtype; those that are ``None`` are left out."""
    values = {name: getattr(model, name) for name in names}
    state = values.get("random_state")
    if state is not None and not isinstance(state, int | np.integer):
        # A generator can't be written without pickle.
        values["random_state"] = None
    values["dtype"] = np.dtype(model.dtype).name
    np.savez(file, **{name: value for name, value in values.items() if value is not None})
