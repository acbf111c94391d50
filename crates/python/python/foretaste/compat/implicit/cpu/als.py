"""Alternating least squares, as in ``implicit.cpu.als``."""

from __future__ import annotations

import logging
import time
from typing import Any

import numpy as np
import scipy.linalg
import scipy.sparse

from foretaste import _native

from .. import _arguments as arguments
from ..recommender_base import ModelFitError
from ..utils import Progress, check_csr, check_random_state
from .matrix_factorization_base import MatrixFactorizationBase

__all__ = ["AlternatingLeastSquares", "calculate_loss"]

log = logging.getLogger("implicit")

#: Clicks whose rows are copied side by side.
_AT_ONCE = 1 << 16


class AlternatingLeastSquares(MatrixFactorizationBase):
    """Alternating least squares (Hu, Koren, Volinsky, ICDM 2008).

    With c = ``alpha`` · value it minimises Σ c (1 − x)² of likes (c > 0) + Σ |c| x² of dislikes (c < 0) + Σ x² of
    all other pairs + ``regularization`` · (‖U‖² + ‖V‖²), from the same random factors and by the same steps as
    implicit: ``use_cg`` takes ``cg_steps`` (3) steps of conjugate gradients in each half of an iteration, else a
    half ends at its minimum. ``use_native`` changes nothing. With ``dtype=np.float64`` factors are f32 numbers
    in a wider array.
    """

    _caches = ("_user_norms", "_item_norms", "_YtY", "_XtX")

    def __init__(
        self,
        factors: int = 100,
        regularization: float = 0.01,
        alpha: float = 1.0,
        dtype: Any = np.float32,
        use_native: bool = True,
        use_cg: bool = True,
        iterations: int = 15,
        calculate_training_loss: bool = False,
        num_threads: int = 0,
        random_state: Any = None,
    ) -> None:
        super().__init__(num_threads=num_threads)
        self.factors = factors
        self.regularization = regularization
        self.alpha = alpha
        self.dtype = np.dtype(dtype)
        self.use_native = use_native
        self.use_cg = use_cg
        self.iterations = iterations
        self.calculate_training_loss = calculate_training_loss
        self.fit_callback: Any = None
        self.cg_steps = 3
        self.random_state = random_state
        self._YtY: np.ndarray | None = None
        self._XtX: np.ndarray | None = None

    def fit(self, user_items: Any, show_progress: bool = True, callback: Any = None) -> None:
        """Factorizes a CSR matrix of shape (users, items), whose values are confidences.

        ``callback(iteration, seconds, loss)`` is called after each; ``loss`` is ``None`` unless
        ``calculate_training_loss``. Another fit goes on from the factors that there are.
        """
        random = check_random_state(self.random_state)
        counts = self._confidences(check_csr(user_items))
        users, items = counts.shape
        self._start_from("user_factors", users, self.factors)
        self._start_from("item_factors", items, self.factors)
        if self.user_factors is None:
            self.user_factors = random.random((users, self.factors), dtype=self.dtype) * 0.01
        if self.item_factors is None:
            self.item_factors = random.random((items, self.factors), dtype=self.dtype) * 0.01
        rows, columns = _working(self.user_factors), _working(self.item_factors)
        cells = _weight(counts)
        solver = _native.ImplicitAls(
            *arguments.parts(counts),
            counts.data,
            items,
            factors=self.factors,
            regularization=self.regularization,
        )
        steps = self.cg_steps if self.use_cg else None
        loss = None
        with Progress(self.iterations, show_progress) as progress:
            for iteration in range(self.iterations):
                started = time.monotonic()
                least = solver.sweep(rows, columns, steps=steps, threads=self.num_threads)
                self.user_factors = _returned(rows, self.user_factors)
                self.item_factors = _returned(columns, self.item_factors)
                _check_solved(rows, columns, exact=not self.use_cg)
                if self.calculate_training_loss:
                    loss = least / cells
                    log.info("loss %.4f", loss)
                    progress.update(loss=loss)
                else:
                    progress.update()
                call = callback or self.fit_callback
                if call:
                    call(iteration, time.monotonic() - started, loss)
        if self.calculate_training_loss and loss is not None:
            log.info("Final training loss %.4f", loss)
        self._check_fit_errors()

    def _confidences(self, counts: scipy.sparse.csr_matrix) -> scipy.sparse.csr_matrix:
        """α · counts, each cell once, without zeros."""
        counts = counts.astype(np.float32, copy=False)
        if self.alpha != 1.0:
            counts = self.alpha * counts
        if not np.isfinite(counts.data).all():
            raise ModelFitError("NaN encountered in factors: user_items has values that are not finite")
        return arguments.clean(counts)

    def recalculate_user(self, userid: Any, user_items: Any) -> np.ndarray:
        """The exact factors of users who like what the rows of ``user_items`` say. Stores nothing."""
        count = 1 if np.ndim(userid) == 0 else len(userid)
        users, items = self._fitted()
        rows = arguments.rows_of(check_csr(user_items), count)
        arguments.fits(rows, len(users), len(items))
        solved = self._solve(rows, items, self._products("_YtY", items))
        return solved[0] if np.ndim(userid) == 0 else solved

    def recalculate_item(self, itemid: Any, item_users: Any) -> np.ndarray:
        """The exact factors of items that those like whom the rows of ``item_users`` say. Stores nothing."""
        count = 1 if np.ndim(itemid) == 0 else len(itemid)
        users, items = self._fitted()
        rows = arguments.rows_of(check_csr(item_users), count, "item")
        arguments.fits(rows, len(items), len(users))
        solved = self._solve(rows, users, self._products("_XtX", users))
        return solved[0] if np.ndim(itemid) == 0 else solved

    def _solve(self, rows: Any, other: np.ndarray, products: np.ndarray) -> np.ndarray:
        counts = self._confidences(rows)
        starts, columns = arguments.parts(counts)
        solved = _native.implicit_solve(
            starts,
            columns,
            counts.data,
            np.ascontiguousarray(other, dtype=np.float32),
            products,
            regularization=self.regularization,
            threads=self.num_threads,
        )
        _check_solved(solved, exact=True)
        return solved.astype(self.dtype, copy=False)

    def partial_fit_users(self, userids: Any, user_items: Any) -> None:
        """Stores the factors of :meth:`recalculate_user`, of new users too."""
        rows = self.recalculate_user(np.asarray(userids), user_items)
        self.user_factors = _put(self.user_factors, userids, rows)

    def partial_fit_items(self, itemids: Any, item_users: Any) -> None:
        """Stores the factors of :meth:`recalculate_item`, of new items too."""
        rows = self.recalculate_item(np.asarray(itemids), item_users)
        self.item_factors = _put(self.item_factors, itemids, rows)

    def explain(
        self, userid: int, user_items: Any, itemid: int, user_weights: Any = None, N: int = 10
    ) -> tuple[float, list[tuple[int, float]], Any]:
        """What each liked item brings to a score (section 5 of the paper).

        Returns the score, the ``N`` items that bring most with what they bring, and the user's equations,
        to be given as ``user_weights`` next time. ``user_items`` is the whole matrix.
        """
        _, factors = self._fitted()
        counts = self._confidences(check_csr(user_items))
        row = counts[userid]
        liked = factors[row.indices].astype(np.float64)
        if user_weights is None:
            matrix = self._products("_YtY", factors) + self.regularization * np.eye(self.factors)
            matrix += (liked.T * (np.abs(row.data) - 1)) @ liked
            user_weights = scipy.linalg.cho_factor(matrix)
        weighted = scipy.linalg.cho_solve(user_weights, factors[itemid].astype(np.float64))
        brought = (liked @ weighted) * row.data
        order = [at for at in np.lexsort((-row.indices, brought))[::-1] if row.data[at] > 0]
        total = float(sum(brought[at] for at in order))
        return total, [(int(row.indices[at]), float(brought[at])) for at in order[:N]], user_weights

    def _products(self, name: str, factors: np.ndarray) -> np.ndarray:
        """Σ v vᵀ of all rows, in f64."""
        kept: np.ndarray | None = getattr(self, name)
        if kept is None:
            rows = np.ascontiguousarray(factors, dtype=np.float32)
            kept = _native.implicit_products(rows, threads=self.num_threads)
            setattr(self, name, kept)
        return kept

    @property
    def YtY(self) -> np.ndarray:
        """The sum of the outer products of the items' rows."""
        return self._products("_YtY", self._fitted()[1]).astype(self.dtype)

    @property
    def XtX(self) -> np.ndarray:
        """The sum of the outer products of the users' rows."""
        return self._products("_XtX", self._fitted()[0]).astype(self.dtype)

    def to_gpu(self) -> Any:
        """Raises ``NotImplementedError``: there is no GPU here."""
        raise NotImplementedError("foretaste trains on processors, not on a GPU")

    def save(self, fileobj_or_path: Any) -> None:
        """Writes the model as ``.npz``, as implicit does."""
        names = "user_factors item_factors regularization factors num_threads iterations use_native use_cg"
        names += " cg_steps calculate_training_loss random_state alpha"
        arguments.save(fileobj_or_path, self, names.split())


