"""What is said while the engine computes: to a callback, a progress bar, and the log."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

__all__ = ["Epoch", "Listener"]


class Epoch(NamedTuple):
    """What happened in an epoch; what a callback is given.

    ``loss`` is the mean loss of its samples in nats, ``metric`` the validation's if there was one,
    ``seconds`` how long it took.
    """

    epoch: int
    loss: float
    metric: float | None
    learning_rate: float | None
    samples: int
    skipped: int
    seconds: float = float("nan")


class Listener:
    """Hears the engine's events, on the thread that called it."""

    def __init__(
        self,
        callback: Callable[[Epoch], Any] | None,
        verbose: bool | None,
        epochs: int | None,
        what: str,
    ) -> None:
        self._callback = callback
        self._what = what
        self._epochs = epochs
        # Here, so that importing foretaste does not.
        import logging

        self._log = logging.getLogger("foretaste")
        self._bar = _bar(verbose, epochs, what, self._log)
        self._shown = 0.0

    def about(self, facts: list[tuple[str, int]], values: str | None) -> None:
        """What was done to the rows, and what of them is not used."""
        for name, count in facts:
            if count:
                self._log.info("%s: %s of the rows: %d", self._what, name.replace("_", " "), count)
        if values is not None:
            self._log.warning("%s: %s", self._what, values)

    def __call__(self, event: str, *told: Any) -> Any:
        if event == "epoch":
            return self._epoch(Epoch(**told[0]))
        if event == "progress" and self._bar is not None:
            self._advance(told[0] - 1 + told[1])
        elif event == "note":
            self._log.warning("%s", told[0])
        elif event == "estimating":
            self._log.info("%s: training %d of an estimate is done", self._what, told[0])
        elif event == "memory":
            self._log.info("%s: needs %.1f MB beside the data", self._what, told[0] / 1e6)
        return None

    def _epoch(self, epoch: Epoch) -> Any:
        metric = "" if epoch.metric is None else f", metric {epoch.metric:.4f}"
        self._log.info("%s: epoch %d, loss %.4f%s", self._what, epoch.epoch, epoch.loss, metric)
        if self._bar is not None:
            self._advance(float(epoch.epoch))
            if epoch.metric is not None:
                self._bar.set_postfix(metric=f"{epoch.metric:.4f}")
        return None if self._callback is None else self._callback(epoch)

    def _advance(self, to: float) -> None:
        if to > self._shown and self._bar is not None:
            self._bar.update(to - self._shown)
            self._shown = to

    def __enter__(self) -> Listener:
        return self

    def __exit__(self, *_: object) -> None:
        if self._bar is not None:
            self._bar.close()


def _bar(verbose: bool | None, epochs: int | None, what: str, log: Any) -> Any:
    """A bar of tqdm, if it is wanted: by default where somebody looks."""
    from importlib.util import find_spec

    if verbose is None:
        seen = getattr(sys.stderr, "isatty", lambda: False)() or "ipykernel" in sys.modules
        verbose = bool(seen and find_spec("tqdm"))
    if not verbose or not epochs:
        return None
    if not find_spec("tqdm"):
        log.warning("verbose: there is no tqdm, which draws progress; the log has the epochs")
        return None
    from tqdm.auto import tqdm

    form = "{l_bar}{bar}| {n:.1f}/{total_fmt} [{elapsed}<{remaining}{postfix}]"
    return tqdm(total=epochs, desc=what, unit="epoch", bar_format=form, leave=False)
