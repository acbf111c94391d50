"""What was trained on Spark: scores, lists and figures where the data are, and the model of one machine."""

from __future__ import annotations

import json
from dataclasses import asdict
from typing import TYPE_CHECKING

from pyspark.ml import Estimator as SparkEstimator
from pyspark.ml import Model as SparkModel
from pyspark.ml.util import (
    DefaultParamsReadable,
    DefaultParamsWritable,
    MLReadable,
    MLReader,
    MLWritable,
    MLWriter,
)

from .. import __version__, _native
from .._methods import CLASSES
from ..errors import ModelFileError, ParameterError
from ._cluster import large_batches, translated
from ._directory import join, opened, spark_uri, uri
from ._kept import Kept
from ._params import METHODS, ColumnParams, TrainingParams
from ._prepare import Side
from ._tasks import AllLists, Figures, Rows, Scores, Similar, SomeLists, Task
from ._train import train

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from typing import Any, Self

    from pyspark.sql import Column, DataFrame, SparkSession

    from .._estimator import Estimator
    from ._train import Trained

__all__ = ["FactorModel", "TrainingEstimator"]

#: What is a mean over users, and needs nothing but their lists.
_METRICS = ("ndcg", "recall", "precision", "ap", "rr", "hit", "f1", "recall_min", "ap_min", "ndcg_clip")


