"""Models of neighbours, as in ``implicit.nearest_neighbours``.

These run on SciPy's sparse products, on one core: foretaste's own ``ItemKNN`` is faster, and its scores
are others.
"""

from __future__ import annotations

from typing import Any, Self

import numpy as np
import scipy.sparse

from foretaste import errors

from . import _arguments as arguments
from .recommender_base import RecommenderBase, npz
from .utils import Progress, check_csr

__all__ = [
    "BM25Recommender",
    "CosineRecommender",
    "ItemItemRecommender",
    "NearestNeighboursScorer",
    "TFIDFRecommender",
    "all_pairs_knn",
    "bm25_weight",
    "normalize",
    "tfidf_weight",
]

#: Cells of a product that are held at once, as if it were dense.
_CELLS = 1 << 22


class ItemItemRecommender(RecommenderBase):
    """Scores are what a user has, times the ``K`` largest products of each item with others.

    ``num_threads`` changes nothing.
    """

    def __init__(self, K: int = 20, num_threads: int = 0) -> None:
        self.similarity: scipy.sparse.csr_matrix | None = None
        self.K = K
        self.num_threads = num_threads
        self.scorer: NearestNeighboursScorer | None = None

    def fit(self, weighted: Any, show_progress: bool = True, callback: Any = None) -> None:
        """Computes the similarities of a matrix of shape (users, items), of any numbers."""
        self._learn(check_csr(weighted), show_progress, callback)

    def _learn(self, weighted: Any, show_progress: bool, callback: Any) -> None:
        if callback:
            raise NotImplementedError("callback isn't support on ItemItemRecommender.fit")
        self._set(all_pairs_knn(weighted, self.K, self.num_threads, show_progress).tocsr())

    def _set(self, similarity: scipy.sparse.csr_matrix) -> None:
        self.similarity = similarity
        self.scorer = NearestNeighboursScorer(similarity)

    def _fitted(self) -> scipy.sparse.csr_matrix:
        if self.similarity is None:
            raise errors.NotFittedError(f"{type(self).__name__} is not fitted: call fit first")
        return self.similarity

    def recommend(
        self,
        userid: Any,
        user_items: Any,
        N: int = 10,
        filter_already_liked_items: bool = True,
        filter_items: Any = None,
        recalculate_user: bool = False,
        items: Any = None,
    ) -> tuple[np.ndarray, np.ndarray]:
        """The best items of a user by ``user_items``, or of each of several: see :class:`.RecommenderBase`.

        A single user's list ends where no neighbour is left; of several, −1 fills the lists.
        """
        alone = np.ndim(userid) == 0
        rows = arguments.rows_of(user_items, 1 if alone else len(userid))
        if items is not None and filter_items is not None:
            raise ValueError("Can't specify both filter_items and items")
        n = self._fitted().shape[0]
        arguments.fits(rows, -1, n)
        if items is not None:
            items = arguments.chosen(items, n, "items", "item")
        without = arguments.left_out(filter_items, n, "filter_items")
        lists: list[tuple[np.ndarray, np.ndarray]] = []
        for ids, scores in _products(rows, self._fitted()):
            keep = ~np.isin(ids, without)
            if filter_already_liked_items:
                row = len(lists)
                keep &= ~np.isin(ids, rows.indices[rows.indptr[row] : rows.indptr[row + 1]])
            lists.append(_best(ids[keep], scores[keep], N, items))
        return lists[0] if alone else _stacked(lists, N)

    def similar_users(
        self, userid: Any, N: int = 10, filter_users: Any = None, users: Any = None
    ) -> tuple[np.ndarray, np.ndarray]:
        """Raises ``NotImplementedError``: neighbours are of items."""
        raise NotImplementedError("similar_users isn't implemented for item-item recommenders")

    def similar_items(
        self,
        itemid: Any,
        N: int = 10,
        recalculate_item: bool = False,
        item_users: Any = None,
        filter_items: Any = None,
        items: Any = None,
    ) -> tuple[np.ndarray, np.ndarray]:
        """The neighbours of an item, or of each of several: see :class:`.RecommenderBase`."""
        if recalculate_item:
            raise NotImplementedError("Recalculate_item isn't implemented")
        if items is not None and filter_items is not None:
            raise ValueError("Can't specify both filter_items and items")
        similarity = self._fitted()
        n = similarity.shape[0]
        if items is not None:
            items = arguments.chosen(items, n, "items", "item")
        without = arguments.left_out(filter_items, n, "filter_items")
        lists = []
        for item in np.atleast_1d(itemid):
            # As in implicit, an item that is not in the model has no neighbours.
            row = similarity[min(item, n - 1)]
            keep = ~np.isin(row.indices, without) & bool(item < n)
            lists.append(_best(row.indices[keep], row.data[keep], N, items if item < n else None))
        return lists[0] if np.ndim(itemid) == 0 else _stacked(lists, N)

    def __getstate__(self) -> dict[str, Any]:
        return {name: value for name, value in vars(self).items() if name != "scorer"}

    def __setstate__(self, state: dict[str, Any]) -> None:
        vars(self).update(state)
        self.scorer = None if self.similarity is None else NearestNeighboursScorer(self.similarity)

    def save(self, fileobj_or_path: Any) -> None:
        """Writes the model as ``.npz``, as implicit does."""
        values: dict[str, Any] = {"K": self.K}
        if (m := self.similarity) is not None:
            values |= {"shape": m.shape, "data": m.data, "indptr": m.indptr, "indices": m.indices}
        np.savez(fileobj_or_path, **values)

    @classmethod
    def load(cls, fileobj_or_path: Any) -> Self:
        """Reads a model that :meth:`save` wrote, here or in implicit."""
        with np.load(npz(fileobj_or_path), allow_pickle=False) as data:
            model = cls()
            if "data" in data:
                parts = (data["data"], data["indices"], data["indptr"])
                model._set(scipy.sparse.csr_matrix(parts, shape=tuple(data["shape"])))
            model.K = int(data["K"])
            return model


