"""Figures of held-out data, parts of a split, simulated feedback."""

from __future__ import annotations

import csv
import json
import math
import os
import pickle
import shutil
import subprocess
from pathlib import Path

import numpy as np
import pytest

import foretaste
from foretaste.errors import DataError, NotFittedError, ParameterError

METRICS = ("ndcg@10", "recall@20", "precision_micro@10", "auc", "coverage@10", "arp@5")


def write(path: Path, table: foretaste.Table) -> None:
    with path.open("w", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(table.columns)
        writer.writerows(zip(*table.to_dict().values(), strict=True))


def pairs(part: dict[int, list[int]]) -> foretaste.Table:
    users = [user for user, items in part.items() for _ in items]
    items = [item for items in part.values() for item in items]
    return foretaste.Table({"user": users, "item": items})


@pytest.fixture(scope="module")
def parts() -> dict[str, foretaste.Table]:
    """Clicks of 150 users, of each of whom a fifth is tested; the test has a user and an item of its own."""
    clicks = foretaste.simulate(150, 300, 3000, seed=3).interactions
    rows: dict[str, dict[int, list[int]]] = {"train": {}, "valid": {}, "test": {}}
    for n, (user, item) in enumerate(zip(clicks["user"].tolist(), clicks["item"].tolist(), strict=True)):
        part = "test" if n % 5 == 0 else "valid" if n % 11 == 0 else "train"
        rows[part].setdefault(user, []).append(item)
    rows["test"][9999] = [1, 2]
    rows["test"][1].append(8888)
    return {name: pairs(part) for name, part in rows.items()}


@pytest.fixture(scope="module")
def model(parts: dict[str, foretaste.Table]) -> foretaste.Estimator:
    return foretaste.BPR(factors=8, epochs=5).fit(parts["train"])


@pytest.fixture(scope="module")
def found(parts: dict[str, foretaste.Table], model: foretaste.Estimator) -> foretaste.Evaluation:
    return model.evaluate(parts["test"], METRICS, valid=parts["valid"])


def cli() -> str | None:
    """The command line, if it is built."""
    named = os.environ.get("FORETASTE_CLI")
    if named:
        return named
    root = Path(__file__).parents[3]
    built = [path for profile in ("ci", "release", "debug") if (path := root / "target" / profile / "foretaste").exists()]
    return str(built[0]) if built else shutil.which("foretaste")


def run(*words: str | Path) -> str:
    program = cli()
    assert program is not None
    return subprocess.run([program, *map(str, words)], check=True, capture_output=True, text=True).stdout


def test_means_are_those_of_the_users_and_within_their_intervals(
    parts: dict[str, foretaste.Table], found: foretaste.Evaluation
) -> None:
    per_user = found.per_user
    assert per_user.columns == ["user", *METRICS]
    assert len(per_user) == found.users["evaluated"]
    for metric in ("ndcg@10", "recall@20", "auc"):
        low, high = found.interval[metric]
        assert 0 < low < found.mean[metric] < high < 1
        assert per_user[metric].mean() == pytest.approx(found.mean[metric], abs=1e-12)
        assert found[metric] == found.mean[metric]
    # A metric of all lists together has no value for a user, and no interval.
    assert np.isnan(per_user["coverage@10"]).all()
    assert all(math.isnan(end) for end in found.interval["coverage@10"])
    # Who is unknown scores 0, and has no list to say anything of.
    assert per_user["user"][-1] == 9999
    assert per_user["ndcg@10"][-1] == 0 and np.isnan(per_user["arp@5"][-1])
    assert found.users["unknown"] == 1 and found.users["without_list"] == 1
    assert found.pairs["of_unknown_users"] == 2
    known, test = set(parts["train"]["item"]), parts["test"]
    strange = [item for user, item in zip(test["user"], test["item"], strict=True) if item not in known and user != 9999]
    assert 8888 in strange and found.pairs["of_unknown_items"] == len(strange)


def test_ndcg_is_what_it_says(parts: dict[str, foretaste.Table], model: foretaste.Estimator) -> None:
    found = model.evaluate(parts["test"], "ndcg@10")
    wanted: dict[int, set[int]] = {}
    for user, item in zip(parts["test"]["user"], parts["test"]["item"], strict=True):
        wanted.setdefault(user, set()).add(item)
    values = []
    for user, items in sorted(wanted.items()):
        listed = [] if user == 9999 else [item for item, _ in model.recommend(user, 10)]
        gain = sum(1 / math.log2(rank + 2) for rank, item in enumerate(listed) if item in items)
        values.append(gain / sum(1 / math.log2(rank + 2) for rank in range(min(10, len(items)))))
    assert found.mean["ndcg@10"] == pytest.approx(sum(values) / len(values), abs=1e-9)


def test_what_is_masked_is_in_no_list(parts: dict[str, foretaste.Table], model: foretaste.Estimator) -> None:
    def listed(**how: object) -> set[tuple[str, str]]:
        _, lists = model.evaluate(parts["test"], "recall@50", **how).to_ranx()  # type: ignore[arg-type]
        return {(user, item) for user, row in lists.items() for item in row}

    def had(part: str) -> set[tuple[str, str]]:
        rows = parts[part].to_dict()
        return {(str(user), str(item)) for user, item in zip(rows["user"], rows["item"], strict=True)}

    assert not listed() & had("train") and listed() & had("valid")
    assert not listed(valid=parts["valid"]) & (had("train") | had("valid"))
    assert listed(mask=()) & had("train")
    open_ = model.evaluate(parts["test"], mask=())
    with pytest.raises(DataError, match="left out of the lists"):
        model.evaluate(parts["train"])
    assert model.evaluate(parts["train"], mask=()).mean["recall@20"] > open_.mean["recall@20"]


def test_tables_go_to_other_libraries(found: foretaste.Evaluation) -> None:
    import pandas as pd
    import polars as pl
    import pyarrow as pa

    per_user = found.per_user
    frame = per_user.to_pandas()
    assert isinstance(frame, pd.DataFrame) and frame["ndcg@10"].mean() == pytest.approx(found["ndcg@10"])
    polars = per_user.to_polars()
    assert polars.schema["user"] == pl.Int64 and polars["coverage@10"].null_count() == len(polars)
    table = pa.table(per_user)
    assert table.column_names == per_user.columns and table.num_rows == len(per_user)
    assert json.loads(json.dumps(found.to_dict()))["metrics"]["ndcg@10"]["mean"] == found["ndcg@10"]
    assert "ndcg@10" in repr(found) and "<td" in found._repr_html_() and "<td" in per_user._repr_html_()


def test_columns_of_any_values_are_a_table() -> None:
    import polars as pl

    columns = {"a": [1, None], "b": [0.5, float("nan")], "c": ["x", 1], "d": [True, False], "e": [None, None]}
    frame = foretaste.Table(columns).to_polars()
    assert frame["a"].to_list() == [1, None] and frame["b"].to_list() == [0.5, None]
    assert frame["c"].to_list() == ["x", "1"] and frame["d"].to_list() == [True, False]
    assert frame.schema["e"] == pl.Float64 and frame["e"].null_count() == 2
    assert foretaste.Table(columns).to_dict() == columns
    with pytest.raises(KeyError, match="there are a, b"):
        foretaste.Table(columns)["f"]


def test_ids_of_text_stay_text(parts: dict[str, foretaste.Table]) -> None:
    train, test = (
        ([str(one) for one in parts[part]["user"]], [str(one) for one in parts[part]["item"]])
        for part in ("train", "test")
    )
    found = foretaste.Popularity().fit(train).evaluate(test)
    assert found.per_user["user"][-1] == "9999" and isinstance(found.per_user["user"][0], str)


def test_ranx_finds_the_same(found: foretaste.Evaluation) -> None:
    qrels, lists = found.to_ranx()
    assert qrels.keys() == lists.keys() and "9999" in qrels
    recalls = []
    for user, wanted in qrels.items():
        best = sorted(lists[user], key=lambda item: -lists[user][item])[:20]
        recalls.append(len(wanted.keys() & set(best)) / len(wanted))
    assert sum(recalls) / len(recalls) == pytest.approx(found["recall@20"], abs=1e-12)
    if not os.environ.get("FORETASTE_RANX"):
        return  # It compiles for a minute before it finds anything.
    ranx = pytest.importorskip("ranx")
    ours = ["ndcg@10", "recall@20"]
    theirs = ranx.evaluate(ranx.Qrels(qrels), ranx.Run(lists), ours)
    for metric in ours:
        assert theirs[metric] == pytest.approx(found.mean[metric], abs=1e-9)


def test_estimates_by_propensities(parts: dict[str, foretaste.Table], model: foretaste.Estimator) -> None:
    metrics = ["recall@20", "recall@20:snips"]
    alike = model.evaluate(parts["test"], metrics, ips="const:1")
    # Of items that are all as likely to be seen, nothing has to be made up for.
    assert alike["recall@20:snips"] == pytest.approx(alike["recall@20"], abs=1e-12)
    rare = model.evaluate(parts["test"], metrics)
    assert rare["recall@20:snips"] == model.evaluate(parts["test"], metrics, ips="pop^0.5")["recall@20:snips"]
    assert rare["recall@20:snips"] != alike["recall@20:snips"]


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"metrics": "ndgc@10"}, "ndcg@10"),
        ({"metrics": ()}, "one metric"),
        ({"mask": "valid"}, "valid="),
        ({"mask": "seen"}, "seen"),
        ({"ips": "pop^0.5"}, "snips"),
        ({"metrics": "ndcg@10:ips", "ips": "often"}, "pop"),
        ({"metrics": "ndcg@10:ips", "clip": 2}, "clip"),
    ],
)
def test_what_can_not_be_measured_is_said(
    parts: dict[str, foretaste.Table], model: foretaste.Estimator, given: dict[str, object], said: str
) -> None:
    with pytest.raises(ParameterError, match=said):
        model.evaluate(parts["test"], **given)  # type: ignore[arg-type]


