"""Parameters in the manner of `pyspark.ml`, made from what the engine knows of its methods.

A class of a method says `method="bpr"`, and has then a `Param`, a getter and a setter for each of the engine's
parameters: in camel case, and with pyspark's names for the number of epochs (`maxIter`) and the seed (`seed`).
"""

from __future__ import annotations

import inspect
import json
from functools import cache
from typing import TYPE_CHECKING

from pyspark.ml.param import Param, Params

from .. import _native
from .._generate import is_free
from ..errors import ParameterError
from ._directory import uri

if TYPE_CHECKING:
    from typing import Any, ClassVar

    from typing_extensions import Self

__all__ = ["METHODS", "ColumnParams", "TrainingParams", "spark_name"]

# What trains on Spark, and what it is called.
METHODS = {"bpr": "BPR", "warp": "WARP", "ubpr": "UBPR", "relmf": "RelMF", "bpo": "BPO"}
# Nothing is validated while executors learn, so that nothing stops them early.
_NOT_HERE = {"patience"}
_REQUIRED = ("numWorkers", "checkpointDir")


def spark_name(name: str) -> str:
    """What a parameter of the engine's is called in pyspark.ml."""
    if name == "epochs":
        return "maxIter"
    first, *others = name.replace(".", "_").split("_")
    return first + "".join(word.capitalize() for word in others)


@cache
def _described(method: str) -> dict[str, dict[str, Any]]:
    """The parameters of a method by the names that they have here."""
    methods = {one["name"]: one for one in json.loads(_native.methods())}
    parameters = methods[method]["parameters"]
    return {spark_name(one["name"]): one for one in parameters if is_free(one) and one["name"] not in _NOT_HERE}


def _param(name: str, doc: str) -> Param[Any]:
    return Param(Params._dummy(), name, doc)


def _refused(name: str, rule: str, value: object) -> ParameterError:
    return ParameterError(f"{name} must be {rule}, not {value!r}", name, rule, repr(value))


def _own() -> list[str]:
    """The parameters of training alone."""
    return ["numWorkers", "checkpointDir", "checkpointInterval", "threads", "timeout"]


def _getter(said: str, param: Param[Any]) -> Any:
    def get(self: ColumnParams) -> Any:
        return self._value(param.name)

    get.__name__, get.__doc__ = said, f"The value of {param.name}, or its default."
    return get


def _setter(said: str, param: Param[Any]) -> Any:
    def set(self: ColumnParams, value: Any) -> ColumnParams:
        return self._set(**{param.name: value})

    set.__name__, set.__doc__ = said, f"Sets {param.name}: {param.doc}."
    return set


def _doc(parameter: dict[str, Any]) -> str:
    """What is said of a parameter of the engine's."""
    meaning = parameter["meaning"].removesuffix(".")
    meaning = meaning[:1].lower() + meaning[1:]
    return f"{meaning}; {parameter['range']}" if parameter["range"] else meaning


def _is_whole(value: object, least: int) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and value >= least


def _as_json(name: str, value: Any, default: Any) -> Any:
    """A value for the engine, which is the same whether somebody wrote 1 or 1.0."""
    if isinstance(default, float) and isinstance(value, int) and not isinstance(value, bool) and abs(value) < 2**53:
        value = float(value)
    try:
        json.dumps(value, allow_nan=False)
    except (TypeError, ValueError):
        raise _refused(name, "a number, a truth or text", value) from None
    if not isinstance(value, (bool, int, float, str)):
        raise _refused(name, "a number, a truth or text", value)
    return value


class ColumnParams(Params):
    """Parameters that estimators and models have: names of columns, and what to do about unknown ids."""

    userCol = _param("userCol", "column of users: integers or text")
    itemCol = _param("itemCol", "column of items: integers or text")
    predictionCol = _param("predictionCol", "column of scores that transform adds")
    coldStartStrategy = _param(
        "coldStartStrategy",
        'what transform does about users and items that nothing was learnt of: "drop" their rows, or score "nan"',
    )
    _common: ClassVar[dict[str, Any]] = {
        "userCol": "user",
        "itemCol": "item",
        "predictionCol": "prediction",
        "coldStartStrategy": "drop",
    }

    def __init__(self, **given: Any) -> None:
        super().__init__()
        self._setDefault(**self._defaults())
        self._set(**given)

    def __init_subclass__(cls, **more: Any) -> None:
        super().__init_subclass__(**more)
        cls._give_accessors()

    @classmethod
    def _defaults(cls) -> dict[str, Any]:
        return dict(cls._common)

    @classmethod
    def _give_accessors(cls) -> None:
        """Makes a getter and a setter for each parameter that has none."""
        for name in dir(cls):
            if isinstance(param := getattr(cls, name, None), Param):
                for accessor, make in (("get", _getter), ("set", _setter)):
                    said = accessor + name[0].upper() + name[1:]
                    if not hasattr(cls, said):
                        setattr(cls, said, make(said, param))

    def set(self, param: Param[Any], value: Any) -> None:
        """Sets a parameter; what it must not be is refused at once, as far as it can be told alone."""
        self._shouldOwn(param)
        self._paramMap[param] = self._checked(param.name, value)

    def _set(self, **given: Any) -> Self:
        for name, value in given.items():
            if not self.hasParam(name):
                names = ", ".join(param.name for param in self.params)
                raise ParameterError(f"{type(self).__name__} has no parameter {name!r}; it has {names}", name)
            if value is None and name in _REQUIRED:
                continue  # not said yet
            self.set(self.getParam(name), value)
        return self

    def _checked(self, name: str, value: Any) -> Any:
        """A value as it is kept."""
        if name.endswith("Col"):
            if not isinstance(value, str) or not value:
                raise _refused(name, "the name of a column", value)
        elif name == "coldStartStrategy" and value not in ("drop", "nan"):
            raise _refused(name, '"drop" or "nan"', value)
        return value

    def _value(self, name: str) -> Any:
        return self.getOrDefault(self.getParam(name))


