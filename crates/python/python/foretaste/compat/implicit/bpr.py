"""Bayesian Personalized Ranking, as in ``implicit.bpr``."""

from __future__ import annotations

from typing import Any

import numpy as np

from . import gpu
from .cpu import bpr as _cpu

__all__ = ["BayesianPersonalizedRanking"]


def BayesianPersonalizedRanking(
    factors: int = 100,
    learning_rate: float = 0.01,
    regularization: float = 0.01,
    dtype: Any = np.float32,
    iterations: int = 100,
    use_gpu: bool = gpu.HAS_CUDA,
    num_threads: int = 0,
    verify_negative_samples: bool = True,
    random_state: Any = None,
) -> _cpu.BayesianPersonalizedRanking:
    """A :class:`.cpu.bpr.BayesianPersonalizedRanking`; ``use_gpu=True`` raises ``ValueError``."""
    gpu.refuse(use_gpu)
    return _cpu.BayesianPersonalizedRanking(
        factors,
        learning_rate,
        regularization,
        dtype,
        iterations,
        num_threads,
        verify_negative_samples,
        random_state,
    )
