"""Comparisons and searches."""

from __future__ import annotations

import csv
import io
import signal
import threading
import time
from pathlib import Path

import pytest
from test_evaluation import cli, run, write

import foretaste
from foretaste.errors import DataError, DivergedError, ForetasteError, ParameterError


@pytest.fixture(scope="module")
def parts() -> dict[str, foretaste.Table]:
    clicks = foretaste.simulate(120, 300, 2400, seed=4).interactions
    rows: dict[str, list[tuple[int, int]]] = {"train": [], "valid": [], "test": []}
    for n, (user, item) in enumerate(zip(clicks["user"].tolist(), clicks["item"].tolist(), strict=True)):
        rows["test" if n % 5 == 0 else "valid" if n % 9 == 0 else "train"].append((user, item))
    columns = {name: list(zip(*of, strict=True)) for name, of in rows.items()}
    return {name: foretaste.Table({"user": list(u), "item": list(i)}) for name, (u, i) in columns.items()}


METHODS = {
    "popular": foretaste.Popularity(),
    "bpr": foretaste.BPR(factors=4, epochs=6),
    "knn": ("item-knn", {"shrinkage": 5.0}),
}


@pytest.fixture(scope="module")
def found(parts: dict[str, foretaste.Table]) -> foretaste.Comparison:
    return foretaste.compare(METHODS, parts["train"], parts["test"], parts["valid"], seeds=2, baseline="popular")


def test_methods_are_side_by_side(found: foretaste.Comparison) -> None:
    assert found.names == ["popular", "bpr", "knn"] and found.baseline == "popular"
    assert found.metrics == ["ndcg@10", "recall@20"] and len(found.table) == 6
    assert found.best == max(found.names, key=lambda name: found.mean[name]["ndcg@10"]) != "popular"
    for row in found.table.rows():
        low, high = found.interval[row["method"]][row["metric"]]
        assert low <= row["mean"] <= high and row["mean"] == found.mean[row["method"]][row["metric"]]
        # A method that draws nothing is trained once.
        assert row["trainings"] == (2 if row["method"] == "bpr" else 1)
        assert (row["diff"] == row["diff"]) == (row["method"] != "popular")
    for row in found.differences.rows():
        difference = found.mean[row["method"]][row["metric"]] - found.mean["popular"][row["metric"]]
        assert row["diff"] == pytest.approx(difference, abs=1e-12)
        assert 0 <= row["p_t"] <= row["p_t_holm"] <= 1
    assert found.users["evaluated"] > 100


def test_methods_of_one_feedback_learn_from_a_union(parts: dict[str, foretaste.Table]) -> None:
    rows = [part.to_dict() for part in (parts["valid"], parts["train"])]
    columns = {side: rows[0][side] + rows[1][side] for side in ("user", "item")}
    columns["event"] = ["view"] * len(parts["valid"]) + ["buy"] * len(parts["train"])
    data = foretaste.Interactions(foretaste.Table(columns), event="event", feedback=["view", "buy"])
    methods = {"buy": "item-knn", "both": ("item-knn", {"feedback_as": "union"})}
    found = foretaste.compare(methods, data, parts["test"], metrics="ndcg@10")
    alone = foretaste.ItemKNN().fit(parts["train"]).evaluate(parts["test"])
    assert found.mean["buy"]["ndcg@10"] == alone["ndcg@10"] != found.mean["both"]["ndcg@10"]
    with pytest.raises(DataError, match="one feedback"):
        foretaste.compare({"both": methods["both"]}, parts["train"], parts["test"])


def test_a_fitted_estimator_is_measured_as_it_is(parts: dict[str, foretaste.Table]) -> None:
    model = foretaste.BPR(factors=4, epochs=6).fit(parts["train"])
    both = foretaste.compare(
        {"fitted": model, "trained": foretaste.BPR(factors=4, epochs=6)}, parts["train"], parts["test"]
    )
    assert both.mean["fitted"] == both.mean["trained"] and both.baseline == both.best == "fitted"
    seconds = dict(zip(both.table["method"], both.table["seconds"], strict=True))
    assert seconds["fitted"] != seconds["fitted"] and seconds["trained"] >= 0
    # It is what evaluate finds.
    assert model.evaluate(parts["test"]).mean == both.mean["fitted"]
    with pytest.raises(ForetasteError, match="trained on other data"):
        foretaste.compare({"fitted": model}, parts["valid"], parts["test"])


