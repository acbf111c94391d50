"""A training on Spark has the bytes of one on this machine, and its model the lists, scores and figures."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import foretaste
import numpy as np
import pytest

pytest.importorskip("pyspark", "4.1")

from foretaste import spark as on_spark
from foretaste.errors import DataError, ModelFileError, ParameterError
from foretaste.spark._store import Store

pd = pytest.importorskip("pandas")


def rows(text: bool = False) -> Any:
    """Enough items for 10 blocks, a few users with most of the pairs, and some rows twice."""
    rng = np.random.default_rng(3)
    users = np.concatenate([rng.integers(0, 200, 6000), rng.integers(0, 3, 2000)])
    items = (rng.random(8000) ** 2 * 680).astype(int)
    frame = pd.DataFrame({"user": users * 7 - 300, "item": items})
    if text:
        # Of these, UTF-8 and UTF-16 have other orders.
        marks = np.array(["é", "\U00010000", "\ufffd", "z", "10", "9"])
        frame["user"] = marks[users % 6] + frame["user"].astype(str)
    return frame


def framed(spark: Any, frame: Any) -> Any:
    return spark.createDataFrame(frame).repartition(3)


def written(estimator: Any, path: Path) -> bytes:
    estimator.save(path)
    return path.read_bytes()


def test_a_short_training(spark: Any, tmp_path: Path) -> None:
    """What is run wherever there is Java: others take long."""
    frame = rows()
    local = foretaste.BPR(factors=8, epochs=2).fit(frame, verbose=False)
    model = on_spark.BPR(factors=8, maxIter=2, numWorkers=2, checkpointDir=str(tmp_path / "run")).fit(framed(spark, frame))
    assert written(model.toLocal(), tmp_path / "spark.model") == written(local, tmp_path / "local.model")


@pytest.mark.parametrize(
    ("name", "parameters", "workers", "text"),
    [
        ("BPR", {}, 2, False),
        ("BPR", {"steps": "adagrad", "sampler": "uniform", "bias_item": True}, 1, True),
        ("WARP", {}, 2, False),
        ("UBPR", {}, 2, True),
        ("RelMF", {"solver": "sgd"}, 2, False),
        ("BPO", {}, 2, False),
    ],
)
def test_a_training_has_the_bytes_of_one_on_this_machine(
    spark: Any, tmp_path: Path, name: str, parameters: dict[str, Any], workers: int, text: bool
) -> None:
    frame = rows(text)
    local = getattr(foretaste, name)(factors=8, epochs=3, random_state=5, **parameters).fit(frame, verbose=False)
    from foretaste.spark._params import spark_name

    given = {spark_name(key.replace("bias_", "bias.")): value for key, value in parameters.items()}
    estimator = getattr(on_spark, name)(
        factors=8, maxIter=3, seed=5, numWorkers=workers, checkpointDir=str(tmp_path / "run"), **given
    )
    model = estimator.fit(framed(spark, frame))
    assert isinstance(model, getattr(on_spark, f"{name}Model"))
    assert written(model.toLocal(), tmp_path / "spark.model") == written(local, tmp_path / "local.model")


@pytest.fixture(scope="module")
def both(spark: Any, tmp_path_factory: pytest.TempPathFactory) -> tuple[Any, Any, Path]:
    """A model of this machine, the same of Spark, and where that lies."""
    frame, directory = rows(), tmp_path_factory.mktemp("both") / "run"
    local = foretaste.BPR(factors=8, epochs=4, bias_item=True).fit(frame, verbose=False)
    estimator = on_spark.BPR(
        factors=8, maxIter=4, biasItem=True, numWorkers=2, checkpointDir=str(directory), checkpointInterval=2
    )
    return local, estimator.fit(framed(spark, frame)), directory


def test_lists_are_those_of_the_local_model(spark: Any, both: tuple[Any, Any, Path]) -> None:
    local, model, _ = both
    for seen in (True, False):
        expected = local.recommend(n=6, filter_seen=seen).to_dict()
        found = model.recommendForAllUsers(6, filterSeen=seen).toPandas()
        assert len(found) == len(expected)
        for row in found.itertuples():
            list_ = [(one["item"], np.float32(one["score"])) for one in row.recommendations]
            assert list_ == [(item, np.float32(score)) for item, score in expected[row.user]]
    some = spark.createDataFrame([("-300",), ("-293",), ("-293",), ("nobody",), ("-0300",)], "user string")
    found = {row["user"]: row["recommendations"] for row in model.recommendForUserSubset(some, 2).collect()}
    expected = local.recommend([-300, -293], n=2).to_dict()
    assert {user: [one["item"] for one in list_] for user, list_ in found.items()} == {
        user: [item for item, _ in list_] for user, list_ in expected.items()
    }
    with pytest.raises(ParameterError, match="numItems must be a whole number"):
        model.recommendForAllUsers(0)


def test_scores_are_those_of_the_local_model(spark: Any, both: tuple[Any, Any, Path]) -> None:
    local, model, _ = both
    pairs = pd.DataFrame({"x": ["a", "b", "c", "d"], "user": [-300, -293, 10**6, -286], "item": [1, 2, 3, 10**6]})
    known = model.transform(spark.createDataFrame(pairs)).toPandas().sort_values("x")
    assert known["x"].tolist() == ["a", "b"]
    assert known["prediction"].tolist() == local.score([-300, -293], [1, 2]).tolist()
    kept = model.copy({model.coldStartStrategy: "nan", model.predictionCol: "s"})
    every = kept.transform(spark.createDataFrame(pairs)).toPandas().sort_values("x")
    assert every["s"].isna().tolist() == [False, False, True, True] and list(every.columns) == [*pairs.columns, "s"]
    with pytest.raises(ParameterError, match="there is a column 'x' already"):
        model.copy({model.predictionCol: "x"}).transform(spark.createDataFrame(pairs))


def test_figures_are_those_of_the_local_model(spark: Any, both: tuple[Any, Any, Path]) -> None:
    local, model, _ = both
    rng = np.random.default_rng(9)
    test = pd.DataFrame({"user": rng.integers(0, 210, 900) * 7 - 300, "item": rng.integers(0, 700, 900)})
    metrics = ("ndcg@10", "recall@20", "rr@5", "hit@3")
    expected = local.evaluate(test.drop_duplicates(), metrics).mean
    found = model.evaluate(spark.createDataFrame(test), metrics)
    assert found.keys() == expected.keys()
    # Sums are of other groups of users: they differ by rounding.
    assert all(abs(found[metric] - expected[metric]) <= 1e-12 for metric in metrics)
    with pytest.raises(ParameterError, match="metrics must be one of"):
        model.evaluate(spark.createDataFrame(test), ["coverage@10"])


def test_rows_and_what_is_alike_are_those_of_the_local_model(spark: Any, both: tuple[Any, Any, Path]) -> None:
    local, model, _ = both
    items = model.itemFactors.toPandas().sort_values("id")
    users = model.userFactors.toPandas().sort_values("id")
    np.testing.assert_array_equal(np.array(items["features"].tolist(), np.float32), local.item_factors_)
    np.testing.assert_array_equal(np.array(users["features"].tolist(), np.float32), local.user_factors_)
    assert users["id"].tolist() == list(local.users_) and model.rank == 8
    found = model.similarItems(spark.createDataFrame([(3,)], "item int"), 4).collect()[0]
    expected = local.similar_items(3, n=4)
    assert [(one["item"], np.float32(one["score"])) for one in found["recommendations"]] == [
        (item, np.float32(score)) for item, score in expected
    ]


def test_a_model_is_written_and_read(spark: Any, both: tuple[Any, Any, Path], tmp_path: Path) -> None:
    local, model, directory = both
    model.write().save(str(tmp_path / "kept"))
    with pytest.raises(FileExistsError, match="overwrite"):
        model.write().save(str(tmp_path / "kept"))
    model.write().overwrite().save(str(tmp_path / "kept"))
    # What is no model is not replaced, nor the directory that the model is in, nor one in it.
    (tmp_path / "else").mkdir()
    (tmp_path / "else" / "thesis.tex").write_text("years")
    (tmp_path / "a file").write_text("years")
    for name in ("else", "a file"):
        with pytest.raises(ModelFileError, match="there is no model"):
            model.write().overwrite().save(str(tmp_path / name))
    for place in (directory, directory.parent, directory / "below"):
        with pytest.raises(ParameterError, match="already|own directory"):
            model.write().overwrite().save(str(place))
    assert (tmp_path / "else" / "thesis.tex").exists() and directory.exists()
    read = on_spark.BPRModel.load(str(tmp_path / "kept"))
    assert read.getUserCol() == "user" and read.toLocal().fingerprint_ == local.fingerprint_
    with pytest.raises(ModelFileError, match="is of BPR, not of WARP"):
        on_spark.WARPModel.load(str(tmp_path / "kept"))
    with pytest.raises(ModelFileError, match="there is no model"):
        on_spark.BPRModel.load(str(tmp_path / "nothing"))
    part = next((tmp_path / "kept").glob("part-*-users-*"))
    part.write_bytes(part.read_bytes()[:-1])
    with pytest.raises(Exception, match="is not as it was written"):
        read.recommendForAllUsers(3).collect()


def test_a_training_goes_on_with_other_workers(spark: Any, both: tuple[Any, Any, Path], tmp_path: Path) -> None:
    local, model, directory = both
    before = sorted(directory.glob("manifest-*"))
    assert [path.name[:15] for path in before] == ["manifest-000002", "manifest-000004"]
    before[1].unlink()
    estimator = on_spark.BPR(
        factors=8, maxIter=4, biasItem=True, numWorkers=1, checkpointDir=str(directory), checkpointInterval=2
    )
    frame = framed(spark, rows()).orderBy("item")
    again = estimator.fit(frame)
    assert again.trainingInfo["resumed"] == 2
    assert again.toLocal().fingerprint_ == local.fingerprint_
    # Nothing is left to be done.
    assert estimator.fit(frame).trainingInfo["resumed"] == 4
    with pytest.raises(ParameterError, match="has checkpoints of other parameters"):
        estimator.copy({estimator.seed: 1}).fit(frame)
    with pytest.raises(ParameterError, match="has checkpoints of other parameters"):
        estimator.fit(frame.limit(5000))
    # What was refused has left the model, and nothing of its own.
    assert again.recommendForAllUsers(3).count() == len(local.users_)
    assert len(list(directory.glob("data-*"))) == 1
    Store(str(directory)).clear()


def test_what_can_not_be_trained_so_is_refused(spark: Any, tmp_path: Path) -> None:
    frame = framed(spark, rows())

    def fitted(data: Any = frame, **given: Any) -> Any:
        estimator = on_spark.BPO if "biasGlobal" in given else on_spark.BPR
        how = {"numWorkers": 1, "checkpointDir": str(tmp_path / "refused"), "factors": 4, **given}
        return estimator(**how).fit(data)

    with pytest.raises(ParameterError, match="bias must be without one of all pairs"):
        fitted(biasGlobal=True)
    with pytest.raises(ParameterError, match="lr must be"):
        fitted(lr=-1.0)
    with pytest.raises(DataError, match="without an id"):
        fitted(spark.createDataFrame([(1, 2), (None, 3)], "user int, item int"))
    with pytest.raises(TypeError, match="a frame of Spark, not DataFrame: spark.createDataFrame"):
        fitted(rows())
    small = spark.createDataFrame([(user, item) for user in range(9) for item in range(user)], "user int, item int")
    with pytest.raises(ParameterError, match="numWorkers must be at most 1, the blocks"):
        fitted(small, numWorkers=2)
    assert not list(tmp_path.glob("refused/lock-*"))


def test_a_training_that_diverges_says_so_once(spark: Any, tmp_path: Path) -> None:
    estimator = on_spark.BPR(
        factors=8, maxIter=3, lr=10.0, reg=0.0, initSd=10.0, numWorkers=2, checkpointDir=str(tmp_path / "run")
    )
    with pytest.raises(foretaste.errors.DivergedError, match="diverged in epoch"):
        estimator.fit(framed(spark, rows()))
