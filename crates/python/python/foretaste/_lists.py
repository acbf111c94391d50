"""Lists of a fitted model: for its users, for others, of what is similar; scores, and what they are made of."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from . import _native
from ._columns import column
from ._input import read
from ._parameters import Parameters
from ._recommendations import Recommendations
from .errors import DataError, NotFittedError, ParameterError, UnknownIdError, UnsupportedError

if TYPE_CHECKING:
    from typing import Any

__all__ = ["Explanation", "Lists"]

# Lists are made for so many users at a time: between two such parts Ctrl-C is looked for.
_PART = 32_768


class Explanation(NamedTuple):
    """What a score is made of: ``terms``, what items of the history bring, and the rest sum to it."""

    score: float
    terms: list[tuple[str, float]]
    history: list[tuple[Any, float]]
    rest: float


class Lists(Parameters):
    """What has a model, and makes lists with it."""

    _model: _native.Model | None = None

    def _fitted(self) -> _native.Model:
        if self._model is None:
            raise NotFittedError(f"this {type(self).__name__} is not fitted: fit(data) first")
        return self._model

    def _indices(self, side: str, ids: Any, unknown: str = "raise") -> tuple[Any, Any]:
        """The indices of ids, and which are known."""
        column_of = column(ids, side)
        indices = self._fitted().indices(side, column_of)
        known = indices != _native.NO_INDEX
        if unknown == "raise" and not known.all():
            listed = ids if isinstance(ids, list) else list(ids)
            strange = [one for one, is_known in zip(listed, known.tolist(), strict=True) if not is_known]
            shown = ", ".join(repr(one) for one in strange[:3])
            count = f"{len(strange)} {side}s are" if len(strange) > 1 else f"{side}"
            count = f"{count} unknown to the model: {shown}" if len(strange) > 1 else f"the model knows no {side} {shown}"
            raise UnknownIdError(count, side, tuple(strange[:3]))
        return indices, known

    def _set(self, ids: Any, name: str) -> Any:
        """The known of some items; the unknown are counted in a warning."""
        if ids is None:
            return None
        ids = [ids] if _is_one(ids) else ids
        indices, known = self._indices("item", ids, "skip")
        if not known.all():
            count = int((~known).sum())
            _warn(f"{name}: {count} of the items are unknown to the model", stacklevel=4)
        return indices[known]

    def _asked(self, n: int, filter_seen: Any, allow: Any, deny: Any) -> dict[str, Any]:
        if not isinstance(n, int) and hasattr(n, "__index__"):
            n = n.__index__()
        if not isinstance(n, int) or isinstance(n, bool) or n < 0:
            raise ParameterError(f"n must be a whole number from 0, not {n!r}", "n", "a whole number from 0")
        seen = {True: "all", False: "none"}.get(filter_seen, filter_seen)
        return {
            "n": n,
            "seen": str(seen),
            "allow": self._set(allow, "allow"),
            "deny": self._set(deny, "deny"),
            "threads": self._threads(),
        }

    def recommend(
        self,
        users: Any = None,
        n: int = 10,
        *,
        filter_seen: bool | str = True,
        allow: Any = None,
        deny: Any = None,
        unknown: str = "raise",
    ) -> Recommendations:
        """The best `n` items for a user, for some, or for all (None), without what they had.

        ``filter_seen`` may be ``"positives"``: then what was seen and was not positive may be listed.
        ``allow`` and ``deny`` are ids of items: no list is shorter for them as long as items remain.
        ``unknown`` says what users get whom the model does not know: ``"raise"``, ``"skip"`` (no list),
        or ``"popular"``.
        """
        import numpy as np

        model = self._fitted()
        if unknown not in ("raise", "skip", "popular"):
            rule = '"raise", "skip" or "popular"'
            raise ParameterError(f"unknown must be {rule}, not {unknown!r}", "unknown", rule)
        asked = self._asked(n, filter_seen, allow, deny)
        single = users is not None and _is_one(users)
        if users is None:
            subjects = model.ids("user")
            indices, known = np.arange(model.n_users, dtype=np.uint32), None
        else:
            given = [users] if single else users
            indices, known = self._indices("user", given, unknown)
            subjects = _subjects(given)
        if known is not None and not known.all() and unknown == "skip":
            subjects = [one for one, is_known in zip(subjects, known.tolist(), strict=True) if is_known]
            indices, known, single = indices[known], None, False
        if known is not None and not known.all():
            lists = [self._with_popular(indices, known, asked)]
        else:
            lists = [
                model.recommend(indices[start : start + _PART], asked)
                for start in range(0, len(indices), _PART)
            ]
        return Recommendations(model, lists, subjects, single=single)

    def _with_popular(self, indices: Any, known: Any, asked: dict[str, Any]) -> _native.Lists:
        """Lists of the known, and of the others what most users have."""
        import numpy as np

        model = self._fitted()
        found = model.recommend(indices[known], asked)
        counts = model.item_counts.astype(np.int64)
        order = np.argsort(-counts, kind="stable").astype(np.uint32)
        if asked["allow"] is not None:
            order = order[np.isin(order, asked["allow"])]
        if asked["deny"] is not None:
            order = order[~np.isin(order, asked["deny"])]
        popular = order[: asked["n"]]
        lengths = np.full(len(known), len(popular), np.uint32)
        lengths[known] = found.lengths
        starts = np.cumsum(found.lengths) - found.lengths
        rows, scores, at = [], [], 0
        for is_known in known.tolist():
            if is_known:
                chosen = slice(int(starts[at]), int(starts[at] + found.lengths[at]))
                rows.append(found.found[chosen])
                scores.append(found.scores[chosen])
                at += 1
            else:
                rows.append(popular)
                scores.append(counts[popular].astype(np.float32))
        return _native.Lists(lengths, np.concatenate(rows), np.concatenate(scores))

    def recommend_for(
        self,
        histories: Any,
        n: int = 10,
        *,
        filter_seen: bool | str = True,
        allow: Any = None,
        deny: Any = None,
        **how: Any,
    ) -> Recommendations:
        """The best `n` items for users whom the training has not seen, by what they have.

        `histories` is a list of items of one user, a list of such lists, a dict ``{user: items}``, or
        data as :meth:`fit` takes it. Items that the model does not know are left out, with a warning
        that counts them.
        """
        import numpy as np

        model = self._fitted()
        asked = self._asked(n, filter_seen, allow, deny)
        single, subjects = False, None
        if isinstance(histories, dict):
            subjects = list(histories)
            histories = list(histories.values())
        if getattr(histories, "ndim", 0) == 1 and hasattr(histories, "tolist"):
            histories = histories.tolist()
        several = subjects is not None or not isinstance(histories, (list, set, frozenset))
        if not several and (not histories or _is_one(next(iter(histories)))):
            single, subjects, histories = True, [0], [list(histories)]
        if isinstance(histories, list):
            subjects = list(range(len(histories))) if subjects is None else subjects
            # Whoever has nothing is there all the same: by an item that nobody has.
            lengths = [len(history) for history in histories]
            items = [item for history in histories for item in history]
            users = np.repeat(np.arange(len(histories)), lengths)
            data = self._of_histories(users, items, len(histories))
        else:
            if hasattr(histories, "tocsr") and histories.shape[1] != model.n_items:
                rows, columns = histories.shape
                turned = ": it is transposed" if rows == model.n_items else ""
                raise DataError(f"the matrix has {columns} columns, and the model {model.n_items} items{turned}")
            data = read(histories, **how)
        lists, unknown_rows = model.recommend_for(data, asked)
        if unknown_rows:
            _warn(f"{unknown_rows} rows are of items that the model does not know", stacklevel=2)
        if subjects is None:
            subjects = data.ids("user")
        return Recommendations(model, [lists], subjects, single=single)

    def _of_histories(self, users: Any, items: list[Any], count: int) -> _native.Data:
        """Histories of users 0, 1, … by the model's items: a matrix of its indices."""
        import numpy as np

        indices, known = self._indices("item", items, "skip")
        if not known.all():
            unknown = int((~known).sum())
            _warn(f"{unknown} of the items are unknown to the model", stacklevel=3)
        return self._fitted().histories(users[known].astype(np.int64), indices[known], count)

    def similar_items(self, items: Any, n: int = 10, *, similarity: str = "cosine") -> Recommendations:
        """The `n` items most like an item, or each of some, without itself; by ``"cosine"`` or ``"dot"``."""
        return self._similar("item", items, n, similarity)

    def similar_users(self, users: Any, n: int = 10, *, similarity: str = "cosine") -> Recommendations:
        """The `n` users most like a user, or each of some, without themselves."""
        return self._similar("user", users, n, similarity)

    def _similar(self, side: str, ids: Any, n: int, similarity: str) -> Recommendations:
        model = self._fitted()
        asked = self._asked(n, True, None, None)
        single = _is_one(ids)
        given = [ids] if single else ids
        indices, _ = self._indices(side, given)
        lists = model.similar(side, indices, asked["n"], similarity, asked["threads"])
        names = (side, f"similar_{side}")
        return Recommendations(model, [lists], _subjects(given), single=single, names=names, finds=side)

    def score(self, users: Any, items: Any) -> Any:
        """The scores of pairs: of one user and one item a number, else an array, one a pair."""
        single = _is_one(users) and _is_one(items)
        users = [users] if _is_one(users) else users
        items = [items] if _is_one(items) else items
        (of_users, _), (of_items, _) = self._indices("user", users), self._indices("item", items)
        if len(of_users) != len(of_items):
            if 1 not in (len(of_users), len(of_items)):
                raise DataError(f"{len(of_users)} users and {len(of_items)} items are no pairs")
            import numpy as np

            of_users, of_items = (a.copy() for a in np.broadcast_arrays(of_users, of_items))
        scores = self._fitted().score(of_users, of_items, self._threads())
        return float(scores[0]) if single else scores

    def explain(self, user: Any, item: Any) -> Explanation:
        """What the score of a pair is made of; an `UnsupportedError` of models that can't say."""
        model = self._fitted()
        (of_user, _), (of_item, _) = self._indices("user", [user]), self._indices("item", [item])
        found = model.explain(int(of_user[0]), int(of_item[0]))
        if found is None:
            raise UnsupportedError(f"a model of {model.method} can't say what its scores are made of")
        import numpy as np

        terms, history, rest = found
        ids = model.ids("item", np.array([at for at, _ in history], np.uint32))
        ids = ids if isinstance(ids, list) else ids.tolist()
        parts = sorted(zip(ids, (part for _, part in history), strict=True), key=lambda one: -one[1])
        return Explanation(float(self.score(user, item)), terms, parts, rest)


def _warn(text: str, stacklevel: int) -> None:
    import warnings

    warnings.warn(text, stacklevel=stacklevel + 1)


def _is_one(ids: Any) -> bool:
    """Whether this is one id, not several."""
    return isinstance(ids, (str, bytes)) or not hasattr(ids, "__len__") or getattr(ids, "ndim", 1) == 0


def _subjects(ids: Any) -> Any:
    """The ids that lists are for: an array of 64-bit integers, or a list of what was given as text."""
    import numpy as np

    listed = ids if isinstance(ids, list) else (ids.tolist() if hasattr(ids, "tolist") else list(ids))
    if any(isinstance(one, str) for one in listed):
        return [str(one) for one in listed]
    try:
        return np.asarray(listed, dtype=np.int64)
    except OverflowError:  # beyond 64 bits with a sign
        return [str(one) for one in listed]