def calculate_loss(
    Cui: Any, X: np.ndarray, Y: np.ndarray, regularization: float, num_threads: int = 0
) -> float:
    """The loss of these factors of users and items, by the sum of the weights of all cells."""
    counts = arguments.clean(check_csr(Cui))
    x, y = X.astype(np.float64), Y.astype(np.float64)
    # Of all cells, then what clicks count beside them.
    loss = float(((x @ (y.T @ y)) * x).sum())
    norms = float((x**2).sum() + (y**2).sum())
    rows = np.repeat(np.arange(counts.shape[0]), np.diff(counts.indptr))
    for first in range(0, counts.nnz, _AT_ONCE):
        part = slice(first, first + _AT_ONCE)
        score = np.einsum("nk,nk->n", x[rows[part]], y[counts.indices[part]])
        value = counts.data[part].astype(np.float64)
        liked = np.maximum(value, 0)
        loss += float(((np.abs(value) - 1) * score**2 - 2 * liked * score + liked).sum())
    return float((loss + regularization * norms) / _weight(counts))


def _weight(counts: scipy.sparse.csr_matrix) -> float:
    """What all cells weigh."""
    liked = float(np.abs(counts.data).sum(dtype=np.float64))
    return liked + float(counts.shape[0] * counts.shape[1] - counts.nnz)


