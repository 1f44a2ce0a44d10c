"""Real data that may not be redistributed: in the folder GRIDOPS_SHARED_DATA, else in 'shared/data' beside ours."""

import os
from pathlib import Path

import pytest

_BESIDE = Path(__file__).resolve().parents[3] / "shared" / "data"


def shared_file(name: str) -> Path:
    """The file, or a skipped test."""
    path = Path(os.environ.get("GRIDOPS_SHARED_DATA", _BESIDE)) / name
    if not path.exists():
        pytest.skip(f"{name} is not here: set GRIDOPS_SHARED_DATA to the folder that holds it")
    return path
