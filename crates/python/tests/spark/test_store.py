"""What workers write is found again whole or not at all, and a directory has one driver and one run."""

from __future__ import annotations

import json
import multiprocessing
import pickle
import threading
import time
import warnings
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import pytest

pytest.importorskip("pyarrow")

from foretaste.errors import ClusterError, ParameterError
from foretaste.spark._directory import opened, spark_uri, uri
from foretaste.spark._lock import Lock
from foretaste.spark._store import DamagedError, Manifest, Store, fingerprint

RUN, OTHER = "a" * 64, "b" * 64


def checkpoint(store: Store, epoch: int, run: str = RUN) -> Manifest:
    """A checkpoint of two workers, and what is there after it."""
    users = [store.write(epoch, f"u{q}", f"users {q} of {epoch}".encode()) for q in range(2)]
    items = [store.write(epoch, f"i{q}", f"items {q} of {epoch}".encode()) for q in range(2)]
    tallies = store.write(epoch, "tallies", bytes(epoch))
    manifest = Manifest(run, epoch, [0, 3, 8], users, items, tallies)
    store.complete(manifest)
    return manifest


def quiet(store: Store) -> Manifest | None:
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        return store.newest(RUN)


def test_the_newest_checkpoint_is_found_and_its_parts_are_those_written(tmp_path: Path) -> None:
    store: Store = pickle.loads(pickle.dumps(Store(str(tmp_path / "not there yet"))))
    assert quiet(store) is None
    store.belong(RUN)
    for epoch in (5, 1_000_000, 10, 999_999):
        want = checkpoint(store, epoch)
        assert quiet(store) is not None
    newest = quiet(store)
    assert newest is not None and newest.epoch == 1_000_000
    assert want.cuts == newest.cuts == [0, 3, 8]
    assert [store.read(part) for part in newest.users] == [b"users 0 of 1000000", b"users 1 of 1000000"]
    assert store.read(newest.tallies) == bytes(1_000_000)
    assert not [path for path in Path(tmp_path / "not there yet").iterdir() if path.name.startswith(".")]


def test_attempts_overwrite_nothing_of_each_other(tmp_path: Path) -> None:
    store = Store(str(tmp_path))
    first, second = store.write(3, "u0", b"one"), store.write(3, "u0", b"two")
    assert first.name != second.name
    assert (store.read(first), store.read(second)) == (b"one", b"two")


@pytest.mark.parametrize("deed", ["remove a part", "cut a part", "cut the manifest", "change the manifest"])
def test_what_is_not_whole_is_not_used_and_said(tmp_path: Path, deed: str) -> None:
    store = Store(str(tmp_path))
    checkpoint(store, 5)
    broken = checkpoint(store, 10)
    part = tmp_path / broken.items[1].name
    manifest = next(tmp_path.glob("manifest-000010-*"))
    if deed == "remove a part":
        part.unlink()
    elif deed == "cut a part":
        part.write_bytes(part.read_bytes()[:-1])
    elif deed == "cut the manifest":
        manifest.write_bytes(manifest.read_bytes()[:-40])
    else:
        manifest.write_text(manifest.read_text().replace('"epoch": 10', '"epoch": 11'))
    with pytest.warns(RuntimeWarning, match="checkpoint after epoch 10 is not used: .*(not there|cut|no manifest)"):
        newest = store.newest(RUN)
    assert newest is not None and newest.epoch == 5


def test_a_part_of_the_same_length_and_other_bytes_is_refused_when_it_is_read(tmp_path: Path) -> None:
    store = Store(str(tmp_path))
    part = checkpoint(store, 5).users[0]
    (tmp_path / part.name).write_bytes(bytes(part.bytes))
    with pytest.raises(DamagedError, match="not as it was written"):
        store.read(part)
    (tmp_path / part.name).unlink()
    with pytest.raises(DamagedError, match="is not there"):
        store.read(part)


