"""Alternating least squares, as in ``implicit.als``."""

from __future__ import annotations

from typing import Any

import numpy as np

from . import gpu
from .cpu import als as _cpu

__all__ = ["AlternatingLeastSquares"]


def AlternatingLeastSquares(
    factors: int = 100,
    regularization: float = 0.01,
    alpha: float = 1.0,
    dtype: Any = np.float32,
    use_native: bool = True,
    use_cg: bool = True,
    use_gpu: bool = gpu.HAS_CUDA,
    iterations: int = 15,
    calculate_training_loss: bool = False,
    num_threads: int = 0,
    random_state: Any = None,
) -> _cpu.AlternatingLeastSquares:
    """A :class:`.cpu.als.AlternatingLeastSquares`; ``use_gpu=True`` raises ``ValueError``."""
    gpu.refuse(use_gpu)
    return _cpu.AlternatingLeastSquares(
        factors,
        regularization,
        alpha,
        dtype,
        use_native,
        use_cg,
        iterations,
        calculate_training_loss,
        num_threads,
        random_state,
    )
