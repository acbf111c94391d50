"""Parameters by scikit-learn's contract: kept as they are given, checked when they are used."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from . import _native
from .errors import ParameterError

if TYPE_CHECKING:
    from typing import Any, ClassVar

    from typing_extensions import Self

__all__ = ["Parameters"]


class Parameters:
    """What has parameters: those of its constructor, of which all have defaults."""

    _method: ClassVar[str]
    # By the names that the constructor has, the engine's.
    _names: ClassVar[dict[str, str]]
    # Whether it learns from what interactions weigh.
    _weighs: ClassVar[bool] = False
    threads: int

    @classmethod
    def _defaults(cls) -> dict[str, Any]:
        # All are by keyword; `inspect` would take a quarter of the time that importing foretaste takes.
        return dict(cls.__init__.__kwdefaults__ or {})

    def get_params(self, deep: bool = True) -> dict[str, Any]:
        """All parameters by name."""
        return {name: getattr(self, name) for name in self._defaults()}

    def set_params(self, **params: Any) -> Self:
        """Sets parameters; an unknown name is a ValueError that lists the legal ones."""
        legal = self._defaults()
        for name in params:
            if name not in legal:
                names = ", ".join(legal)
                raise ParameterError(f"{type(self).__name__} has no parameter {name!r}; it has {names}", name)
        for name, value in params.items():
            setattr(self, name, value)
        return self

    def _engine_method(self) -> str:
        return self._method

    def _given(self, seed: Any) -> list[tuple[str, str]]:
        """What differs from the defaults, as the engine takes it: names, and values as JSON."""
        import json

        given = []
        for name, default in self._defaults().items():
            if name not in self._names:
                continue
            value = seed if name == "random_state" else getattr(self, name)
            value = value.item() if hasattr(value, "item") and not isinstance(value, str) else value
            if value is default or (type(value) is type(default) and value == default):
                continue
            try:
                text = json.dumps(value, allow_nan=False)
            except (TypeError, ValueError):
                rule = "a number, a truth or text"
                raise ParameterError(f"{name} must be {rule}, not {value!r}", name, rule, repr(value)) from None
            given.append((self._names[name], text))
        return given

    def _check(self, given: list[tuple[str, str]]) -> None:
        """Raises what is wrong with parameters, by the names that they have here."""
        try:
            _native.check_parameters(self._engine_method(), given)
        except ParameterError as error:
            ours = {engine: name for name, engine in self._names.items()}
            name = ours.get(error.name or "", error.name)
            message = str(error)
            if error.name and name and message.startswith(f"{error.name} "):
                message = name + message.removeprefix(error.name)
            raise ParameterError(message, name, error.rule, error.value) from None

    def _seed(self) -> int | None:
        """The seed of one training; drawn anew where none is said."""
        if "random_state" not in self._names:
            return None
        state: Any = getattr(self, "random_state")  # noqa: B009
        if state is None:
            return int.from_bytes(os.urandom(8), "little") >> 11
        if hasattr(state, "integers"):  # a generator of NumPy
            return int(state.integers(2**53))
        if hasattr(state, "randint") and not isinstance(state, int):
            return int(state.randint(2**31))
        seed: int = state
        return seed

    def _threads(self) -> int:
        threads = self.threads
        if not isinstance(threads, int) or isinstance(threads, bool) or threads < 0:
            rule = "a whole number from 0 (as many as there are cores)"
            raise ParameterError(f"threads must be {rule}, not {threads!r}", "threads", rule, repr(threads))
        return threads

    def __repr__(self) -> str:
        defaults = self._defaults()
        changed = (
            f"{name}={value!r}"
            for name, value in self.get_params().items()
            if value is not defaults[name] and value != defaults[name]
        )
        return f"{type(self).__name__}({', '.join(changed)})"
