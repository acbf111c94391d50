"""``implicit.datasets.sketchfab`` has no counterpart here."""

from __future__ import annotations

from typing import NoReturn

from . import refuse

__all__ = ["get_sketchfab"]


def get_sketchfab() -> NoReturn:
    """Raises ``NotImplementedError``: see ``foretaste fetch``."""
    refuse("sketchfab")
