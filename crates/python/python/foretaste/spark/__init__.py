"""Training on Spark: the same bits as where all is in one place, at any number of executors.

::

    from foretaste.spark import BPR

    model = BPR(maxIter=20, userCol="user", itemCol="item", numWorkers=16, checkpointDir="s3://bucket/run").fit(frame)
    model.recommendForAllUsers(10)
    model.toLocal().save("bpr.model")

Estimators and models are those of `pyspark.ml`. `RUNBOOK.md` beside this file says what to set on a cluster.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

try:
    import pyspark  # noqa: F401
except ModuleNotFoundError as error:
    raise ModuleNotFoundError("foretaste.spark needs pyspark: pip install 'foretaste[spark]'", name="pyspark") from error

from ._models import FactorModel, TrainingEstimator
from ._params import METHODS

if TYPE_CHECKING:
    from typing import Any

__all__ = ["BPO", "BPOModel", "BPR", "BPRModel", "FactorModel", "RelMF", "RelMFModel", "UBPR", "UBPRModel", "WARP", "WARPModel"]


class BPRModel(FactorModel):
    """What :class:`BPR` has learnt."""


class WARPModel(FactorModel):
    """What :class:`WARP` has learnt."""


class UBPRModel(FactorModel):
    """What :class:`UBPR` has learnt."""


class RelMFModel(FactorModel):
    """What :class:`RelMF` has learnt."""


class BPOModel(FactorModel):
    """What :class:`BPO` has learnt."""


class BPR(TrainingEstimator, method="bpr"):
    """Matrix factorization with Bayesian Personalized Ranking."""


class WARP(TrainingEstimator, method="warp"):
    """Matrix factorization by the WARP loss, whose steps grow with the rank."""


class UBPR(TrainingEstimator, method="ubpr"):
    """Unbiased pairwise ranking: BPR with clicks weighted as RelMF does."""


class RelMF(TrainingEstimator, method="relmf"):
    """Relevance matrix factorization: clicks weighted by how likely they were seen."""


class BPO(TrainingEstimator, method="bpo"):
    """Matrix factorization with the logistic loss on single pairs."""


def _of_method(method: str) -> type[FactorModel]:
    """The class of a method's models."""
    found: Any = globals()[f"{METHODS[method]}Model"]
    kind: type[FactorModel] = found
    return kind
