"""Threads, signals, callbacks, forks, progress: what goes on while the engine computes."""

from __future__ import annotations

import gc
import logging
import multiprocessing
import os
import resource
import signal
import subprocess
import sys
import textwrap
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import foretaste
import numpy as np
import pytest
import scipy.sparse as sp
from foretaste.errors import DataError, DivergedError, ParameterError, UnsupportedError

from conftest import Sample


def bpr(**given: Any) -> foretaste.BPR:
    return foretaste.BPR(**{"factors": 8, "epochs": 4, **given})


def long(**given: Any) -> foretaste.BPR:
    """A training that would take minutes."""
    return foretaste.BPR(factors=64, epochs=1_000_000, **given)


def test_threads_change_nothing(sample: Sample) -> None:
    prints = {bpr(threads=n).fit(sample[:2]).fingerprint_ for n in (1, 2, 3, 8)}
    assert len(prints) == 1


def test_ctrl_c_ends_a_training_at_once(sample: Sample) -> None:
    began: list[float] = []

    def interrupt() -> None:
        time.sleep(0.5)
        began.append(time.monotonic())
        os.kill(os.getpid(), signal.SIGINT)

    before = threading.active_count()
    thread = threading.Thread(target=interrupt)
    thread.start()
    with pytest.raises(KeyboardInterrupt):
        long().fit(sample[:2])
    # Some 50 ms; it would take minutes to its end.
    assert time.monotonic() - began[0] < 20
    thread.join()
    assert threading.active_count() == before
    assert bpr().fit(sample[:2]).history_[-1]["epoch"] == 4


@pytest.mark.parametrize("method", ["IALS", "EASE", "ItemKNN", "LightGCN", "Softmax", "RelMF"])
def test_ctrl_c_ends_any_method(method: str, tmp_path: Any) -> None:
    code = f"""
        import os, signal, threading, time
        import numpy as np, foretaste
        draw = np.random.default_rng(1)
        n = 400_000
        users, items = draw.integers(0, 20_000, n), (draw.random(n) ** 2 * 6_000).astype(int)
        data = foretaste.Interactions((users, items))
        model = foretaste.{method}()
        if hasattr(model, "epochs"):
            model.epochs = 100_000
        at = []
        def interrupt():
            time.sleep(0.6)
            at.append(time.monotonic())
            os.kill(os.getpid(), signal.SIGINT)
        threading.Thread(target=interrupt, daemon=True).start()
        try:
            model.fit(data)
        except KeyboardInterrupt:
            print("interrupted", time.monotonic() - at[0])
        else:
            print("done")
    """
    command = [sys.executable, "-c", textwrap.dedent(code)]
    out = subprocess.run(command, capture_output=True, text=True, timeout=120, check=False)
    words = out.stdout.split()
    assert words, out.stderr
    # A machine that is busy is slower, but not without end.
    assert words[0] == "done" or float(words[1]) < 20, out.stdout


def test_other_threads_run_meanwhile(sample: Sample) -> None:
    ticks = 0
    ended = threading.Event()

    def count() -> None:
        nonlocal ticks
        while not ended.is_set():
            ticks += 1
            time.sleep(0.001)

    thread = threading.Thread(target=count)
    thread.start()
    bpr(epochs=3000).fit(sample[:2])
    ended.set()
    thread.join()
    assert ticks > 5


def test_a_callback_hears_every_epoch_and_may_end_it(sample: Sample) -> None:
    heard: list[foretaste.Epoch] = []
    bpr().fit(sample[:2], valid=0.2, validate_every=2, callback=heard.append)
    assert [epoch.epoch for epoch in heard] == [1, 2, 3, 4]
    assert [epoch.metric is None for epoch in heard] == [True, False, True, False]
    assert all(epoch.loss > 0 and epoch.samples > 0 and epoch.seconds >= 0 for epoch in heard)
    ended = long().fit(sample[:2], callback=lambda epoch: epoch.epoch < 3)
    assert 3 <= len(ended.history_) < 1000


def test_what_a_callback_raises_is_raised(sample: Sample) -> None:
    class Odd(Exception):
        pass

    def fail(epoch: foretaste.Epoch) -> None:
        raise Odd(epoch.epoch)

    model = long()
    with pytest.raises(Odd):
        model.fit(sample[:2], callback=fail)
    assert not model.__sklearn_is_fitted__()


def fitted_in_a_child(queue: Any, users: np.ndarray, items: np.ndarray) -> None:
    model = bpr(threads=2).fit((users, items))
    queue.put((model.fingerprint_, len(model.recommend(n=3).to_dict())))


