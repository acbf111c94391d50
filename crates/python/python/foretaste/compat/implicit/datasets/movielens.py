"""``implicit.datasets.movielens`` has no counterpart here."""

from __future__ import annotations

from typing import NoReturn

from . import refuse

__all__ = ["get_movielens"]


def get_movielens(variant: str = "20m") -> NoReturn:
    """Raises ``NotImplementedError``: see ``foretaste fetch``."""
    refuse(f"MovieLens {variant}")
