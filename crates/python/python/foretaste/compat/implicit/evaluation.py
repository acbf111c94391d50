"""Splits and metrics, as in ``implicit.evaluation``."""

from __future__ import annotations

from typing import Any, TypeAlias

import numpy as np
import scipy.sparse

from .utils import Progress, check_random_state

__all__ = [
    "AUC_at_k",
    "leave_k_out_split",
    "mean_average_precision_at_k",
    "ndcg_at_k",
    "precision_at_k",
    "ranking_metrics_at_k",
    "train_test_split",
]

#: Users whose lists are asked for at once.
_BATCH = 1000

Matrix: TypeAlias = scipy.sparse.csr_matrix


def train_test_split(
    ratings: Any, train_percentage: float = 0.8, random_state: Any = None
) -> tuple[Matrix, Matrix]:
    """Splits the entries at random: ``(train, test)``. Negative entries of the test set are dropped."""
    ratings = ratings.tocoo()
    train = check_random_state(random_state).random(len(ratings.data)) < train_percentage
    return _entries(ratings, train), _entries(ratings, ~train & (ratings.data > 0))


def leave_k_out_split(
    ratings: Any, K: int = 1, train_only_size: float = 0.0, random_state: Any = None
) -> tuple[Matrix, Matrix]:
    """``K`` entries of each user with more than ``K`` + 1 are the test set: ``(train, test)``.

    A share ``train_only_size`` of the users has none there.
    """
    if K < 1:
        raise ValueError("The 'K' must be >= 1.")
    if not 0.0 <= train_only_size < 1.0:
        raise ValueError("The 'train_only_size' must be in the range (0.0 <= x < 1.0).")
    ratings = ratings.tocoo()
    random = check_random_state(random_state)
    users, counts = np.unique(ratings.row, return_counts=True)
    eligible = counts > K + 1
    if train_only_size > 0.0:
        kept = random.choice(len(users), size=max(1, int(len(users) * train_only_size)), replace=False)
        eligible[kept] = False
    # Entries by user, in random order; the first K of each are left out.
    order = np.lexsort((random.random(len(ratings.row)), ratings.row))
    place = np.empty(len(order), dtype=np.int64)
    place[order] = np.arange(len(order)) - np.repeat(np.cumsum(counts) - counts, counts)
    test = (place < K) & np.isin(ratings.row, users[eligible])
    return _entries(ratings, ~test), _entries(ratings, test)


def _entries(ratings: scipy.sparse.coo_matrix, of: np.ndarray) -> Matrix:
    cells = (ratings.data[of], (ratings.row[of], ratings.col[of]))
    return Matrix(cells, shape=ratings.shape, dtype=ratings.dtype)


def ranking_metrics_at_k(
    model: Any,
    train_user_items: Any,
    test_user_items: Any,
    K: int = 10,
    show_progress: bool = True,
    num_threads: int = 1,
) -> dict[str, float]:
    """``precision``, ``map``, ``ndcg`` and ``auc`` of lists of ``K``, over users with entries in the test set.

    precision: hits of all users, by the most that there could be. auc: of the pairs of a test item and another,
    those in order, where items that are not listed count as in random order. ``num_threads`` changes
    nothing: lists are found by the model's threads.
    """
    train, test = Matrix(train_user_items), Matrix(test_user_items)
    test.sum_duplicates()
    users = np.flatnonzero(np.diff(test.indptr))
    if not len(users):
        raise ValueError("test_user_items has no entry: nothing can be measured")
    parts = []
    with Progress(len(users), show_progress) as progress:
        for first in range(0, len(users), _BATCH):
            batch = users[first : first + _BATCH]
            ids, _ = model.recommend(batch, train[batch], N=K)
            parts.append(_measured(np.asarray(ids)[:, :K], test[batch], K))
            progress.update(len(batch))
    hits, most, average, ndcg, auc = np.concatenate(parts, axis=1)
    return {
        "precision": float(hits.sum() / most.sum()),
        "map": float(average.mean()),
        "ndcg": float(ndcg.mean()),
        "auc": float(auc.mean()),
    }


def _measured(ids: np.ndarray, test: Matrix, K: int) -> np.ndarray:
    """Of each user: hits, the most there could be, average precision, NDCG, AUC."""
    n_items = test.shape[1]
    liked = np.diff(test.indptr).astype(np.float64)
    pairs = np.repeat(np.arange(len(liked)), np.diff(test.indptr)) * np.int64(n_items) + test.indices
    listed = np.arange(len(liked))[:, None] * np.int64(n_items) + ids
    hit = np.isin(listed, pairs) & (ids >= 0) & (ids < n_items)
    so_far = hit.cumsum(axis=1)
    most = np.minimum(K, liked)
    gains = 1.0 / np.log2(np.arange(2, K + 2))
    places = np.arange(1, hit.shape[1] + 1)
    average = (hit * so_far / places).sum(axis=1) / most
    ndcg = (hit * gains[: hit.shape[1]]).sum(axis=1) / gains.cumsum()[most.astype(np.int64) - 1]
    hits = hit.sum(axis=1)
    others = n_items - liked
    # Where a list is shorter than K, the rest is misses.
    late = (so_far * ~hit).sum(axis=1) + hits * (K - hit.shape[1])
    area = late + (hits + liked) / 2.0 * (others - (K - hits))
    # A user who likes everything has no pairs.
    auc = np.divide(area, liked * others, out=np.full(len(liked), np.nan), where=others > 0)
    return np.stack([hits, most, average, ndcg, auc])


def precision_at_k(
    model: Any,
    train_user_items: Any,
    test_user_items: Any,
    K: int = 10,
    show_progress: bool = True,
    num_threads: int = 1,
) -> float:
    """``precision`` of :func:`ranking_metrics_at_k`."""
    return _metric("precision", model, train_user_items, test_user_items, K, show_progress)


def mean_average_precision_at_k(
    model: Any,
    train_user_items: Any,
    test_user_items: Any,
    K: int = 10,
    show_progress: bool = True,
    num_threads: int = 1,
) -> float:
    """``map`` of :func:`ranking_metrics_at_k`."""
    return _metric("map", model, train_user_items, test_user_items, K, show_progress)


def ndcg_at_k(
    model: Any,
    train_user_items: Any,
    test_user_items: Any,
    K: int = 10,
    show_progress: bool = True,
    num_threads: int = 1,
) -> float:
    """``ndcg`` of :func:`ranking_metrics_at_k`."""
    return _metric("ndcg", model, train_user_items, test_user_items, K, show_progress)


def AUC_at_k(
    model: Any,
    train_user_items: Any,
    test_user_items: Any,
    K: int = 10,
    show_progress: bool = True,
    num_threads: int = 1,
) -> float:
    """``auc`` of :func:`ranking_metrics_at_k`."""
    return _metric("auc", model, train_user_items, test_user_items, K, show_progress)


def _metric(name: str, model: Any, train: Any, test: Any, K: int, show_progress: bool) -> float:
    return ranking_metrics_at_k(model, train, test, K, show_progress)[name]
