"""Training in parts without Spark: workers of one process, whose parts go from hand to hand."""

from __future__ import annotations

import numpy as np
import pytest

import foretaste
from foretaste import _native
from foretaste._input import read
from foretaste.errors import DataError, ParameterError, UnsupportedError


def rows(n_users: int = 80, n_items: int = 520, seed: int = 1) -> tuple[np.ndarray, np.ndarray]:
    """Enough items for 8 blocks; ids are what users and items are numbered by."""
    rng = np.random.default_rng(seed)
    users = rng.integers(0, n_users, 3000)
    items = (rng.random(3000) ** 2 * n_items).astype(np.int64)
    users = np.concatenate([users, np.arange(n_users), np.zeros(n_items - 3, np.int64)])
    items = np.concatenate([items, np.arange(n_users) % n_items, np.arange(3, n_items)])
    pairs = np.unique(users * n_items + items)
    return pairs // n_items, pairs % n_items


def facts(users: np.ndarray, items: np.ndarray) -> dict[str, object]:
    of_users = np.bincount(users)
    return {
        "n_users": len(of_users),
        "nnz": len(users),
        "active_users": int((of_users > 0).sum()),
        "learnable": bool((of_users < items.max() + 1).any()),
        "squares": float((of_users.astype(float) ** 2).sum()),
        "item_counts": np.bincount(items).astype(np.uint32),
    }


def bounds(apart: _native.Apart, users: np.ndarray) -> list[int]:
    n_users = int(users.max()) + 1
    starts = np.concatenate([[0], np.cumsum(np.bincount(users))])
    firsts = [min(int(np.searchsorted(starts, share)), n_users) for share in apart.shares()]
    return [0, *firsts, n_users]


def in_parts(apart: _native.Apart, users: np.ndarray, items: np.ndarray, n_workers: int) -> tuple[list, list, list]:
    cuts, ends = apart.cuts(n_workers), bounds(apart, users)
    order = np.random.default_rng(2).permutation(len(users))
    users, items = users[order].astype(np.uint32), items[order].astype(np.uint32)
    workers = []
    for number in range(n_workers):
        own = (users >= ends[cuts[number]]) & (users < ends[cuts[number + 1]])
        # In two pieces, as they may come.
        both = users[own], items[own]
        pieces = [tuple(one[:100] for one in both), tuple(one[100:] for one in both)]
        pairs = apart.pairs((ends[cuts[number]], ends[cuts[number + 1]]), pieces)
        assert len(pairs) == int(own.sum())
        workers.append(apart.worker(number, cuts, ends, pairs))
    for worker in workers:
        worker.start()
    counts = []
    for epoch in range(1, apart.epochs + 1):
        if epoch > 1:
            dealt = [worker.deal_out(epoch) for worker in workers]
            for number, worker in enumerate(workers):
                worker.deal_in(epoch, [parts[number] for parts in dealt])
        for worker in workers:
            worker.begin(epoch)
        for super_round in range(n_workers + 1):
            for worker in workers:
                worker.train(super_round)
            if super_round < n_workers:
                given = [worker.give() for worker in workers]
                for number, worker in enumerate(workers):
                    worker.take(given[(number + 1) % n_workers])
        ended = [worker.finish() for worker in workers]
        assert all(sound for sound, _ in ended)
        counts.append(np.concatenate([numbers for _, numbers in ended]))
    saved = [worker.save() for worker in workers]
    return [users for users, _ in saved], [items for _, items in saved], counts


@pytest.mark.parametrize(
    "estimator",
    [
        foretaste.BPR(factors=8, epochs=3, random_state=3),
        foretaste.BPR(factors=8, epochs=2, steps="adagrad", bias_item=True, sampler="uniform"),
        foretaste.UBPR(factors=8, epochs=2),
        foretaste.RelMF(factors=8, epochs=2, solver="sgd"),
        foretaste.BPO(factors=8, epochs=2),
        foretaste.WARP(factors=8, epochs=2),
    ],
    ids=lambda estimator: repr(estimator),
)
def test_any_number_of_workers_makes_the_bytes_of_fit(estimator: foretaste.BPR, tmp_path) -> None:
    users, items = rows()
    estimator.fit((users, items), verbose=False)
    estimator.save(tmp_path / "local.model")
    given = estimator._given(estimator.random_state)
    for n_workers in (1, 2, 3, 7):
        apart = _native.Apart(estimator._method, given, facts(users, items), 1)
        saved = in_parts(apart, users, items, n_workers)
        model = apart.model(read((users, items)), *saved)
        model.save(tmp_path / "parts.model", True)
        assert (tmp_path / "parts.model").read_bytes() == (tmp_path / "local.model").read_bytes()


