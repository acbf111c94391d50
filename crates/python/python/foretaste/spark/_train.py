"""The driver's side of a training: what is looked at before, the one job, and what is left in the directory."""

from __future__ import annotations

import json
import logging
import secrets
import threading
from dataclasses import dataclass
from typing import TYPE_CHECKING

from .. import __version__, _native
from ..errors import ClusterError, DivergedError, ForetasteError, ParameterError
from ._cluster import (
    check_executors,
    check_memory,
    check_settings,
    check_versions,
    large_batches,
    translated,
    with_slots,
)
from ._kept import DATA
from ._lock import Lock
from ._prepare import Prepared, prepare
from ._store import Store, fingerprint
from ._worker import RESULT, Job

if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any, Self, TypeVar

    from pyspark.sql import DataFrame

    from ._params import TrainingParams
    from ._store import Manifest

    T = TypeVar("T")

__all__ = ["Trained", "train"]

_LOG = logging.getLogger("foretaste")


@dataclass(frozen=True)
class Trained:
    """A training that has ended."""

    store: Store
    job: Job
    prepared: Prepared
    manifest: Manifest
    #: The directory of ids and pairs in that of the run.
    data: str
    #: Bytes that all workers sent and seconds that they took, in the epochs since they began last.
    sent: int
    seconds: float
    resumed: int


def train(estimator: TrainingParams, frame: DataFrame, keep: Callable[[Trained], tuple[T, str]]) -> T:
    """Trains on a frame, in one job; goes on from a checkpoint of the same training, if there is one.

    `keep` makes of it what lies there, while no other driver may, and says by which data.
    """
    given = [(name, json.dumps(value)) for name, value in json.loads(estimator.engineParameters()).items()]
    workers, store = estimator._value("numWorkers"), Store(estimator._value("checkpointDir"))
    session = frame.sparkSession
    check_versions()
    check_settings(session, workers)
    with Lock(store), large_batches(session):
        check_executors(session, workers, store, timeout=estimator._value("timeout"))
        # Of its own, since the one that is there may be a model's.
        data = f"{DATA}-{secrets.token_hex(8)}"
        try:
            kept, data_of_it = keep(_trained(estimator, frame, (store, data), given))
        except BaseException:
            store.forget(data)
            raise
        # Others are of drivers that died, or the same.
        store.keep_folders(DATA, data_of_it)
        return kept


def _trained(
    estimator: TrainingParams, frame: DataFrame, place: tuple[Store, str], given: list[tuple[str, str]]
) -> Trained:
    """Trains in a directory that is this driver's alone, with its data in a new one there."""
    store, data = place
    workers, method, session = estimator._value("numWorkers"), estimator._method, frame.sparkSession
    with translated():
        prepared = prepare(frame, estimator._value("userCol"), estimator._value("itemCol"), store.folder(data))
    facts = prepared.facts.whole()
    apart = _native.Apart(method, given, facts)
    if workers > apart.blocks:
        rule = f"at most {apart.blocks}, the blocks that these data are cut into"
        raise ParameterError(f"numWorkers must be {rule}, not {workers}", "numWorkers", rule, str(workers))
    loading, training, sent = apart.footprint(workers)
    _LOG.info(
        "%s: %d users, %d items, %d pairs; each of %d workers takes %.1f MB while it loads and %.1f MB while it "
        "trains, and sends %.1f MB an epoch",
        *(method, prepared.facts.n_users, prepared.facts.n_items, prepared.facts.nnz, workers),
        *(loading / 1e6, training / 1e6, sent / 1e6),
    )
    check_memory(session, workers, {"loading": loading, "training": training})
    run = fingerprint(method, estimator.engineParameters(), prepared.facts.checksum, __version__)
    store.belong(run)
    with translated():
        bounds = prepared.bounds(apart.shares())
    cuts = apart.cuts(workers)
    job = Job(
        method=method,
        given=given,
        facts=facts,
        bounds=[int(bound) for bound in bounds],
        cuts=cuts,
        run=run,
        directory=store.directory,
        secret=secrets.token_bytes(32),
        threads=estimator._value("threads"),
        interval=estimator._value("checkpointInterval"),
        timeout=estimator._value("timeout"),
    )
    with _Progress(store, method, apart.epochs):
        rows = _run(prepared.placed(bounds, cuts), job, store)
    diverged = max(row["diverged"] for row in rows)
    if diverged:
        raise DivergedError(
            f"training diverged in epoch {diverged}: try a tenth of the learning rate, or more regularisation",
            diverged,
            None,
        )
    manifest = store.newest(run)
    if manifest is None or manifest.epoch != apart.epochs:
        raise ClusterError(f"the last checkpoint is not in {store.directory}: was it removed meanwhile?")
    return Trained(
        store,
        job,
        prepared,
        manifest,
        data,
        sum(row["sent"] for row in rows),
        max(row["seconds"] for row in rows),
        rows[0]["resumed"],
    )


def _run(placed: DataFrame, job: Job, store: Store) -> list[dict[str, Any]]:
    """Runs the job, once more, and again as long as it comes further each time: Spark itself tries a stage four times."""
    done = -1
    while True:
        try:
            with translated():
                # Without the second stage, the first would be a result's, which Spark does not try again.
                work: Any = job.__call__
                rows = placed.mapInArrow(work, RESULT, barrier=True).repartition(1)
                found: list[dict[str, Any]] = with_slots(lambda: rows.toArrow().to_pylist(), job.timeout)
                return sorted(found, key=lambda row: row["worker"])
        except Exception as error:
            newest = store.newest(job.run)
            epoch = newest.epoch if newest else 0
            # What is wrong with parameters or data would be so again; and who cancels a job wants no other.
            ours = isinstance(error, ForetasteError) and not isinstance(error, ClusterError)
            if ours or "SPARK_JOB_CANCELLED" in str(error) or epoch <= done:
                raise
            _LOG.warning("%s: %s; going on after epoch %d", job.method, error, epoch)
            done = epoch


class _Progress:
    """Says how far workers are, which write it down where the driver can read it."""

    def __init__(self, store: Store, method: str, epochs: int) -> None:
        self._store, self._method, self._epochs = store, method, epochs
        self._over = threading.Event()
        self._said = ""
        self._thread = threading.Thread(target=self._watch, name="foretaste-progress", daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *error: object) -> None:
        self._over.set()
        self._thread.join()
        self._say()

    def _watch(self) -> None:
        while not self._over.wait(2.0):
            self._say()

    def _say(self) -> None:
        try:
            told = self._store.told()
            if told and told != self._said:
                self._said = told
                found = json.loads(told)
                samples, _, loss, measured = found["counts"]
                mean = loss / measured if measured else float("nan")
                _LOG.info(
                    "%s: epoch %d of %d, loss %.4f, %d samples",
                    *(self._method, found["epoch"], self._epochs, mean, samples),
                )
        except (OSError, ValueError, KeyError):
            return  # it is being written, or the directory does not answer: the next time