def test_the_wrong_data_are_said(parts: dict[str, foretaste.Table], model: foretaste.Estimator) -> None:
    with pytest.raises(DataError, match="knows none of the users"):
        model.evaluate(([77777], [1]))
    with pytest.raises(DataError, match="knows none of the items"):
        model.evaluate(([1], [77777]))
    with pytest.raises(NotFittedError):
        foretaste.BPR().evaluate(parts["test"])


def test_threads_change_nothing_and_pickles_evaluate_alike(
    parts: dict[str, foretaste.Table], model: foretaste.Estimator, found: foretaste.Evaluation
) -> None:
    other = pickle.loads(pickle.dumps(model)).set_params(threads=1)
    again = other.evaluate(parts["test"], METRICS, valid=parts["valid"])
    # As text, since NaN is not itself.
    assert str(again.to_dict()) == str(found.to_dict())


def test_a_split_deals_every_row_once() -> None:
    clicks = foretaste.simulate(60, 200, 900, seed=5).interactions
    train, valid, test = foretaste.split(clicks)
    assert valid is not None
    assert train.nnz + valid.nnz + test.nnz == foretaste.Interactions(clicks).nnz
    assert test.nnz > valid.nnz > 0
    assert foretaste.split(clicks, seed=42).test.fingerprint == test.fingerprint
    assert foretaste.split(clicks, seed=43).test.fingerprint != test.fingerprint
    assert foretaste.split(clicks, valid=0).valid is None
    last = foretaste.split(clicks, by="last-one", time="time")
    assert last.valid is not None and last.test.nnz == last.valid.nnz <= 60
    foretaste.BPR(factors=4, epochs=2).fit(train, valid=valid).evaluate(test)
    with pytest.raises(DataError, match="time"):
        foretaste.split(clicks, by="time")
    with pytest.raises(ParameterError, match="last-one"):
        foretaste.split(clicks, by="leave-one-out")
    with pytest.raises(ValueError, match="test"):
        foretaste.split(clicks, test=1.5)