class FactorModel(SparkModel, ColumnParams, MLWritable, MLReadable["FactorModel"]):
    """A model that was trained on Spark: parts in a directory, each with its users' rows and histories."""

    _kept: Kept
    _session: SparkSession

    @classmethod
    def _of(cls, kept: Kept, session: SparkSession, columns: ColumnParams | None = None) -> Self:
        model = cls()
        model._kept, model._session = kept, session
        sides = kept.about["sides"]
        model._set(userCol=sides["user"]["column"], itemCol=sides["item"]["column"])
        if columns is not None:
            common = ("predictionCol", "coldStartStrategy")
            model._set(**{name: columns._value(name) for name in common})
        return model

    @property
    def directory(self) -> str:
        """Where it lies; it is gone when this is."""
        return self._kept.directory

    @property
    def trainingInfo(self) -> dict[str, Any]:
        """Bytes that all workers sent and seconds that they took, in the epochs after the one they resumed from."""
        info: dict[str, Any] = self._kept.about["training"]
        return info

    # Ids and numbers.

    def _ids(self, side: str) -> DataFrame:
        """`id`, `dense`."""
        path = spark_uri(join(self._kept.directory, self._kept.about["data"], f"{side}s"), self._session)
        kind = Side(**self._kept.about["sides"][side]).type
        return self._session.read.schema(f"id {kind}, dense int").parquet(path)

    def _numbered(self, frame: DataFrame, side: str, column: Column, name: str, how: str) -> DataFrame:
        """A frame with the numbers of ids in a new column, null where an id is unknown."""
        from pyspark.sql import functions as f

        ids = self._ids(side).select(f.col("id").alias("__id"), f.col("dense").alias(name))
        if Side(**self._kept.about["sides"][side]).integers:
            # Text is the integer that it is printed as.
            number = column.cast("string").try_cast("bigint")
            key = f.when(number.cast("string") == column.cast("string"), number)
        else:
            key = column.cast("string")
        return frame.withColumn("__key", key).join(ids, f.col("__key") == f.col("__id"), how).drop("__key", "__id")

    def _placed(self, frame: DataFrame) -> DataFrame:
        """Rows with those of a part's users together."""
        from pyspark.sql import functions as f

        part = f.lit(0)
        for number, first in enumerate(self._kept.firsts[1:-1], 1):
            part = f.when(f.col("u") >= first, number).otherwise(part)
        placed = frame.withColumn("__part", part.cast("int"))
        return placed.repartitionById(self._kept.workers, "__part").drop("__part")

    def _parts(self) -> DataFrame:
        """A row for each part, in a partition of its own."""
        return self._session.range(0, self._kept.workers, 1, self._kept.workers)

    def _with_ids(self, frame: DataFrame, side: str, name: str, column: str, *others: str) -> DataFrame:
        """A frame with ids in place of numbers."""
        from pyspark.sql import functions as f

        ids = self._ids(side).select(f.col("id").alias(column), f.col("dense").alias(name))
        return frame.join(ids, name).select(column, *others)

    def _list_type(self) -> str:
        kind = Side(**self._kept.about["sides"]["item"]).type
        return f"recommendations array<struct<item: {kind}, score: float>>"

    def _mapped(self, frame: DataFrame, task: Task, schema: str) -> DataFrame:
        made: Callable[..., Any] = getattr(task, "__call__")  # noqa: B004, B009
        return frame.mapInArrow(made, schema)

    # What is asked of it.

    def _transform(self, dataset: DataFrame) -> DataFrame:
        """Scores of the pairs in a frame, in a new column."""
        from pyspark.sql import functions as f

        column = self._value("predictionCol")
        if column in dataset.columns:
            raise ParameterError(f"there is a column {column!r} already: name another predictionCol", "predictionCol")
        how = "left" if self._value("coldStartStrategy") == "nan" else "inner"
        numbered = self._numbered(dataset, "user", f.col(self._value("userCol")), "u", how)
        numbered = self._numbered(numbered, "item", f.col(self._value("itemCol")), "i", how)
        fields = ", ".join(f"`{field.name}` {field.dataType.simpleString()}" for field in dataset.schema.fields)
        placed = self._placed(numbered.select(*dataset.columns, "u", "i"))
        return self._mapped(placed, Scores(self._kept, column), f"{fields}, `{column}` float")

    def recommendForAllUsers(self, numItems: int, *, filterSeen: bool = True) -> DataFrame:
        """The best items of every user: the user's column, `recommendations` (item, score), best first.

        Items that a user had when the model was trained are left out, unless `filterSeen` is False.
        """
        task = AllLists(self._kept, _count(numItems, "numItems"), filterSeen)
        lists = self._mapped(self._parts(), task, f"u int, {self._list_type()}")
        return self._with_ids(lists, "user", "u", self._value("userCol"), "recommendations")

    def recommendForUserSubset(self, dataset: DataFrame, numItems: int, *, filterSeen: bool = True) -> DataFrame:
        """The same of the users in a frame; those that the model does not know have no row."""
        from pyspark.sql import functions as f

        users = dataset.select(f.col(self._value("userCol")).alias("__user")).distinct()
        numbered = self._numbered(users, "user", f.col("__user"), "u", "inner").select("u").distinct()
        task = SomeLists(self._kept, _count(numItems, "numItems"), filterSeen)
        lists = self._mapped(self._placed(numbered), task, f"u int, {self._list_type()}")
        return self._with_ids(lists, "user", "u", self._value("userCol"), "recommendations")

    def similarItems(self, dataset: DataFrame, numItems: int) -> DataFrame:
        """The items most like those in a frame, by the cosine of their rows: the item's column, `recommendations`."""
        from pyspark.sql import functions as f

        items = dataset.select(f.col(self._value("itemCol")).alias("__item")).distinct()
        numbered = self._numbered(items, "item", f.col("__item"), "i", "inner").select("i").distinct()
        lists = self._mapped(numbered, Similar(self._kept, _count(numItems, "numItems")), f"i int, {self._list_type()}")
        return self._with_ids(lists, "item", "i", self._value("itemCol"), "recommendations")

    @property
    def userFactors(self) -> DataFrame:
        """`id`, `features`: a row for each user, whose products with those of items are scores (biases at the end)."""
        rows = self._mapped(self._parts(), Rows(self._kept, "user"), "n int, features array<float>")
        return self._with_ids(rows, "user", "n", "id", "features")

    @property
    def itemFactors(self) -> DataFrame:
        """`id`, `features`: a row for each item, whose products with those of users are scores (biases at the end)."""
        one = self._session.range(0, 1, 1, 1)
        rows = self._mapped(one, Rows(self._kept, "item"), "n int, features array<float>")
        return self._with_ids(rows, "item", "n", "id", "features")

    @property
    def rank(self) -> int:
        """Numbers in a row."""
        given = {name: json.loads(value) for name, value in self._kept.about["given"]}
        default: int = {one["name"]: one for one in _described(self._kept.about["method"])}["factors"]["default"]
        rank: int = given.get("factors", default)
        return rank

    def evaluate(
        self, dataset: DataFrame, metrics: Sequence[str] = ("ndcg@10", "recall@20"), *, filterSeen: bool = True
    ) -> dict[str, float]:
        """Means over the users of held-out rows, of lists of all items that the user did not have.

        A row that is there twice counts once. Users and items that the model does not know are misses, as everywhere
        in foretaste.
        """
        from pyspark.sql import functions as f

        metrics = list(metrics)
        for metric in metrics:
            kind, _, cutoff = metric.partition("@")
            if kind not in _METRICS or not cutoff.isdigit():
                rule = f"one of {', '.join(_METRICS)} at a number, as ndcg@10"
                raise ParameterError(f"metrics must be {rule}, not {metric!r}", "metrics", rule, repr(metric))
        session = dataset.sparkSession
        with translated(), large_batches(session):
            rows = dataset.select(
                f.col(self._value("userCol")).cast("string").alias("__user"),
                f.col(self._value("itemCol")).cast("string").alias("__item"),
            ).distinct()
            numbered = self._numbered(rows, "user", f.col("__user"), "u", "left")
            strangers = numbered.where(f.col("u").isNull()).agg(f.count_distinct("__user")).first()
            assert strangers is not None  # an aggregate without groups has a row
            known = self._numbered(numbered.where(f.col("u").isNotNull()), "item", f.col("__item"), "i", "left")
            task = Figures(self._kept, metrics, filterSeen)
            schema = "block int, n bigint, sums array<double>"
            found = self._mapped(self._placed(known.select("u", "i")), task, schema).toArrow().to_pylist()
        found.sort(key=lambda row: row["block"])
        users = sum(row["n"] for row in found) + strangers[0]
        if not users:
            raise ParameterError("there is no held-out row to evaluate by", "dataset")
        totals = [0.0] * len(metrics)
        for row in found:
            totals = [total + value for total, value in zip(totals, row["sums"], strict=True)]
        return {metric: total / users for metric, total in zip(metrics, totals, strict=True)}

    def toLocal(self) -> Estimator:
        """The same model on this machine, as the class of this name in `foretaste`: its file has the bytes that
        training there makes. It takes the memory of all pairs and rows."""
        import numpy as np
        import pyarrow as pa

        from .._input import read

        kept = self._kept
        apart = kept.apart(0)
        users, items = (np.concatenate(one) for one in zip(*(kept.pairs(n) for n in range(kept.workers)), strict=True))
        named = pa.table(
            {
                side: pa.DictionaryArray.from_arrays(pa.array(numbers.astype(np.int32)), kept.ids(side))
                for side, numbers in (("user", users), ("item", items))
            }
        )
        counts = kept.read(kept.about["counts"]).view("<f8").reshape(apart.epochs, -1)
        model = apart.model(
            read(named, user="user", item="item"),
            [kept.read(part) for part in kept.about["users"]],
            [kept.read(part) for part in kept.about["items"]],
            list(counts),
        )
        local: Estimator = CLASSES[kept.about["method"]]()
        local._take(model)
        return local

    # Files.

    def write(self) -> MLWriter:
        """To write it to a directory of its own: ``model.write().overwrite().save(path)``."""
        return _Writer(self)

    @classmethod
    def read(cls) -> MLReader[Any]:
        """To read it: ``BPRModel.read().load(path)``."""
        return _Reader(cls)

    def copy(self, extra: Any = None) -> Self:
        """The same model with other columns."""
        model: Self = super().copy(extra)
        model._kept, model._session = self._kept, self._session
        return model


