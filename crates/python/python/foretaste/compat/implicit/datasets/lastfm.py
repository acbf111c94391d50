"""``implicit.datasets.lastfm`` has no counterpart here."""

from __future__ import annotations

from typing import NoReturn

from . import refuse

__all__ = ["get_lastfm"]


def get_lastfm() -> NoReturn:
    """Raises ``NotImplementedError``: see ``foretaste fetch``."""
    refuse("lastfm")