class CosineRecommender(ItemItemRecommender):
    """Neighbours by the cosine of items' columns."""

    def fit(self, counts: Any, show_progress: bool = True, callback: Any = None) -> None:
        """Computes the similarities of a matrix of shape (users, items)."""
        self._learn(normalize(check_csr(counts).T).T, show_progress, callback)


class TFIDFRecommender(ItemItemRecommender):
    """Neighbours by the cosine of items' columns, weighed by TF-IDF."""

    def fit(self, counts: Any, show_progress: bool = True, callback: Any = None) -> None:
        """Computes the similarities of a matrix of shape (users, items)."""
        self._learn(normalize(tfidf_weight(check_csr(counts).T)).T, show_progress, callback)


class BM25Recommender(ItemItemRecommender):
    """Neighbours by the products of items' columns, weighed by BM25 with ``K1`` and ``B``."""

    def __init__(self, K: int = 20, K1: float = 1.2, B: float = 0.75, num_threads: int = 0) -> None:
        super().__init__(K, num_threads)
        self.K1 = K1
        self.B = B

    def fit(self, counts: Any, show_progress: bool = True, callback: Any = None) -> None:
        """Computes the similarities of a matrix of shape (users, items)."""
        self._learn(bm25_weight(check_csr(counts).T, self.K1, self.B).T, show_progress, callback)


class NearestNeighboursScorer:
    """The best items of one row of likes, by a matrix of similarities."""

    def __init__(self, similarity: scipy.sparse.csr_matrix) -> None:
        self._similarity = similarity

    def recommend(
        self, indptr: np.ndarray, indices: np.ndarray, data: np.ndarray, K: int = 10, remove_own_likes: bool = True
    ) -> tuple[np.ndarray, np.ndarray]:
        """At most ``K`` items of the first row, with their scores."""
        own, values = indices[indptr[0] : indptr[1]], data[indptr[0] : indptr[1]]
        shape = (1, self._similarity.shape[0])
        row = scipy.sparse.csr_matrix((values, own, np.array([0, len(own)])), shape=shape)
        ids, scores = next(_products(row, self._similarity))
        keep = ~np.isin(ids, own) if remove_own_likes else slice(None)
        return _best(ids[keep], scores[keep], K, None)


