"""How well a fitted estimator ranks what was held out."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from . import _native
from ._input import read, refuse_transposed
from ._lists import Lists
from ._table import Table, page, shown
from .errors import ParameterError

if TYPE_CHECKING:
    from collections.abc import Sequence
    from typing import Any

__all__ = ["METRICS", "Evaluating", "Evaluation", "metric_names"]

#: What is measured where nothing else is asked for.
METRICS = ("ndcg@10", "recall@20")


def metric_names(metrics: str | Sequence[str]) -> list[str]:
    """The names of metrics: of one, or several."""
    return [metrics] if isinstance(metrics, str) else [str(metric) for metric in metrics]


class Evaluation:
    """Figures of one model: means over users with a held-out item, and their 95% bootstrap intervals.

    A user without a list scores 0, and a held-out item that the model does not know is a miss. The figures
    are those of ``foretaste evaluate``.
    """

    def __init__(self, found: _native.Evaluation, method: str) -> None:
        self._found = found
        self._counts = dict(found.counts)
        #: The engine's name of the method.
        self.method = method
        #: The names of the metrics.
        self.metrics: list[str] = found.metrics
        summary = dict(zip(self.metrics, found.summary, strict=True))
        #: The mean of each metric.
        self.mean: dict[str, float] = {name: mean for name, (mean, _, _) in summary.items()}
        #: Lower and upper end of each mean's 95% interval; NaN of metrics of all lists together.
        self.interval: dict[str, tuple[float, float]] = {
            name: (low, high) for name, (_, low, high) in summary.items()
        }

    def __getitem__(self, metric: str) -> float:
        """The mean of a metric."""
        return self.mean[metric]

    @property
    def users(self) -> dict[str, int]:
        """How many users were evaluated, and of them without a list, and unknown to the model."""
        counts = self._counts
        return {
            "evaluated": counts["users"],
            "without_list": counts["users_without_list"],
            "unknown": counts["unknown_users"],
        }

    @property
    def pairs(self) -> dict[str, int]:
        """How many held-out pairs there are, and how many no list can hold: of users or items that the
        model does not know, or left out of the lists."""
        names = ("pairs", "of_unknown_users", "of_unknown_items", "masked")
        return {name: self._counts[name] for name in names}

    @property
    def per_user(self) -> Table:
        """A row a user, a column a metric; nothing where a metric has no value for the user."""
        known, unknown = self._found.user_ids()
        columns: dict[str, Any] = {"user": _joined(known, unknown)}
        for at, metric in enumerate(self.metrics):
            columns[metric] = self._found.values(at)
        return Table(columns)

    def to_dict(self) -> dict[str, Any]:
        """The figures as plain data, as ``foretaste evaluate --json`` has them."""
        metrics = {
            name: {"mean": mean, "low": self.interval[name][0], "high": self.interval[name][1]}
            for name, mean in self.mean.items()
        }
        return {
            "model": self.method,
            "users": self._counts["users"],
            "users_without_list": self._counts["users_without_list"],
            "metrics": metrics,
        }

    def to_trec(self, folder: str | os.PathLike[str], *, overwrite: bool = False) -> None:
        """Writes ``run.txt`` and ``qrels.txt``, as trec_eval reads them, into a folder."""
        os.makedirs(folder, exist_ok=True)
        run, qrels = os.path.join(folder, "run.txt"), os.path.join(folder, "qrels.txt")
        if not overwrite:
            for path in (run, qrels):
                if os.path.lexists(path):
                    raise FileExistsError(f"{path} exists already; overwrite=True replaces it")
        self._found.write_trec(run, qrels, overwrite)

    def to_ranx(self) -> tuple[dict[str, dict[str, int]], dict[str, dict[str, float]]]:
        """``(qrels, run)`` with ids as text, which ``ranx.Qrels`` and ``ranx.Run`` take.

        ranx asks for a list of each user: who has none has one of an item that there is not, named ``""``.
        """
        qrels: dict[str, dict[str, int]] = {}
        for user, item in zip(*map(_listed, self._found.held_out()), strict=True):
            qrels.setdefault(str(user), {})[str(item)] = 1
        run: dict[str, dict[str, float]] = {}
        lists = self._found.lists()
        items = [str(item) for item in _listed(self._found.item_ids(lists.found))]
        scores, start = lists.scores.tolist(), 0
        known, _ = self._found.user_ids()
        for user, length in zip(_listed(known), lists.lengths.tolist(), strict=True):
            part = slice(start, start + length)
            run[str(user)] = dict(zip(items[part], scores[part], strict=True))
            start += length
        return qrels, {user: run.get(user) or {"": 0.0} for user in qrels}

    def _cells(self) -> list[list[str]]:
        rows = []
        for name, mean in self.mean.items():
            low, high = self.interval[name]
            rows.append([name, *(shown(round(number, 4)) for number in (mean, low, high))])
        return rows

    def __repr__(self) -> str:
        figures = (
            f"{name}={mean} [{low}, {high}]" if low else f"{name}={mean}" for name, mean, low, high in self._cells()
        )
        return f"Evaluation({', '.join(figures)}; {self._about()})"

    def _about(self) -> str:
        users = self.users
        without = f", {users['without_list']} of them without a list" if users["without_list"] else ""
        return f"{users['evaluated']} users{without}"

    def _repr_html_(self) -> str:
        head = ["metric", "mean", "95% low", "high"]
        return page(head, self._cells()) + f"<p>{self.method}, {self._about()}</p>"


def _listed(column: Any) -> list[Any]:
    return column if isinstance(column, list) else list(column.tolist())


def _joined(known: Any, unknown: Any) -> Any:
    """Ids of both: integers if all are."""
    if isinstance(known, list) or isinstance(unknown, list):
        return [str(one) for one in _listed(known) + _listed(unknown)]
    import numpy as np

    return np.concatenate([known, unknown])


class Evaluating(Lists):
    """What has a model, and is held against what happened."""

    def evaluate(
        self,
        test: Any,
        metrics: str | Sequence[str] = METRICS,
        *,
        valid: Any = None,
        mask: str | Sequence[str] = ("train",),
        ips: str | None = None,
        clip: float = 0.01,
        seed: int = 42,
        user: Any = None,
        item: Any = None,
        positive: str | None = None,
    ) -> Evaluation:
        """Ranks all items for each user of held-out data, and scores the lists.

        Parameters
        ----------
        test, user, item, positive:
            Held-out interactions, as :class:`Interactions` has them.
        metrics:
            Names: ndcg, recall, precision, ap, rr, hit, f1 ``@k`` by trec_eval's definitions, ``auc``;
            coverage, gini, arp, novelty ``@k`` of what is listed; ``ndcg@10:ips`` or ``:snips`` as it were
            under complete knowledge, or had users rated items at random.
        valid:
            Held-out interactions of another part, which lists leave out, too.
        mask:
            What lists leave out of what the model was trained on: ``"train"``, its positives, and
            ``"seen"``, what was seen and is not positive.
        ips, clip:
            How likely items were to be observed, for estimates that need it: ``"pop^0.5"`` (popularity to
            a power, the default) or ``"const:0.1"``; and the least that is taken for such.
        seed:
            Of the bootstrap.
        """
        masked = [mask] if isinstance(mask, str) else list(mask)
        for name in masked:
            if name not in ("train", "seen"):
                rule = '"train", "seen" or both; valid= leaves out a validation part'
                raise ParameterError(f"mask must be {rule}, not {name!r}", "mask", rule, repr(name))
        model = self._fitted()
        refuse_transposed(test, model.n_users, model.n_items)
        how = {"user": user, "item": item, "positive": positive}
        found = _native.evaluate(
            model,
            read(test, **how),
            None if valid is None else read(valid, **how),
            ("train" in masked, "seen" in masked),
            metric_names(metrics),
            ips,
            float(clip),
            seed,
            self._threads(),
        )
        return Evaluation(found, model.method)
