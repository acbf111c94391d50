"""Functions of ``implicit.utils``."""

from __future__ import annotations

import importlib.util
import warnings
from collections.abc import Iterator
from typing import Any

import numpy as np
import scipy.sparse

__all__ = [
    "ParameterWarning",
    "augment_inner_product_matrix",
    "check_blas_config",
    "check_csr",
    "check_random_state",
    "nonzeros",
]


class ParameterWarning(Warning):
    """Input that had to be converted."""


def nonzeros(m: Any, row: int) -> Iterator[tuple[Any, Any]]:
    """The stored entries of a row of a CSR matrix, as pairs of column and value."""
    rows = slice(m.indptr[row], m.indptr[row + 1])
    return zip(m.indices[rows], m.data[rows], strict=True)


def check_blas_config() -> None:
    """Does nothing: the engine uses no BLAS, whose threads could get into the way of its own."""


def check_random_state(random_state: Any) -> np.random.Generator:
    """A generator of a seed, of a generator (itself), or of a ``RandomState``; of ``None``, of entropy."""
    if isinstance(random_state, np.random.RandomState):
        return np.random.default_rng(random_state.randint(2**31))
    return np.random.default_rng(random_state)


def augment_inner_product_matrix(factors: np.ndarray) -> tuple[float, np.ndarray]:
    """Rows made equally long by one more column, so that the nearest by angle have the largest inner product.

    Returns the length and the rows. (Bachrach et al., "Speeding Up the Xbox Recommender System Using a
    Euclidean Transformation for Inner-Product Spaces", RecSys 2014.)
    """
    norms = np.linalg.norm(factors, axis=1)
    longest = norms.max()
    # Rounding may put a square below 0.
    column = np.sqrt(np.maximum(longest**2 - norms**2, 0))
    return longest, np.append(factors, column[:, None], axis=1)


def check_csr(user_items: Any) -> scipy.sparse.csr_matrix:
    """A CSR matrix of a sparse matrix or array, with a warning where it was of another format."""
    if isinstance(user_items, scipy.sparse.csr_matrix):
        return user_items
    if not scipy.sparse.issparse(user_items):
        kind = type(user_items).__name__
        raise TypeError(f"a sparse matrix is needed, not {kind}: scipy.sparse.csr_matrix({kind}) makes one")
    if user_items.format != "csr":
        warnings.warn(
            f"Method expects CSR input, and was passed {type(user_items).__name__} instead: it is converted",
            ParameterWarning,
            stacklevel=3,
        )
    return scipy.sparse.csr_matrix(user_items)


class Progress:
    """A bar of tqdm, where it is wanted and installed."""

    def __init__(self, total: int, show: bool) -> None:
        self._bar: Any = None
        if show and importlib.util.find_spec("tqdm"):
            from tqdm.auto import tqdm

            self._bar = tqdm(total=total)

    def __enter__(self) -> Progress:
        return self

    def __exit__(self, *_: object) -> None:
        if self._bar is not None:
            self._bar.close()

    def update(self, steps: int = 1, **postfix: Any) -> None:
        """So many steps further, with what is to be told beside."""
        if self._bar is not None:
            self._bar.update(steps)
            if postfix:
                self._bar.set_postfix(postfix)
