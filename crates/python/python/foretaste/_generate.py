"""Writes ``_methods.py``: the estimators, from what the engine knows of its methods.

``python -m foretaste._generate`` does; a test holds the file against it. (Not by a redirection, which would empty the
file before it is imported.)
"""

from __future__ import annotations

import json
import textwrap
from pathlib import Path
from typing import Any

from . import _native

FILE = Path(__file__).with_name("_methods.py")

NAMES = {
    "popularity": "Popularity",
    "bpr": "BPR",
    "dnis": "DNIS",
    "warp": "WARP",
    "ials": "IALS",
    "softmax": "Softmax",
    "item-knn": "ItemKNN",
    "ease": "EASE",
    "gf-cf": "GFCF",
    "lightgcn": "LightGCN",
    "rlmrec": "RLMRec",
    "alpharec": "AlphaRec",
    "sesa": "SESA",
    "gnolr": "GNOLR",
    "relmf": "RelMF",
    "ubpr": "UBPR",
    "expomf": "ExpoMF",
    "bpo": "BPO",
    "nbpo": "NBPO",
    "nbpo-o": "NBPOO",
    "nbpo-s": "NBPOS",
    "nbpo-calibrated": "NBPOCalibrated",
}

TYPES = {bool: "bool", int: "int", float: "float", str: "str"}


def class_name(method: str) -> str:
    """What a method's class is called: one that is not listed by its words."""
    return NAMES.get(method) or "".join(word.capitalize() for word in method.split("-"))


def python_name(name: str) -> str:
    """What a parameter is called in Python: scikit-learn's name for a seed, no dots."""
    return "random_state" if name == "seed" else name.replace(".", "_")


def is_free(parameter: dict[str, Any]) -> bool:
    """Whether there is something to choose: a range of one word leaves nothing."""
    range_ = parameter["range"]
    return not (range_.startswith("`") and range_.count("`") == 2)


def filled(text: str, indent: int) -> str:
    """Text in lines of a docstring."""
    pad = " " * indent
    text = text.replace("\\", "\\\\")
    return textwrap.fill(text, 100, initial_indent=pad, subsequent_indent=pad, break_on_hyphens=False)


def argument(parameter: dict[str, Any]) -> str:
    """A parameter in a signature."""
    name, default = python_name(parameter["name"]), parameter["default"]
    if name == "random_state":
        return f"{name}: Seed = {default!r}"
    kind = TYPES.get(type(default))
    if kind == "str" and "a factor" in parameter["range"]:
        kind = "str | float"
    if kind is None:
        return f"{name}: Any = {default!r}"
    return f"{name}: {kind} = {default!r}"


def documented(parameter: dict[str, Any]) -> str:
    """A parameter in a docstring."""
    range_ = parameter["range"].replace("`", "``")
    name = python_name(parameter["name"])
    meaning = parameter["meaning"] or "See the method's page."
    meaning = meaning.replace("`", "``")
    if name == "random_state":
        meaning += " None draws one, a generator of NumPy gives one; ``random_state_`` has it."
    if parameter["symbol"]:
        meaning = meaning.removesuffix(".") + f" ({parameter['symbol']} in the paper)."
    legal = f" Legal: {range_}." if range_ else ""
    return f"    {name}:\n" + filled(f"{meaning}{legal}", 8)


def estimator(method: dict[str, Any]) -> str:
    """The class of a method."""
    parameters = [one for one in method["parameters"] if is_free(one)]
    uses = method["uses"]
    takes = [
        text
        for text, used in (
            ("each of several feedbacks", uses["feedback"]),
            ("features of items (or users)", uses["features"]),
            ("weights of interactions", uses["weights"]),
            ("validation rows", uses["validation"]),
        )
        if used
    ]
    summary = method["summary"][0].upper() + method["summary"][1:] + "."
    lines = [f"class {class_name(method['name'])}(Estimator):"]
    doc = [f'    """{summary}', ""]
    if takes:
        doc += [filled(f"It learns from {', '.join(takes)}, where there are such.", 4), ""]
    if method["source"]:
        doc += [filled(method["source"] + ("" if method["source"].endswith(".") else "."), 4), ""]
    doc += ["    Parameters", "    ----------"]
    doc += [documented(one) for one in parameters]
    doc += ["    threads:", "        How many compute; 0 for as many as there are cores. It changes no result.", '    """', ""]
    lines += doc
    lines.append(f"    _method = {method['name']!r}")
    if uses["weights"]:
        lines.append("    _weighs = True")
    if parameters:
        lines.append("    _names = {")
        lines += [f"        {python_name(one['name'])!r}: {one['name']!r}," for one in parameters]
        lines += ["    }"]
    else:
        lines.append("    _names = {}")
    lines += ["", "    def __init__(", "        self,", "        *,"]
    lines += [f"        {argument(one)}," for one in parameters]
    lines += ["        threads: int = 0,", "    ) -> None:"]
    names = [python_name(one["name"]) for one in parameters] + ["threads"]
    lines += [f"        self.{name} = {name}" for name in names]
    return "\n".join(lines).replace("'", '"') if "'" not in "".join(doc) else _quoted(lines, doc)


def _quoted(lines: list[str], doc: list[str]) -> str:
    """The same with double quotes in code, and apostrophes in the documentation."""
    return "\n".join(line if line in doc else line.replace("'", '"') for line in lines)


def generated() -> str:
    """The file."""
    methods = json.loads(_native.methods())
    names = [class_name(method["name"]) for method in methods]
    parts = [
        '"""The methods, one class each. Generated by ``_generate.py`` from the engine\'s descriptions."""',
        "",
        "# ruff: noqa: E501, RUF001, RUF002",
        "from __future__ import annotations",
        "",
        "from typing import TYPE_CHECKING",
        "",
        "from ._estimator import Estimator",
        "",
        "if TYPE_CHECKING:",
        "    from typing import Any",
        "",
        "    import numpy as np",
        "",
        "    Seed = int | None | np.random.Generator | np.random.RandomState",
        "",
        "__all__ = [",
        *[f'    "{name}",' for name in sorted(names)],
        "]",
        "",
    ]
    for method in methods:
        parts += ["", estimator(method), ""]
    parts += ["", "CLASSES: dict[str, type[Estimator]] = {"]
    parts += [f'    "{method["name"]}": {class_name(method["name"])},' for method in methods]
    parts += ["}", ""]
    return "\n".join(parts)


if __name__ == "__main__":
    FILE.write_text(generated(), encoding="utf-8")
