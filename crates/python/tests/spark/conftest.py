"""A session of Spark for the tests here, or why there is none."""

from __future__ import annotations

import os
import shutil
import sys
from collections.abc import Iterator
from typing import Any

import pytest


@pytest.fixture(scope="session")
def spark(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Any]:
    """A session of two cores."""
    pyspark = pytest.importorskip("pyspark", "4.1", reason="these tests need pyspark 4.1 or later")
    pytest.importorskip("pyarrow")
    pandas = pytest.importorskip("pandas", "2.2")
    if int(pandas.__version__.split(".")[0]) > 2 and pyspark.__version__ < "4.2":
        pytest.skip(f"pyspark {pyspark.__version__} is tested with pandas 2, not {pandas.__version__}")
    if not (shutil.which("java") or os.environ.get("JAVA_HOME")):
        pytest.skip("Spark needs Java 17: there is no java on the PATH, and no JAVA_HOME")
    os.environ.setdefault("SPARK_LOCAL_IP", "127.0.0.1")
    os.environ.setdefault("PYSPARK_PYTHON", sys.executable)
    from pyspark.sql import SparkSession

    session = (
        SparkSession.builder.master("local[2]")
        .appName("foretaste's tests")
        .config("spark.ui.enabled", "false")
        .config("spark.driver.memory", "1g")
        .config("spark.driver.host", "127.0.0.1")
        .config("spark.driver.bindAddress", "127.0.0.1")
        .config("spark.sql.shuffle.partitions", "3")
        .config("spark.log.level", "ERROR")
        .config("spark.sql.warehouse.dir", str(tmp_path_factory.mktemp("warehouse")))
        .getOrCreate()
    )
    yield session
    session.stop()
