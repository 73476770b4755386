"""A worker keeps the bytecode of its workflows, whatever the environment says of bytecode.

The sandbox loads the workflow's module anew for every ticket that is not in memory. Where Python writes no bytecode
(PYTHONDONTWRITEBYTECODE, a file system for reading only) each time means compiling it: 9 ms a ticket instead of 4.
Must never write next to the code, and never end a worker for want of a folder.
"""

from __future__ import annotations

import importlib.util
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from workflows import ticket


@contextmanager
def kept_bytecode() -> Iterator[None]:
    """In a folder of this process, for as long as it works; where there is bytecode already nothing is done."""
    try:
        folder = None if _kept() else tempfile.TemporaryDirectory(prefix="rung-worker-", ignore_cleanup_errors=True)
    except OSError:
        folder = None
    if folder is None:
        yield
        return
    before = sys.dont_write_bytecode, sys.pycache_prefix
    with folder as name:
        sys.dont_write_bytecode, sys.pycache_prefix = False, name
        try:
            yield
        finally:
            sys.dont_write_bytecode, sys.pycache_prefix = before


def _kept() -> bool:
    return not sys.dont_write_bytecode and Path(importlib.util.cache_from_source(ticket.__file__)).exists()
