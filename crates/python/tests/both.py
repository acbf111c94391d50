"""Both packages, data, and models for tests that run over `implicit` and `foretaste.compat.implicit`."""

import importlib
import types
import warnings

import numpy as np
import pytest

sp = pytest.importorskip("scipy.sparse")

IMPLICIT, LAYER = "implicit", "foretaste.compat.implicit"
LOWEST = -np.finfo(np.float32).max


def load(name: str) -> types.ModuleType:
    """One of the two packages, with what it does not import by itself."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        if name == IMPLICIT:
            pytest.importorskip(name, reason="implicit is not installed")
        package = importlib.import_module(name)
        for part in ("cpu.als", "cpu.bpr", "evaluation", "utils", "recommender_base", "gpu"):
            importlib.import_module(f"{name}.{part}")
    return package


@pytest.fixture(params=[IMPLICIT, LAYER], name="lib")
def each_package(request: pytest.FixtureRequest) -> types.ModuleType:
    return load(request.param)


def ours(lib: types.ModuleType) -> bool:
    return lib.__name__ == LAYER


def board(n: int) -> "sp.csr_matrix":
    """Even users like even items, odd users odd ones; each lacks the item of its own number."""
    alike = np.add.outer(np.arange(n), np.arange(n)) % 2 == 0
    return sp.csr_matrix((alike & ~np.eye(n, dtype=bool)).astype(np.float64))


def random_counts(users: int = 60, items: int = 45, seed: int = 0) -> "sp.csr_matrix":
    """Counts of 1 to 6 of two groups of users who like two halves of the items."""
    rng = np.random.default_rng(seed)
    likes = np.where((np.arange(users)[:, None] % 2) == (np.arange(items)[None] < items // 2), 0.5, 0.05)
    counts = (rng.random((users, items)) < likes) * rng.integers(1, 7, (users, items))
    return sp.csr_matrix(counts.astype(np.float32))


def als(lib: types.ModuleType, **settings: object) -> object:
    return lib.als.AlternatingLeastSquares(**{"factors": 8, "random_state": 3, "use_gpu": False, **settings})


def bpr(lib: types.ModuleType, **settings: object) -> object:
    given = {"factors": 6, "random_state": 3, "use_gpu": False, "learning_rate": 0.05, **settings}
    return lib.bpr.BayesianPersonalizedRanking(**given)


def fitted(model: object, data: "sp.csr_matrix") -> object:
    model.fit(data, show_progress=False)
    return model


MODELS = {
    "als": als,
    "bpr": bpr,
    "cosine": lambda lib, **_: lib.nearest_neighbours.CosineRecommender(K=30),
    "tfidf": lambda lib, **_: lib.nearest_neighbours.TFIDFRecommender(K=30),
    "bm25": lambda lib, **_: lib.nearest_neighbours.BM25Recommender(K=30),
}
FACTORS = ["als", "bpr"]
