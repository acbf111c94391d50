"""What all estimators have: parameters by scikit-learn's contract, fitting, lists, files."""

from __future__ import annotations

import inspect
import json
import os
import secrets
import warnings
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, ClassVar

from . import _native
from ._input import column, read
from ._progress import Listener
from ._recommendations import Recommendations
from .errors import DataError, NotFittedError, ParameterError, UnknownIdError

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from typing_extensions import Self

    from ._progress import Epoch

__all__ = ["Estimator", "Explanation", "load"]

# Lists are made for so many users at a time: between two such parts Ctrl-C is looked for.
_PART = 32_768


@dataclass(frozen=True, slots=True)
class Explanation:
    """What a score is made of: ``terms``, what items of the history bring, and the rest sum to it."""

    score: float
    terms: list[tuple[str, float]] = field(default_factory=list)
    history: list[tuple[Any, float]] = field(default_factory=list)
    rest: float = 0.0


class Estimator:
    """A method with its parameters, and a model once it is fitted.

    Parameters are kept as they are given, and checked when it is fitted. What was learnt has names that
    end in ``_``.
    """

    _method: ClassVar[str]
    # By the names that the constructor has, the engine's.
    _names: ClassVar[dict[str, str]]
    _model: _native.Model | None = None
    _history: list[dict[str, Any]] | None = None
    threads: int

    # Parameters

    @classmethod
    def _defaults(cls) -> dict[str, Any]:
        signature = inspect.signature(cls.__init__)
        return {name: p.default for name, p in signature.parameters.items() if name != "self"}

    def get_params(self, deep: bool = True) -> dict[str, Any]:
        """All parameters by name."""
        return {name: getattr(self, name) for name in self._defaults()}

    def set_params(self, **params: Any) -> Self:
        """Sets parameters; an unknown name is a ValueError that lists the legal ones."""
        legal = self._defaults()
        for name in params:
            if name not in legal:
                names = ", ".join(legal)
                raise ParameterError(f"{type(self).__name__} has no parameter {name!r}; it has {names}", name)
        for name, value in params.items():
            setattr(self, name, value)
        return self

    def _engine_method(self) -> str:
        return self._method

    def _given(self, seed: Any) -> list[tuple[str, str]]:
        """What differs from the defaults, as the engine takes it: names, and values as JSON."""
        given = []
        for name, default in self._defaults().items():
            if name not in self._names:
                continue
            value = seed if name == "random_state" else getattr(self, name)
            value = value.item() if hasattr(value, "item") and not isinstance(value, str) else value
            if value is default or (type(value) is type(default) and value == default):
                continue
            try:
                text = json.dumps(value, allow_nan=False)
            except (TypeError, ValueError):
                rule = "a number, a truth or text"
                raise ParameterError(f"{name} must be {rule}, not {value!r}", name, rule, repr(value)) from None
            given.append((self._names[name], text))
        return given

    def _seed(self) -> int | None:
        """The seed of one training; drawn anew where none is said."""
        if "random_state" not in self._names:
            return None
        state: Any = getattr(self, "random_state")  # noqa: B009
        if state is None:
            return secrets.randbits(53)
        if hasattr(state, "integers"):  # a generator of NumPy
            return int(state.integers(2**53))
        if hasattr(state, "randint") and not isinstance(state, int):
            return int(state.randint(2**31))
        seed: int = state
        return seed

    # Fitting

    def fit(
        self,
        data: Any,
        *,
        user: Any = None,
        item: Any = None,
        weight: Any = None,
        weight_as: str = "linear",
        time: Any = None,
        positive: str | None = None,
        event: str | None = None,
        feedback: Sequence[str] | None = None,
        feedback_as: str = "target",
        item_features: Any = None,
        user_features: Any = None,
        item_tags: Any = None,
        user_tags: Any = None,
        on_null: str = "raise",
        valid: Any = None,
        metric: str = "ndcg@10",
        validate_every: int = 5,
        start: Estimator | None = None,
        anchor: float = 0.0,
        callback: Callable[[Epoch], Any] | None = None,
        verbose: bool | None = None,
    ) -> Self:
        """Learns from interactions; the same seed gives the same model at any number of threads.

        Parameters
        ----------
        data, user, item, weight, weight_as, time, positive, event, feedback, item_features, user_features, item_tags, user_tags, on_null:
            As :class:`Interactions` has them.
        feedback_as:
            Of several feedbacks, what a method of one learns from: the last (``"target"``) or the
            ``"union"`` of all.
        valid:
            Held-out rows by which epochs are validated: data like `data`, or the share of each user's
            rows to hold out. The model of the best epoch is kept.
        metric, validate_every:
            By what, and after how many epochs each.
        start, anchor:
            A fitted estimator of the same method to start from, and how much its items hold the new ones.
        callback:
            Called with an :class:`Epoch` after each; ``False`` ends the training there. What it raises
            ends the training, and is raised.
        verbose:
            Whether to draw progress with tqdm; by default where there is somebody to see it.
        """
        how: dict[str, Any] = {
            "user": user,
            "item": item,
            "weight": weight,
            "time": time,
            "positive": positive,
            "event": event,
            "feedback": feedback,
            "on_null": on_null,
        }
        features = {
            "item_features": item_features,
            "user_features": user_features,
            "item_tags": item_tags,
            "user_tags": user_tags,
        }
        if feedback_as not in ("target", "union"):
            rule = '"target" or "union"'
            raise ParameterError(f"feedback_as must be {rule}, not {feedback_as!r}", "feedback_as", rule)
        seed = self._seed()
        method, given = self._engine_method(), self._given(seed)
        _native.check_parameters(method, given)
        rows = read(data, **how, weight_as=weight_as, **features)
        if valid is not None and not isinstance(valid, (int, float)):
            # Held-out rows have no weights, which would be grades.
            valid = read(valid, **{**how, "weight": None})
        elif valid is not None:
            valid = float(valid)
        if start is not None and not isinstance(start, Estimator):
            raise TypeError("start is a fitted estimator")
        epochs = getattr(self, "epochs", None)
        with Listener(callback, verbose, epochs if isinstance(epochs, int) else None, method) as listener:
            model = _native.fit(
                method,
                given,
                rows,
                valid=valid,
                metric=metric,
                every=validate_every,
                union=feedback_as == "union",
                start=None if start is None else start._fitted(),
                anchor=anchor,
                threads=self._threads(),
                listener=listener,
            )
        self._model, self._history = model, model.history
        return self

    def _threads(self) -> int:
        threads = self.threads
        if not isinstance(threads, int) or isinstance(threads, bool) or threads < 0:
            rule = "a whole number from 0 (as many as there are cores)"
            raise ParameterError(f"threads must be {rule}, not {threads!r}", "threads", rule, repr(threads))
        return threads

    def __sklearn_is_fitted__(self) -> bool:
        return self._model is not None

    def _fitted(self) -> _native.Model:
        if self._model is None:
            raise NotFittedError(f"this {type(self).__name__} is not fitted: fit(data) first")
        return self._model

    @property
    def info_(self) -> dict[str, Any]:
        """What the model's file says of it: method, parameters, training, fingerprint of the data."""
        info: dict[str, Any] = json.loads(self._fitted().info)
        return info

    @property
    def users_(self) -> Any:
        """The ids of the users: an array of integers, or a list of text."""
        return self._fitted().ids("user")

    @property
    def items_(self) -> Any:
        """The ids of the items: an array of integers, or a list of text."""
        return self._fitted().ids("item")

    @property
    def user_factors_(self) -> Any:
        """Rows of the users, shape (users, factors): scores are products with ``item_factors_``, and biases."""
        return self._factors("user")

    @property
    def item_factors_(self) -> Any:
        """Rows of the items, shape (items, factors)."""
        return self._factors("item")

    def _factors(self, side: str) -> Any:
        factors = self._fitted().factors(side)
        if factors is None:
            raise AttributeError(f"a model of {self._fitted().method} has no factors of {side}s")
        factors.flags.writeable = False
        return factors

    @property
    def history_(self) -> list[dict[str, Any]]:
        """The epochs of the training: dicts of epoch, loss, metric, learning_rate, samples, skipped."""
        self._fitted()
        return list(self._history or [])

    @property
    def best_epoch_(self) -> int:
        """The epoch that the model is of; 0 of methods without epochs."""
        return int(self.info_["training"].get("best_epoch") or 0)

    @property
    def random_state_(self) -> int | None:
        """The seed that was used; None of methods that draw nothing."""
        seed: int | None = self.info_["parameters"].get("seed")
        return seed

    @property
    def fingerprint_(self) -> str:
        """The checksum of the model, in hexadecimal."""
        return self._fitted().fingerprint

    # Lists

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
            warnings.warn(f"{name}: {count} of the items are unknown to the model", stacklevel=4)
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
        elif isinstance(histories, (list, set, frozenset)) and (not histories or _is_one(next(iter(histories)))):
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
            warnings.warn(f"{unknown_rows} rows are of items that the model does not know", stacklevel=2)
        if subjects is None:
            subjects = data.ids("user")
        return Recommendations(model, [lists], subjects, single=single)

    def _of_histories(self, users: Any, items: list[Any], count: int) -> _native.Data:
        """Histories of users 0, 1, … by the model's items: a matrix of its indices."""
        import numpy as np

        indices, known = self._indices("item", items, "skip")
        if not known.all():
            unknown = int((~known).sum())
            warnings.warn(f"{unknown} of the items are unknown to the model", stacklevel=3)
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
        from .errors import UnsupportedError

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

    # Files

    def _take(self, model: _native.Model) -> None:
        """Becomes what a model's file tells of."""
        values = {name: json.loads(value) for name, value in model.settings}
        for name, engine in self._names.items():
            if engine in values:
                setattr(self, name, values[engine])
        self._model, self._history = model, []

    def save(self, path: str | os.PathLike[str], *, overwrite: bool = False) -> None:
        """Writes the model file, which the command line reads, too; whole or not at all."""
        self._fitted().save(os.fspath(path), overwrite)

    def __getstate__(self) -> dict[str, Any]:
        state = {name: value for name, value in self.__dict__.items() if name != "_model"}
        # An array, which joblib maps into memory instead of copying it.
        state["_bytes"] = None if self._model is None else self._model.to_bytes()
        return state

    def __setstate__(self, state: dict[str, Any]) -> None:
        state = dict(state)
        held = state.pop("_bytes")
        self.__dict__.update(state)
        self._model = None if held is None else _native.Model.from_bytes(held)

    def __repr__(self) -> str:
        defaults = self._defaults()
        changed = (
            f"{name}={value!r}"
            for name, value in self.get_params().items()
            if value is not defaults[name] and value != defaults[name]
        )
        return f"{type(self).__name__}({', '.join(changed)})"


def _is_one(ids: Any) -> bool:
    """Whether this is one id, not several."""
    return isinstance(ids, (str, bytes)) or not hasattr(ids, "__len__") or getattr(ids, "ndim", 1) == 0


def _subjects(ids: Any) -> Any:
    """The ids that lists are for: an array of 64-bit integers, or a list of what was given as text."""
    import numpy as np

    listed = ids if isinstance(ids, list) else (ids.tolist() if hasattr(ids, "tolist") else list(ids))
    if any(isinstance(one, str) for one in listed):
        return [str(one) for one in listed]
    return np.asarray(listed, dtype=np.int64)


def load(path: str | os.PathLike[str]) -> Estimator:
    """Reads a model file of any method: an estimator with its parameters, fitted."""
    from ._methods import CLASSES

    model = _native.Model.load(os.fspath(path))
    estimator = CLASSES[model.method]()
    estimator._take(model)
    return estimator
