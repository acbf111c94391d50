"""The interface of `implicit <https://github.com/benfred/implicit>`_ 0.7.3, over foretaste's engine.

A notebook that uses implicit runs with its import changed::

    import foretaste.compat.implicit as implicit

Models are fitted, asked, saved and loaded by the same names, and files of implicit are read. What the
same seed gives is the same at any number of threads; ``foretaste/compat/README.md`` says what else
differs, and which of implicit's mistakes are not repeated.

Needs SciPy. tqdm is used where it is installed.
"""

from . import als, approximate_als, bpr, evaluation, gpu, lmf, nearest_neighbours, utils

#: The version of implicit whose interface this is.
__version__ = "0.7.3"

__all__ = [
    "__version__",
    "als",
    "approximate_als",
    "bpr",
    "evaluation",
    "gpu",
    "lmf",
    "nearest_neighbours",
    "utils",
]
