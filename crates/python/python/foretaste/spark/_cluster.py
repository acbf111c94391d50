"""Whether a cluster is as training needs it: looked at before anything starts that would fail hours later, or hang."""

from __future__ import annotations

import re
import sys
import time
from contextlib import contextmanager
from typing import TYPE_CHECKING

from .. import errors
from ..errors import ClusterError, ForetasteError, ParameterError, UnsupportedError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence
    from typing import Any, TypeVar

    from pyspark.sql import SparkSession

    from ._store import Store

    T = TypeVar("T")

__all__ = ["check_executors", "check_memory", "check_settings", "check_versions", "large_batches", "translated", "with_slots"]

_MIB = 1 << 20
# What a Python with NumPy and pyarrow takes before it has any data.
_PYTHON = 300 * _MIB
_UNITS = {"": 20, "b": 0, "k": 10, "m": 20, "g": 30, "t": 40, "p": 50}
_BATCH = "spark.sql.execution.arrow.maxRecordsPerBatch"
# An error of foretaste's in a traceback, up to what comes after it.
_RAISED = re.compile(r"foretaste\.(?:errors|spark\._store)\.(\w+): (.*?)(?=\n\s*\n|\n\s*at |\n\s*During |\Z)", re.S)
_SHIP = (
    "install it for the Python that executors run, which spark.pyspark.python or PYSPARK_PYTHON names, or ship an "
    "environment that has it: spark.archives=environment.tar.gz#environment, as venv-pack or conda-pack make it"
)


def check_versions() -> None:
    """Refuses a pyspark, or what it needs, that is too old or not there."""
    from importlib.metadata import PackageNotFoundError, version

    for package, least in (("pyspark", (4, 1)), ("pandas", (2, 2)), ("pyarrow", (18, 0))):
        wanted = ".".join(map(str, least))
        try:
            found = version(package)
        except PackageNotFoundError:
            if package == "pyspark":
                found = _connect_version()
            if package != "pyspark" or not found:
                raise UnsupportedError(f"foretaste.spark needs {package} {wanted} or later: there is none") from None
        numbers = tuple(int(number) for number in re.findall(r"\d+", found)[:2])
        if numbers < least:
            raise UnsupportedError(f"foretaste.spark needs {package} {wanted} or later, and this is {found}")


def _connect_version() -> str:
    """pyspark's version where a package of another name holds it, as pyspark-client does."""
    try:
        import pyspark
    except ImportError:
        return ""
    return str(pyspark.__version__)


def check_settings(session: SparkSession, workers: int) -> None:
    """Refuses settings with which workers don't all run at once."""
    if _set(session, "spark.dynamicAllocation.enabled", "false").lower() == "true":
        raise ClusterError(
            "dynamic allocation is on, and Spark runs no tasks together with it: "
            "set spark.dynamicAllocation.enabled=false and spark.executor.instances"
        )
    slots = _slots(session)
    if slots is not None and slots < workers:
        cpus = _set(session, "spark.task.cpus", "1")
        raise ClusterError(
            f"numWorkers is {workers}, and the cluster runs {slots} tasks at once, of {cpus} cores each "
            f"(spark.task.cpus): take numWorkers={slots}, more executors, or fewer cores a task"
        )


