"""Makes scipy.json: p-values of paired tests by SciPy, which knows nothing of this crate.

Run it with Python 3 and `pip install scipy`; it writes next to itself, the same bytes every time. The
Rust tests read the file and need no Python.

Differences are whole numbers over 64, so that both sides see the same floating-point numbers. What
they hold: with and without ties, with and without zeros, lengths on both sides of every border at
which SciPy changes its method (13, 50), differences from none to far from 0.
"""

import json
import platform
import random
import warnings
from importlib.metadata import version
from pathlib import Path

from scipy import stats

HERE = Path(__file__).parent
UNIT = 64


def distinct(rng, n, shift):
    """Differences without ties and zeros."""
    sizes = rng.sample(range(1, 40 * n), n)
    return [size if rng.random() < 0.5 + shift else -size for size in sizes]


def tied(rng, n, levels, shift):
    """Few distinct sizes, no zeros."""
    return [rng.randint(1, levels) * (1 if rng.random() < 0.5 + shift else -1) for _ in range(n)]


def with_zeros(rng, n, levels, shift):
    """Few distinct sizes; zeros are the most frequent, as in differences of hits."""
    return [
        0 if rng.random() < 0.4 else difference for difference in tied(rng, n, levels, shift)
    ]


def main():
    rng = random.Random(7)
    lengths = [2, 3, 7, 12, 13, 14, 30, 50, 51, 80, 400]
    series = []
    for n in lengths:
        for shift in (0.0, 0.15, 0.45):
            series.append(("distinct", distinct(rng, n, shift)))
            series.append(("tied", tied(rng, n, 6, shift)))
            series.append(("zeros", with_zeros(rng, n, 6, shift)))
    series.append(("one zero", distinct(rng, 12, 0.3) + [0]))
    series.append(("one zero", distinct(rng, 49, 0.1) + [0]))
    series.append(("one tie", distinct(rng, 29, 0.1) + [7, -7]))
    series.append(("zeros", with_zeros(rng, 1500, 3, 0.02)))
    cases = []
    for kind, steps in series:
        if len(set(steps)) < 2:
            continue
        differences = [step / UNIT for step in steps]
        with warnings.catch_warnings():
            warnings.simplefilter("error")
            wilcoxon = stats.wilcoxon(
                differences, zero_method="wilcox", correction=False, method="auto"
            )
            t = stats.ttest_rel(differences, [0.0] * len(differences))
        case = {"kind": kind, "p_t": float(t.pvalue), "p_wilcoxon": float(wilcoxon.pvalue)}
        cases.append(case | {"steps": steps})
    made_by = {"python": platform.python_version(), "scipy": version("scipy")}
    head = json.dumps({"made_by": made_by, "unit": UNIT})[:-1]
    lines = ",\n".join(json.dumps(case) for case in cases)
    (HERE / "scipy.json").write_text(head + ', "cases": [\n' + lines + "\n]}\n")


if __name__ == "__main__":
    main()
