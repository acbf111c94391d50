"""The tour runs, on the sample that the repository has, and finds what it says."""

from __future__ import annotations

import doctest
import runpy
from pathlib import Path

import foretaste

TOUR = Path(__file__).parents[1] / "examples" / "tour.py"


def test_the_tour_runs() -> None:
    found = runpy.run_path(str(TOUR))
    recalls = found["recalls"]
    assert recalls["item-knn"] > recalls["popularity"] < recalls["bpr"]
    assert len(found["best"]) == len(found["filtered"]) == 5


def test_what_the_documentation_shows() -> None:
    tried = doctest.testmod(foretaste)
    assert tried.attempted > 2 and not tried.failed
