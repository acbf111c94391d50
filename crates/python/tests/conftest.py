"""What tests share: some made-up interactions, and the command line, where it is built."""

from __future__ import annotations

import os
import signal
import subprocess
from pathlib import Path
from typing import NamedTuple

import numpy as np
import pytest

# Who starts the tests in the background of a script has them ignore Ctrl-C, which some of them send.
signal.signal(signal.SIGINT, signal.default_int_handler)


class Sample(NamedTuple):
    """Rows of integer ids, in no order."""

    users: np.ndarray
    items: np.ndarray
    ratings: np.ndarray


@pytest.fixture(scope="session")
def sample() -> Sample:
    """3,000 rows of 120 users and 80 items with two tastes, some of them twice."""
    draw = np.random.default_rng(7)
    users = draw.integers(0, 120, 3000)
    near = draw.random(3000) < 0.8
    items = draw.integers(0, 40, 3000) * 2 + np.where(near, users % 2, draw.integers(0, 2, 3000))
    # Each is there, so that matrices and columns have the same ids.
    users[:120], items[120:200] = np.arange(120), np.arange(80)
    return Sample(users * 3 + 1, items + 500, draw.integers(1, 6, 3000))


@pytest.fixture(scope="session")
def csv(sample: Sample, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The rows as a file."""
    path = tmp_path_factory.mktemp("csv") / "ratings.csv"
    lines = zip(*(column.tolist() for column in sample), strict=True)
    path.write_text("user,item,rating\n" + "".join(f"{u},{i},{r}\n" for u, i, r in lines))
    return path


@pytest.fixture(scope="session")
def cli() -> Path:
    """The command line's binary."""
    path = os.environ.get("FORETASTE_CLI")
    if not path:
        pytest.skip("FORETASTE_CLI names no binary of the command line")
    return Path(path)


def trained(cli: Path, data: Path, folder: Path, *flags: str) -> bytes:
    """The bytes of the model that the command line trains."""
    model = folder / "cli.model"
    command = [str(cli), "train", str(data), "-o", str(model), "--force", "--quiet", *flags]
    subprocess.run(command, check=True, capture_output=True)
    return model.read_bytes()
