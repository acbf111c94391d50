"""Methods and models side by side, on one split."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from . import _native
from ._estimator import Estimator
from ._evaluation import METRICS, metric_names
from ._input import read
from ._progress import Listener
from ._table import Table, page
from .errors import ParameterError

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from typing import Any

__all__ = ["Comparison", "compare", "settings"]

_FIGURES = ("method", "metric", "mean", "low", "high", "sd", "trainings", "seconds")
_PAIRS = ("diff", "diff_low", "diff_high", "p_t", "p_t_holm", "p_wilcoxon", "p_wilcoxon_holm")


class Comparison:
    """Methods and models side by side: means over users, and paired differences from a baseline.

    As a table it has a row a method and metric, with the columns of ``foretaste compare --format csv``; it is
    itself an Arrow stream. p-values are of a paired t-test and of Wilcoxon's signed-rank test on users,
    by themselves and Holm-corrected over the methods.
    """

    def __init__(self, found: _native.Comparison) -> None:
        self._found = found
        #: What was measured; the first decides which is the best.
        self.metrics: list[str] = found.metrics
        #: The names of what was compared.
        self.names: list[str] = found.names
        #: What the others are held against: what was asked for, or the best.
        self.baseline: str = found.baseline
        #: What has the highest mean of the first metric.
        self.best: str = found.best
        figures = list(found.figures)
        #: The means, by name and metric.
        self.mean: dict[str, dict[str, float]] = {name: {} for name in self.names}
        #: Their 95% bootstrap intervals.
        self.interval: dict[str, dict[str, tuple[float, float]]] = {name: {} for name in self.names}
        for name, metric, mean, low, high, *_ in figures:
            self.mean[name][metric], self.interval[name][metric] = mean, (low, high)
        pairs = {(a, metric): (*diff, *p) for a, _, metric, diff, p in found.differences}
        missing = (float("nan"),) * len(_PAIRS)
        rows = [(*row, self.baseline, *pairs.get((row[0], row[1]), missing)) for row in figures]
        names = (*_FIGURES, "baseline", *_PAIRS)
        #: All figures: a row a method and metric.
        self.table = Table({name: [row[at] for row in rows] for at, name in enumerate(names)})

    @property
    def users(self) -> dict[str, int]:
        """How many users figures are means over, and of them without a list, and unknown."""
        counts = dict(self._found.counts)
        return {
            "evaluated": counts["users"],
            "without_list": counts["users_without_list"],
            "unknown": counts["unknown_users"],
        }

    @property
    def differences(self) -> Table:
        """A row a method and metric: its difference from the baseline, with p-values."""
        at = [n for n, name in enumerate(self.table["method"]) if name != self.baseline]
        names = ("method", "metric", "baseline", *_PAIRS)
        return Table({name: [self.table[name][n] for n in at] for name in names})

    def to_pandas(self) -> Any:
        """All figures as a data frame of pandas."""
        return self.table.to_pandas()

    def to_polars(self) -> Any:
        """All figures as a data frame of polars."""
        return self.table.to_polars()

    def to_arrow(self) -> Any:
        """All figures as a table of pyarrow."""
        return self.table.to_arrow()

    def to_dict(self) -> dict[str, list[Any]]:
        """All figures as lists."""
        return self.table.to_dict()

    def __arrow_c_stream__(self, requested_schema: Any = None) -> Any:
        return self.table.__arrow_c_stream__(requested_schema)

    def report(
        self,
        path: str | os.PathLike[str] | None = None,
        *,
        title: str | None = None,
        overwrite: bool = False,
    ) -> str:
        """The report: a page of HTML with tables and plots that needs no other file; also into a file."""
        page = self._found.report(" and ".join(self.names) if title is None else title)
        if path is not None:
            self._found.write_report(os.fspath(path), page, overwrite)
        return page

    def _rows(self) -> list[list[str]]:
        cells: dict[str, list[str]] = {name: [name] for name in self.names}
        for row in self.table.rows():
            sd = "" if row["sd"] != row["sd"] else f" ± {row['sd']:.4f}"
            cells[row["method"]].append(f"{row['mean']:.4f} [{row['low']:.4f}, {row['high']:.4f}]{sd}")
        return list(cells.values())

    def _differences(self) -> list[list[str]]:
        return [
            [
                row["method"],
                row["metric"],
                f"{row['diff']:+.4f} [{row['diff_low']:+.4f}, {row['diff_high']:+.4f}]",
                _p(row["p_t_holm"]),
                _p(row["p_wilcoxon_holm"]),
            ]
            for row in self.differences.rows()
        ]

    def __repr__(self) -> str:
        lines = [["method", *self.metrics], *self._rows()]
        widths = [max(len(cell) for cell in column) for column in zip(*lines, strict=True)]
        text = ["  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)) for row in lines]
        return "\n".join(line.rstrip() for line in text)

    def _repr_html_(self) -> str:
        best = frozenset([self.names.index(self.best)])
        html = page(["method", *self.metrics], self._rows(), best)
        if len(self.names) > 1:
            head = ["method", "metric", f"difference from {self.baseline}", "p of t, Holm", "p of Wilcoxon, Holm"]
            html += page(head, self._differences())
        return html


def _p(p: float) -> str:
    if p != p:
        return "–"
    return "<0.0001" if p < 1e-4 else f"{p:.4f}"


def settings(given: Mapping[str, Any]) -> list[tuple[str, str]]:
    """Settings of a method by the engine's names, as JSON."""
    import json

    found = []
    for name, value in given.items():
        value = value.item() if hasattr(value, "item") and not isinstance(value, str) else value
        try:
            found.append((name, json.dumps(value, allow_nan=False)))
        except (TypeError, ValueError):
            rule = "a number, a truth, text, or a list or dict of such"
            raise ParameterError(f"{name} must be {rule}, not {value!r}", name, rule, repr(value)) from None
    return found


