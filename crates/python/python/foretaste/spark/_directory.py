"""A directory that a driver and its executors share, as pyarrow and as Spark call it."""

from __future__ import annotations

import os
import re
from typing import TYPE_CHECKING

from ..errors import ParameterError

if TYPE_CHECKING:
    from typing import Any

__all__ = ["join", "opened", "remove", "spark_uri", "uri"]

# What Hadoop calls otherwise than pyarrow.
_ALSO = {"s3a": "s3", "s3n": "s3"}


def uri(directory: Any) -> str:
    """A directory with its scheme: a path without one is of the local file system, wherever Spark keeps files."""
    if isinstance(directory, os.PathLike):
        directory = os.fspath(directory)
    if not isinstance(directory, str) or not directory.strip():
        rule = "a directory that the driver and all executors see, as s3://bucket/run or /shared/run"
        raise ParameterError(
            f"checkpointDir must be {rule}, not {directory!r}", "checkpointDir", rule, repr(directory)
        )
    if re.match(r"(?!file:)[a-zA-Z][a-zA-Z0-9+.-]+:/(?!/)", directory):
        rule = "a URI with ://, or a path"
        raise ParameterError(f"checkpointDir must be {rule}, not {directory!r}", "checkpointDir", rule, repr(directory))
    if "://" not in directory and not directory.startswith("file:"):
        from pathlib import Path

        return Path(directory).absolute().as_uri()
    if directory.startswith("file:") and not directory.startswith("file://"):
        directory = "file://" + directory.removeprefix("file:")
    whole: str = directory.rstrip("/")
    return whole


def join(directory: str, *names: str) -> str:
    """What is in a directory, by its URI."""
    return "/".join((directory.rstrip("/"), *names))


def opened(directory: str) -> tuple[Any, str]:
    """The file system of a URI, and the path in it."""
    from pyarrow.fs import FileSystem

    scheme, _, rest = directory.partition("://")
    name = f"{_ALSO[scheme]}://{rest}" if scheme in _ALSO else directory
    try:
        system, path = FileSystem.from_uri(name)
    except (OSError, ValueError, NotImplementedError) as error:
        raise ParameterError(
            f"checkpointDir {directory} can't be opened by pyarrow: {error}", "checkpointDir", None, repr(directory)
        ) from None
    return system, str(path).rstrip("/")


def spark_uri(directory: str, session: Any) -> str:
    """The same directory as Spark calls it: S3 is `s3a` in Hadoop, where nobody has set up an `s3`."""
    scheme, found, rest = directory.partition("://")
    if found and scheme == "s3" and not session.conf.get("spark.hadoop.fs.s3.impl", None):
        return f"s3a://{rest}"
    return directory


def remove(directory: str) -> None:
    """Removes a directory with all that is in it, if it is there."""
    from pyarrow.fs import FileType

    system, path = opened(directory)
    if system.get_file_info(path).type == FileType.Directory:
        system.delete_dir(path)
