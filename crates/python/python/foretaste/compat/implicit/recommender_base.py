"""What all models have in common, as in ``implicit.recommender_base``."""

from __future__ import annotations

import warnings
from abc import ABCMeta, abstractmethod
from typing import Any, Self

import numpy as np

__all__ = ["ModelFitError", "RecommenderBase"]


class ModelFitError(Exception):
    """A training whose numbers are not finite."""


class RecommenderBase(metaclass=ABCMeta):
    """The interface of all models.

    Users are rows of the matrix that is fitted and items are its columns; ids are their numbers.
    """

    @abstractmethod
    def fit(self, user_items: Any, show_progress: bool = True, callback: Any = None) -> None:
        """Trains on a CSR matrix of shape (users, items), whose values say how sure a like is.

        ``callback`` is called after each epoch with its number, the seconds it took, and what the model
        says of it.
        """

    @abstractmethod
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
        """The best ``N`` items of a user, or of each of several: ``(ids, scores)``.

        Both are 1-d for a single user and 2-d for an array of users. ``user_items`` is a CSR matrix with a row
        for each user asked for, in their order: ``user_items[userid]``. ``items`` restricts the lists to
        these items, of which those that the user likes already come last; ``filter_items`` leaves items
        out. With ``recalculate_user`` the user's factors come from ``user_items`` instead of the training.

        Where there are fewer than ``N`` items left, the rest of a list is id −1 with score −FLT_MAX.
        """

    @abstractmethod
    def similar_users(
        self, userid: Any, N: int = 10, filter_users: Any = None, users: Any = None
    ) -> tuple[np.ndarray, np.ndarray]:
        """The users most like a user, or like each of several, the user itself included: ``(ids, scores)``."""

    @abstractmethod
    def similar_items(
        self,
        itemid: Any,
        N: int = 10,
        recalculate_item: bool = False,
        item_users: Any = None,
        filter_items: Any = None,
        items: Any = None,
    ) -> tuple[np.ndarray, np.ndarray]:
        """The items most like an item, or like each of several, the item itself included: ``(ids, scores)``.

        With ``recalculate_item`` the item's factors come from ``item_users``, a CSR matrix with a row for
        each item asked for.
        """

    @abstractmethod
    def save(self, file: Any) -> None:
        """Writes the model as ``.npz``, to a path or an open file."""

    @classmethod
    def load(cls, fileobj_or_path: Any) -> Self:
        """Reads a model that :meth:`save` wrote; files of ``implicit`` are read, too. Runs no code."""
        with np.load(npz(fileobj_or_path), allow_pickle=False) as data:
            model = cls()
            for name, value in data.items():
                if name == "dtype":
                    value = np.dtype(str(value))
                elif value.shape == ():
                    value = value.item()
                setattr(model, name, value)
            return model

    def rank_items(
        self, userid: Any, user_items: Any, selected_items: Any, recalculate_user: bool = False
    ) -> tuple[np.ndarray, np.ndarray]:
        """Deprecated: :meth:`recommend` with ``items``."""
        warnings.warn(
            "rank_items is deprecated. Use recommend with the 'items' parameter instead",
            DeprecationWarning,
            stacklevel=2,
        )
        return self.recommend(
            userid,
            user_items,
            recalculate_user=recalculate_user,
            items=selected_items,
            filter_already_liked_items=False,
        )

    @staticmethod
    def _check_factors(user_factors: np.ndarray, item_factors: np.ndarray) -> None:
        if not (np.isfinite(user_factors).all() and np.isfinite(item_factors).all()):
            raise ModelFitError(
                "NaN encountered in factors: lower learning_rate or alpha, or raise regularization"
            )


def npz(path: Any) -> Any:
    """A path with the suffix that ``numpy.savez`` adds; files as they are."""
    if isinstance(path, str) and not path.endswith(".npz"):
        return path + ".npz"
    return path
