"""What all estimators are: parameters, fitting, lists, files."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from . import _native
from ._evaluation import Evaluating
from ._input import read, refuse_transposed, unused_values
from ._progress import Listener
from .errors import ParameterError

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from typing import Any

    from typing_extensions import Self

    from ._progress import Epoch

__all__ = ["Estimator", "load"]


class Estimator(Evaluating):
    """A method with its parameters, and a model once it is fitted.

    Parameters are kept as they are given, and checked when it is fitted. What was learnt has names that
    end in ``_``.
    """

    _history: list[dict[str, Any]] | None = None

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
        self._check(given)
        rows = read(data, **how, weight_as=weight_as, **features)
        if valid is not None and not isinstance(valid, (int, float)):
            refuse_transposed(valid, rows.n_users, rows.n_items)
            # Held-out rows have no weights, which would be grades.
            valid = read(valid, **{**how, "weight": None})
        elif valid is not None:
            valid = float(valid)
        if start is not None and not isinstance(start, Estimator):
            raise TypeError("start is a fitted estimator")
        epochs = getattr(self, "epochs", None)
        with Listener(callback, verbose, epochs if isinstance(epochs, int) else None, method) as listener:
            listener.about(rows.facts, unused_values(data) if self._weighs and not weight else None)
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

    def __sklearn_is_fitted__(self) -> bool:
        return self._model is not None

    @property
    def info_(self) -> dict[str, Any]:
        """What the model's file says of it: method, parameters, training, fingerprint of the data."""
        import json

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
        """Vectors of the users, shape (users, width): scores are inner products with ``item_factors_``.

        They are the factors, and behind them biases, where the model has such. A copy, to be read.
        """
        return self._factors("user")

    @property
    def item_factors_(self) -> Any:
        """Vectors of the items, shape (items, width), as :attr:`user_factors_` has those of users."""
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

    def _take(self, model: _native.Model) -> None:
        """Becomes what a model's file tells of."""
        import json

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


def load(path: str | os.PathLike[str]) -> Estimator:
    """Reads a model file of any method: an estimator with its parameters, fitted."""
    from ._methods import CLASSES

    model = _native.Model.load(os.fspath(path))
    estimator = CLASSES[model.method]()
    estimator._take(model)
    return estimator