def test_a_comparison_goes_to_other_libraries(found: foretaste.Comparison, tmp_path: Path) -> None:
    import polars as pl

    frame = found.to_pandas()
    assert list(frame["method"]) == found.table["method"] and frame["diff"].isna().sum() == 2
    assert pl.DataFrame(found).height == 6 and found.to_polars()["p_t"].null_count() == 2
    assert found.to_arrow().num_rows == 6
    html = found._repr_html_()
    assert html.count("<tr>") == 4 + 5 and "difference from popular" in html
    assert "bpr" in repr(found)
    page = found.report(tmp_path / "report.html", title="Three methods")
    assert page.startswith("<!") and "Three methods" in page and "knn" in page
    assert (tmp_path / "report.html").read_text() == page == found.report(title="Three methods")
    with pytest.raises(FileExistsError):
        found.report(tmp_path / "report.html")
    found.report(tmp_path / "report.html", overwrite=True)


@pytest.mark.skipif(cli() is None, reason="the command line is not built; FORETASTE_CLI names it")
def test_a_comparison_is_that_of_the_command_line(
    parts: dict[str, foretaste.Table], found: foretaste.Comparison, tmp_path: Path
) -> None:
    for name, part in parts.items():
        write(tmp_path / f"{name}.csv", part)
    runs = ["popular=popularity", "bpr=bpr:factors=4,epochs=6", "knn=item-knn:shrinkage=5"]
    text = run("compare", *runs, "--data", tmp_path, "--seeds", "2", "--baseline", "popular", "--format", "csv")
    theirs = list(csv.DictReader(io.StringIO(text)))
    assert list(theirs[0]) == found.table.columns
    for row, ours in zip(theirs, found.table.rows(), strict=True):
        for name in set(row) - {"seconds"}:
            mine = "" if ours[name] != ours[name] else ours[name]
            assert (row[name] if isinstance(mine, str) else float(row[name])) == mine, name


@pytest.mark.parametrize(
    ("methods", "more", "error", "said"),
    [
        ({}, {}, ParameterError, "one at least"),
        ({"a": "bprr"}, {}, ForetasteError, "bpr"),
        ({"a": ("bpr", {"factor": 3})}, {}, ForetasteError, "factors"),
        ({"a": ("bpr", {"seed": 3})}, {}, ParameterError, "seed"),
        ({"a": 7}, {}, TypeError, "no estimator"),
        ({"a": "bpr"}, {"baseline": "b"}, ForetasteError, "none of the compared"),
        ({"a": "bpr"}, {"metrics": "coverage@10"}, ForetasteError, "coverage"),
        ({"a": foretaste.BPR(lr=-1)}, {}, ParameterError, "lr"),
    ],
)
def test_what_can_not_be_compared_is_said(
    parts: dict[str, foretaste.Table],
    methods: dict[str, object],
    more: dict[str, object],
    error: type[Exception],
    said: str,
) -> None:
    with pytest.raises(error, match=said):
        foretaste.compare(methods, parts["train"], parts["test"], **more)  # type: ignore[arg-type]


SPACE = {"lr": "log:0.01..0.3", "factors": [4, 8], "negatives": (1, 3), "reg": (0.0, 0.1)}


@pytest.fixture(scope="module")
def tuned(parts: dict[str, foretaste.Table]) -> foretaste.Tuned:
    bpr = foretaste.BPR(epochs=6)
    return foretaste.tune(bpr, parts["train"], parts["valid"], SPACE, trials=5, validate_every=2)


def test_a_search_keeps_to_its_space_and_finds_the_best(
    parts: dict[str, foretaste.Table], tuned: foretaste.Tuned
) -> None:
    assert len(tuned.trials) == 5 and set(tuned.best_params) == set(SPACE)
    for row in tuned.trials.rows():
        assert 0.01 <= row["lr"] <= 0.3 and row["factors"] in (4, 8)
        assert row["negatives"] in (1, 2, 3) and 0 <= row["reg"] <= 0.1
        assert row["ndcg@10"] <= tuned.best_score
    # The best is trained again to the same score.
    best = tuned.best.fit(parts["train"], valid=parts["valid"], validate_every=2)
    assert best.best_epoch_ == tuned.best_epoch
    assert best.evaluate(parts["valid"]).mean["ndcg@10"] == pytest.approx(tuned.best_score, abs=1e-12)
    assert "ndcg@10" in repr(tuned) and "<td" in tuned._repr_html_()