def test_a_forked_child_fits_the_same(sample: Sample) -> None:
    expected = bpr(threads=2).fit(sample[:2])
    expected.recommend(n=3)
    context = multiprocessing.get_context("fork")
    queue = context.Queue()
    child = context.Process(target=fitted_in_a_child, args=(queue, *sample[:2]))
    child.start()
    assert queue.get(timeout=60) == (expected.fingerprint_, 120)
    child.join(60)
    assert child.exitcode == 0


def test_a_fork_while_others_train(sample: Sample) -> None:
    with ThreadPoolExecutor(2) as pool:
        others = [pool.submit(bpr(epochs=400).fit, sample[:2]) for _ in range(2)]
        test_a_forked_child_fits_the_same(sample)
        [other.result() for other in others]


def test_eight_threads_fit_at_once(sample: Sample) -> None:
    with ThreadPoolExecutor(8) as pool:
        prints = list(pool.map(lambda _: bpr(threads=2).fit(sample[:2]).fingerprint_, range(16)))
    assert len(set(prints)) == 1


def test_twenty_fits_take_no_more_memory(sample: Sample) -> None:
    def fits(count: int) -> int:
        for _ in range(count):
            model = foretaste.BPR(factors=64, epochs=1).fit((big, sample.items))
            model.recommend(n=5).to_dict()
            del model
        gc.collect()
        return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss

    # 10 MB of factors each.
    big = np.arange(len(sample.users)) * 7
    fits(5)
    before = fits(5)
    # A fit that is not let go of would be 15 times 10 MB.
    assert fits(20) - before < 40_000


def test_epochs_and_notes_are_logged(sample: Sample, caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.INFO, logger="foretaste"):
        bpr().fit((*sample[:2], sample.ratings))
    assert sum("epoch" in message for message in caplog.messages) == 4
    assert any("does not weigh" in message for message in caplog.messages)
    caplog.clear()
    counts = sp.csr_array(np.array([[1, 5, 0], [2, 0, 1], [0, 3, 1]]))
    for given, said in (({}, True), ({"weight": True}, False)):
        caplog.clear()
        foretaste.IALS(factors=2, epochs=1).fit(counts, **given)
        assert any("weight=True" in message for message in caplog.messages) == said
    foretaste.BPR(factors=2, epochs=1).fit(counts)
    assert not caplog.messages or "weight=True" not in caplog.messages[-1]


def test_progress_is_drawn_if_that_is_said(sample: Sample, capfd: pytest.CaptureFixture[str]) -> None:
    pytest.importorskip("tqdm")
    bpr(epochs=50).fit(sample[:2], verbose=True)
    assert "bpr" in capfd.readouterr().err
    bpr().fit(sample[:2])
    assert capfd.readouterr().err == ""


def test_errors_of_training_have_fields(sample: Sample) -> None:
    with pytest.raises(DivergedError) as diverged:
        foretaste.BPR(lr=10.0, schedule="constant", reg=0.0, epochs=400, init_sd=10.0).fit(sample[:2])
    assert diverged.value.epoch >= 1
    with pytest.raises(ParameterError) as wrong:
        foretaste.BPR(sampler="nearest").fit(sample[:2])
    assert "sampler" in str(wrong.value)
    with pytest.raises(ParameterError, match="threads"):
        foretaste.BPR(threads=-1).fit(sample[:2])
    with pytest.raises((ParameterError, DataError, UnsupportedError)):
        foretaste.BPR().fit(sample[:2], valid=1.5)
    with pytest.raises(DataError, match="validation"):
        foretaste.BPR().fit(sample[:2], valid=([-5], [-6]))


def test_a_training_starts_from_another(sample: Sample) -> None:
    first = bpr().fit(sample[:2])
    second = bpr(epochs=1).fit(sample[:2], start=first)
    assert second.info_["training"]["warm_start"]["model"] == first.fingerprint_
    with pytest.raises(UnsupportedError):
        foretaste.IALS().fit(sample[:2], start=first)


def test_seeds(sample: Sample) -> None:
    assert bpr(random_state=1).fit(sample[:2]).random_state_ == 1
    one, other = (bpr(random_state=None).fit(sample[:2]) for _ in range(2))
    assert one.random_state_ != other.random_state_
    assert bpr(random_state=one.random_state_).fit(sample[:2]).fingerprint_ == one.fingerprint_
    drawn = [bpr(random_state=np.random.default_rng(3)).fit(sample[:2]).random_state_ for _ in range(2)]
    assert drawn[0] == drawn[1]
