"""Data that are made: the parts of a split, and feedback that is simulated."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from . import _native
from ._compare import settings
from ._input import Interactions, read
from ._table import Table
from .errors import ParameterError

if TYPE_CHECKING:
    from collections.abc import Sequence
    from typing import Any

__all__ = ["Simulated", "Split", "simulate", "split"]


class Split(NamedTuple):
    """The parts of a split."""

    train: Interactions
    valid: Interactions | None
    test: Interactions


def split(
    data: Any,
    *,
    test: float = 0.2,
    valid: float = 0.1,
    by: str = "random",
    seed: int = 42,
    user: Any = None,
    item: Any = None,
    weight: Any = None,
    time: Any = None,
    positive: str | None = None,
    event: str | None = None,
    feedback: Sequence[str] | None = None,
    on_null: str = "raise",
) -> Split:
    """Parts to train on, to validate on and to test on, as ``foretaste split`` makes them.

    Parameters
    ----------
    data, user, item, weight, time, positive, event, feedback, on_null:
        As :class:`Interactions` has them.
    test, valid:
        Shares; ``valid=0`` makes no such part. With ``"last-one"`` and ``"random-one"`` any share is one
        interaction a user.
    by:
        ``"random"``: of each user, a random share. ``"user-time"``: of each user, the latest. ``"time"``:
        all after a point in time. ``"last-one"``: of each user, the last for testing and the one before
        for validation; ``"random-one"``: any.
    """
    import json

    rows = read(
        data,
        user=user,
        item=item,
        weight=weight,
        time=time,
        positive=positive,
        event=event,
        feedback=feedback,
        on_null=on_null,
    )
    if by in ("last-one", "random-one"):
        held_out = "latest" if by == "last-one" else "random"
        how: dict[str, Any] = {"method": "leave-one-out", "held_out": held_out, "valid": valid > 0}
    elif by in ("random", "user-time", "time"):
        method = "global-time" if by == "time" else by
        how = {"method": method, "valid": float(valid), "test": float(test)}
    else:
        rule = '"random", "user-time", "time", "last-one" or "random-one"'
        raise ParameterError(f"by must be {rule}, not {by!r}", "by", rule, repr(by))
    parts = _native.split(rows, json.dumps(how), seed)
    train, middle, last = parts
    return Split(_held(train), None if middle is None else _held(middle), _held(last))


def _held(data: _native.Data) -> Interactions:
    made = Interactions.__new__(Interactions)
    made._data = data
    return made


class Simulated(NamedTuple):
    """Simulated feedback."""

    #: Columns `user`, `item` and `time`, in hours.
    interactions: Table
    #: Columns `item`, `title`, `genre`, and `propensity`, how likely a user was to see the item.
    items: Table


def simulate(
    users: int = 1000, items: int = 1000, interactions: int = 60_000, *, seed: int = 1, **parameters: Any
) -> Simulated:
    """Feedback with known tastes and exposure, as ``foretaste simulate`` draws it.

    `interactions` is their expected number. ``parameters`` are others of the simulation: `rank`, `relevance`,
    `taste`, `quality`, `popularity`, `activity`, `position`, `dependence`, `noise`, `hours`, …
    """
    import json

    import numpy as np

    given = {"users": users, "items": items, "interactions": interactions, "seed": seed, **parameters}
    clicks, (titles, genres, propensities) = _native.simulate(
        json.dumps({name: json.loads(value) for name, value in settings(given)})
    )
    columns = dict(zip(("user", "item", "time"), clicks, strict=True))
    ids = np.arange(1, len(titles) + 1, dtype=np.int64)
    about = {"item": ids, "title": titles, "genre": genres, "propensity": propensities}
    return Simulated(Table(columns), Table(about))
