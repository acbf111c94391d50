"""What can go wrong, as classes with fields.

All are made of their arguments alone, so that they pickle and cross processes.
"""

from __future__ import annotations

__all__ = [
    "ClusterError",
    "DataError",
    "DivergedError",
    "ForetasteError",
    "ModelFileError",
    "NotFittedError",
    "ParameterError",
    "UnknownIdError",
    "UnsupportedError",
]


class ForetasteError(Exception):
    """Anything that foretaste raises of its own."""

    def __str__(self) -> str:
        return str(self.args[0]) if self.args else ""


class ClusterError(ForetasteError, RuntimeError):
    """Machines, or what is between them, that are not as training on several needs them."""


class ParameterError(ForetasteError, ValueError):
    """A parameter that must be something else."""

    def __init__(
        self,
        message: str,
        name: str | None = None,
        rule: str | None = None,
        value: str | None = None,
    ) -> None:
        super().__init__(message, name, rule, value)
        self.name = name
        self.rule = rule
        self.value = value


class DataError(ForetasteError, ValueError):
    """Data that can't be used; `row` counts from 0 (of a file: the line, from 1)."""

    def __init__(
        self,
        message: str,
        column: str | None = None,
        row: int | None = None,
        value: str | None = None,
    ) -> None:
        super().__init__(message, column, row, value)
        self.column = column
        self.row = row
        self.value = value


class DivergedError(ForetasteError, ArithmeticError):
    """A training whose numbers are no longer finite."""

    def __init__(
        self, message: str, epoch: int | None = None, learning_rate: float | None = None
    ) -> None:
        super().__init__(message, epoch, learning_rate)
        self.epoch = epoch
        self.learning_rate = learning_rate


class ModelFileError(ForetasteError, ValueError):
    """A model file, or bytes of one, that can't be read or written."""


class UnsupportedError(ForetasteError, ValueError):
    """What this method or model can't do."""


class NotFittedError(ForetasteError, ValueError, AttributeError):
    """An estimator that has not learnt anything yet."""


class UnknownIdError(ForetasteError, KeyError):
    """Ids that the model does not know; `examples` has the first few."""

    def __init__(self, message: str, side: str = "", examples: tuple[object, ...] = ()) -> None:
        super().__init__(message, side, examples)
        self.side = side
        self.examples = examples
