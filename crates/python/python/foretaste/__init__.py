"""foretaste: recommendation from implicit feedback, with the engine of the command line.

    >>> import foretaste
    >>> users, items = ["ann", "ann", "bob", "bob", "bob", "cat"], ["tea", "jam", "tea", "jam", "ham", "tea"]
    >>> model = foretaste.ItemKNN().fit((users, items))
    >>> [item for item, score in model.recommend("ann", 1)]
    ['ham']

The same data, parameters and seed give the same model, at any number of threads, and the same bytes as
``foretaste train`` writes. Nothing but the engine is imported with it: NumPy is when it is needed, and
pandas, polars, SciPy and scikit-learn never are.
"""

from __future__ import annotations

from . import errors
from ._compare import Comparison, compare
from ._estimator import Estimator, load
from ._evaluation import Evaluation
from ._input import Interactions
from ._lists import Explanation
from ._making import Simulated, Split, simulate, split
from ._methods import *  # noqa: F403
from ._methods import CLASSES as _CLASSES
from ._methods import __all__ as _methods
from ._native import VERSION as __version__
from ._progress import Epoch
from ._recommendations import Recommendations
from ._table import Table
from ._tune import Tuned, tune

__all__ = [
    "Comparison",
    "Epoch",
    "Estimator",
    "Evaluation",
    "Explanation",
    "Interactions",
    "Recommendations",
    "Simulated",
    "Split",
    "Table",
    "Tuned",
    "__version__",
    "compare",
    "errors",
    "load",
    "methods",
    "simulate",
    "split",
    "tune",
    *_methods,
]


def methods() -> dict[str, type[Estimator]]:
    """The estimators by the engine's names of their methods."""
    return dict(_CLASSES)
