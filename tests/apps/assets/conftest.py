from importlib import import_module
from pathlib import Path
from typing import Any

import pytest


@pytest.fixture
def every_class(tmp_path: Path) -> Path:
    path = tmp_path / "every.m"
    path.write_text(_networks().EVERY_CLASS)
    return path


@pytest.fixture
def network(db: None, every_class: Path) -> Any:
    return _networks().imported(every_class)


def _networks() -> Any:
    # This file is loaded before Django is set up, so that models cannot be imported at its top.
    return import_module("tests.factories.networks")
