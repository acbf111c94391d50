"""``implicit.datasets.reddit`` has no counterpart here."""

from __future__ import annotations

from typing import NoReturn

from . import refuse

__all__ = ["get_reddit"]


def get_reddit() -> NoReturn:
    """Raises ``NotImplementedError``: see ``foretaste fetch``."""
    refuse("reddit")