def all_pairs_knn(
    users: Any, K: int = 100, num_threads: int = 0, show_progress: bool = True
) -> scipy.sparse.coo_matrix:
    """The ``K`` largest products of each column of a matrix of shape (users, items) with all columns."""
    rows = scipy.sparse.csr_matrix(users, dtype=np.float64)
    columns = rows.T.tocsr()
    n = columns.shape[0]
    found, values, at = [], [], []
    with Progress(n, show_progress) as progress:
        for item, (ids, scores) in enumerate(_products(columns, rows)):
            ids, scores = _best(ids, scores, K, None)
            found.append(ids)
            values.append(scores)
            at.append(np.full(len(ids), item, dtype=np.int32))
            progress.update()
    if not found:
        return scipy.sparse.coo_matrix((n, n))
    pairs = (np.concatenate(at), np.concatenate(found))
    return scipy.sparse.coo_matrix((np.concatenate(values), pairs), shape=(n, n))


def _products(left: Any, right: Any) -> Any:
    """Of each row of the product, the columns that have a number, and the numbers."""
    step = max(1, _CELLS // max(1, right.shape[1]))
    for first in range(0, left.shape[0], step):
        block = (left[first : first + step].astype(np.float64) @ right).tocsr()
        for start, end in zip(block.indptr, block.indptr[1:], strict=False):
            yield block.indices[start:end], block.data[start:end]


def _best(ids: np.ndarray, scores: np.ndarray, n: int, among: np.ndarray | None) -> tuple[np.ndarray, np.ndarray]:
    """The best ``n``, the larger id before where scores are equal; of ``among``, all, what has no score last."""
    if among is not None:
        keep = np.isin(ids, among)
        ids, scores = ids[keep].astype(among.dtype), scores[keep]
        rest = np.setdiff1d(among, ids)
        ids = np.concatenate([ids, rest])
        scores = np.concatenate([scores, np.full(len(rest), -np.finfo(scores.dtype).max)])
    if len(ids) > 4 * n > 0:
        # Sorting few is cheaper; ties at the border stay in.
        keep = scores >= -np.partition(-scores, n - 1)[n - 1]
        ids, scores = ids[keep], scores[keep]
    order = np.lexsort((ids, scores))[::-1][:n]
    return ids[order], scores[order]


def _stacked(lists: list[tuple[np.ndarray, np.ndarray]], n: int) -> tuple[np.ndarray, np.ndarray]:
    """Lists as rows of ``n``."""
    dtype = lists[0][0].dtype if lists else np.int32
    ids = np.full((len(lists), n), -1, dtype=dtype)
    scores = np.full((len(lists), n), arguments.LOWEST, dtype=np.float64)
    for row, (found, own) in enumerate(lists):
        ids[row, : len(found)], scores[row, : len(own)] = found, own
    return ids, scores


def tfidf_weight(X: Any) -> scipy.sparse.coo_matrix:
    """√x · idf of each entry, with idf = ln rows − ln(1 + entries of the column)."""
    X = scipy.sparse.coo_matrix(X, dtype=np.float64)
    X.data = np.sqrt(X.data) * _idf(X)[X.col]
    return X


def normalize(X: Any) -> scipy.sparse.coo_matrix:
    """Rows of length 1."""
    X = scipy.sparse.coo_matrix(X, dtype=np.float64)
    X.data = X.data / np.sqrt(np.bincount(X.row, X.data**2))[X.row]
    return X


def bm25_weight(X: Any, K1: float = 100, B: float = 0.8) -> scipy.sparse.coo_matrix:
    """x (K1 + 1) / (K1 (1 − B + B · row's sum / mean of these) + x) · idf of each entry, with the idf of
    :func:`tfidf_weight`."""
    X = scipy.sparse.coo_matrix(X, dtype=np.float64)
    sums = np.ravel(X.sum(axis=1))
    long = (1.0 - B) + B * sums / sums.mean()
    X.data = X.data * (K1 + 1.0) / (K1 * long[X.row] + X.data) * _idf(X)[X.col]
    return X


def _idf(X: scipy.sparse.coo_matrix) -> np.ndarray:
    idf: np.ndarray = np.log(float(X.shape[0])) - np.log1p(np.bincount(X.col, minlength=X.shape[1]))
    return idf