def workers(count: int, work: Callable[[int, Callable[[str], Sequence[str]]], Any]) -> list[Any]:
    """What threads return that share texts."""
    barrier, texts, results = threading.Barrier(count), [""] * count, [None] * count

    def run(number: int) -> None:
        def share(text: str) -> Sequence[str]:
            texts[number] = text
            barrier.wait(30)
            told = list(texts)
            barrier.wait(30)
            return told

        results[number] = work(number, share)

    threads = [threading.Thread(target=run, args=(number,), daemon=True) for number in range(count)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
        assert not thread.is_alive()
    return results


@pytest.mark.filterwarnings("ignore:the checkpoint after")
def test_all_workers_resume_from_what_none_finds_damaged(tmp_path: Path) -> None:
    store = Store(str(tmp_path))
    assert workers(2, lambda number, share: store.resume(RUN, number, share, lambda found: 1)) == [None, None]
    for epoch in (5, 10, 15):
        last = checkpoint(store, epoch)
    # Only worker 1 reads it.
    (tmp_path / last.users[1].name).write_bytes(bytes(last.users[1].bytes))

    def work(number: int, share: Any) -> Any:
        found = store.resume(RUN, number, share, lambda manifest: store.read(manifest.users[number]))
        assert found is not None
        return found[0].epoch, found[1]

    assert workers(2, work) == [(10, b"users 0 of 10"), (10, b"users 1 of 10")]


def test_old_checkpoints_are_removed_and_what_is_being_written_is_not(tmp_path: Path) -> None:
    store = Store(str(tmp_path))
    store.belong(RUN)
    store.prune(RUN)
    for epoch in (5, 10, 15):
        checkpoint(store, epoch)
    given_up, written = store.write(12, "u0", b"of an attempt that died"), store.write(20, "u0", b"of this one")
    store.prune(RUN)
    names = {path.name for path in tmp_path.iterdir()}
    assert [store.manifest(name).epoch for name in store.names(RUN)] == [15, 10]
    assert given_up.name not in names and written.name in names
    assert len(names) == 2 * 6 + 2
    assert quiet(store).users[0].bytes  # type: ignore[union-attr]
    store.clear()
    assert not list(tmp_path.iterdir())


def test_another_run_is_refused(tmp_path: Path) -> None:
    store = Store(str(tmp_path / "run"))
    store.belong(RUN)
    store.belong(RUN)
    checkpoint(store, 5)
    assert store.newest(OTHER) is None
    with pytest.raises(ParameterError, match="other parameters, other data or another version.*name another") as caught:
        store.belong(OTHER)
    assert caught.value.name == "checkpointDir"
    (tmp_path / "run" / "run.json").unlink()
    with pytest.raises(ParameterError, match="nothing says whose"):
        store.belong(RUN)


def test_the_fingerprint_is_of_all_that_changes_a_result() -> None:
    base = ("bpr", '{"epochs": 3, "lr": 0.1}', "c" * 64, "0.1")
    assert fingerprint(*base) == fingerprint("bpr", '{"lr":0.1,"epochs":3}', "c" * 64, "0.1")
    for at, other in enumerate(("bpo", '{"epochs": 4, "lr": 0.1}', "d" * 64, "0.2")):
        assert fingerprint(*base) != fingerprint(*base[:at], other, *base[at + 1 :])


def test_a_directory_that_executors_have_not_is_told(tmp_path: Path) -> None:
    driver, executor = Store(str(tmp_path / "a")), Store(str(tmp_path / "b"))
    mark = driver.mark()
    driver.see(mark)
    with pytest.raises(ParameterError, match="checkpointDir is not the same directory on the executors") as caught:
        executor.see(mark)
    assert pickle.loads(pickle.dumps(caught.value)).name == "checkpointDir"
    driver.unmark(mark)
    assert not list((tmp_path / "a").iterdir())


def _hold(directory: str, pipe: Any) -> None:
    with Lock(Store(directory)):
        pipe.send("held")
        pipe.recv()


def test_two_drivers_are_one_too_many(tmp_path: Path) -> None:
    store = Store(str(tmp_path))
    with Lock(store) as mine, pytest.raises(ClusterError, match=f"in use by process .* remove .*{mine.name}"):
        with Lock(store):
            pass
    with Lock(store):
        pass
    assert not list(tmp_path.iterdir())


def test_a_driver_that_is_dead_holds_nothing_and_one_that_lives_does(tmp_path: Path) -> None:
    ours, theirs = multiprocessing.Pipe()
    context = multiprocessing.get_context("spawn")
    process = context.Process(target=_hold, args=(str(tmp_path), theirs), daemon=True)
    process.start()
    try:
        assert ours.poll(60) and ours.recv() == "held"
        with pytest.raises(ClusterError, match=f"process {process.pid} on "), Lock(Store(str(tmp_path))):
            pass
    finally:
        process.kill()
        process.join(60)
    assert list(tmp_path.glob("lock-*"))
    with Lock(Store(str(tmp_path))) as lock:
        assert [path.name for path in tmp_path.iterdir()] == [lock.name]


@pytest.mark.parametrize("said", [b"", b"{", b'{"host": "elsewhere", "boot": "", "space": "", "pid": 1, "beat": 0}'])
def test_what_is_not_known_to_be_dead_is_not_taken_over(tmp_path: Path, said: bytes) -> None:
    (tmp_path / "lock-0123.json").write_bytes(said)
    with pytest.raises(ClusterError, match="remove .*lock-0123.json"), Lock(Store(str(tmp_path))):
        pass
    assert [path.name for path in tmp_path.iterdir()] == ["lock-0123.json"]


def test_a_lock_tells_that_it_is_alive(tmp_path: Path) -> None:
    def told(lock: Lock) -> float:
        beat: float = json.loads((tmp_path / lock.name).read_text())["beat"]
        return beat

    with Lock(Store(str(tmp_path)), beat=0.05) as lock:
        first, until = told(lock), time.monotonic() + 30
        while told(lock) == first and time.monotonic() < until:
            time.sleep(0.02)
        assert told(lock) > first


def test_directories_have_the_names_that_pyarrow_and_spark_give_them(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    assert uri("a b") == (tmp_path / "a b").as_uri() == uri(tmp_path / "a b")
    assert uri("file:/a/b/") == "file:///a/b"
    assert uri("hdfs://n:1/x/") == "hdfs://n:1/x"
    assert opened(uri("a b"))[1] == str(tmp_path / "a b")

    class Session:
        class conf:
            set: dict[str, str] = {}

            @classmethod
            def get(cls, name: str, default: Any) -> Any:
                return cls.set.get(name, default)

    assert spark_uri("s3://b/x", Session) == "s3a://b/x"
    assert spark_uri("file:///x", Session) == "file:///x"
    Session.conf.set = {"spark.hadoop.fs.s3.impl": "…"}
    assert spark_uri("s3://b/x", Session) == "s3://b/x"
    for wrong in (None, "", 3, "  "):
        with pytest.raises(ParameterError, match="must be a directory that the driver and all executors see"):
            uri(wrong)
    with pytest.raises(ParameterError, match="can't be opened by pyarrow"):
        opened("nowhere://x/y")


def test_what_the_dead_have_left_is_removed(tmp_path: Path) -> None:
    store = Store(str(tmp_path))
    for name in ("shared-0123456789abcdef", ".manifest-000001-ab.json-0123456789abcdef", "lock-0a.json", "mine"):
        (tmp_path / name).write_bytes(b"x")
    store.belong(RUN)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["lock-0a.json", "mine", "run.json"]


def test_directories_of_others_are_removed(tmp_path: Path) -> None:
    for name in ("data-1", "data-2", "other"):
        (tmp_path / name / "users").mkdir(parents=True)
    (tmp_path / "data-3").write_bytes(b"a file")
    Store(str(tmp_path)).keep_folders("data", "data-2")
    assert sorted(path.name for path in tmp_path.iterdir()) == ["data-2", "data-3", "other"]


def test_a_uri_without_its_slashes_is_refused() -> None:
    with pytest.raises(ParameterError, match="must be a URI with ://, or a path, not 'dbfs:/run'"):
        Store("dbfs:/run")
    assert Store("file:/tmp/run").directory == "file:///tmp/run"