def _working(factors: np.ndarray) -> np.ndarray:
    """The array itself, if the engine can write it, or a copy that it can."""
    if factors.dtype == np.float32 and factors.flags.c_contiguous and factors.flags.writeable:
        return factors
    return np.array(factors, dtype=np.float32, order="C")


def _returned(work: np.ndarray, factors: np.ndarray) -> np.ndarray:
    """The array with what was computed."""
    if work is factors:
        return factors
    return work.astype(factors.dtype)


def _check_solved(*rows: np.ndarray, exact: bool) -> None:
    for found in rows:
        wrong = np.flatnonzero(np.isnan(found).any(axis=1))
        if exact and len(wrong):
            raise ValueError(
                f"the equations of row {wrong[0]} have no single solution. Try increasing the regularization "
                "parameter."
            )


def _put(factors: np.ndarray, ids: Any, rows: np.ndarray) -> np.ndarray:
    """Factors with these rows, and with rows of 0 before new ones."""
    ids = np.asarray(ids)
    if ids.size and ids.min() < 0:
        raise IndexError(f"{ids.min()} is no id")
    new = int(ids.max(initial=-1)) + 1 - len(factors)
    if new > 0:
        factors = np.concatenate([factors, np.zeros((new, factors.shape[1]), dtype=factors.dtype)])
    factors[ids] = rows
    return factors
