"""Training on Spark: the same bits as where all is in one place, at any number of executors."""

from __future__ import annotations
