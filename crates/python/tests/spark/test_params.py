"""Parameters behave as those of pyspark.ml, and are the engine's."""

from __future__ import annotations

import inspect
import json
import pickle
import subprocess
import sys
from pathlib import Path
from typing import Any

import foretaste
import numpy as np
import pytest

pytest.importorskip("pyspark", "4.1")

from foretaste.errors import ParameterError
from pyspark.ml import Estimator

from foretaste.spark._params import METHODS, ColumnParams, TrainingParams, spark_name


class BPR(Estimator, TrainingParams, method="bpr"):  # as an estimator has them
    def _fit(self, dataset: Any) -> Any:
        raise NotImplementedError


class UBPR(TrainingParams, method="ubpr"):
    pass


class RelMF(TrainingParams, method="relmf"):
    pass


class BPO(TrainingParams, method="bpo"):
    pass


CLASSES = (BPR, UBPR, RelMF, BPO)


def ready(**given: Any) -> Any:
    return BPR(**{"numWorkers": 2, "checkpointDir": "/shared/run", **given})


@pytest.mark.parametrize("cls", CLASSES)
def test_parameters_and_defaults_are_the_engines(cls: type[TrainingParams]) -> None:
    assert METHODS[cls._method] == cls.__name__
    local: Any = foretaste.methods()[cls._method]
    made: Any = cls()
    defaults = local._defaults()
    for name, engine in local._names.items():
        if name == "patience":
            assert not made.hasParam(name)
            continue
        said = spark_name(engine)
        assert made.getOrDefault(said) == defaults[name], name
        assert getattr(made, f"get{said[0].upper()}{said[1:]}")() == defaults[name]
        assert f"{said}: " in made.explainParams()
    assert set(inspect.signature(cls).parameters) == {param.name for param in made.params}
    assert made.getUserCol() == "user" and made.getColdStartStrategy() == "drop"


def test_names_are_pysparks() -> None:
    names = ["epochs", "seed", "init_sd", "bias.item", "lr"]
    assert [spark_name(name) for name in names] == ["maxIter", "seed", "initSd", "biasItem", "lr"]


def test_what_differs_is_given_to_the_engine() -> None:
    made = ready()
    assert json.loads(made.engineParameters()) == {}
    assert made.setLr(np.float32(0.5)).setMaxIter(np.int64(3)).setBiasItem(True) is made
    made.set(made.initSd, 1)
    assert json.loads(made.engineParameters()) == {"lr": 0.5, "epochs": 3, "bias.item": True, "init_sd": 1.0}
    assert made.engineParameters() == ready(lr=0.5, maxIter=3, biasItem=True, initSd=1.0).engineParameters()
    assert ready(lr=0.1, numWorkers=7, threads=3).engineParameters() == ready().engineParameters()
    assert json.loads(ready(schedule=0.98, sampler="pop^0.5").engineParameters()) == {
        "schedule": 0.98,
        "sampler": "pop^0.5",
    }


def test_a_copy_is_its_own() -> None:
    made = ready(lr=0.2)
    other = made.copy({made.lr: 0.3})
    assert (made.getLr(), other.getLr(), other.uid) == (0.2, 0.3, made.uid)
    other.setFactors(8)
    assert made.getFactors() == 64
    assert pickle.loads(pickle.dumps(other)).getFactors() == 8
    assert BPR().uid != made.uid
    assert made.extractParamMap()[made.lr] == 0.2
    made.clear(made.lr)
    assert made.getLr() == 0.1


@pytest.mark.parametrize(
    ("given", "says"),
    [
        ({"numWorkers": 0}, "numWorkers must be a whole number from 1, not 0"),
        ({"numWorkers": True}, "numWorkers must be a whole number from 1"),
        ({"numWorkers": 2.0}, "numWorkers must be"),
        ({"threads": -1}, "threads must be a whole number from 0"),
        ({"checkpointInterval": 0}, "checkpointInterval must be"),
        ({"timeout": 0}, "timeout must be seconds above 0"),
        ({"timeout": float("nan")}, "timeout must be seconds above 0"),
        ({"timeout": "60"}, "timeout must be seconds above 0"),
        ({"checkpointDir": ""}, "checkpointDir must be a directory"),
        ({"checkpointDir": 3}, "checkpointDir must be a directory"),
        ({"userCol": ""}, "userCol must be the name of a column"),
        ({"predictionCol": None}, "predictionCol must be the name of a column"),
        ({"coldStartStrategy": "zero"}, 'coldStartStrategy must be "drop" or "nan", not \'zero\''),
        ({"lr": object()}, "lr must be a number, a truth or text"),
        ({"lr": float("inf")}, "lr must be a number, a truth or text"),
        ({"lr": None}, "lr must be a number, a truth or text"),
        ({"epochs": 3}, "BPR has no parameter 'epochs'; it has .*maxIter"),
        ({"biasUser": True}, "BPR has no parameter 'biasUser'"),
    ],
)
def test_what_is_wrong_is_refused_when_it_is_said(given: dict[str, Any], says: str) -> None:
    with pytest.raises(ParameterError, match=says) as caught:
        ready(**given)
    assert caught.value.name == next(iter(given))
    if ready().hasParam(name := next(iter(given))):
        made = ready()
        with pytest.raises(ParameterError, match=says):
            made.set(made.getParam(name), given[name])
        with pytest.raises(ParameterError, match=says):
            made.copy({made.getParam(name): given[name]}).check()


@pytest.mark.parametrize(
    ("given", "name", "says"),
    [
        ({"maxIter": 0}, "maxIter", "maxIter must be"),
        ({"initSd": -1}, "initSd", "initSd must be"),
        ({"factors": 1.5}, "factors", "factors must be"),
        ({"lr": "much"}, "lr", "lr must be"),
        ({"numWorkers": None}, "numWorkers", "numWorkers must be said: number of executors"),
        ({"checkpointDir": None}, "checkpointDir", "checkpointDir must be said"),
        ({"userCol": "item"}, "itemCol", "both 'item'"),
    ],
)
def test_what_is_wrong_together_is_refused_before_training(given: dict[str, Any], name: str, says: str) -> None:
    with pytest.raises(ParameterError, match=says) as caught:
        ready(**given).engineParameters()
    assert caught.value.name == name


def test_parameters_that_go_together_may_be_set_one_after_the_other() -> None:
    made: Any = RelMF(numWorkers=1, checkpointDir="/x").setSolver("als").setLoss("squared")
    assert json.loads(made.engineParameters()) == {"solver": "als", "loss": "squared"}


def test_models_have_columns_alone() -> None:
    model: Any = ColumnParams(userCol="u")
    assert model.getUserCol() == "u" and not model.hasParam("numWorkers")
    with pytest.raises(TypeError):
        ColumnParams("u")  # type: ignore[call-arg]


def test_importing_foretaste_imports_no_pyspark() -> None:
    program = "import sys, foretaste, foretaste.spark; sys.exit('pyspark' in sys.modules or 'pyarrow' in sys.modules)"
    root = str(Path(foretaste.__file__).parents[1])
    subprocess.run([sys.executable, "-c", program], check=True, env={"PYTHONPATH": root}, timeout=120)
