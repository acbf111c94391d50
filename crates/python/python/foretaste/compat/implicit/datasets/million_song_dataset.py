"""``implicit.datasets.million_song_dataset`` has no counterpart here."""

from __future__ import annotations

from typing import NoReturn

from . import refuse

__all__ = ["get_msd_taste_profile"]


def get_msd_taste_profile() -> NoReturn:
    """Raises ``NotImplementedError``: see ``foretaste fetch``."""
    refuse("million_song_dataset")
