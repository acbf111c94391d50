"""Data sets are fetched by the command line: ``foretaste fetch``."""

from __future__ import annotations

from typing import NoReturn


def refuse(name: str) -> NoReturn:
    """Raises ``NotImplementedError`` that says where data sets come from."""
    raise NotImplementedError(
        f"{name}: the package downloads nothing. `foretaste fetch` lists public data sets and fetches them "
        "by name, with checksum and licence; pandas or `foretaste.Interactions` read what it writes"
    )