ColumnParams._give_accessors()


class TrainingParams(ColumnParams):
    """Parameters of an estimator: those of a method, and how its training is spread."""

    numWorkers = _param("numWorkers", "number of executors that learn, each of them in one task; it changes no result")
    threads = _param("threads", "threads of each of them; 0 for as many as it has cores. It changes no result")
    checkpointDir = _param("checkpointDir", "directory that the driver and all executors see, for data and checkpoints")
    checkpointInterval = _param("checkpointInterval", "epochs from one checkpoint to the next")
    timeout = _param("timeout", "seconds within which executors must reach each other")
    _common = {**ColumnParams._common, "threads": 0, "checkpointInterval": 5, "timeout": 60.0}
    _method: ClassVar[str] = ""

    def __init_subclass__(cls, method: str = "", **more: Any) -> None:
        if method:
            cls._method = method
            for name, one in _described(method).items():
                setattr(cls, name, _param(name, _doc(one)))
        super().__init_subclass__(**more)
        if cls._method:
            defaults = cls._defaults()
            keyword = inspect.Parameter.KEYWORD_ONLY
            names = [*_described(cls._method), *ColumnParams._common, *(n for n in _own() if n not in defaults)]
            names += [name for name in _own() if name in defaults]
            signature = inspect.Signature(
                [inspect.Parameter(name, keyword, default=defaults.get(name)) for name in names]
            )
            setattr(cls, "__signature__", signature)  # noqa: B010

    @classmethod
    def _defaults(cls) -> dict[str, Any]:
        described = _described(cls._method) if cls._method else {}
        return {**{name: one["default"] for name, one in described.items()}, **cls._common}

    def _checked(self, name: str, value: Any) -> Any:
        value = value.item() if hasattr(value, "item") and not isinstance(value, str) else value
        if name in _described(self._method):
            return _as_json(name, value, _described(self._method)[name]["default"])
        if name in ("numWorkers", "checkpointInterval") and not _is_whole(value, 1):
            raise _refused(name, "a whole number from 1", value)
        if name == "threads" and not _is_whole(value, 0):
            raise _refused(name, "a whole number from 0 (as many as there are cores)", value)
        if name == "timeout":
            if isinstance(value, bool) or not isinstance(value, (int, float)) or not 0 < value <= 86400:
                raise _refused(name, "seconds above 0 and at most 86400", value)
            return float(value)
        if name == "checkpointDir":
            uri(value)
            return str(value)
        return super()._checked(name, value)

    def _engine(self) -> dict[str, Any]:
        """What differs from the engine's defaults, by its names."""
        differing = {}
        for name, one in _described(self._method).items():
            value = _as_json(name, self._value(name), one["default"])
            if type(value) is not type(one["default"]) or value != one["default"]:
                differing[one["name"]] = value
        return differing

    def engineParameters(self) -> str:
        """What differs from the engine's defaults as JSON text, after all parameters were checked."""
        self.check()
        return json.dumps(self._engine(), sort_keys=True)

    def check(self) -> None:
        """Raises what is wrong with any parameter, or with several together, or what is missing."""
        for param in self.params:
            if self.isDefined(param):
                self._checked(param.name, self.getOrDefault(param))
        for name in _REQUIRED:
            if not self.isDefined(name):
                raise ParameterError(f"{name} must be said: {self.getParam(name).doc}", name)
        if self._value("userCol") == self._value("itemCol"):
            raise ParameterError(f"userCol and itemCol are both {self._value('userCol')!r}", "itemCol")
        try:
            _native.check_parameters(self._method, [(n, json.dumps(v)) for n, v in self._engine().items()])
        except ParameterError as error:
            ours = {one["name"]: name for name, one in _described(self._method).items()}
            name = ours.get(error.name or "", error.name or "")
            message = str(error)
            if error.name and message.startswith(f"{error.name} "):
                message = name + message.removeprefix(error.name)
            raise ParameterError(message, name or None, error.rule, error.value) from None
