"""There is no GPU here: foretaste trains on processors."""

from __future__ import annotations

HAS_CUDA = False


def refuse(use_gpu: bool) -> None:
    """Raises ``ValueError`` where a GPU is asked for."""
    if use_gpu:
        raise ValueError("foretaste trains on processors, not on a GPU: leave out use_gpu=True")
