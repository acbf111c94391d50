"""``implicit.lmf`` has no counterpart."""

from __future__ import annotations

from typing import Any, NoReturn

__all__ = ["LogisticMatrixFactorization"]


def LogisticMatrixFactorization(*_: Any, **__: Any) -> NoReturn:
    """Raises ``NotImplementedError``: foretaste has no logistic matrix factorization."""
    raise NotImplementedError(
        "Logistic matrix factorization has no counterpart in foretaste: bpr.BayesianPersonalizedRanking and "
        "als.AlternatingLeastSquares are the models of factors here"
    )