def _run(name: str, given: Any) -> dict[str, Any]:
    """What is compared, as the engine takes it."""
    if isinstance(given, Estimator):
        if given._model is not None:
            return {"name": name, "method": None, "given": [], "model": given._model}
        # A comparison has seeds of its own.
        own = [one for one in given._given(None) if one[0] != "seed"]
        return {"name": name, "method": given._engine_method(), "given": own, "model": None}
    method, parameters = _pair(name, (given, {}) if isinstance(given, str) else given)
    if "seed" in parameters or "random_state" in parameters:
        raise ParameterError(f"{name}: seed= of the comparison is the seed of its trainings", "seed")
    return {"name": name, "method": method, "given": settings(parameters), "model": None}


def _pair(name: str, given: Any) -> tuple[str, dict[str, Any]]:
    try:
        method, parameters = given
        return str(method), dict(parameters)
    except (TypeError, ValueError):
        kind = type(given).__name__
        raise TypeError(f"{name}: {kind} is no estimator, no name of a method, and no (method, parameters)") from None


def compare(
    methods: Mapping[str, Any],
    train: Any,
    test: Any,
    valid: Any = None,
    *,
    metrics: str | Sequence[str] = METRICS,
    seeds: int = 1,
    seed: int = 42,
    baseline: str | None = None,
    threads: int = 0,
    user: Any = None,
    item: Any = None,
    positive: str | None = None,
) -> Comparison:
    """Trains and measures several methods on one split, as ``foretaste compare`` does.

    Parameters
    ----------
    methods:
        By name: an estimator to be trained; a fitted one, which is measured as it is; or the engine's
        name of a method, or ``(name, parameters)``, by which `feedback_as`, `feedback_weights` and
        `shuffled_features` can be said, too.
    train, test, valid, user, item, positive:
        The parts of a split, as :class:`Interactions` has them: :func:`split` makes such. Lists leave
        out what is in `train` and `valid`.
    metrics:
        As ``evaluate`` has them. The first decides which is the best; the first that tells how well held-out
        items are ranked validates trainings on `valid`.
    seeds, seed:
        How many times each method is trained, with `seed` and those that follow it; it is that of the
        bootstrap, too.
    baseline:
        What the others are held against, instead of the best.
    """
    runs = [_run(str(name), given) for name, given in methods.items()]
    how = {"user": user, "item": item, "positive": positive}
    held_out = None if valid is None else read(valid, **how)
    parts = (read(train, **how), read(test, **how), held_out)
    with Listener(None, False, None, "compare") as listener:
        found = _native.compare(
            runs, *parts, metric_names(metrics), seeds, seed, baseline, threads, listener
        )
    return Comparison(found)