def test_simulated_feedback_is_of_its_seed() -> None:
    made = foretaste.simulate(50, 100, 400, seed=9, popularity=1.2)
    assert made.interactions.columns == ["user", "item", "time"] and len(made.items) == 100
    assert abs(len(made.interactions) - 400) < 100
    again = foretaste.simulate(50, 100, 400, seed=9, popularity=1.2)
    assert again.interactions.to_dict() == made.interactions.to_dict()
    assert 0 < min(made.items["propensity"]) < max(made.items["propensity"]) <= 1
    with pytest.raises(ValueError, match="taste"):
        foretaste.simulate(50, 100, 400, taste=-1)
    with pytest.raises(ValueError, match="tsate"):
        foretaste.simulate(50, 100, 400, tsate=1)


def test_files_of_trec_are_whole_and_not_replaced(found: foretaste.Evaluation, tmp_path: Path) -> None:
    found.to_trec(tmp_path / "trec")
    run_lines = (tmp_path / "trec" / "run.txt").read_text().splitlines()
    assert run_lines[0].split()[1:] == ["Q0", run_lines[0].split()[2], "1", "20", "bpr"]
    qrels = (tmp_path / "trec" / "qrels.txt").read_text().splitlines()
    assert len(qrels) == found.pairs["pairs"] and "9999 0 1 1" in qrels
    with pytest.raises(FileExistsError):
        found.to_trec(tmp_path / "trec")
    found.to_trec(tmp_path / "trec", overwrite=True)