def test_a_shard_lists_and_scores_as_the_model_does() -> None:
    users, items = rows()
    bpr = foretaste.BPR(factors=8, epochs=2, bias_item=True).fit((users, items), verbose=False)
    apart = _native.Apart("bpr", bpr._given(42), facts(users, items), 1)
    of_users, of_items, _ = in_parts(apart, users, items, 3)
    expected = bpr.recommend(n=5).to_dict()
    ends, cuts = bounds(apart, users), apart.cuts(3)
    for number, part in enumerate(of_users):
        first, last = ends[cuts[number]], ends[cuts[number + 1]]
        own = (users >= first) & (users < last)
        columns = users[own].astype(np.uint32), items[own].astype(np.uint32)
        pairs = apart.pairs((first, last), [columns])
        ordered = np.lexsort(columns[::-1])
        counts = np.bincount(columns[0][ordered] - first, minlength=last - first)
        np.testing.assert_array_equal(pairs.rows(), np.concatenate([counts, columns[1][ordered]]))
        shard = apart.shard(part, of_items, pairs)
        assert shard.n_users == last - first
        asked = np.arange(first, last, dtype=np.uint32)
        lens, listed, scores = shard.lists(asked, 5)
        assert int(lens.sum()) == len(listed) == len(scores)
        at = 0
        for user, n in zip(asked.tolist(), lens.tolist(), strict=True):
            found = list(zip(listed[at : at + n].tolist(), scores[at : at + n].tolist(), strict=True))
            assert found == expected.get(user, [])
            at += n
        repeated = np.repeat(asked, lens)
        np.testing.assert_array_equal(shard.scores(repeated, listed), scores)
        with pytest.raises(DataError, match="of another part"):
            shard.lists(np.array([last], np.uint32), 5)
        with pytest.raises(DataError, match="there is no item"):
            shard.scores(asked[:1], np.array([10**6], np.uint32))


def test_what_has_no_parts_says_why() -> None:
    users, items = rows()
    known = facts(users, items)
    for name, said in (("ease", "can't be trained in parts"), ("nbpo", "can't be trained in parts")):
        with pytest.raises(UnsupportedError, match=said):
            _native.Apart(name, [], known)
    with pytest.raises(ParameterError, match="bias must be without one of all pairs"):
        _native.Apart("bpo", [("bias.global", "true")], known)
    with pytest.raises(ParameterError, match="solver must be sgd"):
        _native.Apart("relmf", [("solver", '"als"'), ("loss", '"squared"')], known)
    with pytest.raises(ParameterError, match="propensity must be"):
        _native.Apart("ubpr", [("propensity", '"file:none.csv"')], known)
    with pytest.raises(DataError, match="nothing to learn from"):
        _native.Apart("bpr", [], {**known, "nnz": 0})


def test_damaged_bytes_and_strange_places_are_refused() -> None:
    users, items = rows()
    apart = _native.Apart("bpr", [("factors", "4"), ("epochs", "1")], facts(users, items), 1)
    cuts, ends = apart.cuts(2), bounds(apart, users)
    columns = users.astype(np.uint32), items.astype(np.uint32)
    with pytest.raises(DataError, match="not one of this worker's"):
        apart.pairs((0, ends[cuts[1]]), [columns])
    with pytest.raises(DataError, match="as many of each"):
        apart.pairs((0, ends[-1]), [(columns[0], columns[1][1:])])
    with pytest.raises(ParameterError, match="the first, and where they end"):
        apart.pairs((5, 4), [])
    own = users < ends[cuts[1]]
    pairs = apart.pairs((0, ends[cuts[1]]), [(columns[0][own], columns[1][own])])
    for number, bounds_ in ((5, ends), (1, ends), (0, ends[:-1])):
        with pytest.raises(DataError):
            apart.worker(number, cuts, bounds_, pairs)
    worker = apart.worker(0, cuts, ends, pairs)
    worker.start()
    worker.begin(1)
    worker.train(0)
    given = worker.give()
    for damaged in (given[:100], np.frombuffer(given.tobytes()[:-1] + b"\x80", np.uint8), given[:0]):
        with pytest.raises(foretaste.errors.ForetasteError):
            worker.take(damaged)
