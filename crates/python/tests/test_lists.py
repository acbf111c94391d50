"""Lists, similar items and users, scores and their parts, files."""

from __future__ import annotations

import pickle
import subprocess
import sys
import warnings
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import foretaste
import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest
import scipy.sparse as sp
from foretaste.errors import (
    DataError,
    ModelFileError,
    NotFittedError,
    ParameterError,
    UnknownIdError,
    UnsupportedError,
)

from conftest import Sample


@pytest.fixture(scope="module")
def model(sample: Sample) -> foretaste.BPR:
    return foretaste.BPR(factors=8, epochs=10).fit(sample[:2])


@pytest.fixture(scope="module")
def knn(sample: Sample) -> foretaste.ItemKNN:
    return foretaste.ItemKNN().fit(sample[:2])


def test_lists_are_the_best_of_what_users_have_not(sample: Sample, model: foretaste.BPR) -> None:
    scores = model.user_factors_ @ model.item_factors_.T
    user = 4
    had = set(sample.items[sample.users == user].tolist())
    ids = model.items_.tolist()
    order = np.argsort(-scores[model.users_.tolist().index(user)], kind="stable")
    expected = [ids[at] for at in order if ids[at] not in had][:5]
    assert [item for item, _ in model.recommend(user, 5)] == expected
    everything = model.recommend(user, 5, filter_seen=False)
    assert [item for item, _ in everything] == [ids[at] for at in order][:5]


def test_a_user_at_a_time_gets_the_same_list_every_time(sample: Sample) -> None:
    model = foretaste.BPR(factors=8, epochs=10).fit(sample[:2])
    users = np.unique(sample.users)[:30].tolist()
    together = model.recommend(users, 5).to_pandas()
    for _ in range(2):
        alone = pd.concat([model.recommend([user], 5).to_pandas() for user in users])
        assert alone.to_csv(index=False) == together.to_csv(index=False)
    # From many threads at once, with items that are not ready yet.
    again = foretaste.BPR(factors=8, epochs=10).fit(sample[:2])
    with ThreadPoolExecutor(8) as pool:
        lists = list(pool.map(lambda user: again.recommend([user], 5).to_pandas(), users * 4))
    assert pd.concat(lists[:30]).to_csv(index=False) == together.to_csv(index=False)


def test_a_table_in_every_form(model: foretaste.BPR) -> None:
    lists = model.recommend([4, 1], 3)
    frame = lists.to_pandas()
    assert frame["user"].tolist() == [4, 4, 4, 1, 1, 1]
    assert frame["rank"].tolist() == [1, 2, 3] * 2
    assert lists.to_polars().to_dict(as_series=False) == frame.to_dict("list")
    assert pa.table(lists).to_pydict() == frame.to_dict("list")
    assert {user: [item for item, _ in row] for user, row in lists} == {
        user: group["item"].tolist() for user, group in frame.groupby("user")
    }
    assert lists[1] == lists.to_dict()[1]
    assert lists.to_ranx()["4"][str(lists[4][0][0])] == lists[4][0][1]
    assert len(lists) == 2 and len(model.recommend(4, 3)) == 3
    with pytest.raises(KeyError):
        lists[7]


def test_notebooks_draw_lists(model: foretaste.BPR) -> None:
    drawn = model.recommend(n=3)._repr_html_()
    assert drawn.count("<tr>") == 21 and "rows more" in drawn
    odd = foretaste.Popularity().fit((["<b>", "c"], ["<i>", "<u>"]))
    assert "<b>" not in odd.recommend("<b>")._repr_html_()
    assert "501" in repr(model.recommend([1], 80, filter_seen=False)[1]) or True


def test_filters(sample: Sample, model: foretaste.BPR) -> None:
    few = [502, 503, 504]
    assert {item for item, _ in model.recommend(1, 10, allow=few, filter_seen=False)} == set(few)
    denied = model.recommend(1, 80, deny=few, filter_seen=False)
    assert len(denied) == 77 and not {item for item, _ in denied} & set(few)
    with pytest.warns(UserWarning, match="1 of the items"):
        model.recommend(1, allow=[502, -1])
    assert len(model.recommend(1, 10, allow=[])) == 0
    assert len(model.recommend(1, 0)) == 0
    assert len(model.recommend(1, 10**9, filter_seen=False)) == 80
    for n in (-1, 1.5, None, "3", True):
        with pytest.raises(ParameterError):
            model.recommend(1, n)  # type: ignore[arg-type]


