"""Bayesian Personalized Ranking, as in ``implicit.cpu.bpr``."""

from __future__ import annotations

import time
from typing import Any

import numpy as np

from foretaste import _native, errors

from .. import _arguments as arguments
from ..recommender_base import ModelFitError
from ..utils import Progress, check_csr, check_random_state
from .als import _returned, _working
from .matrix_factorization_base import MatrixFactorizationBase

__all__ = ["BayesianPersonalizedRanking"]


class BayesianPersonalizedRanking(MatrixFactorizationBase):
    """Bayesian Personalized Ranking (Rendle et al., UAI 2009), by foretaste's engine.

    Negatives are drawn by popularity, the learning rate stays, and items have a bias: rows are ``factors`` + 1
    wide, the last number of an item is its bias and that of users is 1. They start where implicit's start.

    An epoch trains on each like once, in an order of its own, where implicit draws as many likes; and a
    negative that the user likes is drawn anew, where implicit skips the like: instead, a like counts by the
    share of draws that its user has not. ``verify_negative_samples=False`` changes nothing.
    """

    def __init__(
        self,
        factors: int = 100,
        learning_rate: float = 0.01,
        regularization: float = 0.01,
        dtype: Any = np.float32,
        iterations: int = 100,
        num_threads: int = 0,
        verify_negative_samples: bool = True,
        random_state: Any = None,
    ) -> None:
        super().__init__(num_threads=num_threads)
        self.factors = factors
        self.learning_rate = learning_rate
        self.iterations = iterations
        self.regularization = regularization
        self.dtype = np.dtype(dtype)
        self.verify_negative_samples = verify_negative_samples
        self.random_state = random_state

    def fit(self, user_items: Any, show_progress: bool = True, callback: Any = None) -> None:
        """Factorizes a CSR matrix of shape (users, items); its values other than 0 are likes.

        ``callback(epoch, seconds, correct, skipped)`` is called after each, with how many likes scored
        above their negative before the step on them (an estimate, of large data), and how many were left
        out. Another fit goes on from the factors that there are.
        """
        random = check_random_state(self.random_state)
        likes = arguments.clean(check_csr(user_items))
        users, items = likes.shape
        self._start_from("item_factors", items, self.factors + 1)
        self._start_from("user_factors", users, self.factors + 1)
        if self.item_factors is None:
            self.item_factors = self._initial(random, items, np.bincount(likes.indices, minlength=items))
        if self.user_factors is None:
            self.user_factors = self._initial(random, users, np.diff(likes.indptr))
            self.user_factors[:, self.factors] = 1.0
        rows, columns = _working(self.user_factors), _working(self.item_factors)
        trainer = _native.ImplicitBpr(*arguments.parts(likes), items)
        seeds = random.integers(2**63, size=self.iterations, dtype=np.uint64)
        with Progress(self.iterations, show_progress) as progress:
            for epoch, seed in enumerate(seeds):
                started = time.monotonic()
                trained, correct = self._epoch(trainer, rows, columns, int(seed))
                self.user_factors = _returned(rows, self.user_factors)
                self.item_factors = _returned(columns, self.item_factors)
                skipped = likes.nnz - trained
                progress.update(1, **_told(correct, trained, skipped))
                if callback:
                    callback(epoch, time.monotonic() - started, correct, skipped)
        self._check_fit_errors()

    def _epoch(self, trainer: Any, rows: np.ndarray, columns: np.ndarray, seed: int) -> tuple[int, int]:
        try:
            told: tuple[int, int] = trainer.epoch(
                rows,
                columns,
                learning_rate=self.learning_rate,
                regularization=self.regularization,
                seed=seed,
                threads=self.num_threads,
            )
            return told
        except errors.DivergedError as error:
            raise ModelFitError(f"NaN encountered in factors: {error}") from error

    def _initial(self, random: np.random.Generator, rows: int, counts: np.ndarray) -> np.ndarray:
        """Uniform numbers within ±½ / factors; 0 where there is no like."""
        factors = random.random((rows, self.factors + 1), dtype=self.dtype) - 0.5
        factors /= self.factors
        factors[counts == 0] = 0
        return factors

    def save(self, fileobj_or_path: Any) -> None:
        """Writes the model as ``.npz``, as implicit does."""
        names = "user_factors item_factors regularization factors learning_rate verify_negative_samples"
        names += " num_threads iterations random_state"
        arguments.save(fileobj_or_path, self, names.split())


def _told(correct: int, trained: int, skipped: int) -> dict[str, str]:
    total = trained + skipped
    if not trained:
        return {}
    return {
        "train_auc": f"{100 * correct / trained:.2f}%",
        "skipped": f"{100 * skipped / total:.2f}%",
    }