def _described(method: str) -> list[dict[str, Any]]:
    parameters: list[dict[str, Any]] = next(
        one["parameters"] for one in json.loads(_native.methods()) if one["name"] == method
    )
    return parameters


def _count(n: Any, name: str) -> int:
    if not isinstance(n, int) or isinstance(n, bool) or n < 1:
        rule = "a whole number from 1"
        raise ParameterError(f"{name} must be {rule}, not {n!r}", name, rule, repr(n))
    return n


class _Writer(MLWriter):
    """Copies a model's files, and what tells of them at last."""

    def __init__(self, model: FactorModel) -> None:
        super().__init__()
        self._model = model

    def save(self, path: str) -> None:
        from pyarrow.fs import FileType, copy_files

        kept = self._model._kept
        target = uri(path)
        if f"{kept.directory}/".startswith(f"{target}/"):
            raise ParameterError(f"the model is in {target} already", "path")
        if target.startswith(f"{kept.directory}/"):
            raise ParameterError(f"{target} is in the model's own directory", "path")
        system, place = opened(target)
        if system.get_file_info(place).type != FileType.NotFound:
            if not self.shouldOverwrite:
                raise FileExistsError(f"{target} is there: write().overwrite() replaces it")
            # Of what is no model nobody knows what it is worth.
            Kept.about_of(target)
            system.delete_dir(place)
        system.create_dir(place, recursive=True)
        source, origin = opened(kept.directory)
        about = kept.about
        files = [*about["users"], *about["items"], *about["pairs"], about["counts"], about["item_counts"]]
        for part in files:
            name = part["name"]
            copy_files(f"{origin}/{name}", f"{place}/{name}", source_filesystem=source, destination_filesystem=system)
        for side in ("users", "items"):
            folder = f"{place}/{about['data']}/{side}"
            system.create_dir(folder, recursive=True)
            copy_files(f"{origin}/{about['data']}/{side}", folder, source_filesystem=source, destination_filesystem=system)
        kept.write(target)


