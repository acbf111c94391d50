"""The native half. Private: it changes without notice."""

from collections.abc import Callable, Sequence
from typing import Any, Final, final

import numpy as np
from numpy.typing import NDArray

__all__ = [
    "Comparison",
    "Data",
    "Evaluation",
    "ImplicitAls",
    "ImplicitBpr",
    "Lists",
    "Model",
    "NO_INDEX",
    "Search",
    "VERSION",
    "check_parameters",
    "compare",
    "evaluate",
    "fit",
    "implicit_products",
    "implicit_solve",
    "implicit_top_k",
    "methods",
    "named_columns",
    "simulate",
    "split",
    "stream",
    "stream_columns",
    "tune",
]

VERSION: Final[str]
NO_INDEX: Final[int]

@final
class Data:
    @staticmethod
    def of_columns(
        users: Any, items: Any, weights: Any, times: Any, marks: Any, reading: dict[str, Any]
    ) -> Data: ...
    @staticmethod
    def of_stream(stream: Any, reading: dict[str, Any]) -> Data: ...
    @staticmethod
    def of_csr(indptr: Any, columns: Any, weights: NDArray[np.float32] | None, shape: tuple[int, int]) -> Data: ...
    @staticmethod
    def of_coo(users: Any, items: Any, weights: NDArray[np.float32] | None, shape: tuple[int, int]) -> Data: ...
    @staticmethod
    def of_file(
        path: str,
        columns: str | None,
        positive: str | None,
        weighted: bool,
        keep_times: bool,
        skip_bad_rows: bool,
    ) -> Data: ...
    @staticmethod
    def of_feedbacks(parts: Sequence[tuple[str, Data]]) -> Data: ...
    def with_vectors(self, side: str, ids: Any, vectors: NDArray[np.float32]) -> Data: ...
    def with_tags(self, side: str, ids: Any, tags: Any) -> Data: ...
    def weighed(self, by: str) -> Data: ...
    def ids(self, side: str) -> Any: ...
    @property
    def n_users(self) -> int: ...
    @property
    def n_items(self) -> int: ...
    @property
    def nnz(self) -> int: ...
    @property
    def is_weighted(self) -> bool: ...
    @property
    def feedback(self) -> list[str]: ...
    @property
    def facts(self) -> list[tuple[str, int]]: ...
    @property
    def fingerprint(self) -> str: ...

@final
class Evaluation:
    @property
    def metrics(self) -> list[str]: ...
    @property
    def summary(self) -> list[tuple[float, float, float]]: ...
    @property
    def counts(self) -> list[tuple[str, int]]: ...
    def user_ids(self) -> tuple[Any, Any]: ...
    def values(self, metric: int) -> NDArray[np.float64]: ...
    def lists(self) -> Lists: ...
    def item_ids(self, indices: NDArray[np.uint32]) -> Any: ...
    def held_out(self) -> tuple[Any, Any]: ...
    def write_trec(self, run: str, qrels: str, overwrite: bool) -> None: ...

@final
class Comparison:
    @property
    def metrics(self) -> list[str]: ...
    @property
    def names(self) -> list[str]: ...
    @property
    def baseline(self) -> str: ...
    @property
    def best(self) -> str: ...
    @property
    def counts(self) -> list[tuple[str, int]]: ...
    @property
    def figures(self) -> list[tuple[str, str, float, float, float, float, int, float]]: ...
    @property
    def differences(self) -> list[tuple[str, str, str, list[float], list[float]]]: ...
    def report(self, title: str) -> str: ...
    @staticmethod
    def write_report(path: str, page: str, overwrite: bool) -> None: ...

@final
class Search:
    @property
    def metric(self) -> str: ...
    @property
    def best(self) -> int: ...
    @property
    def trials(self) -> list[tuple[str, float | None, float | None, int | None]]: ...
    def refit(self, threads: int, listener: Callable[..., Any] | None) -> Model: ...

@final
class Lists:
    def __new__(
        cls, lengths: NDArray[np.uint32], found: NDArray[np.uint32], scores: NDArray[np.float32]
    ) -> Lists: ...
    @property
    def lengths(self) -> NDArray[np.uint32]: ...
    @property
    def found(self) -> NDArray[np.uint32]: ...
    @property
    def scores(self) -> NDArray[np.float32]: ...
    def padded(self, n: int) -> tuple[NDArray[np.int32], NDArray[np.float32]]: ...