@pytest.mark.skipif(cli() is None, reason="the command line is not built; FORETASTE_CLI names it")
def test_figures_are_those_of_the_command_line(
    parts: dict[str, foretaste.Table], model: foretaste.Estimator, found: foretaste.Evaluation, tmp_path: Path
) -> None:
    for name, part in parts.items():
        write(tmp_path / f"{name}.csv", part)
    model.save(tmp_path / "model")
    words = ["evaluate", str(tmp_path / "model"), str(tmp_path), "--metrics", ",".join(METRICS), "--json"]
    theirs = json.loads(run(*words, "--per-user", tmp_path / "users.csv", "--trec", tmp_path / "theirs"))
    for metric, figures in theirs["metrics"].items():
        low, high = found.interval[metric]
        assert figures["mean"] == found.mean[metric]
        if figures["low"] is not None:
            assert (figures["low"], figures["high"]) == (low, high)
    assert theirs["users"] == found.users["evaluated"]
    rows = list(csv.DictReader((tmp_path / "users.csv").open()))
    assert [float(row["ndcg@10"]) for row in rows] == found.per_user["ndcg@10"].tolist()
    found.to_trec(tmp_path / "ours")
    for name in ("run.txt", "qrels.txt"):
        assert (tmp_path / "ours" / name).read_bytes() == (tmp_path / "theirs" / name).read_bytes()
    ips = ["--metrics", "ndcg@10:ips", "--propensity", "pop^0.7", "--clip", "0.05", "--seed", "7"]
    theirs = json.loads(run("evaluate", tmp_path / "model", "--test", tmp_path / "test.csv", *ips, "--json"))
    ours = model.evaluate(parts["test"], "ndcg@10:ips", ips="pop^0.7", clip=0.05, seed=7)
    figures = theirs["metrics"]["ndcg@10:ips"]
    assert (figures["mean"], figures["low"]) == (ours["ndcg@10:ips"], ours.interval["ndcg@10:ips"][0])