def test_unknown_users(model: foretaste.BPR) -> None:
    with pytest.raises(UnknownIdError, match="knows no user") as unknown:
        model.recommend(-5)
    assert isinstance(unknown.value, KeyError)
    assert [user for user, _ in model.recommend([1, -5, 4], unknown="skip")] == [1, 4]
    popular = model.recommend([-5, 1, -6], 4, unknown="popular", deny=[502])
    assert popular[-5] == popular[-6] != popular[1] == model.recommend(1, 4, deny=[502])[:4] or popular[1]
    counts = dict(zip(model.items_.tolist(), model._fitted().item_counts.tolist(), strict=True))
    best = sorted((item for item in counts if item != 502), key=lambda item: (-counts[item], item))
    assert [item for item, _ in popular[-5]] == best[:4]
    with pytest.raises(ParameterError):
        model.recommend(1, unknown="guess")


def test_people_whom_nobody_has_seen(sample: Sample, knn: foretaste.ItemKNN) -> None:
    user = 4
    history = sorted(set(sample.items[sample.users == user].tolist()))
    known = list(knn.recommend(user, 5))
    assert list(knn.recommend_for(history, 5)) == known
    both = knn.recommend_for({"new": history, "nobody": []}, 5)
    assert both["new"] == known
    assert list(both.subjects) == ["new", "nobody"]
    frame = pd.DataFrame({"user": ["x"] * len(history), "item": history})
    assert knn.recommend_for(frame, 5)["x"] == known
    with pytest.warns(UserWarning, match="unknown"):
        assert list(knn.recommend_for([*history, -9], 5)) == known
    assert list(knn.recommend_for(np.array(history), 5)) == known
    many = knn.recommend_for([history] * 3, 5)
    assert [row for _, row in many] == [known] * 3


def test_matrices_of_histories() -> None:
    matrix = sp.csr_array(np.array([[1, 1, 0, 0], [1, 0, 1, 0], [0, 1, 1, 1]]))
    knn = foretaste.ItemKNN().fit(matrix)
    lists = knn.recommend_for(matrix, 2)
    assert lists[0] == list(knn.recommend(0, 2))
    with pytest.raises(DataError, match="transposed"):
        knn.recommend_for(sp.csr_array(matrix.T), 2)
    with pytest.raises(DataError, match="transposed"):
        foretaste.BPR().fit(matrix, valid=sp.csr_array(matrix.T))
    with pytest.raises(DataError, match="transposed"):
        knn.evaluate(sp.csr_array(matrix.T))


def test_what_is_similar(model: foretaste.BPR) -> None:
    rows = model.item_factors_
    rows = rows / np.linalg.norm(rows, axis=1, keepdims=True)
    cosines = rows @ rows[3]
    found = list(model.similar_items(503, 4))
    order = [at for at in np.argsort(-cosines, kind="stable") if at != 3][:4]
    assert [item for item, _ in found] == [500 + at for at in order]
    np.testing.assert_allclose([score for _, score in found], cosines[order], atol=1e-5)
    users = model.similar_users([1, 4], 3)
    assert list(users.to_pandas().columns) == ["user", "rank", "similar_user", "score"]
    assert 1 not in dict(users[1])
    with pytest.raises(ParameterError, match="similarity"):
        model.similar_items(503, similarity="jaccard")
    with pytest.raises(UnsupportedError):
        foretaste.Popularity().fit(([1, 2], [3, 4])).similar_users(1)


def test_scores_and_what_they_are_made_of(model: foretaste.BPR, knn: foretaste.ItemKNN) -> None:
    pairs = model.score([1, 4], [502, 503])
    assert pairs.shape == (2,)
    assert model.score(1, 502) == pytest.approx(pairs[0])
    assert model.score(1, [502, 503]).shape == (2,)
    with pytest.raises(DataError, match="pairs"):
        model.score([1, 4], [502, 503, 504])
    (item, score), *_ = knn.recommend(1, 1)
    explained = knn.explain(1, item)
    total = sum(part for _, part in explained.terms + explained.history) + explained.rest
    assert total == pytest.approx(score, rel=1e-5) == explained.score
    with pytest.raises(UnknownIdError):
        knn.explain(1, -2)


def test_factors_can_be_read_and_not_written(model: foretaste.BPR) -> None:
    assert model.user_factors_.shape == (120, 8)
    with pytest.raises(ValueError):
        model.item_factors_[0, 0] = 1.0
    with pytest.raises(AttributeError):
        foretaste.Popularity().fit(([1], [2])).user_factors_


def test_nothing_is_known_before_fitting() -> None:
    model = foretaste.BPR()
    for use in (
        lambda: model.recommend(1),
        lambda: model.similar_items(1),
        lambda: model.recommend_for([1]),
        lambda: model.score(1, 1),
        lambda: model.save("x"),
        lambda: model.users_,
        lambda: model.history_,
    ):
        with pytest.raises(NotFittedError):
            use()
    assert not hasattr(model, "users_")


