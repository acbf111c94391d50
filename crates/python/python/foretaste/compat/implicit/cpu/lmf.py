"""``implicit.cpu.lmf`` has no counterpart."""

from ..lmf import LogisticMatrixFactorization

__all__ = ["LogisticMatrixFactorization"]
