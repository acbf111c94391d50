"""Parameters that are tried at random, by a metric on validation rows."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from . import _native
from ._input import read
from ._progress import Listener
from ._table import Table
from .errors import ParameterError

if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Any

    from ._estimator import Estimator

__all__ = ["Tuned", "tune"]


class Tuned:
    """What a search has found."""

    def __init__(self, found: _native.Search, estimator: Estimator, seed: int) -> None:
        import json

        self._found = found
        #: The metric that decided.
        self.metric: str = found.metric
        names = {engine: name for name, engine in estimator._names.items()}
        drawn = []
        for text, *_ in found.trials:
            drawn.append({names.get(name, name): value for name, value in json.loads(text).items()})
        best = found.best
        #: The best of the parameters that were searched.
        self.best_params: dict[str, Any] = drawn[best]
        parameters = {**estimator.get_params(), **self.best_params}
        if "random_state" in estimator._names:
            parameters["random_state"] = seed
        #: An estimator with the best parameters, not fitted.
        self.best: Estimator = type(estimator)(**parameters)
        scores = [score for _, score, _, _ in found.trials]
        #: Its metric on the validation rows.
        self.best_score: float = scores[best] or 0.0
        #: The epoch that was best in validation; None of methods without epochs.
        self.best_epoch: int | None = found.trials[best][3]
        columns: dict[str, Any] = {"trial": list(range(1, len(drawn) + 1)), self.metric: scores}
        for name in drawn[best]:
            columns[name] = [one[name] for one in drawn]
        columns["seconds"] = [seconds for _, _, seconds, _ in found.trials]
        columns["best_epoch"] = [epoch for *_, epoch in found.trials]
        #: All that was tried, in order; of a training that diverged there is no score.
        self.trials = Table(columns)

    def refit(self) -> Estimator:
        """The best, trained for as many epochs as were best on training and validation rows; of the latter on those
        whose users and items are in the training rows."""
        estimator = type(self.best)(**self.best.get_params())
        with Listener(None, False, None, "refit") as listener:
            model = self._found.refit(estimator._threads(), listener)
        estimator._take(model)
        estimator._history = model.history
        return estimator

    def __repr__(self) -> str:
        return f"Tuned({self.best!r}, {self.metric} {self.best_score:.4f}, {len(self.trials)} trials)"

    def _repr_html_(self) -> str:
        return f"<p>{self.metric} {self.best_score:.4f}</p>" + self.trials._repr_html_()


def _range(name: str, values: Any) -> tuple[bool, str]:
    """Whether a range is JSON, and it, as the engine takes it."""
    import json

    if isinstance(values, str):
        return False, values
    rule = '(low, high), a list of choices, or text as "log:0.01..0.3"'
    wrong = ParameterError(f"space: {name} must be {rule}, not {values!r}", name, rule, repr(values))
    if isinstance(values, tuple):
        if len(values) != 2 or any(isinstance(end, (bool, str)) for end in values):
            raise wrong
        whole = all(hasattr(end, "__index__") for end in values)
        ends = [end.__index__() if whole else float(end) for end in values]
        return True, json.dumps({"int" if whole else "uniform": ends})
    if hasattr(values, "tolist"):
        values = values.tolist()
    if not isinstance(values, list):
        raise wrong
    try:
        return True, json.dumps({"choice": values}, allow_nan=False)
    except (TypeError, ValueError):
        raise wrong from None


def tune(
    estimator: Estimator,
    train: Any,
    valid: Any,
    space: Mapping[str, Any],
    *,
    trials: int = 20,
    metric: str = "ndcg@10",
    validate_every: int = 5,
    seed: int = 42,
    folder: str | os.PathLike[str] | None = None,
    user: Any = None,
    item: Any = None,
    positive: str | None = None,
) -> Tuned:
    """Searches an estimator's parameters at random, by a metric on validation rows, as ``foretaste tune`` does.

    Parameters
    ----------
    estimator:
        With parameters that stay as they are.
    train, valid, user, item, positive:
        What is learnt from, and what decides, as :class:`Interactions` has them; or the share of each
        user's rows of `train` to hold out for that.
    space:
        By parameter: ``(low, high)`` (of integers both are included), a list of choices, or text:
        ``"log:0.01..0.3"``, whose logarithm is uniform.
    trials, seed:
        How many to try; the seed of the draws, and of the trainings. More trials leave the first as they
        are.
    metric, validate_every:
        What decides, and after how many epochs each a training is validated.
    folder:
        Where finished trials are kept: a search that was interrupted, or has more trials, goes on there.
    """
    import json

    names = estimator._names
    ranges = []
    for name, values in space.items():
        if name not in names or name == "random_state":
            legal = ", ".join(one for one in names if one != "random_state")
            raise ParameterError(f"space: {type(estimator).__name__} has no parameter {name!r}; it has {legal}", name)
        ranges.append((names[name], *_range(name, values)))
    how = {"user": user, "item": item, "positive": positive}
    rows = read(train, **how)
    if isinstance(valid, float):
        if not 0.0 < valid < 1.0:
            rule = "data, or a share above 0 and below 1"
            raise ParameterError(f"valid must be {rule}, not {valid!r}", "valid", rule, repr(valid))
        rows, _, held_out = _native.split(rows, json.dumps({"method": "random", "valid": 0.0, "test": valid}), seed)
    else:
        held_out = read(valid, **how)
    if folder is not None:
        os.makedirs(folder, exist_ok=True)
    given = [one for one in estimator._given(None) if one[0] != "seed"]
    with Listener(None, False, None, "tune") as listener:
        found = _native.tune(
            estimator._engine_method(),
            given,
            rows,
            held_out,
            ranges,
            trials,
            metric,
            validate_every,
            seed,
            None if folder is None else os.fspath(folder),
            estimator._threads(),
            listener,
        )
    return Tuned(found, estimator, seed)