@final
class Model:
    @staticmethod
    def load(path: str) -> Model: ...
    @staticmethod
    def from_bytes(bytes: NDArray[np.uint8]) -> Model: ...
    def to_bytes(self) -> NDArray[np.uint8]: ...
    def save(self, path: str, overwrite: bool) -> None: ...
    @property
    def method(self) -> str: ...
    @property
    def info(self) -> str: ...
    @property
    def settings(self) -> list[tuple[str, str]]: ...
    @property
    def fingerprint(self) -> str: ...
    @property
    def n_users(self) -> int: ...
    @property
    def n_items(self) -> int: ...
    @property
    def history(self) -> list[dict[str, Any]]: ...
    @property
    def propensities(self) -> NDArray[np.float32] | None: ...
    @property
    def item_counts(self) -> NDArray[np.uint32]: ...
    def indices(self, side: str, ids: Any) -> NDArray[np.uint32]: ...
    def ids(self, side: str, indices: NDArray[np.uint32] | None = None) -> Any: ...
    def factors(self, side: str) -> NDArray[np.float32] | None: ...
    def seen(self) -> tuple[NDArray[np.int64], NDArray[np.int32]]: ...
    def histories(self, users: NDArray[np.int64], items: NDArray[np.uint32], count: int) -> Data: ...
    def recommend(self, users: NDArray[np.uint32], asked: dict[str, Any]) -> Lists: ...
    def recommend_for(self, histories: Data, asked: dict[str, Any]) -> tuple[Lists, int]: ...
    def score(self, users: NDArray[np.uint32], items: NDArray[np.uint32], threads: int) -> NDArray[np.float32]: ...
    def similar(self, side: str, of: NDArray[np.uint32], n: int, by: str, threads: int) -> Lists: ...
    def explain(
        self, user: int, item: int
    ) -> tuple[list[tuple[str, float]], list[tuple[int, float]], float] | None: ...

@final
class ImplicitAls:
    def __new__(
        cls,
        starts: NDArray[np.int64],
        items: NDArray[np.uint32],
        confidences: NDArray[np.float32],
        n_items: int,
        *,
        factors: int,
        regularization: float,
    ) -> ImplicitAls: ...
    def sweep(
        self, users: NDArray[np.float32], items: NDArray[np.float32], *, steps: int | None = None, threads: int = 0
    ) -> float: ...

@final
class ImplicitBpr:
    def __new__(cls, starts: NDArray[np.int64], items: NDArray[np.uint32], n_items: int) -> ImplicitBpr: ...
    def epoch(
        self,
        users: NDArray[np.float32],
        items: NDArray[np.float32],
        *,
        learning_rate: float,
        regularization: float,
        seed: int,
        threads: int = 0,
    ) -> tuple[int, int]: ...

def implicit_products(rows: NDArray[np.float32], *, threads: int = 0) -> NDArray[np.float64]: ...
def implicit_solve(
    starts: NDArray[np.int64],
    columns: NDArray[np.uint32],
    confidences: NDArray[np.float32],
    other: NDArray[np.float32],
    products: NDArray[np.float64],
    *,
    regularization: float,
    threads: int = 0,
) -> NDArray[np.float32]: ...
def implicit_top_k(
    queries: NDArray[np.float32],
    items: NDArray[np.float32],
    k: int,
    *,
    seen: tuple[NDArray[np.int64], NDArray[np.uint32]] | None = None,
    allow: NDArray[np.uint32] | None = None,
    deny: NDArray[np.uint32] | None = None,
    threads: int = 0,
) -> tuple[NDArray[np.int32], NDArray[np.float32]]: ...
def fit(
    name: str,
    given: Sequence[tuple[str, str]],
    data: Data,
    *,
    valid: float | Data | None = None,
    metric: str = "ndcg@10",
    every: int = 5,
    union: bool = False,
    start: Model | None = None,
    anchor: float = 0.0,
    threads: int = 0,
    listener: Callable[..., Any] | None = None,
) -> Model: ...
def stream(
    model: Model,
    lists: Sequence[Lists],
    subjects: Any,
    names: tuple[str, str],
    finds_users: bool,
    requested: Any = None,
) -> Any: ...
def methods() -> str: ...
def check_parameters(name: str, given: Sequence[tuple[str, str]]) -> None: ...
def named_columns(names: Sequence[str]) -> tuple[str | None, str | None]: ...
def evaluate(
    model: Model,
    test: Data,
    valid: Data | None,
    masked: tuple[bool, bool],
    metrics: Sequence[str],
    ips: str | None,
    clip: float,
    seed: int,
    threads: int,
) -> Evaluation: ...
def compare(
    runs: Sequence[dict[str, Any]],
    train: Data,
    test: Data,
    valid: Data | None,
    metrics: Sequence[str],
    seeds: int,
    seed: int,
    baseline: str | None,
    threads: int,
    listener: Callable[..., Any] | None,
) -> Comparison: ...
def tune(
    method: str,
    given: Sequence[tuple[str, str]],
    train: Data,
    valid: Data,
    space: Sequence[tuple[str, bool, str]],
    trials: int,
    metric: str,
    every: int,
    seed: int,
    folder: str | None,
    threads: int,
    listener: Callable[..., Any] | None,
) -> Search: ...
def split(data: Data, how: str, seed: int) -> tuple[Data, Data | None, Data]: ...
def simulate(given: str) -> tuple[list[NDArray[np.int64]], tuple[list[str], list[str], NDArray[np.float64]]]: ...
def stream_columns(columns: Sequence[tuple[str, Any]], requested: Any = None) -> Any: ...
