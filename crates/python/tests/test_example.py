"""The tour runs, on the sample that the repository has, and finds what it says."""

from __future__ import annotations

import runpy
from pathlib import Path

TOUR = Path(__file__).parents[1] / "examples" / "tour.py"


def test_the_tour_runs() -> None:
    found = runpy.run_path(str(TOUR))
    recalls = found["recalls"]
    assert recalls["item-knn"] > recalls["popularity"] < recalls["bpr"]
    assert len(found["best"]) == len(found["filtered"]) == 5