def test_a_refit_is_of_all_rows(parts: dict[str, foretaste.Table], tuned: foretaste.Tuned) -> None:
    model = tuned.refit()
    rows = [tuple(row.values()) for row in parts["train"].rows()]
    users, items = ({row[side] for row in rows} for side in (0, 1))
    # What is new in the validation part is in no list, and stays out.
    more = [tuple(row.values()) for row in parts["valid"].rows()]
    rows += [(user, item) for user, item in more if user in users and item in items]
    best = type(tuned.best)(**{**tuned.best.get_params(), "epochs": tuned.best_epoch})
    again = best.fit(tuple(map(list, zip(*rows, strict=True))))
    assert model.fingerprint_ == again.fingerprint_
    assert len(model.history_) == tuned.best_epoch


def test_a_search_goes_on_where_it_was(parts: dict[str, foretaste.Table], tuned: foretaste.Tuned, tmp_path: Path) -> None:
    bpr, folder = foretaste.BPR(epochs=6), tmp_path / "trials"

    def search(trials: int) -> foretaste.Tuned:
        part = parts["train"], parts["valid"], SPACE
        return foretaste.tune(bpr, *part, trials=trials, validate_every=2, folder=folder)

    search(3)
    kept = {path: path.stat().st_mtime_ns for path in folder.iterdir()}
    assert len(kept) == 3
    more = search(5)
    assert len(list(folder.iterdir())) == 5
    assert {path: path.stat().st_mtime_ns for path in kept} == kept
    assert more.trials["ndcg@10"] == tuned.trials["ndcg@10"] and more.best_params == tuned.best_params


def test_a_share_is_held_out_to_decide_by(parts: dict[str, foretaste.Table]) -> None:
    space = {"shrinkage": [0.0, 10.0, 100.0]}
    tuned = foretaste.tune(foretaste.ItemKNN(), parts["train"], 0.2, space, trials=4)
    assert tuned.best_epoch is None and tuned.best.get_params()["shrinkage"] in space["shrinkage"]
    assert tuned.refit().evaluate(parts["test"]).mean["ndcg@10"] > 0


@pytest.mark.parametrize(
    ("space", "more", "said"),
    [
        ({}, {}, "one at least"),
        ({"lrr": "0.1|0.2"}, {}, "lr"),
        ({"lr": "fast"}, {}, "range"),
        ({"lr": (0.3, 0.1)}, {}, "first < second"),
        ({"lr": [0.1]}, {}, "two values"),
        ({"lr": 0.1}, {}, "choices"),
        ({"lr": (-1.0, 0.1)}, {}, "lr"),
        ({"random_state": [1, 2]}, {}, "random_state"),
        ({"lr": [0.1, 0.2]}, {"trials": 0}, "trials"),
        ({"lr": [0.1, 0.2]}, {"metric": "coverage@10"}, "coverage"),
        ({"lr": [0.1, 0.2]}, {"valid": 1.5}, "share"),
    ],
)
def test_what_can_not_be_searched_is_said(
    parts: dict[str, foretaste.Table], space: dict[str, object], more: dict[str, object], said: str
) -> None:
    given = {"valid": parts["valid"], **more}
    with pytest.raises(ForetasteError, match=said):
        foretaste.tune(foretaste.BPR(epochs=2), parts["train"], space=space, **given)  # type: ignore[arg-type]


def test_a_search_that_diverges_says_so(parts: dict[str, foretaste.Table]) -> None:
    bpr = foretaste.BPR(epochs=20, init_sd=10.0)
    with pytest.raises(DivergedError, match="every trial diverged"):
        foretaste.tune(bpr, parts["train"], parts["valid"], {"lr": [9.0, 10.0]}, trials=2)
    with pytest.raises(DivergedError, match="fast"):
        foretaste.compare({"fast": bpr.set_params(lr=10.0)}, parts["train"], parts["test"])


def test_rows_of_others_decide_nothing(parts: dict[str, foretaste.Table]) -> None:
    with pytest.raises(DataError, match="none of the users"):
        foretaste.tune(foretaste.BPR(epochs=2), parts["train"], ([7777], [1]), {"lr": [0.1, 0.2]})


def test_ctrl_c_ends_a_search_and_other_threads_go_on(parts: dict[str, foretaste.Table]) -> None:
    turns = 0
    done = threading.Event()

    def interrupt() -> None:
        nonlocal turns
        end = time.monotonic() + 0.5
        while time.monotonic() < end:
            turns += 1
            time.sleep(0.01)
        if not done.is_set():
            signal.raise_signal(signal.SIGINT)

    thread = threading.Thread(target=interrupt)
    thread.start()
    with pytest.raises(KeyboardInterrupt):
        bpr = foretaste.BPR(factors=64, epochs=500)
        foretaste.tune(bpr, parts["train"], parts["valid"], {"lr": [0.1, 0.2]}, trials=1000)
    done.set()
    thread.join()
    assert turns > 5
