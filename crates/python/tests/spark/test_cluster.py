"""What would fail hours later is refused before anything starts, with what to set."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import foretaste
import pytest

pytest.importorskip("pyspark", "4.1")

from foretaste.errors import ClusterError, DataError, ParameterError, UnsupportedError
from foretaste.spark import _cluster
from foretaste.spark._store import Store

GIB = 1 << 30


class Session:
    """One that has settings alone."""

    def __init__(self, **settings: str) -> None:
        self.conf = {f"spark.{name.replace('_', '.')}": value for name, value in settings.items()}


def test_what_is_installed_here_is_taken(monkeypatch: pytest.MonkeyPatch) -> None:
    _cluster.check_versions()
    monkeypatch.setattr("importlib.metadata.version", lambda package: {"pyspark": "4.0.1"}.get(package, "99.0"))
    with pytest.raises(UnsupportedError, match="needs pyspark 4.1 or later, and this is 4.0.1"):
        _cluster.check_versions()
    monkeypatch.setattr("importlib.metadata.version", lambda package: {"pandas": "2.1.9"}.get(package, "99.0"))
    with pytest.raises(UnsupportedError, match="needs pandas 2.2 or later, and this is 2.1.9"):
        _cluster.check_versions()


@pytest.mark.parametrize(
    ("settings", "slots"),
    [
        ({"master": "local"}, 1),
        ({"master": "local[3]"}, 3),
        ({"master": "local[4, 2]"}, 4),
        ({"master": "local[4]", "task_cpus": "3"}, 1),
        ({"master": "local-cluster[2,1,1024]"}, 2),
        ({"master": "local-cluster[2, 5, 1024]", "task_cpus": "2"}, 4),
        ({"master": "yarn", "executor_instances": "5"}, 5),
        ({"master": "k8s://x", "executor_instances": "5", "executor_cores": "4", "task_cpus": "4"}, 5),
        ({"master": "spark://x", "executor_instances": "5"}, None),
        ({"master": "yarn"}, None),
    ],
)
def test_too_few_slots_are_told(settings: dict[str, str], slots: int | None) -> None:
    session: Any = Session(**settings)
    assert _cluster._slots(session) == slots
    _cluster.check_settings(session, slots or 10_000)
    if slots is not None:
        with pytest.raises(ClusterError, match=f"numWorkers is {slots + 1}, and .* runs {slots} tasks at once"):
            _cluster.check_settings(session, slots + 1)


def test_dynamic_allocation_is_refused() -> None:
    session: Any = Session(dynamicAllocation_enabled="true")
    with pytest.raises(ClusterError, match="spark.dynamicAllocation.enabled=false"):
        _cluster.check_settings(session, 1)


@pytest.mark.parametrize(
    ("settings", "says"),
    [
        ({"master": "local[2]"}, None),
        ({"master": "yarn", "executor_memoryOverhead": "5g"}, None),
        ({"master": "yarn", "executor_memoryOverhead": "5000"}, None),
        ({"master": "yarn", "executor_memoryOverhead": "4g"}, r"has 4.0 GiB .*set spark.executor.memoryOverhead=4396m"),
        ({"master": "yarn", "executor_memoryOverhead": "4096"}, r"has 4.0 GiB"),
        ({"master": "yarn"}, r"has 384 MiB .*0.1 of the heap.*take 4.3 GiB.*set spark.executor.memoryOverhead=4396m"),
        ({"master": "yarn", "executor_memory": "60g"}, None),
        ({"master": "k8s://x", "executor_memory": "12g"}, None),
        ({"master": "k8s://x", "executor_memory": "8g"}, "has 3.2 GiB .*0.4 of the heap on Kubernetes"),
        ({"master": "yarn", "executor_pyspark_memory": "5g"}, None),
        ({"master": "yarn", "executor_pyspark_memory": "1g"}, "set spark.executor.pyspark.memory=4396m"),
        ({"master": "yarn", "executor_memoryOverhead": "5g", "executor_cores": "8", "task_cpus": "8"}, None),
        ({"master": "yarn", "executor_memoryOverhead": "5g", "executor_cores": "8", "task_cpus": "4"},
         "2 workers that may run in one of 4 take 8.6 GiB"),
        ({"master": "yarn", "executor_memoryOverhead": "much"}, "'much' is no size"),
    ],
)  # fmt: skip
def test_too_little_memory_is_told(settings: dict[str, str], says: str | None) -> None:
    session: Any = Session(**settings)
    needed = {"loading": 4 * GIB, "training": 3 * GIB, "sent": 90 * GIB}
    if says is None:
        _cluster.check_memory(session, 4, needed)
    else:
        with pytest.raises(ClusterError, match=says):
            _cluster.check_memory(session, 4, needed)


def test_executors_are_looked_at(spark: Any, tmp_path: Path) -> None:
    _cluster.check_settings(spark, 2)
    store = Store(str(tmp_path))
    seen = _cluster.check_executors(spark, 2, store)
    assert [one["foretaste"] for one in seen] == [foretaste.__version__] * 2
    assert all(one["numpy"] and one["pyarrow"] for one in seen)
    assert not list(tmp_path.iterdir())


def test_what_executors_lack_is_told(spark: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(ClusterError, match="can't import no_such_thing .*PYSPARK_PYTHON"):
        _cluster.check_executors(spark, 1, packages=("numpy", "no_such_thing"))
    store = Store(str(tmp_path))
    monkeypatch.setattr(Store, "mark", lambda self: "shared-nowhere")
    with pytest.raises(ParameterError, match="checkpointDir is not the same directory on the executors") as caught:
        _cluster.check_executors(spark, 2, store)
    assert caught.value.name == "checkpointDir"
    monkeypatch.setattr(foretaste, "__version__", "0.0.0")
    with pytest.raises(ClusterError, match=f"has foretaste {foretaste._native.VERSION}, and the driver 0.0.0"):
        _cluster.check_executors(spark, 1)


@pytest.mark.parametrize("barrier", [True, False])
def test_errors_of_executors_are_those_that_were_raised(spark: Any, barrier: bool) -> None:
    def fail(batches: Any) -> Any:
        from foretaste.errors import DataError

        for _ in batches:
            pass
        raise DataError("column user: it is odd", "user")
        yield

    with pytest.raises(DataError, match="^column user: it is odd$"), _cluster.translated():
        spark.range(0, 2, 1, 2).mapInArrow(fail, "x int", barrier=barrier).toArrow()


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("…[SPARK-24819]: Barrier execution mode does not allow…", "too few slots"),
        ("ModuleNotFoundError: No module named 'foretaste.spark'", "has no foretaste: install it"),
        ("[PACKAGE_NOT_INSTALLED] PyArrow >= 18.0.0 must be installed", "has no PyArrow: install it"),
        ("[PYTHON_VERSION_MISMATCH] Python in worker has different version", "another Python than the driver's 3"),
        (
            "foretaste.errors.ClusterError: worker 1 at x has ended or lost its connection\n\n\tat org\n"
            "foretaste.errors.ClusterError: worker 2 sends 5 bytes\n\tat org.apache",
            "^worker 2 sends 5 bytes$",
        ),
    ],
)
def test_what_spark_says_is_told_in_words(text: str, says: str) -> None:
    with pytest.raises(ClusterError, match=says), _cluster.translated():
        raise RuntimeError(text)


def test_other_errors_stay_what_they_are() -> None:
    with pytest.raises(ZeroDivisionError), _cluster.translated():
        raise ZeroDivisionError
    with pytest.raises(DataError, match="mine"), _cluster.translated():
        raise DataError("mine")


def test_batches_are_large_for_a_while(spark: Any) -> None:
    name = "spark.sql.execution.arrow.maxRecordsPerBatch"
    before = spark.conf.get(name)
    with pytest.raises(KeyError), _cluster.large_batches(spark):
        assert spark.conf.get(name) == "1000000"
        raise KeyError
    assert spark.conf.get(name) == before


def test_the_ring_runs_between_tasks_of_a_barrier_stage(spark: Any) -> None:
    secret = bytes(32)

    def work(batches: Any) -> Any:
        import pyarrow as pa
        from foretaste.spark._ring import Ring

        for _ in batches:
            pass
        with Ring.of_task(secret, timeout=60) as ring:
            got = ring.pass_on(bytes([ring.number]) * 100_000)
            dealt = ring.all_to_all([bytes([ring.number, to]) for to in range(ring.workers)])
        yield pa.RecordBatch.from_pydict({"got": [got[:1]], "dealt": [b"".join(dealt)], "sent": [ring.sent]})

    frame = spark.range(0, 2, 1, 2).mapInArrow(work, "got binary, dealt binary, sent long", barrier=True)
    rows = frame.repartition(1).toArrow().to_pylist()
    assert sorted((row["got"], row["dealt"], row["sent"]) for row in rows) == [
        (b"\0", bytes([0, 1, 1, 1]), 100_002),
        (b"\1", bytes([0, 0, 1, 0]), 100_002),
    ]


def test_ctrl_c_is_not_hidden_by_the_job_that_it_ends() -> None:
    with pytest.raises(KeyboardInterrupt), _cluster.translated():
        try:
            raise KeyboardInterrupt
        finally:
            raise RuntimeError("[SPARK_JOB_CANCELLED] Job 40 cancelled as part of cancellation of all jobs")