class _Reader(MLReader["FactorModel"]):
    def __init__(self, kind: type[FactorModel]) -> None:
        super().__init__()
        self._kind = kind

    def load(self, path: str) -> FactorModel:
        kept = Kept.load(uri(path))
        expected = self._kind.__name__.removesuffix("Model")
        found = METHODS[kept.about["method"]]
        if expected not in (found, "Factor"):
            raise ModelFileError(f"the model in {path} is of {found}, not of {expected}")
        from . import _of_method

        return _of_method(kept.about["method"])._of(kept, self.sparkSession)


class TrainingEstimator(SparkEstimator, TrainingParams, DefaultParamsWritable, DefaultParamsReadable):  # type: ignore[misc, type-arg, unused-ignore]
    """A method to be trained on Spark, of `pyspark.ml`'s kind."""

    def _fit(self, dataset: DataFrame) -> FactorModel:
        from . import _of_method

        if not hasattr(dataset, "sparkSession"):
            raise TypeError(f"data are a frame of Spark, not {type(dataset).__name__}: spark.createDataFrame makes one")
        return _of_method(self._method)._of(train(self, dataset, _kept), dataset.sparkSession, self)


def _kept(trained: Trained) -> tuple[Kept, str]:
    """A training's directory as a model's, and where its ids are: a model that lies there already has the same, and
    who has it goes on using them."""
    store, manifest, job = trained.store, trained.manifest, trained.job
    try:
        about = Kept.load(store.directory).about
        data = str(about["data"]) if about["run"] == job.run else trained.data
    except (ModelFileError, KeyError):
        data = trained.data
    counts = store.write(manifest.epoch, "item-counts", job.facts["item_counts"].astype("<u4").view("u1").data)
    about = {
        "version": __version__,
        "run": job.run,
        "data": data,
        "method": job.method,
        "given": job.given,
        "facts": {name: value for name, value in job.facts.items() if name != "item_counts"},
        "item_counts": asdict(counts),
        "bounds": job.bounds,
        # Of the workers that wrote it, who may not be those that were asked for.
        "cuts": manifest.cuts,
        "sides": {"user": asdict(trained.prepared.user), "item": asdict(trained.prepared.item)},
        "users": [asdict(part) for part in manifest.users],
        "items": [asdict(part) for part in manifest.items],
        "pairs": [asdict(part) for part in manifest.pairs],
        "counts": asdict(manifest.tallies),
        "training": {"sent": trained.sent, "seconds": trained.seconds, "resumed": trained.resumed},
    }
    kept = Kept(store.directory, about)
    kept.write(store.directory)
    return kept, data