def _slots(session: SparkSession) -> int | None:
    """How many tasks run at once, where it can be known before executors are there."""
    cpus = max(1, int(_set(session, "spark.task.cpus", "1")))
    master = _set(session, "spark.master", "")
    if found := re.fullmatch(r"local-cluster\[\s*(\d+)\s*,\s*(\d+)\s*,.*\]", master):
        return int(found[1]) * (int(found[2]) // cpus)
    if found := re.fullmatch(r"local(?:\[\s*(\d+|\*)\s*(?:,.*)?\])?", master):
        import os

        # Of a server that is elsewhere, this is not the machine.
        cores = None if found[1] == "*" and _is_remote(session) else os.cpu_count() or 1
        cores = cores if found[1] == "*" else int(found[1] or 1)
        return cores and cores // cpus
    instances = _set(session, "spark.executor.instances", "")
    cores_each = _set(session, "spark.executor.cores", "1" if master == "yarn" or master.startswith("k8s") else "")
    if instances.isdigit() and cores_each.isdigit():
        return int(instances) * (int(cores_each) // cpus)
    return None


def _is_remote(session: SparkSession) -> bool:
    return "connect" in type(session).__module__


def check_memory(session: SparkSession, workers: int, needed: Mapping[str, int]) -> None:
    """Refuses executors whose Python has too little memory.

    Parameters
    ----------
    needed:
        Bytes that a worker takes: `loading` and `training`, as `Apart.memory` gives them.
    """
    if _set(session, "spark.master", "local").startswith("local"):
        return
    cores = _set(session, "spark.executor.cores", "1")
    cpus = max(1, int(_set(session, "spark.task.cpus", "1")))
    together = min(workers, max(1, int(cores) // cpus)) if cores.isdigit() else 1
    worker = max(needed.get("loading", 0), needed.get("training", 0)) + _PYTHON
    need = worker * together
    have, setting = _python_memory(session)
    if have < need:
        tasks = "one worker" if together == 1 else f"{together} workers that may run in one"
        raise ClusterError(
            f"an executor has {_size(have)} for Python ({setting}), and {tasks} of {workers} take {_size(need)}: "
            f"set {setting.split()[0]}={-(-need // _MIB)}m, or a larger numWorkers"
        )


def _python_memory(session: SparkSession) -> tuple[int, str]:
    """Bytes that Python has on an executor, and by which setting."""
    for name in ("spark.executor.pyspark.memory", "spark.executor.memoryOverhead"):
        said = _set(session, name, "")
        if said and said != "0":
            return _bytes(said), name
    heap = _bytes(_set(session, "spark.executor.memory", "1g"))
    name = "spark.executor.memoryOverheadFactor"
    if kubernetes := _set(session, "spark.master", "").startswith("k8s"):
        factor = _set(session, name, "") or _set(session, "spark.kubernetes.memoryOverheadFactor", "0.4")
    else:
        factor = _set(session, name, "0.1")
    least = _bytes(_set(session, "spark.executor.minMemoryOverhead", "384m"))
    share = max(int(heap * float(factor)), least)
    where = f"{factor} of the heap" + (" on Kubernetes" if kubernetes else "")
    return share, f"spark.executor.memoryOverhead is not set: {where}, at least {_size(least)}"


def _bytes(text: str) -> int:
    """A size as Spark's settings have it; a bare number is of MiB."""
    found = re.fullmatch(r"\s*(\d+)\s*([bkmgtp]?)(?:i?b)?\s*", text.lower())
    if not found:
        raise ClusterError(f"{text!r} is no size as Spark's settings have it")
    return int(found[1]) << _UNITS[found[2]]


def _size(count: int) -> str:
    return f"{count / (1 << 30):.1f} GiB" if count >= 1 << 30 else f"{count / _MIB:.0f} MiB"


def check_executors(
    session: SparkSession,
    workers: int,
    store: Store | None = None,
    packages: Sequence[str] = ("foretaste", "numpy", "pyarrow"),
    timeout: float = 60.0,
) -> list[dict[str, str]]:
    """Runs a task for each worker, all at once, and refuses what is found there; what each has.

    Looked at are packages and the version of foretaste, and whether `store` is the same directory there.
    """
    from .. import __version__

    mark = store.mark() if store is not None else ""
    directory = store.directory if store is not None else ""

    # It is sent as it is: what it needs it imports there, where there may be no foretaste.
    def look(batches: Any) -> Any:
        import importlib
        import platform
        import socket

        import pyarrow as pa

        for _ in batches:
            pass
        found = {"host": socket.gethostname(), "python": platform.python_version(), "fault": "", "missing": ""}
        for package in packages:
            try:
                found[package] = str(getattr(importlib.import_module(package), "__version__", ""))
            except ImportError as error:
                found[package] = ""
                found["missing"] = found["missing"] or f"{package} ({error})"
        if directory and not found["missing"]:
            try:
                from foretaste.spark._store import Store

                Store(directory).see(mark)
            except Exception as error:
                found["fault"] = str(error)
        yield pa.RecordBatch.from_pydict({name: [value] for name, value in found.items()})

    schema = ", ".join(f"{name} string" for name in ("host", "python", "fault", "missing", *packages))
    try:
        with translated():
            tasks = session.range(0, workers, 1, workers)
            # With a stage behind it, as a result's is not tried again.
            looked = tasks.mapInArrow(look, schema, barrier=True).repartition(1)
            seen: list[dict[str, str]] = with_slots(lambda: looked.toArrow().to_pylist(), timeout)
    finally:
        if store is not None:
            store.unmark(mark)
    for one in seen:
        if one["missing"]:
            raise ClusterError(f"executor on {one['host']} can't import {one['missing']}: {_SHIP}")
        if one.get("foretaste", __version__) != __version__:
            raise ClusterError(
                f"executor on {one['host']} has foretaste {one['foretaste']}, and the driver {__version__}: the bits "
                f"of a training are those of one version; {_SHIP}"
            )
    for one in seen:
        if one["fault"]:
            raise ParameterError(f"executor on {one['host']}: {one['fault']}", "checkpointDir", None, repr(directory))
    return seen


def with_slots(work: Callable[[], T], seconds: float) -> T:
    """Does what needs a slot for each worker; where there are too few, again until so many seconds have passed.

    Executors may not have come yet, or one that was lost has not been replaced. Spark itself waits for them in some
    kinds of jobs, and not in this one.
    """
    deadline = time.monotonic() + seconds
    while True:
        try:
            return work()
        except Exception as error:
            if "SPARK-24819" not in str(error) or time.monotonic() > deadline:
                raise
            time.sleep(1.0)


@contextmanager
def large_batches(session: SparkSession, rows: int = 1_000_000) -> Iterator[None]:
    """Has Spark hand over rows in batches that are worth it, while this lasts."""
    before = session.conf.get(_BATCH)
    session.conf.set(_BATCH, str(rows))
    try:
        yield
    finally:
        session.conf.set(_BATCH, str(before))


@contextmanager
def translated() -> Iterator[None]:
    """What a job fails with, as an error of foretaste's, if it is one or if it can be told what to do."""
    try:
        yield
    except ForetasteError:
        raise
    except Exception as error:
        if _is_interrupted(error):
            raise KeyboardInterrupt from None
        ours = _ours(str(error))
        if ours is None:
            raise
        raise ours from error


def _is_interrupted(error: BaseException | None) -> bool:
    """Whether somebody has pressed Ctrl-C: what comes of that, of a job that ends by it, may hide it."""
    while error is not None:
        if isinstance(error, KeyboardInterrupt):
            return True
        error = error.__cause__ or error.__context__
    return False


def _ours(text: str) -> ForetasteError | None:
    """The error that a text of Spark's is about."""
    if "SPARK-24819" in text:
        return ClusterError(
            "the cluster has too few slots for numWorkers tasks at once (SPARK-24819): take fewer workers, more "
            "executors, or fewer cores a task (spark.task.cpus)"
        )
    found = _RAISED.findall(text)
    # Of workers that lost another one, what that one died of says more.
    found.sort(key=lambda one: "has ended or lost its connection" in one[1])
    for name, message in found:
        kind = getattr(errors, name, ClusterError)
        made: ForetasteError = kind(message.strip())
        return made
    if missing := re.search(r"No module named '([\w.]+)'|PACKAGE_NOT_INSTALLED\] (\w+)", text):
        package = (missing[1] or missing[2]).partition(".")[0]
        return ClusterError(f"an executor's Python has no {package}: {_SHIP}")
    if "PYTHON_VERSION_MISMATCH" in text:
        mine = ".".join(map(str, sys.version_info[:2]))
        return ClusterError(
            f"executors run another Python than the driver's {mine}: spark.pyspark.python or PYSPARK_PYTHON names it"
        )
    return None


def _set(session: SparkSession, name: str, default: str) -> str:
    """A setting."""
    value = session.conf.get(name, default)
    return default if value is None else str(value)
