"""Indexes of approximate neighbours, as in ``implicit.approximate_als``, have no counterpart.

Lists are exact here, and found without writing all scores down: all lists of 138,000 users among 27,000
items take some seconds.
"""

from __future__ import annotations

from typing import Any, NoReturn

__all__ = [
    "AnnoyAlternatingLeastSquares",
    "FaissAlternatingLeastSquares",
    "NMSLibAlternatingLeastSquares",
]


def _refuse(library: str) -> NoReturn:
    raise NotImplementedError(
        f"{library}: foretaste has no approximate indexes, its lists are exact; use "
        "als.AlternatingLeastSquares, or give its factors to the library yourself "
        "(utils.augment_inner_product_matrix)"
    )


def NMSLibAlternatingLeastSquares(*_: Any, **__: Any) -> NoReturn:
    """Raises ``NotImplementedError``."""
    _refuse("NMSLib")


def AnnoyAlternatingLeastSquares(*_: Any, **__: Any) -> NoReturn:
    """Raises ``NotImplementedError``."""
    _refuse("Annoy")


def FaissAlternatingLeastSquares(*_: Any, **__: Any) -> NoReturn:
    """Raises ``NotImplementedError``."""
    _refuse("Faiss")