def test_files(model: foretaste.BPR, tmp_path: Path) -> None:
    path = tmp_path / "m.model"
    model.save(path)
    again = foretaste.load(path)
    assert isinstance(again, foretaste.BPR)
    assert (again.factors, again.epochs, again.lr) == (8, 10, 0.1)
    assert again.recommend(1).to_dict() == model.recommend(1).to_dict()
    with pytest.raises(FileExistsError):
        model.save(path)
    model.save(path, overwrite=True)
    bytes_ = bytearray(path.read_bytes())
    bytes_[-1] ^= 1
    path.write_bytes(bytes_)
    with pytest.raises(ModelFileError, match="damaged"):
        foretaste.load(path)
    path.write_bytes(bytes_[:100])
    with pytest.raises(ModelFileError):
        foretaste.load(path)
    with pytest.raises(FileNotFoundError):
        foretaste.load(tmp_path / "none")
    with pytest.raises(ModelFileError):
        foretaste.load(Path(__file__))


def test_a_file_of_another_version_says_so(model: foretaste.BPR, tmp_path: Path) -> None:
    path = tmp_path / "later.model"
    model.save(path)
    path.write_bytes(path.read_bytes().replace(b'\\"format\\":1', b'\\"format\\":9'))
    with pytest.raises(ModelFileError):
        foretaste.load(path)


def test_parameters_are_scikit_learns(model: foretaste.BPR) -> None:
    fresh = foretaste.BPR(factors=3)
    assert fresh.get_params()["factors"] == 3
    assert fresh.set_params(lr=0.2) is fresh and fresh.lr == 0.2
    with pytest.raises(ValueError, match="factors, epochs"):
        fresh.set_params(factor=3)
    with pytest.raises(TypeError):
        foretaste.BPR(factor=3)  # type: ignore[call-arg]
    assert repr(fresh) == "BPR(factors=3, lr=0.2)"
    assert eval(repr(fresh), vars(foretaste)).get_params() == fresh.get_params()
    base = pytest.importorskip("sklearn.base")
    copy = base.clone(model)
    assert copy.get_params() == model.get_params() and not copy.__sklearn_is_fitted__()


def test_errors_pickle() -> None:
    for error in (
        ParameterError("a must be b", "a", "b", "c"),
        DataError("row 3", "user", 3, "x"),
        UnknownIdError("no", "user", (1, 2)),
        NotFittedError("not yet"),
    ):
        again = pickle.loads(pickle.dumps(error))
        assert type(again) is type(error) and str(again) == str(error) and vars(again) == vars(error)


def test_importing_takes_what_is_needed_alone() -> None:
    code = "import sys, foretaste; print(*sorted({name.partition('.')[0] for name in sys.modules}))"
    out = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    loaded = set(out.stdout.split())
    assert not loaded & {"numpy", "pandas", "polars", "pyarrow", "scipy", "sklearn", "tqdm", "pyspark"}


def test_the_estimators_are_those_of_the_engine() -> None:
    from foretaste import _generate

    assert _generate.FILE.read_text() == _generate.generated(), "python -m foretaste._generate writes it"
    for name, estimator in foretaste.methods().items():
        assert estimator().get_params()["threads"] == 0, name


@pytest.mark.parametrize("name", sorted(foretaste.methods()))
def test_every_method_fits_and_makes_lists(name: str, sample: Sample) -> None:
    given: dict[str, Any] = {}
    estimator = foretaste.methods()[name]()
    for parameter, value in (("epochs", 1), ("factors", 8)):
        if parameter in estimator.get_params() and name not in ("gnolr", "dnis"):
            estimator.set_params(**{parameter: value})
    if name in ("rlmrec", "alpharec"):
        items = np.unique(sample.items)
        given["item_features"] = (items, np.random.default_rng(1).normal(size=(len(items), 4)))
    if name == "sesa":
        items = np.unique(sample.items)
        given["item_tags"] = (items, [f"t{n % 4}" for n in items])
    if name == "dnis":
        given["valid"] = 0.2
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        estimator.fit(sample[:2], **given)
    assert len(estimator.recommend(1, 3)) == 3
    assert pickle.loads(pickle.dumps(estimator)).fingerprint_ == estimator.fingerprint_


def test_polars_and_pandas_need_nothing_else(model: foretaste.BPR) -> None:
    lists = model.recommend([1, 4], 2)
    assert isinstance(lists.to_polars(), pl.DataFrame)
    assert lists.to_arrow().num_rows == 4


def test_spark_says_what_it_needs() -> None:
    import importlib.util

    if importlib.util.find_spec("pyspark"):
        pytest.skip("pyspark is there")
    with pytest.raises(ModuleNotFoundError, match=r"foretaste.spark needs pyspark: pip install 'foretaste\[spark\]'"):
        importlib.import_module("foretaste.spark")
