"""Models of factors: lists by inner products, likeness by cosines."""

from __future__ import annotations

import warnings
from typing import Any

import numpy as np
import scipy.sparse

from foretaste import errors

from .. import _arguments as arguments
from ..recommender_base import RecommenderBase
from .topk import topk

__all__ = ["MatrixFactorizationBase"]


class MatrixFactorizationBase(RecommenderBase):
    """What models of factors have in common.

    ``user_factors`` and ``item_factors`` are arrays of a row each: ``None`` before the training, and yours to
    set. Scores are the rows' inner products. ``num_threads`` changes no result; 0 is all cores.
    """

    #: Values that are kept until factors are set anew.
    _caches: tuple[str, ...] = ("_user_norms", "_item_norms")

    def __init__(self, num_threads: int = 0) -> None:
        self._user_factors: np.ndarray | None = None
        self._item_factors: np.ndarray | None = None
        self._user_norms: np.ndarray | None = None
        self._item_norms: np.ndarray | None = None
        self.num_threads = num_threads

    @property
    def user_factors(self) -> Any:
        """A row for each user."""
        return self._user_factors

    @user_factors.setter
    def user_factors(self, factors: Any) -> None:
        self._user_factors = factors
        self._forget()

    @property
    def item_factors(self) -> Any:
        """A row for each item."""
        return self._item_factors

    @item_factors.setter
    def item_factors(self, factors: Any) -> None:
        self._item_factors = factors
        self._forget()

    def _forget(self) -> None:
        """Drops what follows from factors that were."""
        for name in self._caches:
            setattr(self, name, None)

    def _fitted(self) -> tuple[np.ndarray, np.ndarray]:
        if self._user_factors is None or self._item_factors is None:
            raise errors.NotFittedError(f"{type(self).__name__} is not fitted: call fit first")
        return self._user_factors, self._item_factors

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
        """The best ``N`` items of a user, or of each of several: see :class:`.RecommenderBase`."""
        user_factors, item_factors = self._fitted()
        alone = np.ndim(userid) == 0
        count = 1 if alone else len(userid)
        if items is not None and arguments.is_given(filter_items):
            raise ValueError("Can't set both items and filter_items in recommend call")
        if filter_already_liked_items or recalculate_user:
            user_items = arguments.rows_of(user_items, count)
            arguments.fits(user_items, len(user_factors), len(item_factors))
        rows = self._user_factor(userid, user_items, recalculate_user)
        if items is not None:
            items = arguments.chosen(items, len(item_factors), "items", "item")
            N = min(N, len(items))
        ids, scores = topk(
            item_factors,
            rows,
            N,
            filter_query_items=user_items if filter_already_liked_items else None,
            filter_items=filter_items,
            num_threads=self.num_threads,
            items_among=items,
        )
        if items is not None:
            _append_liked(ids, items)
            ids = ids.astype(items.dtype, copy=False)
        return (ids[0], scores[0]) if alone else (ids, scores)

    def recommend_all(
        self,
        user_items: Any,
        N: int = 10,
        recalculate_user: bool = False,
        filter_already_liked_items: bool = True,
        filter_items: Any = None,
        users_items_offset: int = 0,
    ) -> np.ndarray:
        """Deprecated: :meth:`recommend` with an array of users. Ids alone; the first row is of user
        ``users_items_offset``."""
        warnings.warn(
            "recommend_all is deprecated. Use recommend with an array of userids instead",
            DeprecationWarning,
            stacklevel=2,
        )
        ids, _ = self.recommend(
            np.arange(user_items.shape[0]) + users_items_offset,
            user_items,
            N=N,
            filter_already_liked_items=filter_already_liked_items,
            filter_items=filter_items,
            recalculate_user=recalculate_user,
        )
        return ids

    def _user_factor(self, userid: Any, user_items: Any, recalculate_user: bool = False) -> np.ndarray:
        if recalculate_user:
            return self.recalculate_user(userid, user_items)
        rows: np.ndarray = self.user_factors[_indices(userid)]
        return rows

    def _item_factor(self, itemid: Any, item_users: Any, recalculate_item: bool = False) -> np.ndarray:
        if recalculate_item:
            return self.recalculate_item(itemid, item_users)
        rows: np.ndarray = self.item_factors[_indices(itemid)]
        return rows

    def recalculate_user(self, userid: Any, user_items: Any) -> np.ndarray:
        """Factors of users by what they like, where a model can tell."""
        raise NotImplementedError("recalculate_user is not supported with this model")

    def recalculate_item(self, itemid: Any, item_users: Any) -> np.ndarray:
        """Factors of items by who likes them, where a model can tell."""
        raise NotImplementedError("recalculate_item is not supported with this model")

    def similar_users(
        self, userid: Any, N: int = 10, filter_users: Any = None, users: Any = None
    ) -> tuple[np.ndarray, np.ndarray]:
        """The users most like a user, or like each of several: see :class:`.RecommenderBase`."""
        factors, _ = self._fitted()
        if users is not None and arguments.is_given(filter_users):
            raise ValueError("Can't set both users and filter_users in similar_users call")
        queries = factors[_indices(userid)]
        return self._similar(queries, factors, self.user_norms, N, (filter_users, users, "user"))

    def similar_items(
        self,
        itemid: Any,
        N: int = 10,
        recalculate_item: bool = False,
        item_users: Any = None,
        filter_items: Any = None,
        items: Any = None,
    ) -> tuple[np.ndarray, np.ndarray]:
        """The items most like an item, or like each of several: see :class:`.RecommenderBase`."""
        _, factors = self._fitted()
        if items is not None and arguments.is_given(filter_items):
            raise ValueError("Can't set both items and filter_items in similar_items call")
        queries = self._item_factor(itemid, item_users, recalculate_item)
        return self._similar(queries, factors, self.item_norms, N, (filter_items, items, "item"))

    def _similar(
        self,
        queries: np.ndarray,
        factors: np.ndarray,
        norms: np.ndarray,
        N: int,
        filters: tuple[Any, Any, str],
    ) -> tuple[np.ndarray, np.ndarray]:
        without, among, what = filters
        if among is not None:
            among = arguments.chosen(among, len(factors), f"{what}s", what)
        alone = queries.ndim == 1
        queries = np.atleast_2d(queries)
        ids, scores = topk(
            factors,
            queries / _norms(queries)[:, None],
            N,
            item_norms=norms,
            filter_items=without,
            num_threads=self.num_threads,
            items_among=among,
        )
        if among is not None:
            ids = ids.astype(among.dtype, copy=False)
        return (ids[0], scores[0]) if alone else (ids, scores)

    @property
    def user_norms(self) -> np.ndarray:
        """Lengths of the users' rows, those of 0 as 1e-10."""
        if self._user_norms is None:
            self._user_norms = _norms(self.user_factors)
        return self._user_norms

    @property
    def item_norms(self) -> np.ndarray:
        """Lengths of the items' rows, those of 0 as 1e-10."""
        if self._item_norms is None:
            self._item_norms = _norms(self.item_factors)
        return self._item_norms

    def _check_fit_errors(self) -> None:
        self._check_factors(self.user_factors, self.item_factors)

    def _start_from(self, name: str, rows: int, width: int) -> None:
        """Raises if factors that there are, which a fit goes on from, are of other data."""
        found = getattr(self, name)
        if found is not None and found.shape != (rows, width):
            raise ValueError(
                f"{name} has shape {found.shape}, and user_items takes {(rows, width)}: fit goes on from the "
                f"factors that there are; to begin anew, set model.{name} = None"
            )


def _indices(ids: Any) -> Any:
    return ids if np.ndim(ids) == 0 else np.asarray(ids)


def _norms(rows: np.ndarray) -> np.ndarray:
    norms: np.ndarray = np.linalg.norm(rows, axis=-1)
    norms[norms == 0] = 1e-10
    return norms


def _append_liked(ids: np.ndarray, items: np.ndarray) -> None:
    """Puts those of ``items`` that a list lacks behind what it has: they are liked already."""
    for row in np.flatnonzero((ids < 0).any(axis=1)):
        missing = np.flatnonzero(ids[row] < 0)
        ids[row, missing] = np.setdiff1d(items, ids[row], assume_unique=True)[: len(missing)]
